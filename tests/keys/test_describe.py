"""A description is small, shows no credential, runs no code of the user's, and never fails."""

from __future__ import annotations

import json
import threading
from enum import Enum

import msgspec
import numpy as np
import openai
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from miss_facts import kept, of_value
from notebook_code import TestSources, cell, made

from workbench.keys.changes.describe import describe
from workbench.keys.changes.secrecy import looks_secret, scrubbed, secrecy

KEY = "sk-proj-AbCdEfGh1234567890XyZ"


def written(name, value):
    return json.dumps(kept(name, value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", KEY),
        ("v", KEY),
        ("api_key", "hunter2"),
        ("config", {"api_key": "hunter2"}),
        ("config", {"openai": {"token": ["hunter2"]}}),
        ("passwords", ["hunter2", {"a": "hunter2"}]),
        ("v", {KEY: 1}),
        ("v", [("Authorization", f"Bearer {KEY}")]),
        ("v", f"please use {KEY} for it"),
        ("v", "password: hunter2 and on"),
        ("v", f"https://user:{KEY}@host/path"),
        ("client", openai.OpenAI(api_key=KEY)),
        ("client", openai.OpenAI(api_key="hunter2", base_url="http://u:hunter2@localhost:1/v1")),
        ("v", made(f"class Settings:\n    pass\nv = Settings()\nv.api_key = {KEY!r}\n")),
        ("v", made("import pydantic\nclass S(pydantic.BaseModel):\n    key: pydantic.SecretStr\nv = S(key='hunter2')\n")),
        ("f", made(f"def v():\n    return ask(api_key={KEY!r})\n")),
        ("f", made("def v():\n    password = 'hunter2'\n    return password\n")),
        ("f", made("TOKEN = 'hunter2'\ndef v():\n    return TOKEN\n")),
        ("f", made("def v(api_key='hunter2'):\n    return api_key\n")),
        ("C", made("class v:\n    secret = 'hunter2'\n")),
        ("v", pd.DataFrame({"token": [KEY, "hunter2"]})),
        ("v", pd.Series([KEY], name=KEY)),
        ("v", KEY.encode()),
        ("pin_secret", 48151623),
        ("v", {KEY}),
        ("v", "abcd-efgh-ijkl-hunter2"),
    ],
)  # fmt: skip
def test_a_credential_is_never_written(name, value):
    text = written(name, value)
    assert KEY not in text
    assert "hunter2" not in text
    assert "48151623" not in text


def test_what_only_sounds_like_a_credential_is_shown():
    assert written("author", "Anna").count("Anna") == 1
    assert kept("max_tokens", 500)["show"] == "500"
    assert kept("model", "gpt-4o-mini-2024-07-18")["text"] == "gpt-4o-mini-2024-07-18"
    assert kept("path", "data/in/mails.csv")["text"] == "data/in/mails.csv"
    assert of_value({"monkey": "a"}, {"monkey": "b"}) == ['input v["monkey"] changed: "a" → "b"']
    text = made("def v(prompt):\n    return extract_invoice_fields_v2(prompt, 'invoice total')\n")
    assert "extract_invoice_fields_v2(prompt, 'invoice total')" in kept("v", text)["text"]


def test_a_changed_credential_is_said_to_have_changed():
    assert of_value({"api_key": "hunter2"}, {"api_key": "hunter3"}) == [
        'input v["api_key"] changed (not shown: it may hold a credential)'
    ]
    one, two = (f"ask with {KEY}{end} please\n\n" for end in "AB")
    assert of_value(one, two) == ["input v changed (not shown: it may hold a credential)"]


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=20, max_size=60))
def test_a_random_token_is_shown_by_no_rule(token):
    assert looks_secret(token)
    assert kept("v", token).get("text") is None


@pytest.mark.parametrize(
    ("name", "hides"),
    [("api_key", 1), ("OPENAI_API_KEY", 1), ("userToken", 1), ("password", 2), ("monkey", 0),
     ("design", 0), ("signature", 1), ("author", 0), ("session", 1), ("keywords", 0)],
)  # fmt: skip
def test_names_are_read_by_their_words(name, hides):
    assert secrecy(name) == hides


@given(st.text())
def test_scrubbing_a_text_twice_changes_nothing_more(text):
    assert scrubbed(scrubbed(text)) == scrubbed(text)


@pytest.mark.parametrize(
    "value",
    [
        {f"key {n}": "x" * 300 for n in range(20_000)},
        ["some words " * 30 for _ in range(9_000)],
        ["x y" * 100_000, "a b" * 100_000],
        [[[n] * 50 for n in range(50)] for _ in range(50)],
        [list(range(10_000)) for _ in range(20)],
        set(range(50_000)),
        pd.DataFrame({f"column number {n}": [n] for n in range(3_000)}),
        made("def v():\n    return '''" + "word " * 20_000 + "'''\n"),
        made("class v:\n" + "".join(f"    def m{n}(self): return {n}\n" for n in range(2_000))),
    ],
    ids=range(9),
)
def test_a_description_stays_small_and_says_what_it_left_out(value):
    described = describe("v", value, TestSources())
    hashes = _hashes(described)
    assert len(msgspec.json.encode(described)) - hashes < 80_000
    assert hashes <= 500_000
    assert '"cut": true' in json.dumps(described)


def _hashes(node):
    below = sum(map(_hashes, node.get("parts", {}).values()))
    return len(node.get("hashes", "")) + below


def test_a_frame_of_a_hundred_thousand_rows_has_exact_counts_and_a_longer_one_has_columns():
    for rows, sentence in ((100_000, ", 2 of 100,000 rows"), (100_001, "")):
        old = pd.DataFrame({"a": np.arange(rows), "b": ["x"] * rows})
        new = old.copy()
        new.loc[[5, 70_000], "b"] = "y"
        assert of_value(old, new) == [f'input v: column "b" changed{sentence}']


def test_a_part_that_was_left_out_is_said_to_have_changed():
    old = {f"key {n}": "x" * 300 for n in range(5_000)}
    new = {**old, "key 4999": "y"}
    assert of_value(old, new) == ["input v changed, in a part too large to be noted"]


def test_a_cycle_ends():
    ring = [1]
    ring.append(ring)
    other = [2]
    other.append(other)
    assert "input v[0] changed: 1 → 2" in of_value(ring, other)
    assert of_value(ring, ring) == []


HOSTILE = """\
class Meta(type):
    def __repr__(cls): raise RuntimeError("repr of the class")
    def __eq__(cls, other): raise RuntimeError("eq of the class")
    def __hash__(cls): raise RuntimeError("hash of the class")
class Odd({base}, metaclass=Meta):
    {extra}
    def __repr__(self): CALLED.append("repr"); raise RuntimeError
    def __str__(self): CALLED.append("str"); raise RuntimeError
    def __eq__(self, other): CALLED.append("eq"); raise RuntimeError
    def __hash__(self): CALLED.append("hash"); return 1
    def __len__(self): CALLED.append("len"); raise RuntimeError
    def __bool__(self): CALLED.append("bool"); raise RuntimeError
    def __iter__(self): CALLED.append("iter"); raise RuntimeError
    def __getattr__(self, name): CALLED.append(name); raise RuntimeError
    @property
    def __class__(self): CALLED.append("class"); raise RuntimeError
CALLED = []
v = Odd({arguments})
"""


@pytest.mark.parametrize(
    ("base", "extra", "arguments"),
    [
        ("object", "pass", ""),
        ("dict", "pass", "a=1"),
        ("list", "pass", "[1, 2]"),
        ("str", "pass", "'text'"),
        ("int", "pass", "3"),
        ("object", "__slots__ = ('a',)", ""),
        ("Exception", "pass", ""),
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"k": v}])
def test_no_code_of_an_odd_object_runs(base, extra, arguments, wrap):
    made_by = cell(HOSTILE.format(base=base, extra=extra, arguments=arguments))
    describe("v", wrap(made_by["v"]), TestSources())
    assert made_by["CALLED"] == []


def test_cells_of_a_frame_are_told_apart_without_their_code():
    names = cell(HOSTILE.format(base="object", extra="pass", arguments=""))
    frame = pd.DataFrame({"a": pd.Series([names["v"], 1], dtype=object)})
    describe("v", frame, TestSources())
    assert names["CALLED"] == []


@pytest.mark.parametrize(
    "value",
    [threading.Lock(), (n for n in range(3)), open, object(), "\ud800", {"\ud800": "\udfff"},
     float("nan"), 10**5000, range(3), Ellipsis, Enum("E", "A").A, memoryview(b"a"), np.dtype("i8"),
     pd.DataFrame(), pd.DataFrame({"a": [[1], {"b": 2}]}), pd.Series(["\ud800", None], dtype=object),
     pd.DataFrame([[1, 2]], columns=["a", "a"]), pd.Series(pd.Categorical([1, "b", None])),
     pd.DataFrame({("a", 1): [1]}), np.array([[1, "a"]], dtype=object), np.zeros((0, 3)),
     pd, json, lambda x: x, type, int, Exception("x")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [1, v], lambda v: {"k": (v,)}])
def test_anything_has_a_description_that_can_be_stored(value, wrap):
    described = kept("v", wrap(value))
    assert described["kind"]


def test_an_opaque_part_says_what_it_is_and_hides_no_other():
    function = (
        "import threading\nLOCK = threading.Lock()\ndef v():\n    with LOCK:\n        return {}\n"
    )
    (lock,) = [p for n, p in kept("v", made(function.format(1)))["parts"].items() if "LOCK" in n]
    assert (lock["type"], lock["digest"]) == ("_thread.lock", "")
