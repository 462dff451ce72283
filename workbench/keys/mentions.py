"""Which texts of a value may name a file: all of a few, of many those that look like a path."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ALL_OF = 10_000
"""Up to so many distinct texts, each is told."""

LIKE_A_PATH = r"[/\\]|\.."
"""What a text among more than that must hold, for RE2 as for Python."""

_CHARACTERS = 1024
_LOOKED_THROUGH_BYTES = 1 << 18


def may_be_path(value: str) -> bool:
    """Return whether a str could name a file."""
    return len(value) < _CHARACTERS and "\n" not in value and "\0" not in value


def may_hold_path(data: bytes | memoryview) -> bool:
    """Return whether texts, in a row as UTF-8, hold a character that a path among many needs.

    About 0.05 ms a MB: most columns of texts need no closer look.
    """
    for start in range(0, len(data), _LOOKED_THROUGH_BYTES):
        part = bytes(data[start : start + _LOOKED_THROUGH_BYTES])
        if b"/" in part or b"." in part or b"\\" in part:
            return True
    return False


def mentioned(texts: Sequence[str], data: bytes) -> Iterable[str]:
    """Return those of some texts that may name a file; `data` holds their bytes.

    Costs 0.1 µs a text where there are more than `ALL_OF` and one holds a dot or a slash, else far
    less.
    """
    # NOTE: of more distinct texts, only those that look like a path: a file there that has neither
    # folder nor suffix, and that only compiled code opens, does not count
    few = len(texts) <= ALL_OF or len(set(texts[: 2 * ALL_OF])) <= ALL_OF
    distinct = dict.fromkeys(texts) if few else ()
    if few and len(distinct) <= ALL_OF:
        return filter(may_be_path, distinct)
    if not may_hold_path(data):
        return ()
    found = (text for text in texts if "/" in text or "." in text[:-1] or "\\" in text)
    return filter(may_be_path, found)
