from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers import lenient

DEEP = "[" * 200_000


@given(st.binary() | st.text())
def test_parsing_gives_a_value_or_the_default(data):
    value = lenient.parse(data, lenient)
    assert value is lenient or json.dumps(value)


@pytest.mark.parametrize("data", [DEEP, DEEP.encode(), "1" * 5000, b"\xff\xfe\x00", "", "{"])
def test_what_python_cannot_hold_is_no_value(data):
    assert lenient.parse(data, "default") == "default"


def test_a_value_too_deep_to_write_is_shown_as_an_ellipsis():
    value: list = []
    for _ in range(200_000):
        value = [value]
    try:
        assert lenient.compact(value) == "…"
    finally:
        while value:
            value = value.pop()


@pytest.mark.parametrize(
    ("value", "count"),
    [(0, 0), (7, 7), (2**63 - 1, 2**63 - 1), (2**63, None), (-1, None), (True, None), (1.0, None),
     ("7", None), (None, None), ([], None)],
)  # fmt: skip
def test_a_count_is_a_whole_number_that_fits_a_column(value, count):
    assert lenient.whole(value) == count


@given(st.text(st.characters()))
def test_tidy_text_is_utf8_and_otherwise_the_same(text):
    tidied = lenient.tidy(text)
    tidied.encode()
    assert lenient.tidy(tidied) == tidied
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert tidied == text


def test_the_halves_of_one_character_are_joined_and_a_lone_half_is_replaced():
    assert lenient.tidy("\ud83d" + "\ude00") == "😀"
    assert lenient.tidy("a\ud83db") == "a\ufffdb"


@given(st.text(st.characters()), st.integers(2, 50))
def test_one_line_is_short_printable_and_on_one_line(text, limit):
    line = lenient.one_line(text, limit)
    assert len(line) <= limit
    assert line.isprintable()


def test_one_line_keeps_words_and_drops_escape_sequences():
    assert lenient.one_line("bad\r\n\tthing \x1b[31mred\u202e", 50) == "bad thing [31mred"
    assert lenient.one_line("abcdef", 5) == "abcd…"
