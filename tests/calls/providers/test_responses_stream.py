from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers.protocol import TAIL_BYTES
from workbench.calls.providers.responses import Responses
from workbench.model import Usage

RESPONSES = Responses()
ASK = {"model": "gpt-4.1", "input": "Hello!", "stream": True}

# As api.openai.com sends it.
OPENAI = """\
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","created_at":1741290958,"status":"in_progress","error":null,"incomplete_details":null,"instructions":"You are a helpful assistant.","max_output_tokens":null,"model":"gpt-4.1-2025-04-14","output":[],"parallel_tool_calls":true,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"usage":null,"metadata":{}}}

event: response.in_progress
data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1","object":"response","created_at":1741290958,"status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-4.1-2025-04-14","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[],"usage":null,"metadata":{}}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}

event: response.content_part.added
data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"Grüße","logprobs":[],"obfuscation":"ab"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_1","output_index":0,"content_index":0,"delta":", \\"welt\\"!\\n","logprobs":[],"obfuscation":"c"}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":6,"item_id":"msg_1","output_index":0,"content_index":0,"text":"Grüße, \\"welt\\"!\\n","logprobs":[]}

event: response.content_part.done
data: {"type":"response.content_part.done","sequence_number":7,"item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Grüße, \\"welt\\"!\\n","annotations":[],"logprobs":[]}}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Grüße, \\"welt\\"!\\n","annotations":[],"logprobs":[]}]}}

event: response.completed
data: {"type":"response.completed","sequence_number":9,"response":{"id":"resp_1","object":"response","created_at":1741290958,"status":"completed","error":null,"incomplete_details":null,"instructions":"You are a helpful assistant.","max_output_tokens":null,"model":"gpt-4.1-2025-04-14","output":[{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Grüße, \\"welt\\"!\\n","annotations":[],"logprobs":[]}]}],"parallel_tool_calls":true,"previous_response_id":null,"reasoning":{"effort":null,"summary":null},"store":true,"temperature":1.0,"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":1.0,"truncation":"disabled","usage":{"input_tokens":37,"input_tokens_details":{"cached_tokens":0},"output_tokens":11,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":48},"user":null,"metadata":{}}}

"""
# A compatible server: no event lines, the type last, CRLF, an end without output, then [DONE].
COMPATIBLE = """\
data: {"sequence_number":0,"response":{"id":"r","created_at":1,"model":"qwen","object":"response","status":"in_progress","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]},"type":"response.created"}

data: {"content_index":0,"delta":"Hel","item_id":"m","logprobs":[],"output_index":0,"sequence_number":1,"type":"response.output_text.delta"}

data: {"content_index":0,"delta":"lo","item_id":"m","logprobs":[],"output_index":0,"sequence_number":2,"type":"response.output_text.delta"}

data: {"sequence_number":3,"response":{"id":"r","created_at":1,"model":"qwen","object":"response","status":"completed","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]},"type":"response.completed"}

data: [DONE]

""".replace("\n", "\r\n")
TOOLS = """\
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"r","created_at":1,"model":"m","object":"response","status":"in_progress","output":[],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"weather","arguments":"","status":"in_progress"}}

event: response.function_call_arguments.delta
data: {"type":"response.function_call_arguments.delta","sequence_number":2,"item_id":"fc_1","output_index":0,"delta":"{\\"city\\":\\"Paris\\"}"}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":{"type":"function_call","id":"fc_1","call_id":"call_1","name":"weather","arguments":"{\\"city\\":\\"Paris\\"}","status":"completed"}}

event: response.completed
data: {"type":"response.completed","sequence_number":4,"response":{"id":"r","created_at":1,"model":"m","object":"response","status":"completed","output":[{"type":"function_call","id":"fc_1","call_id":"call_1","name":"weather","arguments":"{\\"city\\":\\"Paris\\"}","status":"completed"}],"parallel_tool_calls":true,"tool_choice":"auto","tools":[]}}

"""
CUT = (
    OPENAI.replace("response.completed", "response.incomplete")
    .replace('"status":"completed","error"', '"status":"incomplete","error"')
    .replace(
        '"incomplete_details":null,"instructions":"You are a helpful assistant.","max_output_tokens":null,"model":"gpt-4.1-2025-04-14","output":[{',
        '"incomplete_details":{"reason":"max_output_tokens"},"max_output_tokens":16,"model":"gpt-4.1-2025-04-14","output":[{',
    )
)
GREETING = 'Grüße, "welt"!\n'
GOLDEN = {
    "openai": (OPENAI, "complete", GREETING),
    "compatible": (COMPATIBLE, "complete", "Hello"),
    "tools": (TOOLS, "complete", 'weather({"city":"Paris"})'),
    "cut by its limit": (CUT, "rejected", GREETING),
}
every_golden = pytest.mark.parametrize(("body", "verdict", "text"), GOLDEN.values(), ids=GOLDEN)


def judge(body: str | bytes, request: dict = ASK):
    sent = body if isinstance(body, bytes) else body.encode()
    return RESPONSES.judge(request, 200, "text/event-stream", sent)


def event(kind: str, **fields: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def end_of(sent: bytes) -> int:
    """Where the blank line after the event that ends the response has arrived."""
    crlf = b"\r\n" in sent
    start = max(
        sent.rindex(mark)
        for mark in (b"response.completed", b"response.incomplete")
        if mark in sent
    )
    return sent.index(b"\r\n\r" if crlf else b"\n\n", start) + (3 if crlf else 2)


@every_golden
def test_a_whole_stream_is_judged_with_its_text(body, verdict, text):
    judged = judge(body)
    assert (judged.verdict, judged.text) == (verdict, text)


@every_golden
def test_a_cut_stream_is_incomplete_until_its_end_event_has_wholly_arrived(body, verdict, text):
    sent = body.encode()
    end = end_of(sent)
    for cut in range(len(sent) + 1):
        expected = verdict if cut >= end else "incomplete"
        assert judge(sent[:cut]).verdict == expected, sent[:cut][-40:]


@every_golden
def test_a_stream_may_end_wherever_it_is_judged_to_have_ended(body, verdict, text):
    sent = body.encode() + b": bye\n\n"
    assert all(
        RESPONSES.may_end(sent[:cut][-TAIL_BYTES:]) for cut in range(end_of(sent), len(sent))
    )


def test_the_events_on_the_way_are_seen_not_to_be_the_end():
    delta = event("response.output_text.delta", item_id="m" * 60, output_index=0, delta="x" * 200)
    stream = (OPENAI[: OPENAI.index("event: response.output_text")] + delta * 50).encode()
    steady = range(len(stream) - 10_000, len(stream))
    assert not any(RESPONSES.may_end(stream[:cut][-TAIL_BYTES:]) for cut in steady)


@given(st.data())
def test_a_driver_that_judges_only_where_it_may_end_misses_no_end(data):
    size = st.integers(0, 3 * TAIL_BYTES)
    deltas = [
        event("response.output_text.delta", delta="x" * n)
        for n in data.draw(st.lists(size, max_size=4))
    ]
    response = {"status": "completed", "output": [], "padding": "y" * data.draw(size)}
    body = "".join([*deltas, event("response.completed", response=response)])
    sent = body.replace("\n", data.draw(st.sampled_from(["\n", "\r\n", "\r"]))).encode()
    steps = data.draw(st.lists(st.integers(1, 2 * TAIL_BYTES), max_size=12))
    arrived, asked = 0, False
    for step in [*steps, len(sent)]:
        arrived = min(arrived + step, len(sent))
        asked = RESPONSES.may_end(sent[:arrived][-TAIL_BYTES:])
        assert asked or judge(sent[:arrived]).verdict == "incomplete"
    assert asked


@pytest.mark.parametrize("name", ["openai", "compatible", "cut by its limit"])
def test_the_text_is_what_the_sdk_streams(sdk, name):
    body, _, text = GOLDEN[name]
    stream = sdk(body.encode()).responses.create(model="m", input="", stream=True)
    deltas = [each.delta for each in stream if each.type == "response.output_text.delta"]
    assert "".join(deltas) == text == judge(body).text


def test_the_final_response_is_what_the_sdk_adds_up(sdk):
    with sdk(OPENAI.encode()).responses.stream(model="m", input="") as stream:
        assert judge(OPENAI).text == stream.get_final_response().output_text
    with sdk(TOOLS.encode()).responses.stream(model="m", input="") as stream:
        called = stream.get_final_response().output[0]
    assert judge(TOOLS).text == f"{called.name}({called.arguments})"


def test_tokens_and_model_come_from_the_end_event():
    assert judge(OPENAI).usage == Usage(37, 11, 48, 0)
    assert judge(OPENAI).model == "gpt-4.1-2025-04-14"


def test_a_response_that_the_server_cut_is_rejected_with_its_reason():
    assert judge(CUT).reason == "max_output_tokens"


def test_a_streamed_answer_is_held_to_its_schema():
    format_ = {"type": "json_schema", "name": "t", "schema": {"type": "object"}}
    judged = judge(OPENAI, ASK | {"text": {"format": format_}})
    assert (judged.verdict, judged.reason) == ("rejected", "not JSON")


def test_the_end_event_counts_before_the_status_that_its_response_states():
    body = event("response.completed", response={"status": "in_progress", "output": []})
    assert judge(body).verdict == "complete"
    assert judge(event("response.completed")).verdict == "complete"


def test_the_end_events_output_counts_before_what_was_streamed():
    output = [{"type": "message", "content": [{"type": "output_text", "text": "whole"}]}]
    body = event("response.output_text.delta", delta="who")
    assert judge(body + event("response.completed", response={"output": output})).text == "whole"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "no end marker"),
        (event("response.created", response={"status": "in_progress"}), "no end marker"),
        (event("response.created", response={"status": "completed"}), "no end marker"),
        (event("response.created", response={"status": "queued"}) + "data: [DONE]\n\n", "no end marker"),
        ("data: {\n\n" + event("response.completed", response={}), "malformed JSON"),
        ("data: [1]\n\n" + event("response.completed", response={}), "malformed JSON"),
        (b": \xff\n\n" + event("response.completed", response={}).encode(), "malformed JSON"),
    ],
)  # fmt: skip
def test_a_stream_without_its_parts_is_incomplete(body, reason):
    judged = judge(body)
    assert (judged.verdict, judged.reason) == ("incomplete", reason)


def test_what_arrived_of_a_cut_stream_is_in_the_text():
    judged = judge(OPENAI[: OPENAI.index("event: response.output_text.done")])
    assert (judged.text, judged.model) == (GREETING, "gpt-4.1-2025-04-14")


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (event("response.failed", response={"status": "failed", "error": {"code": "server_error", "message": "Broke."}}),
         "error: Broke."),
        (event("response.failed", response={"error": None}), "error: failed"),
        (event("error", code="server_error", message="Broke.", param=None), "error: Broke."),
        (event("error", error={"type": "server_error", "message": "Broke."}), "error: Broke."),
        ('data: {"error": {"message": "Broke."}}\n\n', "error: Broke."),
        ('event: error\ndata: {"message": "Broke."}\n\n', "error: Broke."),
    ],
)  # fmt: skip
def test_a_stream_that_fails_is_failed_and_keeps_its_text(end, reason):
    judged = judge(event("response.output_text.delta", delta="Hal") + end)
    assert (judged.verdict, judged.reason, judged.text) == ("failed", reason, "Hal")


def test_nothing_after_the_end_event_is_read():
    assert judge(OPENAI + event("error", message="late") + "data: {\n\n").verdict == "complete"
