"""`@wb.step`: a function whose outcome is a checkpoint, in a notebook or in a module.

    call -> bound arguments -> key -> served value, or the function's own, kept

One core (`_Call`), two drivers: for functions and for coroutine functions. Each call is an execution
of its own, inside the step that calls it if there is one.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, overload

from workbench import clock
from workbench.calls import context
from workbench.calls.context import Execution
from workbench.cells import (
    ambient,
    facts,
    inputs,
    lookup,
    mutation,
    outcome,
    reasons,
    settle,
    totals,
    watch,
)
from workbench.cells.capture import Shown, captured
from workbench.cells.failure import journaled_error
from workbench.cells.interrupts import interruptible
from workbench.cells.lookup import Found
from workbench.cells.modules import own
from workbench.cells.modules.learnt import reached
from workbench.cells.modules.sources import FileSources
from workbench.cells.options import NAME, Options, Refresh, seconds
from workbench.cells.outcome import RETURN, NotKept, Outcome
from workbench.cells.reasons import Reason
from workbench.cells.restore import load
from workbench.cells.session import session
from workbench.errors import StoreError, UsageError
from workbench.store.codecs import CannotRestore

_MISSING = object()


class StepFunction:
    """A function as a step; called like the function, `__wrapped__` is the function itself."""

    def __init__(self, function: Callable[..., Any], name: str, options: Options) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name
        self.options = options
        self.signature = inspect.signature(function)
        self.awaits = inspect.iscoroutinefunction(function)
        if self.awaits:
            _mark(self)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The function's value, served or made; of a coroutine function a coroutine."""
        __tracebackhide__ = True
        return self._awaited(args, kwargs) if self.awaits else self._called(args, kwargs)

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<step {self.name}>"

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        call = _Call(self, args, kwargs)
        value = call.served()
        if value is not _MISSING:
            return value
        try:
            with captured(call.shell) as shown, context.entered(call.execution):
                value = self.function(*args, **kwargs)
                settle.settle(call.execution)
        except BaseException as error:
            settle.settle(call.execution, error)
            call.failed(error)
            raise
        return call.completed(value, shown)

    async def _awaited(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        __tracebackhide__ = True
        call = _Call(self, args, kwargs)
        value = call.served()
        if value is not _MISSING:
            return value
        try:
            with captured(call.shell) as shown, context.entered(call.execution), interruptible():
                value = await self.function(*args, **kwargs)
                await settle.asettle(call.execution)
        except BaseException as error:
            await settle.asettle(call.execution, error)
            settle.settle(call.execution, error)
            call.failed(error)
            raise
        settle.settle(call.execution)
        return call.completed(value, shown)


class _Call:
    """One call of a step function: looked up, then served, or run and kept."""

    def __init__(self, step: StepFunction, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.started_s = clock.monotonic_s()
        self.step = step
        bound = step.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        self.arguments = bound.arguments
        self.parent = context.current()
        self.session = session()
        self.options = _inherited(step.options, self.parent) if self.parent else step.options
        self.store = self.session.store
        self.reason = Reason("")

    def served(self) -> Any:
        """The value of a hit; `_MISSING` where the function has to run."""
        self.inputs = inputs.of_function(
            self.step.function,
            self.arguments,
            self.options,
            run_id=self.session.run_id,
            store=str(self.store.folder),
        )
        found = None
        if self.inputs.manifest is None:
            self.reason = Reason(f"outcome not kept: {self.inputs.opaque}")
        else:
            found = lookup.find(self.store, self.inputs, self.options)
            if type(found) is Found:
                value = self._restored(found)
                if value is not _MISSING:
                    return value
        self._prepare(found)
        return _MISSING

    def _prepare(self, found: Found | lookup.Refused | None) -> None:
        """Make an execution, which a hit needs none of."""
        policy = _policy(self.options, self.parent)
        self.execution = self.session.execution(self.step.name, policy)
        self.shell = _shell()
        called = f"{self.step.function.__name__}()"
        self.described = facts.gather(
            self.store, self.inputs, {called: self.step.function}, only=(called,)
        )
        if self.inputs.manifest is not None and not isinstance(found, Found):
            self.reason = reasons.of_new_call(
                self.session, self.execution, self.inputs, found, self.described
            )
        reasons.journal(self.execution, self.inputs, self.reason)
        self.inputs = inputs.before_run(self.inputs)
        self.ambient = ambient.snapshot()

    def _restored(self, found: Found) -> Any:
        names = vars(sys.modules["__main__"])
        try:
            value = load(found.checkpoint, self.arguments, names)[RETURN]
        except CannotRestore as problem:
            self.reason = Reason(f"its checkpoint cannot be restored: {problem}")
            return _MISSING
        here = self.session
        done = totals.hit(
            found.checkpoint.header["done"],
            found.key,
            clock.monotonic_s() - self.started_s,
            step_id=clock.new_id("step"),
            run_id=here.run_id,
            name=self.step.name,
            notebook=here.notebook,
        )
        self.store.journal.append_later(done)
        self.session.ended(done, self.parent)
        if self.parent is not None:
            outcome.use(self.parent, found, self.inputs.places)
        outcome.show(found.checkpoint)
        return value

    def completed(self, value: Any, shown: Shown) -> Any:
        """Keep what came out, and hand it on."""
        for serve in self.execution.invalid:
            serve()
        done = totals.finished(self.execution, "completed", self.reason.why, self._took_s())
        key, kept = "", ""
        try:
            key = self._keep(value, shown, totals.whole(done, self.execution.nested))
        except NotKept as problem:
            kept = f"outcome not kept: {problem}"
        except StoreError:
            raise
        except Exception as problem:  # noqa: BLE001  # odd objects must not fail a call that ran
            kept = f"outcome not kept: {type(problem).__name__} while it was looked at"
        self._end(replace(done, key=key, why=kept or self.reason.why))
        return value

    def failed(self, error: BaseException) -> None:
        """Journal the error; nothing is kept but the calls that were answered."""
        done = totals.finished(
            self.execution, "failed", self.reason.why, self._took_s(), journaled_error(error)
        )
        self._end(done)

    def _keep(self, value: Any, shown: Shown, done: Any) -> str:
        outcome.expect_same_process(self.ambient)
        changed = mutation.changed(self.inputs, self.arguments)
        if changed:
            raise NotKept(f"it changed its argument {changed[0]} in place: return a copy")
        if self.inputs.code and inputs.code_of(self.step.function) != self.inputs.code:
            raise NotKept("it changed what its code reads")
        key, generation = outcome.keep(
            self.execution,
            self.inputs,
            Outcome({RETURN: value}),
            shown,
            own.with_modules(
                {**reached(self.step.function), **self.arguments, "it": self.step.function}
            ),
            done,
            self._source(),
            instead_of=self.reason.refused,
            patterns=self.options.files,
            facts=facts.entries(self.inputs, self.described),
        )
        self.execution.consumed[f"step/{key}"] = generation
        return key

    def _source(self) -> str:
        function: Any = self.step.function
        return FileSources().source_of(function) or ""

    def _end(self, done: Any) -> None:
        journal = self.execution.store.journal
        if done.live_calls or done.failed_calls or self.execution.effects:
            journal.append(done)
        else:
            journal.append_later(done)
        self.session.ended(done, self.parent)
        if self.parent is not None:
            _hand_up(self.execution, self.parent)

    def _took_s(self) -> float:
        return clock.monotonic_s() - self.started_s


def _hand_up(execution: Execution, parent: Execution) -> None:
    """What an enclosing step rests on, and may not be served without."""
    with parent.lock:
        parent.consumed.update(execution.consumed)
        watch.touched(parent).include(watch.touched(execution))
        parent.effects += execution.effects
        parent.undeclared += execution.undeclared
        parent.volatile += execution.volatile


def _inherited(options: Options, parent: Execution | None) -> Options:
    anew = parent is not None and parent.policy.refresh_calls
    return replace(options, refresh="calls") if anew else options


def _policy(options: Options, parent: Execution | None) -> context.Policy:
    own = options.policy()
    if parent is None:
        return own
    return replace(
        own,
        strict=own.strict or parent.policy.strict,
        effects=own.effects if options.effects else parent.policy.effects,
    )


def _shell() -> Any:
    """The IPython shell that this code runs in; None outside IPython, which is not imported for it."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _mark(step: StepFunction) -> None:
    """Let `asyncio` and `inspect` know that calling it gives a coroutine."""
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(step)
    step._is_coroutine = asyncio.coroutines._is_coroutine  # type: ignore[attr-defined]  # noqa: SLF001


@overload
def step(name: Callable[..., Any], /) -> StepFunction: ...


@overload
def step(
    name: str | None = None,
    *,
    ignore: Sequence[str] = (),
    files: Sequence[str] = (),
    ttl: str | float | None = None,
    refresh: Refresh | bool = "",
    strict: bool = False,
    effects: str | None = None,
) -> Callable[[Callable[..., Any]], StepFunction]: ...


def step(
    name: Any = None,
    *,
    ignore: Sequence[str] = (),
    files: Sequence[str] = (),
    ttl: str | float | None = None,
    refresh: Refresh | bool = "",
    strict: bool = False,
    effects: str | None = None,
) -> Any:
    """Make a function a step: `@wb.step`, or `@wb.step("name", ttl="1d")`.

    Calling it looks up a checkpoint under everything that its result depends on (its code, what
    that reads, its arguments) and returns the recorded result, or runs it and records the result.
    LLM calls inside are checkpoints of their own: when the function runs again, those that did
    not change are served for nothing. Works for coroutine functions and methods, inside `%%step`
    cells and other steps, and in modules. A hit costs about 0.1 ms and one encoding of the arguments.

    A result that could not come back equal (a generator, an open file), and a function that
    changes its arguments, are run every time over their recorded calls.

    Args:
        name: the step's name in records; the function's if not given.
        ignore: parameters that do not count, such as a logger.
        files: paths or patterns whose files count by content, for readers that are not Python's.
        ttl: how long a result is served ("15m", "7d", seconds). Without it for ever; a function
            that reads the clock or draws random numbers only within its own run.
        refresh: True runs it again over recorded calls, "calls" makes those again and pays them.
        strict: refuse undeclared writes to other hosts.
        effects: "send" or "hold" what it posts and mails.

    Raises:
        UsageError: an argument has no sense, or the function is a generator.

    Example:
        >>> import workbench as wb
        >>> @wb.step
        ... def classify(text: str) -> str: ...

    """
    if callable(name):
        return _made(name, None, Options())
    if refresh not in {"", "step", "calls", True, False}:
        raise UsageError(f"refresh={refresh!r}", remedy='give True or "calls"')
    if effects not in {None, "send", "hold"}:
        raise UsageError(f"effects={effects!r}", remedy='give "send" or "hold"')
    options = Options(
        ignored=_names("ignore", ignore),
        files=_names("files", files),
        ttl_s=None if ttl is None else seconds(ttl),
        refresh="calls" if refresh == "calls" else "step" if refresh else "",
        strict=strict,
        effects=effects,
    )
    return lambda function: _made(function, name, options)


def _names(option: str, given: Any) -> tuple[str, ...]:
    names = (given,) if isinstance(given, str) else tuple(given)
    if not all(isinstance(each, str) for each in names):
        raise UsageError(f"{option}={given!r} holds what is no text", remedy="give a list of names")
    return names


def _made(function: Callable[..., Any], name: str | None, options: Options) -> StepFunction:
    if not inspect.isfunction(function):
        raise UsageError(
            f"@wb.step is for functions, not {type(function).__name__}",
            remedy="put it directly above a `def`",
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise UsageError(
            f"step {function.__name__} is a generator function: what it yields is gone once read",
            remedy="return a list",
        )
    unknown = set(options.ignored) - inspect.signature(function).parameters.keys()
    if unknown:
        raise UsageError(
            f"ignore={min(unknown)!r}: {function.__name__} has no such parameter",
            remedy=f"there is: {', '.join(inspect.signature(function).parameters) or 'none'}",
        )
    called = name or function.__qualname__.replace("<locals>.", "")
    if not NAME.fullmatch(called):
        raise UsageError(
            f"a step cannot be called {called!r}",
            remedy="name it with a letter, then letters, digits, `_`, `-` or `.`",
        )
    return StepFunction(function, called, options)
