"""What a cell may read, and what it may bind in its own namespace."""

from __future__ import annotations

import ast
import builtins

import pytest

from workbench.keys import names
from workbench.keys.flow import needed

READ = {
    "y = x": "x",
    "x += 1": "x",
    "x.a += 1": "x",
    "x[i] += 1": "x i",
    "del x": "x",
    "def f(a=d) -> R: return g(a)": "d R g a",
    "@deco\nclass A(B): x: T = v": "deco B T v",
    "[x for x in xs if x]": "xs x",
    "lambda: late": "late",
    "f'{a!r:{w}}'": "a w",
    "def f():\n    def g(): return deep\n    return g": "deep g",
    "match s:\n    case P(a) if c: pass": "s P c",
    "x = 1": "",
    "import a": "",
}

BOUND = {
    "a = b = c": "a b",
    "a, (b, *c) = d": "a b c",
    "a += 1": "a",
    "a: int = 1": "a",
    "a.b = c[d] = 1": "",
    "for a, b in c: d = 1": "a b d",
    "with c as (a, b): pass": "a b",
    "try: a = 1\nexcept E as e: b = 1\nelse: c = 1\nfinally: d = 1": "a e b c d",
    "try: a = 1\nexcept* E as e: pass": "a e",
    "import a.b, c as d": "a d",
    "from a import b, c as d": "b d",
    "def f(p): q = 1": "f",
    "async def f(): q = 1": "f",
    "class A: q = 1": "A",
    "def f():\n    def g():\n        global x\n        x = 1": "f x",
    "class A:\n    global x\n    x = 1": "A x",
    "[(w := x) for x in xs]": "w",
    "[[(w := x) for x in y] for y in ys]": "w",
    "if (w := f()): pass": "w",
    "def f(p=(w := 1)): pass": "f w",
    "del a, b[c]": "a",
    "async def f(): pass\nawait f()": "f",
    "match s:\n    case [a, *b] | {'k': a, **b}: pass\n    case P(x=c) as d: pass": "a b c d",
    "match s:\n    case [a, *_]: pass\n    case _: pass": "a",
    "print(x)": "",
}


@pytest.mark.parametrize(("source", "expected"), READ.items())
def test_a_name_loaded_anywhere_is_read(source, expected):
    assert names.read(_tree(source)) >= set(expected.split())


@pytest.mark.parametrize("source", ["x = 1", "import a", "def f(a): pass", "for x in []: pass"])
def test_a_name_only_bound_is_not_read(source):
    assert names.read(_tree(source)) == frozenset()


@pytest.mark.parametrize(("source", "expected"), BOUND.items())
def test_what_the_cell_may_bind_or_delete_is_bound(source, expected):
    assert names.bound(_tree(source)) == set(expected.split())


@pytest.mark.parametrize("source", [*READ, *BOUND])
def test_whatever_some_path_needs_is_read(source):
    assert names.read(_tree(source)) >= needed(_tree(source))


@pytest.mark.parametrize("source", [s for s in BOUND if "await" not in s and "E" not in s])
def test_no_name_that_running_it_leaves_is_missed(source):
    namespace = _Anything()
    try:
        exec(compile(_tree(source), "<cell>", "exec"), {"__name__": "cell"}, namespace)
    except Exception:
        pass
    assert namespace.set - {"__annotations__"} <= names.bound(_tree(source))


class _Anything(dict):
    """A namespace that has every name, and remembers which ones code set or deleted."""

    def __init__(self):
        self.set = set()

    def __setitem__(self, name, value):
        self.set.add(name)
        super().__setitem__(name, value)

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        return [[1, 2], [3, 4]]

    def __delitem__(self, name):
        self.set.add(name)


def _tree(source):
    return ast.parse(source)
