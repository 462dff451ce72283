"""Classes: what their instances will do."""

from __future__ import annotations

import abc
import dataclasses
import enum
import reprlib
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from workbench.keys.code import normalised
from workbench.keys.encoder import Opaque
from workbench.keys.forms import put_late_names
from workbench.keys.origin import function_origin, home, origin, put_named, put_origin, resolves
from workbench.keys.own import put_own
from workbench.keys.wire import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.keys.encoder import Encoder

_HEAP = 1 << 9
"""Set in `__flags__` of a class that was made at run time; the others are compiled into Python."""

_NOISE = frozenset({
    "__annotate__", "__annotate_func__", "__annotations__", "__annotations_cache__",
    "__class_vars__", "__dataclass_fields__", "__dataclass_params__", "__dict__", "__doc__",
    "__firstlineno__", "__module__", "__private_attributes__", "__signature__", "__slotnames__",
    "__static_attributes__", "__weakref__", "_abc_impl",
})  # fmt: skip
"""Where a class stands, what Python derives, and what `_put_by_value` writes in its own way."""

_ENUM_NOISE = frozenset({
    "__new__", "_all_bits_", "_boundary_", "_flag_mask_", "_generate_next_value_",
    "_hashable_values_", "_inverted_", "_member_map_", "_member_names_", "_member_type_",
    "_new_member_", "_singles_mask_", "_unhashable_values_", "_unhashable_values_map_",
    "_use_args_", "_value2member_map_", "_value_repr_",
})  # fmt: skip

_MEMBER_NOISE = frozenset({"_name_", "_value_", "__objclass__", "_sort_order_", "_inverted_"})

_FIELD = (
    "name", "type", "default", "default_factory", "repr", "hash", "init", "compare", "metadata",
    "kw_only",
)  # fmt: skip
_GENERATED = frozenset({
    "__delattr__", "__eq__", "__ge__", "__getstate__", "__gt__", "__hash__", "__init__", "__le__",
    "__lt__", "__replace__", "__repr__", "__setattr__", "__setstate__",
})  # fmt: skip


def put_class(enc: Encoder, cls: type) -> None:
    """Write a class.

    One of an installed module, found there under its name, is that module's digest and the name,
    with what was set on it since. One of the user's is everything that it holds: in a module, with
    that module's digest.
    """
    module, qualname = cls.__module__, cls.__qualname__
    whence = origin(module)
    if whence == "own" and cls.__flags__ & _HEAP:
        put_own(enc, cls, _put_own_class)
        return
    if enc.seen(cls):
        return
    enc.enter()
    if not cls.__flags__ & _HEAP:
        enc.tag("built in")
        put_origin(enc, module)
        enc.text(qualname)
    elif whence != "main" and resolves(cls, module, qualname):
        put_named(enc, module, qualname)
        _put_set_since(enc, cls)
    else:
        _put_by_value(enc, cls)
    enc.depth -= 1


def _put_own_class(enc: Encoder, cls: type) -> None:
    """Write a class of a module of the user's; one made by a function has that module's digest too."""
    put_origin(enc, cls.__module__)  # for its text: what is on disk may be newer
    _put_by_value(enc, cls)


def _put_set_since(enc: Encoder, cls: type) -> None:
    """Write what an installed module's class holds that may not come from its module's source."""
    found = {
        name: value for name, value in vars(cls).items()
        if name not in _NOISE and _is_set(cls, name, value)
    }  # fmt: skip
    enc.size(len(found))
    enc.items(found.items(), attributes=True)


def _is_set(cls: type, name: str, value: Any) -> bool:
    value = value.__func__ if isinstance(value, (staticmethod, classmethod)) else value
    if not isinstance(value, FunctionType):
        return False
    if home(value) != cls.__module__:
        return function_origin(value) in {"main", "own"}
    written = value.__code__.co_qualname
    return "<locals>" not in written and written != f"{cls.__qualname__}.{name}"


def _put_by_value(enc: Encoder, cls: type) -> None:
    enc.tag("class")
    enc.text(cls.__module__)
    enc.text(cls.__qualname__)
    enc.put_at(".__class__", type(cls))
    enc.put_at(".__bases__", cls.__bases__)
    if origin(cls.__module__) == "main":
        _put_source(enc, cls)
    enc.put_at(".__doc__", vars(cls).get("__doc__"))
    annotations = vars(cls).get("__annotations__") or _late_annotations(cls)
    enc.put_at(".__annotations__", annotations)
    put_late_names(enc, annotations or {}, _namespace(cls))
    if issubclass(cls, enum.Enum):
        _put_members(enc, cls)
    _expect_current(cls)
    if "__dataclass_fields__" in vars(cls):
        _put_fields(enc, cls)
    if "__pydantic_fields__" in vars(cls):
        _put_model(enc, cls)
    if isinstance(cls, abc.ABCMeta):
        _put_registered(enc, cls)
    attributes = list(_attributes(cls))
    enc.size(len(attributes))
    enc.items(attributes, attributes=True)


def _expect_current(cls: type) -> None:
    """Refuse a class that was defined again since: to the new one it is another, though it is equal.

    `isinstance`, `==` of data classes and look-ups by class tell them apart, and no digest does.
    """
    module = sys.modules.get(cls.__module__)
    found: Any = None if module is None else vars(module).get(cls.__qualname__)
    if isinstance(found, type) and found is not cls and found.__qualname__ == cls.__qualname__:
        raise Opaque("its class was defined again since: make it anew", "class")


def _namespace(cls: type) -> Mapping[str, Any]:
    """Return the names among which a class was written: those of its methods or its module."""
    for value in vars(cls).values():
        if isinstance(value, FunctionType) and value.__module__ == cls.__module__:
            return value.__globals__
    module = sys.modules.get(cls.__module__)
    return {} if module is None else vars(module)


def _late_annotations(cls: type) -> Any:
    """Return annotations that Python 3.14 computes when they are asked for."""
    late = "__annotate__" in vars(cls) or "__annotate_func__" in vars(cls)
    return cls.__annotations__ if late else None


def _put_source(enc: Encoder, cls: type) -> None:
    """Write the text of a class where it is known; everything it holds is written as well."""
    source = enc.sources.source_of(cls)
    try:
        text = b"" if source is None else fingerprint(normalised(source))
    except SyntaxError:
        text = b""  # the text is not of this class: what it holds stands for it
    enc.blob(b"b", text)


def _attributes(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield what a class holds, without what Python or a decorator derived from the rest."""
    skipped = _NOISE
    if issubclass(cls, enum.Enum):
        skipped |= _ENUM_NOISE | cls.__members__.keys()
    for name, value in vars(cls).items():
        if name in skipped or name.startswith("__pydantic_"):
            continue
        if "__dataclass_params__" in vars(cls) and name in _GENERATED and _is_generated(value):
            continue
        yield name, value


def _is_generated(value: Any) -> bool:
    """Return whether `dataclasses` wrote this method, and nobody put another around it."""
    if not isinstance(value, FunctionType):
        return False
    guarded = getattr(value, "__wrapped__", None)
    if guarded is not None and value.__globals__ in (vars(dataclasses), vars(reprlib)):
        value = guarded  # it keeps a repr from showing itself
    code = value.__code__
    written = code.co_filename == "<string>" and code.co_qualname.startswith("__create_fn__.")
    return written or value.__globals__ is vars(dataclasses)


def _put_members(enc: Encoder, cls: type[enum.Enum]) -> None:
    """Write names and values of an Enum, aliases included, in their order."""
    enc.size(len(cls.__members__))
    for name, member in cls.__members__.items():
        enc.text(name)
        enc.text(member._name_)
        enc.put_at(f".{name}", member._value_)
        enc.state({k: v for k, v in vars(member).items() if k not in _MEMBER_NOISE})


def _put_registered(enc: Encoder, cls: abc.ABCMeta) -> None:
    """Write the classes that were registered as subclasses; their order is not kept."""
    registered, *_ = abc._get_dump(cls)  # type: ignore[attr-defined]  # noqa: SLF001 - no other way
    found = [kind for kind in (reference() for reference in registered) if kind is not None]
    found.sort(key=lambda kind: (kind.__module__, kind.__qualname__))
    enc.size(len(found))
    enc.sequence(found)


def _put_fields(enc: Encoder, cls: type) -> None:
    """Write a dataclass's options and fields: its generated methods follow from them."""
    options = vars(cls)["__dataclass_params__"]
    enc.put([getattr(options, name) for name in type(options).__slots__])
    fields = vars(cls)["__dataclass_fields__"]
    enc.size(len(fields))
    for name, field in fields.items():
        enc.text(field._field_type.name)  # noqa: SLF001 - the only sign of a ClassVar or InitVar
        for part in _FIELD:
            enc.put_at(f".{name}", getattr(field, part))


def _put_model(enc: Encoder, cls: type) -> None:
    """Write a pydantic model's fields and validators: its compiled schema follows from them."""
    for name, field in vars(cls)["__pydantic_fields__"].items():
        enc.text(name)
        for part in type(field).__slots__:
            if not part.startswith("_"):
                enc.put_at(f".{name}", getattr(field, part, None))
    enc.put_at(".__private_attributes__", vars(cls).get("__private_attributes__"))
    decorators = vars(cls).get("__pydantic_decorators__")
    for kind in type(decorators).__dataclass_fields__ if decorators is not None else ():
        for name, decorator in getattr(decorators, kind).items():
            enc.text(f"{kind} {name}")
            enc.put_at(f".{name}", decorator.info)
