"""The checkpoint store on diskcache: one row a checkpoint, nothing evicted, nothing unpickled.

The settings are asserted at every open because each default loses paid answers: diskcache commits
without waiting for the disk, and evicts past 1 GiB. Its pickle modes execute what they read
(CVE-2025-69872); `GuardedDisk` refuses them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import diskcache

from workbench.errors import StoreError
from workbench.model import Json
from workbench.store.blobs import Blobs
from workbench.store.envelope import Corrupt, files, seal, unseal
from workbench.store.port import Checkpoint

INLINE_BYTES = 64 * 1024
FORMAT = "workbench checkpoints 1"
_KNOWN_BYTES = 16 * 1024
_KNOWN_MOST = 1024
_SENTINEL = "format"
_SETTINGS = {
    "eviction_policy": "none",
    "cull_limit": 0,
    "size_limit": 1 << 62,
    "sqlite_synchronous": 2,  # FULL: one fdatasync a commit
    "statistics": 0,
    "tag_index": 0,
    "disk_min_file_size": 1 << 62,  # diskcache's own value files are never synced
}
_SELECT = "SELECT mode, filename, value FROM Cache WHERE key = ? AND raw = 1"


class GuardedDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache ships no types
    """Reads and writes raw bytes under string keys, and refuses everything else."""

    def put(self, key: Any) -> tuple[str, bool]:
        """A key as stored."""
        if type(key) is not str:
            raise StoreError(f"a key is a str, not {type(key).__name__}", remedy="report this")
        return key, True

    def get(self, key: Any, raw: Any) -> str:
        """A stored key."""
        if type(key) is not str or not raw:
            raise _foreign("a key that is not text")
        return key

    def store(self, value: Any, read: Any, key: Any = None) -> tuple[int, int, None, Any]:  # noqa: ARG002
        """A value as stored: size, mode, no file, bytes."""
        if type(value) is not bytes or read:
            raise StoreError("a value is bytes", remedy="report this")
        return 0, diskcache.core.MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> bytes:  # noqa: ARG002
        """A stored value. Raises: StoreError for a pickle, a text or a file name."""
        if mode != diskcache.core.MODE_RAW or filename is not None or type(value) is not bytes:
            raise _foreign(f"a value of mode {mode}")
        return value


class DiskStore:
    """`CheckpointStore` in a folder of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = Blobs(folder / "blobs")
        self._cache = _open(folder / "checkpoints")
        self._known: dict[str, tuple[bytes, Checkpoint]] = {}

    def get(self, key: str) -> Checkpoint | None:
        """See `CheckpointStore.get`. Cost: one SELECT and, the first time, a digest of the envelope."""
        try:
            envelope = self._read(key)
            if envelope is None:
                return None
            return self._unsealed(key, envelope)
        except Corrupt as error:
            raise StoreError(
                f"checkpoint {key} is corrupt: {error}", remedy="run `workbench doctor`"
            ) from None
        except sqlite3.Error as error:
            raise _unreadable(self.folder, error) from None

    def _unsealed(self, key: str, envelope: bytes) -> Checkpoint:
        """What an envelope holds. Of a small step's it is kept: the row is read each time, but opened once."""
        known = self._known.get(key)
        if known is not None and known[0] == envelope:
            return known[1]
        found = Checkpoint(*unseal(envelope, self.blobs.read))
        if len(envelope) <= _KNOWN_BYTES and key.startswith("step/"):
            if len(self._known) >= _KNOWN_MOST:
                self._known.clear()
            self._known[key] = (envelope, found)
        return found

    def _read(self, key: str) -> bytes | None:
        """The envelope under a key: diskcache's `get` without expiry, tags and statistics.

        Ours has none of them, and leaving them out is a third of its time.
        """
        rows = self._cache._sql(_SELECT, (key,)).fetchall()  # noqa: SLF001 - its SELECT, shorter
        return self._cache.disk.fetch(*rows[0], False) if rows else None  # noqa: FBT003

    def add(self, key: str, header: Json, parts: Sequence[bytes | memoryview] = ()) -> bool:
        """See `CheckpointStore.add`."""
        return self.add_all([(key, header, parts)])[0]

    def add_all(
        self, entries: Sequence[tuple[str, Json, Sequence[bytes | memoryview]]]
    ) -> tuple[bool, ...]:
        """See `CheckpointStore.add_all`."""
        try:
            sealed = [
                (key, seal(header, parts, INLINE_BYTES, self.blobs.write))
                for key, header, parts in entries
            ]
            if len(sealed) == 1:  # a transaction of its own anyway
                return (bool(self._cache.add(*sealed[0])),)
            with self._cache.transact():
                return tuple(bool(self._cache.add(*each)) for each in sealed)
        except (OSError, sqlite3.Error, diskcache.Timeout) as error:
            raise StoreError(
                f"a checkpoint could not be stored in {self.folder}: {error}",
                remedy="make room or mend the folder, then run the step again",
            ) from None

    def keys(self, kind: str) -> Iterator[str]:
        """See `CheckpointStore.keys`."""
        prefix = f"{kind}/"
        return (key for key in self._cache if key.startswith(prefix))

    def remove(self, key: str) -> bool:
        """See `CheckpointStore.remove`."""
        return bool(self._cache.delete(key))

    def files_of(self, key: str) -> tuple[str, ...]:
        """Digests of the blobs that a checkpoint refers to; its digest is checked. Raises: Corrupt."""
        return files(self._cache.get(key))

    def close(self) -> None:
        """See `CheckpointStore.close`."""
        self._cache.close()


def _open(folder: Path) -> diskcache.Cache:
    database = folder / diskcache.core.DBNAME
    existed = database.exists()
    if existed and database.stat().st_size == 0:
        raise StoreError(
            f"{database} is empty: it was truncated, and opening it would hide what is lost",
            remedy="restore it from a backup, or move the folder away to start anew",
        )
    try:
        cache = diskcache.Cache(str(folder), timeout=60, disk=GuardedDisk, **_SETTINGS)
        folder.chmod(0o700)
    except (OSError, sqlite3.Error) as error:
        raise _unreadable(folder, error) from None
    if existed:
        _expect_format(cache, folder)
    else:
        cache.add(_SENTINEL, FORMAT.encode())
    return cache


def _expect_format(cache: diskcache.Cache, folder: Path) -> None:
    found = cache.get(_SENTINEL)
    if found is None and len(cache) == 0:  # killed between creating the file and the sentinel
        cache.add(_SENTINEL, FORMAT.encode())
    elif found != FORMAT.encode():
        raise StoreError(
            f"{folder} holds {found!r}, not {FORMAT!r}",
            remedy="open it with the version that wrote it, or name another WORKBENCH_CACHE",
        )


def _foreign(what: str) -> StoreError:
    return StoreError(
        f"the store holds {what}, which no workbench wrote; it was not loaded",
        remedy="run `workbench doctor`, and do not trust this folder",
    )


def _unreadable(folder: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the store in {folder} cannot be opened: {error}",
        remedy="mend its permissions, or name another folder with WORKBENCH_CACHE",
    )
