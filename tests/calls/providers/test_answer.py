from __future__ import annotations

import json

import pytest

from workbench.calls.providers.answer import chunks, error_message, refused, streamed


@pytest.mark.parametrize(
    ("content_type", "asked", "expected"),
    [
        ("text/event-stream", False, True),
        ("Text/Event-Stream; charset=utf-8", False, True),
        ("application/json", True, False),
        ("application/problem+json", True, False),
        ("", True, True),
        ("", False, False),
        ("application/octet-stream", True, True),
        ("text/plain", False, False),
    ],
)
def test_the_content_type_decides_and_where_it_says_nothing_the_request(
    content_type, asked, expected
):
    assert streamed(content_type, asked=asked) is expected


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_success_is_not_refused(status):
    assert refused(status, b"") is None


@pytest.mark.parametrize("status", [400, 413, 422])
def test_the_requests_own_fault_is_invalid(status):
    assert refused(status, b"").verdict == "invalid"


@pytest.mark.parametrize(
    "status", [100, 199, 300, 302, 401, 403, 404, 408, 409, 429, 500, 503, 999]
)
def test_any_other_status_is_failed(status):
    assert refused(status, b"").verdict == "failed"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "The engine is overloaded", "type": "server_error"}}, "The engine is overloaded"),
        ({"error": {"message": "two\nlines \u001b[31mred"}}, "two lines [31mred"),
        ({"error": {"code": "rate_limit", "message": None}}, "rate_limit"),
        ({"error": "model not found"}, "model not found"),
        ({"object": "error", "message": "max context"}, "max context"),
        ({"detail": "Not Found"}, "Not Found"),
        ([{"error": {"code": 503, "message": "UNAVAILABLE"}}], "UNAVAILABLE"),
    ],
)  # fmt: skip
def test_the_reason_is_the_status_and_the_servers_words(body, reason):
    assert refused(503, json.dumps(body).encode()).reason == f"HTTP 503: {reason}"


@pytest.mark.parametrize(
    "body", [b"", b"<html>Bad gateway</html>", b"[]", b"{", b"5", b'{"error": 5}']
)
def test_without_words_the_reason_is_the_status(body):
    assert refused(502, body).reason == "HTTP 502"


def test_a_long_message_is_cut_at_200_characters():
    assert len(error_message({"error": {"message": "x" * 10_000}})) == 200


def test_a_stream_is_read_up_to_its_done():
    body = b'event: a\ndata: {"n": 1}\n\ndata: {"n": 2}\n\ndata: [DONE]\n\ndata: junk\n\n'
    assert chunks(body) == ([("a", {"n": 1}), ("message", {"n": 2})], "")


@pytest.mark.parametrize(
    ("body", "count", "flaw"),
    [
        (b'data: {"n": 1}\n\n', 1, "no end marker"),
        (b'data: {"n": 1}\n\ndata: {"n"\n\ndata: [DONE]\n\n', 1, "malformed JSON"),
        (b"data: [1]\n\ndata: [DONE]\n\n", 0, "malformed JSON"),
        (b'data: {"n": 1}\n\ndata: {"n": "\xff"}\n\ndata: [DONE]\n\n', 1, "malformed JSON"),
        (b"data: " + b'{"n":' * 100_000 + b"\n\n", 0, "malformed JSON"),
        (b"", 0, "no end marker"),
    ],
)
def test_a_streams_flaw_is_named_and_what_came_before_it_kept(body, count, flaw):
    found, named = chunks(body)
    assert (len(found), named) == (count, flaw)
