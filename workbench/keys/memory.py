"""Arrays that share memory: writing to one changes the other, so sharing counts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.keys import wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.keys.encoder import Encoder


@dataclass(frozen=True, slots=True)
class Extent:
    """The bytes that one array visited so far can reach.

    `guarded` memory belongs to a frame, whose copies on write never show what another writes.
    """

    low: int
    high: int
    first: int
    strides: tuple[int, ...]
    writable: bool
    guarded: bool


class Memory:
    """Extents by address: clusters that do not overlap, each of extents that may."""

    __slots__ = ("clusters", "count", "lows")

    def __init__(self) -> None:
        self.count = 0
        self.lows: list[int] = []
        self.clusters: list[tuple[int, list[tuple[int, Extent]]]] = []

    def add(self, extent: Extent) -> list[tuple[int, Extent]]:
        """Return the extents that overlap, by the order of their visits, and remember this one."""
        start = bisect_right(self.lows, extent.low)
        if start and self.clusters[start - 1][0] > extent.low:
            start -= 1
        end = start
        while end < len(self.lows) and self.lows[end] < extent.high:
            end += 1
        touched = self.clusters[start:end]
        members = sorted((entry for _, inside in touched for entry in inside), key=lambda e: e[0])
        high = max([extent.high, *(top for top, _ in touched)])
        low = min([extent.low, *self.lows[start:end]])
        self.lows[start:end] = [low]
        self.clusters[start:end] = [(high, [*members, (self.count, extent)])]
        self.count += 1
        return [e for e in members if e[1].low < extent.high and extent.low < e[1].high]

    def extents(self) -> list[tuple[int, Extent]]:
        """Return every extent with its number, in the order of their visits."""
        found = [entry for _, inside in self.clusters for entry in inside]
        return sorted(found, key=lambda entry: entry[0])


def put_sharing(enc: Encoder, extent: Extent) -> None:
    """Write which arrays written before share bytes with this one, and how they lie."""
    if enc.memory is None:
        enc.memory = Memory()
    shared = list(relations(extent, enc.memory.add(extent)))
    enc.size(len(shared))
    for numbers in shared:
        for part in numbers:
            enc.parts.append(wire.integer(part))


def put_lent(enc: Encoder, blocks: Iterable[tuple[int, int]]) -> None:
    """Write which arrays lie in memory that something immutable reads: (address, bytes) each.

    Nothing where none does, so that into how many blocks it is cut does not count.
    """
    if enc.memory is None:
        enc.memory = Memory()
    for low, size in blocks:
        extent = Extent(low, low + size, low, (1,), writable=False, guarded=True)
        for numbers in relations(extent, enc.memory.add(extent)):
            enc.tag("lent")
            for part in numbers:
                enc.parts.append(wire.integer(part))


def relations(extent: Extent, others: list[tuple[int, Extent]]) -> Iterator[tuple[int, ...]]:
    """Yield how an extent lies to each of those it overlaps, where a write to one shows.

    First the other's number, then the distance and the strides of both.
    """
    for number, other in others:
        if (extent.writable or other.writable) and not (extent.guarded and other.guarded):
            strides = (len(extent.strides), *extent.strides, len(other.strides), *other.strides)
            yield (number, extent.first - other.first, *strides)
