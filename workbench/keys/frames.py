"""pandas: frames, series and indexes by their labels, types, cells, attributes and flags."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from workbench.keys import arrays, tables, wire
from workbench.keys.encoder import Opaque

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.keys.encoder import Encoder, Handler

_DATES = frozenset({"DatetimeArray", "TimedeltaArray", "PeriodArray"})
_MASKED = frozenset({"BooleanArray", "FloatingArray", "IntegerArray"})
_MASKED_TYPES = frozenset({
    "BooleanDtype", "Float32Dtype", "Float64Dtype",
    *(f"{sign}Int{bits}Dtype" for sign in ("", "U") for bits in (8, 16, 32, 64)),
})  # fmt: skip
_INDEXES = frozenset({
    "CategoricalIndex", "DatetimeIndex", "Index", "IntervalIndex", "MultiIndex", "PeriodIndex",
    "RangeIndex", "TimedeltaIndex",
})  # fmt: skip


def handler_of(kind: type) -> Handler | None:
    """Return the handler for one of pandas' types, None for those without."""
    pd: Any = sys.modules["pandas"]
    scalars: dict[type, Handler] = {
        pd.DataFrame: put_frame,
        pd.Series: put_series,
        pd.Timestamp: put_timestamp,
        pd.Timedelta: put_timedelta,
        pd.Period: put_period,
        pd.Interval: put_interval,
        type(pd.NaT): put_missing,
        type(pd.NA): put_missing,
    }
    if kind in scalars:
        return scalars[kind]
    if issubclass(kind, pd.Index):
        return put_index_object
    if issubclass(kind, pd.api.extensions.ExtensionArray):
        return put_array_object
    if issubclass(kind, pd.api.extensions.ExtensionDtype):
        return put_type
    return put_offset if issubclass(kind, pd.offsets.BaseOffset) else None


def put_frame(enc: Encoder, frame: Any) -> None:
    """Write a DataFrame; columns on Arrow or contiguous memory are not copied."""
    if enc.seen(frame):
        return
    enc.tag("DataFrame")
    _put_common(enc, frame)
    _at(enc, ".columns", put_index, frame.columns)
    enc.size(len(frame.columns))
    for name, column in frame.items():
        _at(enc, f"[{name!r}]", put_values, column.array)


def put_series(enc: Encoder, series: Any) -> None:
    """Write a Series."""
    if enc.seen(series):
        return
    enc.tag("Series")
    _put_common(enc, series)
    enc.put_at(".name", series.name)
    put_values(enc, series.array)


def _put_common(enc: Encoder, data: Any) -> None:
    enc.put_at(".attrs", data.attrs)
    enc.put_at(".flags", data.flags.allows_duplicate_labels)
    _at(enc, ".index", put_index, data.index)
    _put_set_since(enc, data)


def _put_set_since(enc: Encoder, data: Any) -> None:
    """Write attributes that the user set, past what pandas keeps there itself."""
    inner = {"name", *data._accessors}  # noqa: SLF001 - what older pandas caches by these names
    enc.state({k: v for k, v in vars(data).items() if not k.startswith("_") and k not in inner})


def _at(enc: Encoder, label: str, write: Callable[[Encoder, Any], None], value: Any) -> None:
    try:
        write(enc, value)
    except Opaque as opaque:
        raise opaque.under(label)  # noqa: B904 - the same error, told where it is


def put_index_object(enc: Encoder, index: Any) -> None:
    """Write an index that stands by itself; its name can be set, so who holds it counts."""
    if not enc.seen(index):
        put_index(enc, index)


def put_index(enc: Encoder, index: Any) -> None:
    """Write an index: its kind, names, frequency and labels."""
    kind = type(index).__name__
    if kind not in _INDEXES:
        raise Opaque("an index of an unknown kind", kind)
    enc.tag(kind)
    enc.put_at(".names", tuple(index.names))
    if kind == "RangeIndex":
        for number in (index.start, index.stop, index.step):
            enc.parts.append(wire.integer(number))
    elif kind == "MultiIndex":
        enc.put_at(".sortorder", index.sortorder)
        enc.size(index.nlevels)
        for level, codes in zip(index.levels, index.codes, strict=True):
            put_index(enc, level)
            _put_numpy(enc, codes)
    else:
        enc.put_at(".freq", getattr(index, "freq", None))
        put_values(enc, index.array)


def put_array_object(enc: Encoder, array: Any) -> None:
    """Write an extension array that stands by itself."""
    if not enc.seen(array):
        put_values(enc, array)


def put_values(enc: Encoder, array: Any) -> None:
    """Write the values of a column or index: its type, then its cells as the type keeps them."""
    kind = type(array).__name__
    if type(array).__module__.partition(".")[0] != "pandas":
        raise Opaque("a column type of another package", kind)
    enc.tag(kind)
    enc.size(len(array))
    put_type(enc, array.dtype)
    if kind in {"NumpyExtensionArray", "PandasArray"}:
        _put_numpy(enc, sys.modules["numpy"].asarray(array))
    elif kind in {"ArrowStringArray", "ArrowStringArrayNumpySemantics", "ArrowExtensionArray"}:
        tables.put_column(enc, array.__arrow_array__())
    elif kind in _DATES:
        enc.put_at(".freq", getattr(array, "freq", None))  # the index has it since pandas 3
        _put_numpy(enc, array.asi8)
    elif kind in _MASKED:
        _put_numpy(enc, array.isna())
        _put_numpy(enc, array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=0))
    elif kind == "Categorical":
        _put_numpy(enc, array.codes)
    elif kind == "IntervalArray":
        put_index(enc, array.left)
        put_index(enc, array.right)
    elif kind in {"StringArray", "StringArrayNumpySemantics"}:
        enc.sequence(array.to_numpy(dtype=object, na_value=None).tolist())
    else:
        raise Opaque("an array of an unknown kind", kind)


def _put_numpy(enc: Encoder, array: Any) -> None:
    arrays.put_type(enc, array.dtype)
    enc.size(array.size)
    arrays.put_cells(enc, array, guarded=True)


def put_type(enc: Encoder, dtype: Any) -> None:
    """Write the type of a column."""
    kind = type(dtype).__name__
    if kind in {"NumpyEADtype", "PandasDtype"}:
        dtype = dtype.numpy_dtype
    if isinstance(dtype, sys.modules["numpy"].dtype):
        arrays.put_type(enc, dtype)
        return
    enc.tag(kind)
    if kind == "CategoricalDtype":
        enc.put_at(".ordered", dtype.ordered)
        _at(enc, ".categories", _put_optional_index, dtype.categories)
    elif kind == "StringDtype":
        enc.text(dtype.storage)
        enc.put_at(".na_value", dtype.na_value)
    elif kind == "DatetimeTZDtype":
        enc.text(dtype.unit)
        enc.put_at(".tz", dtype.tz)
    elif kind == "PeriodDtype":
        enc.put_at(".freq", dtype.freq)
    elif kind == "IntervalDtype":
        enc.put_at(".closed", dtype.closed)
        enc.put_at(".subtype", dtype.subtype)
    elif kind == "ArrowDtype":
        tables.put_type(enc, dtype.pyarrow_dtype)
    elif kind in _MASKED_TYPES:
        enc.text(dtype.name)
    else:
        raise Opaque("a type of an unknown kind", kind)


def _put_optional_index(enc: Encoder, index: Any) -> None:
    if index is None:
        enc.parts.append(b"n")
    else:
        put_index(enc, index)


def put_timestamp(enc: Encoder, value: Any) -> None:
    """Write a Timestamp with its unit, zone and fold."""
    enc.tag("Timestamp")
    enc.text(value.unit)
    enc.parts.append(wire.integer(int(value.asm8.view("i8"))))
    enc.parts.append(wire.integer(value.fold))
    enc.put_at(".tz", value.tz)


def put_timedelta(enc: Encoder, value: Any) -> None:
    """Write a Timedelta with its unit."""
    enc.tag("Timedelta")
    enc.text(value.unit)
    enc.parts.append(wire.integer(int(value.asm8.view("i8"))))


def put_period(enc: Encoder, value: Any) -> None:
    """Write a Period."""
    enc.tag("Period")
    enc.parts.append(wire.integer(value.ordinal))
    enc.put_at(".freq", value.freq)


def put_interval(enc: Encoder, value: Any) -> None:
    """Write an Interval."""
    enc.tag("Interval")
    enc.text(value.closed)
    enc.put_at(".left", value.left)
    enc.put_at(".right", value.right)


def put_missing(enc: Encoder, value: Any) -> None:
    """Write NaT or NA."""
    enc.tag(type(value).__name__)


def put_offset(enc: Encoder, offset: Any) -> None:
    """Write a frequency by its class, multiple and options."""
    enc.tag("offset")
    enc.text(type(offset).__qualname__)
    enc.put_at(".n", offset.n)
    enc.put_at(".normalize", offset.normalize)
    enc.put_at(".kwds", dict(offset.kwds))
