"""Numbers, texts and bytes that do not stand in a document as they are, and constants."""

from __future__ import annotations

import struct
from typing import Any

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add


def equal(_inner: Inner, a: Any, b: Any) -> str | None:
    """The comparison of values of one type that `==` tells apart exactly."""
    return None if a == b else ""


def _encode_int(writer: Writer, value: int) -> list[Node]:
    writer.spend(value.bit_length() // 8 + 1)
    return [writer.binary(value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))]


def _make_int(reader: Reader, node: list[Node]) -> int:
    return int.from_bytes(reader.binary(node[1]), "big", signed=True)


def _encode_text(writer: Writer, value: str) -> list[Node]:
    writer.spend(len(value))
    return [writer.binary(value.encode("utf-8", "surrogatepass"))]


def _make_text(reader: Reader, node: list[Node]) -> str:
    return str(reader.binary(node[1]), "utf-8", "surrogatepass")


def _encode_bytes(writer: Writer, value: bytes | bytearray) -> list[Node]:
    writer.spend(len(value))
    return [writer.binary(bytes(value))]


def _differ_complex(_inner: Inner, a: complex, b: complex) -> str | None:
    left, right = struct.pack("<2d", a.real, a.imag), struct.pack("<2d", b.real, b.imag)
    return None if left == right else ""


def _add_constant(tag: str, value: object) -> None:
    add(
        Codec(
            tag=tag,
            encode=lambda _writer, _value: [],
            make=lambda _reader, _node: value,
            differ=equal,
            kept=False,
        ),
        type(value),
    )


add(Codec("int", _encode_int, _make_int, equal, kept=False), int)
add(Codec("str", _encode_text, _make_text, equal), str)
add(
    Codec(
        tag="bytes",
        encode=_encode_bytes,
        make=lambda reader, node: bytes(reader.binary(node[1])),
        differ=equal,
    ),
    bytes,
)
add(
    Codec(
        tag="bytearray",
        encode=_encode_bytes,
        make=lambda reader, node: bytearray(reader.binary(node[1])),
        differ=equal,
    ),
    bytearray,
)
add(
    Codec(
        tag="complex",
        encode=lambda _writer, value: [value.real, value.imag],
        make=lambda _reader, node: complex(node[1], node[2]),
        differ=_differ_complex,
        kept=False,
    ),
    complex,
)
_add_constant("ellipsis", ...)
_add_constant("not_implemented", NotImplemented)
