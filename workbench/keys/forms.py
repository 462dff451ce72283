"""Type annotations as values: `list[int]`, `Optional[Invoice]`, `Literal["a"]`, type variables."""

from __future__ import annotations

import types
import typing
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.keys.encoder import Encoder, Handler


def put_alias(enc: Encoder, form: Any) -> None:
    """Write a parametrised type: what it is made of, by value."""
    enc.tag("alias")
    enc.text(type(form).__name__)
    origin, arguments = typing.get_origin(form), typing.get_args(form)
    enc.parts.append(b"f1" if getattr(form, "__unpacked__", False) else b"f0")
    enc.put_at(".__origin__", origin)
    enc.put_at(".__args__", arguments)


def put_special(enc: Encoder, form: Any) -> None:
    """Write a bare form of `typing`: Any, Literal, List."""
    enc.tag("typing")
    enc.text(str(form._name))  # noqa: SLF001 - these forms have no other name


def put_variable(enc: Encoder, variable: Any) -> None:
    """Write a type variable with its bounds."""
    if enc.seen(variable):
        return
    enc.tag(type(variable).__name__)
    enc.text(variable.__name__)
    for name in ("__bound__", "__constraints__", "__default__"):
        enc.put_at(f".{name}", getattr(variable, name, None))
    for name in ("__covariant__", "__contravariant__", "__infer_variance__"):
        enc.put_at(f".{name}", getattr(variable, name, None))


def put_parameter_part(enc: Encoder, form: Any) -> None:
    """Write the `P.args` or `P.kwargs` of a parameter specification."""
    enc.tag(type(form).__name__)
    enc.put(form.__origin__)


def put_reference(enc: Encoder, reference: Any) -> None:
    """Write an annotation that is still a str."""
    enc.tag("ForwardRef")
    enc.text(reference.__forward_arg__)


def put_new_type(enc: Encoder, form: Any) -> None:
    """Write a NewType."""
    enc.tag("NewType")
    enc.text(form.__name__)
    enc.put_at(".__supertype__", form.__supertype__)


def put_type_alias(enc: Encoder, form: Any) -> None:
    """Write a `type X = ...` statement's alias."""
    if enc.seen(form):
        return
    enc.tag("TypeAliasType")
    enc.text(form.__name__)
    enc.put_at(".__type_params__", form.__type_params__)
    enc.put_at(".__value__", form.__value__)


HANDLERS: dict[type, Handler] = {types.GenericAlias: put_alias, types.UnionType: put_alias}

BY_NAME: dict[str, Handler] = {
    **dict.fromkeys(
        (
            "typing._GenericAlias",
            "typing._AnnotatedAlias",
            "typing._CallableGenericAlias",
            "typing._ConcatenateGenericAlias",
            "typing._LiteralGenericAlias",
            "typing._UnionGenericAlias",
            "typing._UnpackGenericAlias",
            "typing.Union",
        ),
        put_alias,
    ),
    **dict.fromkeys(
        (
            "typing._CallableType",
            "typing._LiteralSpecialForm",
            "typing._SpecialForm",
            "typing._SpecialGenericAlias",
            "typing._TupleType",
            "typing._TypedCacheSpecialForm",
        ),
        put_special,
    ),
    **dict.fromkeys(("typing.TypeVar", "typing.ParamSpec", "typing.TypeVarTuple"), put_variable),
    "typing.ParamSpecArgs": put_parameter_part,
    "typing.ParamSpecKwargs": put_parameter_part,
    "typing.ForwardRef": put_reference,
    "typing.NewType": put_new_type,
    "typing.TypeAliasType": put_type_alias,
}
