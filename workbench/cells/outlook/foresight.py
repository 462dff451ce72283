"""What running a step of this kernel would do now, told from its values; nothing runs."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Sequence
from typing import Any

from workbench import clock
from workbench.cells import facts, lookup, outcome, reasons
from workbench.cells.lookup import Found
from workbench.cells.outlook.saved import SavedStep, step
from workbench.cells.session import session
from workbench.cells.step import Step
from workbench.errors import WorkbenchError
from workbench.keys import flow
from workbench.views import Outlook


class Foresight:
    """The outlook of this kernel's steps."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell

    def cells(self, saved: Sequence[SavedStep], saved_us: int) -> list[SavedStep]:
        """The saved step cells with those that were run since, and those that were never saved.

        `saved_us` is when the notebook was saved, in UTC microseconds.
        """
        here = session()
        newer = {name: text for name, (text, at) in here.sources.items() if at > saved_us}
        found = [
            step(each.name, newer[each.name][0], newer[each.name][1])
            if each.name in newer
            else each
            for each in saved
        ]
        names = {each.name for each in saved}
        return [*found, *(step(n, *newer[n]) for n in newer if n not in names)]

    def cell(self, name: str) -> SavedStep | None:
        """The step cell that was last run under a name in this kernel; None if none was."""
        known = session().sources.get(name)
        return step(name, *known[0]) if known else None

    def outlook(self, cell: SavedStep) -> Outlook:
        """What pressing Shift-Enter on a cell would do now. Cost: one encoding of what it reads."""
        if cell.body is None:
            return Outlook("unknown", "the cell is no Python")
        tree = ast.parse(cell.body)
        namespace = self.shell.user_ns
        missing = flow.needed(tree) - namespace.keys() - vars(builtins).keys()
        if missing:
            return Outlook("unknown", f"its input {min(missing)} is not there yet")
        try:
            return self._looked_up(cell, cell.body, tree)
        except WorkbenchError as problem:
            return Outlook("unknown", problem.message)

    def _looked_up(self, cell: SavedStep, body: str, tree: ast.Module) -> Outlook:
        here = session()
        execution = here.execution(cell.name, cell.options.policy())
        looked = Step(here, self.shell, cell.source, execution, cell.options, clock.monotonic_s())
        found_in = looked.inspect(body, tree)
        if found_in.manifest is None:
            return Outlook("stale", f"outcome not kept: {found_in.opaque}")
        found = lookup.find(execution.store, found_in, cell.options)
        if isinstance(found, Found):
            return Outlook("hit", checkpoint=found.key)
        described = facts.gather(execution.store, found_in, outcome.users(self.shell.user_ns))
        reason = reasons.of_miss(execution, found_in, cell.source, found, described)
        if reason.why == reasons.FIRST:
            return Outlook("never", "it has no outcome in this store yet")
        return Outlook("stale", reason.why, reason.changes)
