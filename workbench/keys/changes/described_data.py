"""What a description says of data: containers, values of the standard library, frames, arrays."""

from __future__ import annotations

import collections
import enum
import json
import sys
from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.changes.portrait import SCALARS, Portrait, class_name, safe
from workbench.keys.changes.secrecy import looks_secret
from workbench.keys.origin import resolves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.keys.changes.portrait import Walk

_SHOWN = frozenset({
    "datetime.date", "datetime.datetime", "datetime.time", "datetime.timedelta",
    "decimal.Decimal", "fractions.Fraction", "pathlib.PosixPath", "pathlib.PurePosixPath",
    "pathlib.PureWindowsPath", "pathlib.WindowsPath", "pathlib._local.PosixPath",
    "pathlib._local.PurePosixPath", "range", "uuid.UUID", "zoneinfo.ZoneInfo",
    "pandas.Timestamp", "pandas.Timedelta", "pandas._libs.tslibs.timestamps.Timestamp",
    "pandas._libs.tslibs.timedeltas.Timedelta",
})  # fmt: skip
"""Types whose `repr` says all and runs no code of the user's."""

_SHOWN_CHARACTERS = 120
_COLUMNS = 400
_ELEMENTS = 10_000
_SLOW_CELLS = 10_000
_NAME_CHARACTERS = 60


def portrait(value: Any, walk: Walk) -> Portrait | None:
    """Return what is said of data, None for other values."""
    kind = type(value)
    if issubclass(kind, enum.Enum):
        return _member(value)
    if issubclass(kind, dict):
        return _dict(value, walk)
    if issubclass(kind, (list, tuple)):
        return _row(value)
    if issubclass(kind, (set, frozenset)):
        return _set(value, walk)
    if class_name(kind) in _SHOWN and resolves(kind, kind.__module__, kind.__qualname__):
        shown = safe(repr(value))
        return Portrait({"kind": "shown", "show": shown[:_SHOWN_CHARACTERS]})
    painter = _library(kind)
    return None if painter is None else painter(value, walk)


def _member(value: Any) -> Portrait:
    shown = f"{class_name(type(value))}.{value._name_}"
    parts = (("._value_", value._value_), (f"→ {type(value).__name__}", type(value)))
    return Portrait({"kind": "shown", "show": safe(shown)}, parts)


def _dict(value: dict[Any, Any], walk: Walk) -> Portrait:
    ordered = issubclass(type(value), collections.OrderedDict)
    base: Any = collections.OrderedDict if ordered else dict
    entries = list(base.items(value))
    parts = ((f"[{_key(key, walk)}]", item) for key, item in entries)
    return Portrait({"kind": "dict", "length": len(entries)}, parts)


def _key(key: Any, walk: Walk) -> str:
    """Return a dict's key as it stands in a path; one that may be a credential by its digest."""
    kind = type(key)
    if kind is str and len(key) <= _NAME_CHARACTERS and not looks_secret(key):
        return json.dumps(safe(key), ensure_ascii=False)
    if key is None or kind in {bool, float} or (kind is int and -(1 << 64) < key < 1 << 64):
        return repr(key)
    return f"{kind.__name__} {walk.digest(key)[:6]}"


def _row(value: Any) -> Portrait:
    base = list if issubclass(type(value), list) else tuple
    items = tuple(base.__iter__(value))
    return Portrait({"kind": "row"}, items=items)


def _set(value: Any, walk: Walk) -> Portrait:
    base: Any = set if issubclass(type(value), set) else frozenset
    members = list(base.__iter__(value))
    facts = {"kind": "set", "length": len(members)}
    if len(members) > min(_ELEMENTS, walk.hashes):
        return Portrait(facts, cut=True)
    return Portrait({**facts, "hashes": walk.packed(sorted(map(walk.short_hash, members)))})


def _library(kind: type) -> Callable[[Any, Walk], Portrait] | None:
    """Return who describes a frame, an array or a table, without importing their packages."""
    family = kind.__module__.partition(".")[0]
    if family == "pandas":
        pd: Any = sys.modules["pandas"]
        return {pd.DataFrame: _frame, pd.Series: _series}.get(kind)
    if family == "numpy":
        return _array if kind is sys.modules["numpy"].ndarray else None
    if family == "pyarrow":
        pa: Any = sys.modules["pyarrow"]
        return _table if kind in {pa.Table, pa.RecordBatch} else None
    return None


def _frame(frame: Any, walk: Walk) -> Portrait:
    columns = [frame.iloc[:, at] for at in range(min(len(frame.columns), _COLUMNS))]
    facts = {
        "kind": "frame",
        "length": len(frame),
        "columns": [[*_column(column, walk), walk.digest(column.array)] for column in columns],
        "index": walk.digest(frame.index),
        "labels": walk.digest(frame.columns),
    }
    return _with_rows(facts, columns, walk, cut=len(columns) < len(frame.columns))


def _series(series: Any, walk: Walk) -> Portrait:
    facts = {
        "kind": "series",
        "length": len(series),
        "columns": [[*_column(series, walk), walk.digest(series.array)]],
        "index": walk.digest(series.index),
        "labels": walk.digest(series.name),
    }
    return _with_rows(facts, [series], walk, cut=False)


def _column(column: Any, walk: Walk) -> tuple[str, str]:
    return safe(_key(column.name, walk)), str(column.dtype)[:_NAME_CHARACTERS]


def _with_rows(facts: dict[str, Any], columns: list[Any], walk: Walk, *, cut: bool) -> Portrait:
    """Return the portrait of a frame with a hash for each row, where that can be had."""
    rows = facts["length"]
    if cut or not columns or not 0 < rows <= walk.hashes:
        return Portrait(facts, cut=cut)
    hashes = [_cells(column, walk) for column in columns]
    if any(each is None for each in hashes):
        return Portrait(facts)
    np: Any = sys.modules["numpy"]
    total = np.zeros(rows, dtype="uint64")
    for each in hashes:
        total = total * np.uint64(0x9E3779B97F4A7C15) + each
        total ^= total >> np.uint64(29)
    folded = (total ^ (total >> np.uint64(32))) & np.uint64(0xFFFFFFFF)
    facts["hashed"] = str(sys.modules["pandas"].__version__)
    return Portrait({**facts, "hashes": walk.packed(folded.tolist())})


def _cells(column: Any, walk: Walk) -> Any:
    """Return 64 bits for each cell of a column, None where only the user's code could tell."""
    pd, np = sys.modules["pandas"], sys.modules["numpy"]
    hash_array: Any = pd.util.hash_array
    if not isinstance(column.dtype, np.dtype):
        return None if _holds_objects(column.dtype) else hash_array(column.array)
    if column.dtype.kind != "O":
        return hash_array(column.to_numpy())
    cells = column.tolist()
    if {*map(type, cells)} == {str}:
        return hash_array(column.to_numpy(), categorize=False)
    if len(cells) > _SLOW_CELLS:
        return None
    return np.array([walk.short_hash(cell) for cell in cells], dtype="uint64")


def _holds_objects(dtype: Any) -> bool:
    """Return whether a category may be an object of the user's, whose `str` would be called."""
    categories = getattr(dtype, "categories", None)
    return categories is not None and {*map(type, categories)} - SCALARS != set()


def _array(array: Any, walk: Walk) -> Portrait:
    shape = [int(length) for length in array.shape]
    facts = {"kind": "array", "dtype": str(array.dtype)[:_NAME_CHARACTERS], "shape": shape}
    if array.dtype.kind not in "biufcmMSU" or not 0 < array.size <= min(_ELEMENTS, walk.hashes):
        return Portrait(facts)
    width = array.dtype.itemsize
    cells = array.tobytes()
    return Portrait({**facts, "hashes": walk.packed(list(_hashes(cells, width)))})


def _hashes(cells: bytes, width: int) -> Iterator[int]:
    for start in range(0, len(cells), width or 1):
        yield int.from_bytes(wire.fingerprint(cells[start : start + width])[:4], "little")


def _table(table: Any, walk: Walk) -> Portrait:
    names = list(table.schema.names)
    columns = [
        [
            f'"{safe(name)}"'[:_NAME_CHARACTERS],
            str(table.schema.field(at).type),
            walk.digest(column),
        ]
        for at, (name, column) in enumerate(zip(names, table.columns, strict=True))
        if at < _COLUMNS
    ]
    facts = {"kind": "frame", "length": table.num_rows, "columns": columns}
    return Portrait(facts, cut=len(names) > _COLUMNS)
