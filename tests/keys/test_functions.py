"""Functions and classes of modules count by their module, and by what was changed since."""

from __future__ import annotations

import functools
import importlib
import json
import sys
import textwrap
import threading

import pytest
from notebook_code import TestSources, cell, made

from workbench.keys.canonical import Opaque, digest

HELPERS = '''
"""A module of the user's."""
import functools, json
from dataclasses import dataclass

LIMIT = 3
OPTIONS = {"a": 1}

class Settings:
    model = "small"
    def name(self): return self.model

settings = Settings()

def clean(text, strip=True): return text.strip() if strip else text

def counted(n):
    def add(x): return x + n
    return add

@functools.wraps(clean)
def wrapped(*args): return clean(*args)

@dataclass
class Row:
    a: int = 1
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A first-party module; call it with another text to edit and load it again."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(source=HELPERS):
        (tmp_path / "key_helpers.py").write_text(textwrap.dedent(source))
        sys.modules.pop("key_helpers", None)
        importlib.invalidate_caches()
        return importlib.import_module("key_helpers")

    yield load
    sys.modules.pop("key_helpers", None)


class CountingSources(TestSources):
    def __init__(self):
        self.asked = []

    def source_of(self, code_owner):
        self.asked.append(code_owner)
        return super().source_of(code_owner)


class NoSources:
    def source_of(self, code_owner):
        return None

    def module_digest(self, name):
        return None


def of(value):
    return digest(value, TestSources())


USES = {
    "function": lambda m: m.clean,
    "module": lambda m: m,
    "class": lambda m: m.Settings,
    "instance": lambda m: m.settings,
    "method": lambda m: m.settings.name,
    "record": lambda m: m.Row(2),
    "closure": lambda m: m.counted(1),
    "notebook function": lambda m: cell("def v(x): return helpers.clean(x)", space(m))["v"],
    "notebook function with the name": lambda m: cell(
        "def v(x): return clean(x)", {**space(m), "clean": m.clean}
    )["v"],
    "import inside": lambda m: made(
        "def v(x):\n    from key_helpers import clean\n    return clean(x)"
    ),
    "partial": lambda m: functools.partial(m.clean, strip=False),
}


def space(module):
    return {"__name__": "__main__", "helpers": module}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_change_anywhere_in_a_module_of_the_users_counts(module, use):
    before = of(use(module()))
    assert of(use(module())) == before
    assert of(use(module(HELPERS + "\nX = 1"))) != before


def test_a_function_of_a_module_needs_no_source():
    sources = CountingSources()
    digest([json.dumps, textwrap.dedent, json.JSONDecodeError], sources)
    assert sources.asked == []


def test_a_module_of_which_nothing_is_known_is_opaque(module):
    with pytest.raises(Opaque) as caught:
        digest({"f": module().clean}, NoSources(), name="v")
    assert caught.value.path == "v['f']"
    assert "key_helpers" in caught.value.reason


def test_the_standard_library_is_known_by_the_version_of_python():
    assert digest([json.dumps, len, dict, json], NoSources())


def test_a_function_put_into_a_module_counts(module):
    helpers = module()
    uses = cell("def v(x): return helpers.clean(x)", space(helpers))["v"]
    before = of(uses)
    helpers.clean = made("def v(text): return text")
    assert of(uses) != before


def test_a_notebooks_function_dressed_as_the_modules_is_not_taken_for_it(module):
    helpers = module()
    before = of(helpers.clean)
    first = functools.wraps(helpers.clean)(made("def v(text): return text"))
    helpers.clean = first
    second = functools.wraps(first)(made("def v(text): return text + '!'"))
    one = of(first)
    helpers.clean = second
    assert len({before, one, of(second)}) == 3


@pytest.mark.parametrize(
    "change",
    [
        lambda m: setattr(m, "LIMIT", 4),
        lambda m: m.OPTIONS.update(b=2),
        lambda m: setattr(m.settings, "model", "large"),
        lambda m: setattr(m.Settings, "model", "large"),
        lambda m: setattr(m.Settings, "name", lambda self: "x"),
        lambda m: setattr(m.clean, "__defaults__", (False,)),
        lambda m: setattr(m.clean, "prompt", "x"),
    ],
)
def test_what_a_notebook_sets_in_a_module_counts_where_it_is_read(module, change):
    helpers = module()
    uses = cell(
        "def v(x): return helpers.LIMIT, helpers.OPTIONS, helpers.settings.name(), helpers.clean(x)",
        space(helpers),
    )["v"]
    before = of(uses)
    assert of(uses) == before
    change(helpers)
    assert of(uses) != before


def test_two_closures_of_a_module_differ_by_what_they_hold(module):
    helpers = module()
    assert of(helpers.counted(1)) != of(helpers.counted(2))
    assert of(helpers.counted(1)) == of(helpers.counted(1))


def test_a_method_put_into_an_installed_class_counts(monkeypatch):
    from openai import OpenAI

    before = of(OpenAI)
    monkeypatch.setattr(OpenAI, "copy", made("def v(self): return None"))
    assert of(OpenAI) != before


def test_a_constant_set_in_an_installed_module_counts(monkeypatch):
    import openai

    uses = cell("def v(): return openai.api_version", {"__name__": "__main__", "openai": openai})[
        "v"
    ]
    before = of(uses)
    monkeypatch.setattr(openai, "api_version", "2")
    assert of(uses) != before


def test_a_class_defined_again_is_not_the_old_one():
    source = "class C:\n    x = 1\n"
    old = made(source + "v = C")
    new = made(source + "v = C")
    assert of(old) == of(new)
    assert of([old, new]) != of([old, old])


def test_functions_that_call_one_another_end():
    even = made(
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n and even(n - 1)\nv = even"
    )
    other = made(
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n and even(n - 2)\nv = even"
    )
    assert of(even) != of(other)
    assert of(even) == of(even)


def test_a_chain_of_a_hundred_helpers_is_followed():
    lines = [f"def f{i}(x): return f{i + 1}(x)" for i in range(100)]
    one = made("\n".join([*lines, "def f100(x): return 1", "v = f0"]))
    other = made("\n".join([*lines, "def f100(x): return 2", "v = f0"]))
    assert of(one) != of(other)


def test_a_global_that_the_code_does_not_name_does_not_count():
    namespace = {"__name__": "__main__", "lock": threading.Lock()}
    function = cell("def v(x): return x.lock", namespace)["v"]
    assert of(function)


def test_a_cache_that_is_empty_is_the_function_under_it():
    source = "@functools.lru_cache(maxsize={})\ndef v(x): return x"
    make = lambda size: cell(source.format(size), {"__name__": "__main__", "functools": functools})[
        "v"
    ]  # noqa: E731
    assert of(make(1)) == of(make(1)) != of(make(2))
    filled = make(1)
    filled(1)
    with pytest.raises(Opaque, match="earlier answers"):
        of(filled)
    filled.cache_clear()
    assert of(filled) == of(make(1))


def test_a_methods_class_is_reached_through_super():
    source = "class B:\n    def f(self): return {}\nclass C(B):\n    def f(self): return super().f()\nv = C.f"
    assert of(made(source.format(1))) != of(made(source.format(2)))


def test_a_dataclass_has_one_digest_however_often_it_is_made():
    source = "from dataclasses import dataclass, field\n@dataclass(order=True)\nclass C:\n    a: list = field(default_factory=list)\nv = C"
    assert of(made(source)) == of(made(source))
    assert of(made(source)) != of(made(source.replace("order=True", "order=False")))


def test_a_class_that_holds_a_lock_is_opaque():
    with pytest.raises(Opaque) as caught:
        of(made("import threading\nclass C:\n    guard = threading.Lock()\nv = C()"))
    assert caught.value.path.endswith("guard")
