"""The files that an outcome depends on and those that it left: recorded, and compared again.

A base key (code and values) has recorded shapes: which files to look at. Their digests now complete
the key, so that a checkpoint found under it was made by just these files, and left just these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workbench.calls.context import own_traffic
from workbench.cells.files import digests
from workbench.cells.files.digests import FOLDER, MISSING
from workbench.cells.files.given import NOTHING, Given
from workbench.cells.files.paths import Places
from workbench.cells.files.touched import Seen, Touched

Digests = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FileSet:
    """Name and digest of each file that counts; names are relative to the project's root.

    Attributes:
        reads: by content; missing ones too.
        listed: folders, by the names in them.
        asked: `how NAME` and the answer, where only existence, kind or size was asked.
        outputs: files and folders that the step left, by content.
        given: components for the files that values and literals name.

    """

    reads: Digests = field(default_factory=dict)
    listed: Digests = field(default_factory=dict)
    asked: Digests = field(default_factory=dict)
    outputs: Digests = field(default_factory=dict)
    given: tuple[tuple[str, str], ...] = ()

    def components(self) -> list[tuple[str, str]]:
        """Parts of a step's manifest, each name once."""
        named = dict(self.given)
        found = [(f"file {name}", digest) for name, digest in sorted(self.reads.items())]
        found = [*self.given, *(each for each in found if each[0] not in named)]
        found += [(f"listing of {name}", digest) for name, digest in sorted(self.listed.items())]
        found += [(f"answer: {name}", digest) for name, digest in sorted(self.asked.items())]
        return found + [(f"output {name}", digest) for name, digest in sorted(self.outputs.items())]

    def shape(self) -> dict[str, list[str]]:
        """Which files to look at: JSON for the list of shapes under a base key."""
        return {
            "reads": sorted(self.reads),
            "listed": sorted(self.listed),
            "asked": sorted(self.asked),
            "outputs": sorted(self.outputs),
        }

    def header(self) -> dict[str, Any]:
        """Everything, as JSON for a checkpoint's header."""
        return {
            "reads": dict(self.reads),
            "listed": dict(self.listed),
            "asked": dict(self.asked),
            "outputs": dict(self.outputs),
            "given": [list(each) for each in self.given],
        }


def from_header(header: Mapping[str, Any]) -> FileSet:
    """A file set as `FileSet.header` gave it."""
    given = tuple((str(name), str(digest)) for name, digest in header["given"])
    return FileSet(header["reads"], header["listed"], header["asked"], header["outputs"], given)


def look(
    shape: Mapping[str, Iterable[str]], named: Given, places: Places, *, folders_read: bool = True
) -> FileSet:
    """The same files as they are now. Cost: a stat for each, and a read for what changed.

    `folders_read`: what `keys.writers.may_read_folders` says of the code.
    """
    with own_traffic():
        return FileSet(
            {name: digests.content(places.path(name)) for name in shape["reads"]},
            {name: digests.listing(places.path(name)) for name in shape["listed"]},
            {text: _answer(text, places) for text in shape["asked"]},
            {name: digests.content(places.path(name)) for name in shape["outputs"]},
            tuple(named.components(shape["outputs"], folders_read=folders_read)),
        )


def _answer(text: str, places: Places) -> str:
    how, _, name = text.partition(" ")
    return digests.kind(places.path(name), how)


def matches(recorded: FileSet, named: Given, places: Places, *, folders_read: bool = True) -> str:
    """Why a record is not served: the first file that is not as it was; "" if all are."""
    now = look(recorded.shape(), named, places, folders_read=folders_read)
    return reason(recorded.components(), now.components())


def reason(old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]) -> str:
    """The first difference between two lists of components, in a few words; "" if none."""
    before, after = dict(old), dict(new)
    for name in [*before, *(each for each in after if each not in before)]:
        if before.get(name) != after.get(name):
            return told(name, after.get(name, MISSING), new=name not in before)
    return ""


def told(name: str, digest: str, *, new: bool = False) -> str:
    """A changed component in words: "file out.csv, which it wrote, is missing"."""
    kind, _, rest = name.partition(" ")
    if kind == "output":
        return f"file {rest}, which it wrote, {'is missing' if digest == MISSING else 'changed'}"
    if kind == "answer:":
        path = rest.partition(" ")[2]
        return f"{path}, which it asked about, {'is missing' if digest == MISSING else 'changed'}"
    if digest == MISSING:
        return f"{name} is missing"
    return f"{name} is new" if new else f"{name} changed"


def settle(
    touched: Touched,
    before: Given,
    after: Given,
    places: Places,
    only_written: frozenset[str] = frozenset(),
    *,
    folders_read: bool = True,
) -> tuple[FileSet, str]:
    """What an execution's files come to, and why its outcome cannot be kept; "" if it can.

    `before` and `after`: the files that its texts name, before and after the run. `only_written`:
    texts of those that its code writes without reading them (`keys.writers.only_written`);
    `folders_read`: whether it may give folders to compiled readers (`may_read_folders`).
    """
    with own_traffic(), touched.lock:
        outputs, problem = _outputs(touched, places)
        spared = {places.name(text) for text in only_written}
        spared -= before.may_be_read(folders_read=folders_read)
        outputs, native = _compared(before, after, touched, places, outputs, spared)
        reads = {path: seen for path, seen in touched.reads.items() if places.counts(path)}
        problem = problem or _moved(touched, reads, outputs, places) or native
        found = FileSet(
            {places.name(path): digests.content(path) for path in reads},
            {places.name(path): told for path, told in touched.listed.items()},
            {f"{how} {places.name(path)}": told for (how, path), told in touched.asked.items()},
            outputs,
            tuple(before.components(outputs, folders_read=folders_read)),
        )
        return found, problem


def _outputs(touched: Touched, places: Places) -> tuple[dict[str, str], str]:
    """What the step left, and the first reason why that cannot be kept."""
    problem = next((f"it {verb} {places.name(path)}" for verb, path in touched.faults), "")
    found = {}
    for path in sorted(touched.own):
        digest = digests.content(path)
        began = touched.began[path]
        if digest == FOLDER and path not in touched.folders and began != FOLDER:
            problem = problem or f"it moved the folder {places.name(path)}"
        if digest != MISSING:
            found[places.name(path)] = digest
        elif began != MISSING:
            problem = problem or f"it removed {places.name(path)}"
    return found, problem


def _moved(touched: Touched, reads: Mapping[str, Seen], outputs: Digests, places: Places) -> str:
    """Whether anything it saw is no longer so: then no state of the files fits this record."""
    for path, seen in sorted(reads.items()):
        if seen.now(path) != digests.content(path):
            return _changed(places.name(path), seen.digest == MISSING, "read", outputs)
    for path, digest in sorted(touched.listed.items()):
        if digest != digests.listing(path):
            return _changed(places.name(path), digest == MISSING, "listed", outputs)
    for (how, path), digest in sorted(touched.asked.items()):
        if digest != digests.kind(path, how):
            return _changed(places.name(path), digest == MISSING, "asked about", outputs)
    return ""


def _changed(name: str, was_missing: bool, how: str, outputs: Digests) -> str:  # noqa: FBT001
    own = name in outputs or any(each.startswith(f"{name}/") for each in outputs)
    if own or how == "listed":
        return f"it {'made' if was_missing else 'changed'} {name}, which it {how} before"
    return f"{name}, which it {how}, changed while it ran"


def _compared(
    before: Given,
    after: Given,
    touched: Touched,
    places: Places,
    outputs: dict[str, str],
    spared: set[str],
) -> tuple[dict[str, str], str]:
    """Outputs, with those that no Python call wrote; and a named file that was not only written."""
    old, new = before.flat(), after.flat()
    problem = ""
    for name, digest in old.items():
        if new.get(name, MISSING) != digest and name not in spared:
            verb = "changed" if name in new else "removed"
            problem = problem or f"it {verb} {name}, which it may have read"
    outputs = dict(outputs)
    made = [g.partition(" ")[2] for g in after.groups if g not in before.groups and g[:2] == "fo"]
    gone = {places.name(path) for path in touched.own}
    for name in [*(n for n in new if n not in old), *made, *sorted(after.around - before.around)]:
        path = places.path(name)
        if name not in gone and path not in touched.reads and places.counts(path):
            outputs[name] = digests.content(path)
    return {name: digest for name, digest in outputs.items() if digest != MISSING}, problem


def as_touched(recorded: FileSet, places: Places) -> Touched:
    """What a served execution touched, as if it had run just now: all of it is as it left it."""
    found = Touched()
    for name, digest in recorded.reads.items():
        found.reads[places.path(name)] = Seen(None, digest)
    for name, digest in recorded.listed.items():
        found.listed[places.path(name)] = digest
    for text, digest in recorded.asked.items():
        how, _, name = text.partition(" ")
        found.asked[how, places.path(name)] = digest
    for name in recorded.outputs:
        found.own.add(places.path(name))
        found.began[places.path(name)] = MISSING
    return found


EMPTY = FileSet(given=tuple(NOTHING.components()))
"""What a step that touches no file depends on."""
