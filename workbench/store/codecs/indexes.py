"""Pandas indexes of every kind, with names and frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from workbench.store.codecs.arrays import same_bits
from workbench.store.codecs.body import Node
from workbench.store.codecs.columns import (
    Columns,
    decode_column,
    differ_columns,
    read_columns,
    values_of,
)
from workbench.store.codecs.containers import decode_items, encode_items
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add
from workbench.store.codecs.npy import from_npy, npy
from workbench.store.codecs.refusals import NoCodec, name_of

_KINDS = (
    pd.Index,
    pd.RangeIndex,
    pd.MultiIndex,
    pd.CategoricalIndex,
    pd.DatetimeIndex,
    pd.IntervalIndex,
    pd.PeriodIndex,
    pd.TimedeltaIndex,
)
_STEADY = (pd.DatetimeIndex, pd.TimedeltaIndex)
"""Indexes that may have a frequency of their own; a period's is in its dtype."""


def _encode_index(writer: Writer, index: Any) -> list[Node]:
    names = encode_items(writer, list(index.names))
    if isinstance(index, pd.RangeIndex):
        return ["range", names, index.start, index.stop, index.step]
    if isinstance(index, pd.MultiIndex):
        return ["multi", names, *_encode_multi(writer, index)]
    columns = Columns(writer)
    node = columns.encode(values_of(index))
    return ["plain", names, columns.finish(), node, _frequency(index)]


def _encode_multi(writer: Writer, index: Any) -> list[Node]:
    levels = [writer.encode(level) for level in index.levels]
    codes = [_encode_codes(writer, np.asarray(codes)) for codes in index.codes]
    return [levels, codes, index.sortorder]


def _encode_codes(writer: Writer, codes: Any) -> bytes | int:
    writer.spend(codes.nbytes)
    return writer.binary(npy(codes))


def _frequency(index: Any) -> str | None:
    if not isinstance(index, _STEADY) or index.freq is None:
        return None
    if not _is_named(index.freq):
        reason = "holds more than its name says: set the index's freq to None"
        raise NoCodec(name_of(type(index.freq)), reason, ".freq")
    return index.freqstr


def _is_named(frequency: Any) -> bool:
    """Whether its name leads back to it: not with holidays or weekdays of its own."""
    try:
        return bool(to_offset(frequency.freqstr) == frequency)
    except ValueError:
        return False


def _make_index(reader: Reader, node: list[Node]) -> Any:
    how, names = node[1], decode_items(reader, node[2])
    if how == "range":
        start, stop, step = node[3:]
        return pd.RangeIndex(start, stop, step, name=names[0])
    if how == "multi":
        levels = decode_items(reader, node[3])
        codes: Any = [from_npy(reader.binary(part)) for part in node[4]]
        # codes out of range would end the process when read, so pandas checks them
        return pd.MultiIndex(levels, codes, node[5], names)
    values = decode_column(reader, node[4], read_columns(reader, node[3]))
    index: Any = pd.Index(values, dtype=values.dtype, name=names[0])
    if node[5] is not None:
        index.freq = node[5]
    return index


def _differ_indexes(inner: Inner, a: Any, b: Any) -> str | None:
    if len(a) != len(b) or inner(list(a.names), list(b.names)) is not None:
        return ".names"
    if isinstance(a, pd.RangeIndex):
        return None if (a.start, a.stop, a.step) == (b.start, b.stop, b.step) else ""
    if isinstance(a, pd.MultiIndex):
        return _differ_multi(inner, a, b)
    if isinstance(a, _STEADY) and a.freq != b.freq:
        return ".freq"
    return differ_columns(inner, values_of(a), values_of(b))


def _differ_multi(inner: Inner, a: Any, b: Any) -> str | None:
    if a.sortorder != b.sortorder or a.nlevels != b.nlevels:
        return ""
    for i, (left, right) in enumerate(zip(a.levels, b.levels, strict=True)):
        found = inner(left, right)
        if found is not None:
            return f".levels[{i}]{found}"
    pairs = zip(a.codes, b.codes, strict=True)
    codes = all(same_bits(np.asarray(left), np.asarray(right)) for left, right in pairs)
    return None if codes else ".codes"


add(Codec("pandas.index", _encode_index, _make_index, _differ_indexes, kept=False), *_KINDS)
