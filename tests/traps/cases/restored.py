"""What a served outcome must be: everything that the first run left behind and showed.

Elements of a cached run were not shown again: https://github.com/streamlit/streamlit/issues/10025. One
object in two places was told from two: https://github.com/joblib/joblib/issues/1283. What cannot be
stored was executed each time without a word: https://github.com/joblib/joblib/issues/1267.
"""

import sys

from traps.case import Case


def _back(name, body, *outputs, setup="", needs=(), reason="", expect="restore", **more):
    return Case(
        name,
        expect,
        setup=setup,
        body=body,
        outputs=outputs,
        restart=True,
        needs=needs,
        reason=reason,
        **more,
    )


_PD = "import pandas as pd\n"

CASES = [
    _back("two names of one list stay one", "a = [1]\nb = a", "a is b", "a", guards="aliases"),
    _back("two equal lists stay two", "a = [1]\nb = [1]", "a is b"),
    _back("one list in two places stays one", "part = [1]\nbox = {'x': part, 'y': [part]}", "box['x'] is box['y'][0]", "box['x'] is part"),
    _back("a list that holds itself", "a = [1]\na.append(a)", "a[1] is a", "len(a)"),
    _back("two dicts that hold each other", "a, b = {}, {}\na['b'], b['a'] = b, a", "a['b'] is b", "b['a'] is a"),
    _back("a name is deleted", "del old\ny = 1", "'old' in globals()", "y", setup="old = 1"),
    _back("a name is bound and deleted", "tmp = 5\ny = tmp + 1\ndel tmp", "'tmp' in globals()", "y", setup=""),
    _back("a function is defined", "def double(x, by=2):\n    'Doubles.'\n    return x * by", "double(4)", "double.__doc__", "double.__module__", "double.__name__"),
    _back("a function reads the cell's other name", "k = 3\ndef f(x):\n    return x * k", "f(2)", "f.__globals__ is globals()"),
    _back("two names of one function", "def f():\n    return 1\ng = f", "g is f", "g()", reason="a second name of a function has no codec"),
    _back("a class is defined", "class Box:\n    n = 1\n    def get(self):\n        return self.n\nbox = Box()", "box.get()", "type(box) is Box", "isinstance(box, Box)", reason="classes defined in a step have no codec"),
    _back("a dataclass is defined and used", "from dataclasses import dataclass\n@dataclass\nclass Row:\n    n: int\nrows = [Row(1), Row(2)]", "rows", "type(rows[0]) is Row", reason="classes defined in a step have no codec"),
    _back("a closure", "def make(n):\n    def add(x):\n        return x + n\n    return add\nadd = make(2)", "add(1)", reason="closures have no codec"),
    _back("a lambda", "f = lambda x: x + 1", "f(1)", reason="lambdas have no codec"),
    _back("a decorated function", "import functools\n@functools.lru_cache\ndef f(x):\n    return x + 1", "f(1)", "f.cache_info().maxsize", reason="decorated functions have no codec"),
    _back("modules are imported", "import json\nimport os.path as p\nfrom math import pi, floor", "json.dumps(1)", "p.join('a', 'b')", "pi", "floor(1.5)"),
    _back("printed text and errors keep their order", "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')\ny = 1", "y"),
    _back("text without an end of line", "print('a', end='')\nprint('b', end='')", "1"),
    _back("a carriage return", "print('50%\\r100%')", "1"),
    _back("the last expression is shown", "y = 1\ny + 1", "y"),
    _back("the last expression is not shown behind a semicolon", "y = 1\ny + 1;", "y"),
    _back("several displays", "from IPython.display import display, HTML, Markdown\ndisplay(HTML('<b>a</b>'), Markdown('*b*'))\ny = 1", "y"),
    _back("a display is updated", "from IPython.display import display\nhandle = display('one', display_id='trap')\nhandle.update('two')\ndel handle\ny = 1", "y"),
    _back("a frame is shown", "df", "df.shape", setup=_PD + "df = pd.DataFrame({'a': [1, 2]})", needs=("pandas",)),
    _back("a figure is shown", "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nfig = plt.figure()\nfrom IPython.display import display\ndisplay(fig)\nplt.close(fig)\ndel fig\ny = 1", "y", needs=("matplotlib",), reason="matplotlib keeps state of its own"),
    _back("a widget is shown", "import ipywidgets\nfrom IPython.display import display\ndisplay(ipywidgets.IntSlider(3))\ny = 1", "y", needs=("ipywidgets",), expect="hit", reason="a widget lives in its kernel"),
    _back("a large text", "y = 'x' * 10_000_000", "len(y)", "y[:3]"),
    _back("a large output", "for n in range(2000):\n    print('x' * 100)\ny = 1", "y"),
    _back("a lone surrogate in a value", "y = 'a\\ud800b'", "ascii(y)"),
    _back("a lone surrogate as a key", "y = {'\\udc80': 1}", "ascii(y)"),
    _back("a name is bound to the object it had", "y = x", "y is x", "y", setup="x = [1]"),
    _back("a name is bound to itself", "x = x", "x", setup="x = [1]"),
    _back("a small int and a bool stay themselves", "y = [1, True, 1.0, 0, False, None]", "y"),
    _back("an int of thousands of digits", "y = 7 ** 20_000", "y % 1_000_007", "y.bit_length()"),
    _back("floats that JSON does not know", "y = [float('nan'), float('inf'), -0.0, 5e-324]", "y"),
    _back("keys that JSON does not know", "y = {1: 'a', '1': 'b', True and 2: 'c', (1, 'x'): 'd', None: 'e', b'k': 'f'}", "y"),
    _back("an ordered dict, a Counter, a default dict", "from collections import OrderedDict, Counter, defaultdict\na = OrderedDict(x=1)\nb = Counter('aab')\nc = defaultdict(list, k=[1])", "a", "b", "c", "c['new']"),
    _back("a named tuple of the notebook", "p = P(1, 2)", "p", "type(p) is P", setup="from collections import namedtuple\nP = namedtuple('P', 'a b')"),
    _back("a subclass of list", "y = Items([1])", "type(y).__name__", "y", setup="class Items(list):\n    pass", reason="subclasses of containers have no codec"),
    _back("a subclass of str", "y = Name('a')", "type(y).__name__", "y", setup="class Name(str):\n    pass", reason="subclasses of plain values have no codec"),
    _back("sets and frozensets", "y = [{1, 2}, frozenset('ab'), set()]", "sorted(y[0])", "type(y[1]).__name__", "y[2]"),
    _back("an enum's member is that member", "y = Level.high", "y is Level.high", setup="import enum\nclass Level(enum.Enum):\n    high = 1"),
    _back("moments, durations, decimals, paths, ids", "from datetime import datetime, timezone, timedelta\nfrom decimal import Decimal\nfrom pathlib import Path\nfrom uuid import UUID\ny = [datetime(2024, 1, 1, tzinfo=timezone.utc), timedelta(1, 2, 3), Decimal('1.00'), Path('a/b'), UUID(int=5)]", "y"),
    _back("a moment in a named zone", "from datetime import datetime\nfrom zoneinfo import ZoneInfo\ny = datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo('Europe/Berlin'))", "y", "y.utcoffset()", "y.fold"),
    _back("complex numbers, ranges, slices, bytes", "y = [1j, range(1, 9, 3), slice(1, 2), b'\\x00\\xff', bytearray(b'a'), ...]", "y", reason="slices and the ellipsis have no codec"),
    _back("an exception as a value", "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    y = str(error)\n    kept = error", "y", "type(kept).__name__", reason="an exception holds frames"),
    _back("an object of a pydantic model", "y = Box(n=2)", "y", "type(y) is Box", setup="from pydantic import BaseModel\nclass Box(BaseModel):\n    n: int = 1", needs=("pydantic",)),
    _back("a pydantic object knows which fields were set", "y = [Box(), Box(n=1)]", "[sorted(b.model_fields_set) for b in y]", setup="from pydantic import BaseModel\nclass Box(BaseModel):\n    n: int = 1", needs=("pydantic",)),
    _back("a dataclass of the notebook", "y = [Row(1), Row(2)]", "y", "type(y[0]) is Row", setup="from dataclasses import dataclass\n@dataclass\nclass Row:\n    n: int"),
    _back("an array of each kind", "import numpy as np\ny = [np.arange(3), np.zeros((2, 0)), np.array(5.0), np.array(['a', 'bc']), np.array([1, 2], '>i2'), np.float32(1.5), np.datetime64('NaT')]", "[(str(a.dtype), np.shape(a), repr(a)) for a in y]", needs=("numpy",)),
    _back("an array's layout and its right to be written", "import numpy as np\na = np.asfortranarray(np.ones((2, 3)))\nb = np.ones(2)\nb.flags.writeable = False", "a.flags.f_contiguous", "b.flags.writeable", "a.flags.writeable", needs=("numpy",)),
    _back("a view of an array stays a view", "import numpy as np\na = np.arange(4)\nv = a[1:]", "np.shares_memory(a, v)", "v.tolist()", needs=("numpy",)),
    _back("a frame with cells of every kind", "df = pd.DataFrame({'a': [{'k': 1}, [1, 2]], 'b': [None, (1,)], 'c': [float('nan'), 'x']})", "[[repr(c) for c in row] for row in df.values]", "df.dtypes.astype(str).tolist()", setup="import pandas as pd", needs=("pandas",)),
    _back("a frame with times that are missing", "df = pd.DataFrame({'t': pd.to_datetime(['2024-01-01', None])})\nn = pd.NaT", "df.t.isna().tolist()", "n is pd.NaT", "str(df.dtypes.t)", setup="import pandas as pd", needs=("pandas",)),
    _back("a frame's index, columns and attrs", "df = pd.DataFrame({'a': [1]}, index=pd.MultiIndex.from_tuples([('x', 1)], names=['k', None]))\ndf.columns.name = 'kind'\ndf.attrs['source'] = 'web'", "list(df.index)", "df.index.names", "df.columns.name", "df.attrs", setup="import pandas as pd", needs=("pandas",)),
    _back("a frame with categories and nullable numbers", "df = pd.DataFrame({'c': pd.Categorical(['b', 'a'], categories=['b', 'a', 'z'], ordered=True), 'i': pd.array([1, None], dtype='Int64')})", "df.c.cat.categories.tolist()", "df.c.cat.ordered", "repr(df.i[1])", setup="import pandas as pd", needs=("pandas",)),
    _back("one frame under two names", "df = pd.DataFrame({'a': [1]})\nsame = df", "df is same", setup="import pandas as pd", needs=("pandas",)),
    _back("an Arrow table", "t = pa.table({'a': [1, None]}).replace_schema_metadata({'k': 'v'})", "t.to_pydict()", "t.schema.metadata", setup="import pyarrow as pa", needs=("pyarrow",), reason="tables of Arrow have no codec"),
    _back("a restored list can be changed", "y = [1]", "y.append(2) or y"),
    _back("names of all kinds of binding", "import math as m\nfor i in range(2):\n    pass\nwith open('d.txt') as f:\n    line = f.read()\ntry:\n    raise ValueError\nexcept ValueError as e:\n    pass\n(w := 5)\na, *b = [1, 2, 3]\ndel f", "i", "line", "'e' in globals()", "w", "a", "b", "m.pi > 3", files={"d.txt": "x"}),
    _back("an async cell", "import asyncio\nawait asyncio.sleep(0)\ny = [1]", "y"),
    _back("a generator cannot be kept", "g = (n for n in [1, 2])\ny = 1", "list(g)", expect="miss"),
    _back("an error is raised again", "y = 1\nraise ValueError('no')", "y", expect="miss", side=True, fails=True),
    _back("a cell clears what it showed", "from IPython.display import clear_output\nprint('one')\nclear_output()\nprint('two')\ny = 1", "y"),
    _back("a name is bound twice, shown once", "y = 1\ny = 2\nprint(y)", "y"),
    _back("warnings are shown again", "import warnings\nwarnings.warn('careful')\ny = 1", "y", expect="hit", reason="a warning is shown once a place"),
]  # fmt: skip

if sys.version_info < (3, 14):  # from then on nobody sees them
    CASES.append(
        _back("annotations of the cell's names", "x: int = 1", "x", "__annotations__['x'].__name__", expect="miss", side=True),
    )  # fmt: skip
