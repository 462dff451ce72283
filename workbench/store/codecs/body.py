"""The form of a body: one msgpack document with a version."""

from __future__ import annotations

from typing import Any

import msgspec

from workbench.store.codecs.refusals import CannotRestore

VERSION = 1
"""Raised when older programs could not read what newer ones write; each one read before stays."""

Node = Any
"""A scalar, or a list of a tag and its parts."""


class Document(msgspec.Struct):
    """What a body holds.

    Args:
        v: the version of its form.
        classes: the classes of instances, each with the names of its fields.
        shared: nodes that stand in several places, which hold `["shared", index]`.
        values: a node for each value by name.

    """

    v: int
    classes: list[tuple[Node, list[str]]]
    shared: list[Node]
    values: dict[str, Node]


def pack(document: Document) -> bytes:
    """A document as bytes."""
    return msgspec.msgpack.encode(document)


def unpack(body: bytes) -> Document:
    """A document from bytes.

    Raises:
        CannotRestore: they are damaged, or written in a form that is not known here.

    """
    try:
        document = msgspec.msgpack.decode(body, type=Document)
    except Exception as error:  # not only DecodeError: texts, nesting and sizes fail on their own
        raise CannotRestore(f"the bytes are damaged: {error}") from error
    if document.v != VERSION:
        raise CannotRestore(f"the values are written in form {document.v}, not {VERSION}")
    return document
