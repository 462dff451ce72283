from __future__ import annotations

import json

import pytest

from workbench.calls.providers.responses import Responses
from workbench.model import Prompt, Usage

RESPONSES = Responses()
ASK = {"model": "gpt-4.1", "input": "Tell me a story."}
STORY = {
    "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
    "object": "response",
    "created_at": 1741476542,
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "model": "gpt-4.1-2025-04-14",
    "output": [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {
            "type": "message",
            "id": "msg_67ccd2bf17f0819081ff3bb2cf6508e60bb6a6b452d3795b",
            "status": "completed",
            "role": "assistant",
            "content": [
                {"type": "output_text", "text": "In a peaceful grove, ", "annotations": []},
                {"type": "output_text", "text": "a unicorn.", "annotations": []},
            ],
        },
    ],
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "usage": {
        "input_tokens": 36,
        "input_tokens_details": {"cached_tokens": 4},
        "output_tokens": 87,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 123,
    },
    "metadata": {},
}
CALL = {
    "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather",
    "arguments": '{"city":"Paris"}', "status": "completed",
}  # fmt: skip
TOTAL = {
    "format": {
        "type": "json_schema",
        "name": "t",
        "schema": {"type": "object", "required": ["total"]},
    }
}


def judge(answer, request=ASK, status=200):
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return RESPONSES.judge(request, status, "application/json", body)


def said(*texts: str, **fields: object) -> dict:
    parts = [{"type": "output_text", "text": text} for text in texts]
    return {"type": "message", "role": "assistant", "content": parts, **fields}


def done(*output: dict, **fields: object) -> dict:
    return {"status": "completed", "output": list(output), **fields}


def test_a_completed_response_is_complete_with_its_text_model_and_tokens():
    judged = judge(STORY)
    assert (judged.verdict, judged.reason) == ("complete", "")
    assert judged.text == "In a peaceful grove, a unicorn."
    assert judged.model == "gpt-4.1-2025-04-14"
    assert judged.usage == Usage(36, 87, 123, 4)


def test_its_text_is_what_the_sdk_reads(sdk):
    client = sdk(json.dumps(STORY).encode(), "application/json")
    assert judge(STORY).text == client.responses.create(model="m", input="").output_text


def test_tool_calls_are_shown_after_the_text():
    custom = {"type": "custom_tool_call", "name": "sql", "input": "SELECT 1"}
    judged = judge(done(said("Looking."), CALL, {"type": "web_search_call"}, custom))
    assert judged.verdict == "complete"
    assert judged.text == 'Looking.\nweather({"city":"Paris"})\nsql(SELECT 1)'


@pytest.mark.parametrize("details", ["max_output_tokens", "content_filter"])
def test_an_incomplete_response_is_rejected_with_the_servers_reason(details):
    cut = STORY | {"status": "incomplete", "incomplete_details": {"reason": details}}
    judged = judge(cut)
    assert (judged.verdict, judged.reason) == ("rejected", details)


@pytest.mark.parametrize("details", [None, {}, {"reason": 5}, "length"])
def test_an_incomplete_response_without_a_reason_is_rejected_all_the_same(details):
    judged = judge(STORY | {"status": "incomplete", "incomplete_details": details})
    assert (judged.verdict, judged.reason) == ("rejected", "incomplete")


def test_a_refusal_is_rejected_and_is_the_text():
    parts = [{"type": "refusal", "refusal": "I can't help."}]
    judged = judge(done({"type": "message", "content": parts}))
    assert (judged.verdict, judged.reason, judged.text) == ("rejected", "refusal", "I can't help.")


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_a_response_in_the_background_is_complete_as_the_answer_to_its_call(status):
    judged = judge({"id": "resp_1", "status": status, "output": [], "error": None})
    assert (judged.verdict, judged.text) == ("complete", "")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            {"status": "failed", "error": {"code": "server_error", "message": "Broke."}},
            "error: Broke.",
        ),
        ({"status": "failed", "error": None}, "error: failed"),
        ({"status": "cancelled"}, "error: cancelled"),
        ({"error": {"message": "no such model"}}, "error: no such model"),
        (STORY | {"error": "late"}, "error: late"),
    ],
)
def test_a_response_that_failed_is_failed(answer, reason):
    judged = judge(answer)
    assert (judged.verdict, judged.reason) == ("failed", reason)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "malformed JSON"),
        (b"[]", "malformed JSON"),
        ({}, "no status"),
        ({"status": None, "output": []}, "no status"),
        ({"status": ["completed"]}, "no status"),
        ({"status": "new word"}, "no status"),
    ],
)
def test_an_answer_without_its_parts_is_incomplete(answer, reason):
    judged = judge(answer)
    assert (judged.verdict, judged.reason) == ("incomplete", reason)


def test_an_unstreamed_body_cut_anywhere_is_incomplete():
    body = json.dumps(STORY).encode()
    assert {judge(body[:cut]).verdict for cut in range(len(body))} == {"incomplete"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (done(said('{"total":', " 3}")), ""),
        (done(said("3")), "does not match its schema: $: 3 is not of type 'object'"),
        (done(said("three")), "not JSON"),
        (done(CALL), ""),
        (done(said("Let me look."), CALL), ""),
        (done(said("Let me look.", phase="commentary"), said('{"total": 3}', phase="final_answer")), ""),
        (done(said("Let me look.", phase="commentary")), ""),
        (done(said("draft"), said('{"total": 3}')), ""),
        (done(said("{", status="incomplete"), status="incomplete"), "incomplete"),
    ],
)  # fmt: skip
def test_the_last_message_is_held_to_the_schema_that_was_asked_for(answer, reason):
    judged = judge(answer, ASK | {"text": TOTAL})
    assert (judged.verdict, judged.reason) == ("rejected" if reason else "complete", reason)


@pytest.mark.parametrize("odd", [None, "json", [], {"format": 5}])
def test_an_odd_format_asks_for_nothing(odd):
    assert judge(STORY, ASK | {"text": odd}).verdict == "complete"


def test_a_status_that_is_no_success_counts_before_the_body():
    assert judge(STORY, status=503).verdict == "failed"
    judged = judge({"error": {"message": "Bad"}}, status=422)
    assert (judged.verdict, judged.reason) == ("invalid", "HTTP 422: Bad")


def test_a_prompt_is_instructions_and_input_with_their_roles():
    request = {
        "model": "gpt-4.1",
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": "Weather?"},
            {"type": "message", "role": "developer", "content": [
                {"type": "input_text", "text": "Use tools."},
                {"type": "input_image", "image_url": "data:image/png;base64,AAAA"},
            ]},
            {"type": "reasoning", "id": "rs_1", "summary": []},
            CALL,
            {"type": "function_call_output", "call_id": "call_1", "output": "Sunny"},
            {"type": "computer_call_output", "output": {"type": "computer_screenshot"}},
            said("Sunny."),
        ],
    }  # fmt: skip
    assert RESPONSES.describe(request) == Prompt(
        "gpt-4.1",
        "instructions: Be brief.\n\nuser: Weather?\n\n"
        "developer: Use tools.\n[input_image]\n\n[reasoning]\n\n"
        'assistant: weather({"city":"Paris"})\n\ntool: Sunny\n\n'
        "tool: [computer_screenshot]\n\nassistant: Sunny.",
    )


@pytest.mark.parametrize(
    ("request_", "model", "text"),
    [
        (ASK, "gpt-4.1", "user: Tell me a story."),
        (None, "", "null"),
        ([1], "", "[1]"),
        ({"model": "m", "prompt": {"id": "pmpt_1"}}, "m", '{"model":"m","prompt":{"id":"pmpt_1"}}'),
        ({"input": 5}, "", "user: 5"),
        ({"input": [5, None, ["a"], {"a": 1}]}, "", '5\n\nnull\n\n["a"]\n\n{"a":1}'),
        ({"input": [{"type": 5, "role": 5}]}, "", '{"type":5,"role":5}'),
        ({"instructions": [{"role": "system", "content": "x"}]}, "", "system: x"),
    ],
)  # fmt: skip
def test_an_odd_request_is_described_by_its_json(request_, model, text):
    assert RESPONSES.describe(request_) == Prompt(model, text)
