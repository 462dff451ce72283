"""Code that reads what no key can see says so; code that does not is not suspected."""

from __future__ import annotations

import ast
import builtins
import datetime as dt
import functools
import getpass
import json
import os
import platform
import random
import secrets
import shutil
import sqlite3
import time
import uuid

import duckdb
import numpy as np
import pandas as pd
import pytest
from notebook_code import TestSources, cell

import workbench
from workbench.keys.volatile import reads_environment, volatile

LIVE = {
    "time": time, "t": time.time, "random": random, "choice": random.choice, "secrets": secrets,
    "np": np, "rng": np.random, "uuid": uuid, "uuid4": uuid.uuid4, "os": os, "environ": os.environ,
    "dt": dt, "datetime": dt.datetime, "date": dt.date, "pd": pd, "json": json,
    "functools": functools, "getpass": getpass, "now": dt.datetime.now,
    "duckdb": duckdb, "con": duckdb.connect(), "platform": platform, "wb": workbench,
    "read_sql": pd.read_sql, "when": " Today ", "to_datetime": pd.to_datetime, "shutil": shutil,
    "sqlite3": sqlite3, "day": "2020-01-01", "dt64": np.datetime64, "column": "now",
}  # fmt: skip

HELPERS = """
def tick(): return time.time()
def indirect(): return [tick() for _ in 'ab']
def imports():
    from os import environ as e
    return e['X']
def aliased():
    import random as r
    return r.random()
def inner():
    def deep(): return uuid4()
    return deep()
def late(): return pd.Timestamp(when)
def timed(f):
    start = time.time()
    return f
def pure(x): return x.strip().lower()
def quotes(): return 'time.time()'
def recursive(n): return n and recursive(n - 1)
class Clock:
    def read(self): return indirect()
class Pure:
    def read(self, time): return time.time
lazy = lambda: rng.rand()
clock = Clock()
table = {'a': tick}
part = functools.partial(indirect)
cached = functools.lru_cache(tick)
def holds(f): return lambda: f()
held = holds(tick)
@functools.wraps(pure)
def dressed(*a): return tick()
"""

VOLATILE = [
    "time.time()", "time.perf_counter()", "t()", "x = time.time", "print(time)", "random.random()", "choice(x)",
    "random.Random(1)", "secrets.token_hex()", "np.random.rand()", "np.random.default_rng(1)",
    "rng.rand()", "uuid.uuid4()", "uuid4()", "uuid.uuid1()", "os.environ['A']", "environ['A']",
    "os.getenv('A')", "os.urandom(1)", "datetime.now()", "datetime.utcnow()", "now()",
    "dt.datetime.now()", "dt.datetime.today()", "date.today()", "dt.date.today()",
    "pd.Timestamp.now()", "input()", "getpass.getpass()", "eval('1')", "exec('1')", "globals()",
    "locals()", "vars()", "__import__('a')", "hash('a')", "map(id, x)",
    "import time\ntime.time()", "from time import time as c\nc()", "from random import *\nrandom()",
    "import importlib\nimportlib.import_module('a')", "import numpy as n\nn.random.rand()",
    "from datetime import datetime as d\nd.now()", "import os.path\nos.environ", "f'{time.time()}'",
    "def f(): return time.time()", "class C:\n    x = time.time()", "[time.time() for _ in x]",
    "lambda: datetime.now()", "@functools.partial(random.shuffle)\ndef f(): pass",
    "def f(x=time.time()): pass", "getattr(time, 'time')()",
    "tick()", "indirect()", "imports()", "aliased()", "inner()", "Clock().read()", "clock.read()",
    "duckdb.sql('select 1')", "con.execute('select 1')", "con.sql('from x')", "duckdb.connect()",
    "import duckdb as d\nd.sql('x')", "from duckdb import sql\nsql('x')", "pd.read_sql('x', y)",
    "read_sql('x', y)", "sqlite3.connect(x)", "import sqlalchemy\nsqlalchemy.create_engine(u)",
    "from psycopg import connect\nconnect(u)", "wb.sql('select 1')", "from workbench import sql\nsql('x')",
    "platform.node()", "os.cpu_count()", "os.path.expandvars('$A')", "shutil.disk_usage('/')",
    "pd.Timestamp('now')", "pd.Timestamp('today')", "pd.to_datetime('NOW')", "np.datetime64('now')",
    "np.array(['today'], dtype='datetime64[D]')", "pd.Timestamp(when)", "to_datetime(when)", "dt64('now')",
    "pd.Timestamp.today()", "pd.Timestamp.utcnow()", "pd.Period.now('D')", "from pandas import Timestamp as T\nT('now')",
    "pd.date_range('2020', 'today')", "def f(): return pd.to_datetime('today')\nf()", "late()",
    "import datetime\nd = datetime\nd.datetime.now()", "importlib = __import__('importlib')",
    "from time import *\nt0 = time()", "import importlib as i\ni.import_module('time').time()",
    "@timed\ndef f(): pass", "lazy()", "table['a']()", "part()", "cached()", "held()", "dressed()", "x.map(tick)",
]  # fmt: skip
STEADY = [
    "x = 1", "time.sleep(1)", "isinstance(x, datetime)", "datetime(2020, 1, 1)", "dt.date(2020, 1, 1)",
    "datetime.fromisoformat(x)", "dt.timedelta(1)", "uuid.UUID(int=1)", "uuid.uuid5(a, b)",
    "open('x').read()", "os.path.join('a', 'b')", "os.listdir('.')", "np.array([1]).mean()",
    "pd.Timestamp('2020')", "pd.DataFrame(x)", "json.dumps(x)", "print(x)", "df.time.mean()",
    "row['random']", "x.random()", "'time.time()'", "for id in ids: f(id)",
    "input = 1\nprint(input)", "import time", "import random", "from datetime import datetime\nx: datetime",
    "df['now'].sum()", "pd.Timestamp(day)", "to_datetime(day)", "x = 'today'", "df[column]", "shutil.copy(a, b)",
    "pure(x)", "quotes()", "recursive(3)", "Pure().read(x)", "functools.partial(pure)",
    "def f(time): return time.time()", "sorted(x, key=lambda a: a.time)",
]  # fmt: skip


def why(code):
    namespace = cell(HELPERS, {"__name__": "__main__", **LIVE})
    look = lambda name: namespace.get(name, getattr(builtins, name, None))  # noqa: E731
    return volatile(ast.parse(code), look, TestSources())


@pytest.mark.parametrize("code", VOLATILE)
def test_code_that_reads_what_no_key_sees_is_volatile(code):
    assert why(code)


@pytest.mark.parametrize("code", STEADY)
def test_code_that_depends_on_its_inputs_only_is_not(code):
    assert why(code) == ""


def test_the_reason_names_what_is_read_and_where():
    assert "time.time" in why("t()")
    assert "time.time in tick" in why("clock.read()")


@pytest.mark.parametrize("code", ["tick()", "inner()", "imports()", "clock.read()", "lazy()"])
def test_a_function_without_a_known_source_is_read_from_its_code(code):
    namespace = cell(HELPERS, {"__name__": "__main__", **LIVE})
    assert volatile(ast.parse(code), namespace.get)


def test_a_reason_of_the_environment_can_be_told_from_others():
    assert reads_environment(why("os.environ['A']"))
    assert reads_environment(why("imports()"))
    assert not reads_environment(why("time.time()"))
    assert not reads_environment("")
