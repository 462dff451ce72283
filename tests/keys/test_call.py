"""A request's key counts what was asked of whom; it may never change, for paid answers hang on it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.keys.call import call_key, endpoint, request_key

URL = "https://api.openai.com/v1/chat/completions"
JSON = "application/json"
CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "temperature": 0.5}


def key(body=CHAT, *, method="POST", url=URL, headers=(), content_type=JSON, **options):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return request_key(method, url, dict(headers), raw, content_type, **options)


def chat(**fields):
    return {**CHAT, **fields}


# Keys as they were first given out: none of them may ever change


@pytest.mark.parametrize(
    ("request_of", "given_out"),
    [
        (lambda: key(), "a29f063cc6872b6b4785f2235917a7b15471d5cad4f5b5ae5dbab53ea2605b4b"),
        (lambda: key(b""), "2c4ff5eeab2aeb0f5edc6c0bb2128cc5663cb22e9f48ae206b6b741c5e409d1b"),
        (
            lambda: key(b"\xff\x00", content_type="application/octet-stream"),
            "1c453a7a752f1eb69a3c74606393361ca112b2c3f6618d5757bb975b7db9ce8e",
        ),
        (
            lambda: key(FORM, content_type=FORM_TYPE),
            "974cc26ab238bb76f1e3442d67015491093215b1f0be31319905ab43ff8ef363",
        ),
        (lambda: key(AGENT), "bcfca66e0ce79531c5f81124575fbe106cef89a8e092e550a1539a68f890127e"),
        (
            lambda: key(url=URL + "?b=2&a=1&api_key=x", headers={"OpenAI-Version": "1"}, salt="s"),
            "f40c495cbb096b9eee356458ba6a15775385e447c5b9fa02462b5e89d7a4a6fc",
        ),
        (
            lambda: key(
                b'{"a": [1, 1.0, 1e999, NaN, -0, 123456789012345678901, "\\ud800", null, true]}'
            ),
            "4d1e83e0994edeb47c26ab1839ea1d2802aee4cb551759c53e45e1a1d637a7d4",
        ),
        (
            lambda: call_key("ab", 0),
            "bddf4d93064c2b73cd18efdaea930c001ab301dcee9992c10c2cf206f4212063",
        ),
        (
            lambda: call_key("ab", 3, "name"),
            "4f176d8d95b2906bc937aff6a8f405c57a3d6eacbbbcb8571d9c9b5c3234ecc2",
        ),
    ],
)
def test_a_key_stays_what_it_was(request_of, given_out):
    assert request_of() == given_out


# What does not count


@pytest.mark.parametrize(
    "same",
    [
        lambda: key(method="post"),
        lambda: key(dict(reversed(CHAT.items()))),
        lambda: key(json.dumps(CHAT, indent=2).encode()),
        lambda: key(json.dumps(CHAT, ensure_ascii=False).encode()),
        lambda: key(content_type="application/json; charset=utf-8"),
        lambda: key(content_type=""),
        lambda: key(url="https://api.openai.com:443/v1/chat/completions"),
        lambda: key(url="https://API.openai.com/v1/chat/completions"),
        lambda: key(url="https://user:secret@api.openai.com/v1/chat/completions"),
        lambda: key(url=URL + "?"),
        *(
            lambda name=name: key(url=f"{URL}?{name}=secret")
            for name in ("key", "api_key", "api-key", "access_token", "token", "sig", "code", "API_KEY")
        ),
        *(
            lambda name=name: key(headers={name: "x"})
            for name in (
                "Authorization", "x-api-key", "OpenAI-Organization", "User-Agent", "Accept",
                "X-Stainless-Package-Version", "x-stainless-retry-count", "Idempotency-Key",
            )
        ),
        *(
            lambda name=name: key(chat(**{name: "x"}))
            for name in (
                "user", "metadata", "prompt_cache_key", "prompt_cache_retention", "safety_identifier",
            )
        ),
    ],
)  # fmt: skip
def test_who_asks_and_how_does_not_count(same):
    assert same() == key()


# What counts


DIFFERENT = [
    lambda: key(),
    lambda: key(method="PUT"),
    lambda: key(url="https://api.openai.com/v1/completions"),
    lambda: key(url="https://api.openai.com:8443/v1/chat/completions"),
    lambda: key(url="https://api.example.com/v1/chat/completions"),
    lambda: key(url="http://localhost:8000/v1/chat/completions"),
    lambda: key(url=URL + "?v=1"),
    lambda: key(url=URL + "?v=2"),
    lambda: key(url=URL + "?v="),
    lambda: key(url=URL + "?v"),
    lambda: key(url=URL + "?v=1&v=2"),
    lambda: key(url=URL + "?v=2&v=1"),
    lambda: key(url=URL + "?v=%ff"),
    lambda: key(url=URL + "?v=%fe"),
    lambda: key(headers={"anthropic-version": "1"}),
    lambda: key(headers={"anthropic-version": "2"}),
    lambda: key(headers={"anthropic-beta": "1"}),
    lambda: key(salt="a"),
    lambda: key(salt="b"),
    lambda: key(b""),
    lambda: key(b"null"),
    lambda: key(b"{}"),
    lambda: key(b"[]"),
    lambda: key(b"not json"),
    lambda: key(b"not json", content_type="text/plain"),
    lambda: key(json.dumps(CHAT).encode(), content_type="text/plain"),
    lambda: key(chat(model="n")),
    lambda: key(chat(stream=True)),
    lambda: key(chat(stream=False)),
    lambda: key(chat(store=True)),
    lambda: key(chat(n=1)),
    lambda: key(chat(n=1.0)),
    lambda: key(chat(n=True)),
    lambda: key(chat(n="1")),
    lambda: key(chat(n=None)),
    lambda: key(chat(n=[])),
    lambda: key(chat(n={})),
    lambda: key(chat(n=2**70)),
    lambda: key(chat(n=2**70 + 1)),
    lambda: key(chat(n=int("9" * 3000))),
    lambda: key(chat(n=float("nan"))),
    lambda: key(chat(n=float("inf"))),
    lambda: key(chat(n=float("-inf"))),
    lambda: key(b'{"n": 1e400}'),
    lambda: key(b'{"n": 1e500}'),
    lambda: key(b'{"n": 0.0}'),
    lambda: key(b'{"n": -0.0}'),
    lambda: key(b'{"n": ' + b"9" * 5000 + b"}"),
    lambda: key(b'{"n": ' + b"9" * 5001 + b"}"),
    lambda: key(b'{"n": 1, "n": 2}'),  # which one counts is the server's choice
    lambda: key(b'{"n": 2, "n": 1}'),
    lambda: key(b'{"n": 2, "n":  1}'),
    lambda: key(chat(an_unknown_new_field=1)),
    lambda: key(chat(extra={"user": "a"})),  # the deny-list is for the top level
    lambda: key(chat(extra={"user": "b"})),
    lambda: key(chat(messages=[{"role": "user", "content": "Hi", "metadata": 1}])),
    lambda: key(chat(messages=[{"role": "user", "content": ["ab", "c"]}])),
    lambda: key(chat(messages=[{"role": "user", "content": ["a", "bc"]}])),
    lambda: key(chat(messages=[{"role": "user", "content": "\ud800"}])),
    lambda: key(chat(messages=[{"role": "user", "content": "\ud801"}])),
    lambda: key(chat(messages=[{"role": "system", "content": "Hi"}])),
    lambda: key(chat(messages=CHAT["messages"] * 2)),
    # a model sees the order of a schema
    *(
        lambda name=name, order=order: key(chat(**{name: {"properties": dict(order)}}))
        for name in ("response_format", "text", "tools", "functions", "format", "input_schema")
        for order in ((("a", 1), ("b", 2)), (("b", 2), ("a", 1)))
    ),
    # an identifier that links nothing is content
    lambda: key(chat(call_id="a")),
    lambda: key(chat(call_id="b")),
    lambda: key(chat(extra=[{"tool_call_id": "a"}])),
    lambda: key(chat(extra=[{"tool_call_id": "b"}])),
    lambda: key(chat(messages=[{"role": "user", "id": "a"}])),
    lambda: key(chat(messages=[{"role": "user", "id": "b"}])),
    lambda: key(chat(input=[{"type": "function_call", "arguments": {"call_id": "a"}}])),
    lambda: key(chat(input=[{"type": "function_call", "arguments": {"call_id": "b"}}])),
    lambda: key(
        chat(messages=[{"content": [{"type": "tool_use", "id": "x", "input": {"call_id": "a"}}]}])
    ),
    lambda: key(
        chat(messages=[{"content": [{"type": "tool_use", "id": "x", "input": {"call_id": "b"}}]}])
    ),
    lambda: key(chat(input=[{"type": "reasoning", "id": "a"}])),
    lambda: key(chat(input=[{"type": "reasoning", "id": "b"}])),
]


def test_whatever_else_differs_counts():
    keys = [make() for make in DIFFERENT]
    assert len(set(keys)) == len(keys)


NAMES = st.text().map("n{}".format)  # none of those below which order counts
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def canonical(value):
    """JSON with types told apart and keys sorted, as a text."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{k!r}:{canonical(v)}" for k, v in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return f"{type(value).__name__} {value!r}"


@given(JSON_VALUES, JSON_VALUES)
def test_two_bodies_have_one_key_only_if_they_say_the_same(left, right):
    assert (key({"x": left}) == key({"x": right})) == (canonical(left) == canonical(right))


@given(JSON_VALUES, st.randoms())
def test_the_order_of_keys_does_not_count(value, shuffler):
    def shuffled(node):
        if isinstance(node, dict):
            names = list(node)
            shuffler.shuffle(names)
            return {name: shuffled(node[name]) for name in names}
        return [shuffled(item) for item in node] if isinstance(node, list) else node

    assert key({"x": value}) == key({"x": shuffled(value)})


@given(st.binary(), st.binary())
def test_two_unknown_bodies_have_one_key_only_if_they_are_one(left, right):
    kind = "application/octet-stream"
    assert (key(left, content_type=kind) == key(right, content_type=kind)) == (left == right)


# Identifiers that only link parts of one body

AGENT = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "Weather?"},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"id": "call_2", "type": "function", "function": {"name": "g", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
        {"role": "tool", "tool_call_id": "call_2", "content": "rain"},
    ],
}
RESPONSES = {
    "model": "m",
    "input": [
        {
            "type": "function_call",
            "id": "call_1",
            "call_id": "call_2",
            "name": "f",
            "arguments": "{}",
        },
        {"type": "function_call_output", "call_id": "call_2", "output": "sun"},
    ],
}
MESSAGES = {
    "model": "m",
    "messages": [
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "call_1", "name": "f", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "sun"}],
        },
    ],
}


def renamed(body, **names):
    text = json.dumps(body)
    for old, new in names.items():
        text = text.replace(f'"{old}"', f'"{new}"')
    return json.loads(text)


@pytest.mark.parametrize("body", [AGENT, RESPONSES, MESSAGES])
def test_identifiers_that_link_a_tools_call_with_its_result_do_not_count(body):
    assert key(renamed(body, call_1="x81", call_2="a07")) == key(body)


def test_which_result_belongs_to_which_call_counts():
    swapped = json.loads(json.dumps(AGENT))
    swapped["messages"][2]["tool_call_id"], swapped["messages"][3]["tool_call_id"] = (
        "call_2",
        "call_1",
    )
    both = renamed(AGENT, call_2="call_1")
    assert len({key(AGENT), key(swapped), key(both)}) == 3


def test_an_identifier_in_a_text_counts():
    def told(name):
        body = renamed(AGENT, call_1=name)
        body["messages"].append({"role": "user", "content": f"repeat {name}"})
        return body

    assert key(told("a")) != key(told("b"))


# Endpoints


@pytest.mark.parametrize(
    ("url", "where", "path"),
    [
        ("https://api.openai.com/v1/chat", "api.openai.com", "/v1/chat"),
        ("https://API.OpenAI.com:443/v1", "api.openai.com", "/v1"),
        ("http://host.example", "host.example", "/"),
        ("http://host.example:443/x", "host.example:443", "/x"),
        ("https://host.example:8000/x", "host.example:8000", "/x"),
        ("http://localhost:8000/v1", "loopback", "/v1"),
        ("http://127.0.0.1/v1", "loopback", "/v1"),
        ("http://127.9.9.9:1/v1", "loopback", "/v1"),
        ("http://[::1]:8000/v1", "loopback", "/v1"),
        ("http://[::ffff:127.0.0.1]/v1", "loopback", "/v1"),
        ("http://[2001:db8::1]:8000/v1", "[2001:db8::1]:8000", "/v1"),
        ("http://10.0.0.1:8000/v1", "10.0.0.1:8000", "/v1"),
        ("http://127.0.0.1:5/local/0123abcdef/v1/chat", "local:0123abcdef", "/v1/chat"),
        ("http://127.0.0.1:5/local/" + "Ab" * 32 + "/v1", "local:" + "ab" * 32, "/v1"),
        ("http://127.0.0.1:5/local/nohex/v1", "loopback", "/local/nohex/v1"),
        ("http://127.0.0.1:5/local/0123abcdef", "loopback", "/local/0123abcdef"),
        ("https://evil.example/local/0123abcdef/v1", "evil.example", "/local/0123abcdef/v1"),
        ("http://localhost.evil.example/v1", "localhost.evil.example", "/v1"),
        ("https://host.example/v1?q=1#f", "host.example", "/v1"),
    ],
)
def test_an_endpoint_is_who_answers(url, where, path):
    assert endpoint(url, {}) == (where, path)


def test_an_alias_names_host_and_port():
    aliases = {"10.0.0.1:8000": "vllm", "api.openai.com:443": "openai", "localhost:1": "mine"}
    assert endpoint("http://10.0.0.1:8000/v1", aliases)[0] == "vllm"
    assert endpoint("http://10.0.0.1:8001/v1", aliases)[0] == "10.0.0.1:8001"
    assert endpoint("https://api.openai.com/v1", aliases)[0] == "openai"
    assert endpoint("http://localhost:1/v1", aliases)[0] == "mine"
    moved = {"10.0.0.2:9000": "vllm"}
    one = key(url="http://10.0.0.1:8000/v1", aliases=aliases)
    assert one == key(url="http://10.0.0.2:9000/v1", aliases=moved)


# Forms

FORM_TYPE = "multipart/form-data; boundary=xyz"
FORM = (
    b'--xyz\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n'
    b"Content-Type: audio/wav\r\n\r\n\x00\r\n\xff--xy\r\n--xyz--\r\n"
)


def form(*replaced, kind=FORM_TYPE):
    body = FORM
    for old, new in zip(replaced[::2], replaced[1::2], strict=True):
        assert old in body
        body = body.replace(old, new)
    return key(body, content_type=kind)


def test_the_boundary_of_a_form_does_not_count():
    assert form(b"--xyz", b"--b0b", kind="multipart/form-data; boundary=b0b") == form()
    assert form(b"--xyz", b"--b 1", kind='multipart/form-data; boundary="b 1"') == form()


def test_name_file_name_type_order_and_bytes_of_a_form_count():
    keys = [
        form(),
        form(b'name="model"', b'name="modes"'),
        form(b"a.wav", b"b.wav"),
        form(b"audio/wav", b"audio/mp3"),
        form(b"whisper", b"whisper2"),
        form(b"\x00\r\n\xff", b"\x00\n\xff"),
        form(b"\xff--xy", b"\xff--xy\r\n"),
        form(b"Content-Type: audio/wav\r\n", b""),
        form(b"Content-Type: audio/wav\r\n", b"odd header\r\n"),
        form(b"Content-Type: audio/wav\r\n", b"odder header\r\n"),
        form(b"--xyz--\r\n", b"--xyz--\r\nepilogue"),
        form(b"--xyz--\r\n", b""),
        form(kind="multipart/form-data"),
        form(kind="multipart/mixed; boundary=xyz"),
    ]
    assert len(set(keys)) == len(keys)


@given(st.lists(st.binary(), min_size=1, max_size=4), st.lists(st.binary(), min_size=1, max_size=4))
def test_two_forms_have_one_key_only_if_their_parts_are_the_same(left, right):
    def of(parts, boundary):
        head = b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
        body = b"".join(b"--" + boundary + head + part + b"\r\n" for part in parts)
        kind = f"multipart/form-data; boundary={boundary.decode()}"
        return key(body + b"--" + boundary + b"--\r\n", content_type=kind)

    one, other = of(left, b"b0undary-one"), of(right, b"b0undary-two")
    assert (one == other) == (left == right)


# Draws


@given(st.text(), st.integers(0), st.text(), st.text(), st.integers(0), st.text())
def test_a_call_is_a_request_a_draw_and_a_name(one, draw, name, other, other_draw, other_name):
    same = (one, draw, name) == (other, other_draw, other_name)
    assert (call_key(one, draw, name) == call_key(other, other_draw, other_name)) == same


def test_another_process_finds_the_same_key():
    code = f"from workbench.keys.call import request_key as k; print(k('POST', {URL!r}, {{}}, {json.dumps(AGENT).encode()!r}, {JSON!r}))"
    root = Path(__file__).parents[2]
    found = subprocess.check_output(
        [sys.executable, "-c", code], cwd=root, env={"PYTHONHASHSEED": "7"}
    )
    assert found.decode().strip() == key(AGENT)


def test_a_body_nested_beyond_reading_counts_by_its_bytes():
    deep = b"[" * 100_000 + b"]" * 100_000
    assert key(deep) != key(deep + b" ")


def test_keys_of_a_long_conversation_are_found_in_time():
    random.seed(1)
    turns = [{"role": "user", "content": "x" * random.randrange(500)} for _ in range(2000)]
    assert key(chat(messages=turns)) != key(chat(messages=turns[:-1]))
