import math
import struct

import pytest

from workbench.store.codecs import dump, load

EXACT = [
    None,
    True,
    False,
    0,
    1,
    -1,
    2**63,
    2**64 - 1,
    2**64,
    -(2**63),
    -(2**63) - 1,
    10**5000,
    -(10**5000),
    1 << 40_000,
    0.0,
    -0.0,
    1.5,
    5e-324,
    math.inf,
    -math.inf,
    math.nan,
    complex(1, -0.0),
    complex(math.nan, math.inf),
    "",
    "text",
    "größer ☃ 🎉",
    "\x00",
    "\ud800",
    "a\udfffb" * 9000,
    "x" * 16_384,
    "x" * 16_385,
    "ü" * 10_000,
    b"",
    b"\x00\xff",
    b"x" * 4096,
    b"x" * 4097,
    bytearray(),
    bytearray(b"abc"),
    bytearray(b"abc") * 5000,
    ...,
    NotImplemented,
]


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_a_builtin_value_comes_back_exactly(value, round_trip):
    round_trip(value)


def test_the_sign_of_zero_and_the_bits_of_nan_survive(round_trip):
    assert math.copysign(1, round_trip(-0.0)) == -1
    payload = struct.unpack("<d", b"\x01\x00\x00\x00\x00\x00\xf8\x7f")[0]
    assert struct.pack("<d", round_trip([payload])[0]) == struct.pack("<d", payload)


def test_long_texts_and_bytes_stand_beside_the_document():
    written = dump({"text": "x" * 20_000, "data": b"y" * 5000, "short": "z"}, namespace={})
    assert [len(blob) for blob in written.blobs] == [20_000, 5000]
    assert len(written.body) < 200


def test_one_long_text_under_two_names_is_stored_once():
    text = "x" * 20_000
    written = dump({"a": text, "b": [text]}, namespace={})
    assert len(written.blobs) == 1


def test_a_restored_bytearray_can_be_changed_and_leaves_the_blob_alone():
    written = dump({"value": bytearray(b"x" * 5000)}, namespace={})
    restored = load(written.body, written.blobs, namespace={})["value"]
    restored[0] = 0
    assert load(written.body, written.blobs, namespace={})["value"][0] == ord("x")


def test_blobs_may_be_views_of_memory():
    written = dump({"value": ["x" * 20_000, b"y" * 5000]}, namespace={})
    views = [memoryview(bytes(blob)) for blob in written.blobs]
    assert load(written.body, views, namespace={})["value"] == ["x" * 20_000, b"y" * 5000]
