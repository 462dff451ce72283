"""The function steps that a plain cell called, in one record for each name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from workbench.cells import totals
from workbench.journal.events import StepFinished, StepStatus
from workbench.ui.record import Record


def roundup(ended: Iterable[StepFinished]) -> Iterator[Record]:
    """A record for each step, its calls summed up; of hits alone it holds nothing that varies."""
    by_name: dict[str, list[StepFinished]] = {}
    for done in ended:
        by_name.setdefault(done.name, []).append(done)
    for name, each in by_name.items():
        yield Record(_one(name, each))


def _one(name: str, each: list[StepFinished]) -> StepFinished:
    count = Counter(done.status for done in each)
    executed = [done for done in each if done.status != "hit"]
    status: StepStatus = "hit"
    if executed:
        status = "failed" if count["failed"] else "completed"
    whole = totals.whole(each[0], each[1:])
    return replace(
        whole,
        step_id="",
        run_id="",
        key="",
        name=f"{name} \N{MULTIPLICATION SIGN} {len(each)}" if len(each) > 1 else name,
        status=status,
        why=_why(executed, len(each)),
        seconds=round(sum(done.seconds for done in executed), 6),
        error=next((done.error for done in each if done.error), ""),
    )


def _why(executed: list[StepFinished], count: int) -> str:
    if not executed:
        return ""
    why = Counter(done.why for done in executed).most_common(1)[0][0]
    return why if count == 1 else f"{len(executed)} of {count}, {why}"
