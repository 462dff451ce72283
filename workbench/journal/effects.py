"""Effect rows: the intent before the first byte leaves, the outcome after, one row a key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from workbench import clock
from workbench.journal.events import EffectMoved, EffectStatus
from workbench.journal.holders import this_process
from workbench.journal.log import Journal, insert
from workbench.model import Json

_COLUMNS = (
    "key, effect_id, run_id, notebook, step, kind, target, status, attempts, digest,"
    " request, outcome, holder, intent_us, outcome_us"
)


@dataclass(frozen=True, slots=True)
class EffectRow:
    """What is known of one effect."""

    key: str
    effect_id: str
    run_id: str
    notebook: str
    step: str
    kind: str
    target: str
    status: EffectStatus
    attempts: int
    digest: str
    request: Json
    outcome: Json
    holder: Json
    intent_us: int
    outcome_us: int | None


def find(journal: Journal, key: str) -> EffectRow | None:
    """The effect under this key, or None."""
    with journal.durably() as connection:
        return _find(connection, key)


def named(journal: Journal, prefix: str) -> list[EffectRow]:
    """Effects whose key or id starts with `prefix`, oldest first."""
    with journal.durably() as connection:
        rows = connection.execute(
            f"select {_COLUMNS} from effects"  # noqa: S608  # columns are a constant
            " where substr(key, 1, ?1) = ?2 or substr(effect_id, 1, ?1) = ?2 order by intent_us",
            (len(prefix), prefix),
        ).fetchall()
    return [_decode(row) for row in rows]


def of_step(journal: Journal, step: str, status: EffectStatus) -> list[EffectRow]:
    """The effects of steps of this name in one status, oldest first; of all notebooks."""
    with journal.durably() as connection:
        rows = connection.execute(
            f"select {_COLUMNS} from effects where step = ? and status = ? order by intent_us",  # noqa: S608
            (step, status),
        ).fetchall()
    return [_decode(row) for row in rows]


def claim(journal: Journal, wanted: EffectRow, *, seen: EffectRow | None = None) -> EffectRow:
    """Write `wanted` if its key is free, or its row is still the one that was `seen`; durable.

    Returns:
        The row as it now stands. The caller owns the effect if `owns(row, wanted)`; else another
        was first, and it must go by what it finds.

    """
    with journal.durably() as connection:
        found = _find(connection, wanted.key)
        if found is not None and not (seen is not None and _same(found, seen)):
            return found
        row = _with_attempts(wanted, found)
        _write(connection, row)
        insert(connection, _event(row))
        return row


def owns(row: EffectRow, wanted: EffectRow) -> bool:
    """Whether a claimed row is the caller's own: its fence is drawn anew for every attempt."""
    return bool(row.holder["fence"] == wanted.holder["fence"])


def _same(found: EffectRow, seen: EffectRow) -> bool:
    return found.status == seen.status and found.holder == seen.holder


def settle(
    journal: Journal, row: EffectRow, status: EffectStatus, outcome: Json, error: str = ""
) -> EffectRow:
    """Record how an effect ended; durable on return."""
    done = replace(row, status=status, outcome=outcome, outcome_us=clock.now_us())
    with journal.durably() as connection:
        _write(connection, done)
        insert(connection, _event(done, error))
    return done


def new(
    *,
    key: str,
    run_id: str,
    notebook: str,
    step: str,
    kind: str,
    target: str,
    status: EffectStatus,
    digest: str,
    request: Json,
) -> EffectRow:
    """A row for an effect that this process is about to hold or send."""
    return EffectRow(
        key=key,
        effect_id=clock.new_id("eff"),
        run_id=run_id,
        notebook=notebook,
        step=step,
        kind=kind,
        target=target,
        status=status,
        attempts=0 if status == "held" else 1,
        digest=digest,
        request=request,
        outcome=None,
        holder={**this_process(), "fence": clock.new_id("fence")},
        intent_us=clock.now_us(),
        outcome_us=None,
    )


def _with_attempts(wanted: EffectRow, found: EffectRow | None) -> EffectRow:
    if found is None:
        return wanted
    return replace(wanted, effect_id=found.effect_id, attempts=found.attempts + wanted.attempts)


def _find(connection: sqlite3.Connection, key: str) -> EffectRow | None:
    row = connection.execute(
        f"select {_COLUMNS} from effects where key = ?",  # noqa: S608
        (key,),
    ).fetchone()
    return None if row is None else _decode(row)


def _write(connection: sqlite3.Connection, row: EffectRow) -> None:
    marks = ", ".join("?" * len(EffectRow.__slots__))
    connection.execute(
        f"insert or replace into effects ({_COLUMNS}) values ({marks})",  # noqa: S608
        tuple(_encode(row)),
    )


_JSON = ("request", "outcome", "holder")


def _encode(row: EffectRow) -> Iterator[object]:
    for name in EffectRow.__slots__:
        value = getattr(row, name)
        yield msgspec.json.encode(value).decode() if name in _JSON else value


def _decode(row: tuple[object, ...]) -> EffectRow:
    values = dict(zip(EffectRow.__slots__, row, strict=True))
    for name in _JSON:
        values[name] = msgspec.json.decode(str(values[name]))
    return EffectRow(**values)  # type: ignore[arg-type]


def _event(row: EffectRow, error: str = "") -> EffectMoved:
    return EffectMoved(
        effect_id=row.effect_id,
        run_id=row.run_id,
        notebook=row.notebook,
        step=row.step,
        kind=row.kind,
        target=row.target,
        key=row.key,
        status=row.status,
        attempts=row.attempts,
        digest=row.digest,
        error=error,
    )
