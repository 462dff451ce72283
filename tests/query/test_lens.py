"""SQL over what was journaled: reads only, always up to date, sums that are bills."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from workbench import verbs, views
from workbench.errors import UsageError
from workbench.journal.events import (
    CallEnded,
    EffectMoved,
    RunFinished,
    RunStarted,
    StepFinished,
    StepStarted,
)
from workbench.journal.holders import this_process
from workbench.query.lens import lens

CALL = CallEnded(
    "call_1",
    "run_1",
    "step_1",
    "extract",
    "",
    "openai",
    "gpt-4o-mini",
    "api.openai.com/v1",
    "completed",
    "",
    "k" * 64,
    0,
    "call/k",
    7,
    5,
    12,
    21,
    0,
    0,
    0.5,
    1_700_000_000_000_000,
    200,
)
HIT = dataclasses.replace(
    CALL,
    call_id="call_2",
    status="hit",
    prompt_tokens=0,
    completion_tokens=0,
    total_tokens=0,
    cost_microusd=0,
    saved_microusd=21,
    saved_tokens=12,
)


@pytest.fixture
def filled(store):
    store.checkpoints.add(
        "call/k",
        {"verdict": "complete", "prompt": "user: hi", "response": "ü", "request": {}},
        [b"{}"],
    )
    store.journal.append(
        RunStarted("run_1", "nb.ipynb", "", "", {"a": 1}, this_process()),
        StepStarted("step_1", "run_1", "extract", "k", "first run"),
        CALL,
        HIT,
        StepFinished(
            "step_1",
            "run_1",
            "extract",
            "completed",
            "k",
            "first run",
            0.5,
            1,
            1,
            0,
            12,
            12,
            21,
            21,
        ),
        StepStarted("step_2", "run_1", "slow", "", "first run"),
        EffectMoved("eff_1", "run_1", "nb.ipynb", "notify", "post", "h/x", "key", "intent", 1, "d"),
        EffectMoved("eff_1", "run_1", "nb.ipynb", "notify", "post", "h/x", "key", "sent", 1, "d"),
    )
    return store


def rows(store, query, *values):
    return lens(store).query(query, list(values)).fetchall()


def test_sums_are_bills_and_hits_carry_what_they_saved(filled):
    query = "select model, count(*), sum(total_tokens), sum(cost_microusd), sum(saved_microusd) from calls group by model"
    assert rows(filled, query) == [("gpt-4o-mini", 2, 12, 21, 21)]


def test_prompts_and_answers_are_columns(filled):
    assert rows(filled, "select distinct prompt, response from calls") == [("user: hi", "ü")]


def test_steps_runs_and_effects_show_their_latest_state(filled):
    assert rows(filled, "select name, status from steps order by name") == [
        ("extract", "completed"),
        ("slow", "running"),
    ]
    assert rows(filled, "select status, attempts from effects") == [("sent", 1)]
    assert rows(filled, "select status, spent_microusd, saved_microusd from runs") == [
        ("running", 21, 21)
    ]
    filled.journal.append(RunFinished("run_1", "succeeded"))
    assert rows(filled, "select status from runs") == [("succeeded",)]


def test_new_rows_are_seen_and_old_ones_not_counted_twice(filled):
    assert rows(filled, "select count(*) from calls") == [(2,)]
    filled.journal.append(dataclasses.replace(CALL, call_id="call_3"))
    assert rows(filled, "select count(*) from calls") == [(3,)]


def test_parameters_and_the_callers_frames(filled):
    frame = pd.DataFrame({"model": ["gpt-4o-mini"], "team": ["a"]})
    query = (
        "select team, count(*) from calls join mine using (model) where status = ? group by team"
    )
    assert verbs.sql(query, ["hit"], store=filled, mine=frame).fetchall() == [("a", 1)]


@pytest.mark.parametrize(
    "query",
    [
        "delete from _calls",
        "drop view calls",
        "create table x as select 1",
        "insert into _calls select * from _calls",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "copy calls to '/tmp/x.csv'",
        "attach '/tmp/x.db'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma version",
        "select 1; select 2",
        "",
        "select nope from calls",
        "select",
        "call pragma_version()",
        "export database '/tmp/x'",
        "select * from glob('/*')",
        "select getenv('HOME')",
    ],
)
def test_sql_that_does_more_than_read_the_tables_is_refused(filled, query):
    with pytest.raises(UsageError) as caught:
        verbs.sql(query, store=filled).fetchall()
    assert caught.value.remedy
    assert len(str(caught.value).splitlines()) == 1
    assert rows(filled, "select count(*) from calls") == [(2,)]


def test_show_finds_by_name_and_by_the_start_of_an_id(filled):
    assert views.show(filled, "extract").facts["step_id"] == "step_1"
    assert views.show(filled, "nb.ipynb#extract").title == "extract"
    assert dict(views.show(filled, "call_1").texts)["response"] == "ü"
    assert views.show(filled, "run_1").facts["status"] == "running"
    assert views.show(filled, "eff_1").facts["status"] == "sent"
    with pytest.raises(UsageError, match="steps are: extract, slow"):
        views.show(filled, "nonsense")


def test_a_run_whose_process_is_gone_has_ended(filled):
    filled.journal.append(
        RunStarted("run_2", "nb.ipynb", "", "", {}, {**this_process(), "started": "1"})
    )
    assert {r["run_id"]: r["status"] for r in views.runs(filled).rows} == {
        "run_1": "running",
        "run_2": "ended",
    }
