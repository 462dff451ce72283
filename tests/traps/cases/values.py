"""Different values that a careless encoding takes for one.

Arguments without boundaries between them: https://github.com/streamlit/streamlit/issues/16559 and
https://github.com/grantjenks/python-diskcache/issues/313. One dtype's bytes for another's:
https://github.com/langchain-ai/langgraph/issues/8009. Nothing seen below a depth of six:
https://github.com/apache/hamilton/issues/1715. Types untold: https://github.com/apache/hamilton/pull/1628.
"""

from traps.case import Case


def _pair(name, before, after, body="y = repr(v)", setup="", needs=(), guards=""):
    return Case(
        name,
        "miss",
        setup=f"{setup}\nv = {before}",
        body=body,
        then=f"v = {after}",
        outputs=("y",),
        needs=needs,
        guards=guards,
    )


def _same(name, before, after, body="y = len(v)", setup="", needs=()):
    return Case(
        name,
        "hit",
        setup=f"{setup}\nv = {before}",
        body=body,
        then=f"v = {after}",
        outputs=("y",),
        needs=needs,
    )


_NP = "import numpy as np"
_DEEP = "v = {leaf}\nfor n in range(12):\n    v = {{'inner': [v]}}"

CASES = [
    Case(
        "two texts share their letters differently",
        "miss",
        setup="a, b = 'ab', 'c'",
        body="y = (a, b)",
        then="a, b = 'a', 'bc'",
        outputs=("y",),
    ),
    Case(
        "a text looks like the encoding of two",
        "miss",
        setup="a, b = 'doc1', 'acme'",
        body="y = f'{a}|{b}'",
        then="a, b = 'doc1str:bstr:acme', ''",
        outputs=("y",),
    ),
    Case(
        "two names exchange their values",
        "miss",
        setup="a, b = 1, 2",
        body="y = (a, b)",
        then="a, b = 2, 1",
        outputs=("y",),
    ),
    _pair("a list of texts is grouped otherwise", "['ab', 'c']", "['a', 'bc']"),
    _pair("nesting differs", "[[1], 2]", "[[1, 2]]"),
    _pair("a list becomes a tuple", "[1, 2]", "(1, 2)"),
    _pair("an integer becomes a float", "1", "1.0"),
    _pair("an integer becomes a truth value", "1", "True"),
    _pair("a key 1 becomes True", "{1: 'a'}", "{True: 'a'}"),
    _pair("zero becomes minus zero", "0.0", "-0.0"),
    _pair("minus zero inside a complex number", "complex(0.0, 1)", "complex(-0.0, 1)"),
    _pair("NaN becomes None", "float('nan')", "None"),
    _pair("a text becomes bytes", "'a'", "b'a'"),
    _pair("bytes become a bytearray", "b'a'", "bytearray(b'a')"),
    _pair("a number becomes its text", "1", "'1'"),
    _pair("None becomes its text", "None", "'None'"),
    _pair("an empty list becomes an empty dict", "[]", "{}"),
    _pair("an empty set becomes an empty frozenset", "set()", "frozenset()"),
    _pair("an empty text becomes empty bytes", "''", "b''"),
    _pair("a dict's order changes", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "y = list(v)"),
    _pair("a dict becomes an ordered one", "{'a': 1}", "OrderedDict(a=1)",
          setup="from collections import OrderedDict"),
    _pair("a Counter becomes a dict", "Counter('aab')", "{'a': 2, 'b': 1}",
          setup="from collections import Counter"),
    _pair("a default dict's factory changes", "defaultdict(int)", "defaultdict(list)",
          "y = v['x']", setup="from collections import defaultdict"),
    _pair("a range of equal length", "range(0, 4, 2)", "range(0, 4, 3)", "y = list(v)"),
    _pair("a decimal's trailing zero", "Decimal('1.0')", "Decimal('1.00')", "y = str(v)",
          setup="from decimal import Decimal"),
    _pair("a fraction becomes a float", "Fraction(1, 2)", "0.5",
          setup="from fractions import Fraction"),
    _pair("an enum's member becomes another of equal value in another enum", "A.x", "B.x",
          setup="import enum\nclass A(enum.IntEnum):\n    x = 1\nclass B(enum.IntEnum):\n    x = 1"),
    _pair("an enum's member becomes its value", "A.x", "1",
          setup="import enum\nclass A(enum.IntEnum):\n    x = 1"),
    _pair("a moment's zone changes, the moment does not", "datetime(2024, 1, 1, 12, tzinfo=timezone.utc)",
          "datetime(2024, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))",
          setup="from datetime import datetime, timezone, timedelta"),
    _pair("a moment loses its zone", "datetime(2024, 1, 1, tzinfo=timezone.utc)", "datetime(2024, 1, 1)",
          setup="from datetime import datetime, timezone"),
    _pair("the second of two equal hours", "datetime(2024, 10, 27, 2, tzinfo=z)",
          "datetime(2024, 10, 27, 2, tzinfo=z, fold=1)", "y = v.utcoffset()",
          setup="from datetime import datetime\nfrom zoneinfo import ZoneInfo\nz = ZoneInfo('Europe/Berlin')"),
    _pair("a date becomes a moment", "date(2024, 1, 1)", "datetime(2024, 1, 1)",
          setup="from datetime import date, datetime"),
    _pair("a text becomes an object of a subclass", "'a'", "Name('a')", "y = type(v).__name__",
          setup="class Name(str):\n    pass"),
    _pair("a path becomes its text", "Path('a/b')", "'a/b'", setup="from pathlib import Path"),
    _pair("a named tuple becomes a tuple", "P(1, 2)", "(1, 2)",
          setup="from collections import namedtuple\nP = namedtuple('P', 'a b')"),
    _pair("an integer larger than 64 bits", "2 ** 64", "2 ** 65"),
    _pair("texts that look alike have other code points", "'\\u00e9'", "'e\\u0301'", "y = len(v)"),
    _pair("a lone surrogate", "'\\ud800'", "'\\ud801'", "y = ascii(v)"),
    Case(
        "a difference lies twelve levels deep",
        "miss",
        setup=_DEEP.format(leaf="1"),
        body="y = repr(v)",
        then=_DEEP.format(leaf="2"),
        outputs=("y",),
    ),
    Case(
        "one of a million numbers changes",
        "miss",
        setup="v = list(range(300_000))",
        body="y = sum(v)",
        then="v[123_457] = 0",
        outputs=("y",),
    ),
    _pair("an array's shape", "np.arange(6).reshape(2, 3)", "np.arange(6).reshape(3, 2)",
          "y = v.shape", _NP, ("numpy",), guards="array"),
    _pair("an array's dtype over the same bytes", "np.frombuffer(b'\\xc8', np.uint8)",
          "np.frombuffer(b'\\xc8', np.int8)", "y = int(v.sum())", _NP, ("numpy",)),
    _pair("an array's byte order over the same bytes", "np.frombuffer(b'\\0\\1', '<i2')",
          "np.frombuffer(b'\\0\\1', '>i2')", "y = int(v[0])", _NP, ("numpy",)),
    _pair("an array's layout in memory", "np.ones((2, 3))", "np.asfortranarray(np.ones((2, 3)))",
          "y = v.flags['C_CONTIGUOUS']", _NP, ("numpy",)),
    _pair("an array becomes read-only", "np.zeros(2)", "frozen(2)", "y = v.flags.writeable",
          _NP + "\ndef frozen(n):\n    a = np.zeros(n)\n    a.flags.writeable = False\n    return a", ("numpy",)),
    _pair("an array of one element becomes a number", "np.array([1])", "np.int64(1)", "y = np.shape(v)", _NP, ("numpy",)),
    _pair("a number becomes a scalar of numpy", "1.5", "np.float64(1.5)", "y = type(v).__name__", _NP, ("numpy",)),
    _pair("an element beyond what a sample would see", "big(0)", "big(1)", "y = int(v.sum())",
          _NP + "\ndef big(x):\n    a = np.zeros(600_000)\n    a[599_999] = x\n    return a", ("numpy",)),
    _pair("a structured array's field name", "np.zeros(1, [('a', 'i4')])", "np.zeros(1, [('b', 'i4')])",
          "y = v.dtype.names", _NP, ("numpy",)),
    _pair("a masked array's mask", "np.ma.array([1, 2], mask=[0, 1])", "np.ma.array([1, 2], mask=[1, 0])",
          "y = int(v.sum())", _NP, ("numpy",)),
    _same("a set was built in another order", "{'a', 'b', 'c'}", "{'c', 'b', 'a'}", "y = sorted(v)"),
    Case(
        "a set has another order in another process",
        "hit",
        setup="v = {'apple', 'pear', 'plum', 'fig', ('x', 1)}",
        body="y = len(v)",
        restart=True,
        outputs=("y",),
    ),
    _same("an equal value is another object", "[1, {'a': 'b'}]", "[1, {'a': 'b'}]"),
    _same("equal texts are one object or two", "['ab', 'ab']", "['ab', ''.join(['a', 'b'])]"),
    _same("NaN stays NaN", "float('nan')", "float('nan')", "y = v != v"),
    _same("an equal array was made from a slice", "np.arange(3)", "np.arange(5)[:3].copy()", "y = int(v.sum())", _NP, ("numpy",)),
]  # fmt: skip
