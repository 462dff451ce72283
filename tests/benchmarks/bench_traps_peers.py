"""The traps put to other tools that cache Python: `python tests/benchmarks/bench_traps_peers.py`.

Makes an environment for each peer in a temporary folder (pip, by package name), runs every case that
can be written for it there, and prints family by tool: right, false hits, misses too many, cases that
cannot be written for the tool. Right is what the tool's own program gives with its cache left out, so
nobody is judged by a translation. The workbench's column comes from the same run.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from traps import runner, verdict
from traps.case import Case, every_case

PEERS = ("marimo", "joblib")
TOOLS = ("workbench", *PEERS)
LIBRARIES = ("numpy", "pandas", "pyarrow", "duckdb", "pydantic")
OTHER_TERMS = {"options"}
"""Families that put this tool's own options to the test."""

COLUMNS = ("right", "false hit", "false miss", "loses output", "not expressible")


@dataclass
class Tool:
    """A peer: two processes of two hash seeds in its own environment."""

    name: str
    processes: list[subprocess.Popen[str]]

    def ask(self, which: int, phase: dict) -> dict:
        process = self.processes[which]
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(phase) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())


def start(name: str, place: Path) -> Tool:
    """A peer in an environment made for it, or the one already there."""
    python = place / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", place / name], check=True)
        wanted = [name, *LIBRARIES]
        subprocess.run([python, "-m", "pip", "install", "-q", *wanted], check=True)
    version = f"import importlib.metadata as m; print(m.version({name!r}))"
    told = subprocess.run([python, "-c", version], capture_output=True, text=True, check=True)
    print(f"{name} {told.stdout.strip()}")
    processes = [
        subprocess.Popen(
            [python, HERE / "peers" / "driver.py", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "2")
    ]
    return Tool(name, processes)


def of_peer(tool: Tool, case: Case, folder: Path) -> tuple[str, str]:
    """A peer's verdict on a case, and what happened."""
    if case.family in OTHER_TERMS or case.once:
        return "not expressible", "its terms are this tool's"
    plain = _twice(tool, case, folder, cached=False)
    if plain["error"] and not case.fails:
        return "not expressible", plain["error"]
    if case.expect == "miss" and case.outputs and not (case.side or case.restart):
        if plain["before"] == plain["values"]:
            return "not expressible", "its two plain runs do not differ"
    seen = _twice(tool, case, folder, cached=True)
    if seen["error"] and not case.fails:
        return "not expressible", f"refused: {seen['error']}"
    return _judged(case, seen, plain)


def _judged(case: Case, seen: dict, plain: dict) -> tuple[str, str]:
    served = seen["executions"] == 0 and plain["executions"] > 0
    told = f"values {seen['values']!r}, plainly {plain['values']!r}"
    if served and (
        seen["values"] != plain["values"] or (case.expect == "miss" and not case.outputs)
    ):
        return "false hit", told
    if seen["values"] != plain["values"]:
        return "false hit", f"executed, and yet {told}"
    if not served and case.expect != "miss":
        return "false miss", told
    if served and case.expect == "restore" and seen["text"] != plain["text"]:
        return "loses output", f"printed {seen['text']!r}, plainly {plain['text']!r}"
    return "right", told


def _twice(tool: Tool, case: Case, folder: Path, *, cached: bool) -> dict:
    """A case's two runs as the peer's programs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    runner.write(folder, case.files)
    counter = folder.parent / "count"
    counter.write_bytes(b"")
    base = {
        "folder": str(folder),
        "counter": str(counter),
        "cached": cached,
        "plainly": case.plainly,
    }
    asked = ["values", list(case.outputs)]
    called = "plain" if case.plainly and tool.name == "joblib" else "body"
    first = [["plain", case.setup], [called, case.body], asked]
    again = [called, case.again or case.body]
    then = [["plain", case.then]] if case.then else []
    if tool.name == "joblib" and not case.restart:
        cells = [*first, ["write", dict(case.edits)], *then, again, asked]
        told = tool.ask(0, {**base, "cells": cells})
        counts = counter.read_bytes().split(b"|")
        executions = len(counts[1]) if len(counts) > 1 else 0
        return _told(told, told, executions)
    begun = tool.ask(0, {**base, "cells": first})
    runner.write(folder, case.edits)
    counter.write_bytes(b"")
    setup = case.setup_again or case.setup
    ended = tool.ask(int(case.restart), {**base, "cells": [["plain", setup], *then, again, asked]})
    return _told(begun, ended, counter.read_bytes().count(b"."))


def _told(begun: dict, ended: dict, executions: int) -> dict:
    return {
        "before": "".join(begun["values"][:1]),
        "values": "".join(ended["values"][-1:]),
        "text": "".join(ended["text"][-1:]),
        "error": begun["error"] or ended["error"],
        "executions": executions,
    }


def of_workbench(kernels: runner.Kernels, case: Case, folder: Path) -> tuple[str, str]:
    """The workbench's verdict on a case, and what happened."""
    import workbench

    if case.plainly and not hasattr(workbench, "step"):
        return "not expressible", "functions are no steps yet"
    plain = runner.plainly(case, kernels, folder)
    seen = runner.with_workbench(case, kernels, folder)
    if "no option" in seen.error:
        return "not expressible", seen.error
    served = seen.executions == 0 if case.plainly else seen.status == "hit"
    found, told = verdict.judge(case, seen, plain, served=served)
    return {"wrong": "false hit", "incomplete": "loses output"}.get(found, found), told


def report(rows: list[tuple[Case, str, str, str]]) -> None:
    """The table, then who lies where."""
    table: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for case, tool, found, _ in rows:
        table[case.family, tool][found] += 1
        table["all", tool][found] += 1
    families = [*sorted({case.family for case, *_ in rows}), "all"]
    print("\n| family | " + " | ".join(TOOLS) + " |\n|---|" + "---|" * len(TOOLS))
    for family in families:
        cells = [" / ".join(str(table[family, t][c]) for c in COLUMNS) for t in TOOLS]
        print(f"| {family} | " + " | ".join(cells) + " |")
    print(f"\neach: {' / '.join(COLUMNS)}\n")
    for tool in TOOLS:
        print(f"{tool} lies:")
        for case, of, found, told in rows:
            if of == tool and found == "false hit":
                print(f"  {case.family}: {case.name}: {told[:160]}")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--place", type=Path, help="where the environments are kept; else nowhere")
    asked.add_argument("--family", help="only this family")
    asked.add_argument("--tool", choices=TOOLS, help="only this tool")
    asked.add_argument("--json", type=Path, help="where to write each verdict")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        place = options.place or Path(scratch)
        folder = Path(scratch) / "case" / "project"
        tools = [start(name, place.absolute()) for name in PEERS if options.tool in {None, name}]
        kernels = runner.Kernels()
        rows = []
        for case in every_case():
            missing = [n for n in case.needs if importlib.util.find_spec(n) is None]
            if missing or (options.family and case.family != options.family):
                continue
            if options.tool in {None, "workbench"}:
                rows.append((case, "workbench", *of_workbench(kernels, case, folder)))
            if set(case.needs) <= set(LIBRARIES):
                rows += [(case, tool.name, *of_peer(tool, case, folder)) for tool in tools]
        kernels.stop()
        for process in [p for tool in tools for p in tool.processes]:
            process.stdin.close()
            process.wait()
    report(rows)
    if options.json:
        kept = [[case.family, case.name, *rest] for case, *rest in rows]
        options.json.write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
