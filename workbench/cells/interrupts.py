"""Interrupts reach a step that awaits, also while its own code is busy.

While a cell awaits, a kernel answers SIGINT by cancelling the cell's task, which takes effect at the
next `await`: code that computes or sleeps inside the coroutine would go on to its end, and so would
tasks beside it. Here the signal also ends that code, if it is the user's that runs at this moment
and not the event loop, cancels the user's other tasks, and wakes the loop (ipykernel 7.4 does not: an
`await asyncio.sleep(30)` went on for its 30 s).
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from workbench.cells.modules.places import is_users_file

_inside: list[Any] = []


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT end the code that runs now. In the main thread only, where signals arrive.

    Steps that are awaited side by side share one handler.
    """
    if threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGINT) is None  # set by C code: it could not be put back
    ):
        yield
        return
    if not _inside:
        before = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, _handler(before))
        _inside.append(before)
    else:
        _inside.append(_inside[0])
    try:
        yield
    finally:
        before = _inside.pop()
        if not _inside:
            signal.signal(signal.SIGINT, before)


def _handler(before: Any) -> Callable[[int, FrameType | None], None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        if callable(before):
            before(number, frame)
        _cancel_tasks()
        if _is_in_task(frame):
            # not KeyboardInterrupt: out of a task that would end the kernel's event loop
            raise asyncio.CancelledError("interrupted")

    interrupt.beneath = before  # type: ignore[attr-defined]
    return interrupt


def beneath(handler: Any) -> Any:
    """The handler that was there before ours; any other one itself."""
    return getattr(handler, "beneath", handler)


def _cancel_tasks() -> None:
    """Cancel the tasks of the user's own coroutines, but the running one, and wake the loop for it."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return  # no loop runs here
    current = asyncio.current_task()
    for task in asyncio.all_tasks(loop):
        code = getattr(task.get_coro(), "cr_code", None)
        if task is not current and code is not None and is_users_file(code.co_filename):
            task.cancel()
    loop.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    """What wakes the loop."""


def _is_in_task(frame: FrameType | None) -> bool:
    """Whether the user's code runs in a task: not the loop, nor a task of the kernel's own."""
    try:
        if asyncio.current_task() is None:
            return False
    except RuntimeError:
        return False  # no loop runs here
    while frame is not None:
        if is_users_file(frame.f_code.co_filename):
            return True
        frame = frame.f_back
    return False
