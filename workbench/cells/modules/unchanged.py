"""Whether a function, with all that its code reaches, is surely still what it was: by identity.

Its digest need not be made again then. Only what can be told for certain in a microsecond has such
a portrait: functions of the notebook, what their names mean as far as that cannot be changed in
place, and what is read from installed modules. Whatever else is reached, and the digest is made anew.
"""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from workbench.cells.modules.places import find
from workbench.keys.code import reads
from workbench.keys.origin import function_origin, home, origin

_LEAVES = frozenset({type(None), bool, int, float, complex, str, bytes})
_FOREIGN = frozenset({"installed", "standard"})
_NAME = re.compile(r"[^\W\d]\w*")
_MOST = 64
_MISSING = object()
_FIELDS = ("__code__", "__defaults__", "__kwdefaults__", "__doc__", "__name__", "__qualname__")


class _Unsure(Exception):
    """Something is reached that may change without its identity changing."""


@dataclass(frozen=True, slots=True)
class _Function:
    """A function's own state: the objects it holds, which are kept so that no other has their id."""

    function: FunctionType
    fields: tuple[Any, ...]
    annotations: tuple[tuple[str, ...], tuple[int, ...]]
    cells: tuple[tuple[Any, Any], ...]

    def is_same(self) -> bool:
        made = self.function
        code, defaults, keywords, doc, name, qualname = self.fields
        return (
            made.__code__ is code
            and made.__defaults__ is defaults
            and made.__kwdefaults__ is keywords
            and made.__doc__ is doc
            and made.__name__ is name
            and made.__qualname__ is qualname
            and not made.__dict__
            and _ids(made.__annotations__) == self.annotations
            and all(_content(cell) is held for cell, held in self.cells)
        )


@dataclass(frozen=True, slots=True)
class Portrait:
    """What a function reaches, at one moment."""

    names: dict[str, Any]
    functions: tuple[_Function, ...]
    held: tuple[tuple[dict[str, Any], str, Any], ...]
    builtin: tuple[tuple[str, Any], ...]
    texts: tuple[str, ...]

    def is_same(self) -> bool:
        """Whether all of it is the same still. About 1 µs for a small function."""
        main = sys.modules.get("__main__")
        if main is None or vars(main) is not self.names or self.names["__name__"] != "__main__":
            return False
        for function in self.functions:
            if not function.is_same():
                return False
        for namespace, name, value in self.held:
            if namespace.get(name, _MISSING) is not value:
                return False
        ours = vars(builtins)
        for name, value in self.builtin:
            if name in self.names or ours.get(name, _MISSING) is not value:
                return False
        return True


def portrait(function: FunctionType) -> Portrait | None:
    """The portrait of a function of the notebook; None if something in it may change unseen."""
    maker = _Maker()
    try:
        maker.reach(function)
        while maker.pending:
            maker.function(maker.pending.pop())
    except _Unsure:
        return None
    return Portrait(
        vars(sys.modules["__main__"]),
        tuple(maker.functions),
        tuple(maker.held),
        tuple(maker.builtin),
        tuple(maker.texts),
    )


class _Maker:
    """Collects what is to be compared."""

    def __init__(self) -> None:
        self.functions: list[_Function] = []
        self.held: list[tuple[dict[str, Any], str, Any]] = []
        self.builtin: list[tuple[str, Any]] = []
        self.pending: list[FunctionType] = []
        self.met: set[int] = set()
        self.texts: list[str] = []

    def reach(self, value: Any) -> None:
        """Take a value that code reads: a constant, or a function to look into."""
        if type(value) in _LEAVES:
            return
        _expect(type(value) is FunctionType and home(value) == "__main__")
        if id(value) not in self.met:
            self.met.add(id(value))
            _expect(len(self.met) <= _MOST)
            self.pending.append(value)

    def function(self, function: FunctionType) -> None:
        taken = reads(function.__code__)
        _expect(not (taken.imports or function.__dict__ or function.__kwdefaults__))
        _expect(not getattr(function, "__type_params__", ()))
        for value in function.__defaults__ or ():
            _expect(type(value) in _LEAVES)
        _expect(function.__doc__ is None or type(function.__doc__) is str)
        for annotation in function.__annotations__.values():
            self.annotation(function.__globals__, annotation)
        cells = tuple((cell, _content(cell)) for cell in function.__closure__ or ())
        for _, held in cells:
            self.reach(held)
        fields = tuple(getattr(function, name) for name in _FIELDS)
        self.functions.append(_Function(function, fields, _ids(function.__annotations__), cells))
        for head, *attributes in taken.chains:
            self.name(function.__globals__, head, attributes)

    def annotation(self, namespace: dict[str, Any], annotation: Any) -> None:
        """Take a builtin class, or a text: the names in that count by what they mean now."""
        if type(annotation) is not str:
            _expect(_is_builtin_type(annotation))
            return
        self.texts.append(annotation)  # held, so that no other has its identity
        for name in _NAME.findall(annotation):
            self.name(namespace, name, [])

    def name(self, namespace: dict[str, Any], head: str, attributes: list[str]) -> None:
        if head not in namespace:
            value = vars(builtins).get(head, _MISSING)
            _expect(value is _MISSING or value is _FIRST.get(head))
            self.builtin.append((head, value))
            return
        value = namespace[head]
        self.held.append((namespace, head, value))
        while type(value) is ModuleType:
            value = self.attribute(value, attributes.pop(0) if attributes else "")
            if value is _FOREIGN:
                return
        self.reach(value)

    def attribute(self, module: ModuleType, name: str) -> Any:
        """What code takes from an installed module; `_FOREIGN` for what that module's version says."""
        home_of = module.__name__
        _expect(name != "" and name in vars(module) and sys.modules.get(home_of) is module)
        _expect(origin(home_of) in _FOREIGN and find(home_of) is None)
        value = vars(module)[name]
        self.held.append((vars(module), name, value))
        self.held.append((sys.modules, home_of, module))
        if type(value) is ModuleType or type(value) in _LEAVES:
            return value
        if type(value) is FunctionType:
            _expect(function_origin(value) in _FOREIGN)
        elif isinstance(value, type):
            _expect(origin(value.__module__) in _FOREIGN)
        else:
            _expect(type(value) is BuiltinFunctionType)
        return _FOREIGN


def _expect(sure: bool) -> None:  # noqa: FBT001
    if not sure:
        raise _Unsure


def _ids(annotations: dict[str, Any]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and which objects: texts that are held, and classes that live as long as Python does."""
    return tuple(annotations), tuple(map(id, annotations.values()))


def _is_builtin_type(value: Any) -> bool:
    """Whether this is None or a class of Python's own, which nobody can change."""
    return value is None or (type(value) is type and _FIRST.get(value.__name__) is value)


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return _MISSING


_FIRST: dict[str, Callable[..., Any]] = {
    name: value
    for name, value in vars(builtins).items()
    if getattr(value, "__module__", None) == "builtins" and value.__qualname__ == name
}
"""Python's own functions and classes, as they were before anybody put others in their place."""
