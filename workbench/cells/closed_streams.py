"""What `for chunk in stream` leaves behind: an answer's stream, read to its end, restored as one.

So common a habit must not keep a step from being served. A stream that still has something to give
has no codec.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from typing import Any

from workbench.cells import aliases
from workbench.store import codecs

_KINDS = (("openai", "Stream"), ("openai", "AsyncStream"), ("anthropic", "Stream"))
_known: set[type] = set()


def register() -> None:
    """Let streams of the SDKs that are loaded be outputs of a step. Idempotent, cheap."""
    for module, name in _KINDS:
        kind = getattr(sys.modules.get(module), name, None)
        if kind is not None and kind not in _known:
            _known.add(kind)
            label = f"read {module} {name}"
            codecs.register(kind, to=_expect_read, from_=_of(kind), name=label)
            aliases.leave(kind)


def _expect_read(stream: Any) -> list[Any]:
    if stream.response is not None and not stream.response.is_closed:
        raise ValueError("it was not read to its end: read it in the step, or delete it there")
    return []


def _of(kind: Any) -> Any:
    def read(_nothing: list[Any]) -> Any:
        stream: Any = kind.__new__(kind)
        stream.response = None
        stream._iterator = _ended() if hasattr(kind, "__anext__") else iter(())  # noqa: SLF001
        return stream

    return read


async def _ended() -> AsyncIterator[None]:
    nothing: tuple[None, ...] = ()
    for each in nothing:
        yield each
