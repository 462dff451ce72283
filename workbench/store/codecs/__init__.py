"""The values that a checkpoint restores, as bytes on disk: no pickle, nothing executed.

    values --dump--> one document + blobs --load--> equal values, or CannotRestore

`dump` proves that what it wrote comes back equal (`same`), else refuses with the path of what does
not (`NoCodec`). All outputs of a step go into one dump, so aliases and cycles are kept. How each
family of types is written: values, containers, moments, classes, references, arrays, frames,
tables. Heavy packages are imported only when a value or a body has to do with them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

# imported for what they register; the other families follow when a value or a body needs them
import workbench.store.codecs.classes
import workbench.store.codecs.containers
import workbench.store.codecs.references
import workbench.store.codecs.values  # noqa: F401
from workbench.store.codecs.body import Node, unpack
from workbench.store.codecs.document import Blob, Reader, Writer
from workbench.store.codecs.refusals import CannotRestore, NoCodec, name_of
from workbench.store.codecs.registered import register
from workbench.store.codecs.same import Comparison, same

__all__ = ["CannotRestore", "Dump", "NoCodec", "dump", "load", "register", "same"]

MAX_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class Dump:
    """Values as bytes.

    Args:
        body: one document; small, and all there is for small values.
        blobs: large binary parts, which the document names by their place here.

    """

    body: bytes
    blobs: tuple[Blob, ...] = ()

    @property
    def size_bytes(self) -> int:
        """All bytes together."""
        return len(self.body) + sum(map(len, self.blobs))


def dump(
    values: Mapping[str, object],
    *,
    namespace: Mapping[str, object] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Dump:
    """Write values by their names, and prove that they come back equal.

    Costs about four times one walk through the values: write, read, compare. Takes memory for the
    written and the restored copy while it runs.

    Args:
        values: the outputs of a step by name.
        namespace: the names of `__main__`, for classes defined there; of this process if None.
        max_bytes: refuse what takes more.

    Raises:
        NoCodec: a value would not come back equal, or all together are too large.

    """
    names = vars(sys.modules["__main__"]) if namespace is None else namespace
    writer = Writer(names, max_bytes)
    nodes = {name: _encode(writer, name, value) for name, value in values.items()}
    written = Dump(writer.finish(nodes), tuple(writer.blobs))
    _check_size(written, values, nodes, max_bytes)
    _prove(written, values, names)
    return written


def load(
    body: bytes, blobs: Sequence[Blob] = (), *, namespace: Mapping[str, object]
) -> dict[str, object]:
    """Restore what `dump` wrote; calls no function that the body names.

    Args:
        body: the document.
        blobs: its blobs, in order; memory maps are read, never kept.
        namespace: the names of `__main__`, for classes defined there.

    Raises:
        CannotRestore: a class is gone or has changed, or the bytes are damaged.

    """
    # NOTE: arrays and frames are copied out of the blobs, so that they can be changed; mapping
    # them copy-on-write would spare the copy
    document = unpack(body)
    reader = Reader(document, blobs, namespace)
    return {name: _restore(reader, node) for name, node in document.values.items()}


def _encode(writer: Writer, name: str, value: object) -> Node:
    writer.root = name
    try:
        return writer.encode(value)
    except NoCodec as refusal:
        refusal.within(name)
        raise
    except RecursionError as error:
        raise NoCodec(name_of(type(value)), "nested too deeply", name) from error


def _check_size(
    written: Dump, values: Mapping[str, object], nodes: dict[str, Any], max_bytes: int
) -> None:
    """Refuse a body that is too large through many small values, naming the largest."""
    if written.size_bytes <= max_bytes:
        return
    name = max(nodes, key=lambda name: len(msgspec.msgpack.encode(nodes[name])))
    shown, cap = written.size_bytes / 1e6, max_bytes / 1e6
    reason = f"brings the values to {shown:.1f} MB, over the cap of {cap:.1f} MB"
    raise NoCodec(name_of(type(values[name])), reason, name)


def _prove(written: Dump, values: Mapping[str, object], namespace: Mapping[str, object]) -> None:
    """Read what was written and compare; the first value that differs is refused."""
    document = unpack(written.body)
    reader = Reader(document, written.blobs, namespace)
    restored = {}
    for name, value in values.items():
        try:
            restored[name] = _restore(reader, document.values[name])
        except CannotRestore as error:
            reason = f"cannot be built again: {error.reason}"
            raise NoCodec(name_of(type(value)), reason, name) from error
    comparison = Comparison()
    for name, value in values.items():
        path = _compare(comparison, name, value, restored[name])
        if path is not None:
            culprit = name_of(type(comparison.culprit))
            raise NoCodec(culprit, "does not come back equal", name + path)


def _compare(comparison: Comparison, name: str, value: object, restored: object) -> str | None:
    try:
        return comparison.differ(value, restored)
    except Exception as error:
        reason = f"cannot be compared: {type(error).__name__}: {error}"
        raise NoCodec(name_of(type(value)), reason, name) from error


def _restore(reader: Reader, node: Node) -> object:
    """One value; whatever goes wrong on the way is a CannotRestore."""
    try:
        return reader.decode(node)
    except CannotRestore:
        raise
    except Exception as error:  # damaged bytes and changed classes fail in many ways
        raise CannotRestore(f"{type(error).__name__}: {error}") from error
