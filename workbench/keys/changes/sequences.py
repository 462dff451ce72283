"""What became of a row of items, by their hashes, and of a text, by its lines; in words."""

from __future__ import annotations

import base64
import difflib
import struct
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from workbench.keys.changes.secrecy import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DIFF_LINES = 60
_LINE_CHARACTERS = 200
_COMPARED_LINES = 2_000
_CONTEXT = 2


@dataclass(frozen=True, slots=True)
class Moved:
    """How one row of items became another.

    `changed` are the places where both have an item and it is another one; `words` says the rest,
    "" where nothing else happened.
    """

    changed: tuple[int, ...]
    words: str


def packed(hashes: Sequence[int]) -> str:
    """Return 32-bit numbers as text, 5 characters each."""
    return base64.b85encode(struct.pack(f"<{len(hashes)}I", *hashes)).decode()


def unpacked(text: str) -> tuple[int, ...]:
    """Return the numbers that `packed` wrote; none for a text that it did not write."""
    try:
        data = base64.b85decode(text)
        return struct.unpack(f"<{len(data) // 4}I", data)
    except (ValueError, struct.error):
        return ()


def moved(old: Sequence[int], new: Sequence[int], noun: str) -> Moved:
    """Return what happened to the items: changed in place, or some put in or taken out."""
    if len(old) == len(new):
        return Moved(tuple(n for n, (a, b) in enumerate(zip(old, new, strict=True)) if a != b), "")
    head = _common(zip(old, new, strict=False))
    shorter = min(len(old), len(new))
    tail = min(_common(zip(reversed(old), reversed(new), strict=False)), shorter - head)
    taken, put = len(old) - head - tail, len(new) - head - tail
    place = _place(head, tail)
    if not taken:
        return Moved((), f"{counted(put, noun)} added {place}")
    if not put:
        return Moved((), f"{counted(taken, noun)} removed {place}")
    return Moved((), f"{counted(put, noun)} in place of {taken:,} {place}")


def _common(pairs: Iterable[tuple[int, int]]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _place(head: int, tail: int) -> str:
    if not tail:
        return "at the end"
    return f"at [{head}]" if head else "at the start"


def counted(number: int, noun: str) -> str:
    """Return `1 row`, `1,000 rows`."""
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun != "key" else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def lines(old: str, new: str) -> tuple[str, tuple[str, ...]]:
    """Return how many lines were added and removed, in words, and the diff, both bounded.

    Both texts are scrubbed first; ("", ()) if they then are equal.
    """
    before = scrubbed(old).splitlines()[:_COMPARED_LINES]
    after = scrubbed(new).splitlines()[:_COMPARED_LINES]
    found = list(difflib.unified_diff(before, after, lineterm="", n=_CONTEXT))[2:]
    added = sum(line.startswith("+") for line in found)
    removed = sum(line.startswith("-") for line in found)
    return _words(added, removed), _bounded(found)


def _words(added: int, removed: int) -> str:
    if added and removed:
        return f"{counted(added, 'line')} added, {removed:,} removed"
    if added or removed:
        return f"{counted(added, 'line')} added" if added else f"{counted(removed, 'line')} removed"
    return ""


def _bounded(found: list[str]) -> tuple[str, ...]:
    cut = [
        line if len(line) <= _LINE_CHARACTERS else f"{line[:_LINE_CHARACTERS]}…"
        for line in found[:_DIFF_LINES]
    ]
    left = len(found) - len(cut)
    return (*cut, *([f"… {counted(left, 'more line')}"] if left else []))
