"""A step's outcome as a checkpoint: names bound and deleted, inputs changed in place, what was shown.

Where an outcome could not be restored just as it was, it is not stored, and the reason is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import msgspec

from workbench import clock
from workbench.calls.context import Execution
from workbench.cells import aliases, ambient, capture, files, lookup, watch
from workbench.cells.capture import Shown
from workbench.cells.files import FileSet
from workbench.cells.files.given import given, with_around
from workbench.cells.files.paths import Places
from workbench.cells.inputs import Inputs
from workbench.errors import UsageError
from workbench.journal.events import StepFinished
from workbench.keys import manifest
from workbench.model import Json
from workbench.store import codecs
from workbench.store.port import Checkpoint

RETURN = "return"
"""What a function step's value is called among its outputs."""

_SHELLS = re.compile(r"_+|_i{0,3}\d*|_[iod]h|_exit_code|In|Out|get_ipython|exit|quit|__\w+__")

Entry = tuple[str, Json, Sequence[bytes | memoryview]]


class NotKept(Exception):
    """This outcome cannot be restored as it was; the message says why, in a few words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step left behind.

    Attributes:
        outputs: its values by name; of a function step the one named `return`.
        deleted: names that it deleted.
        mutated: inputs that it changed in place.
        defined: outputs that are functions to be defined again, not stored.

    """

    outputs: dict[str, Any]
    deleted: tuple[str, ...] = ()
    mutated: tuple[str, ...] = ()
    defined: tuple[str, ...] = ()


def users(namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The names in a kernel that are the user's, not the shell's."""
    return {name: value for name, value in namespace.items() if not _is_shells(name)}


@lru_cache(maxsize=16384)
def _is_shells(name: str) -> bool:
    return _SHELLS.fullmatch(name) is not None


class Users(Mapping[str, Any]):
    """The same, as a view: a hit looks up a few names and copies none."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._names = namespace

    def __getitem__(self, name: str) -> Any:
        if _is_shells(name):
            raise KeyError(name)
        return self._names[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if not _is_shells(name))

    def __len__(self) -> int:
        return sum(1 for _ in self)


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
    there = (
        before.keys() <= after.keys()
    )  # as most steps leave it, told without a copy of the names
    gone = set(deleted) if there else before.keys() | set(deleted)
    return Outcome(outputs, tuple(sorted(gone - after.keys())))


def only(outcome: Outcome, kept: tuple[str, ...] | None) -> Outcome:
    """The outcome reduced to the names that `--out` gives. Raises: NotKept if one was not bound."""
    if kept is None:
        return outcome
    missing = next((name for name in kept if name not in outcome.outputs), "")
    if missing:
        raise NotKept(f"--out names {missing}, which it did not bind")
    outputs = {name: outcome.outputs[name] for name in kept}
    return replace(outcome, outputs=outputs, defined=tuple(set(outcome.defined) & set(kept)))


def keep(
    execution: Execution,
    inputs: Inputs,
    outcome: Outcome,
    shown: Shown,
    before: Mapping[str, Any],
    done: StepFinished,
    source: str,
    *,
    instead_of: lookup.Refused | None,
    patterns: Sequence[str] = (),
    facts: Sequence[Entry] = (),
) -> tuple[str, int]:
    """Store an outcome; its key and generation. Durable on return; one commit.

    `before` holds what else there is to share parts with; `instead_of` an outcome that was found
    and not served: the new one is served in its place. `patterns` are those of `--file`; `facts`
    are stored in the same commit.

    Raises:
        NotKept: it could not be restored as it was.

    """
    _expect_keepable(execution, inputs, shown)
    touched = _touched(execution, inputs, patterns)
    stored = {n: v for n, v in outcome.outputs.items() if n not in outcome.defined}
    unchanged = [name for name in inputs.values if name not in outcome.mutated]
    try:
        detached = aliases.detach(stored, unchanged, before, outcome.mutated)
        dump = codecs.dump(detached)
    except aliases.Entangled as problem:
        raise NotKept(_no_codec(problem.name, stored) or str(problem)) from None
    except codecs.NoCodec as problem:
        raise NotKept(_told(problem)) from None
    whole = lookup.full(inputs, touched)
    key = manifest.key(whole)
    header = {
        "name": execution.name,
        "notebook": execution.notebook,
        "source": source.strip("\n"),
        "manifest": list(whole.components),
        "deleted": list(outcome.deleted),
        "defined": list(outcome.defined),
        "mutated": list(outcome.mutated),
        "shares": any(detached[name] is not value for name, value in stored.items()),
        "recorded_us": clock.now_us(),
        "consumed": list(execution.consumed.items()),
        "files": touched.header(),
        "done": msgspec.to_builtins(done),
    }
    parts = [dump.body, msgspec.json.encode(shown.outputs), *dump.blobs]
    rows = [*_listing(execution, inputs, touched), *facts]
    return key, _store(execution, (f"step/{key}", header, parts), rows, instead_of)


def _no_codec(name: str, values: Mapping[str, Any]) -> str:
    """Why a value cannot be stored at all, whatever it shares; "" if it could."""
    try:
        codecs.dump({name: values[name]})
    except codecs.NoCodec as problem:
        return _told(problem)
    return ""


def _told(problem: codecs.NoCodec) -> str:
    told = f"{problem.path} is {problem.type_name}: {problem.reason}"
    name = re.split(r"[.\[]", problem.path, maxsplit=1)[0]
    if name == RETURN:
        return told
    return f"{told} (`del {name}` in the cell, or name what to keep: --out=…)"


def expect_same_process(before: ambient.Snapshot) -> None:
    """Refuse an outcome whose execution changed what lies beside its names. Raises: NotKept."""
    now = ambient.snapshot()
    reason = ambient.changed(before, now) or ambient.drew(before, now)
    if reason:
        raise NotKept(reason)


def _store(
    execution: Execution, entry: Entry, rows: list[Entry], instead_of: lookup.Refused | None
) -> int:
    store = execution.store
    stored, header, parts = entry
    if instead_of is not None and f"step/{instead_of.key}" == stored:
        store.checkpoints.add_all(rows)
        return store.served.replace(
            stored, header, parts, why=instead_of.why, run_id=execution.run_id
        )
    store.checkpoints.add_all([entry, *rows])
    return store.served.generation(stored)


def _touched(execution: Execution, inputs: Inputs, patterns: Sequence[str]) -> FileSet:
    """The files that the execution touched. Raises: NotKept, where none can stand for them."""
    try:
        after = with_around(given(inputs.texts, patterns, inputs.places), inputs.places)
    except UsageError as error:
        raise NotKept(error.message) from None
    touched, problem = files.settle(
        watch.touched(execution),
        inputs.files,
        after,
        inputs.places,
        inputs.only_written,
        folders_read=inputs.folders_read,
    )
    if problem:
        raise NotKept(problem)
    return touched


def _listing(execution: Execution, inputs: Inputs, touched: FileSet) -> list[Entry]:
    """The row that lets a look-up find these files; none where only its values name some."""
    assert inputs.manifest is not None
    shape = touched.shape()
    if not any(shape.values()):
        return []
    base = manifest.key(inputs.manifest)
    for number in range(lookup.FILE_SETS):
        listed = execution.store.checkpoints.get(f"files/{base}/{number}")
        if listed is None:
            return [(f"files/{base}/{number}", {"shape": shape}, ())]
        if listed.header["shape"] == shape:
            return []
    raise NotKept(
        f"it touched {lookup.FILE_SETS} sets of files under one key:"
        " read a folder's listing instead of ever new file names"
    )


def use(execution: Execution, found: lookup.Found, here: Places) -> None:
    """Note in an enclosing execution that it rests on this outcome, and on all that it rests on."""
    header = found.checkpoint.header
    with execution.lock:
        execution.consumed.update(dict(header["consumed"]))
        execution.consumed[f"step/{found.key}"] = found.generation
    watch.touched(execution).include(files.as_touched(files.from_header(header["files"]), here))


def show(found: Checkpoint) -> None:
    """Show what the recorded execution showed."""
    if len(found.parts[1]) > 2:  # more than `[]`
        capture.replay(msgspec.json.decode(found.parts[1]))


def _expect_keepable(execution: Execution, inputs: Inputs, shown: Shown) -> None:
    reasons = (
        inputs.opaque,
        "it made effects" if execution.effects else "",
        f"it wrote to {execution.undeclared[0]}" if execution.undeclared else "",
        execution.volatile[0] if execution.volatile else "",
        shown.odd,
        "it showed more than 10 MB" if shown.size_bytes > capture.MAX_BYTES else "",
    )
    reason = next(filter(None, reasons), "")
    if reason or inputs.manifest is None:
        raise NotKept(reason)
