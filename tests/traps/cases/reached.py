"""The clock, the machine and the notebook's names, reached by ways that do not name them at once."""

from traps.case import Case


def _later(name, body, setup="", **more):
    return Case(name, "miss", setup=setup, body=body, restart=True, side=True, **more)


def _names(name, body, setup=""):
    return Case(name, "miss", setup=f"k = 1\n{setup}", body=body, then="k = 2", outputs=("y",))


_MOMENT = "from datetime import datetime\nd = datetime(2020, 1, 1)"

CASES = [
    _later("the clock is asked of a moment", "y = d.now()", _MOMENT),
    _later("the clock is asked of a moment's class", "y = type(d).now()", _MOMENT),
    _later("the clock is asked of a date's class", "y = d.__class__.today()", "from datetime import date\nd = date(2020, 1, 1)"),
    _later("the clock is asked of a moment of pandas", "y = t.now()", "import pandas as pd\nt = pd.Timestamp('2020')", needs=("pandas",)),
    _later("the clock is asked of an element of a column", "y = df.t[0].now()", "import pandas as pd\ndf = pd.DataFrame({'t': pd.to_datetime(['2020'])})", needs=("pandas",)),
    _later("the clock is asked by a name that a variable holds", "y = getattr(datetime.datetime, name)()", "import datetime\nname = 'now'"),
    _later("the clock is asked by a caller of methods", "y = ask(datetime.datetime)", "import datetime, operator\nask = operator.methodcaller('now')"),
    _later("the event loop's clock", "y = asyncio.get_running_loop().time()\nawait asyncio.sleep(0)", "import asyncio"),
    _later("the time of a log record", "y = logging.LogRecord('a', 1, 'p', 1, 'm', (), None).created", "import logging"),
    _later("a path is asked for the user's folder", "y = str(path.expanduser())", "from pathlib import Path\npath = Path('~')"),
    _later("a path's class is asked for the user's folder", "y = str(path.home())", "from pathlib import Path\npath = Path('~')"),
    _later("the hash of a text, by its method", "y = 'a'.__hash__()"),
    _later("the hash of a text, by its type", "y = f('a')", "f = str.__hash__"),
    _later("the number of the parent process", "y = os.getppid()", "import os"),
    _later("the number of the thread", "y = threading.get_ident()", "import threading"),
    _names("the shell under another name", "y = gi().user_ns['k']", "from IPython import get_ipython as gi"),
    _names("the shell as IPython's", "y = IPython.get_ipython().user_ns['k']", "import IPython"),
    _names("the shell in a function", "y = f()", "import IPython\ndef f():\n    return IPython.get_ipython().user_ns['k']"),
    _names("the shell as its class knows it", "y = Shell.instance().user_ns['k']", "from IPython.core.interactiveshell import InteractiveShell as Shell"),
    _names("a builtin is looked up by a composed name", "y = getattr(builtins, 'ev' + 'al')('k')", "import builtins"),
    _names("the globals of a method", "y = a.f.__globals__['k']", "class A:\n    def f(self):\n        pass\na = A()"),
    _names("the globals by a getter", "y = get(f)['k']", "import operator\ndef f():\n    pass\nget = operator.attrgetter('__globals__')"),
    _names("the globals of an error's frame", "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    y = e.__traceback__.tb_frame.f_globals['k']"),
    _names("the globals of a generator's frame", "y = f().gi_frame.f_globals['k']", "def f():\n    yield 1"),
    _names("the module that a class was made in", "y = inspect.getmodule(A).k", "import inspect\nclass A:\n    pass"),
    Case("--out leaves out an input that the cell changes", "miss", line="--out y", setup="items = [1]", body="items.append(2)\ny = 5", restart=True, side=True, outputs=("items", "y")),
    Case("--out leaves out an input that the cell changes, in the same kernel", "miss", line="--out y", setup="items = [1]", body="items.append(2)\ny = 5", then="items = [1]", side=True, outputs=("items", "y")),
]  # fmt: skip
