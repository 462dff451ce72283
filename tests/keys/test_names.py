"""Which names a cell may read, and which it may bind or delete."""

from __future__ import annotations

import ast

import pytest

from workbench.keys.names import binds_unknown, bound, read

READ = {
    "x = y": "y",
    "x += 1": "x",
    "x.a += 1": "x",
    "x[i] = v": "x i v",
    "del x": "x",
    "del x.a": "x",
    "f(a, *b, c=d, **e)": "f a b d e",
    "[a for b in c if d]": "a c d",
    "lambda x=y: z": "y z",
    "def f(a: T = u) -> V: return w": "T u V w",
    "@d\ndef f(): pass": "d",
    "class C(B, metaclass=M):\n    x = y": "B M y",
    "def f():\n    def g(): return deep\n    return g": "deep g",
    "f'{x!r:>{w}}'": "x w",
    "with a as b: c": "a c",
    "try: a\nexcept E as e: e": "a E e",
    "match a:\n    case C(x=b): b\n    case m.K: c": "a C m b c",
    "global g\ng": "g",
    "x: 'Later' = 1": "Later",
    "def f(a: 'list[Deep]') -> 'Out': pass": "list Deep Out",
    "x: Annotated[int, 'not python at all'] = 1": "Annotated int",
    "(y := x)": "x",
    "await a": "a",
    "import a": "",
}
BOUND = {
    "x = 1": "x",
    "x = y = 1": "x y",
    "x, (y, *z) = 1": "x y z",
    "x.a = 1": "",
    "x['a'] = 1": "",
    "x += 1": "x",
    "x: int = 1": "x",
    "for x, y in z: a = 1": "x y a",
    "while 1: x = 1\nelse: y = 1": "x y",
    "with a as (b, c): d = 1": "b c d",
    "try: a = 1\nexcept E as e: b = 1\nelse: c = 1\nfinally: d = 1": "a e b c d",
    "import a, b.c, d.e as f": "a b f",
    "from a import b, c as d": "b d",
    "def f(x): y = 1": "f",
    "async def f(): pass": "f",
    "class C:\n    x = 1\n    def m(self): y = 1": "C",
    "lambda x: x": "",
    "[x for x in y]": "",
    "[x := 1 for y in z]": "x",
    "{(a := 1): (b := 2) for c in d if (e := c)}": "a b e",
    "f(x := 1)": "x",
    "def f(a=(x := 1)): pass": "f x",
    "@(x := d)\ndef f(): pass": "f x",
    "class C(x := B): pass": "C x",
    "def f():\n    global x\n    x = 1": "f x",
    "def f():\n    def g():\n        global deep\n        deep = 1": "f deep",
    "class C:\n    global x\n    x = 1": "C x",
    "match a:\n    case [b, *c]: pass\n    case {'k': d, **e}: pass\n    case C() as f: pass\n    case _: pass": "b c d e f",
    "del x": "x",
    "if a: x = 1\nelse: y = 1": "x y",
    "async def f():\n    async for x in y: pass": "f",
}


@pytest.mark.parametrize(("code", "names"), READ.items())
def test_every_name_that_may_be_read_is_found(code, names):
    assert read(ast.parse(code)) >= set(names.split())


@pytest.mark.parametrize("code", ["x = 1", "import a", "def f(): pass", "for x in []: pass"])
def test_a_name_that_is_only_bound_is_not_read(code):
    assert read(ast.parse(code)) == frozenset()


@pytest.mark.parametrize(("code", "names"), BOUND.items())
def test_every_name_that_may_be_bound_at_the_cells_level_is_found(code, names):
    assert bound(ast.parse(code)) == set(names.split())


@pytest.mark.parametrize(("code", "names"), BOUND.items())
def test_whatever_python_binds_was_foretold(code, names):
    module = compile(code, "<cell>", "exec")
    assert {n for n in module.co_names if _stores(module, n)} <= bound(ast.parse(code))


def _stores(module, name):
    import dis

    stores = {"STORE_NAME", "STORE_GLOBAL", "DELETE_NAME"}
    return any(i.opname in stores and i.argval == name for i in dis.get_instructions(module))


def test_a_star_import_binds_what_nobody_knows():
    assert binds_unknown(ast.parse("if x:\n    from a import *"))
    assert not binds_unknown(ast.parse("from a import b\nf(*a)"))
