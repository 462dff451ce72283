"""Step cells are read from a notebook file as a kernel would take them."""

from __future__ import annotations

import json

import pytest

from workbench.cells.outlook.saved import step_cells
from workbench.errors import UsageError


def notebook(folder, *cells):
    path = folder / "nb.ipynb"
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    path.write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": "x"}, *made]}))
    return path


def test_both_forms_are_read_with_their_options_and_lines(tmp_path):
    path = notebook(
        tmp_path,
        "x = 1",
        "%%step one --ttl=1h\na = 1\n",
        ["\n", "#| step: two\n", "b = 2\n", "c = 3"],
    )
    steps, wrong = step_cells(path)
    assert [(each.name, each.options.ttl_s) for each in steps] == [("one", 3600.0), ("two", None)]
    assert steps[1].source.splitlines()[2:] == ["b = 2", "c = 3"]
    assert wrong == []


def test_shell_commands_and_magics_become_python_and_a_broken_cell_is_none(tmp_path):
    steps, _ = step_cells(
        notebook(
            tmp_path, "%%step one\nx = !ls\n", "%%step two\nawait f()", "%%step three\nx = = 1"
        )
    )
    assert "get_ipython()" in steps[0].body
    assert steps[1].body is not None
    assert steps[2].body is None


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("x = 1\nfor n in y: pass", {"x", "n"}),
        ('df["label"] = 1\ndoc.a.b = 2', {"df", "doc"}),
        ("import a.b, c as d\ndef f(): pass\nclass C: pass", {"a", "d", "f", "C"}),
        ("del x", {"x"}),
    ],
)
def test_the_names_that_a_cell_binds_are_known(tmp_path, body, names):
    ((step,), _) = step_cells(notebook(tmp_path, f"%%step one\n{body}"))
    assert names <= step.binds
    assert "y" not in step.binds


def test_a_cell_with_a_wrong_option_or_a_second_name_is_said_and_the_others_are_read(tmp_path):
    steps, wrong = step_cells(
        notebook(tmp_path, "%%step one --nope\n", "%%step two\n", "%%step two\nx = 1\n")
    )
    assert [each.name for each in steps] == ["two"]
    assert "--nope" in wrong[0]
    assert "'two' is defined in two cells" in wrong[1]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', '{"cells": [3]}', "\xff"])
def test_a_file_that_is_no_notebook_is_refused_with_a_remedy(tmp_path, text):
    (tmp_path / "nb.ipynb").write_text(text, "latin-1")
    with pytest.raises(UsageError, match="not a notebook"):
        step_cells(tmp_path / "nb.ipynb")
