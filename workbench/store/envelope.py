"""A checkpoint as one value of bytes: magic, digest, header, inline parts. Pure.

Layout: `WBC1` · blake3 of the rest (32 bytes) · length of the head (4, big endian) · head (JSON:
`header` and, for each part, its length or the digest of the file that holds it) · inline parts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from blake3 import blake3

from workbench.model import Json

MAGIC = b"WBC1"
_START = len(MAGIC) + 32


class Corrupt(Exception):
    """The bytes are not what was stored; the message says how that was seen."""


class _File(msgspec.Struct, frozen=True):
    digest: str
    size_bytes: int


class _Head(msgspec.Struct, frozen=True):
    header: msgspec.Raw
    parts: tuple[int | _File, ...]


_decode_head = msgspec.json.Decoder(_Head).decode
_encode = msgspec.json.Encoder().encode


def seal(
    header: Json,
    parts: Sequence[bytes | memoryview],
    inline_bytes: int,
    write: Callable[[bytes | memoryview], str],
) -> bytes:
    """The envelope; parts over `inline_bytes` go through `write`, which returns their digest."""
    places: list[int | _File] = []
    inline: list[bytes | memoryview] = []
    for part in parts:
        size = memoryview(part).nbytes
        if size > inline_bytes:
            places.append(_File(write(part), size))
        else:
            places.append(size)
            inline.append(part)
    head = _encode(_Head(msgspec.Raw(_encode(header)), tuple(places)))
    rest = b"".join([len(head).to_bytes(4), head, *inline])
    return MAGIC + blake3(rest).digest() + rest


def unseal(
    envelope: bytes, read: Callable[[str, int], bytes | memoryview]
) -> tuple[Json, tuple[bytes | memoryview, ...]]:
    """Header and parts of an envelope; parts kept as files come from `read(digest, size)`.

    Raises:
        Corrupt: magic, digest or lengths do not agree.

    """
    head, offset = _open(envelope)
    parts: list[bytes | memoryview] = []
    for place in head.parts:
        if isinstance(place, _File):
            parts.append(read(place.digest, place.size_bytes))
        else:
            parts.append(envelope[offset : offset + place])
            offset += place
    if offset != len(envelope):
        raise Corrupt("the lengths in its head do not add up")
    return msgspec.json.decode(head.header), tuple(parts)


def files(envelope: bytes) -> tuple[str, ...]:
    """Digests of the files that an envelope refers to. Raises: Corrupt."""
    return tuple(place.digest for place in _open(envelope)[0].parts if isinstance(place, _File))


def _open(envelope: bytes) -> tuple[_Head, int]:
    if envelope[: len(MAGIC)] != MAGIC:
        raise Corrupt("it does not start as a checkpoint does")
    rest = memoryview(envelope)[_START:]
    if blake3(rest).digest() != envelope[len(MAGIC) : _START]:
        raise Corrupt("its digest does not match its bytes")
    end = 4 + int.from_bytes(rest[:4])
    try:
        return _decode_head(rest[4:end]), _START + end
    except msgspec.MsgspecError as error:
        raise Corrupt(f"its head cannot be read ({error})") from None
