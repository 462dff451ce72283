"""The Responses API of OpenAI and of servers compatible with it.

Source: OpenAI API reference, "Create a model response" and "Responses: Streaming events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers import schema
from workbench.calls.providers.answer import MALFORMED, failed, judged, refused, streamed
from workbench.calls.providers.lenient import compact, items, mapping, parse, string, tidy
from workbench.calls.providers.render import call, content
from workbench.calls.providers.responses_stream import merge
from workbench.calls.providers.sse import ends_unseen
from workbench.model import Prompt

if TYPE_CHECKING:
    from workbench.model import Json, Judgement

_CALLS = ("function_call", "custom_tool_call")
_PENDING = ("queued", "in_progress")  # background mode: all that the call itself gives
_BROKEN = ("failed", "cancelled")
_END_MARKS = (b"response.completed", b"response.incomplete", b"response.failed", b"[DONE]")


class Responses:
    """The protocol of `/responses`."""

    name = "responses"
    draws = True

    def describe(self, request: Json) -> Prompt:
        """The instructions and the input as `role: text`, a blank line between items."""
        body = mapping(request)
        said = [*_said(body.get("instructions"), "instructions"), *_said(body.get("input"), "user")]
        return Prompt(tidy(string(body.get("model"))), tidy("\n\n".join(said) or compact(request)))

    def asks_stream(self, request: Json) -> bool:
        """Whether the request says `stream: true`."""
        return mapping(request).get("stream") is True

    def may_end(self, tail: bytes) -> bool:
        """Whether the tail names an end event, or ends one too long to show its name."""
        return any(mark in tail for mark in _END_MARKS) or ends_unseen(tail)

    def judge(self, request: Json, status: int, content_type: str, body: bytes) -> Judgement:
        """By the response's `status`; streamed, by the event that ends it."""
        if refusal := refused(status, body):
            return refusal
        if streamed(content_type, asked=self.asks_stream(request)):
            return _judge(request, *merge(body))
        answer = parse(body)
        return _judge(request, mapping(answer), "" if isinstance(answer, dict) else MALFORMED)


def _said(value: Json, role: str) -> list[str]:
    if isinstance(value, list):
        return [_item(each) for each in value]
    return [] if value is None else [f"{role}: {content(value)}"]


def _item(value: Json) -> str:
    item = mapping(value)
    kind = string(item.get("type"))
    if role := string(item.get("role")):
        return f"{role}: {content(item.get('content'))}"
    if kind in _CALLS:
        return f"assistant: {call(item)}"
    if kind.endswith("_output"):
        return f"tool: {content(item.get('output'))}"
    return f"[{kind}]" if kind else compact(value)


def _judge(request: Json, answer: dict[str, Json], flaw: str) -> Judgement:
    output = [mapping(item) for item in items(answer.get("output"))]
    text, state = _text(output), answer.get("status")
    if answer.get("error") or state in _BROKEN:
        return failed(answer.get("error") or state, answer, text)
    if flaw or state not in ("completed", "incomplete", *_PENDING):
        return judged("incomplete", flaw or "no status", answer, text)
    reason = _fault(mapping(request), answer, output)
    return judged("rejected" if reason else "complete", reason, answer, text)


def _text(output: list[dict[str, Json]]) -> str:
    """The messages joined as the SDK's `output_text` is, then the tool calls, a line each."""
    said = "".join(_spoken(item) for item in output if item.get("type") == "message")
    return "\n".join(filter(None, [said, *map(call, _calls(output))]))


def _spoken(item: dict[str, Json]) -> str:
    parts = item.get("content")
    return "".join(map(content, parts)) if isinstance(parts, list) else content(parts)


def _calls(output: list[dict[str, Json]]) -> list[dict[str, Json]]:
    return [item for item in output if item.get("type") in _CALLS]


def _fault(request: dict[str, Json], answer: dict[str, Json], output: list[dict[str, Json]]) -> str:
    """Why an answer that is complete is not one to build on."""
    if answer["status"] == "incomplete":
        return string(mapping(answer.get("incomplete_details")).get("reason")) or "incomplete"
    if any(mapping(part).get("refusal") for item in output for part in items(item.get("content"))):
        return "refusal"
    final = [item for item in output if _is_final(item)]
    if not final or _calls(output):
        return ""
    return schema.mismatch(mapping(request.get("text")).get("format"), _spoken(final[-1]))


def _is_final(item: dict[str, Json]) -> bool:
    """Whether a message is the answer and no commentary on the way to it."""
    return item.get("type") == "message" and item.get("phase") in (None, "final_answer")
