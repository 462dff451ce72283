"""One step, from its source to its record: look it up, serve it, or run it and keep what came out."""

from __future__ import annotations

import ast
import asyncio
import functools
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any

from workbench import clock
from workbench.calls import context
from workbench.calls.context import Execution
from workbench.cells import code, definitions, inputs, outcome, reasons
from workbench.cells.capture import Shown, captured
from workbench.cells.failure import journaled_error, shorten
from workbench.cells.inputs import Inputs
from workbench.cells.outcome import NotKept, Outcome
from workbench.errors import StoreError, WorkbenchError
from workbench.journal.events import StepFinished, StepStarted
from workbench.keys import manifest
from workbench.store.codecs import CannotRestore
from workbench.store.port import Checkpoint
from workbench.ui.live import LiveRecord, show
from workbench.ui.record import Record

INTERRUPTED_WAIT_S = 1.0


@dataclass(slots=True)
class Step:
    """A `%%step` cell about to be served or run."""

    shell: Any
    source: str
    execution: Execution
    started_s: float

    def start(self) -> Coroutine[Any, Any, None] | None:
        """Serve or run it; a body that awaits is returned to be awaited."""
        body = self.shell.transform_cell(self.source)
        tree = ast.parse(body)
        namespace = self.shell.user_ns
        try:
            found_in = inputs.inspect(body, tree, outcome.users(namespace), self.execution.run_id)
        except WorkbenchError:
            raise
        except Exception as problem:  # noqa: BLE001  # odd objects must not keep a cell from running
            found_in = Inputs(None, f"{type(problem).__name__} while its inputs were read", {})
        why = self._serve(tree, found_in)
        if why == "":
            return None
        return self._run(tree, found_in, why)

    def _serve(self, tree: ast.Module, found_in: Inputs) -> str:
        """Serve a hit; else why there is none."""
        if found_in.manifest is None:
            return f"outcome not kept: {found_in.opaque}"
        found = outcome.find(self.execution.store, found_in.manifest)
        if found is None:
            return reasons.of_miss(self.execution, found_in.manifest)
        try:
            outcome.restore(
                found[1],
                self.shell.user_ns,
                functools.partial(definitions.define, self.shell, self.source, tree),
            )
        except CannotRestore as problem:
            return f"its checkpoint cannot be restored: {problem}"
        self._record_hit(*found)
        outcome.show(found[1])
        return ""

    def _record_hit(self, key: str, found: Checkpoint) -> None:
        made: dict[str, Any] = found.header["done"]
        done = StepFinished(
            **{
                **made,
                "name": self.execution.name,
                "step_id": self.execution.step_id,
                "run_id": self.execution.run_id,
                "notebook": self.execution.notebook,
                "status": "hit",
                "why": "",
                "key": key,
                "hit_calls": made["live_calls"] + made["hit_calls"],
                "live_calls": 0,
                "failed_calls": 0,
                "tokens": 0,
                "saved_tokens": made["tokens"] + made["saved_tokens"],
                "spent_microusd": 0,
                "saved_microusd": made["spent_microusd"] + made["saved_microusd"],
                "seconds": round(clock.monotonic_s() - self.started_s, 6),
                "saved_s": round(made["seconds"] + made["saved_s"], 3),
            }
        )
        self.execution.store.journal.append_later(done)
        show(Record(replace(done, step_id="", run_id="", seconds=0.0)))

    def _run(
        self, tree: ast.Module, found_in: Inputs, why: str
    ) -> Coroutine[Any, Any, None] | None:
        key = manifest.key(found_in.manifest) if found_in.manifest else ""
        execution = self.execution
        execution.store.journal.append_later(
            StepStarted(
                execution.step_id, execution.run_id, execution.name, key, why, execution.notebook
            )
        )
        codes = code.compile_body(self.shell, self.source, tree)
        files = {each.co_filename for each in codes}
        running = _Running(self, tree, found_in, why, files)
        pending = running.begin(codes)
        return running.finish_awaited(pending) if pending else None

    def done(self, status: Any, key: str, why: str, error: str = "") -> StepFinished:
        """This execution so far, as the journal keeps it."""
        with self.execution.lock:
            calls = list(self.execution.calls)
        live = [call for call in calls if call.status in {"completed", "rejected"}]
        hits = [call for call in calls if call.status == "hit"]
        return StepFinished(
            step_id=self.execution.step_id,
            run_id=self.execution.run_id,
            name=self.execution.name,
            status=status,
            key=key,
            why=why,
            seconds=round(clock.monotonic_s() - self.started_s, 6),
            live_calls=len(live),
            hit_calls=len(hits),
            failed_calls=sum(call.status == "failed" for call in calls),
            tokens=sum(call.total_tokens or 0 for call in live),
            saved_tokens=sum(call.saved_tokens or 0 for call in hits),
            spent_microusd=sum(call.cost_microusd or 0 for call in live),
            saved_microusd=sum(call.saved_microusd or 0 for call in hits),
            saved_s=round(sum(call.saved_s for call in hits), 3),
            unpriced=sum(call.cost_microusd is None for call in live),
            error=error,
            notebook=self.execution.notebook,
        )


class _Running:
    """The execution of a step's body, sync or awaited: one beginning, one end."""

    def __init__(
        self, step: Step, tree: ast.Module, found_in: Inputs, why: str, files: set[str]
    ) -> None:
        self.step = step
        self.tree = tree
        self.inputs = found_in
        self.why = why
        self.files = files
        self.before = outcome.users(step.shell.user_ns)
        self.bindings = code.Bindings(step.shell.user_ns)
        self.live = LiveRecord(
            step.shell, lambda: Record(step.done("completed", "", why), running=True)
        )

    def begin(self, codes: list[Any]) -> list[Any]:
        """Run what can be run without awaiting; what must be awaited comes back."""
        step = self.step
        try:
            with captured(step.shell) as shown, context.entered(step.execution):
                pending = code.run(codes, self.bindings, plainly=self.inputs.manifest is None)
                if not pending:
                    self._settle()
        except BaseException as error:
            self._settle(error)
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
            with captured(step.shell) as shown, context.entered(step.execution):
                for awaitable in pending:
                    await awaitable
                await self._settle_async(step.execution.settings.drain_s)
        except BaseException as error:
            await self._settle_async(_patience(error, step.execution))
            self._settle(error)
            self._failed(error)
            raise
        self._settle()
        self._completed(shown)

    def _settle(self, error: BaseException | None = None) -> None:
        """Let answers that nobody reads any more reach their end and be recorded."""
        wait_s = _patience(error, self.step.execution)
        for stream in list(self.step.execution.streams):
            stream.settle(wait_s, at_once=_is_interrupt(error))

    async def _settle_async(self, wait_s: float) -> None:
        streams = [s for s in self.step.execution.streams if hasattr(s, "asettle")]
        if streams:
            await asyncio.gather(*(stream.asettle(wait_s) for stream in streams))

    def _completed(self, shown: Shown) -> None:
        execution = self.step.execution
        for serve in execution.invalid:
            serve()
        result = self._outcome()
        kept, key = "", ""
        done = self.step.done("completed", "", self.why)
        defined = definitions.plain(self.tree, result.outputs, next(iter(self.files)))
        try:
            key = outcome.keep(
                execution, self.inputs, result, shown, self.before, done, self.step.source, defined
            )
        except NotKept as problem:
            kept = f"outcome not kept: {problem}"
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001  # odd objects must not fail a cell that ran
            kept = f"outcome not kept: {type(problem).__name__} while it was looked at"
        self._end(replace(done, key=key, why=kept or self.why))

    def _failed(self, error: BaseException) -> None:
        shorten(error, self.step.shell, self.step.execution, self.files)
        self._end(self.step.done("failed", "", self.why, journaled_error(error)))

    def _outcome(self) -> Outcome:
        after = outcome.users(self.step.shell.user_ns)
        return outcome.compare(self.before, after, self.bindings.names, self.bindings.deleted)

    def _end(self, done: StepFinished) -> None:
        execution = self.step.execution
        if done.live_calls or done.failed_calls or execution.effects:
            execution.store.journal.append(done)
        else:
            execution.store.journal.append_later(done)
        self.live.finish(Record(done, notes=tuple(reasons.notes(execution))))


def _patience(error: BaseException | None, execution: Execution) -> float:
    return INTERRUPTED_WAIT_S if _is_interrupt(error) else execution.settings.drain_s


def _is_interrupt(error: BaseException | None) -> bool:
    return isinstance(error, KeyboardInterrupt | asyncio.CancelledError | SystemExit)
