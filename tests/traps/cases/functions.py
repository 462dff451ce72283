"""Functions that a cell calls: edited, made otherwise, bound to other things.

A helper's new code was not seen: https://github.com/joblib/joblib/issues/1287. A decorator's
arguments were not: https://github.com/marimo-team/marimo/issues/8155. A closure was not:
https://github.com/PrefectHQ/prefect/issues/23062. Partials of one function took turns:
https://github.com/joblib/joblib/issues/1497.
"""

from traps.case import Case


def _edit(name, before, after, body="y = f(1)", **more):
    return Case(name, "miss", setup=before, body=body, then=after, outputs=("y",), **more)


_TWICE = "def f(x):\n    return helper(x) * 2"
_DOC = 'def f(x):\n    """{doc}"""\n    return f.__doc__'

CASES = [
    _edit("a function is edited", "def f(x):\n    return x + 1", "def f(x):\n    return x + 2", guards="function"),
    _edit("a function's helper is edited", f"def helper(x):\n    return x\n{_TWICE}", "def helper(x):\n    return -x"),
    _edit(
        "a helper's helper is edited",
        f"def deep(x):\n    return x\ndef helper(x):\n    return deep(x)\n{_TWICE}",
        "def deep(x):\n    return x + 10",
    ),
    _edit("a function reads a global", "k = 1\ndef f(x):\n    return x + k", "k = 2", guards="globals"),
    _edit(
        "a function reads a global only in a nested function",
        "k = 1\ndef f(x):\n    def inner():\n        return x + k\n    return inner()",
        "k = 2",
    ),
    _edit(
        "a function reads an attribute of a global",
        "class settings:\n    k = 1\ndef f(x):\n    return x + settings.k",
        "settings.k = 2",
    ),
    _edit("a lambda is edited", "f = lambda x: x + 1", "f = lambda x: x + 2"),
    _edit(
        "two lambdas stand on one line",
        "pair = (lambda x: x + 1, lambda x: x + 2)\nf = pair[0]",
        "f = pair[1]",
    ),
    _edit(
        "a closure holds another value",
        "def make(n):\n    def f(x):\n        return x + n\n    return f\nf = make(1)",
        "f = make(2)",
        guards="closure",
    ),
    _edit(
        "a closure's cell is changed by its sibling",
        "def make():\n    n = 1\n    def get(x):\n        return x + n\n    def put(v):\n        nonlocal n\n        n = v\n    return get, put\nf, put = make()",
        "put(5)",
    ),
    _edit("a default changes", "def f(x, k=1):\n    return x + k", "def f(x, k=2):\n    return x + k"),
    _edit(
        "a default is a list that changed",
        "def f(x, seen=[]):\n    return x + len(seen)",
        "f.__defaults__[0].append(1)",
    ),
    _edit(
        "a default of a keyword is set on the function",
        "def f(x, *, k=1):\n    return x + k",
        "f.__kwdefaults__ = {'k': 2}",
    ),
    _edit(
        "a function's own attribute is read by it",
        "def f(x):\n    return x + f.step\nf.step = 1",
        "f.step = 2",
    ),
    _edit(
        "a function's code object is replaced",
        "def f(x):\n    return x\ndef g(x):\n    return -x",
        "f.__code__ = g.__code__",
    ),
    _edit(
        "a decorator is edited",
        "import functools\ndef add(n):\n    def wrap(g):\n        @functools.wraps(g)\n        def inner(x):\n            return g(x) + n\n        return inner\n    return wrap\n@add(1)\ndef f(x):\n    return x",
        "@add(2)\ndef f(x):\n    return x",
    ),
    _edit(
        "the function inside a decorator is edited",
        "import functools\ndef same(g):\n    @functools.wraps(g)\n    def inner(x):\n        return g(x)\n    return inner\n@same\ndef f(x):\n    return x + 1",
        "@same\ndef f(x):\n    return x + 2",
    ),
    _edit(
        "a partial holds another argument",
        "from functools import partial\ndef g(k, x):\n    return k + x\nf = partial(g, 1)",
        "f = partial(g, 2)",
    ),
    _edit(
        "a partial's keyword",
        "from functools import partial\ndef g(x, k=0):\n    return k + x\nf = partial(g, k=1)",
        "f = partial(g, k=2)",
    ),
    _edit(
        "a bound method's object changes",
        "class Adder:\n    def __init__(self, n):\n        self.n = n\n    def add(self, x):\n        return x + self.n\na = Adder(1)\nf = a.add",
        "a.n = 2",
    ),
    _edit(
        "an attribute of a class is replaced by a function",
        "class Tool:\n    @staticmethod\n    def run(x):\n        return x\ndef f(x):\n    return Tool.run(x)",
        "Tool.run = staticmethod(lambda x: -x)",
    ),
    _edit(
        "a standard function is replaced in its module",
        "import textwrap\ndef f(x):\n    return textwrap.dedent('  a')",
        "textwrap.dedent = lambda text: 'patched'",
    ),
    _edit(
        "a cached function forgets nothing of its code",
        "import functools\n@functools.lru_cache\ndef f(x):\n    return x + 1",
        "@functools.lru_cache\ndef f(x):\n    return x + 2",
    ),
    _edit(
        "functions that call each other: the second is edited",
        "def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n != 0 and even(n - 1)\nf = even",
        "def odd(n):\n    return True",
    ),
    _edit(
        "a registry of functions gains a newer one",
        "table = {'a': lambda x: x}\ndef f(x):\n    return table['a'](x)",
        "table['a'] = lambda x: -x",
    ),
    _edit(
        "a function passed to a builtin is edited",
        "def key(x):\n    return x\nitems = [3, 1, 2]",
        "def key(x):\n    return -x",
        body="y = sorted(items, key=key)",
    ),
    _edit(
        "a generator function is edited",
        "def gen():\n    yield 1",
        "def gen():\n    yield 2",
        body="y = list(gen())",
    ),
    _edit(
        "an async function is edited",
        "async def ask():\n    return 1",
        "async def ask():\n    return 2",
        body="y = await ask()",
    ),
    _edit(
        "a docstring is a prompt: its words count",
        _DOC.format(doc="Translate."),
        _DOC.format(doc="Summarise."),
    ),
    _edit(
        "an annotation may be a schema: it counts",
        "def f(x: int):\n    return f.__annotations__['x'].__name__",
        "def f(x: str):\n    return f.__annotations__['x'].__name__",
    ),
    _edit(
        "a function is run from text that changed",
        "source = 'def f(x):\\n    return x'\nexec(source)",
        "exec(source.replace('x\\n', 'x\\n') + ' + 1')",
    ),
    _edit(
        "a constant inside is 1 or True",
        "def f(x):\n    return repr(1)",
        "def f(x):\n    return repr(True)",
    ),
    _edit(
        "a constant inside is 0.0 or -0.0",
        "def f(x):\n    return repr(0.0)",
        "def f(x):\n    return repr(-0.0)",
    ),
    _edit(
        "a function's text is read, and only a comment of it changes",
        "import inspect\ndef f(x):\n    return x  # one",
        "def f(x):\n    return x  # two",
        body="y = inspect.getsource(f)",
    ),
    _edit(
        "a memo of a function was filled under another global",
        "import functools\nk = 1\n@functools.lru_cache\ndef f(x):\n    return x + k",
        "f.cache_clear()\nk = 2",
    ),
    Case(
        "a step of another name and equal code",
        "hit",
        setup="x = 1",
        body="y = x + 1",
        renamed=True,
        outputs=("y",),
    ),
    Case(
        "the cell's own text changes in a literal",
        "miss",
        body="y = 'a'",
        again="y = 'b'",
        outputs=("y",),
        guards="code",
    ),
    Case(
        "the cell's own literal is 1 or 1.0",
        "miss",
        body="y = 1",
        again="y = 1.0",
        outputs=("y",),
    ),
    Case(
        "comments and layout of the cell do not count",
        "hit",
        setup="x = 1",
        body="y = (x + 1)",
        again="# a comment\ny = x + 1  # another\n\n",
        outputs=("y",),
    ),
    Case(
        "comments and layout of a function do not count",
        "hit",
        setup="def f(x):\n    return x + 1",
        body="y = f(1)",
        then="# moved\n\ndef f(x):  # the same\n\n    # still\n    return (x + 1)",
        outputs=("y",),
    ),
    Case(
        "a function in a cell that was moved is the same",
        "hit",
        setup="def f(x):\n    return x + 1",
        body="y = f(1)",
        restart=True,
        setup_again="unrelated = 1\n\n\ndef f(x):\n    return x + 1",
        outputs=("y",),
    ),
    Case(
        "a function of the notebook that nobody calls may change",
        "hit",
        setup="def f(x):\n    return x\ndef other():\n    return 1",
        body="y = f(1)",
        then="def other():\n    return 2",
        outputs=("y",),
    ),
]  # fmt: skip
