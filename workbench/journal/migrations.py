"""The journal's schema: an append-only list; a statement that was released is never edited."""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    create table events (
        id integer primary key autoincrement,
        at_us integer not null,
        kind text not null,
        run_id text not null,
        body text not null
    );
    create index events_by_run on events (run_id, id);
    create index events_of_steps on events (json_extract(body, '$.name'), id)
        where kind = 'step.finished';
    create table effects (
        key text primary key,
        effect_id text not null,
        run_id text not null,
        notebook text not null,
        step text not null,
        kind text not null,
        target text not null,
        status text not null,
        attempts integer not null,
        digest text not null,
        request text,
        outcome text,
        holder text not null,
        intent_us integer not null,
        outcome_us integer
    ) without rowid;
    """,
    """
    create index events_of_served on events (id) where kind = 'served.moved';
    """,
)
