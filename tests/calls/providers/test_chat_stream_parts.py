from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers.chat import Chat

ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
TOTAL = {
    "type": "json_schema",
    "json_schema": {"name": "t", "schema": {"type": "object", "required": ["total"]}},
}
END = "data: [DONE]\n\n"


def judge(body: str | bytes, request: dict = ASK):
    sent = body if isinstance(body, bytes) else body.encode()
    return Chat().judge(request, 200, "text/event-stream", sent)


def chunk(**fields: object) -> str:
    return f"data: {json.dumps({'object': 'chat.completion.chunk', **fields})}\n\n"


def delta(said: dict, finish: str | None = None, index: object = 0) -> str:
    return chunk(choices=[{"index": index, "delta": said, "finish_reason": finish}])


def test_a_streamed_answer_is_held_to_its_schema():
    request = ASK | {"response_format": TOTAL}
    prose = delta({"content": "one"}, "stop") + END
    assert judge(prose, request).reason == "not JSON"
    body = delta({"content": '{"tot'}) + delta({"content": 'al":1}'}, "stop") + END
    assert judge(body, request).verdict == "complete"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "no end marker"),
        (delta({"content": "a"}, "stop"), "no end marker"),
        (delta({"content": "a"}, "stop") + "data: [DONE]\n", "no end marker"),
        (delta({"content": "a"}) + END, "no finish_reason"),
        (delta({"content": "a"}, "stop") + delta({"content": "b"}, index=1) + END,
         "no finish_reason"),
        (END, "no choices"),
        (delta({"content": "a"}, "stop") + "data: {\n\ndata: [DONE]\n\n", "malformed JSON"),
        (delta({"content": "a"}, "stop") + "data: 5\n\ndata: [DONE]\n\n", "malformed JSON"),
        (delta({"content": "a"}, "stop").encode() + b": \xff\n\ndata: [DONE]\n\n", "malformed JSON"),
    ],
)  # fmt: skip
def test_a_stream_without_its_parts_is_incomplete(body, reason):
    judged = judge(body)
    assert (judged.verdict, judged.reason) == ("incomplete", reason)


@pytest.mark.parametrize(
    "error",
    [
        chunk(error={"message": "The server had an error", "type": "server_error"}),
        chunk(error={"code": 502, "message": "The server had an error"}, choices=[]),
        'event: error\ndata: {"message": "The server had an error"}\n\n',
        chunk(choices=[{"index": 0, "delta": {}, "finish_reason": "error",
                        "error": {"message": "The server had an error"}}]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rest", ["", END, delta({}, "stop") + END])
def test_an_error_in_the_stream_is_failed_whatever_follows(error, rest):
    judged = judge(delta({"content": "Hal"}) + error + rest)
    assert (judged.verdict, judged.reason) == ("failed", "error: The server had an error")
    assert judged.text == "Hal"


def test_nothing_after_the_end_marker_is_read():
    whole = delta({"content": "a"}, "stop") + END
    assert judge(whole + chunk(error={"message": "late"}) + "data: {").verdict == "complete"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([{"index": 0, "function": {"name": "f", "arguments": "{"}},
          {"index": 0, "function": {"arguments": "}"}}], "f({})"),
        ([{"function": {"name": "f", "arguments": "{}"}}, {"function": {"name": "g", "arguments": "{}"}}],
         "f({})\ng({})"),
        ([{"function": {"name": "f", "arguments": "{"}}, {"function": {"arguments": "}"}}], "f({})"),
        (["x", None, {"index": 0, "function": 5}], "()"),
    ],
)  # fmt: skip
def test_tool_calls_add_up_with_and_without_an_index(pieces, text):
    body = "".join(delta({"tool_calls": [piece]}) for piece in pieces)
    assert judge(body + delta({}, "tool_calls") + END).text == text


def test_a_deprecated_function_call_adds_up_too():
    pieces = [{"name": "f", "arguments": ""}, {"arguments": "{}"}]
    body = "".join(delta({"function_call": piece}) for piece in pieces)
    assert judge(body + delta({}, "function_call") + END).text == "f({})"


def test_a_character_whose_halves_come_in_two_chunks_is_joined():
    body = delta({"content": "\ud83d"}) + delta({"content": "\ude00"}, "stop") + END
    assert judge(body).text == "😀"


@given(st.text(st.characters(codec="utf-8")), st.data())
def test_a_text_cut_into_deltas_anywhere_is_put_together_again(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    body = "".join(delta({"content": piece}) for piece in pieces)
    assert judge(body + delta({}, "stop") + END).text == text
