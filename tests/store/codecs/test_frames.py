import decimal
from datetime import UTC, date, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from workbench.store.codecs import dump, load

BERLIN = ZoneInfo("Europe/Berlin")
OBJECTS = [
    {"a": 1},
    [1, 2],
    None,
    (1,),
    "x",
    1.5,
    {1},
    np.nan,
    pd.NA,
    pd.NaT,
    b"x",
    date(2024, 1, 1),
]


def marked():
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["source"] = {"files": ["x.csv"]}
    frame.flags.allows_duplicate_labels = False
    frame.columns.name = "field"
    frame.index.name = "row"
    return frame


def series(values, dtype):
    return pd.Series(pd.array(values, dtype=dtype))


COLUMNS = [
    pd.Series([1, 2]),
    pd.Series([1.5, np.nan, -0.0]),
    pd.Series([True, False]),
    pd.Series([], dtype="float32"),
    pd.Series([1], dtype="float16"),
    pd.Series([2**63], dtype="uint64"),
    pd.Series([1 + 2j]),
    pd.Series(np.array([1], dtype=">i4")),
    pd.Series(["x", None, "größe"]),
    pd.Series(["x", None], dtype=object),
    pd.Series(["x", np.nan], dtype=object),
    pd.Series(OBJECTS, dtype=object),
    pd.Series(
        [pd.Timestamp("2024", tz=BERLIN), pd.Timedelta("1s"), pd.Period("2024", "Q")], dtype=object
    ),
    pd.Series([decimal.Decimal("1.20")], dtype=object),
    pd.Series(pd.to_datetime(["2024-01-01", None])),
    *(
        pd.Series(pd.to_datetime(["2024-01-01", None])).dt.as_unit(unit)
        for unit in ("s", "ms", "us", "ns")
    ),
    pd.Series(pd.to_datetime(["2024-10-27T00:30Z", "2024-10-27T01:30Z"])).dt.tz_convert(BERLIN),
    pd.Series(pd.to_datetime(["2024-01-01"])).dt.tz_localize(UTC),
    pd.Series(pd.to_datetime(["2024-01-01"])).dt.tz_localize(timezone(timedelta(hours=2))),
    pd.Series(pd.to_timedelta([1, None], unit="s")),
    pd.Series(pd.period_range("2024", periods=2, freq="M")),
    pd.Series(pd.interval_range(0, 3, closed="left")),
    pd.Series(pd.interval_range(0.5, 3)),
    *(series([1, None], kind) for kind in ("Int8", "Int64", "UInt32", "Float32", "Float64")),
    series([True, None], "boolean"),
    series(["x", None], "string"),
    series(["x", None], pd.StringDtype("python")),
    series(["x", None], pd.StringDtype("python", na_value=np.nan)),
    series(["x", None], pd.StringDtype("pyarrow", na_value=np.nan)),
    series([1, None], "int32[pyarrow]"),
    series([[1], None], pd.ArrowDtype(pa.list_(pa.int64()))),
    series([decimal.Decimal("1.2")], pd.ArrowDtype(pa.decimal128(5, 2))),
    pd.Series(pd.Categorical(["b", "a", None], ["b", "a", "z"])),
    pd.Series(pd.Categorical(["b", "a"], ["b", "a"], ordered=True)),
    pd.Series(pd.Categorical([2, None], [1, 2])),
    pd.Series(pd.Categorical(pd.to_datetime(["2024"]).tz_localize(BERLIN))),
    pd.Series(pd.Categorical([], [])),
]

FRAMES = [
    pd.DataFrame(),
    pd.DataFrame(index=[1, 2, 3]),
    pd.DataFrame(columns=["a", "b"]),
    pd.DataFrame({"a": []}),
    pd.DataFrame({"a": [1, 2], "b": [1.5, np.nan], "c": ["x", None], "d": [True, False]}),
    pd.DataFrame([[1, "x"], [2, "y"]], columns=["a", "a"]),
    pd.DataFrame({1: [1], ("x", 2): [2], None: [3], 1.5: [4]}),
    pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
    pd.DataFrame({"a": [1, 2]}, index=["x", "x"]),
    pd.DataFrame({"a": [1, 2]}, index=pd.date_range("2024", periods=2, name="day")),
    pd.DataFrame({"a": range(10)}).iloc[2:8:3],
    pd.DataFrame({"text": ["x" * 100] * 100}).head(3),
    pd.DataFrame(np.zeros((3, 2))),
    marked(),
]

INDEXES = [
    pd.RangeIndex(1, 9, 2, name="n"),
    pd.Index([1, 2], name=("a", 1)),
    pd.Index(["a", None]),
    pd.Index(["a", 1, None], dtype=object),
    pd.Index([True, False]),
    pd.Index([1, None], dtype="Int64"),
    pd.date_range("2024", periods=3, freq="D", tz=BERLIN),
    pd.date_range("2024", periods=3, freq="2h"),
    pd.DatetimeIndex(["2024-01-01", "2024-01-05"]),
    pd.timedelta_range("1s", periods=3, freq="s"),
    pd.period_range("2024", periods=2, freq="Q"),
    pd.interval_range(0, 2),
    pd.CategoricalIndex(["a", "b"], ordered=True),
    pd.MultiIndex.from_product([["b", "a"], [1, 2]], names=["k", None]),
    pd.MultiIndex.from_product([["b", "a"], [1, 2]])[:1],
    pd.MultiIndex.from_arrays([pd.date_range("2024", periods=2, freq="D"), [1, None]]),
]

STAMPS = [
    pd.Timestamp("2024-01-01"),
    pd.Timestamp("2024-01-01 00:00:00.123456789"),
    pd.Timestamp("2024-10-27T01:30Z").tz_convert(BERLIN),
    pd.Timestamp("9999-01-01").as_unit("s"),
    pd.Timedelta("1 days 00:00:00.000000001"),
    pd.Timedelta(5, unit="s").as_unit("s"),
    pd.Period("2024-02", "M"),
    pd.Interval(0, 1.5, closed="both"),
    pd.Interval(pd.Timestamp("2024"), pd.Timestamp("2025")),
    pd.NA,
    pd.NaT,
]


@pytest.mark.parametrize("value", COLUMNS, ids=lambda value: str(value.dtype))
def test_a_column_comes_back_exactly_and_can_be_changed(value, round_trip):
    restored = round_trip(value)
    pd.testing.assert_series_equal(restored, value)
    frame = round_trip(pd.DataFrame({"left": value, "right": value}))
    for holder in (restored, frame["left"]):
        for i in range(len(holder)):
            holder.iloc[i] = holder.iloc[-1]


@pytest.mark.parametrize("value", FRAMES, ids=lambda value: str(value.shape))
def test_a_frame_comes_back_exactly(value, round_trip):
    restored = round_trip(value)
    pd.testing.assert_frame_equal(restored, value)
    assert restored.attrs == value.attrs
    assert restored.flags.allows_duplicate_labels == value.flags.allows_duplicate_labels


def test_every_cell_of_a_restored_frame_can_be_changed(round_trip):
    restored = round_trip(
        pd.DataFrame({"a": [1, 2], "b": [1.5, 2], "c": [True, False], "d": ["x", "y"]})
    )
    restored.loc[0] = restored.loc[1]
    restored["a"] += 1
    restored["new"] = 1
    assert list(restored["a"]) == [3, 3]


@pytest.mark.parametrize("value", INDEXES, ids=lambda value: type(value).__name__)
def test_an_index_comes_back_exactly(value, round_trip):
    for holder in (value, pd.Series(range(len(value)), index=value)):
        round_trip(holder)
    pd.testing.assert_index_equal(round_trip(value), value)
    assert getattr(round_trip(value), "freq", None) == getattr(value, "freq", None)


@pytest.mark.parametrize("value", STAMPS, ids=str)
def test_a_pandas_scalar_comes_back_exactly(value, round_trip):
    round_trip([value, {"x": value}])


def test_the_first_of_two_equal_hours_is_told_from_the_second(round_trip):
    first = pd.Timestamp("2024-10-27T00:30Z").tz_convert(BERLIN)
    second = pd.Timestamp("2024-10-27T01:30Z").tz_convert(BERLIN)
    assert [x.fold for x in round_trip([first, second])] == [0, 1]


def test_one_frame_under_two_names_comes_back_as_one():
    frame = pd.DataFrame({"a": [1]})
    restored = load(dump({"x": frame, "y": [frame]}, namespace={}).body, namespace={})
    assert restored["x"] is restored["y"][0]


def test_cells_shared_with_other_values_stay_shared():
    part = [1]
    frame = pd.DataFrame({"a": pd.Series([part, part], dtype=object)})
    restored = load(dump({"f": frame, "p": part}, namespace={}).body, namespace={})
    assert restored["f"]["a"][0] is restored["f"]["a"][1] is restored["p"]


def test_a_frame_beside_its_own_index_and_columns_is_stored(round_trip):
    frame = pd.DataFrame({"a": [1]}, index=["x"])
    round_trip([frame, frame.index, frame.columns, frame["a"]])


def test_a_large_frame_is_an_arrow_file_with_its_column_names():
    frame = pd.DataFrame({"number": range(5000), "text": ["x"] * 5000})
    written = dump({"frame": frame}, namespace={})
    table = pa.ipc.open_stream(written.blobs[0]).read_all()
    assert table.column_names == ["number", "text"]
    assert table["number"].to_pylist() == list(range(5000))


class Special(pd.DataFrame):
    pass


def looped():
    frame = pd.DataFrame({"a": pd.Series([[]], dtype=object)})
    frame["a"][0].append(frame)
    return frame


@pytest.mark.parametrize(
    ("value", "path", "reason"),
    [
        (pd.DataFrame({"a": [1], "b": pd.Series([object()])}), 'value["b"][0]', "ordinary object"),
        (pd.DataFrame({"a": pd.arrays.SparseArray([0, 1])}), 'value["a"]', "no exact form"),
        (
            pd.DataFrame({"a": pd.array(["\ud800"], dtype=pd.StringDtype("python"))}),
            'value["a"]',
            "cannot go through Arrow",
        ),
        (pd.Series([1, (x for x in ())], dtype=object), "value[1]", "only once"),
        (pd.Series([1], index=[object()]), "value.index[0]", "ordinary object"),
        (pd.Index([object()]), "value[0]", "ordinary object"),
        (Special({"a": [1]}), "value", "subclass of pandas.DataFrame"),
        (pd.array([1]), "value", "keep pandas.Series"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "value", "ordinary object"),
        (pd.Series(pd.Categorical([object()])), "value[0]", "ordinary object"),
    ],
)
def test_a_frame_that_would_not_come_back_equal_is_refused(value, path, reason, refusal):
    error = refusal(value)
    assert error.path == path
    assert reason in error.reason


def test_attributes_without_a_codec_are_refused(refusal):
    frame = pd.DataFrame({"a": [1]})
    frame.attrs["client"] = object()
    assert refusal([frame]).path == 'value[0].attrs["client"]'


def test_a_frame_that_holds_itself_comes_back_holding_itself(round_trip):
    restored = round_trip({"x": looped()})["x"]
    assert restored["a"][0][0] is restored


def test_a_frame_over_the_cap_is_refused(refusal):
    error = refusal(pd.DataFrame({"a": range(10_000)}), max_bytes=10_000)
    assert "over the cap" in error.reason
