"""The store's folder, opened: checkpoints, blobs and journal; once a process and folder."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from workbench import config
from workbench.errors import StoreError
from workbench.journal.log import Journal
from workbench.store.checkpoints import DiskStore
from workbench.store.served import Served

_IGNORE = "*\n!.gitignore\n!recorded/\n!recorded/*.jsonl\n"
_opened: dict[tuple[Path, int], Store] = {}
_opening = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """One store: every layer above reads and writes through it."""

    folder: Path
    checkpoints: DiskStore
    journal: Journal
    served: Served

    def close(self) -> None:
        """Release its files; the next `open_store` opens it anew."""
        _opened.pop((self.folder, os.getpid()), None)
        self.journal.close()
        self.checkpoints.close()


def open_store(folder: Path | None = None) -> Store:
    """The store in `folder` (by default `config.store_folder()`), made if it is not there.

    Raises:
        StoreError: it cannot be created, written or read, or was not written by a workbench.

    """
    place = folder or config.store_folder()
    with _opening:
        found = _opened.get((place, os.getpid()))
        if found is None:
            _create(place)
            checkpoints, journal = DiskStore(place), Journal(place / "journal.db")
            found = Store(place, checkpoints, journal, Served(checkpoints, journal))
            _opened[place, os.getpid()] = found
    return found


def _create(folder: Path) -> None:
    new = not folder.exists()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if new:
            (folder / ".gitignore").write_text(_IGNORE, "utf-8")
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise StoreError(
            f"the store's folder {folder} cannot be written: {error.strerror or error}",
            remedy="mend its permissions, or name another folder with WORKBENCH_CACHE",
            path=str(folder),
        ) from None
