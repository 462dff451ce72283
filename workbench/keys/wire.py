"""Bytes that cannot be mistaken for one another: every piece carries its type and its length.

Call keys guard paid answers, so no byte that this module writes may ever change; the tests hold
examples of them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZE = struct.Struct("<Q").pack
DOUBLE = struct.Struct("<d").pack
TAGGED_LONG = struct.Struct("<cq").pack
TAGGED_DOUBLE = struct.Struct("<cd").pack

THREADS_FROM_BYTES = 1 << 20
"""Below this size, starting threads costs more than they save."""

_PACK = msgspec.msgpack.Encoder().encode
_SINGLETONS = {None: b"n", False: b"f0", True: b"f1", Ellipsis: b"e", NotImplemented: b"x"}


def fingerprint(data: bytes | bytearray | memoryview) -> bytes:
    """Return the 32 bytes of blake3 of `data`, which must be contiguous bytes; not copied."""
    threads = blake3.AUTO if memoryview(data).nbytes > THREADS_FROM_BYTES else 1
    return blake3(data, max_threads=threads).digest()


def fingerprint_all(blocks: Iterable[bytes | memoryview]) -> bytes:
    """Return the 32 bytes of blake3 of contiguous blocks in a row, as if they were one."""
    hasher = blake3(max_threads=blake3.AUTO)
    for block in blocks:
        hasher.update(block)
    return hasher.digest()


def framed(tag: bytes, data: bytes) -> bytes:
    """Return `data` with its tag and its length before it."""
    return tag + SIZE(len(data)) + data


def packed(values: Sequence[Any] | dict[Any, Any]) -> bytes | None:
    """Return a list, tuple or dict of constants as msgpack; None if one does not fit.

    Each must be exactly None, a bool, int, float, str or bytes: msgpack then tells all apart, each
    in the one shortest form of its format, and nothing of the user's runs. An int past 64 bits and
    a str with a lone surrogate do not fit.
    """
    try:
        return _PACK(values)
    except (OverflowError, ValueError):
        return None


def text(value: str) -> bytes:
    """Return a str, lone surrogates included, as framed UTF-8."""
    return framed(b"s", str.encode(value, "utf-8", "surrogatepass"))


def integer(value: int) -> bytes:
    """Return an int of any size; a bool is not one (see `leaf`)."""
    try:
        return TAGGED_LONG(b"i", value)
    except struct.error:
        pass  # longer than 64 bits
    length = (int.bit_length(value) + 8) // 8
    return framed(b"I", int.to_bytes(value, length, "little", signed=True))


def leaf(value: Any) -> bytes | None:  # noqa: PLR0911 - a table of exact types, in order of use
    """Return the encoding of a constant, or None if `value` is none of the exact types here."""
    kind = type(value)
    if kind is str:
        return text(value)
    if value is None or kind is bool or value is Ellipsis or value is NotImplemented:
        return _SINGLETONS[value]
    if kind is int:
        return integer(value)
    if kind is float:
        return TAGGED_DOUBLE(b"r", value)
    if kind is complex:
        return b"c" + DOUBLE(value.real) + DOUBLE(value.imag)
    if kind is bytes:
        return framed(b"b", value)
    return None


def hex_digest(parts: Iterable[bytes]) -> str:
    """Return the hex blake3 of the parts in a row; each must be framed already."""
    return fingerprint(b"".join(parts)).hex()
