"""Modules, functions and classes as values: stored by name, looked up again, never called.

What lives in `__main__` is no reference, since another process may have another; but the *class of
an instance* may live there (see hints) and is looked up in the namespace that the caller gives.
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add, add_rule
from workbench.store.codecs.refusals import CannotRestore, NoCodec, name_of

MAIN = "__main__"
"""The module of what a notebook defines."""


def is_importable(module: str) -> bool:
    """Whether a process that starts anew can import the module's top-level package."""
    try:
        return find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):  # made by hand: without a spec
        return False


def look_up(module: str, qualname: str, namespace: Mapping[str, object]) -> object:
    """What a name stands for, read from module and class dictionaries only: nothing runs.

    Raises:
        CannotRestore: there is no such thing.

    """
    scope = namespace if module == MAIN else vars(_import_known(module))
    found: object = None
    for part in qualname.split("."):
        if part not in scope:
            raise CannotRestore(f"{module}.{qualname} is gone")
        found = scope[part]
        scope = vars(found) if isinstance(found, type) else {}
    return found


def leads_to(thing: object, module: str, qualname: str, namespace: Mapping[str, object]) -> bool:
    """Whether looking up that name finds this very thing, in a new process too."""
    if module != MAIN and not is_importable(module):
        return False
    try:
        return look_up(module, qualname, namespace) is thing
    except (CannotRestore, ImportError):
        return False


def address(thing: Any) -> tuple[str, str] | None:
    """Module and qualified name that a class or function gives itself, if it does."""
    module = getattr(thing, "__module__", None)
    qualname = getattr(thing, "__qualname__", None)
    return (module, qualname) if type(module) is type(qualname) is str else None


def same_object(_inner: Inner, a: object, b: object) -> str | None:
    """The comparison of what exists once in a process."""
    return None if a is b else ""


def _import_known(name: str) -> types.ModuleType:
    """The module of that name, imported if need be."""
    # NOTE: importing runs the module's own top level; a body can only name what is installed
    if name == MAIN or not all(part.isidentifier() for part in name.split(".")):
        raise CannotRestore(f"{name} is no module that can be imported")
    module = sys.modules.get(name)
    if module is None:
        if not is_importable(name):
            raise CannotRestore(f"there is no module {name.partition('.')[0]} here")
        module = importlib.import_module(name)
    return module


def _encode_module(_writer: Writer, value: types.ModuleType) -> list[Node]:
    name = value.__name__
    known = sys.modules.get(name) is value and name != MAIN
    if not known or not is_importable(name):
        raise NoCodec("module", "a module that no other process can import: put it into a file")
    return [name]


def _encode_reference(writer: Writer, value: Any) -> list[Node]:
    what = "class" if isinstance(value, type) else "function"
    found = address(value)
    if found is None:
        reason = "has no name that leads to it: define it at the top level of a module"
        raise NoCodec(name_of(type(value)), reason)
    module, qualname = found
    if module == MAIN:
        reason = f"a {what} of this notebook: define it in a cell of its own, outside the step"
        raise NoCodec(f"{module}.{qualname}", reason)
    if not leads_to(value, module, qualname, writer.namespace):
        reason = f"a {what} that its module does not hold by its name: move it to the top level"
        raise NoCodec(f"{module}.{qualname}", reason)
    return [module, qualname]


def _make_reference(reader: Reader, node: list[Node]) -> object:
    """What dump would have written under this name, and nothing else; it is not called."""
    module, qualname = node[1:]
    found = None if module == MAIN else look_up(module, qualname, reader.namespace)
    if not _is_referable(found) or address(found) != (module, qualname):
        raise CannotRestore(f"{module}.{qualname} is not that class or function any more")
    return found


def _is_referable(value: object) -> bool:
    """Whether it is a class, a function, or what a library puts in a function's place."""
    kinds = (type, types.FunctionType, types.BuiltinFunctionType)
    if issubclass(
        type(value), kinds
    ):  # not isinstance: a proxy would answer for what it stands for
        return True
    wrapper = type(value).__module__ in ("functools", "numpy")
    return wrapper and callable(value) and address(value) is not None


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
    if issubclass(type(value), types.ModuleType):
        return _MODULE
    return _REFERENCE if _is_referable(value) else None


add_rule(_rule)
