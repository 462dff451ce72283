"""Time, identifiers and randomness: the only place where the workbench reads any of them.

Tests replace `source` with a scripted one; nothing else in the package imports `time` or `uuid`.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32: sorts as it counts

_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


class Source(Protocol):
    """Where the time and the randomness come from."""

    def wall_us(self) -> int:
        """UTC microseconds since 1970."""
        ...

    def monotonic_s(self) -> float:
        """Seconds that no one sets."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def entropy(self, size: int) -> bytes:
        """Random bytes."""
        ...


class SystemSource:
    """The machine's own clock and random numbers."""

    def wall_us(self) -> int:  # noqa: D102  # as Source says
        return time.time_ns() // 1000

    def monotonic_s(self) -> float:  # noqa: D102
        return time.monotonic()

    def sleep(self, seconds: float) -> None:  # noqa: D102
        time.sleep(seconds)

    def entropy(self, size: int) -> bytes:  # noqa: D102
        return os.urandom(size)


source: Source = SystemSource()


def now_us() -> int:
    """UTC now in microseconds since 1970; what the journal stores."""
    return source.wall_us()


def utc(at_us: int) -> datetime:
    """A journal time as an aware UTC datetime."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC)


class Zone(NamedTuple):
    """A time zone: its names without and with summer time, and their offsets from UTC in seconds."""

    name: str
    summer: str
    offset_s: int
    summer_offset_s: int


def zone() -> Zone:
    """The process's time zone, which `time.tzset` may change."""
    return Zone(*time.tzname, time.timezone, time.altzone)


def monotonic_s() -> float:
    """Seconds on a clock that no one sets; for durations and leases."""
    return source.monotonic_s()


def sleep(seconds: float) -> None:
    """Wait, on the source's clock."""
    source.sleep(seconds)


def new_id(prefix: str) -> str:
    """A new identifier such as `run_01j9…`: sorts by creation time, 40 random bits.

    The time part is milliseconds since 1970 in 9 base-32 digits, as in ULID.
    """
    number = (now_us() // 1000) << 40 | int.from_bytes(source.entropy(5))
    pairs = "".join([_PAIRS[number >> at & 1023] for at in range(70, -10, -10)])
    return f"{prefix}_{_ALPHABET[number >> 80]}{pairs}"
