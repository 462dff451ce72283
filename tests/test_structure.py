"""The shape of the package: layers, import time, public names, one job a file."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "workbench"
SOURCES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "openai",
    "pandas",
    "duckdb",
    "papermill",
    "nbformat",
    "ipywidgets",
    "httpx",
    "httpx2",
    "IPython",
)
ONLY_IN = {
    "duckdb": "query",
    "diskcache": "store",
    "papermill": "batch",
    "ipywidgets": "ui",
    "anywidget": "ui",
}


def test_imports_point_one_way():
    found = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, json, workbench; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT))
    assert not set(HEAVY) & set(loaded)


def test_the_extension_loads_no_sdk_and_no_duckdb():
    code = (
        "import sys, json; from IPython.core.interactiveshell import InteractiveShell as S;"
        "shell = S.instance(); shell.run_line_magic('load_ext', 'workbench');"
        "print(json.dumps(sorted(sys.modules)))"
    )
    out = subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL)
    loaded = set(json.loads(out.splitlines()[-1]))
    assert not {"openai", "httpx", "httpx2", "pandas", "papermill", "duckdb"} & loaded


def test_public_names_are_few_documented_and_there():
    import workbench

    assert len(workbench.__all__) <= 20
    for name in workbench.__all__:
        assert getattr(workbench, name).__doc__, name


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_file_says_its_one_job_and_stays_short(path):
    text = path.read_text("utf-8")
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, "say in its first line what this file does"
    assert len(text.splitlines()) <= 400


@pytest.mark.parametrize(("name", "home"), ONLY_IN.items())
def test_a_heavy_package_has_one_home(name, home):
    users = [p for p in SOURCES if _imports(p, name) and p.relative_to(PACKAGE).parts[0] != home]
    assert users == []


def test_nobody_else_reads_the_clock_or_draws_identifiers():
    users = [
        p.relative_to(ROOT).as_posix()
        for p in SOURCES
        if p.name != "clock.py" and any(_imports(p, name) for name in ("time", "uuid", "random"))
    ]
    assert users == []


def test_keys_and_decisions_do_no_io():
    pure = [
        *(PACKAGE / "keys").rglob("*.py"),
        PACKAGE / "model.py",
        PACKAGE / "calls" / "decide.py",
    ]
    for path in pure:
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        assert not [n for n in calls if isinstance(n.func, ast.Name) and n.func.id == "open"], path
        for name in ("os", "io", "socket", "subprocess", "sqlite3"):
            assert not _imports(path, name), (path, name)


def test_every_command_is_in_the_help_and_has_examples_or_a_sentence():
    from workbench.cli import cli

    for name, command in cli.commands.items():
        assert command.help, name


def _imports(path: Path, name: str) -> bool:
    """Whether a file imports a package when it runs; for types alone does not count."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in list(ast.walk(tree)):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(a.name.split(".")[0] == name for a in node.names):
            return True
        if (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").split(".")[0] == name
        ):
            return True
    return False
