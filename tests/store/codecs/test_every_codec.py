"""Every codec gives back what generated values it was given, nested and beside aliases of them."""

from __future__ import annotations

import collections
import dataclasses
import enum
import importlib
import json
import pkgutil
import re
import string
import types
import zoneinfo
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Literal, NamedTuple, Optional

import numpy as np
import pandas as pd
import pyarrow as pa
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.store import codecs
from workbench.store.codecs import dump, load, same
from workbench.store.codecs.document import _by_tag

for module in pkgutil.iter_modules(codecs.__path__):
    importlib.import_module(f"{codecs.__name__}.{module.name}")


@dataclasses.dataclass
class Point:
    x: Any
    y: Any = None


class Colour(enum.Enum):
    RED = 1
    BLUE = "blue"


class Pair(NamedTuple):
    left: Any
    right: Any


class Mail(pydantic.BaseModel):
    sender: str
    size: int | None = None


for _kind in (Point, Colour, Pair, Mail):
    _kind.__module__ = "__main__"
NAMESPACE = {kind.__name__: kind for kind in (Point, Colour, Pair, Mail)} | {
    "__name__": "__main__",
    "json": json,
}

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=8)
TEXT = st.text(max_size=8)
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT
ITEMS = st.lists(LEAF, max_size=4)
HASHABLE = st.integers() | st.text(max_size=3) | st.tuples(st.booleans(), st.text(max_size=2))
DAYS = st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")).map(
    lambda day: day.replace(fold=0)  # a fold outside a zone is refused
)
NUMPY = st.sampled_from(
    ["?", "i1", "u2", "<i4", ">i4", "i8", "f4", "f8", "c16", "U3", "S2", "M8[s]", "m8[us]"]
)


def array(kind, numbers, shape):
    made = np.resize(np.frombuffer(bytes(numbers) or b"\0", "u1").astype("i8"), shape)
    if np.dtype(kind).kind == "U":
        return made.astype("i4").astype(kind)
    return made.astype(kind)


ARRAYS = st.builds(
    array, NUMPY, st.lists(st.integers(0, 255), max_size=9),
    st.lists(st.integers(0, 3), max_size=3).map(tuple),
)  # fmt: skip


@st.composite
def columns(draw, rows):
    kind = draw(
        st.sampled_from(["int", "float", "bool", "object", "str", "Int64", "day", "category"])
    )
    cell = {
        "int": st.integers(-(2**63), 2**63 - 1), "float": st.floats(), "bool": st.booleans(),
        "object": LEAF, "str": st.none() | TEXT, "Int64": st.none() | st.integers(-99, 99),
        "day": DAYS, "category": st.sampled_from("abc"),
    }[kind]  # fmt: skip
    cells = draw(st.lists(cell, min_size=rows, max_size=rows))
    dtype = {"int": "int64", "float": "float64", "day": "datetime64[us]"}.get(kind, kind)
    return pd.Series(cells, dtype=dtype)


@st.composite
def frames(draw):
    rows = draw(st.integers(0, 4))
    names = draw(st.lists(st.text(string.ascii_letters, max_size=3), max_size=3, unique=True))
    return pd.DataFrame({name: draw(columns(rows)) for name in names}, index=range(rows))


TABLES = st.lists(st.none() | TEXT, max_size=4).flatmap(
    lambda cells: st.lists(
        st.none() | st.integers(-9, 9), min_size=len(cells), max_size=len(cells)
    ).map(
        lambda other: pa.table(
            {"t": pa.array(cells, pa.string()), "n": pa.array(other, pa.int64())}
        )
    )
)

VALUES = {
    "bytearray": st.binary(max_size=9).map(bytearray),
    "bytes": st.binary(min_size=1, max_size=9).map(lambda data: data * 2000),  # short ones need no codec
    "complex": st.complex_numbers(),
    "counter": st.dictionaries(st.text(max_size=3), st.integers(-9, 9)).map(collections.Counter),
    "dataclass": st.builds(Point, LEAF, ITEMS),
    "datetime.date": st.dates(),
    "datetime.datetime": st.datetimes(timezones=st.none() | st.timezones()),
    "datetime.time": st.times(),
    "datetime.timedelta": st.timedeltas(),
    "datetime.timezone": st.timedeltas(pd.Timedelta(-23, "h").to_pytimedelta(), pd.Timedelta(23, "h").to_pytimedelta()).map(__import__("datetime").timezone),
    "decimal": st.decimals().filter(lambda number: not number.is_snan()),
    "defaultdict": st.dictionaries(HASHABLE, LEAF, max_size=3).map(lambda d: collections.defaultdict(list, d)),
    "deque": st.builds(collections.deque, ITEMS, st.none() | st.integers(4, 9)),
    "dict": st.dictionaries(HASHABLE, LEAF, max_size=4),
    "ellipsis": st.just(...),
    "enum": st.sampled_from(list(Colour)),
    "fractions": st.fractions(),
    "frozenset": st.frozensets(HASHABLE, max_size=4),
    "hint": st.sampled_from([list[int], dict[str, list[float]], Optional[int], Literal["a", 1], int | str]),
    "int": st.integers(2**70, 2**90) | st.integers(-(2**90), -(2**70)),
    "list": ITEMS,
    "module": st.just(json),
    "named_tuple": st.builds(Pair, LEAF, ITEMS),
    "namespace": st.dictionaries(st.sampled_from("abc"), LEAF).map(lambda d: types.SimpleNamespace(**d)),
    "not_implemented": st.just(NotImplemented),
    "numpy.array": ARRAYS,
    "numpy.scalar": st.integers(-128, 127).map(np.int8) | st.floats().map(np.float64),
    "ordered_dict": st.dictionaries(HASHABLE, LEAF, max_size=3).map(collections.OrderedDict),
    "pandas.frame": frames(),
    "pandas.index": st.lists(st.integers(-9, 9), max_size=4).map(pd.Index) | st.lists(TEXT, max_size=3).map(lambda v: pd.Index(v, dtype="str")),
    "pandas.interval": st.builds(pd.Interval, st.integers(0, 4), st.integers(5, 9), st.sampled_from(["left", "right", "both", "neither"])),
    "pandas.na": st.just(pd.NA),
    "pandas.nat": st.just(pd.NaT),
    "pandas.period": DAYS.map(lambda day: pd.Period(day, "D")),
    "pandas.series": st.integers(0, 4).flatmap(columns),
    "pandas.timedelta": st.integers(-(2**50), 2**50).map(lambda n: pd.Timedelta(n, "us")),
    "pandas.timestamp": DAYS.map(pd.Timestamp),
    "pathlib": st.lists(st.text(string.ascii_letters, min_size=1), max_size=3).flatmap(lambda parts: st.sampled_from([PurePosixPath(*parts), PureWindowsPath(*parts)])),
    "pyarrow.table": TABLES,
    "pydantic": st.builds(Mail, sender=TEXT, size=st.none() | st.integers()),
    "range": st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.integers(1, 3)),
    "re.pattern": st.builds(re.compile, st.text(string.ascii_letters), st.sampled_from([0, re.I, re.M | re.S])),
    "set": st.sets(HASHABLE, max_size=4),
    "slice": st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none() | st.integers()),
    "str": ANY_TEXT.map(lambda text: text + "\ud800"),
    "tuple": ITEMS.map(tuple),
    "uuid": st.uuids(),
    "zoneinfo": st.sampled_from(["UTC", "Europe/London", "Asia/Tokyo"]).map(zoneinfo.ZoneInfo),
}  # fmt: skip
ELSEWHERE = {"reference"}  # a part of an earlier value: tests/store/codecs/test_references.py


def test_every_codec_has_values_generated_for_it():
    ours = {tag for tag in _by_tag if not tag.startswith("registered:")}
    assert ours - ELSEWHERE == VALUES.keys()


@pytest.mark.parametrize("tag", sorted(VALUES))
def test_what_a_codec_writes_it_reads(tag):
    met = set()

    @settings(deadline=None, max_examples=25)
    @given(VALUES[tag])
    def check(value):
        holder = {"alone": value, "nested": [(value, 1), {"again": value}]}
        written = dump(holder, namespace=NAMESPACE)
        met.update(re.findall(rb"[a-z_]+(?:\.[a-z_]+)?", bytes(written.body)))
        restored = load(written.body, written.blobs, namespace=NAMESPACE)
        assert same(holder["alone"], restored["alone"])
        assert same(holder["nested"], restored["nested"])
        assert type(restored["alone"]) is type(value)
        (first, _), again = restored["nested"]
        if _by_tag[tag].kept and tag != "bytes":  # of which only long ones are kept as one object
            assert first is again["again"] is restored["alone"]

    check()
    assert tag.encode() in met or tag in {"dict", "list", "str"}
