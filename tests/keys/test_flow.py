"""A cell's inputs are the names that some path may read before the cell has bound them."""

from __future__ import annotations

import ast

import pytest

from workbench.keys.flow import needed

NEEDED = {
    "y = x": "x",
    "x = 1\ny = x": "",
    "x = x + 1": "x",
    "x += 1": "x",
    "for m in ms: print(m)": "ms print",
    "for m in ms: pass\nm": "ms m",
    "for m in m: pass": "m",
    "if a: b = 1\nb": "a b",
    "if a: b = 1\nelse: b = 2\nb": "a",
    "while a: b = 1\nb": "a b",
    "try:\n    a = f()\nexcept E as e: a = e\na": "f E",
    "try:\n    a = f()\nexcept E: pass\na": "f E a",
    "try:\n    f()\nexcept E as e: pass\ne": "f E e",
    "try: pass\nfinally: a = 1\na": "",
    "with open(p) as a: b = a\nb": "open p",
    "with f() as a: b = a\nb": "f b",
    "with f() as a: pass\na": "f",
    "def f():\n    ys = [x for x in [5]]\n    return x": "x",
    "[x for x in xs]": "xs",
    "[x for x in x]": "x",
    "[x for x in xs if x in y]": "xs y",
    "[a for a in b for b in c]": "b c",
    "{k: v for k, v in d.items()}": "d",
    "lambda a, b=c: a + b + d": "c d",
    "def f(a): return a + b": "b",
    "b = 1\ndef f(a): return a + b": "",
    "def f():\n    b = 1\n    return b": "",
    "def f():\n    global b\n    b += 1": "b",
    "def f():\n    b = 1\n    def g():\n        nonlocal b\n        b += c\n    return g": "c",
    "def f(): return f()": "",
    "@d\ndef f(a: T = v) -> R: pass": "d T v R",
    "class A(B):\n    x = y\n    def m(self): return z": "B y z",
    "import a.b\na.b.c": "",
    "from a import b as c\nc": "",
    "del a": "a",
    "a = 1\ndel a\na": "a",
    "f'{a!r:{w}}'": "a w",
    "if (m := f()): m": "f",
    "if (m := f()) is not None: m": "f",
    "a and (b := 1)\nb": "a b",
    "match x:\n    case [a, *b]: a, b\n    case {'k': c, **d}: c, d\n    case P(z=e) if g: e": "x P g",
    "match x:\n    case 1: a = 1\na": "x a",
    "async for a in b: a": "b",
    "a: int = 1\na": "int",
    "a: int\na": "int a",
    "a.b = 1": "a",
    "a[i] = v": "a i v",
    "(a, b) = c\na, b": "c",
    "assert a, b": "a b",
    "try:\n    a = 1\n    g()\nexcept E:\n    a": "g E a",
}


@pytest.mark.parametrize(("source", "names"), NEEDED.items(), ids=range(len(NEEDED)))
def test_a_name_is_needed_where_a_path_may_read_it_first(source, names):
    assert needed(ast.parse(source)) == set(names.split())


def test_running_a_cell_twice_needs_what_running_it_once_does():
    source = "out = []\nfor doc in docs:\n    answer = ask(doc)\n    out.append(answer)\n"
    assert needed(ast.parse(source)) == {"docs", "ask"}
