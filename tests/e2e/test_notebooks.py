"""The notebooks are executed offline, from recordings, and again from what they left behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))

pytestmark = pytest.mark.notebooks


def workbench(*words: object, cache: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "WORKBENCH_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "workbench.cli", *map(str, words)],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_without_a_provider_and_then_from_its_checkpoints(notebook, tmp_path):
    recording = ROOT / "cache" / "recorded" / f"{notebook.stem}.jsonl"
    imported = workbench("import", recording, cache=tmp_path)
    assert imported.returncode == 0, imported.stderr
    first = workbench("run", notebook, "--frozen", "--json", cache=tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    facts = json.loads(first.stdout)
    assert (facts["live_calls"], facts["failed"]) == (0, 0)
    assert facts["hit_calls"] == len(recording.read_text().splitlines())
    second = json.loads(workbench("run", notebook, "--frozen", "--json", cache=tmp_path).stdout)
    assert second["status"] == "succeeded"
    assert second["hits"] > 0
    assert shown(facts["output"]) == shown(second["output"])


def shown(path: str) -> list[str]:
    """What the notebook's cells show to a reader, apart from the steps' own records."""
    return [
        output["data"]["text/plain"]
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        if "application/vnd.workbench.step+json" not in output.get("data", {})
        and "text/html" in output.get("data", {})
        and "sql" not in cell.source
    ]
