"""DuckDB over one store: in memory, one a process, brought up to date before each query.

User SQL can only read: one SELECT at a time, no access to files or extensions, settings locked.
Rows since the last query are loaded from the journal; prompts and answers from the checkpoints.
DuckDB and Arrow are imported by the first query: 0.2 s that no notebook pays before it asks.
"""

from __future__ import annotations

import dataclasses
import functools
import threading
import typing
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from workbench.errors import StoreError, UsageError
from workbench.journal.events import CallEnded, Event
from workbench.query.tables import LOADED, VIEWS
from workbench.store.folder import Store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_READS = {"SELECT", "EXPLAIN"}
_BATCH = 20_000
_JSON = "json"
_SQL = {str: "varchar", int: "bigint", float: "double"}
_lenses: dict[int, Lens] = {}


class Lens:
    """The SQL view of one store; safe for threads."""

    def __init__(self, store: Store) -> None:
        import duckdb

        self.store = store
        self._lock = threading.Lock()
        self._seen = 0
        self._connection: DuckDBPyConnection = duckdb.connect(":memory:")
        for event in LOADED:
            self._connection.execute(_create(event))
        for name, query in VIEWS.items():
            self._connection.execute(f"create view {name} as {query}")
        self._connection.execute("set enable_external_access = false")
        self._connection.execute("set lock_configuration = true")

    def query(
        self, query: str, params: Sequence[object] | dict[str, object] | None = None, **frames: Any
    ) -> DuckDBPyRelation:
        """One SELECT as DuckDB's relation (`.df()`, `.arrow()`, `.fetchall()`).

        `frames` are the caller's own tables by name: DataFrames or Arrow tables.

        Raises:
            UsageError: not one SELECT, or SQL that DuckDB refuses, with its reason.

        """
        import duckdb

        with self._lock:
            self._refresh()
            cursor = self._connection.cursor()
        _only_reads(cursor, query)
        for name, frame in frames.items():
            cursor.register(name, frame)
        try:
            relation = cursor.sql(query, params=params) if params else cursor.sql(query)
        except duckdb.Error as error:
            raise _refused(error) from None
        if relation is None:
            raise UsageError("this SQL returns no rows", remedy="write a SELECT")
        return relation

    def _refresh(self) -> None:
        rows: dict[type[Event], list[dict[str, Any]]] = {event: [] for event in LOADED}
        pending = 0
        for number, at_us, event in self.store.journal.since(self._seen):
            rows[type(event)].append(self._row(number, at_us, event))
            self._seen, pending = number, pending + 1
            if pending >= _BATCH:
                self._load(rows)
                pending = 0
        self._load(rows)

    def _load(self, rows: dict[type[Event], list[dict[str, Any]]]) -> None:
        import pyarrow as pa

        for event, batch in rows.items():
            if batch:
                table = pa.Table.from_pylist(batch, schema=_schema(event))
                self._connection.register("_new", table)
                self._connection.execute(f"insert into {LOADED[event]} select * from _new")  # noqa: S608
                self._connection.unregister("_new")
                batch.clear()

    def _row(self, number: int, at_us: int, event: Event) -> dict[str, Any]:
        row: dict[str, Any] = {"id": number, "at_us": at_us}
        for name, kind in _fields(cast("Any", type(event))):
            value = getattr(event, name)
            row[name] = msgspec.json.encode(value).decode() if kind is _JSON else value
        if isinstance(event, CallEnded):
            row["prompt"], row["response"] = self._texts(event.checkpoint)
        return row

    def _texts(self, key: str) -> tuple[str | None, str | None]:
        """Prompt and answer of a call; None where its checkpoint was erased or is corrupt."""
        try:
            found = self.store.checkpoints.get(key) if key else None
        except StoreError:
            found = None
        if found is None:
            return None, None
        return found.header.get("prompt"), found.header.get("response")


def lens(store: Store) -> Lens:
    """The lens of a store, made once a process."""
    found = _lenses.get(id(store))
    if found is None or found.store is not store:
        found = _lenses[id(store)] = Lens(store)
    return found


def _only_reads(connection: DuckDBPyConnection, query: str) -> None:
    import duckdb

    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as error:
        raise _refused(error) from None
    kinds = [statement.type.name for statement in statements]
    if len(kinds) != 1 or kinds[0] not in _READS:
        shown = ", ".join(kinds) or "nothing"
        raise UsageError(
            f"only one SELECT at a time can be asked, this is {shown}",
            remedy="write one SELECT over runs, steps, calls, attempts or effects",
        )


def _refused(error: Exception) -> UsageError:
    first = str(error).strip().splitlines()[0]
    return UsageError(f"SQL: {first}", remedy=f"tables are {', '.join(VIEWS)}; see `%wb help sql`")


def _columns(event: type[Event]) -> Iterator[tuple[str, str]]:
    yield "id", "bigint"
    yield "at_us", "bigint"
    yield from _fields(cast("Any", event))
    if event is CallEnded:
        yield from (("prompt", "varchar"), ("response", "varchar"))


@functools.cache
def _fields(event: Any) -> tuple[tuple[str, str], ...]:
    """An event's fields and their SQL types."""
    hints = typing.get_type_hints(event)
    return tuple((field.name, _sql_type(hints[field.name])) for field in dataclasses.fields(event))


def _sql_type(hint: Any) -> str:
    options = [each for each in typing.get_args(hint) if each is not type(None)] or [hint]
    if all(isinstance(each, str) for each in options):
        return "varchar"  # a Literal
    return _SQL.get(options[0], _JSON)


def _create(event: type[Event]) -> str:
    columns = ", ".join(f"{name} {kind}" for name, kind in _columns(event))
    return f"create table {LOADED[event]} ({columns})"


def _schema(event: type[Event]) -> Any:
    import pyarrow as pa

    types = {"bigint": pa.int64(), "double": pa.float64()}
    return pa.schema([(name, types.get(kind, pa.string())) for name, kind in _columns(event)])
