"""Classes count by what they do now: wrapped methods, members' attributes, registered subclasses."""

from __future__ import annotations

import sys
import types

import pytest
from notebook_code import TestSources, cell

from workbench.keys.canonical import digest

IMPORTS = "import abc, dataclasses, enum, functools\n"


def of(value):
    return digest(value, TestSources())


def made(source):
    return cell(IMPORTS + source)["v"]


DECORATED = """
def stamped(cls):
    made = cls.{method}
    @functools.wraps(made)
    def other(self, *args):
        made(self, *args)
        return {number}
    cls.{method} = other
    return cls
@stamped
@dataclasses.dataclass(order=True)
class C:
    a: int = 1
v = C
"""


@pytest.mark.parametrize("method", ["__init__", "__repr__", "__eq__", "__lt__"])
def test_a_decorator_around_a_generated_method_counts(method):
    one, other = (made(DECORATED.format(method=method, number=n)) for n in (1, 2))
    plain = made("@dataclasses.dataclass(order=True)\nclass C:\n    a: int = 1\nv = C")
    assert len({of(one), of(other), of(plain)}) == 3


@pytest.mark.parametrize("options", ["", "frozen=True", "order=True", "slots=True", "eq=False"])
def test_a_dataclass_defined_twice_is_one(options):
    source = f"@dataclasses.dataclass({options})\nclass C:\n    a: int = 1\nv = C()"
    assert of(made(source)) == of(made(source))


RATED = """
RATE = {rate}
class Plan(enum.Enum):
    BASIC = ("basic", RATE)
    def __new__(cls, name, rate):
        member = object.__new__(cls)
        member._value_, member._rate = name, rate
        return member
v = Plan.BASIC
"""


def test_what_a_member_keeps_beside_its_value_counts():
    assert of(made(RATED.format(rate=1))) != of(made(RATED.format(rate=2)))
    assert of(made(RATED.format(rate=1))) == of(made(RATED.format(rate=1)))


def test_asking_a_flag_for_its_inverse_changes_nothing():
    flag = "class F(enum.Flag):\n    A = 1\n    B = 2\n"
    assert of(made(flag + "v = F.A")) == of(made(flag + "~F.A\nv = F.A"))


def test_a_registered_subclass_counts_and_the_order_does_not():
    base = "class A(abc.ABC): pass\n"
    none, one = made(base + "v = A"), made(base + "A.register(int)\nv = A")
    both = made(base + "A.register(int)\nA.register(str)\nv = A")
    turned = made(base + "A.register(str)\nA.register(int)\nv = A")
    assert len({of(none), of(one), of(both)}) == 3
    assert of(both) == of(turned)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A module of the user's, as `shop`."""
    file = tmp_path / "shop.py"
    file.write_text(
        "RATE = 1\ndef other(self): return 2\n"
        "class Till:\n    def add(self): return 1\n    @staticmethod\n    def s(): return 1\n"
    )
    module = types.ModuleType("shop")
    module.__file__ = str(file)
    exec(compile(file.read_text(), str(file), "exec"), vars(module))
    monkeypatch.setitem(sys.modules, "shop", module)
    return module


@pytest.mark.parametrize("attribute", ["add", "s"])
def test_a_method_replaced_by_another_function_of_its_own_module_counts(own, attribute):
    before = of(own.Till)
    setattr(own.Till, attribute, own.other)
    assert of(own.Till) != before


def test_a_constant_of_a_module_that_a_function_imports_counts(own):
    function = cell("def v():\n    import shop\n    return shop.RATE")["v"]
    before = of(function)
    assert of(function) == before
    own.RATE = 2
    assert of(function) != before
