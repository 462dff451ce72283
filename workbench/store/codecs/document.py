"""The document: values become tagged nodes and come back; what is shared is written once.

A node is a scalar as it is (None, bool, int of 64 bits, float, well-formed str, short bytes) or a
list whose first item is a tag: `["tuple", [1, 2]]`. A value met twice moves to the table `shared`
and each place holds `["shared", index]`, so aliases and cycles survive. Classes of instances stand
in `classes`, each once with its fields. Large binary parts stand beside the document as blobs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from workbench.store.codecs.body import VERSION, Document, Node, pack
from workbench.store.codecs.refusals import CannotRestore, NoCodec, name_of, no_codec
from workbench.store.codecs.scalars import INLINE_BYTES, is_scalar

DEEPEST = 200
_INSIDE = "the inside of another stored value: keep a copy of it"

Blob = bytes | memoryview
Inner = Callable[[Any, Any], str | None]
"""Compares two parts: None where they are the same, else the path to the first difference."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one type is written, restored and compared.

    Args:
        tag: names it in the document, for good; what stands before a dot names its family.
        encode: a value to the parts that follow the tag.
        make: a node to a value; for a mutable one without its parts, which `fill` adds, so that
            cycles find it.
        differ: two values of the same type to None where they are the same, else to the path of
            the first difference.
        fill: adds the parts, where `make` left them out.
        kept: whether the value's identity matters, so that its aliases are kept.

    """

    tag: str
    encode: Callable[[Writer, Any], list[Node]]
    make: Callable[[Reader, list[Node]], Any]
    differ: Callable[[Inner, Any, Any], str | None]
    fill: Callable[[Reader, Any, list[Node]], None] | None = None
    kept: bool = True


class Collector(Protocol):
    """Sees several values of a dump before it decides how they are written."""

    def finish(self, writer: Writer) -> None:
        """Write what was left open, now that all values are known."""


C = TypeVar("C", bound=Collector)


_FAMILIES = {
    "datetime": "moments",
    "decimal": "moments",
    "fractions": "moments",
    "numpy": "arrays",
    "pandas": "frames",
    "pathlib": "moments",
    "pyarrow": "tables",
    "re": "moments",
    "uuid": "moments",
    "zoneinfo": "moments",
}
"""Top-level module of a type, or of a tag: the module here that registers it when first met."""

_by_type: dict[type, Codec] = {}
_by_tag: dict[str, Codec] = {}
_rules: list[Callable[[Any], Codec | None]] = []


def add(codec: Codec, *kinds: type) -> Codec:
    """Make a codec known by its tag and for values whose exact type is one of `kinds`."""
    _by_tag[codec.tag] = codec
    _by_type.update(dict.fromkeys(kinds, codec))
    return codec


def exact_codec(kind: type) -> Codec | None:
    """The codec of exactly that type, None if it has none; rules are not asked."""
    if kind not in _by_type:
        _import_family(kind.__module__)
    return _by_type.get(kind)


def forget(kind: type) -> None:
    """Take a type out again."""
    del _by_type[kind]


def add_rule(rule: Callable[[Any], Codec | None]) -> None:
    """Make a rule known that finds the codec of a value whose exact type has none."""
    _rules.append(rule)


def codec_of(value: object) -> Codec | None:
    """The codec of a value, None if it has none; imports the family of its type at first use."""
    codec = _by_type.get(type(value)) or exact_codec(type(value))
    if codec is not None:
        return codec
    return next((found for rule in _rules if (found := rule(value))), None)


def _codec_tagged(tag: str) -> Codec:
    codec = _by_tag.get(tag)
    if codec is None and _import_family(tag):
        codec = _by_tag.get(tag)
    if codec is None:
        raise CannotRestore(f"no codec is registered for {tag}")
    return codec


def _import_family(dotted: str) -> bool:
    module = _FAMILIES.get(str(dotted).partition(".")[0])
    if module is None:
        return False
    importlib.import_module(f"{__package__}.{module}")
    return True


class Writer:
    """Turns values into nodes; one for each dump.

    Args:
        namespace: the names of `__main__`, where classes defined there are looked up.
        max_bytes: refuse values that take more.

    Attributes:
        root: the name of the value that is being written, for refusals that come late.

    """

    def __init__(self, namespace: Mapping[str, object], max_bytes: int) -> None:
        self.namespace = namespace
        self.root = ""
        self.blobs: list[Blob] = []
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._seen: dict[int, tuple[object, list[Node] | None]] = {}
        self._open: list[int] = []
        self._index: dict[int, int] = {}
        self._shared: list[Node] = []
        self._classes: dict[type, int] = {}
        self._class_nodes: list[tuple[Node, list[str]]] = []
        self._collectors: dict[type[Collector], Collector] = {}

    def encode(self, value: Any) -> Node:
        """The node of a value.

        Raises:
            NoCodec: it cannot be stored; `path` starts at this value.

        """
        if is_scalar(value):
            return value
        codec = codec_of(value)
        if codec is None:
            raise no_codec(value)
        if not codec.kept:
            return [codec.tag, *codec.encode(self, value)]
        if id(value) in self._seen:
            return self._again(value)
        if len(self._open) >= DEEPEST:
            raise NoCodec(name_of(type(value)), f"nested too deeply, over {DEEPEST} levels")
        node: list[Node] = [codec.tag]
        self._seen[id(value)] = value, node
        self._open.append(id(value))
        node.extend(codec.encode(self, value))
        self._open.pop()
        return node

    def _again(self, value: object) -> Node:
        """A reference to what is written already, or, in a cycle, being written.

        In a cycle everything between the two ends is shared as well: reading starts a tuple of the
        cycle anew when it meets it inside itself, and stops at the first mutable it knows.
        """
        key = id(value)
        if self._seen[key][1] is None:
            raise NoCodec(name_of(type(value)), _INSIDE)
        if key in self._open:
            for inside in self._open[self._open.index(key) :]:
                self._share(inside)
        return ["shared", self._share(key)]

    def _share(self, key: int) -> int:
        if key not in self._index:
            self._index[key] = self.place(None)
        return self._index[key]

    def place(self, node: Node) -> int:
        """Put a node into the shared table; returns its index."""
        self._shared.append(node)
        return len(self._shared) - 1

    def own(self, inside: object) -> None:
        """Claim a part (an object's `__dict__`) whose identity cannot be kept if met elsewhere."""
        if id(inside) in self._seen:
            raise NoCodec(name_of(type(inside)), _INSIDE)
        self._seen[id(inside)] = inside, None

    def class_index(self, kind: type, describe: Callable[[], tuple[Node, list[str]]]) -> int:
        """The place of a class in the table of classes; `describe` gives its entry when new."""
        if kind not in self._classes:
            entry = describe()
            self._classes[kind] = len(self._class_nodes)
            self._class_nodes.append(entry)
        return self._classes[kind]

    def binary(self, data: Blob) -> bytes | int:
        """Bytes as they are where few, else the index of a new blob; `spend` them before."""
        if len(data) <= INLINE_BYTES:
            return bytes(data)
        self.blobs.append(data)
        return len(self.blobs) - 1

    def spend(self, size_bytes: int) -> None:
        """Check the size so far plus `size_bytes` against the cap, before anything is copied."""
        self._size_bytes += size_bytes
        if self._size_bytes > self._max_bytes:
            shown, cap = self._size_bytes / 1e6, self._max_bytes / 1e6
            reason = f"brings the values to {shown:.1f} MB, over the cap of {cap:.1f} MB"
            raise NoCodec(self._type_open(), reason)

    def _type_open(self) -> str:
        return name_of(type(self._seen[self._open[-1]][0])) if self._open else "value"

    def collector(self, kind: type[C]) -> C:
        """The only instance of `kind` in the dump, finished after all values are encoded."""
        if kind not in self._collectors:
            self._collectors[kind] = kind()
        return cast("C", self._collectors[kind])

    def finish(self, values: dict[str, Node]) -> bytes:
        """The body of all that was encoded.

        Raises:
            NoCodec: a collector cannot write what it saw.

        """
        for collector in self._collectors.values():
            collector.finish(self)
        for key, index in self._index.items():
            node = self._seen[key][1]
            assert node is not None
            self._shared[index] = node[:]
            node[:] = ["shared", index]
        return pack(Document(VERSION, self._class_nodes, self._shared, values))


class Reader:
    """Turns the nodes of one body into values; one for each load."""

    def __init__(
        self, document: Document, blobs: Sequence[Blob], namespace: Mapping[str, object]
    ) -> None:
        self.namespace = namespace
        self.classes = document.classes
        self.known_classes: dict[tuple[str, int], type] = {}
        self._shared = document.shared
        self._blobs = blobs
        self._made: dict[int, Any] = {}

    def decode(self, node: Node) -> Any:
        """The value of a node, with its parts.

        Raises:
            CannotRestore: a class or codec that it names is gone or has changed.

        """
        if type(node) is not list:
            return node
        index = node[1] if node[0] == "shared" else None
        if index is not None:
            if index in self._made:
                return self._made[index]
            node = self._shared[index]
        codec = _codec_tagged(node[0])
        value = codec.make(self, node)
        if index is not None:  # a tuple in a cycle is made inside itself first
            value = self._made.setdefault(index, value)
        if codec.fill is not None:
            codec.fill(self, value, node)
        return value

    def binary(self, part: bytes | int) -> Blob:
        """What `Writer.binary` gave: the bytes themselves or the blob at that index."""
        return part if isinstance(part, bytes) else self._blobs[part]
