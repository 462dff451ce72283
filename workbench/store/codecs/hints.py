"""The class of an instance, by name and with the parameters of a generic; types as values."""

from __future__ import annotations

import functools
import operator
import types
import typing
from typing import Any

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Reader, Writer, add, add_rule
from workbench.store.codecs.references import MAIN, address, is_importable, leads_to, look_up
from workbench.store.codecs.refusals import CannotRestore, NoCodec, name_of

_SINGLE: dict[str, Any] = {"none": None, "nothing": types.NoneType, "any": Any, "ellipsis": ...}
_TYPING_ALIASES = {"Dict", "FrozenSet", "List", "Set", "Tuple", "Type"}


def encode_class(writer: Writer, kind: type) -> Node:
    """The node of an instance's class.

    Raises:
        NoCodec: its name does not lead back to it.

    """
    generic = getattr(kind, "__pydantic_generic_metadata__", {})
    if generic.get("origin"):
        arguments = [_encode_hint(writer, part) for part in generic["args"]]
        return ["generic", encode_class(writer, generic["origin"]), arguments]
    module, qualname = kind.__module__, kind.__qualname__
    if "<locals>" in qualname:
        reason = "a class defined inside a function: define it at the top level"
        raise NoCodec(name_of(kind), reason)
    if module != MAIN and not is_importable(module):
        reason = "a class of a module that no other process can import: put it into a file"
        raise NoCodec(name_of(kind), reason)
    if not leads_to(kind, module, qualname, writer.namespace):
        reason = "no longer the class of that name: make the value with the present one"
        raise NoCodec(name_of(kind), reason)
    return ["class", module, qualname]


def decode_class(reader: Reader, node: list[Node]) -> type:
    """What `encode_class` wrote.

    Raises:
        CannotRestore: it is gone, or is no class any more.

    """
    if node[0] == "generic":
        origin: Any = decode_class(reader, node[1])
        if not getattr(origin, "__pydantic_generic_metadata__", {}).get("parameters"):
            raise CannotRestore(f"{name_of(origin)} takes no type parameters")
        return typing.cast("type", origin[_decode_hints(reader, node[2])])
    found = look_up(node[1], node[2], reader.namespace)
    if not isinstance(found, type) or address(found) != (node[1], node[2]):
        raise CannotRestore(f"{node[1]}.{node[2]} is not that class any more")
    return found


def _encode_hint(writer: Writer, hint: Any) -> list[Node]:
    """The node of a type: a class, or a union, list and the like of such."""
    for tag, single in _SINGLE.items():
        if hint is single:
            return [tag]
    if isinstance(hint, typing.TypeVar):
        return _encode_variable(writer, hint)
    if typing.get_origin(hint) is None and isinstance(hint, type):
        return typing.cast("list[Node]", encode_class(writer, hint))
    if typing.get_origin(hint) is typing.Literal:
        return ["literal", [writer.encode(part) for part in typing.get_args(hint)]]
    return _encode_composed(writer, hint)


def _encode_composed(writer: Writer, hint: Any) -> list[Node]:
    origin = typing.get_origin(hint)
    parts = [_encode_hint(writer, part) for part in typing.get_args(hint)]
    if origin is typing.Union:
        return ["union", parts]
    if origin is types.UnionType:
        return ["or", parts]
    if type(hint) is types.GenericAlias:
        return ["alias", parts, encode_class(writer, typing.cast("type", hint.__origin__))]
    if isinstance(origin, type) and issubclass(origin, typing.Generic):
        return ["parametrised", parts, encode_class(writer, origin)]
    name = getattr(hint, "_name", None)
    if name in _TYPING_ALIASES:
        return ["typing", parts, name]
    raise NoCodec(name_of(type(hint)), "a type of an unknown form: name a class")


def _encode_variable(writer: Writer, hint: typing.TypeVar) -> list[Node]:
    if not leads_to(hint, hint.__module__, hint.__name__, writer.namespace):
        raise NoCodec("TypeVar", "a type variable that its module does not hold by its name")
    return ["variable", hint.__module__, hint.__name__]


def _decode_hints(reader: Reader, nodes: list[Node]) -> tuple[Any, ...]:
    return tuple(_decode_hint(reader, node) for node in nodes)


def _decode_hint(reader: Reader, node: list[Node]) -> Any:
    tag = node[0]
    if tag in _SINGLE:
        return _SINGLE[tag]
    if tag in ("class", "generic"):
        return decode_class(reader, node)
    if tag == "literal":
        return typing.Literal[tuple(reader.decode(part) for part in node[1])]
    if tag == "variable":
        return _decode_variable(reader, node)
    return _compose(reader, node)


def _compose(reader: Reader, node: list[Node]) -> Any:
    tag, parts = node[0], _decode_hints(reader, node[1])
    if tag == "union":
        return typing.Union[parts]  # noqa: UP007  # pydantic tells it from `|`
    if tag == "or":
        return functools.reduce(operator.or_, parts)
    if tag == "alias":
        return types.GenericAlias(decode_class(reader, node[2]), parts)
    if tag == "typing" and node[2] in _TYPING_ALIASES:
        return getattr(typing, node[2])[parts]
    if tag == "parametrised":
        generic: Any = decode_class(reader, node[2])
        if issubclass(generic, typing.Generic):
            return generic[parts]
    raise CannotRestore("a type has an unknown form")


def _decode_variable(reader: Reader, node: list[Node]) -> typing.TypeVar:
    found = look_up(node[1], node[2], reader.namespace)
    if not isinstance(found, typing.TypeVar):
        raise CannotRestore(f"{node[1]}.{node[2]} is not that type variable any more")
    return found


_HINT = add(
    Codec(
        tag="hint",
        encode=lambda writer, value: [_encode_hint(writer, value)],
        make=lambda reader, node: _decode_hint(reader, node[1]),
        differ=lambda _inner, a, b: None if a == b else "",
        kept=False,
    )
)


def _rule(value: object) -> Codec | None:
    """Types with parameters as values: `list[int]`, `Mail | None`, what a generic was made with."""
    return _HINT if typing.get_origin(value) is not None else None


add_rule(_rule)
