"""An error in a step as its reader wants it: their own lines, and what to do where a call failed."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from workbench.calls.context import Execution
from workbench.calls.secrets import scrubbed
from workbench.cells.code import from_users_code, until_users_code
from workbench.cells.modules.places import is_users_file
from workbench.errors import WorkbenchError

_NOTE = "workbench: "
_SDKS = ("openai", "httpx", "httpx2", "httpcore", "httpcore2", "anthropic")
_REMEDIES = (
    (
        "connecterror",
        "check the address (OPENAI_BASE_URL) and that its server runs, then run the cell again",
    ),
    ("timeout", "run the cell again, or give the client a longer timeout="),
    ("http 401", "check the key (OPENAI_API_KEY)"),
    ("http 403", "check what the key may do"),
    ("http 404", "check the model's name and the address (OPENAI_BASE_URL)"),
    (
        "http 429",
        "wait for the provider's limit, then run the cell again: finished calls are not repeated",
    ),
    ("http 5", "the provider failed: run the cell again, finished calls are not repeated"),
    ("malformed", "run the cell again: this call is made anew, finished ones are not"),
    ("no end marker", "run the cell again: this call is made anew, finished ones are not"),
)


def journaled_error(error: BaseException) -> str:
    """The error as the journal keeps it: its type and first line, and the remedy if it has one."""
    text = str(error).strip()
    first = text.splitlines()[0] if text else ""
    told = f"{type(error).__name__}: {first}" if first else type(error).__name__
    remedy = next((n for n in getattr(error, "__notes__", ()) if n.startswith(_NOTE)), "")
    whole = f"{told} ({remedy.removeprefix(_NOTE)})" if remedy else told
    return scrubbed(whole).encode("utf-8", "replace").decode()


def shorten(error: BaseException, shell: Any, execution: Execution, files: set[str]) -> None:
    """Let IPython show the error from the cell's own line on, and name a remedy where one is known."""
    trace = from_users_code(error, files)
    if trace is None or isinstance(error, WorkbenchError | SyntaxError):
        return
    remedy = _remedy(error, execution)
    if remedy:
        error.add_note(f"{_NOTE}{remedy}")
    if _from_sdk(error) or _through_sdk(trace):
        trace = until_users_code(trace, lambda file: file in files or is_users_file(file))
        error.__cause__ = None
        error.__suppress_context__ = True

    def render() -> list[str]:
        lines: list[str] = shell.InteractiveTB.structured_traceback(
            type(error), error, trace, tb_offset=0
        )
        return lines

    error._render_traceback_ = render  # type: ignore[attr-defined]  # IPython's hook


def _through_sdk(trace: TracebackType | None) -> bool:
    """Whether an SDK was at work when it was raised: its frames are not the reader's code."""
    while trace is not None:
        parts = Path(trace.tb_frame.f_code.co_filename).parts
        if "site-packages" in parts and parts[parts.index("site-packages") + 1] in _SDKS:
            return True
        trace = trace.tb_next
    return False


def _from_sdk(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _SDKS


def _remedy(error: BaseException, execution: Execution) -> str:
    failed = [call for call in execution.calls if call.status == "failed"]
    if not failed:
        missing_key = _from_sdk(error) and "api_key" in str(error)
        return "set OPENAI_API_KEY, or OPENAI_BASE_URL to a local server" if missing_key else ""
    last = failed[-1]
    known = next((text for word, text in _REMEDIES if word in last.reason.lower()), "")
    return f"{last.model or 'the call'} at {last.endpoint}: {last.reason} → {known or 'see `%wb calls`'}"
