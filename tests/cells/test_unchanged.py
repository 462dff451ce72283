"""A function's digest is kept only while all that its code reaches is the same: never a stale one."""

from __future__ import annotations

import builtins
import json
import sys

import pytest

from workbench.cells import inputs
from workbench.cells.modules import unchanged
from workbench.cells.modules.sources import FileSources
from workbench.keys import canonical

SOURCE = """
import json, math
limit = 3
names = ["a"]
text = "one"
class Kind: size = 1
def inner(x, by=2): return x * by
def around(level):
    def closed(x): return x + level
    return closed
closed = around(1)
def f(x: int, y="a") -> dict: return {"x": inner(x), "n": limit, "t": text, "l": len(y), "j": json.dumps(x), "c": closed(x), "a": ascii(x)}
def lists(x): return names
def classes(x): return Kind.size
def imports(x):
    import json
    return json.dumps(x)
def quoted(x: "Later") -> "int": return x
"""

CHANGES = [
    "limit = 4",
    "limit = 3.0",
    "del limit",
    "text = 'two'",
    "def inner(x, by=2): return x - by",
    "inner.__defaults__ = (3,)",
    "inner.__kwdefaults__ = {'z': 1}",
    "inner.unit = 'm'",
    "inner.__code__ = (lambda x, by=2: x).__code__",
    "inner = len",
    "inner = Kind",
    "ascii = repr",
    "closed = around(2)",
    "closed.__closure__[0].cell_contents = 5",
    "closed.__closure__[0].cell_contents = names",
    "json.dumps = lambda value: ''",
    "json = math",
    "f.__defaults__ = ('b',)",
    "f.__doc__ = 'new'",
    "f.__name__ = 'g'",
    "f.__qualname__ = 'g'",
    "f.__annotations__['x'] = str",
    "f.__annotations__ = {}",
    "f.__dict__['tag'] = 1",
    "f.__code__ = (lambda x, y='a': y).__code__",
    "import builtins; builtins.ascii = repr",
]
UNSURE = ["lists", "classes", "imports"]


@pytest.fixture
def main():
    """A function that runs code as the notebook's; what it defines goes afterwards."""
    names = vars(sys.modules["__main__"])
    before, builtin = dict(names), ascii
    dumps = json.dumps

    def run(source):
        exec(compile(source, "<ipython-input-1>", "exec"), names)  # noqa: S102
        return names

    run(SOURCE)
    yield run
    names.clear()
    names.update(before)
    json.dumps = dumps
    builtins.ascii = builtin


def fresh(function):
    """The digest as it is without anything kept."""
    return canonical.digest(function, FileSources(), name=function.__name__)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_anything_it_reaches_is_seen(main, change):
    function = main("")["f"]
    first = inputs.code_of(function)
    assert inputs.code_of(function) == first == fresh(function)
    kept = unchanged.portrait(function)
    assert kept is not None
    assert kept.is_same()
    main(change)
    assert not kept.is_same()
    assert inputs.code_of(function) == fresh(function) != first


def test_a_change_back_is_the_first_digest_again(main):
    function = main("")["f"]
    first = inputs.code_of(function)
    main("limit = 4")
    assert inputs.code_of(function) != first
    main("limit = 3")
    assert inputs.code_of(function) == first


@pytest.mark.parametrize("name", UNSURE)
def test_what_may_change_in_place_is_read_each_time(main, name):
    assert unchanged.portrait(main("")[name]) is None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("lists", "names.append('b')"),
        ("classes", "Kind.size = 2"),
        ("quoted", "class Later: pass"),
        ("quoted", "Later = 1\nint = str"),
    ],
)
def test_a_change_in_place_changes_the_digest(main, name, change):
    function = main("")[name]
    first = inputs.code_of(function)
    main(change)
    assert inputs.code_of(function) == fresh(function) != first


def test_a_function_of_a_module_is_read_each_time():
    assert unchanged.portrait(fresh) is None
