"""Values by name, made from code, and their digests: what a key of today must still be tomorrow.

Run as a program it prints the digests as JSON, of those values that this interpreter can make.
"""

from __future__ import annotations

import json
import linecache
import sys
from pathlib import Path

PLAIN = {
    "none": "v = None",
    "constants": "v = [True, False, 0, -1, 2**63, 2**64, 10**30, 0.0, -0.0, 1.5, float('inf'), 1j]",
    "texts": "v = ['', 'a', 'é', '\\ud800', 'x' * 300, 'y' * 70_000]",
    "bytes": "v = [b'', b'a', bytearray(b'ab'), memoryview(b'abc')]",
    "many ints": "v = list(range(1000))",
    "many floats": "v = [n / 7 for n in range(1000)]",
    "many texts": "v = [f'text {n}' for n in range(1000)]",
    "many constants": "v = [None, 1, 'a', 2.5, True, b'x'] * 50",
    "texts that are no UTF-8": "v = ['a', '\\udcff'] * 50",
    "tuples": "v = ((), (1,), ((1, 2), 'a'), tuple(range(100)))",
    "dicts": "v = {'a': 1, 2: None, (1, 2): {'b': []}, b'c': {}, None: 1.5}",
    "a dict of constants": "v = {'a': 1, 'b': 'text', 'c': None, 4: 2.5}",
    "records": "v = [{'id': n, 'name': f'name {n}', 'share': n / 3} for n in range(50)]",
    "sets": "v = [{1, 'a', (2, 3)}, frozenset({'x', 'y', 'z'}), set()]",
    "aliases": "x = [1]\nv = [x, x, {'x': x}]",
    "a cycle": "v = []\nv.append(v)",
    "collections": "from collections import *\nv = [OrderedDict(a=1), Counter('abca'), deque([1, 2], 3), ChainMap({'a': 1})]",
    "ranges": "v = [range(3), range(1, 9, 2), slice(1, None)]",
    "moments": "from datetime import *\nv = [date(2020, 2, 29), datetime(2020, 1, 1, 12, fold=1), time(1, 2, 3), timedelta(days=1, microseconds=5), datetime(2020, 1, 1, tzinfo=timezone.utc)]",
    "numbers": "from decimal import Decimal\nfrom fractions import Fraction\nv = [Decimal('1.0'), Decimal('1.00'), Fraction(1, 3)]",
    "paths and patterns": "from pathlib import PurePosixPath\nimport re, uuid\nv = [PurePosixPath('a/b'), re.compile('a+', re.I), uuid.UUID(int=5)]",
}
CODE = {
    "a function": "def v(x, y=1):\n    'Doc.'\n    return x + y",
    "a function that reads": "LIMIT = [1, 2]\ndef helper(x): return x + LIMIT[0]\ndef v(x): return helper(x) * 2",
    "a closure": "def make(n):\n    def inner(x): return x + n\n    return inner\nv = make(3)",
    "a decorated function": "def twice(f):\n    def run(x): return f(f(x))\n    return run\n@twice\ndef v(x): return x + 1",
    "a partial": "import functools\ndef f(x, y): return x + y\nv = functools.partial(f, 1, y=2)",
}
OF_THIS_PYTHON = {
    # classes rest on `object`, builtins are their version's, a lambda counts by its compiled code
    "a lambda": "v = lambda x: x + 1",
    "a class": "class v:\n    limit = 3\n    def f(self, x): return x + self.limit",
    "an instance": "class C:\n    def __init__(self): self.a, self.b = 1, [2]\nv = C()",
    "a dataclass": "from dataclasses import dataclass\n@dataclass\nclass C:\n    a: int\n    b: str = 'x'\nv = C(1)",
    "an enum": "import enum\nclass E(enum.Enum):\n    A = 1\n    B = 'b'\nv = [E.A, E.B]",
    "a builtin": "from collections import defaultdict\nv = [defaultdict(list, a=[1]), len, int]",
}
ARRAYS = {
    "ints": "import numpy as np\nv = np.arange(12).reshape(3, 4)",
    "floats": "import numpy as np\nv = np.linspace(0, 1, 50, dtype='f4')",
    "numpy texts": "import numpy as np\nv = np.array(['a', 'bcd', 'é'])",
    "objects": "import numpy as np\nv = np.array([1, 'a', None, 2.5, [1]], dtype=object)",
    "moments in numpy": "import numpy as np\nv = np.array(['2020-01-01', 'NaT'], dtype='M8[s]')",
    "structures": "import numpy as np\nv = np.array([(1, 2.5)], dtype=[('a', 'i4'), ('b', 'f8')])",
    "views": "import numpy as np\nx = np.zeros(6)\nv = [x, x[2:], x[::2]]",
}
FRAMES = {
    "a frame": "import pandas as pd\nv = pd.DataFrame({'n': [1, 2], 'x': [0.5, None]}, index=pd.Index([3, 4], name='i'))",
    "object columns": "import pandas as pd\nv = pd.DataFrame({'a': pd.Series(['x', None, 'é'] * 20, dtype=object), 'b': pd.Series([{'k': 1}] * 60, dtype=object)})",
    "text columns": "import pandas as pd\nv = pd.DataFrame({'a': pd.Series(['x', None, 'é'] * 20, dtype='str')})",
    "text columns in Python": "import pandas as pd\nv = pd.Series(['x', None, 'é'] * 20, dtype=pd.StringDtype('python'))",
    "nullable columns": "import pandas as pd\nv = pd.DataFrame({'a': pd.array([1, None], dtype='Int64'), 'b': pd.array([True, None], dtype='boolean')})",
    "categories": "import pandas as pd\nv = pd.Series(['a', 'b', 'a'], dtype='category')",
    "moments in pandas": "import pandas as pd\nv = pd.date_range('2020-01-01', periods=3, tz='UTC').to_series()",
    "two levels": "import pandas as pd\nv = pd.DataFrame({'x': [1, 2]}, index=pd.MultiIndex.from_tuples([('a', 1), ('b', 2)]))",
}
ARROW = {
    "arrow texts": "import pyarrow as pa\nv = pa.table({'a': pa.array(['x', None, 'é']), 'b': pa.array(['x', 'y', 'z'], pa.large_string())})",
    "arrow lists": "import pyarrow as pa\nv = pa.array([[1, 2], None, []])",
}
NAMES = {
    "one list twice": "a = [1]\nb = a",
    "two lists": "a = [1]\nb = [1]",
    "a part": "a = [[1], {'x': {2}}]\nb = a[1]['x']\nc = [a[0], b]",
}
VALUES = {**PLAIN, **CODE, **OF_THIS_PYTHON, **ARRAYS, **FRAMES, **ARROW}


class NamedSources:
    """Sources that say of every module the same in every installation."""

    def source_of(self, code_owner):
        code = getattr(code_owner, "__code__", None)
        if code is None:
            return None
        import inspect

        return inspect.getsource(code_owner)

    def module_digest(self, name):
        return None if name == "__main__" else f"{name} 1.0"


def made(name, code):
    """Run code as a cell of a notebook and return its names."""
    file = f"<compat {name}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    namespace = {"__name__": "__main__"}
    exec(compile(code, file, "exec", dont_inherit=True), namespace)
    return namespace


def digests():
    """The digest of every value that this interpreter has the packages for, and of sharing."""
    from workbench.keys import canonical

    sources = NamedSources()
    found = {}
    for name, code in VALUES.items():
        try:
            value = made(name, code)["v"]
        except ImportError:
            continue
        found[name] = canonical.digest(value, sources, name=name)
    for name, code in NAMES.items():
        names = {key: value for key, value in made(name, code).items() if len(key) == 1}
        found[f"sharing of {name}"] = canonical.digests(names, sources).sharing
    return found


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    print(json.dumps(digests()))
