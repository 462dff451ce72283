"""Why a step ran, and what its reader should know about it: words for the banner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workbench.calls.context import Execution
from workbench.journal import effects, steps
from workbench.keys import manifest
from workbench.keys.manifest import Manifest


def of_miss(execution: Execution, wanted: Manifest) -> str:
    """Which dependency changed since this step's last checkpoint."""
    key = steps.last_key(execution.store.journal, execution.notebook, execution.name)
    found = execution.store.checkpoints.get(f"step/{key}") if key else None
    if found is None:
        return "first run"
    old = Manifest(tuple((name, digest) for name, digest in found.header["manifest"]))
    changed = manifest.compare(old, wanted)
    if not changed:
        return "a file that it read changed"
    shown = ", ".join(changed[:3])
    return (
        f"{shown} changed" if len(changed) <= 3 else f"{shown} and {len(changed) - 3} more changed"
    )


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
