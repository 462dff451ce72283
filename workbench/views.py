"""The read model: what every face (cell, CLI, notebook, SQL) shows is one of these records.

All of it is rebuilt from the journal and the checkpoints; nothing here executes user code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from workbench.clock import utc
from workbench.errors import UsageError
from workbench.journal.holders import is_dead
from workbench.keys.changes import Change
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
    notes: tuple[str, ...] = ()
    """What to know about the rows, one sentence each."""


@dataclass(frozen=True, slots=True)
class Detail:
    """One run, step, call or effect in full, with the tables that belong to it."""

    title: str
    facts: Row
    texts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


Sight = Literal["hit", "stale", "never", "failed", "unknown"]
"""What running a step would find: a served outcome, an outdated or no outcome, a step that failed
and would run again, or what cannot be told before what it reads is there."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What running a step now would do, found without running anything.

    Attributes:
        status: see `Sight`.
        why: why it is no hit, in one line; "" for a hit.
        changes: what changed since the nearest checkpoint, the most specific first.
        checkpoint: start of the key of the outcome that would be served; "" if none.

    """

    status: Sight
    why: str = ""
    changes: tuple[Change, ...] = ()
    checkpoint: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a step's last execution was what it was.

    Attributes:
        step: its name, with its notebook where that is known.
        step_id: the execution.
        status: hit, completed, failed, waiting or running.
        at: when it began.
        why: the sentence of its banner; "" for a hit.
        changes: what made it execute; for a hit, what made the execution that it was served from.
        served: of a hit, the checkpoint: `key`, `recorded_at`, `run_id`, `step_id`, `seconds`,
            `spent_microusd`, `why` it was made; empty where it is gone, or for no hit.
        now: what running it would do at this moment, asked in its kernel; else None.

    """

    step: str
    step_id: str
    status: str
    at: datetime
    why: str
    changes: tuple[Change, ...] = ()
    served: Row = field(default_factory=dict)
    now: Outlook | None = None


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


def why(store: Store, name: str) -> Why:
    """Why the last execution of a step ran, or which outcome it was served.

    `name` is a step's name, `NOTEBOOK#STEP` where several notebooks have one, or a step id.

    Raises:
        UsageError: no step is called that, or steps of several notebooks are.

    """
    step = _last(store, name)
    reasons, changes = _reasons(store, step["step_id"])
    served: Row = {}
    if step["status"] == "hit":
        served = _served(store, step["key"])
        made, changes = _reasons(store, served["step_id"]) if served else ("", ())
        served = {**served, "why": made} if served else {}
    return Why(
        "#".join(filter(None, (step["notebook"], step["name"]))),
        step["step_id"],
        step["status"],
        step["started_at"].replace(tzinfo=UTC),
        _sentence(step, reasons),
        changes,
        served,
    )


def _sentence(step: Row, reasons: str) -> str:
    """What is to be said of an execution: nothing of a hit, of a failed one its error."""
    if step["status"] == "hit":
        return ""
    return str((step["status"] == "failed" and step["error"]) or step["why"] or reasons)


def last_of_steps(store: Store, notebook: str) -> dict[str, Row]:
    """The newest execution of each step of a notebook, by step name; the newest first."""
    rows = _rows(
        store,
        "select distinct on (name) * from steps where notebook = ? order by name, started_at desc",
        notebook,
    )
    rows.sort(key=lambda row: row["started_at"], reverse=True)
    return {row["name"]: row for row in rows}


def _last(store: Store, name: str) -> Row:
    """The newest execution behind a step's name or id. Raises: UsageError."""
    notebook, _, short = name.rpartition("#")
    rows = _rows(
        store,
        "select distinct on (notebook) * from steps"
        " where (name = ? and ? in ('', notebook)) or step_id = ?"
        " order by notebook, started_at desc",
        short,
        notebook,
        name,
    )
    if len(rows) > 1:
        names = ", ".join(f"{row['notebook']}#{row['name']}" for row in rows)
        raise UsageError(f"several notebooks have a step {short!r}", remedy=f"name one: {names}")
    if rows:
        return rows[0]
    known = _rows(store, "select distinct notebook, name from steps order by 1, 2 limit 12")
    shown = ", ".join("#".join(filter(None, row.values())) for row in known)
    raise UsageError(
        f"no step is called {name!r}",
        remedy=f"steps are: {shown}" if known else "no step has run yet in this store",
    )


def _reasons(store: Store, step_id: str) -> tuple[str, tuple[Change, ...]]:
    """Why an execution began, and the changes behind it; nothing for one that the journal lost."""
    rows = _rows(store, "select why, changes from _step_started where step_id = ?", step_id)
    if not rows:
        return "", ()
    found = msgspec.json.decode(rows[0]["changes"] or "[]") or []
    return rows[0]["why"], msgspec.convert(found, tuple[Change, ...])


def _served(store: Store, key: str) -> Row:
    """What is known of the outcome that a hit was served; empty where it was erased."""
    found = store.served.get(f"step/{key}")
    if found is None:
        return {}
    made = found.header["done"]
    return {
        "key": key,
        "recorded_at": utc(found.header["recorded_us"]),
        "run_id": made["run_id"],
        "step_id": made["step_id"],
        "seconds": made["seconds"],
        "spent_microusd": made["spent_microusd"],
    }


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
