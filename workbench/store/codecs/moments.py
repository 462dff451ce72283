"""Small immutable values of the standard library: times, numbers, identifiers, paths, patterns."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from importlib import import_module
from pathlib import PosixPath, PurePosixPath, PureWindowsPath, WindowsPath
from typing import Any
from zoneinfo import ZoneInfo

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add
from workbench.store.codecs.refusals import NoCodec
from workbench.store.codecs.values import equal

# by name, since only clock draws identifiers; here they are read and written
_uuid = import_module("uuid")

_PATHS: dict[str, type[PurePosixPath | PureWindowsPath]] = {
    kind.__name__: kind for kind in (PosixPath, PurePosixPath, PureWindowsPath, WindowsPath)
}


def _encode_datetime(writer: Writer, value: datetime) -> list[Node]:
    naive = value.replace(tzinfo=None, fold=0)
    return [naive.isoformat(), value.fold, _encode_zone(writer, value)]


def _encode_time(writer: Writer, value: time) -> list[Node]:
    naive = value.replace(tzinfo=None, fold=0)
    return [naive.isoformat(), value.fold, _encode_zone(writer, value)]


def _encode_zone(writer: Writer, value: datetime | time) -> Node:
    try:
        return writer.encode(value.tzinfo)
    except NoCodec as refusal:
        refusal.within(".tzinfo")
        raise


def _make_datetime(reader: Reader, node: list[Node]) -> datetime:
    naive = datetime.fromisoformat(node[1])
    return naive.replace(tzinfo=reader.decode(node[3]), fold=node[2])


def _make_time(reader: Reader, node: list[Node]) -> time:
    naive = time.fromisoformat(node[1])
    return naive.replace(tzinfo=reader.decode(node[3]), fold=node[2])


def _differ_clock(inner: Inner, a: Any, b: Any) -> str | None:
    """Compare the hands and the zone apart: `==` would take noon in UTC for 13:00 in Paris."""
    left, right = a.replace(tzinfo=None, fold=0), b.replace(tzinfo=None, fold=0)
    if left != right or a.fold != b.fold:
        return ""
    return None if inner(a.tzinfo, b.tzinfo) is None else ".tzinfo"


def _timezone_name(value: timezone) -> str | None:
    """The name given to a fixed offset, None if it goes by the offset."""
    name = value.tzname(None)
    return None if name == timezone(value.utcoffset(None)).tzname(None) else name


def _encode_timezone(writer: Writer, value: timezone) -> list[Node]:
    return [writer.encode(value.utcoffset(None)), writer.encode(_timezone_name(value))]


def _make_timezone(reader: Reader, node: list[Node]) -> timezone:
    offset, name = map(reader.decode, node[1:])
    return timezone(offset) if name is None else timezone(offset, name)


def _differ_timezones(_inner: Inner, a: timezone, b: timezone) -> str | None:
    left, right = (a.utcoffset(None), a.tzname(None)), (b.utcoffset(None), b.tzname(None))
    return None if left == right else ""


def _encode_zone_info(_writer: Writer, value: ZoneInfo) -> list[Node]:
    if not value.key:
        reason = "has no key, it was read from a file: name a zone of the database"
        raise NoCodec("zoneinfo.ZoneInfo", reason)
    return [value.key]


def _make_pattern(reader: Reader, node: list[Node]) -> re.Pattern[Any]:
    return re.compile(reader.decode(node[1]), node[2] & ~re.DEBUG)  # which would print


add(
    Codec(
        tag="datetime.date",
        encode=lambda _writer, value: [value.isoformat()],
        make=lambda _reader, node: date.fromisoformat(node[1]),
        differ=equal,
        kept=False,
    ),
    date,
)
add(
    Codec("datetime.datetime", _encode_datetime, _make_datetime, _differ_clock, kept=False),
    datetime,
)
add(Codec("datetime.time", _encode_time, _make_time, _differ_clock, kept=False), time)
add(
    Codec(
        tag="datetime.timedelta",
        encode=lambda _writer, value: [value.days, value.seconds, value.microseconds],
        make=lambda _reader, node: timedelta(*node[1:]),
        differ=equal,
        kept=False,
    ),
    timedelta,
)
add(
    Codec("datetime.timezone", _encode_timezone, _make_timezone, _differ_timezones, kept=False),
    timezone,
)
add(
    Codec(
        tag="zoneinfo",
        encode=_encode_zone_info,
        make=lambda _reader, node: ZoneInfo(node[1]),
        differ=lambda _inner, a, b: None if a.key == b.key else "",
        kept=False,
    ),
    ZoneInfo,
)
add(
    Codec(
        tag="decimal",
        encode=lambda writer, value: [writer.encode(str(value))],
        make=lambda reader, node: Decimal(reader.decode(node[1])),
        differ=lambda _inner, a, b: None if a.as_tuple() == b.as_tuple() else "",
        kept=False,
    ),
    Decimal,
)
add(
    Codec(
        tag="fractions",
        encode=lambda writer, value: [*map(writer.encode, (value.numerator, value.denominator))],
        make=lambda reader, node: Fraction(*map(reader.decode, node[1:])),
        differ=equal,
        kept=False,
    ),
    Fraction,
)
add(
    Codec(
        tag="uuid",
        encode=lambda _writer, value: [value.bytes, value.is_safe.value],
        make=lambda _reader, node: _uuid.UUID(bytes=node[1], is_safe=_uuid.SafeUUID(node[2])),
        differ=lambda _inner, a, b: None if (a, a.is_safe) == (b, b.is_safe) else "",
        kept=False,
    ),
    _uuid.UUID,
)
add(
    Codec(
        tag="pathlib",
        encode=lambda writer, value: [type(value).__name__, writer.encode(str(value))],
        make=lambda reader, node: _PATHS[node[1]](reader.decode(node[2])),
        differ=equal,
        kept=False,
    ),
    *_PATHS.values(),
)
add(
    Codec(
        tag="re.pattern",
        encode=lambda writer, value: [writer.encode(value.pattern), value.flags],
        make=_make_pattern,
        differ=lambda _inner, a, b: None if (a.pattern, a.flags) == (b.pattern, b.flags) else "",
        kept=False,
    ),
    re.Pattern,
)
