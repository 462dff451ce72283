"""This kernel: its store, its run, its notebook, and the steps it has seen."""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workbench import clock, config
from workbench.calls import context
from workbench.calls.context import Execution, Policy
from workbench.errors import UsageError
from workbench.journal.events import RunFinished, RunStarted
from workbench.journal.holders import this_process
from workbench.store.folder import Store, open_store


@dataclass(eq=False)
class Session:
    """One kernel's life with the workbench; interactively it is one run.

    In a batch the supervisor started the run and ends it; the kernel only takes part.
    """

    run_id: str = field(default_factory=config.run_id)
    in_batch: bool = field(default_factory=lambda: bool(config.run_id()))
    places: dict[str, str] = field(default_factory=dict)
    _pid: int = field(default_factory=os.getpid)

    @cached_property
    def store(self) -> Store:
        """The store, opened with the first step."""
        store = open_store()
        if not self.in_batch:
            self.run_id = clock.new_id("run")
            store.journal.append_durably(
                RunStarted(self.run_id, self.notebook, "", "", {}, this_process())
            )
            atexit.register(self._end)
        return store

    @property
    def notebook(self) -> str:
        """This notebook's identity, "" where nobody said."""
        return config.notebook_identity()

    def execution(
        self, name: str, *, effects: str | None = None, strict: bool = False
    ) -> Execution:
        """A new execution of a step of this notebook."""
        store = self.store
        return Execution(
            store=store,
            run_id=self.run_id,
            step_id=clock.new_id("step"),
            name=name,
            notebook=self.notebook,
            scope=config.scope(),
            settings=config.settings(),
            policy=Policy(
                frozen=config.frozen(),
                strict=strict,
                effects="hold" if config.frozen() else effects or config.effect_mode(),
            ),
        )

    def claim_name(self, name: str, place: str) -> None:
        """Remember where a step stands. Raises: UsageError if another cell has its name."""
        known = self.places.setdefault(name, place)
        if place and known and known != place:
            raise UsageError(
                f"step {name!r} is defined in two cells (first in cell {known})",
                remedy="give one of them another name",
            )

    def _end(self) -> None:
        if os.getpid() == self._pid:
            self.store.journal.append_durably(RunFinished(self.run_id, "succeeded"))


_sessions: list[Session] = []


def session() -> Session:
    """This process's session, begun on first use."""
    if not _sessions:
        _sessions.append(Session())
        context.plain_cell.append(lambda: _sessions[-1].execution("cell"))
    return _sessions[-1]


def cell_place(shell: Any) -> str:
    """What tells this cell from others: the front end's cell id; "" where it sends none."""
    try:
        metadata = shell.get_parent()["metadata"]
    except (AttributeError, KeyError, TypeError):
        return ""
    return str(metadata.get("cellId", ""))


def python_version() -> str:
    """The interpreter's feature version, which every step key holds."""
    return ".".join(map(str, sys.version_info[:2]))
