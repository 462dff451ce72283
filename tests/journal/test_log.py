"""The journal appends, survives, and lets several processes write at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.errors import StoreError
from workbench.journal import effects
from workbench.journal.events import KINDS, RunFinished, RunStarted, StepFinished
from workbench.journal.holders import is_dead, this_process
from workbench.journal.log import Journal
from workbench.journal.migrations import MIGRATIONS


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path / "journal.db")
    yield opened
    opened.close()


def started(run_id="run_1"):
    return RunStarted(run_id, "nb.ipynb", "", "", {"a": 1}, this_process())


def test_events_come_back_as_they_were_and_in_order(journal):
    events = [
        started(),
        StepFinished("s", "run_1", "read", "hit", "k", "", 0.5),
        RunFinished("run_1", "succeeded"),
    ]
    journal.append(*events)
    assert [event for _, _, event in journal.since(0)] == events
    ids = [number for number, _, _ in journal.since(0)]
    assert list(journal.since(ids[1]))[0][2] == events[2]


def test_what_was_put_off_is_there_when_asked_for(journal):
    journal.append_later(started())
    assert len(list(journal.since(0))) == 1


def test_what_was_put_off_is_written_when_the_process_ends(tmp_path):
    code = (
        "import sys; from pathlib import Path; from workbench.journal.log import Journal;"
        "from workbench.journal.events import RunFinished;"
        "Journal(Path(sys.argv[1])).append_later(RunFinished('r', 'failed'))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "j.db")], check=True)
    assert len(list(Journal(tmp_path / "j.db").since(0))) == 1


def test_a_durable_block_that_raises_leaves_nothing(journal):
    with pytest.raises(ZeroDivisionError), journal.durably() as connection:
        connection.execute("insert into events (at_us, kind, run_id, body) values (1, 'x', '', '')")
        1 / 0
    assert list(journal.since(0)) == []


def test_durable_writes_wait_for_the_disk(journal):
    with journal.durably() as connection:
        assert connection.execute("pragma synchronous").fetchone() == (2,)


def test_processes_write_at_once_and_nothing_is_locked_or_lost(tmp_path):
    path = tmp_path / "j.db"
    Journal(path).close()
    code = (
        "import sys; from pathlib import Path; from workbench.journal.log import Journal;"
        "from workbench.journal.events import RunFinished; j = Journal(Path(sys.argv[1]));"
        "[j.append_durably(RunFinished(f'{sys.argv[2]}-{n}', 'failed')) for n in range(100)]"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(w)]) for w in range(4)]
    assert [w.wait() for w in writers] == [0] * 4
    assert len({event.run_id for _, _, event in Journal(path).since(0)}) == 400


def test_a_newer_schema_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "j.db"
    Journal(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute(f"pragma user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer"):
        Journal(path)
    assert path.read_bytes() == before


def test_every_event_has_one_kind():
    assert len(set(KINDS.values())) == len(KINDS)


def test_a_process_is_dead_only_for_certain():
    assert not is_dead(this_process())
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    holder = {**this_process(), "pid": child.pid}
    holder["started"] = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    assert not is_dead(holder)
    child.communicate()
    assert is_dead(holder)
    assert is_dead({**holder, "pid": os.getpid()})  # its number was given to another process
    assert not is_dead({**holder, "host": "elsewhere"})


def test_an_effects_row_is_claimed_once(journal):
    rows = [
        effects.new(
            key="k",
            run_id="r",
            notebook="nb",
            step="s",
            kind="post",
            target="t",
            status="intent",
            digest="d",
            request={},
        )
        for _ in range(2)
    ]
    first, second = (effects.claim(journal, row) for row in rows)
    assert first.effect_id == second.effect_id == rows[0].effect_id
    settled = effects.settle(journal, first, "sent", {"status": 200})
    assert effects.find(journal, "k") == settled
    assert [event.status for _, _, event in journal.since(0)] == ["intent", "sent"]
