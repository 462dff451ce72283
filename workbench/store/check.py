"""Examines a store and its surroundings: every checkpoint read, every file accounted for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path

from workbench.errors import StoreError
from workbench.store.envelope import Corrupt
from workbench.store.folder import Store

_KINDS = ("call", "step", "files", "facts", "attempt")
Finding = tuple[str, str, str]
"""What was checked, what it is, and what is wrong with it ("" if nothing)."""


def examine(store: Store) -> Iterator[Finding]:
    """Findings, one a check. Changes nothing."""
    yield "store", str(store.folder), ""
    yield from _checkpoints(store)
    yield _journal(store)
    yield _sqlite()
    yield _distribution()


def _checkpoints(store: Store) -> Iterator[Finding]:
    used: set[str] = set()
    corrupt: list[str] = []
    count = 0
    for kind in _KINDS:
        for key in store.checkpoints.keys(kind):
            count += 1
            try:
                used.update(store.checkpoints.files_of(key))
                store.checkpoints.get(key)
            except (Corrupt, StoreError):
                corrupt.append(key)
    bad = f"{len(corrupt)} corrupt, not served: {', '.join(corrupt[:3])}" if corrupt else ""
    yield "checkpoints", f"{count:,} read, every digest agrees", bad
    orphans = store.checkpoints.blobs.names() - used
    detail = f"{len(used):,} in use, {len(orphans):,} without a checkpoint (harmless)"
    yield "blobs", detail, ""


def _journal(store: Store) -> Finding:
    try:
        found = store.journal.read("pragma quick_check(1)")[0][0]
        count = store.journal.read("select count(*) from events")[0][0]
    except sqlite3.Error as error:
        return "journal", "", f"cannot be read: {error}; restore it from a backup"
    return "journal", f"{count:,} events", "" if found == "ok" else str(found)


def _sqlite() -> Finding:
    return "sqlite", sqlite3.sqlite_version, ""


def _distribution() -> Finding:
    """PyPI's `workbench` is another project that installs the same import name."""
    here = Path(__file__).parent.parent
    names = set(packages_distributions().get("workbench", ()))
    if "workbench" in names:
        return (
            "import name",
            str(here),
            "another distribution `workbench` is installed: pip uninstall workbench",
        )
    try:
        return "import name", f"nbworkbench {version('nbworkbench')} in {here}", ""
    except PackageNotFoundError:
        return "import name", f"not installed, imported from {here}", ""
