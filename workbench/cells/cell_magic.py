"""The `%%step` magic: parses its line, makes a step, starts it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from workbench import clock
from workbench.cells import transform
from workbench.cells.session import cell_place, session
from workbench.cells.step import Step
from workbench.errors import UsageError

_NAME = re.compile(r"[^\W\d][\w.-]*")
_OPTIONS = "--effects=send|hold, --strict"


@dataclass(frozen=True, slots=True)
class StepLine:
    """What stands behind `%%step`."""

    name: str
    effects: str | None = None
    strict: bool = False


def parse(line: str) -> StepLine:
    """`NAME [--effects=send|hold] [--strict]`. Raises: UsageError, naming what is wrong."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise UsageError(f"%%step {line}: {error}", remedy="close the quotation") from None
    if not words or not _NAME.fullmatch(words[0]):
        raise UsageError(
            f"%%step needs a name, not {(words or [''])[0]!r}",
            remedy="write `%%step NAME`: a letter, then letters, digits, `_`, `-` or `.`",
        )
    options: dict[str, Any] = {}
    for word in words[1:]:
        options.update(_option(word))
    return StepLine(words[0], **options)


def step(line: str, cell: str) -> Coroutine[Any, Any, None] | None:
    """Make this cell a checkpoint: `%%step NAME [--effects=send|hold] [--strict]`.

    The first run executes the cell and keeps its outcome: the names it binds, what it shows, and
    every LLM call in it with its raw answer. The next run, in this kernel or another, restores
    the outcome if nothing that the cell depends on changed; else it executes again, and calls
    that did not change are served from their records for nothing.

    --effects=send   send wb.post and wb.email at once (default in notebooks: hold)
    --effects=hold   keep them until `%wb send NAME`
    --strict         refuse undeclared writes to other hosts before they are sent

    The same as a comment, plain Python to other tools: `#| step: NAME --effects=send`.
    """
    from IPython import get_ipython

    started_s = clock.monotonic_s()
    shell = get_ipython()
    asked = parse(line)
    here = session()
    here.claim_name(asked.name, cell_place(shell))
    execution = here.execution(asked.name, effects=asked.effects, strict=asked.strict)
    pending = Step(shell, cell, execution, started_s).start()
    if pending is None and transform.awaits(shell.transform_cell(cell)):
        return _nothing()  # the cell awaits it, though a hit leaves nothing to await
    return pending


async def _nothing() -> None:
    """What a hit leaves to be awaited."""


def register(shell: Any) -> None:
    """Add `%%step` and its comment form to a shell. Idempotent."""
    shell.register_magic_function(step, magic_kind="cell", magic_name="step")
    kept = [t for t in shell.input_transformers_cleanup if not getattr(t, "_workbench", False)]

    def rewrite(lines: list[str]) -> list[str]:
        return transform.rewrite(lines, shell.transform_cell)

    rewrite._workbench = True  # type: ignore[attr-defined]  # noqa: SLF001
    shell.input_transformers_cleanup[:] = [rewrite, *kept]


def _option(word: str) -> dict[str, Any]:
    name, _, value = word.partition("=")
    if name == "--strict" and not value:
        return {"strict": True}
    if name == "--effects" and value in {"send", "hold"}:
        return {"effects": value}
    raise UsageError(f"%%step has no option {word!r}", remedy=f"use {_OPTIONS}; see `%%step?`")
