"""What round trips of frames do not show of their indexes; see test_frames for the kinds."""

import numpy as np
import pandas as pd
import pytest

from workbench.store.codecs import CannotRestore, dump, load, same
from workbench.store.codecs.npy import npy

HOLIDAY = pd.offsets.CustomBusinessDay(holidays=["2024-01-03"])
DAYS = ["2024-01-01", "2024-01-02"]


@pytest.mark.parametrize("frequency", ["D", "h", "2min", "W-MON", "MS", "QE-FEB", "B", "bh"])
def test_a_frequency_comes_back(frequency, round_trip):
    index = pd.date_range("2024-01-01", periods=3, freq=frequency)
    assert round_trip(index).freq == index.freq


@pytest.mark.parametrize("frequency", [HOLIDAY, pd.DateOffset(days=1)])
def test_a_frequency_whose_name_does_not_say_all_is_refused(frequency, refusal):
    index = pd.date_range("2024-01-01", periods=2, freq=frequency)
    error = refusal({"at": pd.Series([1, 2], index=index)})
    assert error.path == 'value["at"].index.freq'
    assert "set the index's freq to None" in error.reason


def test_without_such_a_frequency_the_index_is_stored(round_trip):
    index = pd.date_range("2024-01-01", periods=2, freq=HOLIDAY)
    index.freq = None
    round_trip(index)


def test_frequencies_of_one_name_and_other_holidays_are_not_the_same():
    plain = pd.DatetimeIndex(DAYS, freq=pd.offsets.CustomBusinessDay())
    assert not same(plain, pd.DatetimeIndex(DAYS, freq=HOLIDAY))


def test_levels_that_are_not_used_and_missing_codes_come_back(round_trip):
    index = pd.MultiIndex(levels=[["a", "b"], ["x"]], codes=[[1, 1], [-1, 0]], names=["n", None])
    restored = round_trip(index)
    assert list(restored.levels[0]) == ["a", "b"]
    assert list(restored.codes[1]) == [-1, 0]


@pytest.mark.parametrize("code", [2, 100, -2])
def test_codes_out_of_range_are_a_miss_and_not_read(code):
    written = dump({"value": pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])}, namespace={})
    good, bad = npy(np.array([0, 1], "i1")), npy(np.array([0, code], "i1"))
    assert good in written.body
    with pytest.raises(CannotRestore):
        load(written.body.replace(good, bad), namespace={})
