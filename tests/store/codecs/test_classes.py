import dataclasses
import enum
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from http import HTTPStatus
from typing import Any, TypeVar
from uuid import SafeUUID

import pydantic
import pytest

from workbench.store.codecs import CannotRestore, dump, load

T = TypeVar("T")

CELL = """
import enum
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, RootModel, computed_field

T = TypeVar("T")

@dataclass
class Point:
    x: float
    y: float = 0.0

@dataclass(frozen=True, slots=True)
class Frozen:
    name: str
    tags: tuple = ()

@dataclass(order=True)
class Checked:
    value: int
    seen: list = field(default_factory=list, init=False, repr=False)
    def __post_init__(self):
        if self.value < 0: raise ValueError("negative")
        self.extra = "added"

class Child(Frozen):
    pass

@dataclass(eq=False)
class Node:
    next: Any = None

class Color(enum.Enum):
    RED = 1
    CRIMSON = 1
    BLUE = ("b", 2)

class Level(enum.IntEnum):
    LOW = 1

class Word(enum.StrEnum):
    A = "a"

class Perm(enum.Flag):
    R = 1
    W = 2
    RW = 3

class Pair(NamedTuple):
    left: int
    right: Any = None

class Mail(BaseModel):
    sender: str
    day: Any = None

class Loose(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)
    a: int = Field(gt=0, alias="A", default=1)
    _hidden: list = PrivateAttr(default_factory=list)

class Box(BaseModel, Generic[T]):
    item: T

class Names(RootModel[list[str]]):
    pass

class Area(BaseModel):
    side: int
    @computed_field
    @property
    def size(self) -> int: return self.side ** 2

class Outer:
    @dataclass
    class Inner:
        x: int
"""


@dataclass
class Here:
    x: Any = None
    _cache: dict = field(default_factory=dict)

    @cached_property
    def twice(self):
        return self.x * 2


class Model(pydantic.BaseModel):
    x: Any = None
    when: date | None = None


class Shade(enum.Enum):
    DARK = "d"


Coordinates = namedtuple("Coordinates", "x y")


@pytest.fixture
def cell(notebook):
    return notebook(CELL)


MADE = [
    "Point(1.5)",
    "Point([1], {'a': Point(2)})",
    "Frozen('a', (1, 2))",
    "Child('a')",
    "Checked(5)",
    "Node(Node())",
    "Outer.Inner(3)",
    "Color.RED",
    "Color.CRIMSON",
    "Color.BLUE",
    "Level.LOW",
    "Word.A",
    "Perm.R",
    "Perm.R | Perm.W",
    "Perm(0)",
    "{Color.RED: Level.LOW}",
    "Pair(1)",
    "Pair([1], Pair(2))",
    "Mail(sender='x')",
    "Mail(sender='x', day=(1, {2}))",
    "Mail.model_construct(sender=5)",
    "Mail.model_construct()",
    "Loose(A=2, b=[1])",
    "Loose.model_construct(a=-1)",
    "Box[int](item=1)",
    "Box[Mail](item=Mail(sender='x'))",
    "Box[list[Mail]](item=[])",
    "Box[Mail | None](item=None)",
    "Box[dict[str, Any]](item={})",
    "Box(item=1)",
    "Names(['a'])",
    "Area(side=3)",
    "{Frozen('a'): 1, Frozen('b'): 2}",
    "{Frozen('a'), Frozen('b')}",
    "frozenset({Pair(1, 2), Frozen('x')})",
]


@pytest.mark.parametrize("source", MADE)
def test_an_instance_of_a_notebook_class_comes_back_exactly(source, cell, round_trip):
    round_trip(eval(source, cell), cell)


@pytest.mark.parametrize(
    "value",
    [
        Here(1),
        Here([Here()]),
        Model(x=Here(2), when=date(2024, 1, 1)),
        Model(x={1, 2}),
        Shade.DARK,
        Coordinates(1, [2]),
        HTTPStatus.OK,
        SafeUUID.safe,
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_instance_of_an_imported_class_comes_back_exactly(value, round_trip):
    round_trip(value)


def test_values_that_were_computed_once_are_kept(round_trip):
    value = Here(2)
    assert value.twice == 4
    assert vars(round_trip(value))["twice"] == 4


def test_neither_constructor_nor_validator_runs_again(cell, round_trip):
    value = cell["Checked"](5)
    value.value = -1
    assert round_trip(value, cell).value == -1


def test_private_extra_and_set_fields_of_a_model_are_kept(cell, round_trip):
    value = cell["Loose"](b=1)
    value._hidden.append("x")
    restored = round_trip(value, cell)
    assert restored._hidden == ["x"]
    assert restored.model_extra == {"b": 1}
    assert restored.model_fields_set == value.model_fields_set
    with pytest.raises(pydantic.ValidationError):
        restored.a = 2


def test_a_restored_instance_is_as_mutable_as_the_original(cell, round_trip):
    restored = round_trip(cell["Point"](1), cell)
    restored.y = 5
    assert restored == cell["Point"](1, 5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        round_trip(cell["Frozen"]("a"), cell).name = "b"


def test_aliases_and_cycles_through_instances_are_kept(cell, round_trip):
    node = cell["Node"]()
    node.next = {"back": [node]}
    restored = round_trip(node, cell)
    assert restored.next["back"][0] is restored


def test_a_class_is_written_once_for_all_its_instances(cell):
    many = [cell["Point"](float(i)) for i in range(100)]
    written = dump({"value": many}, namespace=cell)
    assert written.body.count(b"Point") == 1
    assert len(written.body) < 100 * 45


def test_restored_instances_are_of_the_class_as_it_is_now(cell, notebook):
    written = dump({"value": cell["Point"](1.0)}, namespace=cell)
    again = notebook(CELL)
    restored = load(written.body, namespace=again)["value"]
    assert type(restored) is again["Point"]


@pytest.mark.parametrize(
    ("value", "change", "reason"),
    [
        ("Point(1)", "del Point", "is gone"),
        ("Point(1)", "Point = 5", "not that class"),
        ("Point(1)", "class Point: x = 1", "not the kind"),
        ("Point(1)", "@dataclass\nclass Point:\n    x: float", "other fields"),
        ("Point(1)", "@dataclass\nclass Point:\n    y: float\n    x: float = 0", "other fields"),
        ("Mail(sender='x')", "class Mail(BaseModel):\n    sender: str", "other fields"),
        (
            "Mail(sender='x')",
            "@dataclass\nclass Mail:\n    sender: str\n    day: str",
            "not the kind",
        ),
        ("Pair(1, 2)", "class Pair(NamedTuple):\n    a: int\n    b: int", "other fields"),
        ("Color.RED", "class Color(enum.Enum):\n    BLUE = 1", "no member RED"),
        ("Color.RED", "class Color(enum.Enum):\n    RED = 2", "no member RED"),
        ("Color.RED", "class Color:\n    RED = 2", "not the kind"),
        ("Perm.R|Perm.W", "class Perm(enum.Flag):\n    R = 1", "no member RW"),
        ("Box[int](item=1)", "class Box(BaseModel):\n    item: int", "no type parameters"),
        ("Box[Mail](item=None)", "del Mail", "is gone"),
    ],
)
def test_a_class_that_changed_is_a_miss(value, change, reason, cell, notebook):
    if value.startswith("Box[Mail]"):
        value = "Box[Mail].model_construct(item=None)"
    written = dump({"value": eval(value, cell)}, namespace=cell)
    notebook(change)
    with pytest.raises(CannotRestore, match=reason):
        load(written.body, namespace=cell)


def test_an_instance_of_a_class_that_was_defined_again_is_refused(cell, notebook, refusal):
    old = cell["Point"](1)
    notebook("@dataclass\nclass Point:\n    x: float\n    y: float = 0.0")
    error = refusal([old], cell)
    assert error.path == "value[0]"
    assert "no longer the class" in error.reason


def test_a_class_defined_inside_a_function_is_refused(refusal):
    @dataclass
    class Local:
        x: int = 1

    assert "inside a function" in refusal(Local()).reason


def test_the_path_leads_through_fields(cell, refusal):
    value = {"rows": [cell["Point"](1), cell["Mail"](sender="x", day=[cell["Pair"](1, object())])]}
    error = refusal(value, cell)
    assert error.path == 'value["rows"][1].day[0][1]'
    assert error.type_name == "object"


def test_a_dataclass_that_extends_a_builtin_is_refused(notebook, refusal):
    cell = notebook("from dataclasses import dataclass\n@dataclass\nclass D(dict):\n    x: int = 1")
    assert "extends a builtin" in refusal(cell["D"](), cell).reason


def test_a_named_tuple_with_attributes_of_its_own_is_refused(notebook, refusal):
    cell = notebook(
        "from typing import NamedTuple\nclass A(NamedTuple):\n    x: int\nclass B(A): pass"
    )
    value = cell["B"](1)
    value.more = 1
    assert "attributes of its own" in refusal(value, cell).reason


def test_an_enum_whose_value_has_no_codec_is_refused(notebook, refusal):
    cell = notebook("import enum\nclass E(enum.Enum):\n    A = object()")
    assert refusal(cell["E"].A, cell).path == "value.value"


def test_the_dict_of_an_instance_beside_it_is_refused(cell, refusal):
    value = cell["Point"](1)
    assert "inside of another" in refusal([value, vars(value)], cell).reason
