"""One execution of a step in figures: what its calls took, cost and saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workbench.calls.context import Execution
from workbench.journal.events import StepFinished, StepStatus

SUMS = (
    "live_calls", "hit_calls", "failed_calls", "tokens", "saved_tokens", "spent_microusd",
    "saved_microusd", "saved_s", "unpriced",
)  # fmt: skip


def finished(
    execution: Execution, status: StepStatus, why: str, seconds: float, error: str = ""
) -> StepFinished:
    """This execution as the journal keeps it: its own calls, not those of steps inside it."""
    with execution.lock:
        calls = list(execution.calls)
    live = [call for call in calls if call.status in {"completed", "rejected"}]
    hits = [call for call in calls if call.status == "hit"]
    return StepFinished(
        step_id=execution.step_id,
        run_id=execution.run_id,
        name=execution.name,
        status=status,
        key="",
        why=why,
        seconds=round(seconds, 6),
        live_calls=len(live),
        hit_calls=len(hits),
        failed_calls=sum(call.status == "failed" for call in calls),
        tokens=sum(call.total_tokens or 0 for call in live),
        saved_tokens=sum(call.saved_tokens or 0 for call in hits),
        spent_microusd=sum(call.cost_microusd or 0 for call in live),
        saved_microusd=sum(call.saved_microusd or 0 for call in hits),
        saved_s=round(sum(call.saved_s for call in hits), 3),
        unpriced=sum(call.cost_microusd is None for call in live),
        error=error,
        notebook=execution.notebook,
    )


def whole(done: StepFinished, nested: Iterable[StepFinished]) -> StepFinished:
    """A step with the sums of the steps inside it, as its reader wants them."""
    inside = list(nested)
    if not inside:
        return done
    sums: dict[str, Any] = {
        name: getattr(done, name) + sum(getattr(each, name) for each in inside) for name in SUMS
    }
    return replace(done, **{**sums, "saved_s": round(sums["saved_s"], 3)})


def hit(
    made: Mapping[str, Any],
    key: str,
    seconds: float,
    *,
    step_id: str,
    run_id: str,
    name: str,
    notebook: str,
) -> StepFinished:
    """A hit on the outcome whose execution was `made`: it costs nothing, and saves all of that."""
    return StepFinished(
        step_id=step_id,
        run_id=run_id,
        name=name,
        status="hit",
        key=key,
        why="",
        seconds=round(seconds, 6),
        hit_calls=made["live_calls"] + made["hit_calls"],
        saved_tokens=made["tokens"] + made["saved_tokens"],
        saved_microusd=made["spent_microusd"] + made["saved_microusd"],
        saved_s=round(made["seconds"] + made["saved_s"], 3),
        unpriced=made["unpriced"],
        notebook=notebook,
    )
