"""Blobs that were damaged: a value or CannotRestore, and the process lives on to read it."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.store.codecs import CannotRestore, dump, load

LISTS = pa.array([[1], None, [2, 3]], pa.list_(pa.int64()))
VALUES = {
    "texts": pd.Series(["abc", "größe", None] * 300),
    "lists": pd.Series(LISTS, dtype=pd.ArrowDtype(LISTS.type)),
    "table": pa.table(
        {"s": ["x", "yy"] * 300, "d": pa.array(["p", "q"] * 300).dictionary_encode()}
    ),
    "categories": pd.Series(pd.Categorical(["a", "b", None])),
    "levels": pd.Series([1, 2], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
    "zoned": pd.Series(pd.to_datetime(["2024-01-01", None]).tz_localize("Europe/Berlin")),
    "numbers": np.arange(2000),
    "views": (lambda array: [array, array[2:]])(np.arange(1000.0)),
    "objects": np.array([1, "x", [2]], dtype=object),
}
WRITTEN = {name: dump({"value": value}, namespace={}) for name, value in VALUES.items()}


def look_at(value):
    """Read every cell, which ends the process where offsets or codes lead out of their memory."""
    try:
        str(value.to_pylist() if isinstance(value, pa.Table) else value)
        value.to_dict() if isinstance(value, pd.Series) else None
    except (ValueError, TypeError, ArithmeticError, KeyError, AttributeError, NotImplementedError):
        pass


def load_damaged(parts):
    try:
        restored = load(bytes(parts[0]), [bytes(blob) for blob in parts[1:]], namespace={})
    except CannotRestore:
        return
    for value in restored.values():
        look_at(value)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", VALUES)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damaged_bytes_are_a_miss_or_a_value_that_can_be_read(name, data):
    parts = [bytearray(part) for part in (WRITTEN[name].body, *WRITTEN[name].blobs)]
    part = parts[data.draw(st.integers(0, len(parts) - 1))]
    for _ in range(data.draw(st.integers(1, 4))):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(st.integers(0, 255))
    load_damaged(parts)


@pytest.mark.parametrize("name", VALUES)
def test_a_body_or_blob_cut_short_anywhere_is_a_miss(name):
    written = WRITTEN[name]
    for end in range(0, len(written.body), 7):
        with pytest.raises(CannotRestore):
            load(written.body[:end], written.blobs, namespace={})
    for i, blob in enumerate(written.blobs):
        for end in range(0, len(blob) - 8, len(blob) // 20 + 1):  # Arrow's end mark may be absent
            blobs = [*written.blobs[:i], blob[:end], *written.blobs[i + 1 :]]
            with pytest.raises(CannotRestore):
                load(written.body, blobs, namespace={})


@pytest.mark.parametrize(
    "offsets", [[0, 10**6, 4, 7], [0, -5, 4, 7], [7, 4, 2, 7], [0, 2, 4, 10**6]]
)
def test_offsets_that_lead_out_of_their_text_are_a_miss(offsets):
    good, bad = (np.array(numbers, "<i4").tobytes() for numbers in ([0, 2, 4, 7], offsets))
    written = dump({"value": pa.table({"s": ["ab", "cd", "efg"]})}, namespace={})
    assert written.body.count(good) == 1
    with pytest.raises(CannotRestore):
        load(written.body.replace(good, bad), namespace={})


def test_texts_that_are_no_texts_are_a_miss():
    good = pa.table({"s": ["abcd"]})
    written = dump({"value": good}, namespace={})
    assert written.body.count(b"abcd") == 1
    with pytest.raises(CannotRestore):
        load(written.body.replace(b"abcd", b"ab\xffd"), namespace={})
