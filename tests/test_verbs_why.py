"""`why` finds the last execution of a step, and says when several notebooks have one."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from workbench import verbs
from workbench.cli import cli
from workbench.errors import UsageError
from workbench.journal.events import StepFinished, StepStarted

CHANGE = {
    "component": "code",
    "what": "code changed: 1 line added",
    "old": "a" * 64,
    "new": "b" * 64,
    "diff": ["@@ -1 +1,2 @@", " x = 1", "+y = 2"],
}


def execution(
    store, step_id, name="extract", notebook="a.ipynb", changes=(), status="completed", why="w"
):
    events = [StepFinished(step_id, "run_1", name, status, "k", why, 1.0, notebook=notebook)]
    if status != "hit":
        events.insert(0, StepStarted(step_id, "run_1", name, "k", why, notebook, list(changes)))
    store.journal.append(*events)


def test_the_last_execution_and_its_changes_are_found(store):
    execution(store, "step_1")
    execution(store, "step_2", changes=[CHANGE], why=CHANGE["what"])
    found = verbs.why("extract", store=store)
    assert (found.step, found.step_id, found.status) == ("a.ipynb#extract", "step_2", "completed")
    assert [change.what for change in found.changes] == [CHANGE["what"]]
    assert found.changes[0].diff == tuple(CHANGE["diff"])
    assert verbs.why("step_1", store=store).changes == ()


def test_an_event_without_changes_is_read_too(store):
    store.journal.append(StepStarted("step_1", "run_1", "extract", "k", "first run", "a.ipynb"))
    found = verbs.why("extract", store=store)
    assert (found.status, found.why, found.changes) == ("running", "first run", ())


def test_a_step_of_several_notebooks_must_be_named_in_full(store):
    execution(store, "step_1")
    execution(store, "step_2", notebook="b.ipynb")
    with pytest.raises(UsageError, match=r"a\.ipynb#extract, b\.ipynb#extract"):
        verbs.why("extract", store=store)
    assert verbs.why("a.ipynb#extract", store=store).step_id == "step_1"


def test_an_unknown_step_is_an_error_that_names_those_there_are(store):
    with pytest.raises(UsageError, match="no step has run yet"):
        verbs.why("nothing", store=store)
    execution(store, "step_1")
    with pytest.raises(UsageError, match=r"steps are: a\.ipynb#extract"):
        verbs.why("nothing", store=store)


def test_a_hit_whose_checkpoint_is_gone_is_still_told(store):
    execution(store, "step_1", status="hit", why="")
    found = verbs.why("extract", store=store)
    assert (found.status, found.served) == ("hit", {})


def test_what_it_would_do_now_is_asked_by_the_steps_name(store):
    execution(store, "step_1")
    asked = []

    class Look:
        def cell(self, name):
            asked.append(name)
            return name if len(asked) > 1 else None

        def outlook(self, cell):
            return f"of {cell}"

    assert verbs.why("extract", store=store, look=Look()).now is None
    assert verbs.why("extract", store=store, look=Look()).now == "of extract"
    assert asked == ["extract", "extract"]


def test_the_command_prints_text_and_json(store, folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
    execution(store, "step_1", changes=[CHANGE], why=CHANGE["what"])
    shown = CliRunner().invoke(cli, ["why", "extract"])
    assert shown.exit_code == 0, shown.output
    assert "• code changed: 1 line added" in shown.output
    assert f"code {'a' * 12} → {'b' * 12}" in shown.output
    told = json.loads(CliRunner().invoke(cli, ["why", "extract", "--json"]).output)
    assert told["changes"] == [CHANGE]


def test_json_holds_nothing_that_drives_a_terminal_and_says_the_same(store, folder, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
    odd = "a\x9bb\u202ec\u2028d\x1be \u00fc"
    execution(store, "step_1", changes=[{**CHANGE, "what": odd}], why=odd)
    shown = CliRunner().invoke(cli, ["why", "extract", "--json"]).output
    assert not set(shown) & set("\x9b\u202e\u2028\x1b")
    assert "\u00fc" in shown
    assert json.loads(shown)["changes"][0]["what"] == odd
