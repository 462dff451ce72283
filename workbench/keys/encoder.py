"""The walk over a value: parts written in order, back references, and what cannot be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from workbench.keys import wire
from workbench.keys.mentions import may_be_path, mentioned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import FunctionType

    from workbench.keys.memory import Memory

    Handler = Callable[["Encoder", Any], None]

__all__ = ["DEEPEST", "Encoder", "Opaque", "Sources", "label", "may_be_path"]

DEEPEST = 400
"""Containers inside containers; deeper would leave Python's own stack in a notebook."""

_DIGEST_FROM_BYTES = 1 << 16
_SHORT_HEADS = tuple(b"s" + wire.SIZE(n) for n in range(256))
_LABEL_CHARACTERS = 40
_BLOCK_FROM_ITEMS = 8
_CONSTANTS = frozenset({type(None), bool, int, float, str, bytes})
"""What a packed block may hold, by exact type: msgpack keeps each of them apart."""


class Opaque(Exception):
    """A value whose behaviour no bytes can stand for: a lock, a generator, an open file.

    `path` says where it sits ("client.pool[0]._lock"), `type_name` what it is, `reason` in a few
    words why it has no digest.
    """

    def __init__(self, reason: str, type_name: str = "", path: str = "") -> None:
        super().__init__(reason, type_name, path)
        self.reason = reason
        self.type_name = type_name
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.type_name}: {self.reason}"

    def under(self, label: str) -> Opaque:
        """Return itself, with one more step written before its path."""
        self.path = label + self.path
        self.args = (self.reason, self.type_name, self.path)
        return self


class Sources(Protocol):
    """How keys learn about code without reading files themselves."""

    def source_of(self, code_owner: FunctionType | type) -> str | None:
        """Return the source text of a function or class, None if it is not known."""

    def module_digest(self, name: str) -> str | None:
        """Return the digest of a module, None if it is not known.

        A first-party module counts by its source and, transitively, that of the first-party
        modules it imports; a third-party one by its name and version.
        """


class Encoder:
    """Collects the parts of one value's encoding.

    Mutable objects are numbered at their first visit and referred to afterwards, so that aliases
    count and cycles end. Immutable scalars never are: whether two equal strings are one object
    differs from process to process.
    """

    __slots__ = (
        "depth", "handlers", "keep", "kinds", "learn", "memo", "memory", "modules", "names",
        "note", "open_sets", "parts", "sources", "stable",
    )  # fmt: skip

    def __init__(
        self,
        sources: Sources,
        handlers: dict[type, Handler],
        learn: Callable[[Encoder, type], Handler],
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.sources = sources
        self.handlers = handlers
        self.learn = learn
        self.note = note
        self.kinds: dict[type, Handler] = {}
        self.modules: dict[str, str] = {}
        self.names: set[Any] = set()  # keys of dicts that the caller was told of
        self.open_sets: tuple[int, ...] = ()
        self.depth = 0
        self.forget()

    def forget(self) -> None:
        """Start an encoding of its own: no parts, nothing visited."""
        self.parts: list[bytes] = []
        self.memo: dict[int, int] = {}
        self.keep: list[Any] = []  # an id means something only while its object lives
        self.stable: dict[int, bytes] = {}
        self.memory: Memory | None = None

    def child(self) -> Encoder:
        """Return an encoder that has visited nothing and knows what this one knows."""
        child = Encoder(self.sources, self.handlers, self.learn, self.note)
        child.kinds, child.modules, child.names = self.kinds, self.modules, self.names
        child.open_sets, child.depth = self.open_sets, self.depth
        return child

    def put(self, value: Any) -> None:
        """Write one value; cost as that of its contents.

        Raises:
            Opaque: the value, or something in it, cannot be seen whole.

        """
        kind = type(value)
        handler = self.handlers.get(kind) or self.kinds.get(kind)
        if handler is None:
            handler = self.kinds[kind] = self.learn(self, kind)
        handler(self, value)

    def put_at(self, label: str, value: Any) -> None:
        """Write one value that sits at `label` of the one being written."""
        try:
            self.put(value)
        except Opaque as opaque:
            raise opaque.under(label)  # noqa: B904 - the same error, told where it is

    def tag(self, name: str) -> None:
        """Write which kind of thing follows."""
        self.parts.append(wire.framed(b"#", name.encode()))

    def size(self, count: int) -> None:
        """Write how many follow."""
        self.parts.append(wire.SIZE(count))

    def text(self, value: str) -> None:
        """Write a str that is no path: a name, a digest, a code."""
        self.parts.append(wire.text(value))

    def seen(self, value: Any) -> bool:
        """Return whether `value` was visited before, in which case a reference is written."""
        ordinal = self.memo.get(id(value))
        if ordinal is not None:
            self.parts.append(b"@" + wire.SIZE(ordinal))
            return True
        self.memo[id(value)] = len(self.memo)
        self.keep.append(value)
        return False

    def enter(self) -> None:
        """Go one container deeper."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Opaque("nested too deeply")

    def sequence(self, values: Iterable[Any]) -> None:
        """Write values in their order, many constants as one block; their number stands before."""
        if type(values) is list or type(values) is tuple:  # noqa: SIM102 - mypy follows only this
            if len(values) >= _BLOCK_FROM_ITEMS and self._block(values):
                return
        self.enter()
        put = self.put
        index = 0
        try:
            for value in values:
                put(value)
                index += 1
        except Opaque as opaque:
            raise opaque.under(f"[{index}]")  # noqa: B904
        self.depth -= 1

    def items(self, pairs: Iterable[tuple[Any, Any]], *, attributes: bool = False) -> None:
        """Write keys and values in their order; their number must stand before."""
        self.enter()
        put = self.put
        string = self.string
        key: Any = None
        try:
            for key, value in pairs:
                if type(key) is str:
                    string(key)
                else:
                    put(key)
                if type(value) is str:
                    string(value)
                else:
                    put(value)
        except Opaque as opaque:
            raise opaque.under(f".{key}" if attributes else f"[{label(key)}]")  # noqa: B904
        self.depth -= 1

    def state(self, attributes: dict[str, Any]) -> None:
        """Write the attributes of an object: its own dict, which others may hold too."""
        if not self.seen(attributes) and not self.record(attributes):
            self.size(len(attributes))
            self.items(attributes.items(), attributes=True)

    def _block(self, values: Sequence[Any]) -> bool:
        """Write a list or tuple of constants as one block; return whether it is such.

        About 0.03 µs a cell, a fifth of what one by one takes.
        """
        if type(values[0]) not in _CONSTANTS:
            return False
        kinds = set(map(type, values))
        data = wire.packed(values) if kinds <= _CONSTANTS else None
        if data is None:
            return False
        self.blob(b"P", data)
        if self.note is not None and str in kinds:
            self._tell(values if len(kinds) == 1 else [v for v in values if type(v) is str], data)
        return True

    def record(self, value: dict[Any, Any]) -> bool:
        """Write a plain dict of constants as one block; return whether it is such.

        About 0.3 µs for three entries, a quarter of what one by one takes.
        """
        constant = _CONSTANTS.issuperset
        if not value or not constant(map(type, value.values())) or not constant(map(type, value)):
            return False
        data = wire.packed(value)
        if data is None:
            return False
        self.blob(b"D", data)
        if self.note is not None:
            texts = [v for v in value.values() if type(v) is str]
            new = [name for name in value if name not in self.names]
            if new:
                self.names.update(new)
                texts += [name for name in new if type(name) is str]
            self._tell(texts, data)
        return True

    def _tell(self, texts: Sequence[str], data: bytes) -> None:
        """Tell the caller of those of many texts that may be a path."""
        assert self.note is not None
        few = len(texts) < _BLOCK_FROM_ITEMS
        for text in filter(may_be_path, texts) if few else mentioned(texts, data):
            self.note(text)

    def string(self, value: str) -> None:
        """Write a str from the user's data, and tell the caller if it may be a path."""
        data = str.encode(value, "utf-8", "surrogatepass")
        size = len(data)
        parts = self.parts
        if size < len(_SHORT_HEADS):
            parts.append(_SHORT_HEADS[size])
            parts.append(data)
        else:
            self.blob(b"s", data)
        if self.note is not None and may_be_path(value):
            self.note(value)

    def blob(self, tag: bytes, data: bytes) -> None:
        """Write bytes: themselves where short, their digest where long."""
        if len(data) < _DIGEST_FROM_BYTES:
            self.parts.append(wire.framed(tag, data))
        else:
            self.parts.append(b"^" + tag + wire.SIZE(len(data)) + wire.fingerprint(data))

    def collapse(self, start: int, value: Any) -> None:
        """Replace the parts from `start` on, which `value` alone determines, by their digest.

        Without it an immutable tuple that holds one tuple twice, fifty levels deep, would take
        2**50 parts. Whether to do so may depend on the parts, never on identity.
        """
        part = b"=" + wire.fingerprint(b"".join(self.parts[start:]))
        self.parts[start:] = [part]
        self.stable[id(value)] = part
        self.keep.append(value)


def label(key: Any) -> str:
    """Return a dict key as people read it in a path; never part of a key."""
    if type(key) in (str, int, float, bool, bytes) or key is None:
        shown = repr(key)
        return shown if len(shown) <= _LABEL_CHARACTERS else shown[:_LABEL_CHARACTERS] + "…"
    return f"<{type(key).__name__}>"
