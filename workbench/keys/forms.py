"""Type annotations as values: `list[int]`, `Optional[Invoice]`, `Literal["a"]`, type variables."""

from __future__ import annotations

import ast
import builtins
import types
import typing
from typing import TYPE_CHECKING, Any

_MISSING = object()

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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


def put_late_names(
    enc: Encoder, annotations: Mapping[str, Any], namespace: Mapping[str, Any]
) -> None:
    """Write what the names in annotations that are still strings mean now.

    `from __future__ import annotations` leaves them so, and who resolves them finds today's class.
    """
    texts = [text for annotation in annotations.values() for text in _texts(annotation)]
    names = sorted({name for text in texts for name in _names(text)})
    enc.size(len(names))
    for name in names:
        enc.text(name)
        value = namespace.get(name, vars(builtins).get(name, _MISSING))
        if value is _MISSING:
            enc.tag("missing")
        else:
            enc.put_at(f".__annotations__ -> {name}", value)


def _texts(annotation: Any) -> Iterator[str]:
    """Yield the strings in an annotation, at any depth."""
    if isinstance(annotation, str):
        yield annotation
    elif isinstance(annotation, typing.ForwardRef):
        yield annotation.__forward_arg__
    elif isinstance(annotation, (list, tuple)):
        for part in annotation:
            yield from _texts(part)
    elif typing.get_origin(annotation) is not typing.Literal:
        yield from _texts(typing.get_args(annotation))


def _names(text: str) -> Iterator[str]:
    """Yield the names that an annotation's text looks up."""
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return  # a text beside the type, as in Annotated[str, "the sender"]
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _names(node.value)


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
