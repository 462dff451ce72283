"""What a run did, in one line that is true to the journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workbench import views
from workbench.batch.run import RunResult
from workbench.store.folder import Store, open_store
from workbench.ui.text import count, money, one_line, seconds


@dataclass(frozen=True, slots=True)
class Summary:
    """A run's sums, for programs (`facts`) and people (`line`)."""

    line: str
    facts: dict[str, Any]


def summary(result: RunResult, store: Store | None = None) -> Summary:
    """The sums of a run that ended."""
    store = store or open_store(result.output.parents[2])
    totals = views.totals(store, result.run_id)
    facts = {
        "run_id": result.run_id,
        "status": result.status,
        "error": result.error,
        **totals,
        "output": str(result.output),
    }
    return Summary(" · ".join(_parts(result, totals)), facts)


def _parts(result: RunResult, totals: dict[str, Any]) -> Iterator[str]:
    yield f"{result.status}: {one_line(result.error, 500)}" if result.error else result.status
    yield f"{count(totals['steps'], 'step')} ({count(totals['hits'], 'hit')})"
    live = totals["live_calls"]
    yield f"{count(live, 'provider call')}, {totals['hit_calls']:,} replayed"
    if totals["failed_calls"]:
        yield f"{count(totals['failed_calls'], 'attempt')} failed"
    unknown = (
        f" + {count(totals['unpriced'], 'call')} of unknown price" if totals["unpriced"] else ""
    )
    yield f"{count(totals['tokens'], 'token')}, spent {money(totals['spent_microusd'])}{unknown}"
    if totals["hit_calls"] or totals["hits"]:
        saved = (seconds(totals["saved_s"]), count(totals["saved_tokens"], "token"))
        yield f"saved {', '.join(saved)}, {money(totals['saved_microusd'])}"
    for status, number in sorted(totals["effects"].items()):
        yield f"{count(number, 'effect')} {status}"
    yield str(result.output)
