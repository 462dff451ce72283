"""Where two descriptions of one input differ, and how, from the general to the particular."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.keys.changes import sequences
from workbench.keys.changes.sequences import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.model import Json

    Node = dict[str, Any]
    Path = tuple[str, ...]

_EACH = 3
"""So many changed items or keys are told one by one; of more, how many."""

_MOST = 12
_SHORT = 60
_PLAIN = frozenset({"dict", "list", "tuple"})
_IN_TEXT = ("→ default of ", "→ type of ")
_READS = {"added": " now", "removed": " no more"}
_PART = {"dict": "key", "row": "item", "object": "attribute"}
_ROW = {"frame": "row", "series": "value", "array": "element", "row": "item"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a value became another.

    Attributes:
        path: labels from the input to the place: ("→ inner", "[3]", ".total").
        kind: what is there: "function", "class", "module", "text"…
        what: what happened there, to stand after its name: ` changed: 3 → 4`.
        diff: changed lines of a text.
        exact: it says more than that something changed.
        pair: digests of the place before and now, where known.

    """

    path: Path
    kind: str
    what: str
    diff: tuple[str, ...] = ()
    exact: bool = True
    pair: tuple[str, str] = field(default=("", ""))


def differences(old: Json, new: Json) -> tuple[Difference, ...]:
    """Return where the values behind two descriptions, which are known to differ, do.

    Of a description that another version wrote: that it changed, no more.
    """
    try:
        if old["version"] == new["version"]:
            return tuple(_node(old, new, ()))[:_MOST]
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        pass  # not such a description
    return (Difference((), "value", " changed", exact=False),)


def _node(old: Node, new: Node, path: Path) -> list[Difference]:
    """Return the differences at and below one node whose digests are known to differ."""
    if "see" in old and "see" in new:
        return []  # told where it is described
    pair = (old.get("digest", ""), new.get("digest", ""))
    if (old["kind"], old.get("type")) != (new["kind"], new.get("type")):
        return [Difference(path, new["kind"], _another_kind(old, new), pair=pair)]
    found = [_paired(each, pair) for each in _own(old, new, path)]
    found += _below(old, new, path)
    return found or [_vague(old, new, path, pair)]


def _paired(found: Difference, pair: tuple[str, str]) -> Difference:
    return Difference(found.path, found.kind, found.what, found.diff, found.exact, pair)


def _another_kind(old: Node, new: Node) -> str:
    before, after = _said(old), _said(new)
    if before and after and before != after:
        return f" changed: {before} → {after}"
    if old.get("type") == new.get("type"):
        return " changed"
    return f" changed: now {new.get('type')}, was {old.get('type')}"


def _said(node: Node) -> str:
    """Return a short value as it is written, "" where that is not known."""
    text = (
        f'"{node["text"]}"' if "text" in node and node["kind"] == "text" else node.get("show", "")
    )
    return text if len(text) <= _SHORT and "\n" not in text else ""


def _vague(old: Node, new: Node, path: Path, pair: tuple[str, str]) -> Difference:
    """Return that something changed which the descriptions do not show."""
    kind = new["kind"]
    if old.get("cut") or new.get("cut"):
        what = " changed, in a part too large to be noted"
    elif new.get("type") in _PLAIN and old.get("length") == new.get("length"):
        what = " changed: which of its parts are one object"
    else:
        what = " changed"
    return Difference(path, kind, what, exact=False, pair=pair)


def _own(old: Node, new: Node, path: Path) -> Iterator[Difference]:
    """Yield what changed at the node itself."""
    kind = new["kind"]
    if kind == "text":
        yield _text(old, new, path)
    elif kind == "function" and old.get("form") != new.get("form"):
        yield _source(old, new, path)
    elif kind in {"frame", "series"}:
        yield from _frame(old, new, path)
    elif kind == "array":
        yield from _array(old, new, path)
    elif kind == "set":
        yield from _set(old, new, path)
    elif kind == "package":
        yield from _package(old, new)
    elif old.get("show") != new.get("show"):
        yield Difference(path, kind, f" changed: {old.get('show')} → {new.get('show')}")
    elif kind in {"number", "bytes"}:
        hidden = "hidden" in old or "hidden" in new
        yield Difference(path, kind, " changed (not shown)" if hidden else " changed", exact=False)
    if "module" in old and "module" in new and old["module"][1] != new["module"][1]:
        yield Difference((), "module", f"module {new['module'][0]} changed")


def _text(old: Node, new: Node, path: Path) -> Difference:
    before, after = old.get("text"), new.get("text")
    if before is None or after is None or before == after:
        hidden = "hidden" in old or "hidden" in new or before == after is not None
        why = "not shown: it may hold a credential" if hidden else _sizes(old, new)
        return Difference(path, "text", f" changed ({why})", exact=False)
    if max(len(before), len(after)) <= _SHORT and "\n" not in before + after:
        return Difference(path, "text", f' changed: "{before}" → "{after}"')
    words, diff = sequences.lines(before, after)
    words = words or "white space at the end of a line"
    return Difference(path, "text", f" changed: {words}", diff)


def _sizes(old: Node, new: Node) -> str:
    before, after = old.get("length", 0), new.get("length", 0)
    if before == after:
        return f"{counted(after, 'character')}"
    return f"{before:,} → {counted(after, 'character')}"


def _source(old: Node, new: Node, path: Path) -> Difference:
    words, diff = sequences.lines(old.get("text", ""), new.get("text", ""))
    if "text" not in old or "text" not in new:
        return Difference(path, "function", " changed", exact=False)
    return Difference(path, "function", f" changed: {words}" if words else " changed", diff)


def _package(old: Node, new: Node) -> Iterator[Difference]:
    if old["package"] == new["package"] and old["show"] != new["show"]:
        what = f"package {new['package']} changed: {old['show']} → {new['show']}"
        yield Difference((), "package", what)


def _frame(old: Node, new: Node, path: Path) -> Iterator[Difference]:
    kind = new["kind"]
    before, after = _columns(old), _columns(new)
    rows = _rows(old, new)
    gone, come = [n for n in before if n not in after], [n for n in after if n not in before]
    for names, word in ((come, "added"), (gone, "removed")):
        if names:
            yield Difference(path, kind, f": {_named(names)} {word}")
    both = [name for name in after if name in before]
    for name in both:
        if before[name][0] != after[name][0]:
            what = f": {_named([name])} is {after[name][0]}, was {before[name][0]}"
            yield Difference(
                path, kind, what if kind == "frame" else what.replace(_named([name]), "it", 1)
            )
    if old["length"] != new["length"]:
        yield Difference(path, kind, f": {rows or _lengths(old, new)}")
        return
    changed = [n for n in both if before[n][0] == after[n][0] and before[n][1] != after[n][1]]
    if changed:
        counts = f", {rows}" if rows and not gone and not come else ""
        named = f": {_named(changed)} changed" if kind == "frame" else " changed"
        yield Difference(path, kind, f"{named}{counts}")
    if old.get("index") != new.get("index"):
        yield Difference(path, kind, ": its index changed")
    if not gone and not come and old.get("labels") != new.get("labels"):
        what = "its columns changed order or name" if kind == "frame" else "its name changed"
        yield Difference(path, kind, f": {what}")


def _columns(node: Node) -> dict[str, tuple[str, str]]:
    """Return type and digest by name; a name that occurs twice is numbered."""
    found: dict[str, tuple[str, str]] = {}
    for at, (name, kind, digest) in enumerate(node["columns"]):
        found[f"{name} ({at + 1})" if name in found else name] = (kind, digest)
    return found


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:_EACH])
    more = f" and {len(names) - _EACH} more" if len(names) > _EACH else ""
    return f"column{'s' * (len(names) > 1)} {shown}{more}"


def _lengths(old: Node, new: Node) -> str:
    noun = _ROW.get(new["kind"], "item")
    return f"{counted(new['length'], noun)}, were {old['length']:,}"


def _rows(old: Node, new: Node) -> str:
    """Return how many rows differ, or which came and went; "" where that is not known."""
    if old.get("hashed") != new.get("hashed") or "hashes" not in old or "hashes" not in new:
        return ""
    noun = _ROW.get(new["kind"], "item")
    moved = sequences.moved(
        sequences.unpacked(old["hashes"]), sequences.unpacked(new["hashes"]), noun
    )
    if moved.words:
        return moved.words
    return f"{len(moved.changed):,} of {counted(new['length'], noun)}" if moved.changed else ""


def _array(old: Node, new: Node, path: Path) -> Iterator[Difference]:
    if old["dtype"] != new["dtype"]:
        yield Difference(path, "array", f": its type is {new['dtype']}, was {old['dtype']}")
    if old["shape"] != new["shape"]:
        yield Difference(path, "array", f": its shape is {new['shape']}, was {old['shape']}")
    elif old["dtype"] == new["dtype"] and "hashes" in old and "hashes" in new:
        number = len(sequences.unpacked(new["hashes"]))
        rows = _rows({**old, "length": number}, {**new, "length": number})
        if rows:
            yield Difference(path, "array", f" changed, {rows}")


def _set(old: Node, new: Node, path: Path) -> Iterator[Difference]:
    if "hashes" not in old or "hashes" not in new:
        return
    before, after = (set(sequences.unpacked(node["hashes"])) for node in (old, new))
    come, gone = len(after - before), len(before - after)
    words = [f"{counted(come, 'member')} added"] if come else []
    words += [f"{gone:,} removed" if come else f"{counted(gone, 'member')} removed"] if gone else []
    if words:
        yield Difference(path, "set", f": {', '.join(words)}")


def _below(old: Node, new: Node, path: Path) -> list[Difference]:
    """Return the differences in the parts of a node."""
    before, after = old.get("parts", {}), new.get("parts", {})
    if new["kind"] == "row":
        return _items(old, new, path)
    changed = [n for n in after if n in before and _differ(before[n], after[n])]
    found: list[Difference] = []
    if not old.get("cut") and not new.get("cut"):
        found += _come_and_gone(old, new, path)
    if new["kind"] == "dict" and list(before) != list(after) and before.keys() == after.keys():
        found.append(Difference(path, "dict", ": its keys changed order"))
    if len(changed) > _EACH and new["kind"] in _PART:
        found.append(Difference(path, new["kind"], _many(new["kind"], changed, len(after))))
        return found
    if "text" in new and old.get("form") != new.get("form"):  # its text shows these
        changed = [name for name in changed if not name.startswith(_IN_TEXT)]
    for name in changed[:_MOST]:
        found += _node(before[name], after[name], (*path, name))
    return found


def _differ(old: Node, new: Node) -> bool:
    """Return whether two parts differ; not where one is opaque, since nobody can tell."""
    before, after = old.get("digest"), new.get("digest")
    return bool(before and after) and before != after


def _many(kind: str, names: list[str], total: int) -> str:
    shown = ", ".join(names[:_EACH])
    return f": {len(names):,} of {counted(total, _PART[kind])} changed ({shown}…)"


def _come_and_gone(old: Node, new: Node, path: Path) -> Iterator[Difference]:
    before, after = old.get("parts", {}), new.get("parts", {})
    told = old.get("form") != new.get("form")  # the text of a function says what it reads now
    for names, word in (
        ([n for n in after if n not in before], "added"),
        ([n for n in before if n not in after], "removed"),
    ):
        shown = [name for name in names if not told or not name.startswith("→")]
        if shown:
            reads = new["kind"] == "function" and shown[0].startswith("→")
            listed = _listed(new["kind"], shown)
            what = f"it reads {listed}{_READS[word]}" if reads else f"{listed} {word}"
            yield Difference(path, new["kind"], f": {what}")


def _listed(kind: str, labels: list[str]) -> str:
    """Return `keys "a", "b"`, `attribute total`, `inner`: three at most, and how many more."""
    noun = f"{_PART[kind]}{'s' * (len(labels) > 1)} " if kind in _PART else ""
    names = [name.removeprefix("→ ").removeprefix(".") for name in labels[:_EACH]]
    bare = [name[1:-1] if name.startswith("[") else name for name in names]
    more = f" and {len(labels) - _EACH} more" if len(labels) > _EACH else ""
    return f"{noun}{', '.join(bare)}{more}"


def _items(old: Node, new: Node, path: Path) -> list[Difference]:
    if "hashes" not in old or "hashes" not in new:
        same = old["length"] == new["length"]
        return [] if same else [Difference(path, "row", f": {_lengths(old, new)}")]
    hashes = [sequences.unpacked(node["hashes"]) for node in (old, new)]
    moved = sequences.moved(hashes[0], hashes[1], "item")
    if moved.words:
        return [Difference(path, "row", f": {moved.words}")]
    if len(moved.changed) > _EACH:
        first = f"{counted(new['length'], 'item')} changed, the first [{moved.changed[0]}]"
        return [Difference(path, "row", f": {len(moved.changed):,} of {first}")]
    found: list[Difference] = []
    for at in moved.changed:
        place = (*path, f"[{at}]")
        before, after = (node.get("parts", {}).get(f"[{at}]") for node in (old, new))
        if before and after:
            found += _node(before, after, place)
        else:
            found.append(Difference(place, "value", " changed", exact=False))
    return found
