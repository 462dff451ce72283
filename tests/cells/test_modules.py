"""What a source imports, and which files that is, found without importing anything."""

from __future__ import annotations

import ast
import sys

import pytest

from workbench.cells import modules
from workbench.cells.modules import Import, modules_imported, places
from workbench.cells.modules.places import find, is_users_file

STATEMENTS = {
    "import a": [Import("", 0, ("a",))],
    "import a.b as c, d": [Import("", 0, ("a.b", "d"))],
    "from a import b as c, d": [Import("a", 0, ("b", "d"))],
    "from . import x": [Import("", 1, ("x",))],
    "from .import x": [Import("", 1, ("x",))],
    "from ..a.b import c": [Import("a.b", 2, ("c",))],
    "from ... import x # why": [Import("", 3, ("x",))],
    "from a import *": [Import("a", 0, ("*",))],
    "def f():\n\timport a": [Import("", 0, ("a",))],
    "if x: import a": [Import("", 0, ("a",))],
    "import a; import b": [Import("", 0, ("a",)), Import("", 0, ("b",))],
    "from a import (\n  b,\n  c,\n)": [Import("a", 0, ("b", "c"))],
    "from a import b, \\\n  c": [Import("a", 0, ("b", "c"))],
    "from a \\\n  import b": [Import("a", 0, ("b",))],
    "import a  # import b": [Import("", 0, ("a",))],
    "try:\n  import a\nexcept ImportError:\n  import b": [
        Import("", 0, ("a",)), Import("", 0, ("b",)),
    ],
    "import a\r\nimport b\r\n": [Import("", 0, ("a",)), Import("", 0, ("b",))],
    "import a\rimport b": [Import("", 0, ("a",)), Import("", 0, ("b",))],
    "\ufeffimport a": [Import("", 0, ("a",))],
    "import é": [Import("", 0, ("é",))],
    "x = 1\n\fimport a": [Import("", 0, ("a",))],
    "important = 1\nreimport = 2": [],
    "'''must import nothing'''": [],
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), STATEMENTS.items())
def test_import_statements_are_found_wherever_and_however_they_stand(text, found):
    assert sorted(modules.imports(text.encode()), key=repr) == sorted(found, key=repr)


def test_an_encoding_of_its_own_is_read():
    text = "# -*- coding: latin-1 -*-\nimport caf\xe9".encode("latin-1")
    assert modules.imports(text) == (Import("", 0, ("café",)),)


@pytest.mark.parametrize("module", [ast, places, modules])
def test_the_quick_way_finds_what_the_syntax_tree_holds(module):
    with open(module.__file__, "rb") as opened:
        text = opened.read()
    assert set(modules.imports_in(ast.parse(text))) <= set(modules.imports(text))


TREE = {
    "tools.py": "import pkg.sub",
    "pkg/__init__.py": "",
    "pkg/sub.py": "",
    "pkg/other.py": "",
    "pkg/deep/__init__.py": "",
    "pkg/deep/leaf.py": "",
    "spaces/one.py": "",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("import tools", "tools"),
        ("import tools as t, json, numpy", "tools"),
        ("def f():\n    import tools", "tools"),
        ("import pkg.sub", "pkg pkg.sub"),
        ("from pkg import sub", "pkg pkg.sub"),
        ("from pkg import missing", "pkg"),
        ("from pkg.deep.leaf import x", "pkg pkg.deep pkg.deep.leaf"),
        ("from pkg import *", "pkg pkg.deep pkg.other pkg.sub"),
        ("import spaces.one", "spaces spaces.one"),
        ("from . import tools", ""),
        ("import workbench.cells, os.path, no_such_module", ""),
    ],
)
def test_a_cells_own_modules_are_named_and_none_is_imported(project, cell, names):
    before = set(sys.modules)
    assert modules_imported(ast.parse(cell)) == tuple(names.split())
    assert not {name for name in set(sys.modules) - before if name.partition(".")[0] in TREE}
    assert "pkg" not in sys.modules


def test_a_module_is_found_where_python_would_find_it(project):
    assert find("pkg.sub").file == str(project / "pkg" / "sub.py")
    assert find("pkg.deep").file == str(project / "pkg" / "deep" / "__init__.py")
    assert find("spaces").file == ""
    assert find("spaces").folders == (str(project / "spaces"),)
    assert find("json") is find("numpy") is find("pkg.none") is None


def test_an_editable_install_is_the_users(tmp_path, monkeypatch):
    (tmp_path / "elsewhere.py").write_text("")

    class Finder:  # as setuptools' __editable___*_finder does
        @staticmethod
        def find_spec(name, path=None, target=None):
            import importlib.util

            if name != "edited":
                return None
            return importlib.util.spec_from_file_location(name, tmp_path / "elsewhere.py")

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert find("edited").file == str(tmp_path / "elsewhere.py")


def test_files_below_an_environment_that_is_the_project_are_the_users():
    assert is_users_file(f"{sys.prefix}/project/tools.py")
    assert not is_users_file(f"{sys.prefix}/lib/python3/x.py")
    assert not is_users_file("/anywhere/site-packages/x.py")
    assert is_users_file("/anywhere/not-site-packages/x.py")
    assert not is_users_file(ast.__file__)
