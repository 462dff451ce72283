"""`%wb VERB`: the verbs in a notebook. Thin: parses a line, calls the verb, shows its record."""

from __future__ import annotations

import inspect
import shlex
from collections.abc import Callable
from typing import Any

from workbench import verbs
from workbench.calls.install import install
from workbench.cells import cell_magic, closed_files, watch
from workbench.cells.session import session
from workbench.errors import UsageError
from workbench.store.folder import Store
from workbench.ui.table import Shown
from workbench.views import Detail, Table

VERBS: dict[str, Callable[..., Any]] = {
    name: getattr(verbs, name)
    for name in (
        "runs",
        "steps",
        "calls",
        "effects",
        "show",
        "sql",
        "send",
        "export",
        "load",
        "doctor",
    )
}
_NUMBERS = {"limit"}


def wb(line: str, cell: str | None = None) -> Any:
    """Look at what the workbench recorded, and act on it: `%wb VERB [ARGUMENTS]`.

    %wb runs                 runs, newest first
    %wb steps [RUN]          step executions
    %wb calls [STEP]         calls: prompts, answers, tokens, cost
    %wb effects [STEP]       webhooks and mails, and what became of them
    %wb show NAME            one run, step, call or effect in full
    %wb sql SELECT ...       DuckDB over runs, steps, calls, attempts, effects (or %%wb sql)
    %wb send STEP            send what a step holds back
    %wb export FILE          recorded calls as text
    %wb load FILE            import recorded calls
    %wb doctor               check the store
    %wb help [VERB]          this, or one verb in full
    """
    verb, _, rest = line.strip().partition(" ")
    if verb in {"", "help"}:
        return _help(rest.strip())
    if verb not in VERBS:
        raise UsageError(
            f"%wb has no verb {verb!r}", remedy=f"use one of: help, {', '.join(VERBS)}"
        )
    store = session().store
    if verb == "sql":
        return verbs.sql(f"{rest}\n{cell or ''}", store=store).df()
    words = _words(rest)
    if verb == "send" and words and "#" not in words[0] and session().notebook:
        words[0] = f"{session().notebook}#{words[0]}"
    return _shown(_call(VERBS[verb], words, store))


def register(shell: Any) -> None:
    """Add `%%step`, `%wb` and `%%wb` to a shell, and record calls inside steps. Idempotent."""
    from IPython.core.magic import no_var_expand

    install()
    watch.watch()
    closed_files.register()
    cell_magic.register(shell)
    shell.register_magic_function(no_var_expand(wb), magic_kind="line_cell", magic_name="wb")
    if _after_cell not in shell.events.callbacks["post_run_cell"]:
        shell.events.register("post_run_cell", _after_cell)


def _after_cell(_result: Any) -> None:
    here = session()
    if "store" in vars(here):
        here.store.journal.flush()


def _call(verb: Callable[..., Any], words: list[str], store: Store) -> Any:
    takes = [p for p in inspect.signature(verb).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    needed = [p.name.upper() for p in takes if p.default is p.empty]
    if not len(needed) <= len(words) <= len(takes):
        usage = [p.name.upper() if p.default is p.empty else f"[{p.name.upper()}]" for p in takes]
        raise UsageError(
            f"%wb {verb.__name__} got {len(words)} arguments",
            remedy=f"write `{' '.join(['%wb', verb.__name__, *usage])}`",
        )
    return verb(*(_value(p.name, word) for p, word in zip(takes, words, strict=False)), store=store)


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
    return Shown(result) if isinstance(result, Table | Detail) else result


def _help(name: str) -> None:
    verb = VERBS.get(name)
    if name and verb is None:
        raise UsageError(f"%wb has no verb {name!r}", remedy=f"use one of: {', '.join(VERBS)}")
    print(inspect.getdoc(verb or wb))  # noqa: T201  # help is what the cell prints
