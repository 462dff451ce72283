"""One run of a notebook from outside: started, executed by papermill, and told by the journal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from blake3 import blake3

from workbench import clock, config
from workbench.batch.notebook import checked
from workbench.errors import StoreError, UsageError
from workbench.journal import steps
from workbench.journal.events import RunFinished, RunStarted, RunStatus
from workbench.journal.holders import this_process
from workbench.model import Json
from workbench.store.folder import Store, open_store

_IN_DOUBT = "EffectError"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run: `status` is succeeded or failed, `output` the executed notebook."""

    run_id: str
    status: RunStatus
    output: Path
    error: str = ""

    @property
    def exit_status(self) -> int:
        """0 succeeded, 1 failed, 3 stopped by an effect that is in doubt or held."""
        if self.status == "succeeded":
            return 0
        return 3 if self.error.startswith(_IN_DOUBT) or f": {_IN_DOUBT}:" in self.error else 1


def run(
    notebook: str | Path,
    params: Mapping[str, Json] | None = None,
    *,
    frozen: bool = False,
    effects: config.EffectMode = "send",
    env: Mapping[str, str] | None = None,
) -> RunResult:
    """Execute a notebook with parameters; what it paid for before is served from the store.

    The executed notebook appears under `runs/RUN_ID/` in the store's folder when it is complete.

    Args:
        notebook: its path.
        params: values for names of its cell tagged `parameters`.
        frozen: use recorded answers only; a call without one fails the run. Needs no key and
            sends nothing: effects that were not sent before are held.
        effects: send declared effects (default), or hold them.
        env: further environment variables for its kernel.

    Raises:
        UsageError: no such notebook, parameter or kernel. Nothing was started.
        StoreError: the store cannot be written.

    """
    given = dict(params or {})
    path = checked(notebook, given)
    store = open_store(config.store_folder(path.parent))
    run_id = clock.new_id("run")
    identity, scope = config.notebook_identity(path), _scope(given)
    output = _output(store, run_id, path)
    store.journal.append_durably(RunStarted(run_id, identity, scope, run_id, given, this_process()))
    kernel_env = {
        **os.environ,
        **(
            {}
            if os.environ.get("OPENAI_API_KEY") or not frozen
            else {"OPENAI_API_KEY": config.NO_KEY}
        ),
        **(env or {}),
        "WORKBENCH_RUN": run_id,
        "WORKBENCH_NOTEBOOK": identity,
        "WORKBENCH_SCOPE": scope,
        "WORKBENCH_CACHE": str(store.folder),
        "WORKBENCH_EFFECTS": effects,
        "WORKBENCH_FROZEN": "1" if frozen else "0",
        "PYTHONWARNINGS": os.environ.get("PYTHONWARNINGS", "ignore::DeprecationWarning"),
    }
    return _execute(store, run_id, path, output, given, kernel_env)


def _execute(
    store: Store,
    run_id: str,
    path: Path,
    output: Path,
    params: dict[str, Json],
    kernel_env: dict[str, str],
) -> RunResult:
    error = "stopped"
    try:
        error = _papermill(path, output, params, kernel_env)
        error = steps.last_error(store.journal, run_id) or error if error else ""
    except (UsageError, StoreError) as problem:
        error = f"{type(problem).__name__}: {problem}"
        raise
    except BaseException as problem:
        error = f"{type(problem).__name__}: {problem}".strip(": ")
        raise
    finally:
        status: RunStatus = "failed" if error else "succeeded"
        kept = output.relative_to(store.folder).as_posix() if output.exists() else ""
        store.journal.append_durably(RunFinished(run_id, status, error, kept))
    return RunResult(run_id, status, output, error)


def _papermill(
    path: Path, output: Path, params: dict[str, Json], kernel_env: dict[str, str]
) -> str:
    """Execute; the error that stopped it, or "". The output appears whole or not at all."""
    import papermill
    from jupyter_client.kernelspec import NoSuchKernel
    from papermill.exceptions import PapermillExecutionError

    from workbench.batch import engine

    partial = output.with_suffix(".partial.ipynb")
    try:
        papermill.execute_notebook(
            str(path),
            str(partial),
            parameters=params,
            engine_name=engine.NAME,
            cwd=str(path.parent),
            progress_bar=_progress(),
            kernel_env=kernel_env,
        )
    except PapermillExecutionError as error:
        return _failure(error)
    except NoSuchKernel as error:
        raise UsageError(
            f"{path.name} asks for the kernel {error.name!r}, which is not installed",
            remedy="choose an installed kernel in Jupyter and save, or install that one",
        ) from None
    finally:
        if partial.exists():
            partial.replace(output)
    return ""


def _failure(error: Any) -> str:
    step = _step_of(str(error.source))
    place = f"step {step}" if step else f"cell {error.exec_count or '?'}"
    value = str(error.evalue).strip().splitlines()
    return f"{place}: {error.ename}: {value[0] if value else ''}".rstrip(": ")


def _step_of(source: str) -> str:
    from workbench.cells.transform import split

    parts = split(source.splitlines(keepends=True))
    return parts[0].partition(" ")[0] if parts else ""


def _output(store: Store, run_id: str, path: Path) -> Path:
    folder = store.folder / "runs" / run_id
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StoreError(
            f"the run's folder {folder} cannot be made: {error.strerror}",
            remedy="mend the store's permissions, or name another with WORKBENCH_CACHE",
        ) from None
    return folder / path.name


def _scope(params: dict[str, Json]) -> str:
    """The parameters that were given, and nothing else: a new default changes no scope."""
    return blake3(msgspec.json.encode(params, order="sorted")).hexdigest(8) if params else ""


def _progress() -> bool:
    wanted = os.environ.get("WORKBENCH_PROGRESS", "auto")
    return wanted == "rich" or (wanted == "auto" and sys.stderr.isatty())
