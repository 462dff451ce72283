"""Which arrays of a dump lie in the same memory, and how they are written as views into it."""

from __future__ import annotations

import numpy as np

from workbench.store.codecs.document import Node, Writer
from workbench.store.codecs.npy import Array, npy
from workbench.store.codecs.refusals import NoCodec


class Memory:
    """Collects the arrays of one dump; those that share memory are found at its end.

    # NOTE: seen are arrays that are views of one numpy array; memory shared otherwise (with a
    # bytearray, with a frame that is not copy-on-write) comes back as copies.
    """

    def __init__(self) -> None:
        self._arrays: list[tuple[Array, list[Node]]] = []
        self._objects: list[Array] = []

    def add(self, array: Array) -> list[Node]:
        """A part of the array's node, which is filled at the end."""
        part: list[Node] = []
        self._arrays.append((array, part))
        return part

    def add_objects(self, array: Array) -> None:
        """Remember an object array.

        Raises:
            NoCodec: it shares its cells with another.
        """
        if any(np.may_share_memory(array, other) for other in self._objects):
            reason = "shares its cells with another stored array: keep a copy of it"
            raise NoCodec("numpy.ndarray of object", reason)
        self._objects.append(array)

    def finish(self, writer: Writer) -> None:
        """Fill the parts: alone as npy, together as one piece of memory and views into it."""
        for group in _groups(self._arrays):
            if len(group) == 1:
                array, part = group[0]
                part.append(writer.binary(npy(array)))
            else:
                self._write_views(writer, group)

    def _write_views(self, writer: Writer, group: list[tuple[Array, list[Node]]]) -> None:
        low = min(_bounds(array)[0] for array, _ in group)
        high = max(_bounds(array)[1] for array, _ in group)
        root = _root(group[0][0])
        start = low - _bounds(root)[0]
        piece = root.ravel(order="K").view(np.uint8)[start : start + high - low]
        writer.spend(piece.nbytes)
        memory = ["numpy.array", "npy", [writer.binary(npy(piece))], True]
        reference = ["shared", writer.place(memory)]
        for array, part in group:
            empty = npy(np.empty(0, array.dtype))
            offset = _address(array) - low
            part += [reference, empty, list(array.shape), list(array.strides), offset]


def _groups(
    arrays: list[tuple[Array, list[Node]]],
) -> list[list[tuple[Array, list[Node]]]]:
    """The arrays, those together that are views of one array and overlap."""
    order = sorted(arrays, key=lambda item: (id(_root(item[0])), _bounds(item[0])))
    groups: list[list[tuple[Array, list[Node]]]] = []
    root: Array | None = None
    end = 0
    for array, part in order:
        low, high = _bounds(array)
        if root is not None and _root(array) is root and low < end and _is_solid(root):
            groups[-1].append((array, part))
        else:
            groups.append([(array, part)])
            root, end = _root(array), low
        end = max(end, high)
    return groups


def _root(array: Array) -> Array:
    """The array whose memory it is."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _is_solid(array: Array) -> bool:
    return array.flags.c_contiguous or array.flags.f_contiguous


def _address(array: Array) -> int:
    return int(array.__array_interface__["data"][0])


def _bounds(array: Array) -> tuple[int, int]:
    """The addresses of an array's first byte and of the one after its last."""
    if array.size == 0:
        return _address(array), _address(array)
    spans = [(n - 1) * stride for n, stride in zip(array.shape, array.strides, strict=True)]
    low = _address(array) + sum(span for span in spans if span < 0)
    high = _address(array) + sum(span for span in spans if span > 0)
    return low, high + array.itemsize
