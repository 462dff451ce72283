"""The user's own modules: what their functions read counts by its value now, at any depth."""

from __future__ import annotations

import ast
import functools
import importlib
import logging
import subprocess
import sys
import textwrap
import threading

import pytest
from notebook_code import TestSources, cell, made

from workbench.keys.canonical import Opaque, digest
from workbench.keys.modules import Used, chains_of, imported_uses

HELPER = """
    depth = 1
    class Settings:
        model = "small"
    settings = Settings()
    def read(): return depth
    def unused(): return nobody_reads
    nobody_reads = 1
"""
TOOLS = """
    import enum, functools, json, logging
    from dataclasses import dataclass, field
    import state_helper
    from state_helper import read

    _level = 2
    _table = {"a": 1}
    _other = 1
    log = logging.getLogger("state.tools")

    def configure(level):
        global _level
        _level = level

    def run(): return helper() + _level
    def helper(): return inner(_table)
    def inner(x): return state_helper.depth, state_helper.settings, read()
    def logs(): log.info("x"); return 1
    def lazy():
        import state_helper as s
        return s.depth
    def lazy_from():
        from state_helper import settings as x
        return x
    def lazy_whole(name):
        import state_helper as s
        return getattr(s, name)
    def lazy_nested(name):
        import state_helper as s
        return lambda: vars(s)
    def even(n): return n == 0 or odd(n - 1)
    def odd(n): return n and even(n - _level)
    def nested():
        def w(): return [_level for _ in ()]
        return w
    def gen(): yield _level
    async def wait(): return _level
    def default(x=[1]): return x
    def by_class(): return Parser().parse()
    def checked(f):
        @functools.wraps(f)
        def w(*a): return _level, f(*a)
        return w
    @checked
    def wrapped(): return 1
    @functools.lru_cache
    def cached(x): return _level
    part = functools.partial(helper)
    look = lambda: _level

    class Base:
        limit = 1
        def below(self): return _level
    class Parser(Base):
        options = {"a": 1}
        @property
        def p(self): return _table
        @staticmethod
        def s(): return 1
        @classmethod
        def c(cls): return 1
        def parse(self): return self.p
    parser = Parser()
    class Slotted:
        __slots__ = ("a",)
        def f(self): return _level
    @dataclass
    class Row:
        a: list = field(default_factory=list)
        def f(self): return _level
    class Color(enum.Enum):
        RED = 1
        def f(self): return _level
    class Meta(type):
        def __call__(cls): return _level
    class Made(metaclass=Meta): pass
    def closed(n):
        def w(): return n
        return w
    held = closed([1])
"""


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """An own module that uses another."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name, text in (("state_helper", HELPER), ("state_tools", TOOLS)):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text))
    importlib.invalidate_caches()
    yield importlib.import_module("state_tools")
    for name in ("state_tools", "state_helper"):
        sys.modules.pop(name, None)


def of(value, **named):
    return digest(value, TestSources(), **named)


def level(tools):
    tools.configure(3)


def table(tools):
    tools._table["a"] = 2


def deeper(tools):
    tools.state_helper.depth = 2


def limit(tools):
    tools.Base.limit = 5


COUNTS = {
    "a global": ("run", level),
    "a global's content": ("run", table),
    "a helper's global": ("run", deeper),
    "an attribute of an object": ("run", lambda t: setattr(t.state_helper.settings, "model", "x")),
    "an attribute of its class": (
        "run", lambda t: setattr(t.state_helper.Settings, "model", "x"),
    ),
    "a function put in": ("run", lambda t: setattr(t, "helper", lambda: 7)),
    "an imported function put in": ("run", lambda t: setattr(t, "read", lambda: 7)),
    "code put in": ("run", lambda t: setattr(t.inner, "__code__", (lambda x: 7).__code__)),
    "a global taken away": ("run", lambda t: delattr(t, "_level")),
    "a function put in beside": ("even", lambda t: setattr(t, "odd", lambda n: n)),
    "an import inside": ("lazy", deeper),
    "an import from inside": (
        "lazy_from", lambda t: setattr(t.state_helper.settings, "model", "x"),
    ),
    "an import passed on": ("lazy_whole", deeper),
    "an import in a closure": ("lazy_nested", deeper),
    "one that calls itself": ("even", level),
    "nested functions": ("nested", level),
    "a generator": ("gen", level),
    "a coroutine": ("wait", level),
    "a lambda": ("look", level),
    "a partial": ("part", table),
    "a decorated function": ("wrapped", level),
    "a cached function": ("cached", level),
    "a default": ("default", lambda t: t.default.__defaults__[0].append(2)),
    "a closure": ("held", lambda t: t.held.__closure__[0].cell_contents.append(2)),
    "a class by its methods": ("by_class", table),
    "a class by its bases": ("Parser", limit),
    "a class's container": ("Parser", lambda t: t.Parser.options.update(b=2)),
    "an attribute set later": ("Parser", lambda t: setattr(t.Parser, "limit", 5)),
    "a method put in": ("Parser", lambda t: setattr(t.Parser, "parse", lambda self: 7)),
    "a static method put in": ("Parser", lambda t: setattr(t.Parser, "s", staticmethod(len))),
    "another kind of method": ("Parser", lambda t: setattr(t.Parser, "s", t.Parser.s)),
    "an object by its class": ("parser", limit),
    "an object's attribute": ("parser", lambda t: setattr(t.parser, "x", 1)),
    "a class with slots": ("Slotted", level),
    "a dataclass": ("Row", level),
    "an enum": ("Color", level),
    "a metaclass": ("Made", level),
    "what a setter would change": ("configure", level),
    "a logger's level": ("logs", lambda t: t.log.setLevel(logging.ERROR)),
}  # fmt: skip


@pytest.mark.parametrize(("name", "change"), COUNTS.values(), ids=COUNTS)
def test_what_an_own_module_holds_counts_where_it_is_read(tools, name, change):
    held = getattr(tools, name)
    before = of(held)
    assert of(held) == before
    used = of(Used(tools, [(name,)]))
    notebook = cell(f"def v(): return tools.{name}", {"__name__": "__main__", "tools": tools})["v"]
    through = of(notebook)
    try:
        change(tools)
        assert of(held) != before
        assert of(Used(tools, [(name,)])) != used
        assert of(notebook) != through
    finally:
        logging.getLogger("state.tools").setLevel(logging.NOTSET)


@pytest.mark.parametrize("name", ["run", "parser", "Color", "wrapped", "logs"])
def test_what_nobody_reads_does_not_count(tools, name):
    held = getattr(tools, name)
    before = of(held)
    tools._other = 2
    tools.state_helper.nobody_reads = 2
    tools.lock = threading.Lock()
    assert of(held) == before


def test_a_module_passed_on_whole_counts_with_all_that_it_holds(tools):
    namespace = {"__name__": "__main__", "tools": tools}
    whole = cell("def v(name): return getattr(tools, name)", namespace)["v"]
    before = of(whole), of(tools), of([tools]), of(Used(tools, [()]))
    tools._other = 2
    after = of(whole), of(tools), of([tools]), of(Used(tools, [()]))
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_what_a_function_sets_on_a_module_counts(tools):
    sets = cell("def v(): tools._other = 5", {"__name__": "__main__", "tools": tools})["v"]
    before = of(sets)
    sets()
    assert of(sets) != before


def test_the_path_to_what_cannot_be_seen_is_told_in_full(tools):
    tools._level = threading.Lock()
    for name, path in (
        ("run", ".run.__globals__['_level']"),
        ("by_class", ".by_class.__globals__['Parser'].Base.below.__globals__['_level']"),
        ("even", ".even.__globals__['odd'].__globals__['_level']"),
    ):
        with pytest.raises(Opaque) as caught:
            of(Used(tools, [(name,)]), name="tools")
        assert caught.value.type_name == "_thread.lock"
        assert caught.value.path == f"tools{path}"


def test_a_lock_that_nobody_reads_hides_nothing(tools):
    tools._guard = threading.Lock()
    assert of(tools.run)
    with pytest.raises(Opaque):
        of(tools)


def test_an_attribute_that_a_module_makes_up_is_opaque(tools):
    tools.__getattr__ = lambda name: name
    with pytest.raises(Opaque, match="computes it"):
        of(Used(tools, [("no_such",)]))
    assert of(Used(tools, [("run",)]))


def test_a_thousand_functions_deep_is_not_too_deep(tmp_path, monkeypatch):
    lines = [f"def f{n}(): return f{n + 1}()" for n in range(1000)]
    (tmp_path / "state_deep.py").write_text("\n".join([*lines, "def f1000(): return X", "X = 1"]))
    monkeypatch.syspath_prepend(str(tmp_path))
    deep = importlib.import_module("state_deep")
    try:
        before = of(deep.f0)
        deep.X = 2
        assert of(deep.f0) != before
    finally:
        del sys.modules["state_deep"]


def test_an_own_functions_digest_is_the_same_in_every_process(tools, tmp_path):
    names = sorted(name for name in vars(tools) if not name.startswith("__") and name != "lock")
    code = (
        "import sys\n"
        f"sys.path[:0] = [{str(tmp_path)!r}, {str(importlib.import_module('notebook_code').__file__.rpartition('/')[0])!r}]\n"
        "import state_tools\n"
        "from notebook_code import TestSources\n"
        "from workbench.keys.canonical import digest\n"
        f"print([digest(getattr(state_tools, name), TestSources()) for name in {names}])"
    )
    env = {"PYTHONPATH": ":".join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True,
            env={**env, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert runs == {f"{[of(getattr(tools, name)) for name in names]}\n"}


def test_a_cached_function_of_ones_own_counts_while_it_holds_answers(tools):
    tools.cached(1)
    before = of(tools.cached)
    tools.cached(2)
    assert of(tools.cached) == before


def test_a_notebooks_wrapper_around_an_own_function_is_followed(tools):
    wrapper = functools.wraps(tools.run)(made("def v(): return 1"))
    before = of(wrapper)
    level(tools)
    assert of(wrapper) != before


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("tools.run(tools.X.y)", [("X", "y"), ("run",)]),
        ("tools.X = 5", [("X",)]),
        ("t = tools", [()]),
        ("def f(): return [tools.a for _ in x]", [("a",)]),
        ("other.tools", []),
    ],
)
def test_what_a_cell_takes_from_a_module_is_told(code, taken):
    assert chains_of(ast.parse(code), "tools") == taken


@pytest.mark.parametrize(
    ("code", "taken"),
    [
        ("import tools\ntools.run()", {"tools": [("run",)]}),
        ("import tools as t\nt.run()\nprint(t)", {"tools": [(), ("run",)]}),
        ("import pkg.mod\npkg.mod.f()", {"pkg": [("mod", "f")], "pkg.mod": []}),
        ("import pkg.mod as m\nm.f()", {"pkg.mod": [("f",)]}),
        ("from pkg import mod, g as h\nmod.f(h)", {"pkg": [("g",), ("mod", "f")]}),
        ("from tools import *", {"tools": [()]}),
        ("import tools", {"tools": []}),
    ],
)
def test_what_a_cell_takes_from_modules_that_it_imports_is_told(code, taken):
    assert imported_uses(ast.parse(code)) == taken
