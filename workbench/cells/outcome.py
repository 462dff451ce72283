"""A cell's outcome as a checkpoint: names bound and deleted, what was shown, files read.

Where an outcome could not be restored just as it was, it is not stored, and the reason is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import msgspec

from workbench import clock
from workbench.calls.context import Execution
from workbench.cells import aliases, capture
from workbench.cells.capture import Shown
from workbench.cells.inputs import Inputs, relative
from workbench.cells.sources import FileSources, file_digest
from workbench.config import project_root
from workbench.errors import StoreError
from workbench.journal.events import StepFinished
from workbench.keys import canonical, manifest
from workbench.keys.manifest import Manifest
from workbench.store import codecs
from workbench.store.folder import Store
from workbench.store.port import Checkpoint

_SHELLS = re.compile(r"_+|_i{0,3}\d*|_[iod]h|_exit_code|In|Out|get_ipython|exit|quit|__\w+__")
_FILE_SETS = 64


class NotKept(Exception):
    """This outcome cannot be restored as it was; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cell left behind in its namespace."""

    outputs: dict[str, Any]
    deleted: tuple[str, ...]


def users(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The names in a kernel that are the user's, not the shell's."""
    return {name: value for name, value in namespace.items() if not _SHELLS.fullmatch(name)}


def compare(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    bound: Iterable[str],
    deleted: Iterable[str] = (),
) -> Outcome:
    """Names that were bound, rebound or deleted."""
    missing = object()
    may = set(bound)
    outputs = {
        name: value
        for name, value in after.items()
        if name in may or before.get(name, missing) is not value
    }
    gone = (set(before) | set(deleted)) - set(after)
    return Outcome(outputs, tuple(sorted(gone)))


def find(store: Store, base: Manifest) -> tuple[str, Checkpoint] | None:
    """The checkpoint for these dependencies whose recorded files are all as they were."""
    first = manifest.key(base)
    for number in range(_FILE_SETS):
        listed = store.checkpoints.get(f"files/{first}/{number}")
        if listed is None:
            return None
        key = _full(base, listed.header["paths"])
        found = store.checkpoints.get(f"step/{key}")
        if found is not None:
            return key, found
    return None


def keep(
    execution: Execution,
    inputs: Inputs,
    outcome: Outcome,
    shown: Shown,
    before: Mapping[str, Any],
    done: StepFinished,
    source: str,
    defined: Sequence[str],
) -> str:
    """Store an outcome; its key. Functions in `defined` are not stored but defined again.

    Raises:
        NotKept: it could not be restored as it was.

    """
    base = _allowed(execution, inputs, shown)
    _unchanged(inputs, before)
    values = {name: value for name, value in outcome.outputs.items() if name not in defined}
    try:
        dump = codecs.dump(aliases.detach(values, inputs.values, before))
    except aliases.Entangled as problem:
        raise NotKept(str(problem)) from None
    except codecs.NoCodec as problem:
        raise NotKept(f"{problem.path} is {problem.type_name}: {problem.reason}") from None
    paths = sorted(relative(path) for path in execution.reads)
    key = _full(base, paths)
    header = {
        "name": execution.name,
        "notebook": execution.notebook,
        "source": source.strip("\n"),
        "manifest": list(base.components),
        "deleted": list(outcome.deleted),
        "defined": list(defined),
        "recorded_us": clock.now_us(),
        "calls": [call.key for call in execution.calls],
        "done": msgspec.to_builtins(done),
    }
    parts = [dump.body, msgspec.json.encode(shown.outputs), *dump.blobs]
    execution.store.checkpoints.add(f"step/{key}", header, parts)
    _list_files(execution.store, manifest.key(base), paths)
    return key


def restore(
    found: Checkpoint, namespace: dict[str, Any], define: Callable[[list[str]], CodeType]
) -> None:
    """Bind and delete names as the recorded execution did.

    All or nothing. Raises: codecs.CannotRestore, and then nothing was changed.
    """
    body, _, *blobs = found.parts
    values = codecs.load(bytes(body), blobs, namespace=namespace)
    try:
        namespace.update(aliases.attach(values, namespace))
    except LookupError as problem:
        raise codecs.CannotRestore(str(problem)) from None
    if found.header["defined"]:
        exec(define(found.header["defined"]), namespace)  # noqa: S102  # the cell's own functions
    for name in found.header["deleted"]:
        namespace.pop(name, None)


def show(found: Checkpoint) -> None:
    """Show what the recorded execution showed."""
    capture.replay(msgspec.json.decode(found.parts[1]))


def _allowed(execution: Execution, inputs: Inputs, shown: Shown) -> Manifest:
    reasons = (
        inputs.opaque,
        "it made effects" if execution.effects else "",
        f"it wrote to {execution.undeclared[0]}" if execution.undeclared else "",
        f"it wrote {relative(min(execution.writes))}" if execution.writes else "",
        execution.volatile[0] if execution.volatile else "",
        shown.odd,
        "it showed more than 10 MB" if shown.size_bytes > capture.MAX_BYTES else "",
    )
    reason = next(filter(None, reasons), "")
    if reason or inputs.manifest is None:
        raise NotKept(reason)
    return inputs.manifest


def _unchanged(inputs: Inputs, before: Mapping[str, Any]) -> None:
    """Refuse where the cell changed a value that it read. Raises: NotKept."""
    sources = FileSources()
    for name, digest in inputs.values.items():
        if name not in before:
            continue
        try:
            now = canonical.digest(before[name], sources, name=name)
        except canonical.Opaque:
            now = ""
        if now != digest:
            raise NotKept(f"it changed {name} in place")


def _full(base: Manifest, paths: Iterable[str]) -> str:
    found = tuple((f"read {path}", file_digest(Path(_absolute(path)))) for path in paths)
    return manifest.key(Manifest((*base.components, *found)))


def _absolute(path: str) -> str:
    root = project_root()
    return str(root / path) if root and not Path(path).is_absolute() else path


def _list_files(store: Store, base: str, paths: list[str]) -> None:
    header = {"paths": paths}
    for number in range(_FILE_SETS):
        listed = store.checkpoints.get(f"files/{base}/{number}")
        if listed is not None and listed.header["paths"] == paths:
            return
        if listed is None and store.checkpoints.add(f"files/{base}/{number}", header):
            return
    raise StoreError(
        f"step key {base[:12]} already has {_FILE_SETS} sets of files",
        remedy="read a folder's listing instead of ever new file names",
    )
