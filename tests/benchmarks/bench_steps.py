"""What steps cost, as ratios that one run prints: hits, misses, and how both grow with a notebook.

    python tests/benchmarks/bench_steps.py [function|cells|notebook] ...

Each part runs in a process of its own with a store of its own. Floors are measured in the same run,
between the steps: medians on a busy machine still vary, ratios less.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VALUES = 300
CELLS = 1000
ROUNDS = 9
PARTS = ("function", "cells", "notebook")


def microseconds(action, *args):
    """One timing."""
    began = time.perf_counter_ns()
    action(*args)
    return (time.perf_counter_ns() - began) / 1000


def row(name, value, unit, ratio=None, goal=None):
    """One line of the report."""
    told = f"{ratio:8.2f} x" if ratio is not None else ""
    wanted = f"   (goal {goal})" if goal else ""
    print(f"{name:52}{value:10.1f} {unit}{told}{wanted}")


class FullCommits:
    """The floor of a durable step: one row of the same size, committed by sqlite with FULL."""

    def __init__(self, folder: Path) -> None:
        self.connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
        for pragma in ("journal_mode = wal", "synchronous = full"):
            self.connection.execute(f"pragma {pragma}")
        self.connection.execute("create table rows (key text primary key, value blob)")

    def put(self, key: str) -> None:
        """Commit one row."""
        self.connection.execute("begin immediate")
        self.connection.execute("insert into rows values (?, ?)", (key, b"x" * 2500))
        self.connection.execute("commit")


def function(folder: Path) -> None:
    """`@wb.step` with outputs of 1 KB, in a plain process."""
    import workbench as wb
    from workbench.cells.session import session

    @wb.step
    def step(n: int):
        return {"n": n, "text": "x" * 1000}

    floor = FullCommits(folder)
    misses, commits = [], []
    for n in range(-50, VALUES):
        misses.append(microseconds(step, n))
        commits.append(microseconds(floor.put, str(n)))
    miss, commit = statistics.median(misses[50:]), statistics.median(commits[50:])
    raw = session().store.checkpoints._cache
    keys = list(session().store.checkpoints.keys("step"))[-VALUES:]
    first = [microseconds(step, n) for n in range(VALUES)]
    hits, gets = [], []
    for n in range(VALUES):
        hits.append(microseconds(step, n))
        gets.append(microseconds(raw.get, keys[n]))
    for n in range(VALUES):
        gets.append(microseconds(raw.get, keys[n]))
    hit, get = statistics.median(hits), statistics.median(gets[VALUES:])
    row("raw diskcache get", get, "us")
    row("function step, first hit in a process", statistics.median(first), "us",
        statistics.median(first) / get)  # fmt: skip
    row("function step, hit", hit, "us", hit / get, "<= 10 x the get")
    row("sqlite FULL commit", commit, "us")
    row("function step, computed and kept", miss, "us", miss / commit, "<= 2 x the commit")


def cells(folder: Path) -> None:
    """A notebook of 1,000 different `%%step` cells; what is displayed goes nowhere."""
    from IPython.core.interactiveshell import InteractiveShell

    floor = FullCommits(folder)
    shell = InteractiveShell.instance()
    shell.display_pub.publish = lambda *_args, **_kwargs: None
    shell.run_line_magic("load_ext", "workbench")

    def cell(n, magic):
        shell.run_cell(f"{magic}x{n} = {{'a': {n}, 'b': 'text' * 250}}\n", store_history=False)

    magics = [f"%%step s{n}\n" for n in range(CELLS)]
    for n in range(-20, 0):
        cell(-n, "%%step warm\n")
        cell(-n, "")
    commits = []
    for name, goal in (("misses", "<= 1.5"), ("hits", "<= 1.1"), ("plain", None)):
        times = []
        for n in range(CELLS):
            times.append(microseconds(cell, n, magics[n] if name != "plain" else ""))
            if name == "misses":
                commits.append(microseconds(floor.put, str(n)))
        first, last = statistics.median(times[:100]), statistics.median(times[-100:])
        row(f"%%step, {name}: first 100", first, "us")
        row(f"%%step, {name}: last 100", last, "us", last / first, goal)
    row("sqlite FULL commit", statistics.median(commits), "us")


def like_a_record():
    """What a hit shows: every visible record costs its way through the kernel and papermill."""
    from workbench.journal.events import StepFinished
    from workbench.ui.record import Record, bundle

    done = StepFinished("", "", "s10", "hit", "0" * 64, "", 0.0, saved_s=0.001)
    return bundle(Record(done))


def notebook(folder: Path) -> None:
    """50 steps, all hits, through papermill's command, against the same notebook with empty cells."""
    sources = [f"x{n} = {{'a': {n}, 'b': 'text' * 250}}" for n in range(50)]
    load = "%load_ext workbench"
    steps = [f"%%step s{n}\n{source}" for n, source in enumerate(sources)]
    for name, body in {
        "steps": [load, *steps],
        "loaded": [load, *["pass"] * 50],
        "shown": [f"SHOWN = {like_a_record()!r}", *["display(SHOWN, raw=True)"] * 50],
        "empty": ["", *["pass"] * 50],
    }.items():
        cells = [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [],
             "execution_count": None}
            for n, source in enumerate(body)
        ]  # fmt: skip
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4,
                "nbformat_minor": 5}  # fmt: skip
        (folder / f"{name}.ipynb").write_text(json.dumps(made))

    def papermill(name):
        subprocess.run(
            [sys.executable, "-m", "papermill", f"{name}.ipynb", "out.ipynb", "--log-level=ERROR",
             "--no-progress-bar"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip

    names = {
        "empty": ("papermill, 50 empty cells", None),
        "shown": ("papermill, 50 cells that display such a record", None),
        "loaded": ("papermill, %load_ext workbench and empty cells", None),
        "steps": ("papermill, 50 steps, all hits", "<= 1.10"),
    }
    for name in names:
        papermill(name)
    wall, cpu = {name: [] for name in names}, {name: [] for name in names}
    for _ in range(ROUNDS):
        for name in names:
            began = sum(os.times()[2:4])
            wall[name].append(microseconds(papermill, name) / 1000)
            cpu[name].append((sum(os.times()[2:4]) - began) * 1000)
    for unit, times in (("ms", wall), ("ms of CPU", cpu)):
        for name, (told, goal) in names.items():
            ratios = [b / a for a, b in zip(times["empty"], times[name], strict=True)]
            row(told, statistics.median(times[name]), unit, statistics.median(ratios), goal)


def main() -> None:
    """Run the parts that are named, or all."""
    if os.environ.get("BENCH_PART"):
        globals()[os.environ["BENCH_PART"]](Path.cwd())
        return
    for part in sys.argv[1:] or PARTS:
        folder = Path(tempfile.mkdtemp(prefix="bench-"))
        (folder / "pyproject.toml").write_text("[project]\nname = 'bench'\n")
        told = {**os.environ, "BENCH_PART": part, "WORKBENCH_CACHE": str(folder / "cache")}
        told["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")  # as with any installed package
        told.pop("PYTHONDONTWRITEBYTECODE", None)
        subprocess.run([sys.executable, __file__], cwd=folder, env=told, check=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
