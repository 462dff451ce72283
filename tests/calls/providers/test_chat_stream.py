from __future__ import annotations

import pytest

from workbench.calls.providers.chat import Chat
from workbench.calls.providers.protocol import TAIL_BYTES
from workbench.model import Usage

CHAT = Chat()
ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
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
every_golden = pytest.mark.parametrize(("body", "verdict", "text"), GOLDEN.values(), ids=GOLDEN)


def judge(body: str | bytes, request: dict = ASK):
    sent = body if isinstance(body, bytes) else body.encode()
    return CHAT.judge(request, 200, "text/event-stream; charset=utf-8", sent)


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


def test_what_arrived_of_a_cut_stream_is_in_the_text():
    assert judge(OPENAI[: OPENAI.index('content":",')]).text == "Grüße"
