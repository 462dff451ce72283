"""Why a step ran, and what its reader should know about it: words for the banner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from workbench.calls.context import Execution
from workbench.cells import facts, files, lookup
from workbench.cells.inputs import Inputs
from workbench.cells.lookup import Refused
from workbench.cells.session import Session
from workbench.journal import effects, steps
from workbench.journal.events import StepStarted
from workbench.keys import manifest
from workbench.keys.manifest import Manifest
from workbench.model import Json
from workbench.store.port import Checkpoint

if TYPE_CHECKING:
    from workbench.keys.changes import Change

FIRST = "first run"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step is executed.

    Attributes:
        why: one sentence for the banner.
        changes: what it sums up, most telling first.
        refused: an outcome that was found and may not be served.

    """

    why: str
    changes: tuple[Change, ...] = ()
    refused: Refused | None = None


def of_miss(
    execution: Execution,
    given: Inputs,
    source: str,
    found: Refused | None,
    described: Mapping[str, Json],
) -> Reason:
    """What changed since the nearest of this step's checkpoints.

    `described` are the inputs as they are now (see `facts.gather`).
    """
    if found is not None:
        return Reason(found.why, refused=found)
    store = execution.store
    known = [each for _, each in facts.known(store, execution.notebook, execution.name)]
    if not known:
        return Reason(_without_outcome(execution))
    from workbench.keys import changes  # only a change needs words

    wanted = lookup.untouched(given)
    nearest = known[changes.nearest([_without_touched(each) for each in known], wanted)]
    wanted = lookup.now(given, nearest)
    names = manifest.compare(facts.manifest_of(nearest), wanted)
    old = facts.recorded(store, nearest, names)
    new = facts.now(store, wanted, source.strip("\n"), described, names)
    return _told(changes.between(old, new))


def _without_outcome(execution: Execution) -> str:
    """Why a step has no outcome yet: it never ran, failed, or what came out was not kept."""
    last = steps.last_ended(execution.store.journal, execution.notebook, execution.name)
    if last is None:
        return FIRST
    status, why, error = last
    if status == "failed":
        return f"its last run failed: {error.partition(' (')[0]}"
    return f"its last {why}" if why.startswith("outcome not kept") else "its outcome is not there"


def of_new_call(
    session: Session,
    execution: Execution,
    found_in: Inputs,
    found: Refused | None,
    described: Mapping[str, Json],
) -> Reason:
    """The same for a function step: against its last call, of which there may be thousands."""
    if found is not None:
        return Reason(found.why, refused=found)
    wanted, store = lookup.untouched(found_in), execution.store
    before = session.called.get(execution.name)
    session.called[execution.name] = wanted
    if before is None:
        known = facts.known(store, execution.notebook, execution.name)
        if not known:
            return Reason(FIRST)
        before = _without_touched(known[0][1])
    from workbench.keys import changes

    names = manifest.compare(before, wanted)
    if not names:
        return Reason("an equal call beside it is not done yet")
    old = facts.now(store, before, "", {}, names)
    return _told(changes.between(old, facts.now(store, wanted, "", described, names)))


def _without_touched(known: Checkpoint) -> Manifest:
    """Its manifest without the files that only its execution showed."""
    recorded = files.from_header(known.header["files"])
    touched = {name for name, _ in recorded.components()} - dict(recorded.given).keys()
    return Manifest(tuple(p for p in facts.manifest_of(known).components if p[0] not in touched))


def _told(found: tuple[Change, ...]) -> Reason:
    if not found:
        return Reason("what it depends on changed")
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return Reason("; ".join(each.what for each in found[:_NAMED]) + more, found)


def journal(execution: Execution, found_in: Inputs, reason: Reason) -> None:
    """Write that the step is executed, and why."""
    key = manifest.key(found_in.manifest) if found_in.manifest else ""
    execution.store.journal.append_later(
        StepStarted(
            execution.step_id,
            execution.run_id,
            execution.name,
            key,
            reason.why,
            execution.notebook,
            [msgspec.to_builtins(change) for change in reason.changes],
        )
    )


def outdated(found_in: Inputs) -> Iterator[str]:
    """Warnings of modules whose files were edited since they were loaded."""
    for name in found_in.outdated:
        yield f"module {name} is older than its file: restart the kernel or reload it"


def notes(execution: Execution) -> Iterator[str]:
    """Warnings, each with its remedy."""
    failed = [call for call in execution.calls if call.status == "failed"]
    for reason, times in Counter(call.reason for call in failed).most_common(3):
        yield f"{times} x {reason}; nothing of it is served later"
    rejected = Counter(call.reason for call in execution.calls if call.status == "rejected")
    for reason, times in rejected.most_common(3):
        yield f"{times} answer{'s' * (times > 1)} marked rejected: {reason}"
    for write in sorted(set(execution.undeclared)):
        host = write.partition(" ")[2]
        yield (
            f"undeclared effect: {write}; send it with wb.post, or add {host!r} to allow_hosts in"
            " [tool.workbench], or move it out of the step"
        )
    yield from _held(execution)


def _held(execution: Execution) -> Iterator[str]:
    held = effects.of_step(execution.store.journal, execution.name, "held")
    mine = [row for row in held if row.key in execution.effects]
    if mine:
        kinds = ", ".join(f"{n} x {kind}" for kind, n in Counter(row.kind for row in mine).items())
        unknown = (
            "" if execution.notebook else "this notebook's name is unknown (WORKBENCH_NOTEBOOK), "
        )
        yield f"held: {kinds}; {unknown}`%wb send {execution.name}` sends"
