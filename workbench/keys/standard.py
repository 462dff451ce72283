"""Values of the standard library: dates, numbers, paths, patterns and plain records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.encoder import Opaque
from workbench.keys.mentions import may_be_path

if TYPE_CHECKING:
    import datetime as dt
    import decimal
    import fractions
    import pathlib
    import re
    import zoneinfo

    from workbench.keys.encoder import Encoder, Handler

RECORDS = frozenset({
    "argparse.Namespace",
    "collections.UserDict",
    "collections.UserList",
    "collections.UserString",
    "dataclasses._MISSING_TYPE",
    "ipaddress.IPv4Address",
    "ipaddress.IPv4Interface",
    "ipaddress.IPv4Network",
    "ipaddress.IPv6Address",
    "ipaddress.IPv6Interface",
    "ipaddress.IPv6Network",
    "string.Template",
})  # fmt: skip
"""Classes of the standard library whose instances are their attributes and nothing else."""


def _numbers(enc: Encoder, *numbers: int) -> None:
    for number in numbers:
        enc.parts.append(wire.integer(number))


def put_datetime(enc: Encoder, value: dt.datetime) -> None:
    """Write a datetime with fold and zone."""
    enc.tag("datetime")
    _numbers(enc, value.year, value.month, value.day, value.hour, value.minute, value.second)
    _numbers(enc, value.microsecond, value.fold)
    enc.put_at(".tzinfo", value.tzinfo)


def put_date(enc: Encoder, value: dt.date) -> None:
    """Write a date."""
    enc.tag("date")
    _numbers(enc, value.year, value.month, value.day)


def put_time(enc: Encoder, value: dt.time) -> None:
    """Write a time of day with fold and zone."""
    enc.tag("time")
    _numbers(enc, value.hour, value.minute, value.second, value.microsecond, value.fold)
    enc.put_at(".tzinfo", value.tzinfo)


def put_timedelta(enc: Encoder, value: dt.timedelta) -> None:
    """Write a duration."""
    enc.tag("timedelta")
    _numbers(enc, value.days, value.seconds, value.microseconds)


def put_timezone(enc: Encoder, value: dt.timezone) -> None:
    """Write a fixed offset with its name, where one was given."""
    enc.tag("timezone")
    put_timedelta(enc, value.utcoffset(None))
    enc.text(value.tzname(None))
    named = len(value.__getinitargs__()) > 1  # type: ignore[attr-defined]
    enc.parts.append(b"f1" if named else b"f0")


def put_zone(enc: Encoder, value: zoneinfo.ZoneInfo) -> None:
    """Write a zone by its name; one read from a file may hold anything under its name."""
    try:
        made: Any = value.__reduce__()
    except Exception as error:  # a PicklingError; pickle is not imported for its name
        raise Opaque("a zone that was read from a file", "ZoneInfo") from error
    key, cached = made[1]
    enc.tag("ZoneInfo")
    enc.text(str(key))
    enc.parts.append(b"f1" if cached else b"f0")


def put_decimal(enc: Encoder, value: decimal.Decimal) -> None:
    """Write a Decimal with its exponent: 1.0 is not 1.00."""
    enc.tag("Decimal")
    sign, digits, exponent = value.as_tuple()
    enc.text(f"{sign} {''.join(map(str, digits))} {exponent}")


def put_fraction(enc: Encoder, value: fractions.Fraction) -> None:
    """Write a Fraction."""
    enc.tag("Fraction")
    _numbers(enc, value.numerator, value.denominator)


def put_uuid(enc: Encoder, value: Any) -> None:
    """Write a UUID."""
    enc.tag("UUID")
    _numbers(enc, value.int)
    enc.text(value.is_safe.name)


def put_path(enc: Encoder, value: pathlib.PurePath) -> None:
    """Write a path with its flavour; the caller is told of it."""
    enc.tag(type(value).__name__)
    written = str(value)
    enc.text(written)
    if enc.note is not None and may_be_path(written):
        enc.note(written)


def put_pattern(enc: Encoder, value: re.Pattern[Any]) -> None:
    """Write a compiled regular expression by its pattern and flags."""
    enc.tag("Pattern")
    part = wire.leaf(value.pattern)
    if part is None:
        raise Opaque("a pattern over a buffer", "Pattern")
    enc.parts.append(part)
    _numbers(enc, value.flags)


def put_operator(enc: Encoder, value: Any) -> None:
    """Write a getter or caller, also that of a named tuple's field, by what it was made from."""
    enc.tag(type(value).__name__)
    enc.sequence(value.__reduce__())


BY_NAME: dict[str, Handler] = {
    # by name, so that nothing is imported to recognise what is not there
    "datetime.datetime": put_datetime,
    "datetime.date": put_date,
    "datetime.time": put_time,
    "datetime.timedelta": put_timedelta,
    "datetime.timezone": put_timezone,
    "zoneinfo.ZoneInfo": put_zone,
    "decimal.Decimal": put_decimal,
    "fractions.Fraction": put_fraction,
    "uuid.UUID": put_uuid,
    "re.Pattern": put_pattern,
    "operator.attrgetter": put_operator,
    "operator.itemgetter": put_operator,
    "operator.methodcaller": put_operator,
    "_collections._tuplegetter": put_operator,
    "collections._tuplegetter": put_operator,  # its name from Python 3.12 on
    **{
        f"{module}.{name}": put_path
        for module in ("pathlib", "pathlib._local")
        for name in ("PurePosixPath", "PureWindowsPath", "PosixPath", "WindowsPath")
    },
}
