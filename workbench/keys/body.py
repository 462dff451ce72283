"""The body of a request in one form: JSON by its meaning, multipart by its parts, else its bytes."""

from __future__ import annotations

import json
import math
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from workbench.keys import wire

_LABELS = frozenset({
    "metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier", "user",
})  # fmt: skip
"""Top-level fields that label a request for its sender; any other field, known or not, counts."""

_ORDERED = frozenset({
    "args", "arguments", "format", "functions", "input_schema", "json_schema", "parameters",
    "response_format", "responseJsonSchema", "responseSchema", "response_schema", "schema",
    "text", "tool_choice", "tools",
})  # fmt: skip
"""Fields below which a model sees the keys in the order in which they were sent."""

_DEEPEST = 50
_TURNS = frozenset({"input", "messages"})
_LINKS = frozenset({"call_id", "tool_call_id", "tool_use_id"})
_LINKED_TYPES = frozenset({"function_call", "tool_use"})


class _Number(str):
    """A number as the JSON text has it: an integer of any size, a float out of range."""

    __slots__ = ()


def canonical_body(body: bytes, content_type: str) -> bytes:
    """Return what a body says, framed: equal bodies, equal bytes. Cost: one parse."""
    media = _media(content_type)
    kind = media.get_content_type()
    if not body:
        return wire.framed(b"E", b"")
    if not content_type or kind == "application/json" or kind.endswith("+json"):
        said = _json(body)
        if said is not None:
            return wire.framed(b"J", said)
    boundary = media.get_param("boundary")
    if kind.startswith("multipart/") and isinstance(boundary, str):
        said = _multipart(body, boundary)
        if said is not None:
            return wire.framed(b"M", wire.text(kind) + said)
    return wire.framed(b"R", wire.text(content_type.strip()) + wire.framed(b"b", body))


def _media(content_type: str) -> Message:
    message = Message()
    message["Content-Type"] = content_type
    return message


def _json(body: bytes) -> bytes | None:
    """Return a JSON body in canonical form, None if its bytes alone tell what it says."""
    try:
        parsed = json.loads(body, object_pairs_hook=_object, parse_int=_Number, parse_float=_float)
        if _is_deep(parsed):
            return None
        writer = _Writer()
        if isinstance(parsed, dict):
            parsed = {name: value for name, value in parsed.items() if name not in _LABELS}
            writer.top(parsed)
        else:
            writer.value(parsed, ordered=False)
    except (ValueError, RecursionError):
        return None
    return b"".join(writer.parts)


def _is_deep(value: Any) -> bool:
    """Whether a body goes deeper than a stack is sure to hold; told by the body alone."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(_DEEPEST):
        inner = (item.values() if isinstance(item, dict) else item for item in level)
        level = [part for items in inner for part in items if isinstance(part, dict | list)]
    return bool(level)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice: which one counts is the server's choice")
    return found


def _float(text: str) -> float | _Number:
    number = float(text)
    return number if math.isfinite(number) else _Number(text)


class _Writer:
    """Writes parsed JSON, numbering the identifiers that only link its parts."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.links: dict[str, int] = {}

    def top(self, body: dict[str, Any]) -> None:
        """Write the whole body."""
        self._open(body)
        for name in sorted(body):
            self.parts.append(wire.text(name))
            if name in _TURNS and isinstance(body[name], list):
                self._turns(body[name])
            else:
                self.value(body[name], ordered=name in _ORDERED)

    def _turns(self, turns: list[Any]) -> None:
        """Write a list of messages, items or content blocks: only here do identifiers link."""
        self.parts.append(b"[" + wire.SIZE(len(turns)))
        for turn in turns:
            if isinstance(turn, dict):
                self._turn(turn, linked=turn.get("type") in _LINKED_TYPES)
            else:
                self.value(turn, ordered=False)

    def _turn(self, turn: dict[str, Any], *, linked: bool) -> None:
        self._open(turn)
        for name in sorted(turn):
            value = turn[name]
            self.parts.append(wire.text(name))
            if type(value) is str and (name in _LINKS or (linked and name == "id")):
                self._link(value)
            elif name == "content" and isinstance(value, list):
                self._turns(value)
            elif name == "tool_calls" and isinstance(value, list):
                self._tool_calls(value)
            else:
                given = linked and name == "input"  # what a model gave to a tool
                self.value(value, ordered=given or name in _ORDERED)

    def _tool_calls(self, calls: list[Any]) -> None:
        self.parts.append(b"[" + wire.SIZE(len(calls)))
        for call in calls:
            if isinstance(call, dict):
                self._turn(call, linked=True)
            else:
                self.value(call, ordered=False)

    def _link(self, identifier: str) -> None:
        number = self.links.setdefault(identifier, len(self.links))
        self.parts.append(b"@" + wire.SIZE(number))

    def _open(self, found: dict[str, Any]) -> None:
        self.parts.append(b"{" + wire.SIZE(len(found)))

    def value(self, value: Any, *, ordered: bool) -> None:
        """Write any JSON value."""
        if isinstance(value, dict):
            self._open(value)
            for name in value if ordered else sorted(value):
                self.parts.append(wire.text(name))
                self.value(value[name], ordered=ordered or name in _ORDERED)
        elif isinstance(value, list):
            self.parts.append(b"[" + wire.SIZE(len(value)))
            for item in value:
                self.value(item, ordered=ordered)
        elif type(value) is _Number:
            self.parts.append(wire.framed(b"N", value.encode()))
        else:
            part = wire.leaf(value)
            assert part is not None, "JSON has no other values"
            self.parts.append(part)


def _multipart(body: bytes, boundary: str) -> bytes | None:
    """Return the parts of a form in order, headers and bytes; None if it is not well-formed."""
    line = b"--" + boundary.encode("utf-8", "surrogateescape")
    first, *sections = (b"\r\n" + body).split(b"\r\n" + line)
    if first or not sections or sections[-1] not in {b"--", b"--\r\n"}:
        return None
    parts = [wire.SIZE(len(sections) - 1)]
    for section in sections[:-1]:
        head, found, content = section.lstrip(b" \t").partition(b"\r\n\r\n")
        if not found or not head.startswith(b"\r\n"):
            return None
        message = BytesHeaderParser().parsebytes(head[2:])
        if message.defects or message.get_payload():
            return None
        headers = sorted((name.lower(), str(value).strip()) for name, value in message.items())
        parts.append(wire.SIZE(len(headers)))
        parts += (wire.text(text) for header in headers for text in header)
        parts.append(wire.framed(b"b", content))
    return b"".join(parts)
