"""Server-sent events: the bytes of an event stream -> its events.

Source: WHATWG HTML Living Standard, "Server-sent events", sections "Parsing an event stream" and
"Interpreting an event stream".
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
_LINE_END = re.compile(rb"\r\n|\n|\r")  # and no other: str.splitlines knows eight more
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n)){2}")
_DATA_LINE = re.compile(rb"(?:^|[\r\n])data")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its type, "message" where the stream names none, and its data lines joined."""

    event: str
    data: str


def events(body: bytes) -> Iterator[Event]:
    """The events that a whole or cut stream dispatches.

    One whose blank line is still missing is not dispatched, so the events of a stream's beginning
    are the beginning of its events. Bytes that are not UTF-8 become U+FFFD.
    """
    kind, data = "", list[str]()
    for line in _LINE_END.split(body.removeprefix(_BOM))[:-1]:
        if line:
            field, value = _field(line)
            kind = value if field == b"event" else kind
            data += [value] if field == b"data" else []
            continue
        if data:
            yield Event(kind or "message", "\n".join(data))
        kind, data = "", []


def ends_unseen(tail: bytes) -> bool:
    """Whether the last event with data in a stream's tail ended there, but began before it.

    What such an event was cannot be told from the tail.
    """
    _, *rest = _BLANK_LINE.split(tail)
    return bool(rest) and not any(map(_DATA_LINE.search, rest[:-1]))


def utf8_part(body: bytes) -> bytes:
    """The stream up to its first byte that cannot be UTF-8, at which a client may raise."""
    try:
        getincrementaldecoder("utf-8")().decode(body)
    except UnicodeDecodeError as error:
        return body[: error.start]
    return body


def _field(line: bytes) -> tuple[bytes, str]:
    name, _, value = line.partition(b":")
    return name, value.removeprefix(b" ").decode("utf-8", "replace")
