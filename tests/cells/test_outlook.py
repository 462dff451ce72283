"""Without a kernel, the saved notebook says of each step what it would do: hit, stale and why, or unknown."""

from __future__ import annotations

import json

import pytest

from workbench import verbs
from workbench.errors import UsageError
from workbench.store.folder import open_store

CODE = {
    "read": "from pathlib import Path\nrows = Path('a.csv').read_text()",
    "count": "n = len(rows)",
    "ask": (
        "answer = client.chat.completions.create(model='gpt-4o-mini',"
        " messages=[{'role': 'user', 'content': 'a'}])"
    ),
    "tool": "import util\nworth = util.double(2)",
    "now": "import time\nat = time.time()",
    "broken": "1 / 0",
    "quick": "q = 1",
}
LINES = {"quick": "quick --ttl=2h"}


def cells(code):
    return [f"%%step {LINES.get(name, name)}\n{body}\n" for name, body in code.items()]


def save(folder, code, *, more=()):
    saved = [{"cell_type": "code", "source": cell} for cell in (*more, *cells(code))]
    (folder / "nb.ipynb").write_text(json.dumps({"cells": saved, "nbformat": 4}))


@pytest.fixture
def ran(kernel, folder):
    """A project whose notebook ran once; gives the outlook of its steps by name."""
    (folder / "a.csv").write_text("1,2")
    (folder / "util.py").write_text("def double(x):\n    return 2 * x\n")
    kernel.run("import sys; sys.path.insert(0, '')")
    for cell in cells(CODE):
        kernel.run(cell)
    save(folder, CODE)
    store = open_store(folder / "cache")

    def look():
        table = verbs.status("nb.ipynb", store=store)
        return {row["step"]: row for row in table.rows} | {"notes": table.notes}

    yield look
    store.close()


def test_each_step_of_a_saved_notebook_is_told_and_nothing_runs(ran, folder, provider):
    told = ran()
    assert {name: told[name]["status"] for name in CODE} == {
        "read": "hit",
        "count": "hit",
        "tool": "hit",
        "now": "stale",
        "broken": "failed",
        "quick": "hit",
        "ask": "hit",
    }
    assert told["now"]["why"].startswith("an outcome of its own run only")
    assert told["broken"]["why"].startswith("ZeroDivisionError")
    asked = told["ask"]
    assert (asked["calls"], asked["tokens"], asked["cost_microusd"]) == (1, 12, 0)
    assert told["notes"][0] == (
        "recorded calls cost nothing; making every one again (--refresh=calls) would take 1 call, 12 tokens, $0"
    )
    assert "values that only a kernel has" in told["notes"][1]
    assert len(provider.requests) == 1

    (folder / "a.csv").write_text("1,2,3")
    told = ran()
    assert (told["read"]["status"], told["read"]["why"]) == ("stale", "file a.csv changed")
    assert told["count"]["status"] == "unknown"
    assert told["count"]["why"] == "its input rows comes from read, which would run again"
    (folder / "a.csv").unlink()
    assert ran()["read"]["why"] == "file a.csv is missing"
    (folder / "a.csv").write_text("1,2")
    assert ran()["read"]["status"] == "hit"

    (folder / "util.py").write_text("def double(x):\n    return x + x\n")
    told = ran()["tool"]
    assert told["status"] == "stale"
    assert told["why"].startswith("module ")
    assert told["why"].endswith("util.py changed")

    changed = {**CODE, "count": "n = len(rows) + 1", "quick": "q =    1  # as before"}
    save(folder, changed, more=["%%step fresh\nz = 1\n"])
    told = ran()
    assert (told["count"]["status"], told["count"]["why"]) == (
        "stale",
        "code changed: 1 line added, 1 removed",
    )
    assert "+n = len(rows) + 1" in told["count"]["changes"][0].diff
    assert told["quick"]["status"] == "hit"
    assert (told["fresh"]["status"], told["fresh"]["tokens"]) == ("never", None)


def test_an_outcome_that_an_earlier_version_left_is_a_hit_again(ran, folder, kernel):
    kernel.run("%%step quick --ttl=2h\nq = 2\n")
    assert ran()["quick"]["status"] == "hit"  # the first text is saved, and its outcome still there
    save(folder, {**CODE, "quick": "q = 2"})
    assert ran()["quick"]["status"] == "hit"
    save(folder, {**CODE, "quick": "q = 3"})
    assert ran()["quick"]["status"] == "stale"


def test_a_notebook_that_is_not_there_is_refused(folder, store):
    with pytest.raises(UsageError, match=r"there is no notebook none\.ipynb"):
        verbs.status("none.ipynb", store=store)
