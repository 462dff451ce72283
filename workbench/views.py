"""The read model: what every face (cell, CLI, notebook, SQL) shows is one of these records.

All of it is rebuilt from the journal and the checkpoints; nothing here executes user code.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from workbench.errors import UsageError
from workbench.journal.holders import is_dead
from workbench.model import Json
from workbench.query.lens import lens
from workbench.store.folder import Store

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind, and the columns that people see first."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """One run, step, call or effect in full, with the tables that belong to it."""

    title: str
    facts: Row
    texts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


_RUN = (
    "run_id",
    "notebook",
    "status",
    "started_at",
    "seconds",
    "steps",
    "live_calls",
    "hit_calls",
    "spent_microusd",
    "saved_microusd",
)
_STEP = (
    "step_id",
    "name",
    "status",
    "why",
    "started_at",
    "seconds",
    "live_calls",
    "hit_calls",
    "spent_microusd",
    "saved_microusd",
)
_CALL = (
    "call_id",
    "step",
    "model",
    "status",
    "total_tokens",
    "cost_microusd",
    "latency_s",
    "prompt",
    "response",
)
_SHORTEST = 5
"""Characters of an id that may stand for all of it."""
_EFFECT = ("effect_id", "step", "kind", "target", "status", "attempts", "intent_at", "outcome_at")


def runs(store: Store, limit: int = 20) -> Table:
    """Runs, newest first. A run whose process is gone without a word shows as `ended`."""
    rows = _rows(store, "select * from runs order by started_at desc limit ?", limit)
    return Table("runs", _RUN, tuple(map(_ended, rows)))


def steps(store: Store, run_id: str = "", limit: int = 50) -> Table:
    """Step executions, newest first; of one run if it is named."""
    rows = _rows(
        store,
        "select * from steps where ? in ('', run_id) order by started_at desc limit ?",
        run_id,
        limit,
    )
    return Table("steps", _STEP, tuple(rows))


def calls(store: Store, step: str = "", limit: int = 50) -> Table:
    """Calls, newest first; of one step if it is named."""
    rows = _rows(
        store,
        "select * from calls where ? in ('', step, step_id, run_id)"
        " order by started_at desc limit ?",
        step,
        limit,
    )
    return Table("calls", _CALL, tuple(rows))


def effects(store: Store, step: str = "", limit: int = 50) -> Table:
    """Effects, newest first; of one step if it is named."""
    rows = _rows(
        store,
        "select * from effects where ? in ('', step, run_id) order by intent_at desc limit ?",
        step,
        limit,
    )
    return Table("effects", _EFFECT, tuple(rows))


def show(store: Store, name: str) -> Detail:
    """One run, step, call or effect, by its id (or the start of it) or a step's name.

    Raises:
        UsageError: nothing is called that; the steps there are, are named.

    """
    for find in (_run, _step, _call, _effect):
        found = find(store, name)
        if found is not None:
            return found
    known = [row["name"] for row in _rows(store, "select distinct name from steps order by name")]
    there = f"steps are: {', '.join(known[:12])}" if known else "no step has run yet in this store"
    raise UsageError(
        f"no run, step, call or effect is called {name!r}", remedy=f"{there}; see `runs`"
    )


def totals(store: Store, run_id: str) -> Row:
    """A run's sums: steps by status, calls, tokens, money, effects by status."""
    sums = _rows(
        store,
        "select count(*)::bigint as steps,"
        " count(*) filter (status = 'hit') as hits,"
        " count(*) filter (status = 'failed') as failed,"
        " coalesce(sum(live_calls), 0)::bigint as live_calls,"
        " coalesce(sum(hit_calls), 0)::bigint as hit_calls,"
        " coalesce(sum(failed_calls), 0)::bigint as failed_calls,"
        " coalesce(sum(tokens), 0)::bigint as tokens,"
        " coalesce(sum(saved_tokens), 0)::bigint as saved_tokens,"
        " coalesce(sum(saved_s), 0)::double as saved_s,"
        " coalesce(sum(spent_microusd), 0)::bigint as spent_microusd,"
        " coalesce(sum(saved_microusd), 0)::bigint as saved_microusd,"
        " coalesce(sum(unpriced), 0)::bigint as unpriced"
        " from steps where run_id = ?",
        run_id,
    )[0]
    moved = _rows(
        store, "select status, count(*) as n from effects where run_id = ? group by 1", run_id
    )
    return {**sums, "effects": {row["status"]: row["n"] for row in moved}}


def _run(store: Store, name: str) -> Detail | None:
    rows = _rows(store, "select * from runs where starts_with(run_id, ?) limit 2", name)
    if len(rows) != 1 or not name.startswith("run_"):
        return None
    run_id = rows[0]["run_id"]
    return Detail(run_id, _ended(rows[0]), tables=(steps(store, run_id), effects(store, run_id)))


def _step(store: Store, name: str) -> Detail | None:
    short = name.rpartition("#")[2]
    rows = _rows(
        store,
        "select * from steps where name = ? or (starts_with(step_id, ?) and ? like 'step\\_%' escape '\\')"
        " order by started_at desc limit 1",
        short,
        name,
        name,
    )
    if not rows:
        return None
    step = rows[0]
    made = calls(store, step["step_id"])
    if not made.rows:  # a hit made none: those of the execution that it was served from
        last = _rows(
            store, "select arg_max(step_id, started_at) as id from calls where step = ?", short
        )
        made = calls(store, last[0]["id"]) if last[0]["id"] else made
    tables = (_of(made), effects(store, short))
    return Detail(step["name"], step, tables=tuple(table for table in tables if table.rows))


def _of(table: Table) -> Table:
    return Table(table.title, tuple(c for c in table.columns if c != "step"), table.rows)


def _call(store: Store, name: str) -> Detail | None:
    rows = _rows(
        store,
        "select * from calls where starts_with(call_id, ?) or starts_with(key, ?)"
        " order by started_at desc limit 1",
        name,
        name,
    )
    if not rows or len(name) < _SHORTEST:
        return None
    call = rows[0]
    texts = [("prompt", call.pop("prompt") or ""), ("response", call.pop("response") or "")]
    found = store.checkpoints.get(call["checkpoint"]) if call["checkpoint"] else None
    if found is not None:
        texts.append(("raw", bytes(found.parts[0]).decode("utf-8", "replace")))
        request = msgspec.json.format(msgspec.json.encode(found.header["request"]), indent=2)
        texts.insert(0, ("request", request.decode()))
    return Detail(call["call_id"], call, tuple(texts))


def _effect(store: Store, name: str) -> Detail | None:
    rows = _rows(
        store,
        "select * from effects where starts_with(effect_id, ?) or starts_with(key, ?) limit 1",
        name,
        name,
    )
    return Detail(rows[0]["effect_id"], rows[0]) if rows and len(name) >= _SHORTEST else None


def _ended(run: Row) -> Row:
    holder: Json = msgspec.json.decode(run.pop("holder"))
    if run["status"] == "running" and is_dead(holder):
        return {**run, "status": "ended"}
    return run


def _rows(store: Store, query: str, *values: object) -> list[Row]:
    relation = lens(store).query(query, list(values))
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
