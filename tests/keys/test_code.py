"""Source and code count by what they say: neither place, comments nor layout."""

from __future__ import annotations

import ast
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebook_code import TestSources, cell, made

from workbench.keys import code
from workbench.keys.canonical import digest
from workbench.keys.code import code_digest, function_text, normalised, reads

SAME = [
    ("x = 1", "x=1"),
    ("x = 1", "\n\nx = 1  # one\n"),
    ("x = 1", "x = (1)"),
    ("x = 'a'", 'x = "a"'),
    ("x = 'ab'", "x = 'a' 'b'"),
    ("x = 1000", "x = 1_000"),
    ("x = 255", "x = 0xff"),
    ("f(a, b)", "f(\n    a,\n    b,\n)"),
    ("if x: y()", "if x:\n    y()"),
    ("x = u'a'", "x = 'a'"),
    ("def f(x):\n    return x", "def f( x ):\n\n    # why\n    return x"),
    ("    x = 1\n    y = 2", "x = 1\ny = 2"),
    ("\tdef f(): pass", "def f():\n\tpass"),
    ("x: int = 1 # type: ignore", "x: int = 1"),
]
DIFFERENT = [
    ("x = 1", "x = 2"),
    ("x = 1", "x = 1.0"),
    ("x = 1", "x = True"),
    ("x = 0.0", "x = -0.0"),
    ("x = 'a'", "x = b'a'"),
    ("x = None", "x = ..."),
    ("x = 1", "y = 1"),
    ("x = 1", "x += 1"),
    ("x = 1", "x: int = 1"),
    ("x = 1\ny = 2", "y = 2\nx = 1"),
    ("f('ab', 'c')", "f('a', 'bc')"),
    ("f(a, b)", "f((a, b))"),
    ("f(a)(b)", "f(a, b)"),
    ("f(*a)", "f(a)"),
    ("f(a=b)", "f(b=a)"),
    ("f(**a)", "f(*a)"),
    ("a + b * c", "(a + b) * c"),
    ("a and b or c", "a and (b or c)"),
    ("a < b < c", "(a < b) < c"),
    ("a[1:]", "a[:1]"),
    ("a[::1]", "a[:1]"),
    ("{'a': 1, **b}", "{**b, 'a': 1}"),
    ("{**a}", "{None: a}"),
    ("[x for x in y]", "(x for x in y)"),
    ("[x for x in y if x]", "[x for x in y]"),
    ("lambda x: x", "lambda *x: x"),
    ("def f(a, /, b): pass", "def f(a, b): pass"),
    ("def f(*, a): pass", "def f(a): pass"),
    ("def f(*, a, b=1): pass", "def f(*, a=1, b): pass"),
    ("def f(): 'doc'", "def f(): 'other'"),
    ("def f(): 'doc'", "def f(): pass"),
    ("async def f(): pass", "def f(): pass"),
    ("class A(B): pass", "class A: pass"),
    ("class A(B): pass", "class A(x=B): pass"),
    ("@d\ndef f(): pass", "def f(): pass"),
    ("if a:\n    b()\nc()", "if a:\n    b()\n    c()"),
    ("if a: b()\nelse: c()", "if a: b()\nif c(): pass"),
    ("try: a()\nexcept E: b()", "try: a()\nexcept: b()"),
    ("try: a()\nfinally: b()", "try: a()\nexcept E: b()"),
    ("import a", "import b"),
    ("import a as b", "import a"),
    ("from a import b", "from .a import b"),
    ("from a import b", "import a, b"),
    ("global x", "nonlocal x"),
    ("f'{x}'", "f'{x!r}'"),
    ("f'{x}'", "f'{x:>3}'"),
    ("f'{x}'", "'{x}'"),
    ("match x:\n    case None: pass", "match x:\n    case True: pass"),
    ("match x:\n    case [a]: pass", "match x:\n    case [*a]: pass"),
    ("x = '''\n    a'''", "x = '''\na'''"),
    ("del x", "x"),
    ("return", "return None"),
    ("yield", "yield None"),
    ("await x", "x"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_layout_comments_and_spelling_do_not_count(left, right):
    assert normalised(left) == normalised(right)


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_what_code_says_counts(left, right):
    assert normalised(left) != normalised(right)


def test_an_indent_is_not_taken_out_of_a_text():
    method = "    def f():\n        return '''\n    a'''\n"
    assert normalised(method) != normalised(textwrap.dedent(method))
    assert normalised("    x = 1") == normalised("x = 1")


@pytest.mark.parametrize("source", ["x =", "    x\n  y", "  x\nelse:\n  y", "a\0b", "  x\ny"])
def test_what_is_not_python_is_a_syntax_error(source):
    with pytest.raises(SyntaxError):
        normalised(source)


def test_an_expression_of_a_thousand_terms_is_read():
    terms = " + ".join(["'a'"] * 900)
    assert normalised(terms) != normalised(terms + " + 'a'")


def test_every_kind_of_node_has_an_encoding():
    for module in (ast, textwrap, code):
        with open(module.__file__, encoding="utf-8") as opened:
            assert normalised(opened.read())


@given(st.text(), st.text())
def test_texts_in_code_are_told_apart(left, right):
    one, other = normalised(f"x = {left!r}"), normalised(f"x = {right!r}")
    assert (one == other) == (left == right)


# Functions: by their source where that is surely theirs

sources = TestSources()


def form(function, source=None):
    return function_text(function.__code__, source or sources.source_of(function))[0]


OWN_SOURCE = {
    "plain": "def v(x): return x + g",
    "decorated": "def d(f): return f\n@d\ndef v(x): return x",
    "closure": "def m(a, b):\n    def w(x):\n        return x + a * b\n    return w\nv = m(1, 2)",
    "nested without closure": "def m():\n    def w(x): return x\n    return w\nv = m()",
    "method": "class C:\n    def f(self): return self.x\nv = C.f",
    "method with super": "class C:\n    def f(self): return super().f()\nv = C.f",
    "private names": "class C:\n    def f(self): return self.__x\nv = C.f",
    "method in a function": "def m(a):\n    class C:\n        def f(self): return a\n    return C.f\nv = m(1)",
    "async": "async def v(x):\n    async with x as y: return await y",
    "generator": "def v(): yield from range(3)",
    "future": "from __future__ import annotations\ndef v(x: int) -> str: return x",
    "comprehension": "def v(x): return [y for y in x if (z := y)]",
    "docstring": "def v():\n    '''Say so.'''",
    "defaults": "def v(a, b=1, *c, d, e=2, **f): return locals()",
}


@pytest.mark.parametrize("source", OWN_SOURCE.values(), ids=OWN_SOURCE)
def test_a_function_is_known_by_its_source(source):
    assert form(made(source)) == "source"


@pytest.mark.parametrize(
    "source",
    [
        "v = lambda x: x",
        "exec('def v(x): return x')",
        "def v(x): return x\nv.__code__ = (lambda x: x + 1).__code__",
    ],
)
def test_a_function_without_a_source_of_its_own_is_known_by_its_code(source):
    assert form(made(source)) == "code"


def test_a_source_that_changed_since_is_not_believed():
    function = made("def v(x): return x + 1")
    assert form(function, "def v(x): return x + 2") == "code"
    assert form(function, "def w(x): return x + 1") == "code"
    assert form(function, "def v(x): return x + 1\nw = 1") == "code"
    assert form(function, "not python") == "code"
    assert form(function, "def v(x):\n    # later\n    return (x + 1)") == "source"


@pytest.mark.parametrize("source", OWN_SOURCE.values(), ids=OWN_SOURCE)
def test_comments_and_layout_of_a_function_do_not_count(source):
    spread = source.replace(": return", ":\n\n            # why\n            return")
    assert digest(made(source), sources) == digest(made("# first\n\n" + spread), sources)


def test_code_counts_without_its_lines_and_place():
    one = made("v = lambda x: (x, {1, 2, 'a'})").__code__
    other = made("\n\nv = lambda x: (x, {1, 2, 'a'})").__code__
    assert code_digest(one) == code_digest(other)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("lambda x: 1", "lambda x: True"),
        ("lambda x: 0.0", "lambda x: -0.0"),
        ("lambda x: x.a", "lambda x: x.b"),
        ("lambda x: x", "lambda y: y"),
        ("lambda: ('ab', 'c')", "lambda: ('a', 'bc')"),
        ("lambda x: x in {1, 2}", "lambda x: x in {1, 3}"),
        ("lambda: [a for a in b]", "lambda: [a for a in c]"),
    ],
)
def test_code_counts_by_all_that_it_does(left, right):
    one, other = made(f"v = {left}").__code__, made(f"v = {right}").__code__
    assert code_digest(one) != code_digest(other)


def test_the_range_of_a_try_counts():
    inside = made("def v():\n    try:\n        a()\n        b()\n    except E:\n        c()")
    code_of = inside.__code__
    assert code_digest(code_of) != code_digest(code_of.replace(co_exceptiontable=b""))


def test_what_a_function_takes_from_outside_is_found():
    taken = reads(
        made(
            "def v(x, y=z):\n"
            "    import a.b as c\n"
            "    from ..d import e, f\n"
            "    def inner(): return np.random.rand() + x.attr + g\n"
            "    return [h(i) for i in 'file.txt'] + inner()\n"
            .replace("y=z", "y=1")
        ).__code__
    )  # fmt: skip
    assert set(taken.chains) == {("np", "random", "rand"), ("g",), ("h",)}
    assert set(taken.imports) == {("a.b", 0, ()), ("d", 2, ("e", "f"))}
    assert "file.txt" in taken.texts
    assert {"attr", "rand"} <= taken.names


def test_code_with_more_than_256_names_is_read_to_its_end():
    names = [f"n{i}" for i in range(600)]
    taken = reads(made(f"def v(): return [{', '.join(f'{n}.a' for n in names)}]").__code__)
    assert set(taken.chains) == {(name, "a") for name in names}


def test_a_cell_is_keyed_through_its_bytes():
    assert digest(normalised("x = 1"), sources) == digest(normalised("x=1"), sources)
    assert cell("x = 1")["x"] == 1
