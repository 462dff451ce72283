"""State that lives in the process or a library: a hit would leave it as it was.

That a hit has no side effects is documented elsewhere: https://github.com/marimo-team/marimo/pull/5917;
tasks with side effects only: https://github.com/PrefectHQ/prefect/issues/4056.
"""

from traps.case import Case


def _lost(name, body, after, setup="", needs=(), reason="", files=None):
    return Case(
        name,
        "miss",
        setup=setup,
        body=body,
        restart=True,
        side=True,
        outputs=(after,),
        needs=needs,
        reason=reason,
        files=files or {},
    )


def _read(name, setup, body, then, needs=()):
    return Case(name, "miss", setup=setup, body=body, then=then, outputs=("y",), needs=needs)


CASES = [
    _lost("a step sets a variable of the environment", "os.environ['TRAP_A'] = '1'\ny = 1", "os.environ.get('TRAP_A')", "import os"),
    _lost("a step puts a variable into the environment", "os.putenv('TRAP_B', '1')\ny = 1", "os.popen('echo $TRAP_B').read()", "import os"),
    _lost("a step changes the working directory", "os.chdir('sub')\ny = 1", "os.path.basename(os.getcwd())", "import os", files={"sub/a.txt": ""}),
    _lost("a step sets an option of pandas", "pd.set_option('display.max_rows', 7)\ny = 1", "pd.get_option('display.max_rows')", "import pandas as pd", ("pandas",)),
    _lost("a step sets an option of pandas through its attribute", "pd.options.display.max_rows = 7\ny = 1", "pd.get_option('display.max_rows')", "import pandas as pd", ("pandas",)),
    _lost("a step sets how numpy prints", "np.set_printoptions(precision=2)\ny = 1", "np.get_printoptions()['precision']", "import numpy as np", ("numpy",)),
    _lost("a step sets a filter of warnings", "warnings.simplefilter('error')\ny = 1", "warnings.filters[0][0]", "import warnings"),
    _lost("a step seeds the random numbers", "random.seed(7)\ny = 1", "random.random()", "import random"),
    _lost("a step seeds numpy's random numbers", "np.random.seed(7)\ny = 1", "float(np.random.rand())", "import numpy as np", ("numpy",)),
    _lost("a step extends the search path", "sys.path.insert(0, 'lib')\ny = 1", "'lib' in sys.path", "import sys"),
    _lost("a step sets up logging", "logging.getLogger('trap').setLevel(10)\ny = 1", "logging.getLogger('trap').level", "import logging"),
    _lost("a step sets the precision of decimals", "decimal.getcontext().prec = 5\ny = 1", "decimal.getcontext().prec", "import decimal"),
    _lost("a step sets the locale", "locale.setlocale(locale.LC_ALL, 'C')\ny = 1", "locale.setlocale(locale.LC_ALL)", "import locale"),
    _lost("a step raises the recursion limit", "sys.setrecursionlimit(5000)\ny = 1", "sys.getrecursionlimit()", "import sys"),
    Case("a step registers something to be done at the end", "miss", setup="import atexit", body="atexit.register(print, end='')\ny = 1", restart=True, side=True),
    _lost("a step fills a standard library's cache that can be seen", "linecache.cache['trap'] = (1, None, ['a'], 'trap')\ny = 1", "'trap' in linecache.cache", "import linecache"),
    _lost("a step replaces a function of a library", "textwrap.dedent = len\ny = 1", "textwrap.dedent('abc')", "import textwrap"),
    _lost("a step adds a builtin", "builtins.trap_name = 5\ny = 1", "trap_name", "import builtins"),
    _lost("a step sets an attribute of a library's class", "json.JSONEncoder.trap = 5\ny = 1", "getattr(json.JSONEncoder, 'trap', 0)", "import json"),
    _lost("a step makes a table in DuckDB's default connection", "duckdb.sql('create or replace table trap_t as select 5 as n')\ny = 1", "duckdb.sql('select n from trap_t').fetchall()", "import duckdb", ("duckdb",)),
    _lost("a helper sets a variable of the environment", "prepare()\ny = 1", "os.environ.get('TRAP_C')", "import os\ndef prepare():\n    os.environ['TRAP_C'] = '1'"),
    _lost("a step imports a module for its effect", "import effect\ny = 1", "sys.flags_of_trap", "import sys", files={"effect.py": "import sys\nsys.flags_of_trap = 5\n"}),
    _lost("a step loads an extension of IPython", "%precision 2\ny = 1", "get_ipython().display_formatter.formatters['text/plain'].float_precision"),
    _lost("a step registers a hook of the shell", "get_ipython().trap_hook = 5\ny = 1", "get_ipython().trap_hook"),
    _read("an option of pandas is read by printing", "import pandas as pd\ndf = pd.DataFrame({'a': range(50)})", "y = len(repr(df))", "pd.set_option('display.max_rows', 4)", ("pandas",)),
    _read("an option of pandas is read by its name", "import pandas as pd", "y = pd.get_option('display.max_rows')", "pd.set_option('display.max_rows', 4)", ("pandas",)),
    _read("numpy's print options are read by printing", "import numpy as np\na = np.array([1 / 3])", "y = repr(a)", "np.set_printoptions(precision=2)", ("numpy",)),
    _read("the precision of decimals is read by dividing", "import decimal\nfrom decimal import Decimal", "y = str(Decimal(1) / 3)", "decimal.getcontext().prec = 5"),
    _read("a filter of warnings makes an error", "import warnings", "try:\n    warnings.warn('x')\n    y = 'shown'\nexcept UserWarning:\n    y = 'raised'", "warnings.simplefilter('error')"),
    _read("the search path is read", "import sys", "y = 'lib' in sys.path", "sys.path.insert(0, 'lib')"),
    _read("the working directory is asked", "import os", "y = os.path.basename(os.getcwd())", "os.makedirs('sub', exist_ok=True)\nos.chdir('sub')"),
    _read("a logger's level is read", "import logging\nlog = logging.getLogger('trap.read')", "y = log.isEnabledFor(10)", "log.setLevel(10)"),
    _read("a builtin was added", "import builtins\nbuiltins.trap_name = 1", "y = trap_name", "builtins.trap_name = 2"),
    _read("how numpy treats errors is read by dividing", "import numpy as np", "try:\n    np.float64(1) / np.float64(0)\n    y = 'inf'\nexcept FloatingPointError:\n    y = 'raised'", "np.seterr(divide='raise')\nNone", ("numpy",)),
]  # fmt: skip
