"""What a description says of one value: its facts, and its parts to be described in turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.keys.encoder import Sources
    from workbench.model import Json

SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})


class Walk(Protocol):
    """What the walk over a value offers to those who describe one part of it."""

    sources: Sources
    hashes: int
    """How many more hashes may be kept."""

    def packed(self, hashes: list[int]) -> str:
        """Return hashes as text, and count them."""

    def short_hash(self, value: object) -> int:
        """Return 32 bits for a value."""

    def digest(self, value: object) -> str:
        """Return the start of a value's digest, "" where it has none."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """Facts of a value and what lies below it.

    `parts` have a label each; `items` are in a row and told apart by their hashes. `code` is set
    where what lies below is code: the name of a function says nothing on what it reads.
    """

    facts: dict[str, Json]
    parts: Iterable[tuple[str, Any]] = ()
    items: tuple[Any, ...] | None = None
    code: bool = False
    cut: bool = False


def class_name(kind: type) -> str:
    """Return the name of a class with its module, builtins without; runs no metaclass's code."""
    name = vars(type)["__qualname__"].__get__(kind)
    module = vars(type)["__module__"].__get__(kind)
    whole = name if module in {"builtins", "__main__"} else f"{module}.{name}"
    return safe(whole)[:120]


def safe(text: str) -> str:
    """Return a text that can be encoded: lone surrogates as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
