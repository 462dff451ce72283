"""Reading JSON that anybody may have written: each function takes anything, none raises."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.model import Json

_LARGEST = 2**63 - 1  # what a column of SQL holds


def parse(data: bytes | str, default: Json = None) -> Json:
    """The JSON value in `data`, or `default` where it is none that Python can hold."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return default


def mapping(value: Json) -> dict[str, Json]:
    """The object itself, or an empty one in place of anything else."""
    return value if isinstance(value, dict) else {}


def items(value: Json) -> list[Json]:
    """The array itself, or an empty one in place of anything else."""
    return value if isinstance(value, list) else []


def string(value: Json) -> str:
    """The string itself, or an empty one in place of anything else."""
    return value if isinstance(value, str) else ""


def whole(value: Json) -> int | None:
    """The count itself; None where it is not a whole number, negative, or too large to store."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST:
        return value
    return None


def compact(value: Json) -> str:
    """The value as JSON without spaces; an ellipsis where it cannot be written."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return "…"


def tidy(text: str) -> str:
    """The text fit for UTF-8: halves of one character joined, a lone half replaced.

    JSON may escape such halves, and a stream may carry them in two chunks.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def one_line(text: str, limit: int) -> str:
    """The text's beginning on one line, without control characters, `limit` characters at most."""
    words = " ".join(text[: 10 * limit].split())
    shown = "".join(character for character in words if character.isprintable())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
