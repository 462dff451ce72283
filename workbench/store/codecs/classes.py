"""Instances of declared classes: dataclasses, pydantic models, enums, named tuples.

An instance is restored field by field, without its constructor, its validators or `__post_init__`:
what was stored had passed them. On reading, a class must still be what it was and have the same
fields.
"""

from __future__ import annotations

import dataclasses
import enum
import sys
import types
from collections.abc import Callable
from typing import Any

from workbench.store.codecs.body import Node
from workbench.store.codecs.containers import (
    decode_attributes,
    decode_items,
    encode_attributes,
    encode_items,
)
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add, add_rule
from workbench.store.codecs.hints import decode_class, encode_class
from workbench.store.codecs.references import same_object
from workbench.store.codecs.refusals import CannotRestore, NoCodec, name_of
from workbench.store.codecs.same import differ_attributes, differ_sequences, same

FieldsOf = Callable[[type], list[str] | None]
"""A class to the names of its fields, None if it is not of the kind that is meant."""


def _dataclass_fields(kind: type) -> list[str] | None:
    if not dataclasses.is_dataclass(kind):
        return None
    return [field.name for field in dataclasses.fields(kind)]


def _model_fields(kind: type) -> list[str] | None:
    pydantic = sys.modules.get("pydantic")
    is_model = pydantic is not None and issubclass(kind, pydantic.BaseModel)
    return list(getattr(kind, "model_fields")) if is_model else None  # noqa: B009  # for mypy


def _named_tuple_fields(kind: type) -> list[str] | None:
    fields = getattr(kind, "_fields", None)
    return list(fields) if issubclass(kind, tuple) and type(fields) is tuple else None


def _enum_fields(kind: type) -> list[str] | None:
    """An enum has no fields: a member is looked up by name, so others may come and go."""
    return [] if issubclass(kind, enum.Enum) else None


def _encode_class_of(writer: Writer, value: object, fields_of: FieldsOf) -> int:
    kind = type(value)
    return writer.class_index(kind, lambda: (encode_class(writer, kind), fields_of(kind) or []))


def _decode_class_at(reader: Reader, index: int, fields_of: FieldsOf) -> type:
    """The class at a place of the table.

    Raises:
        CannotRestore: it is not of the right kind, or its fields are not those stored.

    """
    known = reader.known_classes.get((fields_of.__name__, index))
    if known is not None:
        return known
    node, fields = reader.classes[index]
    kind = decode_class(reader, node)
    present = fields_of(kind)
    if present is None:
        raise CannotRestore(f"{name_of(kind)} is not the kind of class that was stored")
    if present != fields:
        raise CannotRestore(f"{name_of(kind)} has other fields than those stored")
    reader.known_classes[fields_of.__name__, index] = kind
    return kind


def _slots(kind: type) -> dict[str, Any]:
    """The descriptors of a class's `__slots__` by name."""
    return {
        name: part
        for base in reversed(kind.__mro__)
        for name, part in vars(base).items()
        if type(part) is types.MemberDescriptorType
    }


def _state(value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """An instance's attributes and filled slots, read past any `__getattr__`."""
    kind = type(value)
    slots = {}
    for name, slot in _slots(kind).items():
        try:
            slots[name] = slot.__get__(value, kind)
        except AttributeError:  # not set
            continue
    try:
        return object.__getattribute__(value, "__dict__"), slots
    except AttributeError:  # all in slots
        return {}, slots


def _encode_instance(writer: Writer, value: object, fields_of: FieldsOf) -> list[Node]:
    kind = type(value)
    try:
        object.__new__(kind)
    except TypeError as error:
        reason = "extends a builtin or an abstract class: register a codec for it"
        raise NoCodec(name_of(kind), reason) from error
    index = _encode_class_of(writer, value, fields_of)
    attributes, slots = _state(value)
    writer.own(attributes)
    return [index, encode_attributes(writer, attributes), encode_attributes(writer, slots)]


def _fill_instance(reader: Reader, value: object, node: list[Node]) -> None:
    if node[2]:
        state = object.__getattribute__(value, "__dict__")
        state.update(decode_attributes(reader, node[2]))
    if node[3]:
        slots = _slots(type(value))
        for name, part in decode_attributes(reader, node[3]).items():
            slots[name].__set__(value, part)


def _differ_instances(inner: Inner, a: object, b: object) -> str | None:
    (left, left_slots), (right, right_slots) = _state(a), _state(b)
    found = differ_attributes(inner, left, right)
    return found if found is not None else differ_attributes(inner, left_slots, right_slots)


def _instances(tag: str, fields_of: FieldsOf) -> Codec:
    return Codec(
        tag=tag,
        encode=lambda writer, value: _encode_instance(writer, value, fields_of),
        make=lambda reader, node: object.__new__(_decode_class_at(reader, node[1], fields_of)),
        differ=_differ_instances,
        fill=_fill_instance,
    )


def _encode_named_tuple(writer: Writer, value: Any) -> list[Node]:
    if getattr(value, "__dict__", None):
        raise NoCodec(name_of(type(value)), "has attributes of its own: make it a dataclass")
    return [_encode_class_of(writer, value, _named_tuple_fields), encode_items(writer, value)]


def _make_named_tuple(reader: Reader, node: list[Node]) -> Any:
    kind: Any = _decode_class_at(reader, node[1], _named_tuple_fields)
    values = decode_items(reader, node[2])
    if len(values) != len(kind._fields):
        raise CannotRestore(f"{name_of(kind)} has other fields than those stored")
    return tuple.__new__(kind, values)


def _encode_member(writer: Writer, value: enum.Enum) -> list[Node]:
    """A member by its name and value; a combination of flags, which has no name, by its value."""
    name = value.name if value.name in type(value).__members__ else None
    return [_encode_class_of(writer, value, _enum_fields), name, _encode_value(writer, value)]


def _encode_value(writer: Writer, member: enum.Enum) -> Node:
    try:
        return writer.encode(member.value)
    except NoCodec as refusal:
        refusal.within(".value")
        raise


def _make_member(reader: Reader, node: list[Node]) -> enum.Enum:
    kind: Any = _decode_class_at(reader, node[1], _enum_fields)
    name, value = node[2], reader.decode(node[3])
    if name is None and issubclass(kind, enum.Flag) and type(value) is int:
        member = kind(value)
    else:
        member = kind.__members__.get(name)
    if not isinstance(member, kind) or not same(member.value, value):
        raise CannotRestore(f"{name_of(kind)} has no member {name} of the value stored")
    return member  # type: ignore[no-any-return]  # the class was found by name


_DATACLASS = add(_instances("dataclass", _dataclass_fields))
_MODEL = add(_instances("pydantic", _model_fields))
_NAMED_TUPLE = add(Codec("named_tuple", _encode_named_tuple, _make_named_tuple, differ_sequences))
_ENUM = add(Codec("enum", _encode_member, _make_member, same_object, kept=False))


def _rule(value: object) -> Codec | None:
    kind = type(value)
    if issubclass(kind, enum.Enum):
        return _ENUM
    if dataclasses.is_dataclass(kind):
        return _DATACLASS
    if _named_tuple_fields(kind) is not None:
        return _NAMED_TUPLE
    return _MODEL if _model_fields(kind) is not None else None


add_rule(_rule)
