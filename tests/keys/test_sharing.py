"""Names that share what can change are told from equal names that do not."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebook_code import TestSources, cell

from workbench.keys import canonical
from workbench.keys.canonical import Opaque, digest, digests

SOURCES = TestSources()


def sharing(**values):
    return digests(values, SOURCES).sharing


def sharing_of(code):
    namespace = cell(code)
    return sharing(**{name: namespace[name] for name in namespace["read"]})


SHARED = {
    "one list": "a = [1]\nb = a",
    "a list in a list": "a = [1]\nb = [a]",
    "the second list in a list": "a = [[1], [2]]\nb = a[1]",
    "the first list in a list": "a = [[1], [2]]\nb = a[0]",
    "one set": "a = {1}\nb = (a,)",
    "one dict in two tuples": "x = {}\na = (x, 1)\nb = (x, 2)",
    "one bytearray": "a = bytearray(2)\nb = a",
    "a bytearray and a view": "a = bytearray(2)\nb = memoryview(a)",
    "one array": "import numpy as np\na = np.zeros(3)\nb = a",
    "a view of an array": "import numpy as np\na = np.zeros(3)\nb = a[1:]",
    "a view of an array elsewhere": "import numpy as np\na = np.zeros(3)\nb = a[:2]",
    "a read-only view": "import numpy as np\na = np.zeros(3)\nb = a[:]\nb.flags.writeable = False",
    "an array in a bytearray": "import numpy as np\na = bytearray(8)\nb = np.frombuffer(a, 'u1')",
    "an arrow array over an array": "import numpy as np, pyarrow as pa\na = np.zeros(3)\nb = pa.array(a)",
    "an array under an arrow table": "import numpy as np, pyarrow as pa\nb = np.zeros(3)\na = pa.table({'x': b})",
    "an arrow column of a frame": "import numpy as np, pandas as pd, pyarrow as pa\na = np.zeros(3)\nb = pd.Series(pa.array(a), dtype=pd.ArrowDtype(pa.float64()))",
    "one frame": "import pandas as pd\na = pd.DataFrame({'x': [1]})\nb = a",
    "a frame in a dict": "import pandas as pd\na = pd.DataFrame({'x': [1]})\nb = {'x': a}",
    "cells of two object columns": "import pandas as pd\nx = [1]\na = pd.Series([x])\nb = pd.Series([x])",
    "one instance": "class C: pass\na = C()\nb = [a]",
    "the attributes of one instance": "class C: pass\na = C()\nb = vars(a)",
    "a list inside a frozen record": "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass C:\n    x: list\na = C([])\nb = a",
    "a global of a function": "a = [1]\ndef b(): a.append(2)",
    "a global of two functions": "x = [1]\ndef a(): return x\ndef b(): x.append(1)",
    "a closure's cell": "def make():\n    n = 0\n    def up():\n        nonlocal n\n        n += 1\n    return up, lambda: n\na, b = make()",
    "a default": "def a(x=[]): return x\nb = a.__defaults__[0]",
    "three names": "a = [1]\nb = a\nc = a\nread = ['a', 'b', 'c']",
    "two of three": "a = [1]\nb = a\nc = [1]\nread = ['a', 'b', 'c']",
    "the other two of three": "a = [1]\nb = [1]\nc = a\nread = ['a', 'b', 'c']",
}
APART = {
    "two lists": "a = [1]\nb = [1]",
    "one str, one tuple, one int": "a = ('x' * 50, (1, 2), 5)\nb = a",
    "one function": "def a(x=1) -> int: return x\nb = a",
    "one function in two": "def f(x, *, y=1): return x\ndef a(): return f(1)\ndef b(): return f(2)",
    "one class": "class C: pass\na = C()\nb = C()",
    "one module": "import json\na = json\nb = json",
    "one index of two frames": "import pandas as pd\na = pd.DataFrame({'x': [1]}, index=['r'])\nb = pd.Series([1], index=a.index)",
    "one index": "import pandas as pd\na = pd.Index(['r'])\nb = a",
    "a copy of a frame": "import pandas as pd\na = pd.DataFrame({'x': [1]})\nb = a[['x']]",
    "two read-only views": "import numpy as np\nx = np.zeros(3)\nx.flags.writeable = False\na, b = x[:2], x[:]",
    "two arrays side by side": "import numpy as np\nx = np.zeros(4)\na, b = x[:2], x[2:]",
    "one frozen record": "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass C:\n    x: int\na = C(1)\nb = a",
    "one name twice in itself": "x = [1]\na = [x, x]\nb = 1",
    "one bytes": "a = b'x' * 100\nb = [a]",
    "one date": "import datetime\na = datetime.date(2020, 1, 1)\nb = [a]",
    "one arrow table": "import pyarrow as pa\na = pa.table({'x': [1]})\nb = a",
    "two slices of an arrow array": "import pyarrow as pa\nx = pa.array([1, 2, 3])\na, b = x[:2], x[1:]",
    "an arrow copy": "import numpy as np, pyarrow as pa\na = np.zeros(3)\nb = pa.array(a.tolist())",
    "one enum": "import enum\nclass E(enum.Enum):\n    A = 1\na = E.A\nb = [E.A]",
}


def code(text):
    return text if "read = " in text else text + "\nread = ['a', 'b']"


@pytest.mark.parametrize("text", SHARED.values(), ids=SHARED)
def test_names_that_share_what_can_change_say_so_the_same_way_each_time(text):
    assert sharing_of(code(text))
    assert sharing_of(code(text)) == sharing_of(code(text))


@pytest.mark.parametrize("text", APART.values(), ids=APART)
def test_names_that_share_nothing_that_can_change_say_nothing(text):
    assert sharing_of(code(text)) == ""


def test_which_parts_are_shared_counts():
    equal_names = [
        "a = [[1], [1]]\nb = a[0]",
        "a = [[1], [1]]\nb = a[1]",
        "a = [[1], [1]]\nb = [1]",
        "a = [[1], [1]]\nb = a[0]\na[1] = b",
    ]
    made = [cell(text) for text in equal_names]
    found = [digests({n: names[n] for n in "ab"}, SOURCES) for names in made]
    assert len({str(each) for each in found}) == 4
    assert (
        len({each.sharing for each in found}) == 3
    )  # what one name shares in itself is in its own
    views = [f"import numpy as np\na = np.zeros(4)\nb = a[{at}:{at + 2}]" for at in range(3)]
    assert len({sharing_of(code(text)) for text in views}) == 3
    trios = ("three names", "two of three", "the other two of three")
    assert len({sharing_of(SHARED[name]) for name in trios}) == 3


def test_the_order_in_which_names_are_given_does_not_count():
    x = [1]
    assert sharing(a=x, b=[x], c=2) == sharing(c=2, b=[x], a=x)


@dataclass
class Node:
    below: list


PARTS = st.lists(st.integers() | st.text(max_size=3), max_size=3)


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=2, max_size=6), st.data())
def test_sharing_is_told_as_plain_identity_tells_it(choice, data):
    """Names drawn from a pool of parts, so that each may be met under several names or one."""
    pool = [data.draw(PARTS) for _ in range(5)]
    wrap = data.draw(st.sampled_from([lambda v: v, lambda v: {"x": v}, lambda v: (1, v), Node]))
    values = {f"n{at}": wrap(pool[each]) for at, each in enumerate(choice)}
    found = digests(values, SOURCES)
    assert bool(found.sharing) == (len(set(choice)) < len(choice))
    assert found.each == {name: digest(value, SOURCES) for name, value in values.items()}
    # only the sharing: a copy of an array need not lie in memory as the array does
    assert found.sharing == digests(copy.deepcopy(values), SOURCES).sharing
    apart = {name: copy.deepcopy(value) for name, value in values.items()}
    assert digests(apart, SOURCES).sharing == ""


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_views_of_one_array_are_told_by_the_bytes_they_share(spans, frozen):
    whole = np.zeros(10, "u1")
    views = [whole[min(span) : max(span)] for span in spans]
    for view, fixed in zip(views, frozen, strict=False):
        view.flags.writeable = not fixed
    expected = any(
        np.shares_memory(one, other) and (one.flags.writeable or other.flags.writeable)
        for at, one in enumerate(views)
        for other in views[:at]
    )
    found = sharing(**{f"n{at}": view for at, view in enumerate(views)})
    assert bool(found) == expected


def test_an_arrow_array_over_an_array_is_told_from_one_beside_it():
    import pyarrow as pa

    def values(cut):
        x, y = np.zeros(4), np.zeros(4)
        whole = (
            pa.chunked_array([pa.array(x)])
            if not cut
            else pa.chunked_array([pa.array(x)[:1], pa.array(x)[1:]])
        )
        return (
            digest([x, whole], SOURCES),
            digest([y, whole], SOURCES),
            digest([whole, x], SOURCES),
            digest([whole, y], SOURCES),
        )

    assert len(set(values(cut=False))) == 4
    assert values(cut=True)[1::2] == values(cut=False)[1::2]  # chunks do not count


def test_a_name_that_cannot_be_seen_is_told_by_that_name():
    with pytest.raises(Opaque) as caught:
        digests({"fine": [1], "culprit": {"x": iter([])}}, SOURCES)
    assert caught.value.path == "culprit['x']"


def test_paths_are_told_for_every_name():
    told = []
    digests({"a": "x.txt", "b": ["y.txt"]}, SOURCES, note=told.append)
    assert told == ["x.txt", "y.txt"]


def test_another_process_with_another_hash_seed_finds_the_same_sharing():
    here = Path(__file__).parent
    program = (
        f"import sys; sys.path[:0] = [{str(here)!r}, {str(here.parents[1])!r}]\n"
        "from test_sharing import SHARED, code, sharing_of\n"
        "print([sharing_of(code(text)) for text in SHARED.values()])"
    )
    expected = str([sharing_of(code(text)) for text in SHARED.values()])
    for seed in ("1", "77", "4242"):
        env = {**os.environ, "PYTHONHASHSEED": seed}
        found = subprocess.check_output([sys.executable, "-c", program], env=env, text=True)
        assert found.strip() == expected


def test_without_telling_objects_apart_nothing_would_be_shared(monkeypatch):
    """Negative control: the digests of the names alone do not tell."""
    alone = [digests({"a": x, "b": y}, SOURCES).each for x, y in (([1], [1]), ([[1]] * 2))]
    assert alone[0] == alone[1]
    monkeypatch.setattr(canonical.sharing, "_objects", lambda encoders: iter(()))
    frame = pd.DataFrame({"x": [1]})
    assert sharing(a=frame, b=frame) == ""
