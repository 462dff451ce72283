"""Every error the workbench raises on purpose: what is wrong, which value, what to do next.

WorkbenchError            base; always carries a remedy
├── UsageError            bad input: an option, a name, a path, a parameter (exit status 2)
├── StoreError            the store cannot be opened, read or written
├── IncompleteAnswer      a provider's answer ended before its protocol says it may
├── FrozenMiss            a call without a recorded answer while only recorded ones are allowed
├── EffectError           an effect that was not sent, or must not be sent again
└── ModelError            the embedded local model: weights or server
"""

from __future__ import annotations

from typing import Any


class WorkbenchError(Exception):
    """Something is wrong that a person can mend; `remedy` says how.

    Args:
        message: what is wrong and which value caused it, in one line.
        remedy: what to do next, in one line. Required, so that no error leaves its reader stuck.
        context: values for programs (`error.context["path"]`); never secrets.

    """

    code = "workbench"
    exit_status = 1

    def __init__(self, message: str, *, remedy: str, **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.context = context

    def __str__(self) -> str:
        return f"{self.message} → {self.remedy}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.remedy, self.context)

    def _render_traceback_(self) -> list[str]:
        """IPython's hook: one line in place of a stack that is not the reader's code."""
        return [f"{type(self).__name__}: {self}"]


class UsageError(WorkbenchError):
    """Bad input: an unknown option, step, notebook or parameter."""

    code = "usage"
    exit_status = 2


class StoreError(WorkbenchError):
    """The store cannot be opened, read or written; nothing was changed."""

    code = "store"
    exit_status = 2


class IncompleteAnswer(WorkbenchError):
    """The provider's answer was cut; what arrived is journaled and will never be served."""

    code = "incomplete-answer"


class FrozenMiss(WorkbenchError):
    """A call has no recorded answer, and this run may only use recorded ones."""

    code = "frozen-miss"


class EffectError(WorkbenchError):
    """An effect was held, refused, or is in doubt."""

    code = "effect"
    exit_status = 3


class ModelError(WorkbenchError):
    """The embedded local model: weights missing or wrong, or its server does not answer."""

    code = "model"


def _rebuild(
    kind: type[WorkbenchError], message: str, remedy: str, context: dict[str, Any]
) -> WorkbenchError:
    return kind(message, remedy=remedy, **context)
