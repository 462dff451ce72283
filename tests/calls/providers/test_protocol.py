"""What all protocols promise: one suite over the three of them."""

from __future__ import annotations

import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers.chat import Chat
from workbench.calls.providers.embeddings import Embeddings
from workbench.calls.providers.protocol import TAIL_BYTES
from workbench.calls.providers.responses import Responses
from workbench.model import Judgement, Prompt, Verdict

PROTOCOLS = (Chat(), Responses(), Embeddings())
NAMES = st.sampled_from(
    """
    model messages role content type text tool_calls function name arguments index refusal input
    instructions output response_format format json_schema schema stream choices message delta
    finish_reason error usage cost prompt_tokens data embedding status response item code
    incomplete_details reason phase function_call prompt_tokens_details custom properties
    """.split()
)
WORDS = st.sampled_from(
    """
    completed incomplete failed in_progress stop length tool_calls error message function_call
    json_schema json_object object response.completed response.failed response.output_text.delta
    response.output_item.done output_text refusal user assistant final_answer
    """.split()
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=6)
EVENT = st.one_of(
    JSON.map(lambda value: f"data: {json.dumps(value)}\n\n".encode()),
    OBJECTS.map(lambda value: f"event: error\ndata: {json.dumps(value)}\n\n".encode()),
    st.sampled_from(
        [
            b"data: [DONE]\n\n",
            b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n',
            b'data: {"type":"response.completed","response":{}}\r\r\n',
        ]
    ),
    st.binary(max_size=10),
)
BODIES = st.one_of(
    st.binary(),
    JSON.map(lambda value: json.dumps(value).encode()),
    OBJECTS.map(lambda value: json.dumps(value).encode()),
    st.lists(EVENT, max_size=5).map(b"".join),
)
CONTENT_TYPES = st.sampled_from(["application/json", "text/event-stream", "", "\x00"]) | st.text()
STATUSES = st.sampled_from([200, 200, 200, 201, 302, 400, 429, 500]) | st.integers()
DEEP = b'{"a":' * 50_000
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda each: each.name)


def sound(judged: object) -> bool:
    """Whether a judgement is one, with a reason where it needs one, and fit for a database."""
    assert isinstance(judged, Judgement)
    assert judged.verdict in typing.get_args(Verdict)
    assert bool(judged.reason) is (judged.verdict != "complete")
    assert judged.reason.isprintable()
    (judged.text + judged.model).encode()
    return True


@every_protocol
@given(JSON | OBJECTS, STATUSES, CONTENT_TYPES, BODIES)
def test_any_bytes_to_any_request_get_a_sound_judgement(
    protocol, request_, status, content_type, body
):
    assert sound(protocol.judge(request_, status, content_type, body))


@every_protocol
@pytest.mark.parametrize("content_type", ["application/json", "text/event-stream"])
@pytest.mark.parametrize("body", [DEEP, b"[" * 50_000, b"data: " + DEEP + b"\n\n", b"1" * 5_000])
def test_a_body_too_deep_or_large_to_parse_is_judged_too(protocol, content_type, body):
    assert protocol.judge({}, 200, content_type, body).verdict == "incomplete"
    assert protocol.judge({}, 500, content_type, body).verdict == "failed"


@every_protocol
@given(JSON | OBJECTS)
def test_any_request_is_described_in_text_that_utf8_can_hold(protocol, request_):
    prompt = protocol.describe(request_)
    assert isinstance(prompt, Prompt)
    (prompt.model + prompt.text).encode()
    assert isinstance(protocol.asks_stream(request_), bool)


@every_protocol
@pytest.mark.parametrize("depth", [100, 900, 990, 20_000])
def test_a_request_of_any_depth_is_described_and_judged(protocol, depth):
    nested: dict = {"type": "object"}
    for _ in range(depth):
        nested = {"properties": nested}
    wanted = {"type": "json_schema", "schema": nested}
    request = {"messages": [nested], "input": [nested], "response_format": wanted}
    request["text"] = {"format": wanted}
    answer = {"choices": [{"finish_reason": "stop", "message": {"content": "{}"}}]}
    assert protocol.describe(request).text
    assert sound(protocol.judge(request, 200, "", json.dumps(answer).encode()))


@every_protocol
@given(BODIES)
def test_any_tail_is_looked_at(protocol, tail):
    assert isinstance(protocol.may_end(tail[-TAIL_BYTES:]), bool)


@every_protocol
@given(OBJECTS, st.lists(EVENT, max_size=8).map(b"".join), st.data())
def test_where_a_stream_is_judged_to_have_ended_it_may_end(protocol, request_, body, data):
    arrived = body[: data.draw(st.integers(0, len(body)))]
    judged = protocol.judge(request_, 200, "text/event-stream", arrived)
    if judged.verdict in ("complete", "rejected") and protocol.name != "embeddings":
        assert protocol.may_end(arrived)
