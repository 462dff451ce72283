"""Several checkpoints are stored together or not at all, for one wait on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import StoreError
from workbench.store.checkpoints import INLINE_BYTES, DiskStore


@pytest.fixture
def disk(tmp_path):
    opened = DiskStore(tmp_path)
    yield opened
    opened.close()


def commits(disk, action):
    """How many transactions an action commits."""
    seen = []
    disk._cache._con.set_trace_callback(seen.append)
    action()
    disk._cache._con.set_trace_callback(None)
    return sum(statement == "COMMIT" for statement in seen)


ENTRIES = [(f"step/{name}", {"n": name}, [name.encode()]) for name in "abc"]


def test_several_are_stored_in_one_transaction(disk):
    assert commits(disk, lambda: disk.add_all(ENTRIES)) == 1
    assert [disk.get(key).header for key, _, _ in ENTRIES] == [{"n": n} for n in "abc"]


def test_one_by_one_would_take_three(disk):
    """Negative control: what counts transactions can count to more than one."""
    assert commits(disk, lambda: [disk.add(*entry) for entry in ENTRIES]) == 3


def test_each_is_stored_unless_its_key_is_taken(disk):
    disk.add("step/b", {"first": True}, [b"1"])
    again = ("step/a", {"second": True}, [])
    assert disk.add_all([*ENTRIES, again]) == (True, False, True, False)
    assert disk.get("step/b").header == {"first": True}
    assert disk.get("step/a").header == {"n": "a"}


def test_nothing_to_store_is_no_error(disk):
    assert disk.add_all([]) == ()


@pytest.mark.parametrize("bad", ["a", "b", "c"])
def test_an_error_at_any_of_them_stores_none(disk, bad):
    disk._cache._sql(
        f"create trigger full before insert on Cache when new.key = 'step/{bad}'"
        " begin select raise(abort, 'database or disk is full'); end"
    )
    with pytest.raises(StoreError, match="disk is full"):
        disk.add_all(ENTRIES)
    disk._cache._sql("drop trigger full")
    assert [disk.get(key) for key, _, _ in ENTRIES] == [None, None, None]
    assert disk.add_all(ENTRIES) == (True, True, True)


def test_a_store_that_another_holds_too_long_is_one_clear_error(disk):
    other = DiskStore(disk.folder)
    disk._cache._sql("pragma busy_timeout = 1")
    with other._cache.transact(), pytest.raises(StoreError, match="could not be stored"):
        disk.add("step/a", {})
    with other._cache.transact(), pytest.raises(StoreError, match="could not be stored"):
        disk.add_all(ENTRIES)
    other.close()
    assert disk.get("step/a") is None


def test_long_parts_are_files_before_any_row_names_them(disk):
    data = b"x" * (INLINE_BYTES + 1)
    assert disk.add_all([("step/a", {}, [data]), ("files/a", {"paths": []}, [])]) == (True, True)
    assert bytes(disk.get("step/a").parts[0]) == data


SYNCS = """
import sys
from pathlib import Path
from workbench.store.checkpoints import DiskStore
disk = DiskStore(Path(sys.argv[1]))
disk.add("warm/up", {})
Path("/dev/null/begin").exists()
disk.add_all([(f"step/{n}", {"n": n}, [b"x"]) for n in range(5)])
Path("/dev/null/end").exists()
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="counting syncs needs strace")
def test_five_at_once_cost_one_wait_on_the_disk(tmp_path):
    trace = tmp_path / "trace"
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        ["strace", "-f", "-o", trace, "-e", "trace=fsync,fdatasync,stat,newfstatat",
         sys.executable, "-c", SYNCS, tmp_path / "store"],
        env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "ptrace" in done.stderr:
        pytest.skip("this machine does not let strace attach")
    assert done.returncode == 0, done.stderr
    _, _, after = trace.read_text().partition("/dev/null/begin")
    between, end, _ = after.partition("/dev/null/end")
    assert end
    assert between.count("sync(") == 1


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from("abcdef"), max_size=6), st.sets(st.sampled_from("abcdef")))
def test_together_means_what_one_by_one_means(tmp_path_factory, keys, before):
    entries = [(f"step/{key}", {"at": at}, [b"x" * at]) for at, key in enumerate(keys)]
    stores = [DiskStore(tmp_path_factory.mktemp("store")) for _ in range(2)]
    for store in stores:
        for key in before:
            store.add(f"step/{key}", {"at": "before"})
    together = stores[0].add_all(entries)
    assert together == tuple(stores[1].add(*entry) for entry in entries)
    for key in "abcdef":
        assert stores[0].get(f"step/{key}") == stores[1].get(f"step/{key}")
    for store in stores:
        store.close()
