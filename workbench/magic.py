"""`%wb VERB`: the verbs in a notebook. Thin: parses a line, calls the verb, shows its record."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable
from typing import Any

from workbench.cells import cell_magic
from workbench.cells.session import session
from workbench.errors import UsageError
from workbench.store.folder import Store
from workbench.ui.live import show

VERBS = (
    "runs",
    "steps",
    "calls",
    "effects",
    "show",
    "why",
    "status",
    "sql",
    "send",
    "export",
    "load",
    "doctor",
)
"""Loaded with the first `%wb`: a notebook of hits needs none of them."""

_NUMBERS = {"limit"}
_OF_A_STEP = {"send", "why"}
_LOOKS = {"why", "status"}


def wb(line: str, cell: str | None = None) -> Any:
    """Look at what the workbench recorded, and act on it: `%wb VERB [ARGUMENTS]`.

    %wb runs                 runs, newest first
    %wb steps [RUN]          step executions
    %wb calls [STEP]         calls: prompts, answers, tokens, cost
    %wb effects [STEP]       webhooks and mails, and what became of them
    %wb show NAME            one run, step, call or effect in full
    %wb why STEP             what made its last execution run, line by line; what it would do now
    %wb status               what each step of this notebook would do now, and its calls' cost
    %wb sql SELECT ...       DuckDB over runs, steps, calls, attempts, effects (or %%wb sql)
    %wb send STEP            send what a step holds back
    %wb export FILE          recorded calls as text
    %wb load FILE            import recorded calls
    %wb doctor               check the store
    %wb help [VERB]          this, or one verb in full
    """
    verb, _, rest = line.strip().partition(" ")
    if verb in {"", "help", "--help", "-h", "?"}:
        return _help(rest.strip())
    if verb not in VERBS:
        raise UsageError(
            f"%wb has no verb {verb!r}", remedy=f"use one of: help, {', '.join(VERBS)}"
        )
    store = session().store
    if verb == "sql":
        return _verb("sql")(f"{rest}\n{cell or ''}", store=store).df()
    words = _words(rest)
    here = session().notebook
    if verb in _OF_A_STEP and words and here and "#" not in words[0] and words[0][:5] != "step_":
        words[0] = f"{here}#{words[0]}"
    if verb == "status" and not words and here:
        words = [here]
    return _shown(_call(_verb(verb), words, store))


def register(shell: Any) -> None:
    """Add `%%step`, `%wb` and `%%wb` to a shell, and record calls inside steps. Idempotent."""
    from IPython.core.magic import no_var_expand

    session()
    cell_magic.register(shell)
    shell.register_magic_function(no_var_expand(wb), magic_kind="line_cell", magic_name="wb")
    if _after_cell not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _after_cell)


def _after_cell(_result: Any) -> None:
    here = session()
    if "store" not in vars(here):
        return
    if here.functions:
        from workbench.cells.roundup import roundup

        for record in roundup(here.functions):
            show(record)
        here.functions.clear()
    here.store.journal.flush()


def _verb(name: str) -> Callable[..., Any]:
    from workbench import verbs

    found: Callable[..., Any] = getattr(verbs, name)
    return found


def _call(verb: Callable[..., Any], words: list[str], store: Store) -> Any:
    from IPython import get_ipython

    takes = [p for p in inspect.signature(verb).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    needed = [p.name.upper() for p in takes if p.default is p.empty]
    if not len(needed) <= len(words) <= len(takes):
        usage = [p.name.upper() if p.default is p.empty else f"[{p.name.upper()}]" for p in takes]
        raise UsageError(
            f"%wb {verb.__name__} got {len(words)} arguments",
            remedy=f"write `{' '.join(['%wb', verb.__name__, *usage])}`",
        )
    values = [_value(p.name, word) for p, word in zip(takes, words, strict=False)]
    if verb.__name__ in _LOOKS:
        from workbench.cells.outlook.foresight import Foresight

        return verb(*values, store=store, look=Foresight(get_ipython()))
    return verb(*values, store=store)


def _value(name: str, word: str) -> Any:
    if name not in _NUMBERS:
        return word
    if not word.isdigit():
        raise UsageError(f"{word!r} is no number of rows", remedy="give a whole number")
    return int(word)


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"%wb {rest}: {error}", remedy="close the quotation") from None


def _shown(result: Any) -> Any:
    from workbench.ui.table import Shown
    from workbench.ui.why import ShownWhy
    from workbench.views import Detail, Table, Why

    if isinstance(result, Why):
        return ShownWhy(result)
    return Shown(result) if isinstance(result, Table | Detail) else result


def _help(name: str) -> None:
    if name and name not in VERBS:
        raise UsageError(f"%wb has no verb {name!r}", remedy=f"use one of: {', '.join(VERBS)}")
    print(inspect.getdoc(_verb(name) if name else wb))  # noqa: T201  # help is what the cell prints
