"""A miss is explained: which component changed, from what to what, in which line, row or function."""

from __future__ import annotations

import math

import near_misses
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from miss_facts import facts, kept, of_cells, of_value, said
from notebook_code import TestSources, cell

from workbench.keys import canonical
from workbench.keys.changes import Change, Facts, between, nearest
from workbench.keys.changes.differences import differences
from workbench.keys.manifest import Manifest

HELPER = """\
LIMIT = 3
def inner(x):
    y = x + 1
    return y * LIMIT

def helper(x, k=1):
    '''Add.'''
    return inner(x) + k
"""
INVOICE = """\
from dataclasses import dataclass
@dataclass
class Invoice:
    total: int = 1
    def tax(self):
        return self.total * 2
v = Invoice()
"""
MODEL = """\
import pydantic
class Mail(pydantic.BaseModel):
    subject: str = ""
    size: int = 0
v = Mail()
"""
FRAME = pd.DataFrame({"n": range(1000), "label": ["x"] * 1000})


def manifest(**components):
    return Manifest(tuple((name.replace("_", " "), value) for name, value in components.items()))


def of_component(name, old, new):
    return said(*(facts(more=((name, each),) if each else ()) for each in (old, new)))


def relabelled(*rows):
    frame = FRAME.copy()
    frame.loc[list(rows), "label"] = "y"
    return frame


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        (FRAME, relabelled(3, 7), ['input v: column "label" changed, 2 of 1,000 rows']),
        (FRAME, FRAME.iloc[:-3], ["input v: 3 rows removed at the end"]),
        (FRAME, pd.concat([FRAME, FRAME.iloc[:1]], ignore_index=True), ["input v: 1 row added at the end"]),
        (FRAME, FRAME.assign(z=1), ['input v: column "z" added']),
        (FRAME, FRAME.drop(columns="n"), ['input v: column "n" removed']),
        (FRAME, FRAME.astype({"n": "float64"}), ['input v: column "n" is float64, was int64']),
        (FRAME, FRAME.set_axis(range(1, 1001)), ["input v: its index changed"]),
        (FRAME, FRAME[["label", "n"]], ["input v: its columns changed order or name"]),
        (
            FRAME,
            relabelled(5).assign(n=range(1, 1001)),
            ['input v: columns "n", "label" changed, 1,000 of 1,000 rows'],
        ),
        (pd.Series([1, 2, 3]), pd.Series([1, 2, 4]), ["input v changed, 1 of 3 values"]),
        (
            pa.table({"a": [1], "b": [2]}),
            pa.table({"a": [1], "b": [3]}),
            ['input v: column "b" changed'],
        ),
        (["a", "b", "c", "d"], ["a", "b", "c", "e"], ['input v[3] changed: "d" → "e"']),
        ([1, 2], [1, 2, 3], ["input v: 1 item added at the end"]),
        ([1, 2, 3], [2, 3], ["input v: 1 item removed at the start"]),
        ([1, 2, 3], [1, 9, 2, 3], ["input v: 1 item added at [1]"]),
        ([1, 2, 3, 4], [1, 9, 4], ["input v: 1 item in place of 2 at [1]"]),
        (
            list(range(10_000)),
            list(range(1, 10_001)),
            ["input v: 10,000 of 10,000 items changed, the first [0]"],
        ),
        ({"model": "a", "n": 1}, {"model": "b", "n": 1}, ['input v["model"] changed: "a" → "b"']),
        ({"n": 1}, {"n": 1, "k": 2}, ['input v: key "k" added']),
        ({"n": 1, "k": 2}, {"n": 1}, ['input v: key "k" removed']),
        ({"n": 1, "k": 2}, {"k": 2, "n": 1}, ["input v: its keys changed order"]),
        (dict.fromkeys("abcde", 1), dict.fromkeys("abcde", 2), ['input v: 5 of 5 keys changed (["a"], ["b"], ["c"]…)']),
        ({1, 2}, {2, 3}, ["input v: 1 member added, 1 removed"]),
        ([{"rows": [(1, {"x": 2.5})]}], [{"rows": [(1, {"x": 2.0})]}], ['input v[0]["rows"][0][1]["x"] changed: 2.5 → 2.0']),
        ("a\nb\nc", "a\nB\nc", ["input v changed: 1 line added, 1 removed"]),
        ("one", "two", ['input v changed: "one" → "two"']),
        (1, 2, ["input v changed: 1 → 2"]),
        (None, 2, ["input v changed: None → 2"]),
        (1, "1", ['input v changed: 1 → "1"']),
        ([1], (1,), ["input v changed: now tuple, was list"]),
        (True, False, ["input v changed: True → False"]),
        (b"ab", b"abc", ["input v changed"]),
    ],
)  # fmt: skip
def test_a_changed_value_is_told_by_the_part_that_changed(old, new, sentences):
    assert of_value(old, new) == sentences
    assert of_value(new, new) == []


@pytest.mark.parametrize(
    ("old", "new", "sentences"),
    [
        ("x + 1", "x + 2", ["function inner (helper → inner) changed: 1 line added, 1 removed"]),
        ("LIMIT = 3", "LIMIT = 4", ["LIMIT (helper → inner → LIMIT) changed: 3 → 4"]),
        ("'''Add.'''", "'''Sum.'''", ["function helper changed: 1 line added, 1 removed"]),
        ("    y = x + 1\n", "    y = x + 1\n    y += 1\n", ["function inner (helper → inner) changed: 1 line added"]),
        ("x, k=1", "x, k=2", ["function helper changed: 1 line added, 1 removed"]),
    ],
)  # fmt: skip
def test_a_changed_function_is_named_with_the_chain_that_leads_to_it(old, new, sentences):
    assert of_cells(HELPER, HELPER.replace(old, new), "helper") == sentences


def test_a_changed_function_shows_its_lines():
    new = HELPER.replace("x + 1", "x + 2")
    (change,) = between(facts(helper=cell(HELPER)["helper"]), facts(helper=cell(new)["helper"]))
    assert change.component == "input helper"
    assert "-    y = x + 1" in change.diff
    assert "+    y = x + 2" in change.diff
    assert not [line for line in change.diff if line.startswith(("---", "+++"))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    y = x + 1", "    y = x + 1  # one more"),
        ("    y = x + 1", "    y = (x   +\n         1)"),
        ("def inner", "# the inner one\n\ndef inner"),
    ],
)
def test_a_comment_or_the_layout_is_no_change(old, new):
    assert of_cells(HELPER, HELPER.replace(old, new), "helper") == []


def test_what_a_closure_or_a_default_holds_is_named():
    closure = "def make(n):\n    def f():\n        return n\n    return f\nv = make({})\n"
    assert of_cells(closure.format(1), closure.format(2)) == ["n (v → n) changed: 1 → 2"]
    default = "WORDS = {}\ndef v(words=WORDS):\n    return words\n"
    assert of_cells(default.format(["a"]), default.format(["b"])) == [
        'default of words[0] (v → default of words[0]) changed: "a" → "b"'
    ]


def test_a_partial_and_a_method_are_followed():
    partial = "import functools\ndef f(x):\n    return x\nv = functools.partial(f, {})\n"
    assert of_cells(partial.format(1), partial.format(2)) == [
        "argument 1 (v → argument 1) changed: 1 → 2"
    ]
    assert of_cells(partial.format(1), partial.replace("return x", "return -x").format(1)) == [
        "function f (v → f) changed: 1 line added, 1 removed"
    ]


@pytest.mark.parametrize(
    ("text", "old", "new", "sentences"),
    [
        (INVOICE, "* 2", "* 3", ["method Invoice.tax (v → Invoice.tax) changed: 1 line added, 1 removed"]),
        (INVOICE, "total: int", "total: float", ["type of total (v → Invoice → type of total) changed: int → float"]),
        (INVOICE, "Invoice()", "Invoice(7)", ["input v.total changed: 1 → 7"]),
        (INVOICE, "int = 1", "int = 2", ["input v.total changed: 1 → 2", "default of total (v → Invoice → default of total) changed: 1 → 2"]),
        (MODEL, "size: int", "size: float", ["type of size (v → Mail → type of size) changed: int → float"]),
        (MODEL, "Mail()", "Mail(size=3)", ["input v.size changed: 0 → 3"]),
    ],
)  # fmt: skip
def test_a_changed_object_is_told_by_field_or_method(text, old, new, sentences):
    assert of_cells(text, text.replace(old, new)) == sentences


def test_a_changed_class_is_told_by_its_method():
    assert of_cells(INVOICE, INVOICE.replace("* 2", "* 3"), "Invoice") == [
        "method Invoice.tax changed: 1 line added, 1 removed"
    ]


def test_changed_code_is_told_by_its_lines():
    (change,) = between(facts("a = 1\nb = 2\n"), facts("a = 1\nb = 3\n"))
    assert change.what == "code changed: 1 line added, 1 removed"
    assert change.diff == ("@@ -1,2 +1,2 @@", " a = 1", "-b = 2", "+b = 3")
    assert (len(change.old), len(change.new)) == (64, 64)
    assert change.old != change.new


def test_code_that_says_the_same_is_no_change_though_its_text_is_another():
    assert said(facts("a = 1\n"), facts("# one\na  =  1\n")) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("module tools/util.py", "1", "2", "module tools/util.py changed"),
        ("module tools/util.py", "", "2", "module tools/util.py is used now"),
        ("file data/a.csv", "1", "2", "file data/a.csv changed"),
        ("file out.csv", "1", "missing", "file out.csv is missing"),
        ("file out.csv", "missing", "1", "file out.csv is there now"),
        ("file data", "folder 1", "folder 2", "folder data: its listing changed"),
        ("file a.csv", "1", "", "file a.csv is gone, or not named any more"),
        ("read data/a.csv", "1", "2", "file data/a.csv changed"),
        ("files data/*.csv", "1", "2", "a file of data/*.csv changed"),
        ("folder data", "1", "2", "a file in folder data changed"),
        ("listing of data", "1", "2", "folder data: its listing changed"),
        ("listing of data", "1", "missing", "folder data is missing"),
        ("answer: kind a.csv", "1", "missing", "a.csv, which it asked about, is missing"),
        ("output out.csv", "1", "missing", "file out.csv, which it wrote, is missing"),
        ("output out.csv", "1", "2", "file out.csv, which it wrote, changed"),
        ("import pandas", "pandas:2.3", "pandas:3.0", "package pandas changed: 2.3 → 3.0"),
        ("import util", "util:" + "a" * 64, "util:" + "b" * 64, "module util changed"),
        ("outputs kept", "a", "a,b", "--out changed: a → a,b"),
        ("environment", "1", "2", "the environment's variables changed"),
        ("python", "3.11", "3.12", "python changed: 3.11 → 3.12"),
        ("working directory", "a", "b", "working directory changed: a → b"),
        ("schema", "1", "2", "the workbench's own key format changed"),
        ("sharing", "1", "2", "which inputs share objects changed"),
        ("input doc", "", "2", "input doc is read now"),
        ("input doc", "1", "", "input doc is not read any more"),
        ("input tools.LIMIT", "1", "2", "input tools.LIMIT changed"),
        ("something new", "1", "2", "something new changed"),
        (
            "the run, because it reads the clock (time.time),",
            "run_1",
            "run_2",
            "it counts for its own run only: it reads the clock (time.time)",
        ),
    ],
)
def test_a_component_without_a_description_is_told_by_its_name(name, old, new, sentence):
    assert of_component(name, old, new) == [sentence]


def test_digests_are_those_of_the_manifest():
    (change,) = between(Facts(manifest(input_a="1"), "", {}), Facts(manifest(input_a="2"), "", {}))
    assert change == Change("input a", "input a changed", "1", "2")


def test_the_most_specific_stands_first_and_the_run_last():
    run = "the run, because it reads the clock (time.time),"
    old = facts("a", ((run, "1"), ("file x", "1")), doc="one")
    new = facts("b", ((run, "2"), ("file x", "2")), doc="two")
    assert said(old, new) == [
        "code changed: 1 line added, 1 removed",
        'input doc changed: "one" → "two"',
        "file x changed",
        "it counts for its own run only: it reads the clock (time.time)",
    ]


def test_a_function_that_two_inputs_reach_is_told_once():
    old, new = cell(HELPER), cell(HELPER.replace("x + 1", "x + 2"))
    names = ("helper", "inner")
    told = said(facts(**{n: old[n] for n in names}), facts(**{n: new[n] for n in names}))
    assert told == ["function inner (helper → inner) changed: 1 line added, 1 removed"]


@pytest.mark.parametrize("odd", [{}, None, 7, {"version": 1}, {"version": 9, "kind": "row"}])
def test_a_description_of_another_version_still_gives_the_components_name(odd):
    old, new = facts(doc=[1]), facts(doc=[2])
    assert said(Facts(old.manifest, "", {"input doc": odd}), new) == ["input doc changed"]
    assert said(old, Facts(new.manifest, "", {"input doc": odd})) == ["input doc changed"]


def test_two_parts_that_become_one_object_are_no_silent_change():
    one = [1]
    assert of_value([one, one], [[1], [1]]) == [
        "input v changed: which of its parts are one object"
    ]


def test_the_nearest_manifest_is_the_one_with_the_fewest_changes():
    wanted = manifest(code="1", input_a="1", input_b="1")
    far = manifest(code="2", input_a="2", input_b="1")
    near = manifest(code="1", input_a="1", input_b="2")
    assert nearest([far, near, manifest(code="2", input_a="1", input_b="1")], wanted) == 1
    assert nearest([Facts(far, "", {}), Facts(wanted, "", {})], Facts(wanted, "", {})) == 1
    with pytest.raises(ValueError, match="empty"):
        nearest([], wanted)


@pytest.mark.parametrize(("left", "right"), near_misses.PAIRS)
def test_every_near_miss_of_the_keys_is_explained(left, right):
    old, new = near_misses.evaluate(left), near_misses.evaluate(right)
    assert of_value(old, new)
    assert of_value(old, old) == []


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.binary(max_size=4)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text("abkey", max_size=3), inner, max_size=5),
    ),
    max_leaves=25,
)


def at(value, path):
    for label in path:
        value = value[eval(label[1:-1])]
    return value


@given(VALUES, VALUES)
def test_what_is_named_is_where_the_values_differ(old, new):
    _check(old, new)


@given(VALUES, st.data())
def test_one_changed_part_is_found_wherever_it_is(value, data):
    new = _changed(value, data)
    _check(value, new)


def _check(old, new):
    sources = TestSources()
    differ = canonical.digest(old, sources) != canonical.digest(new, sources)
    assert bool(of_value(old, new)) == differ
    if not differ:
        return
    found = differences(kept("v", old), kept("v", new))
    assert found
    for each in found:
        sides = [canonical.digest(at(side, each.path), sources) for side in (old, new)]
        assert sides[0] != sides[1], each


def _changed(value, data):
    """The value with one part of it changed in a copy."""
    if isinstance(value, list | tuple) and value:
        place = data.draw(st.integers(0, len(value) - 1))
        items = [_changed(v, data) if n == place else v for n, v in enumerate(value)]
        return type(value)(items)
    if isinstance(value, dict) and value:
        place = data.draw(st.sampled_from(list(value)))
        return {k: _changed(v, data) if k == place else v for k, v in value.items()}
    if isinstance(value, float) and not math.isnan(value):
        return -value
    return [value]
