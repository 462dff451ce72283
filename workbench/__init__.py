"""A Jupyter-native workbench for AI pipelines: every LLM call a checkpoint, every effect at most once.

The data flow, one package a station:

    cell    cells/    a `%%step` cell: its source, the names it reads, its outcome
    key     keys/     the digest of everything that determines an outcome
    store   store/    key -> checkpoint: what was paid for, kept raw
    call    calls/    a request to a provider: serve the record, or send and record; effects
    journal journal/  the append-only log of what happened
    query   query/    the journal and the checkpoints as SQL tables; `views` as records
    batch   batch/    the same notebook, run from outside

`ui/` shows records, `verbs` are the operations, `cli` and `magic` their two mouths.

In a notebook:

    %load_ext workbench
    %%step extract
    answer = client.chat.completions.create(...)   # ordinary SDK code
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench import verbs
    from workbench.batch.run import run
    from workbench.calls.context import draw
    from workbench.calls.mail import email
    from workbench.calls.post import post
    from workbench.cells.function import step
    from workbench.errors import WorkbenchError
    from workbench.verbs import sql

__version__ = "0.1.0"
__all__ = ["WorkbenchError", "draw", "email", "post", "run", "sql", "step", "verbs"]

_HOMES = {
    "WorkbenchError": "workbench.errors",
    "draw": "workbench.calls.context",
    "email": "workbench.calls.mail",
    "post": "workbench.calls.post",
    "run": "workbench.batch.run",
    "sql": "workbench.verbs",
    "step": "workbench.cells.function",
}


def __getattr__(name: str) -> Any:
    """Public names are loaded when they are first used: importing the package stays cheap."""
    if name == "verbs":
        return importlib.import_module("workbench.verbs")
    if name not in _HOMES:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext workbench`: adds `%%step` and `%wb` to this shell; about 50 ms."""
    from workbench.magic import register

    register(shell)
