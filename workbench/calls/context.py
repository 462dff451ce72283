"""The step execution that the running code belongs to, and what it has done so far.

A context variable, so it follows asyncio tasks; `follow_threads` lets it follow threads too.
"""

from __future__ import annotations

import contextvars
import functools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from workbench.config import Settings
from workbench.errors import UsageError
from workbench.journal.events import CallEnded, StepFinished
from workbench.store.folder import Store


@dataclass(frozen=True, slots=True)
class Policy:
    """How a step's calls and effects are to be treated.

    Attributes:
        frozen: only recorded answers; a miss raises.
        strict: an undeclared write raises before it is sent.
        effects: "send" at once or "hold" until a person says so.
        refresh: execute although an outcome is served; the new one is served from then on.
        refresh_calls: and make every call again, each a new generation and a new bill.

    """

    frozen: bool = False
    strict: bool = False
    effects: str = "hold"
    refresh: bool = False
    refresh_calls: bool = False


@dataclass(slots=True, eq=False)
class Execution:
    """One execution of one step: where its calls, effects and observations are gathered.

    `touched` is what the cells layer notes of files, `consumed` the generations that it used.
    """

    store: Store
    run_id: str
    step_id: str
    name: str
    notebook: str = ""
    scope: str = ""
    item: str = ""
    policy: Policy = field(default_factory=Policy)
    settings: Settings = field(default_factory=Settings)
    lock: threading.RLock = field(default_factory=threading.RLock)
    draws: dict[str, set[int]] = field(default_factory=dict)
    occurrences: dict[str, int] = field(default_factory=dict)
    calls: list[CallEnded] = field(default_factory=list)
    invalid: list[Callable[[], None]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    volatile: list[str] = field(default_factory=list)
    streams: list[Any] = field(default_factory=list)
    touched: Any = None
    refreshed: set[str] = field(default_factory=set)
    consumed: dict[str, int] = field(default_factory=dict)
    nested: list[StepFinished] = field(default_factory=list)
    ended: bool = False

    def consume(self, key: str) -> int:
        """Note that this execution used what is served under a key; its generation."""
        number = self.store.served.generation(key)
        with self.lock:
            self.consumed[key] = number
        return number

    def reserve_draw(self, request_key: str, named: int | None) -> int:
        """The index of this identical request: the named one, else the lowest not in use."""
        with self.lock:
            used = self.draws.setdefault(request_key, set())
            index = named if named is not None else _lowest_free(used)
            used.add(index)
            return index

    def release_draw(self, request_key: str, index: int) -> None:
        """Give an index back: its attempt failed and consumed nothing."""
        with self.lock:
            self.draws[request_key].discard(index)

    def occurrence(self, of: str) -> int:
        """How often this was asked before in this execution; counts it."""
        with self.lock:
            count = self.occurrences.get(of, 0)
            self.occurrences[of] = count + 1
            return count


def _lowest_free(used: set[int]) -> int:
    index = 0
    while index in used:
        index += 1
    return index


_current: contextvars.ContextVar[Execution | None] = contextvars.ContextVar(
    "workbench_execution", default=None
)
_draw: contextvars.ContextVar[int | None] = contextvars.ContextVar("workbench_draw", default=None)
_ours: contextvars.ContextVar[bool] = contextvars.ContextVar("workbench_ours", default=False)


def current() -> Execution | None:
    """The execution that this code runs in, or None outside a step."""
    return _current.get()


plain_cell: list[Callable[[], Execution]] = []
"""How to make an execution for code outside any step; the cells layer puts it here."""


def current_or_plain() -> Execution:
    """The current execution; outside a step one named `cell`. Raises: UsageError, without a kernel."""
    found = _current.get()
    if found is not None:
        return found
    if not plain_cell:
        raise UsageError(
            "an effect needs a notebook that it belongs to",
            remedy="run `%load_ext workbench` first, or call it inside a step",
        )
    return plain_cell[-1]()


@contextmanager
def entered(execution: Execution) -> Iterator[None]:
    """Run a block as part of `execution`; afterwards it is marked as ended."""
    token = _current.set(execution)
    try:
        yield
    finally:
        execution.ended = True
        _current.reset(token)


@contextmanager
def draw(index: int) -> Iterator[None]:
    """Name the draw of the calls in a block: equal indices share one paid answer.

    Use it where several *different* items ask one identical question and each wants its own
    answer: `with wb.draw(i): client.chat.completions.create(...)`.
    """
    token = _draw.set(index)
    try:
        yield
    finally:
        _draw.reset(token)


def named_draw() -> int | None:
    """The index that an enclosing `draw` block names."""
    return _draw.get()


@contextmanager
def own_traffic() -> Iterator[None]:
    """Mark a block's sockets and files as ours: a call's or effect's, not the user's code's."""
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def is_own_traffic() -> bool:
    """Whether the running code is inside `own_traffic`."""
    return _ours.get()


def follow_threads() -> None:
    """Let threads and executors run in the context that started them. Once a process."""
    if getattr(threading.Thread.start, "_workbench", False):
        return
    threading.Thread.start = _started_in_context(threading.Thread.start)  # type: ignore[method-assign]
    ThreadPoolExecutor.submit = _submitted_in_context(ThreadPoolExecutor.submit)  # type: ignore[method-assign]


def _started_in_context(start: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(start)
    def wrapped(self: threading.Thread, *args: Any, **kwargs: Any) -> None:
        if _current.get() is not None:
            self.run = functools.partial(contextvars.copy_context().run, self.run)  # type: ignore[method-assign]
        start(self, *args, **kwargs)

    wrapped._workbench = True  # type: ignore[attr-defined]  # noqa: SLF001
    return wrapped


def _submitted_in_context(submit: Callable[..., Any]) -> Callable[..., Any]:
    """A pool's thread outlives the step that started it, so every task brings its own context."""

    @functools.wraps(submit)
    def wrapped(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kw: Any) -> Any:
        return submit(self, contextvars.copy_context().run, fn, *args, **kw)

    return wrapped
