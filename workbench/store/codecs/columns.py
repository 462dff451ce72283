"""Columns of frames, series and indexes: through Arrow where that is exact, else cell by cell.

A node says how a column was written:

    numpy        a column of the Arrow table: numbers, booleans, times, durations
    npy          numbers that Arrow has not: complex, long double, other byte orders
    cells        objects, each through its own codec
    categorical  codes in the Arrow table, categories as an index
    zoned        times in UTC in the Arrow table, and their zone
    extension    a column of the Arrow table that the dtype itself reads: str, Int64, period...
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.store.codecs.arrays import same_bits
from workbench.store.codecs.body import Node
from workbench.store.codecs.containers import decode_items, encode_items
from workbench.store.codecs.document import Inner, Reader, Writer
from workbench.store.codecs.npy import check_dtype, from_npy, npy
from workbench.store.codecs.refusals import CannotRestore, NoCodec
from workbench.store.codecs.same import differ_sequences
from workbench.store.codecs.scalars import is_scalar
from workbench.store.codecs.tables import read_table, same_chunks, write_table

_ARROW_KINDS = "biufmM"
_WIDEST = 8
_MASKED = {"boolean", *(f"{kind}Int{bits}" for kind in ("", "U") for bits in (8, 16, 32, 64))}
_MASKED |= {"Float32", "Float64"}


def values_of(owner: pd.Series[Any] | pd.Index[Any]) -> Any:
    """The values of a series or an index: a numpy array, or an extension array."""
    return owner.to_numpy() if isinstance(owner.dtype, np.dtype) else owner.array


class Columns:
    """Writes the columns of one frame, series or index; those for Arrow go into one table."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._arrays: list[Any] = []
        self._names: list[str] = []

    def encode(self, values: Any, label: object = None) -> list[Node]:
        """The node of one column.

        Raises:
            NoCodec: its dtype has no exact form here, or one of its cells has no codec.

        """
        if isinstance(values.dtype, np.dtype):
            return self._encode_numpy(values, label)
        if isinstance(values.dtype, pd.CategoricalDtype):
            codes = self._add(pa.array(values.codes), label)
            categories = self._writer.encode(values.categories)
            return ["categorical", codes, categories, bool(values.ordered)]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            utc = values.tz_convert("UTC").tz_localize(None).to_numpy()
            zone = self._writer.encode(values.dtype.tz)
            return ["zoned", self._add(pa.array(utc), label), zone]
        dtype = _encode_dtype(values.dtype)
        return ["extension", self._add(_to_arrow(values), label), dtype]

    def _encode_numpy(self, values: Any, label: object) -> list[Node]:
        dtype = values.dtype
        if dtype.kind == "O":
            return ["cells", encode_items(self._writer, list(values))]
        if dtype.kind in _ARROW_KINDS and dtype.itemsize <= _WIDEST and dtype.isnative:
            return ["numpy", self._add(pa.array(values), label)]
        check_dtype(dtype)
        self._writer.spend(values.nbytes)
        return ["npy", self._writer.binary(npy(values))]

    def _add(self, array: Any, label: object) -> int:
        readable = type(label) is str and is_scalar(label)
        self._names.append(str(label) if readable else str(len(self._names)))
        self._arrays.append(array)
        return len(self._arrays) - 1

    def finish(self) -> Node:
        """The part that holds the Arrow table, None if no column went there."""
        if not self._arrays:
            return None
        return write_table(self._writer, pa.Table.from_arrays(self._arrays, names=self._names))


def _to_arrow(values: Any) -> Any:
    try:
        return pa.array(values)
    except (pa.ArrowException, UnicodeError, TypeError, ValueError) as error:
        reason = f"cannot go through Arrow ({error}): convert it with astype(object)"
        raise NoCodec(f"pandas column of {values.dtype}", reason) from error


def _encode_dtype(dtype: Any) -> list[Node]:
    if isinstance(dtype, pd.StringDtype):
        return ["string", dtype.storage, dtype.na_value is pd.NA]
    if isinstance(dtype, pd.ArrowDtype):
        return ["arrow"]
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype) or str(dtype) in _MASKED:
        return ["named", str(dtype)]
    raise NoCodec(f"pandas column of {dtype}", "has no exact form on disk: convert it with astype")


def _decode_dtype(node: list[Node], column: Any) -> Any:
    if node[0] == "string":
        return pd.StringDtype(node[1]) if node[2] else pd.StringDtype(node[1], na_value=np.nan)
    if node[0] == "arrow":
        return pd.ArrowDtype(column.type)
    return pd.api.types.pandas_dtype(node[1])


def read_columns(reader: Reader, part: Node) -> list[Any]:
    """The columns of the Arrow table that `Columns.finish` wrote."""
    return [] if part is None else read_table(reader, part).columns


def decode_column(reader: Reader, node: list[Node], columns: list[Any]) -> Any:
    """A column's values: a numpy array of its own, or an extension array."""
    how = node[0]
    if how == "cells":
        return _object_array(decode_items(reader, node[1]))
    if how == "npy":
        return from_npy(reader.binary(node[1]))
    column = columns[node[1]]
    if how == "extension":
        return _decode_dtype(node[2], column).__from_arrow__(column)
    values = np.array(column.to_numpy(zero_copy_only=False))
    if how == "numpy":
        return values
    if how == "categorical":
        dtype = pd.CategoricalDtype(reader.decode(node[2]), ordered=node[3])
        return pd.Categorical.from_codes(values, dtype=dtype)
    if how == "zoned":
        index = pd.DatetimeIndex(values).tz_localize("UTC").tz_convert(reader.decode(node[2]))
        return index.array.copy()  # an index's own array is read-only
    raise CannotRestore(f"no column is written as {how}")


def _object_array(cells: list[Any]) -> Any:
    array = np.empty(len(cells), dtype=object)
    for i, cell in enumerate(cells):
        array[i] = cell
    return array


def differ_columns(inner: Inner, a: Any, b: Any) -> str | None:
    """Compare dtype and values exactly; the path leads to a cell where it can."""
    if type(a.dtype) is not type(b.dtype) or len(a) != len(b):
        return ""
    if isinstance(a.dtype, np.dtype):
        return _differ_numpy(inner, a, b)
    if isinstance(a.dtype, pd.CategoricalDtype):
        equal = a.ordered == b.ordered and _same_numbers(a.codes, b.codes)
        return inner(a.categories, b.categories) if equal else ""
    if isinstance(a.dtype, pd.DatetimeTZDtype):
        left, right = (values.tz_convert("UTC").tz_localize(None).to_numpy() for values in (a, b))
        return inner(a.dtype.tz, b.dtype.tz) if _same_numbers(left, right) else ""
    if _encode_dtype(a.dtype) != _encode_dtype(b.dtype):
        return ""
    return None if same_chunks(_to_arrow(a), _to_arrow(b)) else ""


def _differ_numpy(inner: Inner, a: Any, b: Any) -> str | None:
    if a.dtype.kind == b.dtype.kind == "O":
        return differ_sequences(inner, list(a), list(b))
    return None if _same_numbers(a, b) else ""


def _same_numbers(a: Any, b: Any) -> bool:
    return a.dtype == b.dtype and same_bits(a, b)
