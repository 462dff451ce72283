"""Chat Completions, as OpenAI's API and the many servers compatible with it speak it.

Source: OpenAI API reference, "Create chat completion"; for errors inside a 200, OpenRouter's
"Errors".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers import schema
from workbench.calls.providers.answer import MALFORMED, failed, judged, refused, streamed
from workbench.calls.providers.chat_stream import merge
from workbench.calls.providers.lenient import compact, items, mapping, parse, string, tidy
from workbench.calls.providers.render import content, message
from workbench.model import Prompt

if TYPE_CHECKING:
    from workbench.model import Json, Judgement

_CUT = frozenset({"length", "content_filter"})


class Chat:
    """The protocol of `/chat/completions`."""

    name = "chat"
    draws = True

    def describe(self, request: Json) -> Prompt:
        """The messages as `role: text`, a blank line between them."""
        body = mapping(request)
        said = [_said(each) for each in items(body.get("messages"))]
        return Prompt(tidy(string(body.get("model"))), tidy("\n\n".join(said) or compact(request)))

    def asks_stream(self, request: Json) -> bool:
        """Whether the request says `stream: true`."""
        return mapping(request).get("stream") is True

    def may_end(self, tail: bytes) -> bool:
        """Whether `[DONE]` is in the tail."""
        return b"[DONE]" in tail

    def judge(self, request: Json, status: int, content_type: str, body: bytes) -> Judgement:
        """Complete once each choice has its `finish_reason` and, streamed, `[DONE]` arrived."""
        if refusal := refused(status, body):
            return refusal
        if streamed(content_type, asked=self.asks_stream(request)):
            return _judge(request, *merge(body))
        answer = parse(body)
        return _judge(request, mapping(answer), "" if isinstance(answer, dict) else MALFORMED)


def _said(value: Json) -> str:
    if not isinstance(value, dict):
        return compact(value)
    return f"{string(value.get('role')) or '?'}: {message(value)}"


def _judge(request: Json, answer: dict[str, Json], flaw: str) -> Judgement:
    choices = [mapping(choice) for choice in items(answer.get("choices"))]
    text = "\n\n".join(message(choice.get("message")) for choice in choices)
    if error := _error(answer, choices):
        return failed(error, answer, text)
    if flaw := flaw or _gap(choices):
        return judged("incomplete", flaw, answer, text)
    wanted = mapping(request).get("response_format")
    reason = next(filter(None, (_fault(choice, wanted) for choice in choices)), "")
    return judged("rejected" if reason else "complete", reason, answer, text)


def _error(answer: dict[str, Json], choices: list[dict[str, Json]]) -> Json:
    """What the server says went wrong although its status is 200: as a whole, or in a choice."""
    broken = (choice.get("error") or choice.get("finish_reason") == "error" for choice in choices)
    return answer.get("error") or next(filter(None, broken), None)


def _gap(choices: list[dict[str, Json]]) -> str:
    if not choices:
        return "no choices"
    ended = all(string(choice.get("finish_reason")) for choice in choices)
    return "" if ended else "no finish_reason"


def _fault(choice: dict[str, Json], wanted: Json) -> str:
    """Why an answer that is complete is not one to build on."""
    said = mapping(choice.get("message"))
    if choice["finish_reason"] in _CUT:
        return string(choice["finish_reason"])
    if said.get("refusal"):
        return "refusal"
    if said.get("tool_calls") or said.get("function_call"):
        return ""
    return schema.mismatch(wanted, content(said.get("content")))
