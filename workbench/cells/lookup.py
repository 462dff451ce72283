"""Finds the outcome that a step's dependencies name, or says why none can be served."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench import clock
from workbench.cells import files
from workbench.cells.files import FileSet
from workbench.cells.inputs import Inputs
from workbench.cells.options import Options
from workbench.keys import manifest
from workbench.keys.manifest import Manifest
from workbench.store.folder import Store
from workbench.store.port import Checkpoint

FILE_SETS = 64
"""Sets of files that one base key may have; more are new names each time, not new contents."""


@dataclass(frozen=True, slots=True)
class Found:
    """A served outcome, and the generation that it is."""

    key: str
    generation: int
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Refused:
    """An outcome that is there and may not be served, and why."""

    key: str
    why: str


def find(store: Store, given: Inputs, options: Options) -> Found | Refused | None:
    """The outcome for these dependencies whose recorded files are all as they are now.

    Cost: one look-up for a step that touched no file but those that its values name; for others
    two more, and a stat of each file.
    """
    found = _look(store, given)
    if found is None:
        return None
    why = _refusal(store, found, options)
    return Refused(found.key, why) if why else found


def full(given: Inputs, touched: FileSet) -> Manifest:
    """The whole manifest: what was known before the run, and the files that it touched."""
    assert given.manifest is not None
    return Manifest((*given.manifest.components, *touched.components()))


def untouched(given: Inputs) -> Manifest:
    """The whole manifest of an execution that touches no file but those that its values name."""
    named = given.files.components((), folders_read=given.folders_read)
    return full(given, FileSet(given=tuple(named)))


def now(given: Inputs, recorded: Checkpoint) -> Manifest:
    """The whole manifest with the files that a recorded execution touched, as they are now."""
    shape = files.from_header(recorded.header["files"]).shape()
    return full(given, _now(shape, given))


def _look(store: Store, given: Inputs) -> Found | None:
    assert given.manifest is not None
    base = manifest.key(given.manifest)
    named = given.files.files or given.files.groups
    found = _served(store, manifest.key(untouched(given)) if named else base)
    if found is not None:
        return found
    for number in range(FILE_SETS):
        listed = store.checkpoints.get(f"files/{base}/{number}")
        if listed is None:
            return None
        touched = _now(listed.header["shape"], given)
        found = _served(store, manifest.key(full(given, touched)))
        if found is not None:
            return found
    return None


def _now(shape: Mapping[str, Iterable[str]], given: Inputs) -> FileSet:
    return files.look(shape, given.files, given.places, folders_read=given.folders_read)


def _served(store: Store, key: str) -> Found | None:
    number, checkpoint = store.served.find(f"step/{key}")
    return None if checkpoint is None else Found(key, number, checkpoint)


def _refusal(store: Store, found: Found, options: Options) -> str:
    """Why a found outcome may not be served; "" if it may."""
    header = found.checkpoint.header
    if options.refresh:
        return f"--refresh{'=calls' if options.refresh == 'calls' else ''}"
    if options.ttl_s is not None:
        age_s = (clock.now_us() - header["recorded_us"]) / 1e6
        if not 0 <= age_s < options.ttl_s:
            return f"its outcome is {_age(age_s)} old, over --ttl"
    consumed = header["consumed"]
    moved = consumed and store.served.unmoved([(key, number) for key, number in consumed])
    if moved:
        kind, _, rest = moved.partition("/")
        return f"{kind} {rest[:12]}, which it used, was made again since"
    return ""


def _age(seconds: float) -> str:
    if seconds < 0:
        return f"{-seconds:.0f} s in the future, so not"
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
