"""The notebooks are executed offline, from recordings, and again from what they left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))

KEYS = ROOT / "notebooks" / "08_how_keys_work.ipynb"
STEP = "application/vnd.workbench.step+json"

HITS_AT_ONCE = {
    "totals-again",
    "totals-comment",
    "rate-back",
    "label-again",
    "postage-old",
    "prices-touched",
    "report-again",
    "stamp-again",
    "count-again",
}
"""Its cells whose step is a hit in the first run too."""

RUNS_EVERY_TIME = {"report", "report-missing", "stamp", "read-lines", "fresh", "fresh-why"}
"""Its file is removed, it reads the clock, its input is opaque, it is told to."""

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
    recorded = recording.read_text().splitlines() if recording.exists() else []
    if recorded:
        imported = workbench("import", recording, cache=tmp_path)
        assert imported.returncode == 0, imported.stderr
    first = workbench("run", notebook, "--frozen", "--json", cache=tmp_path)
    assert first.returncode == 0, first.stdout + first.stderr
    facts = json.loads(first.stdout)
    assert (facts["live_calls"], facts["failed"]) == (0, 0)
    assert facts["hit_calls"] == len(recorded)
    second = json.loads(workbench("run", notebook, "--frozen", "--json", cache=tmp_path).stdout)
    assert second["status"] == "succeeded"
    assert second["hits"] > 0
    assert shown(facts["output"]) == shown(second["output"])


@pytest.fixture(scope="module")
def three_runs(tmp_path_factory):
    """What the notebook of keys showed in three runs, one after the other, in a project of its own."""
    project = tmp_path_factory.mktemp("project")
    (project / "pyproject.toml").touch()
    (project / "notebooks").mkdir()
    notebook = shutil.copy(KEYS, project / "notebooks")
    runs = [
        json.loads(workbench("run", notebook, "--frozen", "--json", cache=project / "cache").stdout)
        for _ in range(3)
    ]
    assert [run["status"] for run in runs] == ["succeeded"] * 3, runs
    assert os.listdir(project / "notebooks") == [KEYS.name]
    return [outputs(run["output"]) for run in runs]


def test_each_change_that_the_notebook_of_keys_makes_runs_its_step_once_and_is_a_hit_ever_after(
    three_runs,
):
    first, second, third = three_runs
    assert {cell for cell in first if not ran(first[cell])} == HITS_AT_ONCE
    hits = first.keys() - RUNS_EVERY_TIME
    assert {cell: record(second[cell])["why"] for cell in hits if ran(second[cell])} == {}
    assert {cell for cell in RUNS_EVERY_TIME if not ran(second[cell])} == set()
    for cell in hits - {"stamp-again"}:  # a hit on what its own run made
        assert record(second[cell]) == record(third[cell]), cell
    for cell in hits - {
        "stamp-again",
        "totals-why",
        "longest-why",
        "prices-why",
    }:  # they say when it ran
        assert second[cell] == third[cell], cell
        assert apart_from_record(first[cell]) == apart_from_record(second[cell]), cell


def test_the_notebook_of_keys_names_each_change_that_it_makes(three_runs):
    cells = three_runs[0]
    told = {cell: record(each)["why"] for cell, each in cells.items()}
    expected = {
        "totals-why": "function rate (gross → rate) changed: 1 line added, 1 removed",
        "prompt-changed": "function ask changed",
        "longest-why": 'column "words" changed, 2 of 6 rows',
        "postage-new": "module notebooks/keys_lab/tariff.py changed",
        "prices-why": "file notebooks/keys_lab/prices.csv changed",
        "report-missing": "report.csv, which it wrote, is missing",
        "read-lines": "--ignore=lines",
    }
    assert {cell: told[cell] for cell, why in expected.items() if why not in told[cell]} == {}
    assert "tariff is older than its file" in record(cells["postage-old"])["notes"][0]


def test_the_notebook_of_keys_is_saved_as_its_reader_sees_it():
    text = KEYS.read_text("utf-8")
    assert str(ROOT) not in text
    assert len(text) < 100_000
    saved = outputs(KEYS)
    assert {cell for cell in saved if not ran(saved[cell])} == HITS_AT_ONCE


def outputs(path: str | Path) -> dict[str, list]:
    """By cell, what it shows, of cells in which a step ran or was served."""
    cells = nbformat.read(path, as_version=4).cells
    found = {cell.id: [dict(each) for each in cell.get("outputs", ())] for cell in cells}
    return {cell: each for cell, each in found.items() if any(map(is_record, each))}


def is_record(output: dict) -> bool:
    return STEP in output.get("data", {})


def record(shown: list) -> dict:
    return next(each["data"][STEP] for each in shown if is_record(each))


def ran(shown: list) -> bool:
    return record(shown)["status"] != "hit"


def apart_from_record(shown: list) -> list:
    """What a cell shows beside its step's record; a result that was replayed has no number."""
    return [each.get("data") or each["text"] for each in shown if not is_record(each)]


def shown(path: str) -> list[str]:
    """What the notebook's cells show to a reader, apart from the steps' own records and their times."""
    return [
        output["data"]["text/plain"]
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
        if STEP not in output.get("data", {})
        and "text/html" in output.get("data", {})
        and "sql" not in cell.source
        and "%wb" not in cell.source
    ]
