"""Modules in a key: the digest of their source, and what may have been set in them since."""

from __future__ import annotations

import ast
import logging
import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from workbench.keys.code import chains
from workbench.keys.encoder import Opaque
from workbench.keys.origin import function_origin, origin, put_origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.keys.encoder import Encoder, Handler

SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})
MISSING = object()
_OURS = frozenset({"main", "own"})
_LATE = "__getattr__"


class Used:
    """A module as far as code takes attributes from it, as a value that has a digest.

    `chains` are the attributes that follow it, without its name: ("run",), ("settings", "model").
    An empty one says that the module itself is passed on: then all that it holds counts.
    """

    __slots__ = ("chains", "module")

    def __init__(self, module: ModuleType, chains: Sequence[tuple[str, ...]]) -> None:
        self.module = module
        self.chains = sorted(set(chains))


def chains_of(tree: ast.AST, name: str) -> list[tuple[str, ...]]:
    """Return what code takes from the module that it calls `name`, for `Used`."""
    return sorted({chain[1:] for chain in chains(tree) if chain[0] == name})


def imported_uses(tree: ast.AST) -> dict[str, list[tuple[str, ...]]]:
    """Return what code takes from each module that it imports itself, for `Used`."""
    found: dict[str, set[tuple[str, ...]]] = {}
    bound: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                found.setdefault(alias.name, set())
                found.setdefault(name, set())
                bound.setdefault(alias.asname or name, []).append((name, ()))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            taken = found.setdefault(node.module, set())
            for alias in node.names:
                if alias.name == "*":
                    taken.add(())
                else:
                    place = (node.module, (alias.name,))
                    bound.setdefault(alias.asname or alias.name, []).append(place)
    for head, *rest in chains(tree):
        for module, first in bound.get(head, ()):
            found[module].add((*first, *rest))
    return {module: sorted(taken) for module, taken in found.items()}


def put_used(enc: Encoder, value: Used) -> None:
    """Write a module and what is read from it."""
    enc.tag("used")
    put_source(enc, value.module)
    enc.size(len(value.chains))
    for chain in value.chains:
        put_attributes(enc, value.module, chain)


def put_attributes(enc: Encoder, module: ModuleType, attributes: Sequence[str]) -> None:
    """Write what is read from a module beyond its digest: what may have been set since.

    All of it for a module of the user's. Of other modules only constants and code that is not
    theirs: the rest is their version's, and reading it could go on without end.
    """
    path = ""
    for name in attributes:
        enc.text(name)
        path += f".{name}"
        value = _attribute(module, name)
        if isinstance(value, ModuleType):
            module = value
            put_source(enc, value)
            continue
        try:
            _put_attribute(enc, module, value)
        except Opaque as opaque:
            raise opaque.under(path)  # noqa: B904
        return
    try:
        put_module(enc, module)
    except Opaque as opaque:
        raise opaque.under(path)  # noqa: B904


def _attribute(module: ModuleType, name: str) -> Any:
    """Return what a module holds under a name; a submodule may be loaded and not be held yet."""
    found = vars(module).get(name, MISSING)
    return sys.modules.get(f"{module.__name__}.{name}", MISSING) if found is MISSING else found


def _put_attribute(enc: Encoder, module: ModuleType, value: Any) -> None:
    own = origin(module.__name__) == "own"
    if value is MISSING:
        late = _LATE in vars(module)
        if own and late:
            raise Opaque("its module computes it when it is asked for", "attribute")
        enc.tag("as in its module" if late else "missing")
    elif own or _is_set(value):
        enc.tag("set")
        enc.put(value)
    else:
        enc.tag("as in its module")


def _is_set(value: object) -> bool:
    """Return whether a value in an installed module is a constant or comes from elsewhere."""
    if isinstance(value, FunctionType):
        return function_origin(value) in _OURS
    if isinstance(value, type):
        return origin(value.__module__) in _OURS
    return type(value) in SCALARS


def put_module(enc: Encoder, module: ModuleType) -> None:
    """Write a module that is passed on whole: one of the user's with all that it holds now."""
    whole = origin(module.__name__) == "own"
    if whole and enc.seen(module):
        return
    put_source(enc, module)
    if whole:
        held = {name: value for name, value in vars(module).items() if not _is_machinery(name)}
        enc.size(len(held))
        for name, value in sorted(held.items()):
            enc.text(name)
            enc.put_at(f".{name}", value)


def _is_machinery(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and name != _LATE


def put_source(enc: Encoder, module: ModuleType) -> None:
    """Write a module's digest."""
    name = module.__name__
    if origin(name) == "main":
        raise Opaque("the notebook's own namespace", "module")
    if sys.modules.get(name) is not module:
        raise Opaque("a module that cannot be found by its name", "module")
    enc.tag("module")
    put_origin(enc, name)


def put_logger(enc: Encoder, logger: logging.Logger) -> None:
    """Write a logger by its name and what it lets through; where it writes is no outcome."""
    enc.tag("Logger")
    enc.text(logger.name)
    enc.put((logger.getEffectiveLevel(), logger.disabled))


HANDLERS: dict[type, Handler] = {
    ModuleType: put_module,
    Used: put_used,
    logging.Logger: put_logger,
    logging.RootLogger: put_logger,
}
