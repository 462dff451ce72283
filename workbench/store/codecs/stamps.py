"""Pandas scalars: timestamps, durations, periods, intervals, and what is missing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add
from workbench.store.codecs.references import same_object


def _ticks(value: Any) -> int:
    return int(value.asm8.view("i8"))


def _encode_timestamp(writer: Writer, value: pd.Timestamp) -> list[Node]:
    return [_ticks(value), value.unit, writer.encode(value.tzinfo)]


def _make_timestamp(reader: Reader, node: list[Node]) -> Any:
    naive = pd.Timestamp(np.datetime64(node[1], node[2]))
    zone = reader.decode(node[3])
    return naive if zone is None else naive.tz_localize("UTC").tz_convert(zone)


def _differ_timestamps(inner: Inner, a: pd.Timestamp, b: pd.Timestamp) -> str | None:
    if (_ticks(a), a.unit, a.fold) != (_ticks(b), b.unit, b.fold):
        return ""
    return None if inner(a.tzinfo, b.tzinfo) is None else ".tzinfo"


def _differ_timedeltas(_inner: Inner, a: pd.Timedelta, b: pd.Timedelta) -> str | None:
    return None if (_ticks(a), a.unit) == (_ticks(b), b.unit) else ""


def _differ_periods(_inner: Inner, a: pd.Period, b: pd.Period) -> str | None:
    return None if (a.ordinal, a.freqstr) == (b.ordinal, b.freqstr) else ""


def _encode_interval(writer: Writer, value: Any) -> list[Node]:
    return [writer.encode(value.left), writer.encode(value.right), value.closed]


def _make_interval(reader: Reader, node: list[Node]) -> Any:
    left, right = map(reader.decode, node[1:3])
    return pd.Interval(left, right, closed=node[3])


def _differ_intervals(inner: Inner, a: Any, b: Any) -> str | None:
    if a.closed != b.closed:
        return ".closed"
    found = inner(a.left, b.left)
    return found if found is not None else inner(a.right, b.right)


def _add_missing(tag: str, value: object) -> None:
    add(
        Codec(
            tag=tag,
            encode=lambda _writer, _value: [],
            make=lambda _reader, _node: value,
            differ=same_object,
            kept=False,
        ),
        type(value),
    )


_add_missing("pandas.na", pd.NA)
_add_missing("pandas.nat", pd.NaT)
add(
    Codec(
        tag="pandas.timestamp",
        encode=_encode_timestamp,
        make=_make_timestamp,
        differ=_differ_timestamps,
        kept=False,
    ),
    pd.Timestamp,
)
add(
    Codec(
        tag="pandas.timedelta",
        encode=lambda _writer, value: [_ticks(value), value.unit],
        make=lambda _reader, node: pd.Timedelta(np.timedelta64(node[1], node[2])),
        differ=_differ_timedeltas,
        kept=False,
    ),
    pd.Timedelta,
)
add(
    Codec(
        tag="pandas.period",
        encode=lambda _writer, value: [value.ordinal, value.freqstr],
        make=lambda _reader, node: pd.Period(ordinal=node[1], freq=node[2]),
        differ=_differ_periods,
        kept=False,
    ),
    pd.Period,
)
add(
    Codec(
        tag="pandas.interval",
        encode=_encode_interval,
        make=_make_interval,
        differ=_differ_intervals,
        kept=False,
    ),
    pd.Interval,
)
