"""Modules, functions and classes: stored by name, looked up again, never called.

What lives in `__main__` is no reference, since another process may have another; but the *class of
an instance* may live there and is then looked up in the namespace that the caller gives.
"""

from __future__ import annotations

import functools
import importlib
import operator
import sys
import types
import typing
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from workbench.store.codecs.document import Codec, Inner, Node, Reader, Writer, add, add_rule
from workbench.store.codecs.refusals import CannotRestore, NoCodec, name_of

_MAIN = "__main__"
_TYPING_ALIASES = {"Dict", "FrozenSet", "List", "Set", "Tuple", "Type"}


def _is_importable(module: str) -> bool:
    """Whether a process that starts anew can import the module's top-level package."""
    try:
        return find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):  # made by hand: without a spec
        return False


def _import_known(name: str) -> types.ModuleType:
    """The module of that name, imported if need be.

    # NOTE: importing runs the module's own top level; a body can only name what is installed.
    """
    if name == _MAIN or not all(part.isidentifier() for part in name.split(".")):
        raise CannotRestore(f"{name} is no module that can be imported")
    module = sys.modules.get(name)
    if module is None:
        if not _is_importable(name):
            raise CannotRestore(f"there is no module {name.partition('.')[0]} here")
        module = importlib.import_module(name)
    return module


def _look_up(module: str, qualname: str, namespace: Mapping[str, object]) -> object:
    """What a name stands for, read from module and class dictionaries only: nothing runs."""
    scope = namespace if module == _MAIN else vars(_import_known(module))
    found: object = None
    for part in qualname.split("."):
        if part not in scope:
            raise CannotRestore(f"{module}.{qualname} is gone")
        found = scope[part]
        scope = vars(found) if isinstance(found, type) else {}
    return found


def _address(thing: Any) -> tuple[str, str] | None:
    """Module and qualified name that a class or function gives itself, if it does."""
    module = getattr(thing, "__module__", None)
    qualname = getattr(thing, "__qualname__", None)
    return (module, qualname) if type(module) is type(qualname) is str else None


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
        reason = "is a class defined inside a function: define it at the top level"
        raise NoCodec(name_of(kind), reason)
    if module != _MAIN and not _is_importable(module):
        reason = "is a class of a module that no other process can import: put it into a file"
        raise NoCodec(name_of(kind), reason)
    if not _leads_to(kind, module, qualname, writer.namespace):
        reason = "is no longer the class of that name: make the value with the present one"
        raise NoCodec(name_of(kind), reason)
    return ["class", module, qualname]


def _leads_to(
    thing: object, module: str, qualname: str, namespace: Mapping[str, object]
) -> bool:
    try:
        return _look_up(module, qualname, namespace) is thing
    except (CannotRestore, ImportError):
        return False


def decode_class(reader: Reader, node: list[Node]) -> type:
    """What `encode_class` wrote.

    Raises:
        CannotRestore: it is gone, or is no class any more.
    """
    if node[0] == "generic":
        origin = decode_class(reader, node[1])
        if not getattr(origin, "__pydantic_generic_metadata__", {}).get("parameters"):
            raise CannotRestore(f"{name_of(origin)} takes no type parameters")
        arguments = tuple(_decode_hint(reader, part) for part in node[2])
        return typing.cast("type", typing.cast("Any", origin)[arguments])
    found = _look_up(node[1], node[2], reader.namespace)
    if not isinstance(found, type) or _address(found) != (node[1], node[2]):
        raise CannotRestore(f"{node[1]}.{node[2]} is not that class any more")
    return found


def _encode_hint(writer: Writer, hint: Any) -> Node:
    """The node of a type parameter: a class, or a union, list and the like of such."""
    if hint is None or hint is Any or hint is ...:
        return {None: None, Any: ["any"], ...: ["ellipsis"]}[hint]
    if isinstance(hint, typing.TypeVar):
        return _encode_variable(writer, hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is None and isinstance(hint, type):
        return encode_class(writer, hint)
    if origin is typing.Literal:
        return ["literal", [writer.encode(part) for part in arguments]]
    parts = [_encode_hint(writer, part) for part in arguments]
    if origin is typing.Union:
        return ["union", parts]
    if origin is types.UnionType:
        return ["or", parts]
    if type(hint) is types.GenericAlias:
        return ["alias", encode_class(writer, hint.__origin__), parts]
    name = getattr(hint, "_name", None)
    if name in _TYPING_ALIASES:
        return ["typing", name, parts]
    raise NoCodec(name_of(type(hint)), "is a type parameter of an unknown form: name a class")


def _encode_variable(writer: Writer, hint: typing.TypeVar) -> Node:
    module = hint.__module__
    if not _is_importable(module) or not _leads_to(hint, module, hint.__name__, writer.namespace):
        raise NoCodec("TypeVar", "is a type variable that its module does not hold by its name")
    return ["variable", module, hint.__name__]


def _decode_hint(reader: Reader, node: Node) -> Any:
    if node is None:
        return None
    tag = node[0]
    if tag in ("class", "generic"):
        return decode_class(reader, node)
    if tag in ("any", "ellipsis"):
        return Any if tag == "any" else ...
    if tag == "literal":
        return typing.Literal[tuple(reader.decode(part) for part in node[1])]
    if tag == "variable":
        found = _look_up(node[1], node[2], reader.namespace)
        if not isinstance(found, typing.TypeVar):
            raise CannotRestore(f"{node[1]}.{node[2]} is not that type variable any more")
        return found
    parts = tuple(_decode_hint(reader, part) for part in node[-1])
    if tag == "union":
        return typing.Union[parts]
    if tag == "or":
        return functools.reduce(operator.or_, parts)
    if tag == "typing" and node[1] in _TYPING_ALIASES:
        return getattr(typing, node[1])[parts]
    if tag == "alias":
        return types.GenericAlias(decode_class(reader, node[1]), parts)
    raise CannotRestore("a type parameter has an unknown form")


def _encode_module(_writer: Writer, value: types.ModuleType) -> list[Node]:
    name = value.__name__
    known = sys.modules.get(name) is value and name != _MAIN
    if not known or not _is_importable(name):
        raise NoCodec("module", "is a module that no other process can import: put it into a file")
    return [name]


def _encode_reference(writer: Writer, value: Any) -> list[Node]:
    what = "class" if isinstance(value, type) else "function"
    address = _address(value)
    if address is None or "<" in address[1]:
        reason = "is a function without a name that leads to it: define it at the top level"
        raise NoCodec(name_of(type(value)), reason)
    module, qualname = address
    if module == _MAIN:
        reason = f"is a {what} of this notebook: define it in a cell of its own, outside the step"
        raise NoCodec(f"{module}.{qualname}", reason)
    if not _is_importable(module) or not _leads_to(value, module, qualname, writer.namespace):
        reason = f"is a {what} that its module does not hold by its name: define it outside the step"
        raise NoCodec(f"{module}.{qualname}", reason)
    return [module, qualname]


def _make_reference(reader: Reader, node: list[Node]) -> object:
    """What dump would have written under this name, and nothing else; it is not called."""
    module, qualname = node[1:]
    found = None if module == _MAIN else _look_up(module, qualname, reader.namespace)
    if not _is_referable(found) or _address(found) != (module, qualname):
        raise CannotRestore(f"{module}.{qualname} is not that class or function any more")
    return found


def _is_referable(value: object) -> bool:
    """Whether it is a class, a function, or what a library puts in a function's place."""
    kinds = (type, types.FunctionType, types.BuiltinFunctionType)
    if isinstance(value, kinds):
        return True
    wrapper = type(value).__module__ in ("functools", "numpy")
    return wrapper and callable(value) and _address(value) is not None


def same_object(_inner: Inner, a: object, b: object) -> str | None:
    """The comparison of what exists once in a process."""
    return None if a is b else ""


_MODULE = add(
    Codec(
        tag="module",
        encode=_encode_module,
        make=lambda _reader, node: _import_known(node[1]),
        differ=same_object,
        kept=False,
    )
)
_REFERENCE = add(
    Codec(
        tag="reference",
        encode=_encode_reference,
        make=_make_reference,
        differ=same_object,
        kept=False,
    )
)


def _rule(value: object) -> Codec | None:
    if isinstance(value, types.ModuleType):
        return _MODULE
    return _REFERENCE if _is_referable(value) else None


add_rule(_rule)
