from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers.chat import Chat
from workbench.calls.providers.protocol import TAIL_BYTES
from workbench.model import Usage

CHAT = Chat()
ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
TOTAL = {
    "type": "json_schema",
    "json_schema": {"name": "t", "schema": {"type": "object", "required": ["total"]}},
}

# As api.openai.com sends it with stream_options {"include_usage": true}.
OPENAI = """\
data: {"id":"chatcmpl-C1","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"4Jx"}

data: {"id":"chatcmpl-C1","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":"Grüße"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":""}

data: {"id":"chatcmpl-C1","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{"content":",\\n\\"welt\\" \\ud83d\\ude00 data: [DONE]"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"9"}

data: {"id":"chatcmpl-C1","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null,"obfuscation":"kE"}

data: {"id":"chatcmpl-C1","object":"chat.completion.chunk","created":1741570283,"model":"gpt-4o-mini-2024-07-18","choices":[],"usage":{"prompt_tokens":19,"completion_tokens":10,"total_tokens":29,"prompt_tokens_details":{"cached_tokens":3,"audio_tokens":0}},"obfuscation":"o0"}

data: [DONE]

"""
# As OpenRouter sends it: comments while it waits, a price, another finish of line.
OPENROUTER = """\
: OPENROUTER PROCESSING

: OPENROUTER PROCESSING

data: {"id":"gen-1","provider":"X","model":"meta-llama/llama-3.1-8b-instruct","object":"chat.completion.chunk","created":1741570283,"choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"},"finish_reason":null,"native_finish_reason":null}]}

data: {"id":"gen-1","provider":"X","model":"meta-llama/llama-3.1-8b-instruct","object":"chat.completion.chunk","created":1741570283,"choices":[{"index":0,"delta":{"role":"assistant","content":"lo"},"finish_reason":"stop","native_finish_reason":"stop"}]}

data: {"id":"gen-1","provider":"X","model":"meta-llama/llama-3.1-8b-instruct","object":"chat.completion.chunk","created":1741570283,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":{"prompt_tokens":7,"completion_tokens":2,"total_tokens":9,"cost":0.0000021}}

data: [DONE]

""".replace("\n", "\r\n")
# Azure: a first chunk without choices, and one with filter results in place of a delta.
AZURE = """\
data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}

data: {"choices":[{"content_filter_results":{},"delta":{"content":"Hi","role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1741570283,"id":"chatcmpl-A","model":"gpt-4o","object":"chat.completion.chunk"}

data: {"choices":[{"content_filter_offsets":{"check_offset":44},"content_filter_results":{"hate":{"filtered":false}},"finish_reason":null,"index":0}],"created":0,"id":"","model":"","object":""}

data: {"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"created":1741570283,"id":"chatcmpl-A","model":"gpt-4o","object":"chat.completion.chunk"}

data: [DONE]

"""
# Two choices, interleaved.
TWO = """\
data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"role":"assistant","content":"tw"},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"one"},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":1,"delta":{"content":"o"},"finish_reason":"stop"}]}

data: [DONE]

"""
# Parallel tool calls in pieces.
TOOLS = """\
data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"weather","arguments":""}}],"refusal":null},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\": "}}]},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"clock","arguments":"{}"}}]},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

data: [DONE]

"""
REFUSAL = """\
data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","refusal":"I can"},"finish_reason":null}]}

data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"refusal":"not."},"finish_reason":"stop"}]}

data: [DONE]

"""
GOLDEN = {
    "openai": (OPENAI, "complete", 'Grüße,\n"welt" 😀 data: [DONE]'),
    "openrouter": (OPENROUTER, "complete", "Hello"),
    "azure": (AZURE, "complete", "Hi"),
    "two": (TWO, "complete", "one\n\ntwo"),
    "tools": (TOOLS, "complete", 'weather({"city": "Paris"})\nclock({})'),
    "refusal": (REFUSAL, "rejected", "I cannot."),
    "length": (OPENAI.replace('"stop"', '"length"'), "rejected", 'Grüße,\n"welt" 😀 data: [DONE]'),
}
END = "data: [DONE]"
every_golden = pytest.mark.parametrize(("body", "verdict", "text"), GOLDEN.values(), ids=GOLDEN)


def judge(body: str | bytes, request: dict = ASK):
    sent = body if isinstance(body, bytes) else body.encode()
    return CHAT.judge(request, 200, "text/event-stream; charset=utf-8", sent)


def chunk(**fields: object) -> str:
    return f"data: {json.dumps({'object': 'chat.completion.chunk', **fields})}\n\n"


def delta(said: dict, finish: str | None = None, index: object = 0) -> str:
    return chunk(choices=[{"index": index, "delta": said, "finish_reason": finish}])


@every_golden
def test_a_whole_stream_is_judged_with_its_text(body, verdict, text):
    judged = judge(body)
    assert (judged.verdict, judged.text) == (verdict, text)


@every_golden
def test_a_cut_stream_is_incomplete_until_its_end_marker_has_wholly_arrived(body, verdict, text):
    sent = body.encode()
    # the line end that makes the blank line; of its CRLF the CR is enough
    end = len(sent) - (1 if sent.endswith(b"\r\n") else 0)
    for cut in range(len(sent) + 1):
        expected = verdict if cut >= end else "incomplete"
        assert judge(sent[:cut]).verdict == expected, sent[:cut][-40:]


@every_golden
def test_a_stream_may_end_wherever_it_is_judged_to_have_ended(body, verdict, text):
    sent = body.encode() + b": bye\n\n"
    settled = [cut for cut in range(len(sent) + 1) if judge(sent[:cut]).verdict != "incomplete"]
    assert settled
    assert all(CHAT.may_end(sent[:cut][-TAIL_BYTES:]) for cut in settled)


def test_a_stream_may_not_end_before_its_marker():
    sent = TOOLS.encode()
    before = range(sent.index(b"[DONE]"))
    assert not any(CHAT.may_end(sent[:cut][-TAIL_BYTES:]) for cut in before)


@pytest.mark.parametrize("name", ["openai", "openrouter", "azure", "length"])
def test_the_text_is_what_the_sdk_streams(sdk, name):
    body, _, text = GOLDEN[name]
    stream = sdk(body.encode()).chat.completions.create(model="m", messages=[], stream=True)
    read = [piece.choices[0].delta for piece in stream if piece.choices]
    assert "".join(piece.content or "" for piece in read if piece) == text == judge(body).text


def test_of_several_choices_each_is_what_the_sdk_streams(sdk):
    read = {0: "", 1: ""}
    for piece in sdk(TWO.encode()).chat.completions.create(model="m", messages=[], stream=True):
        read[piece.choices[0].index] += piece.choices[0].delta.content or ""
    assert judge(TWO).text == "\n\n".join(read.values())


def test_tool_calls_are_those_that_the_sdk_adds_up(sdk):
    with sdk(TOOLS.encode()).chat.completions.stream(model="m", messages=[]) as stream:
        called = stream.get_final_completion().choices[0].message.tool_calls
    shown = [f"{call.function.name}({call.function.arguments})" for call in called]
    assert judge(TOOLS).text == "\n".join(shown)


def test_tokens_price_and_model_come_from_the_chunks_that_carry_them():
    assert judge(OPENAI).usage == Usage(19, 10, 29, 3)
    assert judge(OPENAI).model == "gpt-4o-mini-2024-07-18"
    assert judge(OPENROUTER).cost_microusd == 2
    assert judge(AZURE).model == "gpt-4o"
    assert judge(AZURE).usage == Usage()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (REFUSAL, "refusal"),
        (OPENAI.replace('"stop"', '"length"'), "length"),
        (AZURE.replace('"stop"', '"content_filter"'), "content_filter"),
    ],
)
def test_a_whole_stream_that_is_no_answer_is_rejected(body, reason):
    assert (judge(body).verdict, judge(body).reason) == ("rejected", reason)


def test_a_streamed_answer_is_held_to_its_schema():
    request = ASK | {"response_format": TOTAL}
    assert judge(OPENROUTER, request).reason == "not JSON"
    body = delta({"content": '{"tot'}) + delta({"content": 'al":1}'}, "stop") + END + "\n\n"
    assert judge(body, request).verdict == "complete"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "no end marker"),
        (delta({"content": "a"}, "stop"), "no end marker"),
        (delta({"content": "a"}, "stop") + "data: [DONE]\n", "no end marker"),
        (delta({"content": "a"}) + "data: [DONE]\n\n", "no finish_reason"),
        (delta({"content": "a"}, "stop") + delta({"content": "b"}, index=1) + "data: [DONE]\n\n",
         "no finish_reason"),
        ("data: [DONE]\n\n", "no choices"),
        (delta({"content": "a"}, "stop") + "data: {\n\ndata: [DONE]\n\n", "malformed JSON"),
        (delta({"content": "a"}, "stop") + "data: 5\n\ndata: [DONE]\n\n", "malformed JSON"),
        (delta({"content": "a"}, "stop").encode() + b": \xff\n\ndata: [DONE]\n\n", "not UTF-8"),
    ],
)  # fmt: skip
def test_a_stream_without_its_parts_is_incomplete(body, reason):
    judged = judge(body)
    assert (judged.verdict, judged.reason) == ("incomplete", reason)


def test_what_arrived_of_a_cut_stream_is_in_the_text():
    assert judge(OPENAI[: OPENAI.index("content\":\",")]).text == "Grüße"


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
@pytest.mark.parametrize("rest", ["", "data: [DONE]\n\n", delta({}, "stop") + "data: [DONE]\n\n"])
def test_an_error_in_the_stream_is_failed_whatever_follows(error, rest):
    judged = judge(delta({"content": "Hal"}) + error + rest)
    assert (judged.verdict, judged.reason) == ("failed", "error: The server had an error")
    assert judged.text == "Hal"


def test_nothing_after_the_end_marker_is_read():
    assert judge(OPENAI + chunk(error={"message": "late"}) + "data: {").verdict == "complete"


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
    assert judge(body + delta({}, "tool_calls") + END + "\n\n").text == text


def test_a_deprecated_function_call_adds_up_too():
    pieces = [{"name": "f", "arguments": ""}, {"arguments": "{}"}]
    body = "".join(delta({"function_call": piece}) for piece in pieces)
    assert judge(body + delta({}, "function_call") + END + "\n\n").text == "f({})"


def test_a_character_whose_halves_come_in_two_chunks_is_joined():
    body = delta({"content": "\ud83d"}) + delta({"content": "\ude00"}, "stop") + END + "\n\n"
    assert judge(body).text == "😀"


@given(st.text(st.characters(codec="utf-8")), st.data())
def test_a_text_cut_into_deltas_anywhere_is_put_together_again(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    body = "".join(delta({"content": piece}) for piece in pieces)
    assert judge(body + delta({}, "stop") + END + "\n\n").text == text
