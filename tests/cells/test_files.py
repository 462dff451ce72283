"""What an execution did to files, and whether a record of it still fits what is there."""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from workbench.calls import context
from workbench.calls.context import Execution
from workbench.cells import files, watch
from workbench.cells.files import digests
from workbench.cells.files.given import Given, given, with_around
from workbench.cells.files.paths import is_counted, places
from workbench.errors import UsageError

watch.watch()


class Step:
    """Runs a function as a step would, and says what its files come to."""

    def __init__(self, store):
        self.store = store
        self.places = places(str(store.folder))
        self.count = 0

    def run(self, body, *, texts=(), only_written=frozenset(), folders_read=False):
        self.folders_read = folders_read
        self.count += 1
        execution = Execution(self.store, "run", f"step_{self.count}", "s")
        before = with_around(given(texts, (), self.places), self.places)
        with context.entered(execution):
            body()
        after = with_around(given(texts, (), self.places), self.places)
        touched = watch.touched(execution)
        self.volatile = execution.volatile
        self.found, self.problem = files.settle(
            touched, before, after, self.places, only_written, folders_read=folders_read
        )
        return self

    def again(self, texts=()):
        """Why the record would not be served now."""
        assert not self.problem, self.problem
        stored = files.from_header(json.loads(json.dumps(self.found.header())))
        return files.matches(
            stored, given(texts, (), self.places), self.places, folders_read=self.folders_read
        )


@pytest.fixture
def step(store):
    return Step(store)


def write(path, text="x"):
    Path(path).write_text(text)


def read(path):
    with open(path) as file:
        return file.read()


def change(path, mode, text):
    with open(path, mode) as file:
        file.write(text)


READS = {
    "open": (lambda: read("a.csv"), "file a.csv changed"),
    "os.open": (lambda: os.close(os.open("a.csv", os.O_RDONLY)), "file a.csv changed"),
    "Path": (lambda: Path("a.csv").read_bytes(), "file a.csv changed"),
    "absolute": (lambda: Path.cwd().joinpath("a.csv").read_text(), "file a.csv changed"),
    "dotted": (lambda: read("d/../a.csv"), "file a.csv changed"),
    "by link": (lambda: read("link.csv"), "file link.csv changed"),
    "copy": (lambda: shutil.copyfile("a.csv", "copy.csv"), "file a.csv changed"),
}


@pytest.mark.parametrize("how", READS)
def test_a_file_that_was_read_counts_by_its_content(step, folder, how):
    write("a.csv", "one")
    os.mkdir("d")
    os.symlink("a.csv", "link.csv")
    body, says = READS[how]
    step.run(body)
    assert step.again() == ""
    write("a.csv", "two")
    assert step.again() == says
    write("a.csv", "one")
    assert step.again() == ""


def test_the_same_size_and_time_do_not_hide_other_content(step, folder):
    write("a.csv", "one")
    os.utime("a.csv", ns=(10**18, 10**18))
    step.run(lambda: read("a.csv"))
    assert step.again() == ""
    write("a.csv", "two")
    os.utime("a.csv", ns=(10**18, 10**18))
    assert step.again() == "file a.csv changed"


def test_a_file_that_just_changed_is_read_each_time(folder, monkeypatch):
    reads = []
    monkeypatch.setattr(digests, "_read", lambda path: reads.append(path) or "digest")
    write("a.csv")
    digests.content("a.csv"), digests.content("a.csv")
    assert len(reads) == 2  # another write in the same tick of the clock would have equal times
    monkeypatch.setattr(digests, "RECENT_US", -(10**12))
    digests.content("a.csv"), digests.content("a.csv")
    assert len(reads) == 3


def test_a_file_that_was_not_there_counts_too(step, folder):
    def body():
        with pytest.raises(FileNotFoundError):
            open("a.csv")

    step.run(body)
    assert step.again() == ""
    write("a.csv")
    assert step.again() == "file a.csv changed"


ASKS = {
    "exists": lambda: os.path.exists("a.csv"),
    "Path.exists": lambda: Path("a.csv").exists(),
    "is_file": lambda: Path("a.csv").is_file(),
    "is_dir": lambda: Path("a.csv").is_dir(),
    "lexists": lambda: os.path.lexists("a.csv"),
    "access": lambda: os.access("a.csv", os.R_OK),
    "getsize": lambda: os.path.exists("a.csv") and os.path.getsize("a.csv"),
    "mtime": lambda: os.path.exists("a.csv") and os.path.getmtime("a.csv"),
}


@pytest.mark.parametrize("how", [each for each in ASKS if each != "is_dir"])
def test_a_question_counts_by_its_answer(step, folder, how):
    step.run(ASKS[how])
    assert step.again() == ""
    write("a.csv", "one")
    assert step.again() == "a.csv, which it asked about, changed"
    step.run(ASKS[how])
    assert step.again() == ""
    os.remove("a.csv")
    assert step.again().startswith("a.csv, which it asked about,")


@pytest.mark.parametrize(
    ("how", "counts"), [("exists", False), ("is_file", False), ("getsize", True), ("mtime", True)]
)
def test_only_what_was_asked_counts(step, folder, how, counts):
    write("a.csv", "one")
    step.run(ASKS[how])
    write("a.csv", "longer")
    assert bool(step.again()) is counts


def test_whether_something_is_a_folder_is_no_question_about_files(step, folder):
    step.run(ASKS["is_dir"])
    write("a.csv", "one")
    assert step.again() == ""
    os.remove("a.csv")
    os.mkdir("a.csv")
    assert step.again() == "a.csv, which it asked about, changed"


def test_questions_outside_a_step_are_nobodys(step, folder):
    os.path.exists("a.csv")
    assert step.run(lambda: None).found == files.EMPTY
    assert step.found.components() == []


def test_wrapped_questions_answer_as_before(folder):
    write("a.csv")
    assert os.stat in os.supports_dir_fd and os.stat in os.supports_follow_symlinks
    assert os.stat in os.supports_fd and os.access in os.supports_dir_fd
    assert os.stat("a.csv").st_size == 1
    with open("a.csv") as file:
        assert os.stat(file.fileno()).st_size == 1
    os.symlink("a.csv", "link")
    assert os.path.islink("link") and not os.path.islink("a.csv")
    with pytest.raises(FileNotFoundError):
        os.stat("nope")
    with pytest.raises(TypeError):
        os.stat(1.5)


def test_a_listing_counts_by_names_and_what_they_are(step, folder):
    os.mkdir("docs")
    write("docs/a.txt")
    for body in (
        lambda: os.listdir("docs"),
        lambda: list(Path("docs").iterdir()),
        lambda: glob.glob("docs/*.txt"),
        lambda: list(os.walk("docs")),
    ):
        step.run(body)
        assert step.again() == ""
        write("docs/b.txt")
        assert step.again() == "listing of docs changed"
        os.remove("docs/b.txt")
        assert step.again() == ""
    os.remove("docs/a.txt")
    os.mkdir("docs/a.txt")
    assert step.again() == "listing of docs changed"


WRITES = {
    "open": lambda: write("out.csv"),
    "replace": lambda: (write("out.tmp"), os.replace("out.tmp", "out.csv")),
    "rename": lambda: (write("out.tmp"), Path("out.tmp").rename("out.csv")),
    "move": lambda: (write("out.tmp"), shutil.move("out.tmp", "out.csv")),
    "copy": lambda: (write("out.tmp"), shutil.copy("out.tmp", "out.csv"), os.remove("out.tmp")),
    "os.open": lambda: os.close(os.open("out.csv", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)),
}


@pytest.mark.parametrize("how", WRITES)
def test_a_written_file_must_be_as_it_was_left(step, folder, how):
    step.run(WRITES[how])
    assert list(step.found.outputs) == ["out.csv"]
    assert step.again() == ""
    step.run(WRITES[how])  # over what is there already
    assert step.again() == ""
    write("out.csv", "edited")
    assert step.again() == "file out.csv, which it wrote, changed"
    os.remove("out.csv")
    assert step.again() == "file out.csv, which it wrote, is missing"


def test_shift_enter_twice_equals_once_for_a_step_that_writes(step, folder):
    texts = ["out", "out/a.csv", "in.csv"]
    write("in.csv")

    def body():
        Path("out").mkdir(exist_ok=True)
        os.makedirs("out/sub/deep", exist_ok=True)
        write("out/a.csv", read("in.csv"))

    step.run(body, texts=texts)
    assert step.again(texts) == ""
    shutil.rmtree("out/sub")
    assert step.again(texts) == "file out/sub, which it wrote, is missing"


REFUSED = {
    "append": (lambda: change("a.csv", "a", "more"), "it changed a.csv, which it read"),
    "update": (lambda: change("a.csv", "r+", "more"), "it changed a.csv, which it read"),
    "truncate": (lambda: os.truncate("a.csv", 0), "it changed a.csv, which it read"),
    "rewrite": (lambda: write("a.csv", read("a.csv") + "!"), "it changed a.csv"),
    "append to nothing": (lambda: change("new", "a", "x"), "it made new, which it read"),
    "exclusive": (lambda: open("new", "x").close(), "it made new, which it asked about"),
    "once": (lambda: os.path.exists("new") or write("new"), "it made new, which it asked about"),
    "remove": (lambda: os.remove("a.csv"), "it removed a.csv"),
    "move": (lambda: os.rename("a.csv", "b.csv"), "it moved a.csv"),
    "rmtree": (lambda: shutil.rmtree("d"), "it removed d"),
    "mkdir": (lambda: os.mkdir("new"), "it made new, which it asked about"),
    "count": (
        lambda: (os.listdir("d"), write("d/new")),
        "it changed d, which it listed before",
    ),
    "link": (lambda: os.symlink("a.csv", "b.csv"), "it made the link b.csv"),
    "chmod": (lambda: os.chmod("a.csv", 0o600), "it changed the mode of a.csv"),
}


@pytest.mark.parametrize("how", REFUSED)
def test_what_a_second_run_would_not_repeat_is_not_kept(step, folder, how):
    write("a.csv", "one")
    os.mkdir("d")
    body, says = REFUSED[how]
    step.run(body)
    assert step.problem.startswith(says)


TRACELESS = {
    "temp file": lambda: tempfile.NamedTemporaryFile(dir=".").close(),
    "nameless": lambda: tempfile.TemporaryFile(dir=".").close(),
    "temp folder": lambda: _in_temporary_folder(),
    "removed": lambda: (write("t"), read("t"), os.remove("t")),
    "read back": lambda: (write("out"), read("out"), os.path.getsize("out")),
    "list own": lambda: (
        os.makedirs("o", exist_ok=True),
        write("o/x"),
        os.listdir("o"),
    ),
    "same again": lambda: write("a.csv", read("a.csv")),
    "unlink missing": lambda: Path("nope").unlink(missing_ok=True),
}


def _in_temporary_folder():
    with tempfile.TemporaryDirectory(dir=".") as place:
        write(f"{place}/x")
        os.listdir(place)


@pytest.mark.parametrize("how", TRACELESS)
def test_what_a_step_makes_for_itself_hinders_nothing(step, folder, how):
    write("a.csv", "one")
    step.run(TRACELESS[how])
    assert step.again() == ""
    assert not set(step.found.reads) - {"a.csv"}


def test_a_file_that_someone_else_changes_meanwhile_is_told(step, folder):
    write("a.csv", "one")
    code = "open('a.csv', 'w').write('two')"

    def body():
        read("a.csv")
        with context.own_traffic():
            subprocess.run([sys.executable, "-c", code], check=True)

    step.run(body)
    assert step.problem == "a.csv, which it read, changed while it ran"


def test_a_large_file_is_read_once_and_its_change_seen(step, folder, monkeypatch):
    write("big.bin", "x" * 2_000_000)
    monkeypatch.setattr(digests, "RECENT_US", -(10**12))
    step.run(lambda: read("big.bin"))
    assert step.again() == ""
    step.run(lambda: (read("big.bin"), write("big.bin", "y")))
    assert step.problem.startswith("it changed big.bin")


def test_python_its_packages_and_our_store_do_not_count(step, folder, store):
    step.run(lambda: (read(os.__file__), read(store.folder / ".gitignore")))
    assert step.found.components() == []


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/home/me/data.csv", True),
        (f"{sys.prefix}-data/x.csv", True),
        (f"{sys.prefix}/notebooks/x.csv", True),
        ("/home/me/my-site-packages-notes/x.csv", True),
        ("/home/me/.git/HEAD", True),
        (os.__file__, False),
        (pytest.__file__, False),
        (os.path.expanduser("~/.cache/huggingface/x"), False),
        ("/dev/null", False),
        ("/home/me/project/__pycache__/x.pyc", False),
    ],
)
def test_which_paths_are_the_users(path, counts):
    assert is_counted(path) is counts


def test_reading_the_machines_state_makes_a_step_volatile(step, folder):
    if not os.path.exists("/proc/uptime"):
        pytest.skip("no /proc")
    step.run(lambda: Path("/proc/uptime").read_text())
    assert any("machine (/proc/uptime)" in each for each in step.volatile)
    step.run(lambda: read("/dev/null"))
    assert step.volatile == []


def test_a_moved_project_has_the_same_names(step, folder):
    os.mkdir("sub")
    write("sub/a.csv", "one")
    step.run(lambda: read(os.path.abspath("sub/a.csv")))
    assert list(step.found.reads) == ["sub/a.csv"]


def names(text, store, patterns=()):
    return [name for name, _ in given([text], patterns, places(str(store.folder))).components()]


def test_a_text_that_names_files_stands_for_their_content(folder, store):
    os.makedirs("data/deep")
    os.makedirs("data/.git")
    for name in ("data/a.csv", "data/deep/b.csv", "data/.git/HEAD", "top.csv", "it's.csv"):
        write(name)
    assert names("data/a.csv", store) == ["file data/a.csv"]
    assert names(str(folder / "top.csv"), store) == ["file top.csv"]
    assert names("file:top.csv", store) == ["file top.csv"]
    assert names(f"file://{folder}/top.csv", store) == ["file top.csv"]
    assert names("data", store) == ["folder data"]
    assert names("data/*.csv", store) == ["files data/*.csv"]
    assert names("data/**/*.csv", store) == ["files data/**/*.csv"]
    assert names("select * from 'data/a.csv' join \"top.csv\"", store) == [
        "file data/a.csv",
        "file top.csv",
    ]
    assert names("SELECT *\nFROM read_csv('data/*.csv')", store) == ["files data/*.csv"]
    for nothing in (".", "/", "..", str(folder), "cache", "", "*", "nope.csv", "Why?", "[a-z]+"):
        assert names(nothing, store) == [], nothing
    found = given(["data"], (), places(str(store.folder)))
    assert set(found.flat()) == {"data/a.csv", "data/deep/b.csv"}


def test_a_pipe_is_not_read(folder, store):
    os.mkfifo("pipe")
    assert names("pipe", store) == []


def test_a_folder_counts_by_what_is_in_it(folder, store):
    os.mkdir("data")
    write("data/a.csv", "one")
    at = places(str(store.folder))
    before = given(["data"], (), at).components()
    write("data/a.csv", "two")
    assert given(["data"], (), at).components() != before
    write("data/a.csv", "one")
    assert given(["data"], (), at).components() == before
    write("data/b.csv")
    assert given(["data"], (), at).components() != before
    relieved = given(["data"], (), at).components(["data/b.csv"], folders_read=False)
    assert relieved == before
    assert given(["data"], (), at).components(["data/b.csv"]) != before


def test_a_large_folder_counts_by_sizes_and_times(folder, store, monkeypatch):
    monkeypatch.setattr("workbench.cells.files.given._MANY_FILES", 2)
    os.mkdir("data")
    for name in "abc":
        write(f"data/{name}", "one")
        os.utime(f"data/{name}", (1, 1))
    at = places(str(store.folder))
    before = given(["data"], (), at).components()
    assert given(["data"], (), at).components() == before
    write("data/a", "two")
    assert given(["data"], (), at).components() != before
    monkeypatch.setattr("workbench.cells.files.given._TOO_MANY_FILES", 2)
    assert given(["data"], (), at).components() != given(["data"], (), at).components()


def test_a_pattern_that_the_user_gave_must_match(folder, store):
    write("a.csv")
    assert names("", store, ["*.csv"]) == ["files *.csv"]
    assert names("", store, ["a.csv"]) == ["file a.csv"]
    with pytest.raises(UsageError, match="matches no file"):
        names("", store, ["nope/*.csv"])


def native(code):
    """Do something to files that Python's hooks do not see."""
    with context.own_traffic():
        subprocess.run([sys.executable, "-c", code], check=True)


def test_a_file_that_a_compiled_writer_left_is_an_output(step, folder):
    for name, texts in (("out.parquet", ["out.parquet"]), ("made_up.parquet", [])):
        step.run(lambda name=name: native(f"open({name!r}, 'w').write('x')"), texts=texts)
        assert list(step.found.outputs) == [name]
        assert step.again(texts) == ""
        os.remove(name)
        assert step.again(texts) == f"file {name}, which it wrote, is missing"


def test_a_file_that_was_there_and_changed_may_have_been_read(step, folder):
    write("a.csv", "one")
    step.run(lambda: native("open('a.csv', 'w').write('two')"), texts=["a.csv"])
    assert step.problem == "it changed a.csv, which it may have read"
    step.run(lambda: write("a.csv", "three"), texts=["a.csv"])
    assert step.problem == "it changed a.csv, which it may have read"
    step.run(lambda: write("a.csv", "four"), texts=["a.csv"], only_written=frozenset({"a.csv"}))
    assert step.again(["a.csv"]) == ""


def test_a_named_file_that_appears_or_goes_is_a_miss(step, folder):
    step.run(lambda: None, texts=["a.csv"])
    assert step.again(["a.csv"]) == ""
    write("a.csv")
    assert step.again(["a.csv"]) == "file a.csv is new"
    step.run(lambda: None, texts=["a.csv"])
    assert step.again(["a.csv"]) == ""
    os.remove("a.csv")
    assert step.again(["a.csv"]) == "file a.csv is missing"


@pytest.mark.parametrize(("texts", "folders_read"), [(["d/*.csv"], False), (["d"], True)])
def test_what_a_step_writes_among_files_that_it_may_read_makes_the_next_run_differ(
    step, folder, texts, folders_read
):
    os.mkdir("d")
    write("d/a.csv")
    body = lambda: write("d/new.csv")  # noqa: E731
    step.run(body, texts=texts, folders_read=folders_read)
    assert step.again(texts).endswith("changed")
    step.run(body, texts=texts, folders_read=folders_read)
    assert step.again(texts) == ""


def test_a_file_that_is_only_written_may_still_be_met_by_a_pattern(step, folder):
    os.mkdir("d")
    write("d/out.csv", "one")
    texts, spared = ["d/out.csv", "d/*.csv"], frozenset({"d/out.csv"})
    step.run(lambda: write("d/out.csv", "two"), texts=texts, only_written=spared)
    assert step.problem == "it changed d/out.csv, which it may have read"


@pytest.mark.parametrize("engine", ["pyarrow", "duckdb"])
def test_what_native_readers_and_writers_touch_is_known_by_name(step, folder, engine):
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), "in.parquet")
    if engine == "pyarrow":
        texts = ["in.parquet", "out.parquet"]
        body = lambda: pq.write_table(pq.read_table("in.parquet"), "out.parquet")  # noqa: E731
    else:
        texts = ["copy (from 'in.parquet') to 'out.parquet'"]
        body = lambda: duckdb.sql(texts[0])  # noqa: E731
    step.run(body, texts=texts)
    assert list(step.found.outputs) == ["out.parquet"]
    assert step.again(texts) == ""
    pq.write_table(pa.table({"a": [2]}), "in.parquet")
    assert step.again(texts) == "file in.parquet changed"


def test_an_import_that_looks_through_the_folder_lists_nothing(step, folder, monkeypatch):
    import importlib

    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)

    def body():
        importlib.invalidate_caches()
        importlib.import_module("colorsys")
        write("out.csv")

    step.run(body)
    assert step.again() == ""
    assert list(step.found.outputs) == ["out.csv"]
    assert step.found.listed == {}


def test_without_the_hook_nothing_would_be_seen(step, folder, monkeypatch):
    write("a.csv")
    monkeypatch.setattr(watch, "_HANDLERS", {})
    step.run(lambda: read("a.csv"))
    assert step.found.components() == []


def test_threads_of_a_step_count_and_background_ones_do_not(step, folder):
    import threading

    write("a.csv")
    context.follow_threads()

    def body():
        thread = threading.Thread(target=lambda: read("a.csv"))
        thread.start()
        thread.join()

    step.run(body)
    assert list(step.found.reads) == ["a.csv"]
    assert step.run(lambda: None).found.reads == {}


def test_a_look_costs_little(step, folder):
    import time

    for n in range(100):
        write(f"{n}.txt", "x")
        os.utime(f"{n}.txt", (1, 1))
    step.run(lambda: [read(f"{n}.txt") for n in range(100)])
    began = time.perf_counter()
    assert step.again() == ""
    assert time.perf_counter() - began < 0.5


def test_nothing_given_has_no_components():
    assert Given({}, {}).components() == []
