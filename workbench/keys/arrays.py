"""numpy: arrays by type, shape and cells, whatever their layout in memory."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.encoder import Opaque
from workbench.keys.functions import put_compiled
from workbench.keys.memory import Extent, put_sharing
from workbench.keys.mentions import mentioned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.keys.encoder import Encoder, Handler

_BLOCK_BYTES = 1 << 23
_LONG_DOUBLE_BYTES = {63: 10, 105: 16, 112: 16}
"""Bytes of a long double that mean something, by the bits of its mantissa; the rest is padding."""


def handler_of(kind: type) -> Handler | None:
    """Return the handler for one of numpy's types, None for those without."""
    np: Any = sys.modules["numpy"]
    if kind is np.ndarray:
        return put_array
    if kind is np.memmap:
        return put_memmap
    if kind is np.ufunc or kind.__name__ == "_ArrayFunctionDispatcher":
        return put_compiled
    if issubclass(kind, np.dtype):
        return put_type
    return put_scalar if issubclass(kind, np.generic) else None


def put_array(enc: Encoder, array: Any) -> None:
    """Write an array; contiguous ones are not copied."""
    if enc.seen(array):
        return
    enc.tag("ndarray")
    put_type(enc, array.dtype)
    enc.size(array.ndim)
    for length in array.shape:
        enc.size(length)
    flags = array.flags
    enc.parts.append(b"f1" if flags.writeable else b"f0")
    enc.parts.append(b"C" if flags.c_contiguous else b"F" if flags.f_contiguous else b"S")
    put_cells(enc, array)


def put_memmap(enc: Encoder, array: Any) -> None:
    """Write an array whose cells are a file's, with the file's name."""
    enc.tag("memmap")
    enc.put_at(".mode", array.mode)
    enc.put_at(".filename", None if array.filename is None else str(array.filename))
    enc.put_at(".offset", array.offset)
    put_array(enc, array)


def put_scalar(enc: Encoder, value: Any) -> None:
    """Write a numpy scalar; never the same as a Python number."""
    np: Any = sys.modules["numpy"]
    if value.dtype.names is not None:
        raise Opaque("a record that may be a view into an array", type(value).__name__)
    enc.tag("scalar")
    enc.text(type(value).__qualname__)
    put_type(enc, value.dtype)
    _put_content(enc, np.asarray(value))


def put_type(enc: Encoder, dtype: Any) -> None:
    """Write a dtype: byte order, unit, field names, offsets and metadata count."""
    plain = dtype.names is None and dtype.subdtype is None and dtype.metadata is None
    if plain and dtype.kind not in "VT":
        enc.parts.append(_simple_type(dtype.str, dtype.name))
        return
    enc.tag("dtype")
    enc.put_at(".metadata", None if dtype.metadata is None else dict(dtype.metadata))
    enc.text(f"{dtype.kind}{dtype.itemsize} {dtype.type.__module__}.{dtype.type.__qualname__}")
    if dtype.kind == "T":
        enc.put_at(".coerce", dtype.coerce)
        enc.put_at(".na_object", getattr(dtype, "na_object", Ellipsis))
    elif dtype.subdtype is not None:
        base, shape = dtype.subdtype
        enc.put(shape)
        put_type(enc, base)
    elif dtype.names is not None:
        _put_fields(enc, dtype)
    else:
        enc.text(dtype.str)


@lru_cache(256)
def _simple_type(written: str, name: str) -> bytes:
    return wire.framed(b"#", b"plain dtype") + wire.text(written) + wire.text(name)


def _put_fields(enc: Encoder, dtype: Any) -> None:
    enc.parts.append(b"f1" if dtype.isalignedstruct else b"f0")
    enc.size(len(dtype.names))
    for name in dtype.names:
        field, offset, *title = dtype.fields[name]
        enc.text(name)
        enc.size(offset)
        enc.put(tuple(title))
        put_type(enc, field)


def put_cells(enc: Encoder, array: Any, *, guarded: bool = False) -> None:
    """Write the cells of an array whose type and shape are written, and what it shares."""
    put_sharing(enc, _extent(array, guarded=guarded))
    _put_content(enc, array)


def _put_content(enc: Encoder, array: Any) -> None:
    np: Any = sys.modules["numpy"]
    dtype = array.dtype
    if dtype.kind == "U" and enc.note is not None:
        cells = array.ravel().tolist()
        for text in mentioned(cells, "\n".join(cells).encode("utf-8", "surrogatepass")):
            enc.note(text)
    if dtype.names is not None:
        for name in dtype.names:  # by field, since the padding between them is anything
            _put_content(enc, array[name])
    elif dtype.kind in "OT":
        enc.sequence(array.ravel().tolist())
    elif dtype.type in {np.longdouble, np.clongdouble}:
        enc.parts.append(b"A" + wire.fingerprint(_long_doubles(np, array)))
    else:
        enc.parts.append(b"A" + cells_digest(array))


def cells_digest(array: Any) -> bytes:
    """Return 32 bytes for the cells in C order; copies only a block at a time, if at all."""
    np: Any = sys.modules["numpy"]
    if array.flags.c_contiguous:
        return wire.fingerprint(memoryview(array.reshape(-1).view(np.uint8)))
    return wire.fingerprint_all(_blocks(np, array))


def _blocks(np: Any, array: Any) -> Iterator[memoryview]:
    row_bytes = max(1, array.nbytes // max(1, array.shape[0]))
    rows = max(1, _BLOCK_BYTES // row_bytes)
    for start in range(0, array.shape[0], rows):
        block = np.ascontiguousarray(array[start : start + rows])
        yield memoryview(block.reshape(-1).view(np.uint8))


def _long_doubles(np: Any, array: Any) -> bytes:
    """Return the cells without the padding that fills each up to its size."""
    used = _LONG_DOUBLE_BYTES.get(np.finfo(np.longdouble).nmant, np.longdouble().itemsize)
    cells = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
    written: bytes = cells.reshape(-1, np.longdouble().itemsize)[:, :used].tobytes()
    return written


def _extent(array: Any, *, guarded: bool) -> Extent:
    first = array.__array_interface__["data"][0]
    reach = [step * (length - 1) for step, length in zip(array.strides, array.shape, strict=True)]
    low = first + sum(part for part in reach if part < 0)
    high = first + sum(part for part in reach if part > 0) + array.itemsize
    if array.size == 0:
        low = high = first
    return Extent(low, high, first, array.strides, bool(array.flags.writeable), guarded)
