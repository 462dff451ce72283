"""Prompts and answers as text for people: content parts, tool calls, messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers.lenient import compact, items, mapping, string

if TYPE_CHECKING:
    from workbench.model import Json


def content(value: Json) -> str:
    """A message's content: its text parts as they are, of others the type in brackets."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list):
        return "\n".join(map(_part, value))
    return _part(value)


def call(item: Json) -> str:
    """A tool call as `name(arguments)`, in the shape of either API, function or custom."""
    body = mapping(item)
    if not body:
        return compact(item)
    inner = mapping(body.get("function")) or mapping(body.get("custom")) or body
    given = inner.get("arguments", inner.get("input"))
    shown = given or "" if given is None or isinstance(given, str) else compact(given)
    return f"{string(inner.get('name'))}({shown})"


def message(value: Json) -> str:
    """A chat message without its role: content, refusal and tool calls, each on its own lines."""
    body = mapping(value)
    legacy = [body["function_call"]] if body.get("function_call") else []
    calls = [*items(body.get("tool_calls")), *legacy]
    said = content(body.get("content"))
    return "\n".join(filter(None, [said, string(body.get("refusal")), *map(call, calls)]))


def _part(value: Json) -> str:
    if isinstance(value, str):
        return value
    body = mapping(value)
    for words in (body.get("text"), body.get("refusal")):
        if isinstance(words, str):
            return words
    kind = string(body.get("type"))
    return f"[{kind}]" if kind else compact(value)
