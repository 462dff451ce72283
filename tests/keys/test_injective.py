"""Encodings of values that differ in the least differ too, and none can be read as another's."""

from __future__ import annotations

import copy
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_code import TestSources
from test_canonical import typed

from workbench.keys import canonical, encoder, mentions, wire
from workbench.keys.canonical import digest

SOURCES = TestSources()


class Text(str):
    """A str of the user's, equal to a plain one."""


Text.__module__ = "__main__"
CONSTANTS = [
    None,
    True,
    False,
    0,
    1,
    2**63,
    2**64,
    -1,
    0.0,
    -0.0,
    1.0,
    "",
    "a",
    "aa",
    "1",
    b"",
    b"a",
]
LEAVES = st.sampled_from(CONSTANTS)
# few leaves and lengths about the border where blocks begin, so that near twins are drawn
LISTS = st.lists(LEAVES, min_size=6, max_size=9) | st.lists(LEAVES, max_size=2)
NESTED = st.recursive(
    LEAVES | LISTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(inner, max_size=9).map(tuple)
        | st.dictionaries(LEAVES, inner, max_size=3) | st.dictionaries(LEAVES, LEAVES, max_size=9)
        | st.frozensets(LEAVES, max_size=3)
    ),
    max_leaves=12,
)  # fmt: skip


def of(value, note=None):
    return digest(value, SOURCES, note=note)


def encoding(value):
    return b"".join(canonical._encoded(copy.deepcopy(value), SOURCES, "value", None).parts)


@settings(deadline=None, max_examples=200)
@given(st.lists(NESTED, min_size=2, max_size=30))
def test_as_many_encodings_as_values(values):
    assert len(set(map(encoding, values))) == len(set(map(typed, values)))


@settings(deadline=None, max_examples=200)
@given(NESTED, NESTED)
def test_no_encoding_begins_another(left, right):
    """So that values in a row, whose number stands before, can be taken apart in one way only."""
    one, other = encoding(left), encoding(right)
    assert one == other or not one.startswith(other)


@settings(deadline=None)
@given(st.lists(LEAVES, min_size=8, max_size=40), st.integers(0, 39), LEAVES)
def test_one_changed_cell_of_many_counts_wherever_it_lies(cells, at, other):
    at %= len(cells)
    changed = [*cells[:at], other, *cells[at + 1 :]]
    same = typed(cells) == typed(changed)
    for make in (list, tuple, objects, column, lambda v: dict(enumerate(v))):
        assert (of(make(cells)) == of(make(changed))) == same


def objects(cells):
    made = np.empty(len(cells), object)
    made[:] = cells
    return made


def column(cells):
    return pd.Series(objects(cells), dtype=object)


@pytest.mark.parametrize("make", [list, tuple, objects, column])
def test_a_text_of_the_users_among_many_plain_ones_counts(make):
    plain = ["a"] * 20
    assert (
        len(
            {
                of(make(plain)),
                of(make([*plain[1:], Text("a")])),
                of(make([*plain[1:], np.str_("a")])),
            }
        )
        == 3
    )


def test_an_enum_that_is_a_text_is_no_text():
    import enum

    class Kind(str, enum.Enum):
        A = "a"

    assert of(["a"] * 20) != of([Kind.A] * 20)
    assert of({"k": "a"}) != of({"k": Kind.A})


@given(st.lists(st.text(max_size=4) | st.none(), min_size=8, max_size=30))
def test_a_column_of_texts_counts_by_type_and_storage(cells):
    kinds = [object, "str", pd.StringDtype("python"), pd.StringDtype("pyarrow")]
    made = [of(pd.Series(cells, dtype=kind)) for kind in kinds]
    assert len(set(made)) == 4
    assert made == [of(pd.Series(list(cells), dtype=kind)) for kind in kinds]
    changed = [*cells[:-1], (cells[-1] or "") + "x"]
    assert not set(made) & {of(pd.Series(changed, dtype=kind)) for kind in kinds}


def test_with_blocks_that_forget_types_texts_would_collide(monkeypatch):
    """Negative control: what the pairs above find if the block took any type."""

    monkeypatch.setattr(encoder, "_CONSTANTS", encoder._CONSTANTS | {Text})
    monkeypatch.setattr(wire, "packed", lambda values: str(values).encode())
    assert of(["a"] * 20) == of([Text("a")] * 20)


# What is told of many texts


def told(value):
    notes = []
    of(value, note=notes.append)
    return notes


MANY = [f"name {n}" for n in range(mentions.ALL_OF + 5_000)]
PATHS = ["docs/a", "b.txt", "c\\d", "e/"]


@pytest.mark.parametrize(
    "make",
    [
        list, tuple, column, np.array, pa.array, lambda v: pd.Series(v, dtype="str"),
        lambda v: pd.Series(v, dtype=pd.StringDtype("python")), dict.fromkeys,
        lambda v: dict(enumerate(v)), lambda v: pa.chunked_array([v[:7], v[7:]]),
    ],
)  # fmt: skip
def test_of_many_texts_those_that_look_like_paths_are_told(make):
    texts = [*MANY[:9000], *PATHS, *MANY[9000:], "a sentence.", "two\nlines/x"]
    assert [text for text in told(make(texts)) if isinstance(text, str)] == PATHS
    assert told(make(MANY)) == []


@pytest.mark.parametrize("make", [list, column, pa.array, lambda v: pd.Series(v, dtype="str")])
def test_of_few_distinct_texts_each_is_told_however_many_cells_hold_it(make):
    assert sorted(told(make(["train", "test"] * 20_000))) == ["test", "train"]


def test_each_text_of_many_records_is_told():
    rows = [{"id": n, "file": f"{n % 100}"} for n in range(1000)]
    assert set(told(rows)) == {"id", "file", *map(str, range(100))}


def test_a_million_texts_take_no_longer_to_tell_than_to_digest():
    """Ten times over, so that a busy machine does not fail it."""
    texts = [f"name {n}" for n in range(200_000)]

    def seconds(note):
        began = time.perf_counter()
        of(texts, note)
        return time.perf_counter() - began

    plain = min(seconds(None) for _ in range(5))
    noted = min(seconds(lambda text: None) for _ in range(5))
    assert noted < 10 * plain
