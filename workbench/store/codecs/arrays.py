"""Numpy arrays and scalars: npy for fixed-size items, object arrays cell by cell.

Arrays that share memory (an array and its slices) are stored as one piece of memory and views into
it, so that writing through one is still seen by the others.
"""

from __future__ import annotations

import numpy as np

from workbench.store.codecs.body import Node
from workbench.store.codecs.containers import decode_items, encode_items
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add
from workbench.store.codecs.memory import Memory, spread
from workbench.store.codecs.npy import Array, check_dtype, from_npy, npy
from workbench.store.codecs.same import differ_sequences


def _encode_array(writer: Writer, array: Array) -> list[Node]:
    memory = writer.collector(Memory)
    if array.dtype.kind == "O":
        memory.add_objects(writer, array)
        cells = encode_items(writer, array.ravel().tolist())
        return ["objects", list(array.shape), cells, array.flags.writeable]
    check_dtype(array.dtype)
    writer.spend(array.nbytes)
    return ["npy", memory.add(writer, array), array.flags.writeable]


def _make_array(reader: Reader, node: list[Node]) -> Array:
    if node[1] == "objects":
        return np.empty(tuple(node[2]), dtype=object)
    part = node[2]
    if len(part) <= 2:
        found = from_npy(reader.binary(part[0]))
        return spread(found, tuple(part[1])) if len(part) > 1 else found
    memory, empty, shape, strides, offset = part
    dtype = from_npy(empty).dtype
    return np.ndarray(tuple(shape), dtype, reader.decode(memory), offset, tuple(strides))


def _fill_array(reader: Reader, array: Array, node: list[Node]) -> None:
    if node[1] == "objects":
        cells = array.reshape(-1)
        for i, cell in enumerate(decode_items(reader, node[3])):
            cells[i] = cell
    array.flags.writeable = node[-1]


def _differ_arrays(inner: Inner, a: Array, b: Array) -> str | None:
    if a.dtype != b.dtype or a.shape != b.shape or a.flags.writeable != b.flags.writeable:
        return ""
    if a.dtype.kind == "O":
        return differ_sequences(inner, a.ravel().tolist(), b.ravel().tolist())
    return None if same_bits(a, b) else ""


def same_bits(a: Array, b: Array) -> bool:
    """Whether two arrays of one dtype and shape hold the same bits, apart from padding."""
    if a.nbytes == 0:
        return True
    left = np.ascontiguousarray(a).reshape(-1)
    right = np.ascontiguousarray(b).reshape(-1)
    if np.array_equal(left.view(np.uint8), right.view(np.uint8)):
        return True
    if a.dtype.names is not None:
        return all(same_bits(a[name], b[name]) for name in a.dtype.names)
    if a.dtype.char != np.dtype(np.longdouble).char:
        return False
    signs = np.array_equal(np.signbit(left), np.signbit(right))
    return signs and np.array_equal(left, right, equal_nan=True)


def _encode_scalar(writer: Writer, value: np.generic) -> list[Node]:
    check_dtype(value.dtype)
    writer.spend(value.nbytes)
    if value.dtype.kind == "V":
        return ["npy", writer.binary(npy(np.array([value], dtype=value.dtype)))]
    return [value.dtype.str, writer.binary(value.tobytes())]


def _make_scalar(reader: Reader, node: list[Node]) -> np.generic:
    blob = reader.binary(node[2])
    if node[1] == "npy":
        return from_npy(blob)[0]  # type: ignore[no-any-return]  # an item of a structured array
    dtype = np.dtype(node[1])
    array = np.frombuffer(blob, dtype) if dtype.itemsize else np.zeros(1, dtype)
    return array[0]  # type: ignore[no-any-return]  # numpy types items as Any


def _differ_scalars(_inner: Inner, a: np.generic, b: np.generic) -> str | None:
    left, right = np.array([a], dtype=a.dtype), np.array([b], dtype=b.dtype)
    return None if left.dtype == right.dtype and same_bits(left, right) else ""


add(Codec("numpy.array", _encode_array, _make_array, _differ_arrays, _fill_array), np.ndarray)
add(
    Codec("numpy.scalar", _encode_scalar, _make_scalar, _differ_scalars, kept=False),
    *set(np.sctypeDict.values()),
)
