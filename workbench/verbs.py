"""The operations of the workbench, one function a verb; `%wb VERB` and `workbench VERB` call them.

All read and write the store of the current project unless `store` is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import config, views
from workbench.calls import effects as effect_protocol
from workbench.calls import mail, post
from workbench.errors import UsageError
from workbench.journal import effects as effect_rows
from workbench.journal.effects import EffectRow
from workbench.journal.holders import is_dead
from workbench.query.lens import lens
from workbench.store import check, recordings
from workbench.store.folder import Store, open_store
from workbench.views import Detail, Table, Why

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

    from workbench.cells.outlook.foresight import Foresight

"""What running the step of a name would do now; None for one that is not in this kernel."""

_VALUES_AS_LAST_TIME = (
    "told from the saved notebook, its files and modules; values that only a kernel has are taken"
    " to be those of last time"
)
_EACH_ALONE = (
    "as if each cell were run by itself, now: what later cells did to its inputs counts;"
    " `workbench status` tells what running all cells in order would do"
)
_DELIVER = {
    "post": lambda row, key: post.deliver(row.request, row.request["headers"], key),
    "email": lambda row, key: mail.deliver(row.request, key),
}


def runs(limit: int = 20, *, store: Store | None = None) -> Table:
    """Runs, newest first."""
    return views.runs(store or open_store(), limit)


def steps(run: str = "", limit: int = 50, *, store: Store | None = None) -> Table:
    """Step executions, newest first; of one run if it is named."""
    return views.steps(store or open_store(), run, limit)


def calls(step: str = "", limit: int = 50, *, store: Store | None = None) -> Table:
    """Calls, newest first; of one step if it is named."""
    return views.calls(store or open_store(), step, limit)


def effects(step: str = "", limit: int = 50, *, store: Store | None = None) -> Table:
    """Effects, newest first; of one step if it is named."""
    return views.effects(store or open_store(), step, limit)


def show(name: str, *, store: Store | None = None) -> Detail:
    """One run, step, call or effect in full. Raises: UsageError if nothing is called that."""
    return views.show(store or open_store(), name)


def why(name: str, *, store: Store | None = None, look: Foresight | None = None) -> Why:
    """Why the last execution of a step ran, or which outcome it was served.

    `name` is a step's name, `NOTEBOOK#STEP` where several notebooks have one, or a step id.

    Args:
        name: the step.
        store: another store than the project's.
        look: in a kernel, what tells what a step would do now.

    Raises:
        UsageError: no step is called that, or steps of several notebooks are.

    """
    found = views.why(store or open_store(), name)
    cell = look.cell(found.step.rpartition("#")[2]) if look is not None else None
    return replace(found, now=look.outlook(cell)) if look is not None and cell else found


def status(
    notebook: str = "", *, store: Store | None = None, look: Foresight | None = None
) -> Table:
    """What each step of a notebook would do now, and what its calls cost; runs nothing.

    Status is hit, stale (with the reason), never, failed, or unknown: a step that reads what a
    step before it would make anew. `look`, in a kernel, sees the values there; else they are taken
    to be those of last time. Tokens and money are of the calls of the last execution, recorded or
    live: what `--refresh=calls` would cost again.

    Raises:
        UsageError: there is no such notebook, or it cannot be read.

    """
    from workbench.cells import outlook
    from workbench.cells.outlook.saved import step_cells

    path = outlook.notebook_file(notebook, config.project_root()) if notebook else None
    store = store or open_store(config.store_folder(path.parent) if path else None)
    if path is None and (look is None or (notebook and notebook != config.notebook_identity())):
        raise UsageError(f"there is no notebook {notebook}", remedy="check the path, or save it")
    identity = config.notebook_identity(path) if path else notebook
    cells, wrong = step_cells(path) if path else ([], [])
    if look is not None:
        cells = look.cells(cells, path.stat().st_mtime_ns // 1000 if path else 0)
    last = views.last_of_steps(store, identity)
    seen = outlook.look(store, identity, cells, last, look.outlook if look else None)
    return outlook.table(identity, seen, (*wrong, _EACH_ALONE if look else _VALUES_AS_LAST_TIME))


def sql(
    query: str,
    params: Sequence[object] | dict[str, object] | None = None,
    *,
    store: Store | None = None,
    **frames: Any,
) -> DuckDBPyRelation:
    """One SELECT over runs, steps, calls, attempts and effects; DuckDB's relation.

    Works while other processes write. Cost: rows new since the last query are loaded first.

    Args:
        query: DuckDB SQL, one SELECT.
        params: values for `?` or `$name` in it.
        store: another store than the project's.
        frames: the caller's own tables by name (DataFrames, Arrow tables).

    Raises:
        UsageError: the SQL writes, reads files, or is wrong.

    Example:
        >>> wb.sql("select model, sum(total_tokens) from calls group by model").df()  # doctest: +SKIP

    """
    return lens(store or open_store()).query(query, params, **frames)


def send(step: str, *, store: Store | None = None) -> Table:
    """Send a step's held effects, each at most once; those that were sent.

    `step` is a name, or `NOTEBOOK#NAME` where several notebooks have one.

    Raises:
        UsageError: nothing is held by a step of this name, or it needs its secret headers.
        EffectError: a receiver refused, or an effect is in doubt; those before it are sent.

    """
    store = store or open_store()
    notebook, _, name = step.rpartition("#")
    held = effect_rows.of_step(store.journal, name, "held")
    held = [row for row in held if not notebook or row.notebook == notebook]
    if not held:
        raise UsageError(f"no effect of a step {name!r} is held", remedy="see `effects`")
    notebooks = sorted({row.notebook for row in held})
    if len(notebooks) > 1:
        raise UsageError(
            f"several notebooks hold effects in a step {name!r}",
            remedy=f"name one: {', '.join(f'{each}#{name}' for each in notebooks)}",
        )
    for row in held:
        if row.request.get("secret"):
            raise UsageError(
                f"{row.kind} to {row.target} needs headers that are not stored",
                remedy=f"run its cell with `%%step {name} --effects=send`",
            )
    for row in held:
        effect_protocol.send_held(store.journal, row, partial(_DELIVER[row.kind], row))
    sent = {row.effect_id for row in held}
    shown = views.effects(store, name, limit=len(held) + 1000)
    return Table("sent", shown.columns, tuple(r for r in shown.rows if r["effect_id"] in sent))


def resolve(key: str, *, sent: bool, store: Store | None = None) -> EffectRow:
    """Settle an effect that is in doubt by what its receiver says: it arrived, or it did not.

    Raises:
        UsageError: no such effect, several, or it is not in doubt.

    """
    store = store or open_store()
    found = effect_rows.named(store.journal, key)
    if len(found) != 1:
        what = "several effects start" if found else "no effect starts"
        raise UsageError(f"{what} with {key!r}", remedy="take the whole key from `effects --json`")
    if found[0].status not in {"in_doubt", "intent"}:
        raise UsageError(
            f"effect {key} is {found[0].status}, not in doubt", remedy="nothing needs to be done"
        )
    if found[0].status == "intent" and not is_dead(found[0].holder):
        raise UsageError(
            f"effect {key} is being sent by process {found[0].holder.get('pid')}",
            remedy="wait for it to end, or end it",
        )
    return effect_protocol.resolve(store.journal, found[0], sent=sent)


def export(path: str | Path, *, store: Store | None = None) -> int:
    """Write every recorded call as text to `path` (`.jsonl`), sorted by key; how many."""
    return recordings.export(store or open_store(), Path(path))


def load(path: str | Path, *, store: Store | None = None) -> tuple[int, int]:
    """Import a recording: how many calls were new, how many it holds."""
    return recordings.load(store or open_store(), Path(path))


def doctor(*, store: Store | None = None) -> Table:
    """Check the store and the installation; changes nothing. Cost: reads every checkpoint."""
    rows = tuple(
        {"check": name, "status": "ok" if not found else "PROBLEM", "detail": found or detail}
        for name, detail, found in check.examine(store or open_store())
    )
    return Table("checks", ("check", "status", "detail"), rows)
