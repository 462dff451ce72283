from dataclasses import dataclass
from typing import Annotated, Any, Callable, Generic, List, Literal, Optional, TypeVar, Union

import pytest
from pydantic import BaseModel

from workbench.store.codecs import dump, load

T = TypeVar("T")
U = TypeVar("U")


class Box(BaseModel, Generic[T]):
    item: Any = None


class Two(BaseModel, Generic[T, U]):
    item: Any = None


class Mail(BaseModel):
    sender: str = ""


@pytest.mark.parametrize(
    "kind",
    [
        Box[int],
        Box[None],
        Box[Any],
        Box[Mail],
        Box[Box[Mail]],
        Box[list[Mail]],
        Box[dict[str, list[int]]],
        Box[tuple[int, ...]],
        Box[List[int]],
        Box[Optional[Mail]],
        Box[Union[int, str]],
        Box[Mail | None],
        Box[Literal["a", 1]],
        Box[U],
        Two[int, Mail],
        Two[int, U],
    ],
    ids=str,
)
def test_the_parameters_of_a_generic_model_come_back(kind, round_trip):
    assert type(round_trip(kind(item=[1]))) is kind


def test_a_parameter_of_an_unknown_form_is_refused(refusal):
    error = refusal([Box[Annotated[int, "x"]]()])
    assert error.path == "value[0]"
    assert "unknown form" in error.reason


def test_a_parameter_of_the_notebook_is_found_in_its_namespace(notebook):
    cell = notebook("from pydantic import BaseModel\nclass Mine(BaseModel):\n    x: int = 1")
    written = dump({"value": Box[cell["Mine"]](item=cell["Mine"]())}, namespace=cell)
    restored = load(written.body, namespace=cell)["value"]
    assert type(restored) is Box[cell["Mine"]]
    assert type(restored.item) is cell["Mine"]


@dataclass
class Crate(Generic[T]):
    item: Any = None


def test_an_instance_of_a_parametrised_dataclass_comes_back(round_trip):
    value = Crate[Mail](Mail())
    assert round_trip(value).__orig_class__ == Crate[Mail]


@pytest.mark.parametrize(
    "value",
    [
        list[int],
        List[Mail],
        Mail | None,
        Optional[Mail],
        Literal["a"],
        Crate[int],
        Crate[Crate[Mail]],
        dict[str, list[Mail]],
    ],
    ids=str,
)
def test_a_type_with_parameters_is_a_value_too(value, round_trip):
    assert round_trip({"schema": value})["schema"] == value


@pytest.mark.parametrize("value", [Callable[[int], str], Annotated[int, "x"]], ids=str)
def test_other_types_with_parameters_are_refused(value, refusal):
    assert refusal([value]).path == "value[0]"
