"""Lets answers that nobody reads any more reach their end and be recorded, once a step's code is over."""

from __future__ import annotations

import asyncio

from workbench.calls.context import Execution

INTERRUPTED_WAIT_S = 1.0


def settle(execution: Execution, error: BaseException | None = None) -> None:
    """Wait for the streams of a step; after an interrupt a second at most."""
    wait_s = patience_s(execution, error)
    for stream in list(execution.streams):
        stream.settle(wait_s, at_once=is_interrupt(error))


async def asettle(execution: Execution, error: BaseException | None = None) -> None:
    """The same for the streams of async clients."""
    wait_s = patience_s(execution, error)
    streams = [s for s in execution.streams if hasattr(s, "asettle")]
    if streams:
        await asyncio.gather(*(stream.asettle(wait_s) for stream in streams))


def patience_s(execution: Execution, error: BaseException | None) -> float:
    """How long to wait, in seconds."""
    return INTERRUPTED_WAIT_S if is_interrupt(error) else execution.settings.drain_s


def is_interrupt(error: BaseException | None) -> bool:
    """Whether a person or the interpreter wants it to end now."""
    return isinstance(error, KeyboardInterrupt | asyncio.CancelledError | SystemExit)
