from __future__ import annotations

import json

import pytest

from workbench.calls.providers.chat import Chat
from workbench.model import Prompt, Usage

CHAT = Chat()
ASK = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello!"}]}
GREETING = {
    "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
    "object": "chat.completion",
    "created": 1741569952,
    "model": "gpt-4o-mini-2024-07-18",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "Hello! How can I assist you today?",
                "refusal": None,
                "annotations": [],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 19,
        "completion_tokens": 10,
        "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    },
    "service_tier": "default",
    "system_fingerprint": "fp_b376dfbbd5",
}
CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Paris"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
]  # fmt: skip
SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "sum",
        "schema": {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}},
    },
}  # fmt: skip


def judge(answer, request=ASK, status=200, content_type="application/json"):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return CHAT.judge(request, status, content_type, body)


def choice(message: dict, finish: object = "stop", index: int = 0) -> dict:
    return {"index": index, "message": {"role": "assistant", **message}, "finish_reason": finish}


def test_a_completion_is_complete_with_its_text_model_and_tokens():
    judged = judge(GREETING)
    assert (judged.verdict, judged.reason) == ("complete", "")
    assert judged.text == "Hello! How can I assist you today?"
    assert judged.model == "gpt-4o-mini-2024-07-18"
    assert judged.usage == Usage(19, 10, 29, 0)
    assert judged.cost_microusd is None


def test_its_text_is_what_the_sdk_reads(sdk):
    client = sdk(json.dumps(GREETING).encode(), "application/json")
    read = client.chat.completions.create(model="m", messages=[])
    assert judge(GREETING).text == read.choices[0].message.content


def test_a_price_that_the_answer_states_is_kept():
    assert judge(GREETING | {"usage": {"cost": 0.00014}}).cost_microusd == 140


def test_each_choice_is_in_the_text():
    answer = {"choices": [choice({"content": "one"}), choice({"content": "two"}, index=1)]}
    assert judge(answer).text == "one\n\ntwo"


def test_tool_calls_are_complete_and_shown_as_calls():
    judged = judge({"choices": [choice({"content": None, "tool_calls": CALLS}, "tool_calls")]})
    assert judged.verdict == "complete"
    assert judged.text == 'weather({"city": "Paris"})\nclock({})'


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"choices": [choice({"content": "Once upon"}, "length")]}, "length"),
        ({"choices": [choice({"content": ""}, "content_filter")]}, "content_filter"),
        ({"choices": [choice({"content": None, "refusal": "I can't help."})]}, "refusal"),
        ({"choices": [choice({"content": "fine"}), choice({"content": "cut"}, "length", 1)]}, "length"),
    ],
)  # fmt: skip
def test_a_complete_answer_that_is_cut_filtered_or_a_refusal_is_rejected(answer, reason):
    judged = judge(answer)
    assert (judged.verdict, judged.reason) == ("rejected", reason)


def test_a_refusal_is_the_text_of_the_answer():
    assert judge({"choices": [choice({"content": None, "refusal": "No."})]}).text == "No."


@pytest.mark.parametrize(
    ("content", "verdict", "reason"),
    [
        ('{"total": 3}', "complete", ""),
        ('{"total": "3"}', "rejected", "does not match its schema: $.total: '3' is not of type 'number'"),
        ("3 euros", "rejected", "not JSON"),
        (None, "rejected", "not JSON"),
    ],
)  # fmt: skip
def test_an_answer_is_held_to_the_schema_that_was_asked_for(content, verdict, reason):
    judged = judge({"choices": [choice({"content": content})]}, ASK | {"response_format": SCHEMA})
    assert (judged.verdict, judged.reason) == (verdict, reason)


def test_json_cut_by_the_length_limit_is_told_as_length():
    cut = {"choices": [choice({"content": '{"tot'}, "length")]}
    assert judge(cut, ASK | {"response_format": SCHEMA}).reason == "length"


def test_tool_calls_are_not_held_to_the_schema():
    answer = {"choices": [choice({"content": None, "tool_calls": CALLS}, "tool_calls")]}
    assert judge(answer, ASK | {"response_format": SCHEMA}).verdict == "complete"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "malformed JSON"),
        (b"null", "malformed JSON"),
        (b"[]", "malformed JSON"),
        (b"<html></html>", "malformed JSON"),
        ({}, "no choices"),
        ({"choices": []}, "no choices"),
        ({"choices": {"0": 1}}, "no choices"),
        ({"choices": [choice({"content": "Hi"}, None)]}, "no finish_reason"),
        ({"choices": [choice({"content": "Hi"}), choice({"content": "Hi"}, None, 1)]}, "no finish_reason"),
        ({"choices": [{"message": {"content": "Hi"}}]}, "no finish_reason"),
        ({"choices": ["stop"]}, "no finish_reason"),
    ],
)  # fmt: skip
def test_an_answer_without_its_parts_is_incomplete(answer, reason):
    judged = judge(answer)
    assert (judged.verdict, judged.reason) == ("incomplete", reason)


def test_an_unstreamed_body_cut_anywhere_is_incomplete():
    body = json.dumps(GREETING).encode()
    assert {judge(body[:cut]).verdict for cut in range(len(body))} == {"incomplete"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": {"code": 502, "message": "Provider returned error"}}, "error: Provider returned error"),
        (GREETING | {"error": "overloaded"}, "error: overloaded"),
        ({"choices": [choice({"content": "Hal"}, "error") | {"error": {"message": "gone"}}]}, "error: gone"),
        ({"choices": [choice({"content": "Hal"}, "error")]}, "error"),
    ],
)  # fmt: skip
def test_an_error_inside_a_success_is_failed(answer, reason):
    judged = judge(answer)
    assert (judged.verdict, judged.reason) == ("failed", reason)


def test_an_error_that_is_null_is_none():
    assert judge(GREETING | {"error": None}).verdict == "complete"


def test_a_status_that_is_no_success_counts_before_the_body():
    assert judge(GREETING, status=500).verdict == "failed"
    judged = judge({"error": {"message": "Invalid model"}}, status=400)
    assert (judged.verdict, judged.reason) == ("invalid", "HTTP 400: Invalid model")


def test_a_plain_json_answer_to_a_request_for_a_stream_is_read_as_json():
    assert judge(GREETING, ASK | {"stream": True}).verdict == "complete"


def test_text_that_utf8_cannot_hold_is_mended():
    judged = judge(
        b'{"model":"\\ud800","choices":[{"finish_reason":"stop","message":{"content":"a\\udc00"}}]}'
    )
    assert (judged.model, judged.text) == ("\ufffd", "a\ufffd")


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"stream": True}, True),
        ({"stream": False}, False),
        ({}, False),
        ({"stream": 1}, False),
        ([], False),
    ],
)
def test_a_stream_is_asked_for_by_true_alone(request_, expected):
    assert CHAT.asks_stream(request_) is expected


def test_a_prompt_is_its_messages_with_their_roles():
    request = {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [
                {"type": "text", "text": "Weather here?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
            ]},
            {"role": "assistant", "content": None, "tool_calls": CALLS},
            {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"},
        ],
    }  # fmt: skip
    assert CHAT.describe(request) == Prompt(
        "gpt-4o",
        "system: Be brief.\n\n"
        "user: Weather here?\n[image_url]\n\n"
        'assistant: weather({"city": "Paris"})\nclock({})\n\n'
        "tool: Sunny",
    )


@pytest.mark.parametrize(
    ("request_", "model", "text"),
    [
        (None, "", "null"),
        ("hi", "", '"hi"'),
        ({"model": 5, "messages": None}, "", '{"model":5,"messages":null}'),
        ({"model": "m", "messages": [5, None, ["a"]]}, "m", '5\n\nnull\n\n["a"]'),
        ({"messages": [{"role": 7, "content": 7}]}, "", "?: 7"),
        ({"messages": [{"role": "user", "content": [[1], {"text": 1}]}]}, "", 'user: [1]\n{"text":1}'),
    ],
)  # fmt: skip
def test_an_odd_request_is_described_by_its_json(request_, model, text):
    assert CHAT.describe(request_) == Prompt(model, text)
