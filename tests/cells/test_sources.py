"""Modules count by the source that runs, with what it imports; what is on disk may be newer."""

from __future__ import annotations

import importlib
import os
import sys
import textwrap
import traceback
from importlib.machinery import SourceFileLoader

import pytest

from workbench.cells.modules import loaded
from workbench.cells.modules.sources import FileSources
from workbench.keys.canonical import Opaque, digest


class Project:
    """A folder of modules on the path."""

    def __init__(self, folder):
        self.folder = folder
        self.edits = 0

    def write(self, **texts):
        for name, text in texts.items():
            path = (
                self.folder
                / f"{name.replace('__init__', 'INIT').replace('_', '/').replace('INIT', '__init__')}.py"
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
            self.edits += 1
            # what was compiled counts by whole seconds: an edit within one would go unnoticed
            os.utime(path, (1_000_000_000 + self.edits, 1_000_000_000 + self.edits))
        importlib.invalidate_caches()

    def load(self, name):
        return importlib.import_module(name)

    def restart(self):
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(self.folder)):
                del sys.modules[name]
        for name in ("pkg", "spaces"):
            sys.modules.pop(name, None)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(SourceFileLoader, "exec_module", SourceFileLoader.exec_module)
    loaded.watch()
    found = Project(tmp_path)
    yield found
    found.restart()


def of(name):
    return FileSources().module_digest(name)


def outdated(name):
    sources = FileSources()
    sources.module_digest(name)
    return sources.outdated()


def test_only_what_a_module_imports_counts(project):
    project.write(a="import b", b="def f():\n    import c", c="", d="")
    project.load("a")
    project.load("d")
    before = of("a")
    project.write(d="x = 1")
    importlib.reload(sys.modules["d"])
    assert of("a") == before
    project.write(c="x = 1")  # not loaded: it counts by its file
    after = of("a")
    assert after != before
    project.load("c")
    assert of("a") == after


IMPORTS = {
    "plain": ("import helper", "helper", {}),
    "from": ("from helper import x", "helper", {}),
    "relative": ("from . import helper", "pkg_helper", {"pkg___init__": ""}),
    "relative name": ("from .helper import x", "pkg_helper", {"pkg___init__": ""}),
    "package's init": ("import pkg.sub", "pkg___init__", {"pkg_sub": ""}),
    "star": ("from pkg import *", "pkg_sub", {"pkg___init__": "__all__ = ['sub']"}),
    "namespace": ("import spaces.one", "spaces_one", {}),
    "cycle": ("import helper", "helper", {}),
}


@pytest.mark.parametrize(("statement", "helper", "more"), IMPORTS.values(), ids=IMPORTS)
def test_what_is_imported_counts_however_it_is_named(project, statement, helper, more):
    name = "pkg_user" if statement.startswith("from .") else "user"
    back = "import user\n" if statement == "import helper" else ""
    project.write(**more, **{name: statement, helper: f"{back}x = 1"})
    module = name.replace("_", ".")
    project.load(module)
    before = of(module)
    project.restart()
    assert of(module) == before  # unloaded, its file stands for it
    project.write(**{helper: f"{back}x = 2"})
    project.load(module)
    assert of(module) != before


def test_a_submodule_counts_with_its_packages(project):
    project.write(pkg___init__="import helper", pkg_sub="", helper="x = 1")
    project.load("pkg.sub")
    before = of("pkg.sub")
    project.restart()
    project.write(helper="x = 2")
    project.load("pkg.sub")
    assert of("pkg.sub") != before


def test_an_edited_module_counts_as_it_was_loaded_and_is_named(project):
    project.write(tools="import helper\nX = 1\ndef f(): return X", helper="Y = 1")
    project.load("tools")
    before = of("tools")
    assert outdated("tools") == ()
    project.write(tools="import helper\nX = 2\ndef f(): return X")
    assert of("tools") == before
    assert outdated("tools") == ("tools",)
    project.write(helper="Y = 2")
    assert of("tools") == before
    assert outdated("tools") == ("helper", "tools")
    importlib.reload(sys.modules["helper"])
    importlib.reload(sys.modules["tools"])
    assert of("tools") != before
    assert outdated("tools") == ()


def test_a_comment_does_not_make_a_module_outdated(project):
    project.write(tools="X = 1")
    project.load("tools")
    project.write(tools="X = 1  # why")
    assert outdated("tools") == ()


def test_a_reload_that_failed_leaves_no_digest(project):
    project.write(tools="X = 1")
    tools = project.load("tools")
    project.write(tools="X = 2\nraise ValueError")
    with pytest.raises(ValueError):
        importlib.reload(tools)
    with pytest.raises(Opaque, match="module tools was edited since it was loaded"):
        of("tools")
    project.write(tools="X = 3")
    importlib.reload(tools)
    assert of("tools")


def test_a_file_written_while_it_runs_leaves_no_digest(project):
    project.write(tools="from pathlib import Path\nPath(__file__).write_text('X = 2')")
    project.load("tools")
    with pytest.raises(Opaque, match="edited"):
        of("tools")


def test_the_files_behind_a_digest_are_told(project):
    project.write(tools="import helper, lazy", helper="", lazy="", unused="")
    project.load("unused")
    sources = FileSources()
    sources.module_digest("tools")
    assert set(sources.files()) == {
        str(project.folder / f"{name}.py") for name in ("tools", "helper", "lazy")
    }
    assert len(sources.unloaded()) == 3


@pytest.mark.parametrize(
    ("loaded_text", "now", "known"),
    [
        ("X = 1\ndef f(): return 1", None, True),
        ("X = 1", "X = 2", False),
        ("def f(): return 1", "def f(): return 2", False),
        ("class C:\n    def f(self): return 1", "class C:\n    def f(self): return 2", False),
        ("import os\nos.environ.setdefault('A', '1')", None, False),
    ],
)
def test_a_module_loaded_before_counts_only_if_it_is_its_files(
    project, monkeypatch, loaded_text, now, known
):
    monkeypatch.setattr(SourceFileLoader, "exec_module", SourceFileLoader.exec_module.__wrapped__)
    project.write(tools=loaded_text)
    project.load("tools")
    if now is not None:
        project.write(tools=now)
    if known:
        assert of("tools")
    else:
        with pytest.raises(Opaque, match="edited"):
            of("tools")


def test_a_file_older_than_the_process_is_what_was_loaded(project, monkeypatch):
    monkeypatch.setattr(SourceFileLoader, "exec_module", SourceFileLoader.exec_module.__wrapped__)
    project.write(tools="print()")
    project.load("tools")
    monkeypatch.setattr(loaded, "_started_s", lambda: 1e11)
    assert of("tools")


def test_noting_sources_shows_in_no_traceback(project):
    project.write(tools="import helper", helper="1 / 0")
    with pytest.raises(ZeroDivisionError) as caught:
        import tools  # noqa: F401
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert [os.path.basename(file) for file in files] == [
        "test_sources.py",
        "tools.py",
        "helper.py",
    ]


def test_noting_sources_begins_once(project):
    noting = SourceFileLoader.exec_module
    loaded.watch()
    assert SourceFileLoader.exec_module is noting


def test_a_module_that_nobody_can_read_has_no_digest(project):
    import types

    sys.modules["made_up"] = types.ModuleType("made_up")
    try:
        assert of("made_up") is None
        assert of("no_such_module_at_all") is None
    finally:
        del sys.modules["made_up"]


@pytest.fixture
def autoreload(project):
    """IPython's %autoreload, as a kernel calls it before each cell."""
    from IPython.extensions.autoreload import ModuleReloader

    reloader = ModuleReloader()
    reloader.enabled = True
    reloader.check(check_all=True, do_reload=False)
    return lambda: reloader.check(check_all=True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X = 1\ndef f(): return X", "X = 1\ndef f(): return X + 1"),  # put into the old function
        ("X = 1\ndef f(): return X", "X = 2\ndef f(): return X"),  # put into the old module
        ("X = 1\ndef f(): return X", "X = [1]\nX.append(2)\ndef f(): return X"),  # executed again
        ("class C:\n    def f(self): return 1", "class C:\n    def f(self): return 2"),
    ],
)
def test_a_module_that_autoreload_changed_is_not_outdated(project, autoreload, before, after):
    project.write(tools=before)
    tools = project.load("tools")
    autoreload()
    held = tools.C if hasattr(tools, "C") else tools.f
    first = digest(held, FileSources())
    project.write(tools=after)
    assert outdated("tools") == ("tools",)
    assert digest(held, FileSources()) == first
    autoreload()
    assert outdated("tools") == ()
    second = digest(held, FileSources())
    assert second != first
