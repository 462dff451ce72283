"""This kernel: its store, its run, its notebook, and the steps it has seen."""

from __future__ import annotations

import atexit
import os
from collections import deque
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from workbench import clock, config
from workbench.calls import context
from workbench.calls.context import Execution, Policy
from workbench.calls.install import install
from workbench.cells import closed_files, watch
from workbench.cells.left import Left
from workbench.cells.modules import loaded
from workbench.cells.options import Options
from workbench.errors import UsageError
from workbench.journal.events import RunFinished, RunStarted, StepFinished
from workbench.journal.holders import this_process
from workbench.keys.manifest import Manifest
from workbench.store.folder import Store, open_store

_RECENT = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """A step's cell: its id, the number it last ran under, and when (UTC microseconds)."""

    cell: str
    number: int
    at_us: int


@dataclass(eq=False)
class Session:
    """One kernel's life with the workbench; interactively it is one run.

    In a batch the supervisor started the run and ends it; the kernel only takes part.

    Attributes:
        places: step name to the cell that has it.
        sources: step name to the source and options that were last run, and when (UTC microseconds).
        left: what steps left in the inputs that they changed.
        functions: the last function steps that ended outside any other step.
        called: step name to the manifest of a function step's last call.

    """

    run_id: str = field(default_factory=config.run_id)
    in_batch: bool = field(default_factory=lambda: bool(config.run_id()))
    places: dict[str, Place] = field(default_factory=dict)
    sources: dict[str, tuple[tuple[str, Options], int]] = field(default_factory=dict)
    left: Left = field(default_factory=Left)
    functions: deque[StepFinished] = field(default_factory=lambda: deque(maxlen=_RECENT))
    called: dict[str, Manifest] = field(default_factory=dict)
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

    def execution(self, name: str, policy: Policy) -> Execution:
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
            policy=policy,
        )

    def ended(self, done: StepFinished, parent: Execution | None) -> None:
        """Note that a function step ended: for the step that called it, else for the cell."""
        if parent is None:
            self.functions.append(done)
            return
        with parent.lock:
            parent.nested.append(done)

    def claim_name(self, name: str, cell: str, number: int) -> None:
        """Remember in which cell a step stands; one that had another name gives that up.

        `cell` is the front end's id of the cell, `number` what its prompt shows.

        Raises:
            UsageError: another cell has this name, and the saved notebook still holds it.

        """
        if not cell:
            return
        for other in [each for each, place in self.places.items() if place.cell == cell]:
            del self.places[other]
        known = self.places.get(name)
        if known is not None and not self._is_deleted(known):
            raise UsageError(
                f"step {name!r} is defined in two cells (first in the one that ran as [{known.number}])",
                remedy="give one of them another name, or save the notebook if that one is deleted",
            )
        self.places[name] = Place(cell, number, clock.now_us())

    def _is_deleted(self, place: Place) -> bool:
        """Whether the notebook was saved without a cell since that cell ran."""
        from workbench.cells.outlook.saved import cell_ids

        path = Path(os.environ.get("JPY_SESSION_NAME", ""))
        try:
            saved_us = path.stat().st_mtime_ns // 1000
            return saved_us > place.at_us and place.cell not in cell_ids(path)
        except (OSError, UsageError):
            return False

    def _end(self) -> None:
        if os.getpid() == self._pid:
            self.store.journal.append_durably(RunFinished(self.run_id, "succeeded"))


_sessions: list[Session] = []


def session() -> Session:
    """This process's session, begun on first use."""
    if not _sessions:
        _sessions.append(Session())
        context.plain_cell.append(_plain_cell)
        install()
        watch.watch()
        loaded.watch()
        closed_files.register()
    return _sessions[-1]


def _plain_cell() -> Execution:
    return _sessions[-1].execution("cell", Options().policy())


def cell_place(shell: Any) -> str:
    """What tells this cell from others: the front end's cell id; "" where it sends none."""
    try:
        metadata = shell.get_parent()["metadata"]
    except (AttributeError, KeyError, TypeError):
        return ""
    return str(metadata.get("cellId", ""))
