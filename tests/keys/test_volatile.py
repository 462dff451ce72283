"""Code that reads the clock, randomness or the environment is seen, however it is spelt."""

from __future__ import annotations

import ast
import builtins
import datetime as dt
import functools
import os
import random
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.keys import names

VOLATILE = {
    "import time\ntime.time()": "it reads the clock (time.time)",
    "import time as t\nt.monotonic()": "it reads the clock (time.monotonic)",
    "from time import time as t\nt()": "it reads the clock (time.time)",
    "from datetime import datetime\ndatetime.now()": "it reads the clock (datetime.datetime.now)",
    "import datetime as dt\ndt.date.today()": "it reads the clock (datetime.date.today)",
    "import random\nrandom.random()": "it draws random numbers (random.random)",
    "import numpy.random as nr\nnr.rand()": "it draws random numbers (numpy.random.rand)",
    "import numpy as np\nnp.random.rand()": "it draws random numbers (numpy.random.rand)",
    "from uuid import uuid4\nuuid4()": "it draws random numbers (uuid.uuid4)",
    "import secrets\nsecrets.token_hex()": "it draws random numbers (secrets.token_hex)",
    "import os\nos.urandom(1)": "it draws random numbers (os.urandom)",
    "import os\nos.environ['A']": "it reads the environment (os.environ)",
    "from os import *\ngetenv('A')": "it reads the environment (os.getenv)",
    "input()": "it asks the terminal (input)",
    "import getpass\ngetpass.getpass()": "it asks the terminal (getpass.getpass)",
    "eval('1')": "it runs code made at run time (eval)",
    "exec('1')": "it runs code made at run time (exec)",
    "globals()": "it reads all names (globals)",
    "locals()": "it reads all names (locals)",
    "vars()": "it reads all names (vars)",
    "__import__('a')": "it imports by name (__import__)",
    "import importlib\nimportlib.import_module('a')": "it imports by name (importlib.import_module)",
}

IN_DOUBT = [
    "from datetime import datetime\nd = datetime\nd.now()",
    "from datetime import datetime\ngetattr(datetime, 'now')()",
    "import os\ngive(os)\nit.environ",
    "import time\ngive(time)",
    "def f():\n    import time\n    return time.time()",
    "f = lambda: input()",
    "class A:\n    from random import random\n    x = random()",
    "[input() for _ in x]",
]

STEADY = [
    "x = 1",
    "from datetime import datetime\ndef f(at: datetime) -> datetime: return at",
    "from datetime import datetime\ndatetime(2024, 1, 1).isoformat()",
    "from datetime import date\ndate.fromisoformat('2024-01-01')",
    "import os\nos.path.join('a', 'b')",
    "import uuid\nuuid.uuid5(uuid.NAMESPACE_DNS, 'a')",
    "import numpy as np\nnp.zeros(3)",
    "import time\ntime.sleep(0)",
    "open('f').read()",
    "input = 'text'\nprint(input)",
    "def time(): return 1\ntime()",
]


@pytest.mark.parametrize(("source", "reason"), VOLATILE.items())
def test_what_it_reads_is_named(source, reason):
    assert volatile(source) == reason


@pytest.mark.parametrize("source", IN_DOUBT)
def test_in_doubt_it_is_volatile(source):
    assert volatile(source)


@pytest.mark.parametrize("source", STEADY)
def test_code_that_reads_only_its_inputs_is_not(source):
    assert volatile(source) == ""


LIVE = {
    "time.time": time.time,
    "its module": time,
    "datetime.now": dt.datetime.now,
    "a class below datetime": type("Stamp", (dt.datetime,), {}).now,
    "a random.Random": random.Random(1),
    "a method of a random.Random": random.Random(1).random,
    "numpy.random": np.random,
    "a function of numpy.random": np.random.rand,
    "a numpy generator": np.random.default_rng(1),
    "a method of a numpy generator": np.random.default_rng(1).normal,
    "os.environ": os.environ,
    "os.getenv": os.getenv,
    "a builtin": input,
    "a partial": functools.partial(time.strftime, "%Y"),
    "a register of functions": {"now": time.time},
}


@pytest.mark.parametrize("value", LIVE.values(), ids=LIVE)
def test_a_name_counts_by_what_it_means_now(value):
    assert volatile("x = alias", alias=value)


def test_an_alias_that_cannot_be_looked_up_is_not_seen():
    assert names.volatile(ast.parse("x = alias()"), lambda name: None, Texts(None)) == ""


def test_a_method_of_an_alias_counts():
    assert volatile("clock.now()", clock=dt.datetime) == (
        "it reads the clock (datetime.datetime.now)"
    )
    assert volatile("clock.fromisoformat('2024-01-01')", clock=dt.datetime) == ""


def test_data_that_once_came_from_the_clock_is_not_volatile():
    assert volatile("x = at.year", at=dt.datetime(2024, 1, 1)) == ""


def test_a_name_that_the_cell_binds_first_means_nothing_before():
    assert volatile("for t in texts: print(t)", t=time.time, texts=["a"]) == ""


def test_a_function_is_followed_through_its_own_globals():
    assert (
        volatile(
            "outer()", "import time\ndef inner(): return time.time()\ndef outer(): return inner()"
        )
        == "it reads the clock (time.time in inner)"
    )


@pytest.mark.parametrize(
    "defined",
    [
        "import time\nclass A:\n    def m(self): return time.time()\nf = A().m",
        "import time\nclass A:\n    def m(self): return time.time()\nf = A()",
        "import time\nclass A:\n    @staticmethod\n    def m(): return time.time()\nf = A",
        "import time\nclass A:\n    @property\n    def m(self): return time.time()\nf = A()",
        "import time\nclass B:\n    def m(self): return time.time()\nclass A(B): pass\nf = A",
        "import time\ndef f(now=time.time): return now()",
        "import time\ndef make():\n    now = time.time\n    return lambda: now()\nf = make()",
        "import time, functools\n@functools.cache\ndef f(): return time.time()",
        "import time, functools\ndef g(x): return time.time()\nf = functools.partial(g, 1)",
        "def f():\n    from time import time as t\n    return t()",
        "def f():\n    def g(): return input()\n    return g()",
        "f = lambda: input()",
        "import time\ndef deco(g): return lambda: g()\n@deco\ndef f(): return time.time()",
    ],
)
def test_what_a_user_s_object_may_call_is_followed(defined):
    assert volatile("f()", defined)


def test_functions_that_call_each_other_end():
    defined = "def a(): return b()\ndef b(): return a()\nloop = []\nloop.append(loop)"
    assert volatile("a(), loop", defined) == ""


def test_a_chain_of_functions_may_be_longer_than_pythons_stack():
    links = [f"def f{n}(): return f{n + 1}()" for n in range(1500)]
    assert volatile("f0()", "\n".join([*links, "def f1500(): return input()"]))


def test_functions_of_installed_packages_are_not_followed():
    assert volatile("dumps({})", dumps=__import__("json").dumps) == ""


def test_the_text_of_a_function_counts_only_if_it_is_its_text():
    defined = "def f(): return input()"
    assert volatile("f()", defined, text=lambda owner: "def f(): return 1")


def test_code_of_the_user_s_is_never_run():
    class Trap:
        def __getattr__(self, name):
            raise AssertionError(name)

        @property
        def now(self):
            raise AssertionError

    assert volatile("trap.now", trap=Trap()) == ""


@given(st.sampled_from([*VOLATILE, *IN_DOUBT]), st.sampled_from(STEADY))
def test_no_code_beside_it_hides_what_is_read(reading, beside):
    if "input = " not in beside and "def time" not in beside:
        assert volatile(f"{beside}\n{reading}")
        assert volatile(f"{reading}\n{beside}")


class Texts:
    """Sources that know what they are told."""

    def __init__(self, text):
        self.source_of = text

    def module_digest(self, name):
        return name


def volatile(source, defined="", *, text=lambda owner: None, **namespace):
    """The reason for a cell in a notebook in which `defined` ran before."""
    main = {"__name__": "__main__", "__builtins__": builtins} | namespace
    exec(defined, main)
    return names.volatile(
        ast.parse(source), lambda name: main.get(name, getattr(builtins, name, None)), Texts(text)
    )
