import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath
from uuid import UUID, uuid1
from zoneinfo import ZoneInfo

import pytest

BERLIN = ZoneInfo("Europe/Berlin")

EXACT = [
    date(2024, 2, 29),
    date.min,
    datetime(2024, 2, 29, 12, 30, 1, 5),
    datetime.max,
    datetime(2024, 1, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1),
    datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1), "CET")),
    time(1, 2, 3, 4),
    time(1, tzinfo=UTC, fold=1),
    timedelta(days=-1, microseconds=1),
    timedelta.max,
    UTC,
    timezone(timedelta(hours=-3)),
    timezone(timedelta(0), "Zulu"),
    BERLIN,
    Decimal("1.10"),
    Decimal("-0"),
    Decimal("sNaN123"),
    Decimal("-Infinity"),
    Decimal("1E+999999"),
    Fraction(-1, 3),
    Fraction(10**40, 3),
    UUID(int=5),
    uuid1(),
    Path("a/b"),
    Path("/"),
    Path(),
    PurePosixPath("x\udcff"),
    PureWindowsPath("C:\\x"),
    re.compile(r"(?i)a+", re.MULTILINE),
    re.compile(rb"a\xff", re.DOTALL),
]


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_a_standard_value_comes_back_exactly(value, round_trip):
    round_trip([value, {"key": value}])


def test_fold_and_trailing_zeros_survive(round_trip):
    assert round_trip(datetime(2024, 10, 27, 2, 30, tzinfo=BERLIN, fold=1)).fold == 1
    assert str(round_trip(Decimal("1.10"))) == "1.10"


def test_a_zone_of_an_unknown_class_is_refused_where_it_is(refusal):
    class Odd(tzinfo):
        pass

    error = refusal({"at": [datetime(2024, 1, 1, tzinfo=Odd())]})
    assert error.path == 'value["at"][0].tzinfo'


def test_a_zone_read_from_a_file_is_refused(refusal, tmp_path):
    import importlib.resources

    source = importlib.resources.files("tzdata.zoneinfo").joinpath("UTC")
    with source.open("rb") as file:
        assert "has no key" in refusal(ZoneInfo.from_file(file)).reason


def test_a_pattern_that_prints_while_it_compiles_is_refused(refusal, capsys):
    assert refusal(re.compile("a", re.DEBUG)).path == "value"
