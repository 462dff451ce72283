"""The journal on SQLite (WAL): appended events, and one transaction where a row must change too.

Two connections a process: one that does not wait for the disk, for what the checkpoints can
rebuild; one that does (synchronous FULL), for runs and effects.
"""

from __future__ import annotations

import atexit
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from workbench import clock
from workbench.errors import StoreError
from workbench.journal.events import KIND_OF, KINDS, Event
from workbench.journal.migrations import MIGRATIONS

TIMEOUT_S = 60.0
_INSERT = "insert into events (at_us, kind, run_id, body) values (?, ?, ?, ?)"
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.decode

Logged = tuple[int, int, Event]
"""Event id, time in UTC microseconds, event."""


class Journal:
    """The journal file of one store. Safe for threads; reopened after a fork."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._later: list[tuple[int, str, str, str]] = []
        self._open()
        atexit.register(self.flush)

    def append(self, *events: Event) -> None:
        """Write events, and those put off before them, in one transaction. Waits for no disk."""
        with self._lock:
            rows = [*self._later, *map(_row, events)]
            if not rows:
                return
            with _immediate(self._fast()) as connection:
                connection.executemany(_INSERT, rows)
            self._later.clear()

    def append_later(self, event: Event) -> None:
        """Put an event off until the next `append` or `flush`: for hits, which cost nothing to lose."""
        with self._lock:
            self._later.append(_row(event))

    def flush(self) -> None:
        """Write what was put off."""
        if self._pid == os.getpid():
            self.append()

    @contextmanager
    def durably(self) -> Iterator[sqlite3.Connection]:
        """A write transaction that is on disk when the block ends; rolled back if it raises."""
        with self._lock, _immediate(self._durable_connection()) as connection:
            yield connection

    def append_durably(self, *events: Event) -> None:
        """Write events; they are on disk when it returns."""
        with self.durably() as connection:
            insert(connection, *events)

    def since(self, event_id: int) -> Iterator[Logged]:
        """Events after `event_id`, oldest first, as of one moment."""
        query = "select id, at_us, kind, body from events where id > ? order by id"
        for number, at_us, kind, body in self.read(query, (event_id,)):
            yield number, at_us, _decode(body, type=KINDS[kind])

    def read(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, seeing what was put off too."""
        with self._lock:
            self.flush()
            return self._fast().execute(query, values).fetchall()

    def peek(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT over what is written already; cheaper than `read`, and writes nothing."""
        with self._lock:
            return self._fast().execute(query, values).fetchall()

    def close(self) -> None:
        """Write what was put off and release the file."""
        with self._lock:
            self.flush()
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()
        atexit.unregister(self.flush)

    def _open(self) -> None:
        self._pid = os.getpid()
        self._connections: dict[str, sqlite3.Connection] = {}
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _migrate(self._fast(), self.path)
            self.path.chmod(0o600)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"the journal {self.path} cannot be opened: {error}",
                remedy="mend its permissions, or name another folder with WORKBENCH_CACHE",
            ) from None

    def _fast(self) -> sqlite3.Connection:
        return self._connection("normal")

    def _durable_connection(self) -> sqlite3.Connection:
        return self._connection("full")

    def _connection(self, synchronous: str) -> sqlite3.Connection:
        if self._pid != os.getpid():  # a fork must not share SQLite connections
            self._pid, self._connections, self._later = os.getpid(), {}, []
        found = self._connections.get(synchronous)
        if found is None:
            found = sqlite3.connect(
                self.path, timeout=TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            found.execute("pragma journal_mode = wal")
            found.execute(f"pragma synchronous = {synchronous}")
            self._connections[synchronous] = found
        return found


def insert(connection: sqlite3.Connection, *events: Event) -> None:
    """Append events within a transaction of the caller's."""
    connection.executemany(_INSERT, map(_row, events))


def _row(event: Event) -> tuple[int, str, str, str]:
    return clock.now_us(), KIND_OF[type(event)], event.run_id, _encode(event).decode()


@contextmanager
def _immediate(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("begin immediate")
    try:
        yield connection
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return
    with _immediate(connection):
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise StoreError(
                f"{path} has schema {version}; this version knows {len(MIGRATIONS)}",
                remedy="open it with a newer nbworkbench, or name another WORKBENCH_CACHE",
            )
        for statement in _statements(MIGRATIONS[version:]):
            connection.execute(statement)
        connection.execute(f"pragma user_version = {len(MIGRATIONS)}")


def _statements(scripts: Iterable[str]) -> Iterator[str]:
    for script in scripts:
        yield from (part for part in script.split(";") if part.strip())


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma user_version").fetchone()[0])
