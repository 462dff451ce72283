from __future__ import annotations

import pytest

from workbench.calls.providers import render


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hi", "Hi"),
        (None, ""),
        ([{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {}}],
         "What is this?\n[image_url]"),
        ([{"type": "input_text", "text": "a"}, {"type": "input_file", "file_id": "f"}], "a\n[input_file]"),
        ([{"type": "text", "text": ""}], ""),
        ([{"type": "refusal", "refusal": "No."}], "No."),
        ([["nested"], 5, None, "s"], '["nested"]\n5\nnull\ns'),
        ({"type": "computer_screenshot", "image_url": "data:..."}, "[computer_screenshot]"),
        (5, "5"),
        ({"text": 5}, '{"text":5}'),
    ],
)  # fmt: skip
def test_content_is_its_texts_and_the_types_of_the_rest(value, text):
    assert render.content(value) == text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}, 'f({"a":1})'),
        ({"type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}, "sql(SELECT 1)"),
        ({"type": "function_call", "name": "f", "arguments": "{}"}, "f({})"),
        ({"function": {"name": "f", "arguments": {"a": 1}}}, 'f({"a":1})'),
        ({"function": {"name": "f"}}, "f()"),
        ({"function": {"name": 5, "arguments": None}}, "()"),
        (5, "5"),
    ],
)  # fmt: skip
def test_a_tool_call_is_its_name_with_its_arguments(item, text):
    assert render.call(item) == text


def test_a_message_is_content_refusal_and_calls_on_their_own_lines():
    said = {
        "content": "Let me look.",
        "refusal": None,
        "tool_calls": [
            {"function": {"name": "f", "arguments": "{}"}},
            {"function": {"name": "g", "arguments": "{}"}},
        ],
        "function_call": {"name": "old", "arguments": "1"},
    }
    assert render.message(said) == "Let me look.\nf({})\ng({})\nold(1)"
