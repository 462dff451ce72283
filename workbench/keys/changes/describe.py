"""A bounded description of an input, kept beside its digest so that a miss can say what changed.

A description is JSON, a tree of nodes as the value is one. A node's facts:

kind, type     what it is: "list", "frame", "function", "object"…; the name of its class
digest         of the value there (16 hex digits); the root has the manifest's
show, text     a short value as people write it; a text or source, without credentials
form           digest of what a function's code says, whatever its layout
hashes         32 bits for each row or item, packed
parts          nodes below, by label: `[3]`, `.total`, `→ inner` for what code reads
see            where this same object is described already
cut            something here was left out, to keep the description small

No code of the user's runs, and no credential is written.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.keys import canonical, wire
from workbench.keys.changes import described_code, described_data
from workbench.keys.changes.portrait import SCALARS, Portrait, class_name, safe
from workbench.keys.changes.secrecy import looks_secret, scrubbed, secrecy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.keys.encoder import Sources
    from workbench.model import Json

VERSION = 1
_CHARACTERS = 60_000
"""Of one description, encoded, without its hashes."""
_HASHES = 100_000
_DEEPEST = 24
_NODE_CHARACTERS = 60
_TEXT_CHARACTERS = 4_096
_DIGITS = 16
_SHALLOW = 2


def describe(name: str, value: object, sources: Sources) -> Json:
    """Return the description of an input called `name`; never an exception.

    At most about 64 KB encoded, and 5 bytes for each row or item of up to 100,000. Cost: a digest
    of each part that is described, so two to four times that of the value's own; for misses only.
    """
    walk = _Walk(sources)
    root: dict[str, Json] = {"version": VERSION, "kind": "value"}
    walk.begin(root, value, name)
    walk.run()
    return root


@dataclass(slots=True)
class _Place:
    """A node to be filled, and the value that it describes."""

    node: dict[str, Json]
    value: object
    path: str
    secret: int
    depth: int
    home: dict[str, Json] | None = None
    """Where the node goes once there is room for it; None if it stands already."""

    label: str = ""


class _Walk:
    """Fills nodes from the top down, until there is no more room."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.room = _CHARACTERS
        self.hashes = _HASHES
        self.seen: dict[int, str] = {}
        self.classes: dict[int, str] = {}
        self.keep: list[object] = []  # an id means something only while its object lives
        self.pending: deque[_Place] = deque()

    def begin(self, root: dict[str, Json], value: object, name: str) -> None:
        self.pending.append(_Place(root, value, "", secrecy(name), 0))

    def run(self) -> None:
        while self.pending:
            place = self.pending.popleft()
            if self.room <= 0 or place.depth > _DEEPEST:
                continue
            if place.home is not None:
                self.room -= len(place.label)
                place.home[place.label] = place.node
            self.room -= _NODE_CHARACTERS
            try:
                self._fill(place)
            except Exception as error:  # noqa: BLE001 - an odd object, whose digest still tells
                place.node.update(kind="value", why=type(error).__name__)

    def _fill(self, place: _Place) -> None:
        node, value = place.node, place.value
        kind = type(value)
        node["kind"], node["type"] = "value", class_name(kind)
        if kind in SCALARS:
            self._scalar(place)
            return
        known = self.seen.get(id(value))
        if known is not None:
            node["see"] = known
            return
        self.seen[id(value)] = place.path
        self.keep.append(value)
        self._draw(place, _portrait(value, self))

    def _draw(self, place: _Place, portrait: Portrait) -> None:
        node = place.node
        for name, fact in portrait.facts.items():
            self._write(node, name, fact)
        if portrait.cut:
            node["cut"] = True
        inherited = 0 if portrait.code else place.secret
        if portrait.items is not None:
            self._items(place, portrait.items, secret=inherited)
        if portrait.parts:
            self._parts(place, portrait, secret=inherited)

    def _write(self, node: dict[str, Json], name: str, fact: Json) -> None:
        """Write a fact, unless it is a text for which there is no room."""
        size = 0 if name == "hashes" else len(str(fact))
        if size > self.room or (name == "text" and size > _TEXT_CHARACTERS):
            node["cut"] = True
            return
        self.room -= size
        node[name] = fact

    def _parts(self, place: _Place, portrait: Portrait, *, secret: int) -> None:
        """Write a stub for each part, to be filled in later, while there is room."""
        parts = place.node["parts"] = {}
        for label, value in portrait.parts:
            shown = safe(label)
            if shown in parts:
                continue  # a name that is read in two ways, or two keys that look alike
            if self.room <= 0:
                place.node["cut"] = True
                break
            self.room -= len(shown) + _NODE_CHARACTERS
            parts[shown] = stub = {"kind": "value", "digest": self.digest(value)}
            hidden = max(secret, secrecy(shown))
            path = place.path + shown
            self.pending.append(_Place(stub, value, path, hidden, place.depth + 1))

    def _items(self, place: _Place, items: tuple[Any, ...], *, secret: int) -> None:
        """Write the hash of each item, and their nodes while there is room."""
        node = place.node
        node["length"] = len(items)
        if len(items) > min(self.hashes, _most(items)):
            node["cut"] = True
            return
        node["hashes"] = self.packed([self.short_hash(item) for item in items])
        parts = node["parts"] = {}
        for at, item in enumerate(items):
            path = f"{place.path}[{at}]"
            self.pending.append(_Place({}, item, path, secret, place.depth + 1, parts, f"[{at}]"))

    def packed(self, hashes: list[int]) -> str:
        """Return hashes as text, and count them."""
        from workbench.keys.changes.sequences import packed

        self.hashes -= len(hashes)
        return packed(hashes)

    def short_hash(self, value: object, depth: int = 0) -> int:
        """Return 32 bits for a value: of its bytes where it is a constant, of its digest else.

        Of an object those of its attributes: its class would be read for each item of a list.
        """
        part = wire.leaf(value)
        if part is not None:
            return _bits(part)
        fields = described_code.fields(value) if depth < _SHALLOW else None
        if fields is None:
            return int(self.digest(value)[:8] or "0", 16)
        told = [wire.text(self.digest(type(value)))]
        for name, held in fields:
            told += (wire.text(name), wire.SIZE(self.short_hash(held, depth + 1)))
        return _bits(b"".join(told))

    def digest(self, value: object) -> str:
        """Return the start of a value's digest, "" where it has none."""
        known = self.classes.get(id(value))
        if known is not None:
            return known
        try:
            found = canonical.digest(value, self.sources)[:_DIGITS]
        except canonical.Opaque:
            found = ""
        if issubclass(type(value), type):
            self.classes[id(value)] = found
            self.keep.append(value)
        return found

    def _scalar(self, place: _Place) -> None:
        """Write a constant: shown as it is written, unless it may be a credential."""
        node, value = place.node, place.value
        if isinstance(value, str):
            node.update(kind="text", length=len(value))
            if place.secret or looks_secret(value):
                node["hidden"] = True
            else:
                self._write(node, "text", scrubbed(safe(value), prose=True))
        elif isinstance(value, bytes):
            node.update(kind="bytes", length=len(value))
        elif isinstance(value, int) and not -(1 << 200) < value < 1 << 200:
            node.update(kind="number", cut=True)
        elif place.secret > 1 and value is not None and type(value) is not bool:
            node.update(kind="number", hidden=True)
        else:
            node.update(kind="number", show=repr(value))


def _bits(data: bytes) -> int:
    return int.from_bytes(wire.fingerprint(data)[:4], "little")


def _most(items: tuple[Any, ...]) -> int:
    """Return how many items of such a row are hashed one by one: a class in each takes longer."""
    plain = SCALARS | {dict, list, tuple}
    return 10_000 if all(type(item) in plain for item in items) else 1_000


def _portrait(value: object, walk: _Walk) -> Portrait:
    """Return what is to be said of a value that is no constant, by its kind."""
    painters: Iterable[Callable[[Any, _Walk], Portrait | None]] = (
        described_data.portrait,
        described_code.portrait,
    )
    for painter in painters:
        found = painter(value, walk)
        if found is not None:
            return found
    return Portrait({})
