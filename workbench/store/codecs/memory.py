"""Which arrays of a dump lie in the same memory, and how they are written as views into it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Writer
from workbench.store.codecs.npy import Array, npy
from workbench.store.codecs.refusals import NoCodec

_SPREAD = 64
_SPREAD_BYTES = 1 << 20


class _Entry(NamedTuple):
    """An array, where its memory begins and ends, and the part of its node to fill.

    An array of objects has no part: its cells are written already.
    """

    low: int
    high: int
    array: Array
    part: list[Node] | None
    root: str


class Memory:
    """Collects the arrays of one dump; those that share memory are found at its end."""

    # NOTE: memory that an array shares with anything but arrays (a bytearray, a frame whose values
    # were taken without a copy) comes back as a copy of its own

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(self, writer: Writer, array: Array) -> list[Node]:
        """Remember an array; returns a part of its node, which is filled at the end."""
        part: list[Node] = []
        self._entries.append(_Entry(*_bounds(array), array, part, writer.root))
        return part

    def add_objects(self, writer: Writer, array: Array) -> None:
        """Remember an array of objects, to be refused if it shares its cells with another."""
        self._entries.append(_Entry(*_bounds(array), array, None, writer.root))

    def finish(self, writer: Writer) -> None:
        """Fill the parts: alone as npy, together as one piece of memory and views into it.

        Raises:
            NoCodec: arrays share memory that cannot be written as one piece.

        """
        for group in _groups(self._entries):
            entry = group[-1]
            if len(group) > 1:
                _write_views(writer, group)
            elif entry.part is not None:
                entry.part.append(writer.binary(npy(entry.array)))
                if _is_spread(entry):
                    entry.part.append(list(entry.array.strides))


def _is_spread(entry: _Entry) -> bool:
    """Whether an array's items lie apart, as those of `table[:, 0]` do, and may be laid so again."""
    flags = entry.array.flags
    if flags.c_contiguous or flags.f_contiguous:
        return False
    # NOTE: a few items out of a large array come back together: room for all of it is not taken
    return entry.high - entry.low <= _SPREAD * entry.array.nbytes + _SPREAD_BYTES


def _write_views(writer: Writer, group: list[_Entry]) -> None:
    low, high = group[0].low, max(entry.high for entry in group)
    try:
        writer.spend(high - low)
    except NoCodec as refusal:
        refusal.within(group[-1].root)
        raise
    piece = _piece(group, low, high)
    if piece is None or any(entry.part is None for entry in group):
        reason = "shares its memory with another stored array: keep a copy of it"
        raise NoCodec("numpy.ndarray", reason, group[-1].root)
    reference = ["shared", writer.place(["numpy.array", "npy", [writer.binary(npy(piece))], True])]
    for _, _, array, part, _ in group:
        assert part is not None
        empty = npy(np.empty(0, array.dtype))
        offset = _address(array) - low
        part += [reference, empty, list(array.shape), list(array.strides), offset]


def _piece(group: list[_Entry], low: int, high: int) -> Array | None:
    """The bytes between two addresses, from an array that holds them all without gaps."""
    for entry in group:
        whole = _root(entry.array)
        start, end = _bounds(whole)
        solid = whole.flags.c_contiguous or whole.flags.f_contiguous
        if solid and not whole.dtype.hasobject and start <= low and high <= end:
            return whole.ravel(order="K").view(np.uint8)[low - start : high - start]
    return None


def _groups(entries: list[_Entry]) -> list[list[_Entry]]:
    """The arrays, those together whose memory overlaps; empty ones overlap with none."""
    groups: list[list[_Entry]] = []
    end = 0
    for entry in sorted(entries, key=lambda entry: entry[:2]):
        if entry.low < min(end, entry.high):
            groups[-1].append(entry)
        elif entry.low == entry.high:
            groups.insert(0, [entry])
        else:
            groups.append([entry])
        end = max(end, entry.high)
    return groups


def spread(array: Array, strides: tuple[int, ...]) -> Array:
    """A copy of an array whose items lie apart by these strides."""
    reach = [(n - 1) * step for n, step in zip(array.shape, strides, strict=True)]
    before = -sum(each for each in reach if each < 0)
    after = sum(each for each in reach if each > 0)
    room = np.zeros(before + after + array.itemsize, np.uint8)
    found: Array = np.ndarray(array.shape, array.dtype, room, before, strides)
    found[...] = array
    return found


def _root(array: Array) -> Array:
    """The array whose memory it is."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


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
