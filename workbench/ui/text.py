"""Amounts as people read them, and text from elsewhere made safe to show."""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def seconds(value: float) -> str:
    """`0.4 ms`, `350 ms`, `4.2 s`, `3 min 05 s`."""
    if value < 1:
        return f"{value * 1000:.1f} ms" if value < 0.01 else f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02} s"


def money(microusd: int | None) -> str:
    """`$0`, `$0.000021`, `$1.25`; `?` where it is unknown."""
    if microusd is None:
        return "?"
    dollars = microusd / 1_000_000
    if microusd == 0:
        return "$0"
    return f"${dollars:,.2f}" if abs(dollars) >= 0.1 else f"${dollars:.6f}".rstrip("0")


def count(number: int, noun: str) -> str:
    """`1 call`, `12 calls`, `5,310 tokens`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def printable(text: str) -> str:
    """Text without what could drive a terminal or reorder a line; newlines and tabs stay."""
    return "".join(_shown(char) for char in text)


def one_line(text: str, width: int = 200) -> str:
    """The text on one line, cut at `width` characters with an ellipsis."""
    flat = " ".join(printable(text[: 4 * width]).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def _shown(char: str) -> str:
    if char in "\n\t" or (" " <= char <= "~"):
        return char
    hidden = char in _BIDI or unicodedata.category(char) in {"Cc", "Cs"}
    return "\ufffd" if hidden else char
