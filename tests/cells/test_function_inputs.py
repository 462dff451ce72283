"""What a function step depends on beside its code: files that its code names, modules it is given."""

from __future__ import annotations

import importlib
import sys

import pytest

from workbench.cells import inputs, lookup
from workbench.cells.options import Options
from workbench.keys import manifest


def key(function, **arguments):
    """The key of a call as a look-up would ask for it first."""
    found = inputs.of_function(function, arguments, Options(), run_id="run", store="/nowhere")
    assert found.manifest is not None, found.opaque
    return manifest.key(lookup.untouched(found))


SOURCE = """
def helper(): return "inside/data.parquet"
def names_a_file(): return "data.parquet"
def names_one_in_a_helper(): return helper()
def names_one_in_sql(): return '''
    select * from
    'inside/data.parquet'
'''
def takes(settings): return settings.LIMIT
"""


@pytest.fixture
def functions():
    """Functions of the notebook, by name."""
    names = vars(sys.modules["__main__"])
    before = dict(names)
    exec(compile(SOURCE, "<ipython-input-2>", "exec"), names)  # noqa: S102
    yield dict(names)
    names.clear()
    names.update(before)


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("names_a_file", "data.parquet"),
        ("names_one_in_a_helper", "inside/data.parquet"),
        ("names_one_in_sql", "inside/data.parquet"),
    ],
)
def test_a_file_that_its_code_names_counts_by_content(here, functions, name, file):
    function = functions[name]
    missing = key(function)
    (here / file).write_text("one")
    first = key(function)
    (here / file).write_text("another")
    assert len({missing, first, key(function)}) == 3
    (here / file).write_text("one")
    assert key(function) == first


def test_a_module_that_it_is_given_counts_with_what_was_set_in_it(here, functions, monkeypatch):
    takes = functions["takes"]
    (here / "given_settings.py").write_text("LIMIT = 1\n")
    module = importlib.import_module("given_settings")
    monkeypatch.setitem(sys.modules, "given_settings", module)
    first = key(takes, settings=module)
    module.LIMIT = 2
    second = key(takes, settings=module)
    module.LIMIT = 1
    assert first != second
    assert key(takes, settings=module) == first
