"""Functions that are steps: their arguments, their code, what they read and return.

Arguments that were not in order got one key: https://github.com/grantjenks/python-diskcache/issues/313; a default
and None got one: https://github.com/pallets-eco/flask-caching/pull/656. A changed argument was changed
on a miss only: https://github.com/joblib/joblib/pull/82.
"""

from traps.case import Case

_STEP = "import os\nimport workbench as wb\n"
"""Each function writes a byte to descriptor 200, which counts executions where no key sees it."""


def _f(code):
    return _STEP + "@wb.step\n" + code


def _case(name, expect, function, body, again="", outputs=("y",), **more):
    return Case(
        name,
        expect,
        setup=_f(function),
        body=body,
        again=again,
        outputs=outputs,
        plainly=True,
        **more,
    )


_ADD = "def add(a, b=1):\n    os.write(200, b'.')\n    return a + b"
_ALL = "def both(*args, **more):\n    os.write(200, b'.')\n    return (args, more)"

CASES = [
    _case("an argument by position or by name", "hit", _ADD, "y = add(1, 2)", "y = add(1, b=2)"),
    _case("names of arguments in another order", "hit", _ADD, "y = add(a=1, b=2)", "y = add(b=2, a=1)"),
    _case("a default given or left out", "hit", _ADD, "y = add(5)", "y = add(5, 1)"),
    _case("another argument", "miss", _ADD, "y = add(1, 2)", "y = add(1, 3)"),
    _case("an argument 1 or True", "miss", "def same(a):\n    os.write(200, b'.')\n    return repr(a)", "y = same(1)", "y = same(True)"),
    _case("None in place of a falsy default", "miss", "def same(a=0):\n    os.write(200, b'.')\n    return repr(a)", "y = same()", "y = same(None)"),
    _case("one tuple or two texts", "miss", _ALL, "y = both('a', 'b')", "y = both(('a', 'b'))"),
    _case("texts joined otherwise", "miss", _ALL, "y = both('ab', 'c')", "y = both('a', 'bc')"),
    _case("a dict or names", "miss", _ALL, "y = both(a=1)", "y = both({'a': 1})"),
    _case("names in another order are seen by **more", "miss", _ALL, "y = list(both(a=1, b=2)[1])", "y = list(both(b=2, a=1)[1])"),
    _case("a default changes", "miss", _ADD, "y = add(5)", then="@wb.step\ndef add(a, b=2):\n    os.write(200, b'.')\n    return a + b"),
    _case("a global that it reads changes", "miss", "def scaled(a):\n    os.write(200, b'.')\n    return a * k\nk = 1", "y = scaled(5)", then="k = 2"),
    _case("a global that it does not read changes", "hit", _ADD + "\nk = 1", "y = add(5)", then="k = 2"),
    _case("a helper is edited", "miss", "def scaled(a):\n    os.write(200, b'.')\n    return helper(a)\ndef helper(a):\n    return a", "y = scaled(5)", then="def helper(a):\n    return -a"),
    _case("a nested step's helper is edited", "miss", "def inner(a):\n    return helper(a)\ndef helper(a):\n    return a\n@wb.step\ndef outer(a):\n    os.write(200, b'.')\n    return inner(a)", "y = outer(5)", then="def helper(a):\n    return -a"),
    _case("an async step", "hit", "async def ask(a):\n    os.write(200, b'.')\n    return [a]", "y = await ask(1)"),
    _case("an async step with another argument", "miss", "async def ask(a):\n    os.write(200, b'.')\n    return [a]", "y = await ask(1)", "y = await ask(2)"),
    _case("a mutable result is handed out anew", "miss", "def make(a):\n    os.write(200, b'.')\n    return [a]", "y = make(1)\ny.append(9)\nz = make(1)", "y = make(2)\ny.append(9)\nz = make(2)", outputs=("y", "z")),
    _case("a changed argument is changed again in another kernel", "miss", "def grow(items):\n    os.write(200, b'.')\n    items.append(2)\n    return len(items)", "x = [1]\ny = grow(x)", "x = [1]\nz = 1\ny = grow(x)", outputs=("x", "y"), restart=True, side=True, reason="or it is served with its argument changed"),
    _case("it returns its argument", "miss", "def same(items):\n    os.write(200, b'.')\n    return items", "x = [1]\ny = same(x)", "x = [2]\ny = same(x)", outputs=("y is x", "y")),
    _case("a method counts its object", "miss", "def helper(a):\n    return a\nclass Box:\n    def __init__(self, n):\n        self.n = n\n    @wb.step\n    def get(self, a):\n        os.write(200, b'.')\n        return self.n + a\nbox = Box(1)", "y = box.get(1)", then="box.n = 5"),
    _case("an opaque argument", "miss", "def read(g):\n    os.write(200, b'.')\n    return list(g)", "y = read(n for n in [1])", "y = read(n for n in [2])"),
    _case("an equal frame", "hit", "def total(df):\n    os.write(200, b'.')\n    return int(df.a.sum())\nimport pandas as pd", "y = total(pd.DataFrame({'a': [1, 2]}))", restart=True, needs=("pandas",)),
    _case("a frame whose column is renamed", "miss", "def names(df):\n    os.write(200, b'.')\n    return list(df)\nimport pandas as pd", "y = names(pd.DataFrame({'a': [1]}))", "y = names(pd.DataFrame({'b': [1]}))", needs=("pandas",)),
    _case("a file read inside changes", "miss", "def read():\n    os.write(200, b'.')\n    return open('doc.txt').read()", "y = read()", files={"doc.txt": "one"}, edits={"doc.txt": "two"}),
    _case("two functions of one name and other code", "miss", "def f(a):\n    os.write(200, b'.')\n    return a + 1", "y = f(1)", then="@wb.step\ndef f(a):\n    os.write(200, b'.')\n    return a + 2"),
    _case("two closures of one text", "miss", "def unused():\n    pass\ndef make(n):\n    @wb.step\n    def f(a):\n        os.write(200, b'.')\n        return a + n\n    return f\nf = make(1)", "y = f(1)", then="f = make(2)"),
    _case("it is served in another kernel", "hit", _ADD, "y = add(1)", restart=True),
    _case("its comments change", "hit", _ADD, "y = add(1)", then="@wb.step\ndef add(a, b=1):\n    # a comment\n    os.write(200, b'.')\n    return (a + b)"),
]  # fmt: skip
