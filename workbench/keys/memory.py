"""Arrays that share memory: writing to one changes the other, so sharing counts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.keys import wire

if TYPE_CHECKING:
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


def put_sharing(enc: Encoder, extent: Extent) -> None:
    """Write which arrays written before share bytes with this one, and how they lie."""
    if enc.memory is None:
        enc.memory = Memory()
    shared = [
        (number, other)
        for number, other in enc.memory.add(extent)
        if (extent.writable or other.writable) and not (extent.guarded and other.guarded)
    ]
    enc.size(len(shared))
    for number, other in shared:
        numbers = (number, extent.first - other.first, len(extent.strides), *extent.strides)
        for part in (*numbers, len(other.strides), *other.strides):
            enc.parts.append(wire.integer(part))
