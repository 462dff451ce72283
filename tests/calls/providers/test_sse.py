from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers.sse import Event, ends_unseen, events, utf8_part

LINE = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n") | st.sampled_from("\u2028\x85\x0b:"),
    max_size=20,
)
EVENTS = st.lists(st.tuples(LINE, st.lists(LINE, min_size=1, max_size=4)), max_size=5)
ENDINGS = st.sampled_from(["\n", "\r\n", "\r"])
FIELD = st.sampled_from(
    ["data", "data:", "data: ", "event: ", "id: ", "retry: ", ":", "other:", ""]
)
STREAM = st.lists(st.one_of(FIELD, LINE, ENDINGS)).map(lambda parts: "".join(parts).encode())


def written(stream: list[tuple[str, list[str]]], ending: str) -> bytes:
    lines = []
    for kind, data in stream:
        lines += [f"event: {kind}", *(f"data: {line}" for line in data), ""]
    return "".join(line + ending for line in lines).encode()


def seen(body: bytes) -> list[tuple[str, str]]:
    return [(event.event, event.data) for event in events(body)]


@given(EVENTS, ENDINGS)
def test_what_was_written_is_read_with_any_line_ending(stream, ending):
    expected = [(kind or "message", "\n".join(data)) for kind, data in stream]
    assert seen(written(stream, ending)) == expected


@given(STREAM, st.data())
def test_the_events_of_a_beginning_are_the_beginning_of_the_events(body, data):
    cut = data.draw(st.integers(0, len(body)))
    whole = seen(body)
    assert seen(body[:cut]) == whole[: len(seen(body[:cut]))]


@given(st.binary())
def test_any_bytes_are_read_without_an_error(body):
    assert all(isinstance(event, Event) for event in events(body))


@given(EVENTS, ENDINGS)
def test_each_event_is_dispatched_at_the_end_of_its_blank_line_and_not_before(stream, ending):
    for count in range(len(stream)):
        body = written(stream[: count + 1], ending)
        assert len(seen(body)) == count + 1
        # of CRLF the CR alone ends the line already
        assert len(seen(body[: -len(ending)])) == count


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"data: YHOO\ndata: +2\ndata: 10\n\n", [("message", "YHOO\n+2\n10")]),
        (b"data\n\ndata\ndata\n\ndata:", [("message", ""), ("message", "\n")]),
        (b"data:test\n\ndata: test\n\n", [("message", "test"), ("message", "test")]),
        (
            b": a comment\n\ndata: first\nid: 1\n\ndata:  x\n\n",
            [("message", "first"), ("message", " x")],
        ),
    ],
)
def test_the_standards_own_examples_are_read_as_it_says(body, expected):
    assert seen(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xef\xbb\xbfdata: 1\n\n", [("message", "1")]),
        (b"\xef\xbb\xbf\xef\xbb\xbfdata: 1\n\n", []),
        (b"event: error\n\ndata: 1\n\n", [("message", "1")]),
        (b"event: a\nevent: b\ndata: 1\n\n", [("b", "1")]),
        (b"event: a\nevent:\ndata: 1\n\n", [("message", "1")]),
        (b"Data: 1\n data: 2\n\n", []),
        (b"data: 1\r\ndata: 2\rdata: 3\n\r\n", [("message", "1\n2\n3")]),
        (b"data: a\x0bb\xe2\x80\xa8c\n\n", [("message", "a\x0bb\u2028c")]),
        (b"data: \xff\n\n", [("message", "\ufffd")]),
        (b"data: 1\n\n\n\n\ndata: 2\n", [("message", "1")]),
    ],
    ids=[
        "one BOM is dropped", "a second is not", "no data, no event, and the type is forgotten",
        "the last type counts", "an empty type is none", "names are exact", "endings may mix",
        "other separators are text", "bad UTF-8 is replaced", "blank lines make no events",
    ],
)  # fmt: skip
def test_the_standards_corners_are_read_as_it_says(body, expected):
    assert seen(body) == expected


@pytest.mark.parametrize(
    ("tail", "unseen"),
    [
        (b'"tail of a long one"}\n\n', True),
        (b'"tail of a long one"}\r\n\r\n: ping\r\n\r\n', True),
        (b'"tail"}\n\ndata: {}\n\n', False),
        (b'"tail"}\n\nevent: x\ndata: {}\n\n', False),
        (b'"tail"}\r\rdata: {}\r\r', False),
        (b'"tail"}\n\ndata: {"half', True),
        (b'"tail of one that goes on', False),
        (b"", False),
    ],
)
def test_an_event_that_began_before_the_tail_is_unseen_when_it_is_the_last_to_end(tail, unseen):
    assert ends_unseen(tail) is unseen


def test_a_cut_character_may_still_become_utf8_and_a_wrong_one_not():
    assert utf8_part("data: é".encode()[:-1]) == b"data: \xc3"
    assert utf8_part("data: é".encode() + b"\n\n\xff data") == "data: é\n\n".encode()
