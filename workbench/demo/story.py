"""`workbench demo`: the main job on real mails, then the same again with the provider gone."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench import clock
from workbench.batch.run import RunResult, run
from workbench.batch.summary import Summary, summary
from workbench.demo import places, receivers
from workbench.errors import UsageError
from workbench.store.folder import Store, open_store
from workbench.ui.text import count, seconds

NOTEBOOK = "01_document_pipeline.ipynb"
_PROGRESS_S = 10.0
Echo = Callable[[str], None]


def tell(echo: Echo, finish: Callable[[Any], None]) -> int:
    """Run the notebook twice and say what each run cost; the exit status of the worse one.

    `finish` is given the facts of both runs at the end.
    """
    notebook = _notebook()
    open_store()  # says clearly where the store cannot be written
    received = receivers.start()
    try:
        with _provider(echo) as env:
            env |= {"WORKBENCH_DEMO_HOOK": received.hook, "WORKBENCH_SMTP": received.smtp}
            echo(f"first run: {notebook.name}, 12 mails, two calls each")
            first = _run(notebook, env, echo)
        told = summary(first)
        echo(f"first run: {told.line}")
        if first.exit_status:
            return first.exit_status
        echo(f"\n{_table(first.output)}\n")
        echo("second run: the same notebook, the provider stopped")
        second = _run(notebook, env, echo)
        again = summary(second)
        echo(_second(again))
        counted = received.received()
        finish({"first": told.facts, "second": again.facts, "received": counted})
        echo(_counts(counted))
        echo(f"next: open {notebook.name} in Jupyter, or `workbench show extract`")
    finally:
        received.stop()
    return second.exit_status


@contextmanager
def _provider(echo: Echo) -> Iterator[dict[str, str]]:
    """The environment that leads a kernel to a provider, which runs while the block does."""
    if places.named_provider():
        echo(f"provider: {os.environ.get('OPENAI_BASE_URL', 'OpenAI')}, from the environment")
        yield {}
        return
    with places.started(places.pull()) as running:
        echo("provider: the embedded SmolLM2-135M-Instruct on one thread; about 2 minutes")
        yield {"OPENAI_BASE_URL": running.base_url, "OPENAI_API_KEY": "local"}


def _run(notebook: Path, env: dict[str, str], echo: Echo) -> RunResult:
    store = open_store()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(store, over, echo), daemon=True)
    watcher.start()
    try:
        return run(notebook, env=env)
    finally:
        over.set()
        watcher.join()


def _watch(store: Store, over: threading.Event, echo: Echo) -> None:
    began_us, began_s = clock.now_us(), clock.monotonic_s()
    query = "select count(*) from events where kind = 'call.ended' and at_us > ?"
    while not over.wait(_PROGRESS_S):
        done = store.journal.read(query, (began_us,))[0][0]
        echo(f"  {count(done, 'call')} answered after {seconds(clock.monotonic_s() - began_s)}")


def _second(again: Summary) -> str:
    return f"second run: {count(again.facts['live_calls'], 'provider call')} ({again.line})"


def _counts(counted: receivers.Received) -> str:
    twice = sum(n > 1 for kind in counted.values() for n in kind.values())
    hooks, mails = len(counted["webhooks"]), len(counted["mails"])
    return (
        f"by the receivers' own count of both runs: {count(hooks, 'webhook')},"
        f" {count(mails, 'mail')}, {twice} of them twice"
    )


def _table(output: Path) -> str:
    """What the cells tagged `summary` of the executed notebook show, as text."""
    import nbformat

    notebook = nbformat.read(output, as_version=4)  # type: ignore[no-untyped-call]
    shown = [
        out["data"]["text/plain"]
        for cell in notebook.cells
        if "summary" in cell.metadata.get("tags", ())
        for out in cell.get("outputs", ())
        if "text/html" in out.get("data", {})
        and "application/vnd.workbench.step+json" not in out["data"]
    ]
    return "\n\n".join(shown)


def _notebook() -> Path:
    """The notebook in this checkout; from an installed package, copied beside the reader's work."""
    package = Path(__file__).parents[1]
    for place in (package.parent / "notebooks", Path("notebooks").absolute()):
        if (place / NOTEBOOK).is_file():
            return place / NOTEBOOK
    if not (package / "_notebooks" / NOTEBOOK).is_file():
        raise UsageError(f"{NOTEBOOK} was not installed", remedy="install nbworkbench again")
    target = Path("workbench-demo").absolute()
    shutil.copytree(package / "_notebooks", target, dirs_exist_ok=True)
    return target / NOTEBOOK
