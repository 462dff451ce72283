from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
import time

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.calls.providers.schema import mismatch

INVOICE = {
    "type": "object",
    "properties": {
        "vendor": {"type": "string"},
        "date": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}},
    },
    "required": ["vendor", "date", "lines"],
    "additionalProperties": False,
    "$defs": {"line": {"type": "object", "properties": {"total": {"type": "number"}}}},
}
GOOD = {"vendor": "ACME", "date": "2026-01-31", "lines": [{"total": 3.5}]}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KEYWORDS = st.sampled_from(
    ["type", "$ref", "properties", "pattern", "items", "required", "anyOf", "enum", "$schema", "$id",
     "multipleOf", "minLength", "uniqueItems", "$dynamicRef", "additionalProperties", "format"]
)  # fmt: skip


def chat(schema):
    return {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}}


def responses(schema):
    return {"type": "json_schema", "name": "x", "strict": True, "schema": schema}


def llama_cpp(schema):
    return {"type": "json_object", "schema": schema}


@pytest.mark.parametrize("wanted", [chat(INVOICE), responses(INVOICE), llama_cpp(INVOICE)])
def test_a_text_that_matches_has_no_reason_in_either_apis_shape(wanted):
    assert mismatch(wanted, f" {json.dumps(GOOD)}\n") == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vendor": 5}, "$.vendor: 5 is not of type 'string'"),
        ({"date": "tomorrow"}, "$.date: 'tomorrow' does not match"),
        ({"lines": [{}, {"total": "3"}]}, "$.lines[1].total: '3' is not of type 'number'"),
        ({"extra": 1}, "$: Additional properties are not allowed ('extra' was unexpected)"),
    ],
)
@pytest.mark.parametrize("shape", [chat, responses, llama_cpp])
def test_a_text_that_does_not_match_is_told_where_and_why(shape, change, words):
    reason = mismatch(shape(INVOICE), json.dumps(GOOD | change))
    assert reason.startswith(f"does not match its schema: {words}")


def test_the_reason_is_short_and_on_one_line_whatever_the_model_wrote():
    reason = mismatch(chat(INVOICE), json.dumps(["\n\x1b[31m" * 5_000]))
    assert len(reason) <= 150
    assert reason.isprintable()


@pytest.mark.parametrize("text", ["", "Sure! {}", '{"a": ', "[" * 200_000, "```json\n{}\n```"])
@pytest.mark.parametrize("wanted", [{"type": "json_object"}, chat(INVOICE), responses(True)])
def test_text_that_is_no_json_is_named_so(wanted, text):
    assert mismatch(wanted, text) == "not JSON"


def test_json_mode_wants_an_object():
    assert mismatch({"type": "json_object"}, "[1]") == "not a JSON object"
    assert mismatch({"type": "json_object"}, '{"a": 1}') == ""


@pytest.mark.parametrize(
    "wanted", [None, {}, {"type": "text"}, {"type": ["json_schema"]}, "json_object", 5]
)
def test_a_format_that_asks_for_no_json_takes_any_text(wanted):
    assert mismatch(wanted, "Sure!") == ""


@pytest.mark.parametrize(
    "schema",
    [
        None, True, [], "object", {"type": 5}, {"type": "objekt"}, {"properties": []},
        {"$ref": "#/$defs/missing"}, {"$ref": "#"}, {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"$ref": "other.json"}, {"type": "object", "pattern": "("}, {"pattern": "("},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_a_schema_that_cannot_be_used_gives_no_reason(schema):
    assert mismatch(chat(schema), '"text"') == ""


def test_a_text_over_a_million_characters_is_not_checked():
    assert mismatch({"type": "json_object"}, "x" * 1_000_000) == "not JSON"
    assert mismatch({"type": "json_object"}, "x" * 1_000_001) == ""


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"pattern": "^(a+)+$"}, "a" * 40 + "!"),
        ({"pattern": "^(a|aa){1,}$"}, "a" * 60 + "!"),
        ({"pattern": "a*a*a*b$"}, "a" * 100_000),
        ({"patternProperties": {"^(a+)+$": {}}, "additionalProperties": False}, {"a" * 40 + "!": 1}),
        ({"uniqueItems": True}, [{"n": n} for n in range(50_000)]),
    ],
)  # fmt: skip
def test_a_check_that_could_take_long_is_left_out(schema, text):
    started = time.monotonic()
    assert mismatch(chat(schema), json.dumps(text)) == ""
    assert time.monotonic() - started < 5


@pytest.fixture
def site():
    """A web site on loopback, and the paths that were fetched from it."""
    fetched = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            fetched.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", fetched
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("word", ["$ref", "$dynamicRef", "$schema"])
def test_a_schema_that_refers_elsewhere_is_not_fetched(site, word):
    address, fetched = site
    schema = {"type": "object", "properties": {"a": {word: f"{address}/a.json"}}}
    assert mismatch(chat(schema), '{"a": 1}') == ""
    assert mismatch(chat({"$id": f"{address}/s/", "$ref": "b.json"}), '{"a": 1}') == ""
    assert fetched == []


def test_jsonschema_left_to_itself_would_have_fetched_it(site):
    address, fetched = site
    schema = {"$ref": f"{address}/a.json"}
    with pytest.raises(Exception):
        jsonschema.Draft202012Validator(schema).validate({"a": 1})
    assert fetched == ["/a.json"]


@given(st.dictionaries(KEYWORDS, JSON, max_size=4), JSON)
def test_no_schema_and_no_text_make_it_raise(schema, value):
    assert isinstance(mismatch(chat(schema), json.dumps(value)), str)


def test_jsonschema_is_imported_only_when_a_schema_is_checked():
    code = (
        "import sys, workbench.calls.providers.table\n"
        "heavy = {'jsonschema', 'referencing', 'openai', 'httpx2', 'httpx'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
