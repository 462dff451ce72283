"""Whether code depends on what no key can see: the clock, randomness, the environment.

A reason too many costs a run of the step over its recorded calls; one too few would serve what was
true another day. So names count by what they mean now, and the user's own functions are followed.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections import defaultdict
from dataclasses import dataclass
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    MethodWrapperType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Any

from workbench.keys.code import chains, function_text, parse, reads
from workbench.keys.flow import needed
from workbench.keys.functions import lookup_global
from workbench.keys.origin import function_origin, origin, unwrapped
from workbench.keys.unseen import EACH_TIME, NAMES, TELLING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workbench.keys.encoder import Sources

    Path = tuple[str, ...]
    Lookup = Callable[[str], object | None]


_KNOWN = {
    tuple(name.split(".")): reason for reason, names in NAMES.items() for name in names.split()
}
_HARMLESS = frozenset({("time", "sleep"), ("time", "strptime")})
_CARRIERS = frozenset(
    path
    for path, reason in _KNOWN.items()
    if reason == "it queries a database" or path in {("random",), ("_random",)}
) | {("numpy", "random"), ("os", "_Environ")}
"""Of these, an instance is as volatile as the module."""

_MOMENTS = frozenset({"now", "today"})
_DATES = frozenset(
    {
        "Timestamp", "to_datetime", "datetime64", "DatetimeIndex", "Period", "PeriodIndex",
        "date_range", "bdate_range", "period_range", "array", "asarray", "astype", "Series",
        "Index", "to_timestamp", "timedelta_range",
    }
)  # fmt: skip
"""What reads the clock when it is given one of the texts `now` and `today`."""

_OURS = frozenset({"main", "own"})
_BOUND = (BuiltinFunctionType, MethodType, type("".__str__))
_HOLDERS: dict[type, tuple[str, ...]] = {
    MethodType: ("__func__", "__self__"),
    BuiltinFunctionType: ("__self__",),
    functools.partial: ("func", "args", "keywords"),
    functools.cached_property: ("func",),
    property: ("fget", "fset", "fdel"),
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    type(functools.cache(NAMES.get)): ("__wrapped__",),
}
_BY_NAME = frozenset({"getattr", "attrgetter", "methodcaller", "hasattr"})
"""What takes the names of attributes as texts."""
_LOOPS = frozenset({"get_running_loop", "get_event_loop", "new_event_loop"})
_METHODS = (WrapperDescriptorType, MethodWrapperType, MethodDescriptorType)
_LARGEST = 256
"""Containers up to this length may be registers of functions; longer ones are data."""


@dataclass(frozen=True, slots=True)
class _Mentions:
    """What a piece of code names.

    chains      names taken from around it, with the attributes that follow: ("np", "random")
    imported    dotted names that it imports itself and uses: ("time", "time")
    attributes  every attribute that it mentions, for what is passed on whole
    moments     whether it writes "now" or "today", which dates take for the clock
    """

    chains: frozenset[Path]
    imported: frozenset[Path]
    attributes: frozenset[str]
    moments: bool = False


def each_time(reason: str) -> bool:
    """Return whether a reason of `volatile` forbids to serve the outcome even to its own run.

    What a database or a name holds may change from one cell to the next; that a clock goes on is
    no reason to ask it again.
    """
    return reason.startswith(EACH_TIME)


def reads_environment(reason: str) -> bool:
    """Return whether a reason of `volatile` is the environment: a digest of that can be in the key."""
    return reason.startswith("it reads the environment")


def volatile(tree: ast.Module, lookup: Lookup, sources: Sources | None = None) -> str:
    """Return why the code's outcome counts for its own run only, in a few words, or "".

    `lookup` gives the live object behind a name, None where there is none; `sources` the text of
    functions, whose compiled code is read where it is not known. Runs no code of the user's; about 0.1 ms for a cell and as much for each function that it reaches.
    """
    # NOTE: a function of the user's that the cell imports from a module not yet loaded is not seen
    search = _Search(sources)
    search.code(_of_tree(tree), lookup, "")
    return search.reason()


class _Search:
    """Visits every value that code reaches, each once."""

    def __init__(self, sources: Sources | None) -> None:
        self.sources = sources
        self.seen: set[int] = set()
        self.waiting: list[tuple[object, str]] = []
        self.found: list[str] = []

    def reason(self) -> str:
        while self.waiting and not self.found:
            value, inside = self.waiting.pop()
            if id(value) not in self.seen:
                self.seen.add(id(value))
                self.visit(value, inside)
        return self.found[0] if self.found else ""

    def code(self, mentions: _Mentions, lookup: Lookup, inside: str) -> None:
        """Look at what a piece of code names; values of the user's are visited later."""
        for path in sorted(mentions.imported):
            self.judge(path, mentions.attributes, inside)
            module, rest = _loaded(path)
            self.walk(module, rest, mentions, inside)
        self.moment(mentions, lookup, inside)
        if "time" in mentions.attributes and mentions.attributes & _LOOPS:
            self.found.append(f"it reads the clock (of the event loop{inside})")
        heads = {chain[0] for chain in mentions.chains}
        held = [v for v in map(lookup, heads) if isinstance(v, str)] if "getattr" in heads else []
        for name in sorted((mentions.attributes | set(held)) & TELLING.keys()):
            self.found.append(f"{TELLING[name]} (.{name}{inside})")
        for chain in sorted(mentions.chains):
            self.walk(lookup(chain[0]), chain[1:], mentions, inside)

    def getter(self, value: object, inside: str) -> None:
        """Judge what reads attributes: `operator.attrgetter("__globals__")`, `str.__hash__`."""
        if isinstance(value, _METHODS) and value.__name__ in TELLING:
            self.found.append(f"{TELLING[value.__name__]} (.{value.__name__}{inside})")
        if type(value).__module__ == "operator" and hasattr(type(value), "__reduce__"):
            texts = [each for each in value.__reduce__()[1] if isinstance(each, str)]
            for name in {part for text in texts for part in text.split(".")} & TELLING.keys():
                self.found.append(f"{TELLING[name]} (.{name}{inside})")

    def moment(self, mentions: _Mentions, lookup: Lookup, inside: str) -> None:
        """Judge dates made of the texts `now` and `today`, written here or held by a name."""
        heads = {chain[0] for chain in mentions.chains}
        named = {each for path in mentions.imported for each in path[-1:]}
        dates = _DATES & (mentions.attributes | heads | named)
        if not dates and any(_is_date_function(lookup(head)) for head in heads):
            dates = frozenset({"a date"})
        if dates and (mentions.moments or any(_is_moment(lookup(head)) for head in heads)):
            self.found.append(f"it reads the clock ({min(dates)} of now or today{inside})")

    def walk(self, value: object, rest: Path, mentions: _Mentions, inside: str) -> None:
        """Follow attributes through modules: elsewhere, reading one could run code."""
        while value is not None:
            for path in _paths(value):
                self.judge(path + rest, mentions.attributes, inside)
            if not rest or not isinstance(value, ModuleType):
                self.waiting.append((value, inside))
                return
            below = sys.modules.get(f"{value.__name__}.{rest[0]}")
            value, rest = vars(value).get(rest[0], below), rest[1:]

    def visit(self, value: object, inside: str) -> None:
        self.getter(value, inside)
        for path in _paths(value):
            self.judge(path, frozenset(), inside)
        if isinstance(value, FunctionType):
            self.function(value)
        self.waiting.extend((part, inside) for part in _parts(value))

    def function(self, function: FunctionType) -> None:
        if function_origin(function) not in _OURS:
            return
        mentions = _of_function(function, self.sources)
        inside = f" in {function.__name__}"
        self.code(mentions, lambda name: lookup_global(function, name, None), inside)

    def judge(self, path: Path, attributes: frozenset[str], inside: str) -> None:
        known = _known(path, attributes)
        if known:
            written = path if len(path) > len(known) else known
            shown = ".".join(written[: len(known) + 1]).removeprefix("builtins.")
            self.found.append(f"{_KNOWN[known]} ({shown}{inside})")


def _is_moment(value: object) -> bool:
    return type(value) is str and value.strip().lower() in _MOMENTS


def _is_date_function(value: object) -> bool:
    if not issubclass(type(value), (type, FunctionType)):
        return False
    known: Any = value
    return known.__name__ in _DATES and str(known.__module__).startswith(_DATE_HOMES)


_DATE_HOMES = ("numpy", "pandas", "polars")


def _known(path: Path, attributes: frozenset[str]) -> Path:
    """Return which known name a dotted one is or lies below; () if none.

    One that stops above a known name, such as `datetime` given to someone, is in doubt: it counts
    if the code mentions the rest of that name as an attribute of anything.
    """
    if path[:2] in _HARMLESS:
        return ()
    for end in range(1, len(path) + 1):
        if path[:end] in _KNOWN:
            return path[:end]
    size = len(path)
    for known in _KNOWN:
        if known[:size] == path and attributes.issuperset(known[size:]):
            return known
    return ()


def _paths(value: object) -> Iterator[Path]:
    """Yield the dotted names of a live object, if it is of a kind that has some."""
    if isinstance(value, ModuleType):
        yield _dotted(value.__name__)
    elif isinstance(value, type):
        yield from (_dotted(base.__module__, base.__qualname__) for base in value.__mro__)
    elif isinstance(value, FunctionType):
        yield _dotted(value.__module__, value.__name__)
    elif isinstance(value, _BOUND) or type(value).__name__ == "cython_function_or_method":
        known: Any = value
        owner = getattr(known, "__self__", None)
        if isinstance(owner, type):
            yield from ((*path, known.__name__) for path in _paths(owner))
        elif owner is None or isinstance(owner, ModuleType):
            module = owner.__name__ if owner else known.__module__
            yield _dotted(module, known.__name__)
    else:
        bases = (_dotted(base.__module__, base.__qualname__) for base in type(value).__mro__)
        yield from (path for path in bases if any(path[:n] in _CARRIERS for n in (1, 2, 3)))


def _dotted(module: object, name: str = "") -> Path:
    parts = str(module).split(".") + (name.split(".") if name else [])
    return ("os", *parts[1:]) if parts[0] in {"posix", "nt"} else tuple(parts)


def _parts(value: object) -> Iterable[object]:
    """Return what a value may call when it is used: parts of callables, the user's objects."""
    if isinstance(value, list | tuple | set | frozenset | dict):
        parts = value.values() if isinstance(value, dict) else value
        return parts if len(parts) <= _LARGEST else ()
    if isinstance(value, FunctionType):
        defaults = (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        return (*_contents(value.__closure__ or ()), *defaults)
    inner = unwrapped(value)
    if inner is not value:
        return (inner,)
    names = next((names for kind, names in _HOLDERS.items() if isinstance(value, kind)), None)
    if names is None:
        return _parts_of_object(value)
    parts = [getattr(value, name) for name in names]
    return [part for part in parts if not isinstance(part, ModuleType)]  # its module holds it


def _parts_of_object(value: object) -> Iterable[object]:
    if isinstance(value, type):
        ours = [base for base in value.__mro__ if origin(base.__module__) in _OURS]
        return [part for base in ours for part in vars(base).values()]
    kind = type(value)
    if isinstance(value, ModuleType) or origin(kind.__module__) not in _OURS:
        return ()
    return (kind, *(vars(value).values() if kind.__dictoffset__ else ()))


def _contents(cells: Iterable[CellType]) -> Iterator[object]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # not filled yet
            continue


def _loaded(path: Path) -> tuple[ModuleType | None, Path]:
    """Return the loaded module that a dotted name begins with, and the rest of the name."""
    for end in range(len(path), 0, -1):
        found = sys.modules.get(".".join(path[:end]))
        if isinstance(found, ModuleType):
            return found, path[end:]
    return None, ()


def _of_function(function: FunctionType, sources: Sources | None) -> _Mentions:
    """Return what a function names: by its text if that is surely its text, else by its code."""
    code = function.__code__
    source = None if sources is None else sources.source_of(function)
    if source is not None and function_text(code, source)[0] == "source":
        found = _of_tree(ast.Module(body=parse(source), type_ignores=[]))
        chains = frozenset(path for path in found.chains if path[0] not in code.co_freevars)
        return _Mentions(chains, found.imported, found.attributes, found.moments)
    taken = reads(code)
    imported = {
        (*name.split("."), *part)
        for name, level, parts in taken.imports
        if not level
        for part in (*((each,) for each in parts), *(() if parts else ((),)))
    }
    moments = any(map(_is_moment, taken.texts))
    return _Mentions(frozenset(taken.chains), frozenset(imported), taken.names, moments)


def _of_tree(tree: ast.Module) -> _Mentions:
    """Return what source code names; a name that it surely binds first is not taken from around."""
    imports, free = _imports(tree), needed(tree)
    found = frozenset(chains(tree))
    imported = {path + chain[1:] for chain in found for path in imports.get(chain[0], ())}
    imported |= {path + chain for chain in found for path in imports.get("*", ())}
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    if not _BY_NAME.isdisjoint(free | attributes):
        attributes.update(part for text in _texts(tree) for part in text.split("."))
    around = frozenset(chain for chain in found if chain[0] in free)
    moments = any(map(_is_moment, _texts(tree)))
    return _Mentions(around, frozenset(imported), frozenset(attributes), moments)


def _imports(tree: ast.Module) -> dict[str, set[Path]]:
    """Return the dotted names that each imported name may stand for."""
    found: defaultdict[str, set[Path]] = defaultdict(set)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                path = tuple(alias.name.split("."))
                found[alias.asname or path[0]].add(path if alias.asname else path[:1])
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                path = tuple(node.module.split("."))
                taken = path if alias.name == "*" else (*path, alias.name)
                found[alias.asname or alias.name].add(taken)
    return found


def _texts(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
