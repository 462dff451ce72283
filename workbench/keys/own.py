"""The user's own code in a key: each function and class once, however deep the calls between them.

Code that calls code that calls code is written one after the other, not one inside the other: a
project's call graph is deeper than Python's stack.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.encoder import Opaque

if TYPE_CHECKING:
    from workbench.keys.encoder import Encoder, Handler

    Place = tuple[Any, ...]
    """Where something was met: the place of the code that names it, the name, its value."""

_OWN = wire.framed(b"#", b"own")
_walks: dict[int, Walk] = {}
"""By the id of the encoder that is at work."""


class Walk:
    """Code that was met and is still to be written.

    `place` is that of the code being written, `named` the global and its value that it reads.
    """

    __slots__ = ("named", "place", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[tuple[Place, Handler, Any]] = deque()
        self.place: Place = ()
        self.named: tuple[str, object] = ("", None)


def put_own(enc: Encoder, value: Any, write: Handler) -> None:
    """Write a function or class of the user's: here if it is the first one met, else later."""
    if enc.seen(value):
        return
    enc.parts.append(_OWN)
    walk = _walks.get(id(enc))
    if walk is not None:
        walk.waiting.append(((walk.place, *walk.named, value), write, value))
        return
    walk = _walks[id(enc)] = Walk()
    walk.named = ("", value)
    try:
        write(enc, value)
        while walk.waiting:
            walk.place, write, value = walk.waiting.popleft()
            walk.named = ("", value)
            try:
                write(enc, value)
            except Opaque as opaque:
                raise opaque.under(_written(walk.place))  # noqa: B904
    finally:
        del _walks[id(enc)]


def reading(enc: Encoder, name: str, value: Any) -> None:
    """Remember which global is being written, for the path of what is met in it."""
    walk = _walks.get(id(enc))
    if walk is not None:
        walk.named = (name, value)


def _written(place: Place) -> str:
    """Return the path to where something was met."""
    parts: list[str] = []
    while place:
        place, name, value, met = place
        if met is not value:
            parts.append(f".{met.__name__}")
        if name:
            parts.append(f".__globals__[{name!r}]")
    return "".join(reversed(parts))
