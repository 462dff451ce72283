"""A step's record while it runs: shown at once, kept up to date from two seconds on, then final."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Any

from workbench import clock
from workbench.ui.record import Record, bundle

TICK_S = 1.0
QUIET_S = 2.0


class LiveRecord:
    """One display that follows a running step; without a front end only the end is shown."""

    def __init__(self, shell: Any, now: Callable[[], Record]) -> None:
        self._now = now
        self._name = clock.new_id("wb")
        self._updates = hasattr(shell, "kernel")
        self._over = threading.Event()
        if self._updates:
            self._display(now(), update=False)
            run = contextvars.copy_context().run
            self._thread = threading.Thread(target=run, args=(self._tick,), daemon=True)
            self._thread.start()

    def finish(self, record: Record) -> None:
        """Show how it ended."""
        self._over.set()
        if self._updates:
            self._thread.join()
        self._display(record, update=self._updates)

    def _tick(self) -> None:
        wait = QUIET_S
        while not self._over.wait(wait):
            wait = TICK_S
            self._display(self._now(), update=True)

    def _display(self, record: Record, *, update: bool) -> None:
        from IPython.display import display

        display(bundle(record), raw=True, display_id=self._name, update=update)


def show(record: Record) -> None:
    """Show a record that is final from the start."""
    from IPython.display import display

    display(bundle(record), raw=True)
