"""One `%%step` cell, from its source to its record: look it up, serve it, or run it and keep it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any

from workbench import clock
from workbench.calls import context
from workbench.calls.context import Execution
from workbench.cells import (
    ambient,
    closed_streams,
    code,
    definitions,
    facts,
    inputs,
    lookup,
    mutation,
    outcome,
    reasons,
    settle,
    totals,
)
from workbench.cells.capture import Shown, captured, flush_figures
from workbench.cells.failure import journaled_error, shorten
from workbench.cells.inputs import Inputs
from workbench.cells.interrupts import interruptible
from workbench.cells.lookup import Found
from workbench.cells.modules import own
from workbench.cells.options import Options
from workbench.cells.outcome import NotKept, Outcome
from workbench.cells.reasons import Reason
from workbench.cells.restore import restore
from workbench.cells.session import Session
from workbench.errors import StoreError, WorkbenchError
from workbench.journal.events import StepFinished
from workbench.model import Json
from workbench.store.codecs import CannotRestore
from workbench.ui.live import LiveRecord, show
from workbench.ui.record import Record


@dataclass(slots=True)
class Step:
    """A `%%step` cell about to be served or run."""

    session: Session
    shell: Any
    source: str
    execution: Execution
    options: Options
    started_s: float
    described: dict[str, Json] = field(default_factory=dict)

    def start(self, body: str) -> Coroutine[Any, Any, None] | None:
        """Serve or run it, its source as Python; a body that awaits is returned to be awaited.

        Raises:
            UsageError: an option names something that is not there.

        """
        closed_streams.register()
        tree = ast.parse(body)
        found_in = self.inspect(body, tree)
        reason = self._serve(tree, found_in)
        return self._run(tree, found_in, reason) if reason else None

    def inspect(self, body: str, tree: ast.Module) -> Inputs:
        """What the cell depends on now."""
        namespace = outcome.Users(self.shell.user_ns)
        try:
            found_in = inputs.of_cell(
                body,
                tree,
                namespace,
                self.options,
                run_id=self.execution.run_id,
                store=str(self.execution.store.folder),
            )
        except WorkbenchError:
            raise
        except Exception as problem:  # noqa: BLE001  # odd objects must not keep a cell from running
            return Inputs(None, f"{type(problem).__name__} while its inputs were read", {})
        return self.session.left.as_before(self.execution.name, found_in, namespace)

    def _serve(self, tree: ast.Module, found_in: Inputs) -> Reason | None:
        """Serve a hit; else why there is none."""
        if found_in.manifest is None:
            return Reason(f"outcome not kept: {found_in.opaque}")
        store, namespace = self.execution.store, self.shell.user_ns
        found = lookup.find(store, found_in, self.options)
        if not isinstance(found, Found):
            self.described = facts.gather(store, found_in, namespace)
            return reasons.of_miss(self.execution, found_in, self.source, found, self.described)
        try:
            restore(
                found.checkpoint,
                namespace,
                functools.partial(definitions.define, self.shell, self.source, tree),
                lambda: mutation.others(outcome.users(namespace), found_in),
            )
        except CannotRestore as problem:
            return Reason(f"its checkpoint cannot be restored: {problem}")
        self.session.left.note(
            self.execution.name, found_in, found.checkpoint.header["mutated"], namespace
        )
        self._record_hit(found, found_in)
        outcome.show(found.checkpoint)
        return None

    def _record_hit(self, found: Found, found_in: Inputs) -> None:
        seconds = clock.monotonic_s() - self.started_s
        made = self.execution
        done = totals.hit(
            found.checkpoint.header["done"],
            found.key,
            seconds,
            step_id=made.step_id,
            run_id=made.run_id,
            name=made.name,
            notebook=made.notebook,
        )
        self.execution.store.journal.append_later(done)
        shown = replace(done, step_id="", run_id="", seconds=0.0)
        show(Record(shown, notes=tuple(reasons.outdated(found_in))))

    def _run(
        self, tree: ast.Module, found_in: Inputs, reason: Reason
    ) -> Coroutine[Any, Any, None] | None:
        reasons.journal(self.execution, found_in, reason)
        codes = code.compile_body(self.shell, self.source, tree)
        running = _Running(
            self, tree, inputs.before_run(found_in), reason, {each.co_filename for each in codes}
        )
        pending = running.begin(codes)
        return running.finish_awaited(pending) if pending else None


class _Running:
    """The execution of a step's body, sync or awaited: one beginning, one end."""

    def __init__(
        self, step: Step, tree: ast.Module, found_in: Inputs, reason: Reason, files: set[str]
    ) -> None:
        self.step = step
        self.tree = tree
        self.inputs = found_in
        self.reason = reason
        self.files = files
        self.before = outcome.users(step.shell.user_ns)
        self.bindings = code.Bindings(step.shell.user_ns)
        self.ambient = ambient.snapshot()
        self.live = LiveRecord(
            step.shell, lambda: Record(self._done("completed", reason.why), running=True)
        )

    def begin(self, codes: list[Any]) -> list[Any]:
        """Run what can be run without awaiting; what must be awaited comes back."""
        step = self.step
        try:
            with captured(step.shell) as shown, context.entered(step.execution):
                pending = code.run(codes, self.bindings, plainly=self.inputs.manifest is None)
                if not pending:
                    flush_figures()
                    settle.settle(step.execution)
        except BaseException as error:
            settle.settle(step.execution, error)
            self._failed(error)
            raise
        if not pending:
            self._completed(shown)
        step.execution.ended = not pending
        return pending

    async def finish_awaited(self, pending: list[Any]) -> None:
        """Await the body, then end as a sync one does."""
        step = self.step
        try:
            with (
                captured(step.shell) as shown,
                context.entered(step.execution),
                interruptible(),
            ):
                for awaitable in pending:
                    await awaitable
                flush_figures()
                await settle.asettle(step.execution)
        except BaseException as error:
            await settle.asettle(step.execution, error)
            settle.settle(step.execution, error)
            self._failed(error)
            raise
        settle.settle(step.execution)
        self._completed(shown)

    def _completed(self, shown: Shown) -> None:
        execution = self.step.execution
        for serve in execution.invalid:
            serve()
        kept, key = "", ""
        done = self._done("completed", self.reason.why)
        try:
            key = self._keep(shown, totals.whole(done, execution.nested))
        except NotKept as problem:
            kept = f"outcome not kept: {problem}"
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001  # odd objects must not fail a cell that ran
            kept = f"outcome not kept: {type(problem).__name__} while it was looked at"
        self._end(replace(done, key=key, why=kept or self.reason.why))

    def _keep(self, shown: Shown, done: StepFinished) -> str:
        """Store what the cell left behind; its key. Raises: NotKept."""
        step = self.step
        outcome.expect_same_process(self.ambient)
        after = outcome.users(step.shell.user_ns)
        left = outcome.compare(self.before, after, self.bindings.names, self.bindings.deleted)
        left = self._with_mutated(left, after)
        defined = definitions.plain(self.tree, left.outputs, next(iter(self.files)))
        left = outcome.only(replace(left, defined=defined), step.options.kept)
        lost = next((name for name in left.mutated if name not in left.outputs), "")
        if step.options.kept is not None and lost:
            raise NotKept(f"it changed {lost} in place, which --out leaves out")
        others = own.with_modules(self.before)
        key, _ = outcome.keep(
            step.execution,
            self.inputs,
            left,
            shown,
            others,
            done,
            step.source,
            instead_of=self.reason.refused,
            patterns=step.options.files,
            facts=facts.entries(self.inputs, step.described),
        )
        step.session.left.note(step.execution.name, self.inputs, left.mutated, step.shell.user_ns)
        return key

    def _with_mutated(self, left: Outcome, after: dict[str, Any]) -> Outcome:
        names = mutation.changed(self.inputs, self.before)
        still = {n: after[n] for n in names if n in after and after[n] is self.before[n]}
        return replace(left, outputs={**left.outputs, **still}, mutated=names)

    def _done(self, status: Any, why: str, error: str = "") -> StepFinished:
        seconds = clock.monotonic_s() - self.step.started_s
        return totals.finished(self.step.execution, status, why, seconds, error)

    def _failed(self, error: BaseException) -> None:
        shorten(error, self.step.shell, self.step.execution, self.files)
        self._end(self._done("failed", self.reason.why, journaled_error(error)))

    def _end(self, done: StepFinished) -> None:
        execution = self.step.execution
        if done.live_calls or done.failed_calls or execution.effects:
            execution.store.journal.append(done)
        else:
            execution.store.journal.append_later(done)
        notes = (*reasons.notes(execution), *reasons.outdated(self.inputs))
        self.live.finish(Record(totals.whole(done, execution.nested), notes=notes))
        self.before = {}  # what the user deletes from now on is to go at once
