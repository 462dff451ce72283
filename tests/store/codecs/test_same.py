import math
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from workbench.store.codecs import same


@dataclass
class Point:
    x: float


def shared():
    part = []
    return [part, part]


DIFFERENT = [
    (1, True),
    (1, 1.0),
    (0.0, -0.0),
    (None, False),
    ("1", 1),
    (b"a", bytearray(b"a")),
    ([1], (1,)),
    ([1, 2], [1]),
    ([1], [True]),
    ([0.0], [-0.0]),
    ([math.nan], [0.0]),
    ([1, 0.0], [1, -0.0]),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ({"a": 1}, {"a": True}),
    ({1: "x"}, {True: "x"}),
    ({"a": 1}, OrderedDict(a=1)),
    ({1}, {True}),
    ({1}, {1, 2}),
    ({math.nan}, {1.0}),
    ({math.nan, 1}, {1, (math.nan,)}),
    ({1}, frozenset({1})),
    (shared(), [[], []]),
    ([[], []], shared()),
    (deque([1]), deque([1], maxlen=2)),
    (Decimal("1.0"), Decimal("1.00")),
    (
        datetime(2024, 1, 1, 12, tzinfo=UTC),
        datetime(2024, 1, 1, 13, tzinfo=timezone(timedelta(hours=1))),
    ),
    (Point(1), Point(1.0)),
    (complex(0, 0.0), complex(0, -0.0)),
    (np.float64(1), 1.0),
    (np.int32(1), np.int64(1)),
    (np.array([1]), np.array([1.0])),
    (np.array([0.0]), np.array([-0.0])),
    (np.array([1, 2]), np.array([[1, 2]])),
    (np.array([1], dtype=object), np.array([1.0], dtype=object)),
    (np.array([(1, 2)], dtype="i4,i4"), np.array([(1, 3)], dtype="i4,i4")),
    (pd.Series([1]), pd.Series([1], name="x")),
    (pd.Series([1]), pd.Series([1], index=[5])),
    (pd.Series(["a"]), pd.Series(["a"], dtype=object)),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]})),
    (pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1.0]})),
    (pd.RangeIndex(2), pd.Index([0, 1])),
    (pd.Categorical(["a"], ["a", "b"]), 1),
    (pd.Series(pd.Categorical(["a"], ["a", "b"])), pd.Series(pd.Categorical(["a"], ["b", "a"]))),
    (pd.Timestamp("2024"), pd.Timestamp("2024").as_unit("ns")),
    (pd.NA, pd.NaT),
    (object(), object()),
]


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_what_differs_in_any_way_is_not_the_same(a, b):
    assert not same(a, b)
    assert not same([a], [b])
    assert same(a, a)


def test_nan_is_the_same_as_nan():
    assert same([float("nan"), {"x": float("nan")}], [float("nan"), {"x": float("nan")}])
    assert same({float("nan")}, {float("nan")})


def test_sets_are_compared_without_order():
    assert same(set(range(1000)), set(reversed(range(1000))))


def test_cycles_of_equal_shape_are_the_same():
    a, b = [1], [1]
    a.append(a)
    b.append(b)
    assert same(a, b)
    assert not same(a, [1, [1, a]])
