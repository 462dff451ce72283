"""Where things are and what is set: arguments over environment over pyproject.toml."""

from __future__ import annotations

import pickle

import pytest

from workbench import config
from workbench.errors import StoreError, UsageError, WorkbenchError


def test_the_store_is_beside_the_projects_pyproject(folder, monkeypatch):
    (folder / "notebooks" / "deep").mkdir(parents=True)
    assert config.store_folder(folder / "notebooks" / "deep") == folder / "cache"
    monkeypatch.setenv("WORKBENCH_CACHE", str(folder / "elsewhere"))
    assert config.store_folder() == folder / "elsewhere"


def test_a_notebook_is_named_from_its_projects_root(folder, monkeypatch):
    (folder / "notebooks").mkdir()
    assert config.notebook_identity(folder / "notebooks" / "a.ipynb") == "notebooks/a.ipynb"
    assert config.notebook_identity() == ""
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "b.ipynb"))
    assert config.notebook_identity() == "b.ipynb"
    monkeypatch.setenv("WORKBENCH_NOTEBOOK", "given.ipynb")
    assert config.notebook_identity() == "given.ipynb"


def test_settings_are_read_and_typed(folder):
    (folder / "pyproject.toml").write_text(
        "[tool.workbench]\nallow_hosts = ['x.example']\ndrain_s = 5\naliases = {'h:1' = 'ours'}\n"
    )
    found = config.settings(folder)
    assert (found.allow_hosts, found.drain_s, found.aliases) == (
        ("x.example",),
        5.0,
        {"h:1": "ours"},
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[tool.workbench]\nnope = 1", "no setting 'nope'"),
        ("[tool.workbench]\ndrain_s = 'x'", "wrong type"),
        ("[", "cannot be read"),
    ],
)
def test_a_bad_setting_is_named(folder, text, says):
    (folder / "sub").mkdir()
    (folder / "sub" / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match=says):
        config.settings(folder / "sub")


def test_a_bad_effect_mode_is_named(monkeypatch):
    monkeypatch.setenv("WORKBENCH_EFFECTS", "maybe")
    with pytest.raises(UsageError, match="maybe"):
        config.effect_mode()


def test_errors_name_their_remedy_and_survive_pickling():
    error = StoreError("the disk is full", remedy="make room", path="/x")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.context, again.exit_status) == (
        "the disk is full → make room",
        {"path": "/x"},
        2,
    )
    with pytest.raises(TypeError):
        WorkbenchError("no remedy")
