"""Faults from a third-party injector: each is a clear error, journaled with what arrived, never served."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.faults

WHOLE = """%%step extract
answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "hello"}])
text = answer.choices[0].message.content
"""
STREAMED = """%%step extract
stream = client.chat.completions.create(model="gpt-4o-mini", stream=True, messages=[{"role": "user", "content": "hello"}])
text = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
"""
RESPONSES = """%%step extract
stream = client.responses.create(model="gpt-4o-mini", stream=True, input="hello")
text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
"""
FAULTS = {
    "cut stream": (
        STREAMED,
        {"type": "stream_fault", "kind": "disconnect"},
        "APIConnectionError",
        True,
    ),
    "cleanly truncated stream": (
        STREAMED,
        {"type": "stream_fault", "kind": "truncate"},
        "IncompleteAnswer",
        True,
    ),
    "malformed JSON": (
        STREAMED,
        {"type": "stream_fault", "kind": "malformed"},
        "JSONDecodeError",
        True,
    ),
    "hang in a stream": (
        STREAMED,
        {"type": "stream_fault", "kind": "stall", "stall_seconds": 4},
        "APITimeoutError",
        True,
    ),
    "cut responses stream": (
        RESPONSES,
        {"type": "stream_fault", "kind": "disconnect"},
        "APIConnectionError",
        True,
    ),
    "truncated responses stream": (
        RESPONSES,
        {"type": "stream_fault", "kind": "truncate"},
        "IncompleteAnswer",
        True,
    ),
    "500": (WHOLE, {"type": "fail", "status": 500}, "InternalServerError", True),
    "503": (WHOLE, {"type": "fail", "status": 503}, "InternalServerError", True),
    "429": (WHOLE, {"type": "fail", "status": 429, "retry_after": 1}, "RateLimitError", True),
    "hang": (WHOLE, {"type": "delay", "seconds": 4}, "APITimeoutError", False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_a_clear_error_journaled_and_not_served(kernels, injector, fault):
    cell, behavior, error, something_arrived = FAULTS[fault]
    if behavior["type"] == "stream_fault":
        behavior = {"after_chunks": 3, **behavior}
    kernel = kernels(OPENAI_BASE_URL=injector.url, OPENAI_API_KEY="sk-test")
    kernel.run("from openai import OpenAI\nclient = OpenAI(max_retries=0, timeout=2)")
    injector.faults(behavior)

    broken = kernel.run(cell)
    assert broken.error.startswith(error), broken.error
    assert broken.step["status"] == "failed"
    assert "1 attempt failed" in broken.banner
    assert "workbench:" in broken.traceback or "→" in broken.traceback, broken.traceback
    assert len(broken.traceback.splitlines()) < 30, broken.traceback
    kernel.run("import workbench as wb")
    attempts = json.loads(
        kernel.value(
            "wb.sql('select reason, response, http_status, checkpoint from calls where status = \\'failed\\'')"
            ".df().to_json(orient='records')"
        )
    )
    assert len(attempts) == 1
    assert attempts[0]["reason"]
    arrived = kernel.value(
        f"len(wb.verbs.open_store().checkpoints.get({attempts[0]['checkpoint']!r}).parts[0])"
    )
    assert (int(arrived) > 0) == something_arrived

    mended = kernel.run(cell)
    assert mended.step["status"] == "completed", mended.traceback
    assert mended.step["live_calls"] == 1
    assert kernel.value("bool(text)") == "True"
    again = kernel.run(cell + "more = 1\n")
    assert (again.step["live_calls"], again.step["hit_calls"]) == (0, 1)
    assert injector.count() == 2


def test_without_the_workbench_a_truncated_stream_passes_for_an_answer(kernels, injector):
    """Negative control: what the suite guards against is real."""
    kernel = kernels(OPENAI_BASE_URL=injector.url, OPENAI_API_KEY="sk-test")
    kernel.run("from openai import OpenAI\nclient = OpenAI(max_retries=0, timeout=2)")
    injector.faults({"type": "stream_fault", "kind": "truncate", "after_chunks": 3})
    plain = kernel.run(STREAMED.partition("\n")[2])
    assert not plain.error
    assert kernel.value("len(text) > 0") == "True"
