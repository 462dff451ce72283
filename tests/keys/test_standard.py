"""Zones and offsets of the standard library that look alike."""

from __future__ import annotations

import copy
import datetime as dt
import io
import pickle
import struct
import zoneinfo

import pytest
from notebook_code import TestSources

from workbench.keys.canonical import Opaque, digest

EMPTY_ZONE = b"TZif" + b"\0" * 16 + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + b"\0" * 6 + b"UTC\0"


def of(value):
    return digest(value, TestSources())


def test_an_offset_with_a_name_of_its_own_is_another_one():
    zero = dt.timedelta(0)
    assert repr(dt.timezone.utc) != repr(dt.timezone(zero, "UTC"))
    assert of(dt.timezone.utc) == of(dt.timezone(zero))
    assert of(dt.timezone.utc) != of(dt.timezone(zero, "UTC"))
    assert of(dt.timezone(zero, "UTC")) == of(dt.timezone(zero, "UTC"))


def test_a_zone_read_from_a_file_is_opaque_whatever_it_calls_itself():
    zone = zoneinfo.ZoneInfo.from_file(io.BytesIO(EMPTY_ZONE), key="Europe/Paris")
    with pytest.raises(Opaque, match="read from a file") as caught:
        of({"when": dt.datetime(2020, 1, 1, tzinfo=zone)})
    assert caught.value.path == "value['when'].tzinfo"
    assert caught.value.type_name == "ZoneInfo"


def test_a_zone_is_its_name_in_every_copy():
    zone = zoneinfo.ZoneInfo("Europe/Paris")
    assert of(zone) == of(copy.deepcopy(zone)) == of(pickle.loads(pickle.dumps(zone)))
    assert of(zone) != of(zoneinfo.ZoneInfo.no_cache("Europe/Paris"))
