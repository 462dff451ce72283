"""What code shows beside its names, and what a function's code is: read again only where it may differ."""

from __future__ import annotations

import ast
import builtins
import functools
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from workbench.cells.modules import unchanged
from workbench.cells.modules.sources import FileSources
from workbench.keys import canonical, code, volatile
from workbench.keys.origin import function_origin, unwrapped
from workbench.keys.untracked import untracked

_CALL = ast.parse("function()")
_MEMO = 4096


@dataclass(frozen=True, slots=True)
class Learnt:
    """What code shows beside its names: why its bindings cannot be told, why it is volatile."""

    lost: str
    only_here: str
    only_written: frozenset[str]
    folders_read: bool


_learnt: dict[str, Learnt] = {}


@dataclass(slots=True)
class CodeSeen:
    """What the code of a function step is, with all that it reads.

    Attributes:
        digest: of all of it.
        texts: the texts in it, which may name files.
        files: path and digest of the first-party files that it comes from.
        unloaded: those of them whose modules are not loaded.
        outdated: names of modules that are older than their files.
        changeable: whether it reaches anything that an argument may be, or share a part with.
        shown: what it shows beside, and the loaded modules at that time.

    """

    digest: str
    texts: frozenset[str]
    files: Mapping[str, str]
    unloaded: tuple[str, ...]
    outdated: tuple[str, ...]
    changeable: bool
    shown: tuple[object, Learnt] | None = None

    def learnt(self, function: Any) -> Learnt:
        """What the code shows; looked at again when a module was loaded since."""
        modules = (len(sys.modules), next(reversed(sys.modules)))
        if self.shown is None or self.shown[0] != modules:
            known = "\0".join((self.digest, *self.files, *self.files.values(), *map(str, modules)))
            self.shown = (modules, learn_once(known, functools.partial(self._learn, function)))
        return self.shown[1]

    def _learn(self, function: Any) -> Learnt:
        def lookup(name: str) -> Any:
            return function if name == "function" else getattr(builtins, name, None)

        sources = FileSources()
        only_here = volatile.volatile(_CALL, lookup, sources)
        unseen = next(filter(None, map(volatile_file, self.unloaded)), "")
        lost = untracked(_CALL, lookup, sources)
        # where the code hands a file to a compiled reader is not looked for: it may everywhere
        return Learnt(lost, only_here or unseen, frozenset(), folders_read=True)


def reached(function: Any) -> dict[str, Any]:
    """The globals that a function of the notebook and the notebook's functions below it read."""
    found: dict[str, Any] = {}
    pending = [function]
    while pending:
        each = unwrapped(pending.pop())
        if not isinstance(each, FunctionType) or function_origin(each) != "main":
            continue
        for name in {chain[0] for chain in code.reads(each.__code__).chains}:
            if name not in found and name in each.__globals__:
                found[name] = each.__globals__[name]
                pending.append(found[name])
    return found


_seen: WeakKeyDictionary[Any, tuple[unchanged.Portrait, CodeSeen]] = WeakKeyDictionary()


def code_seen(function: Any) -> CodeSeen:
    """What a function's code is; read again unless everything that it reaches is surely the same."""
    known = _seen.get(function)
    if known is not None and known[0].is_same():
        return known[1]
    portrait = unchanged.portrait(function)
    sources = FileSources()
    texts: set[str] = set()
    digest = canonical.digest(function, sources, name=function.__name__, note=texts.add)
    texts.update(code.reads(function.__code__).texts)  # SQL of several lines too
    seen = CodeSeen(
        digest,
        frozenset(texts),
        sources.files(),
        sources.unloaded(),
        sources.outdated(),
        changeable=portrait is None,
    )
    if portrait is not None and not seen.files and portrait.is_same():
        _seen[function] = (portrait, seen)
    else:
        _seen.pop(function, None)
    return seen


def learn_once(known: str, learn: Callable[[], Learnt]) -> Learnt:
    """What `learn` finds, kept under everything that it goes by."""
    found = _learnt.get(known)
    if found is None:
        found = learn()
        if len(_learnt) > _MEMO:
            _learnt.clear()
        _learnt[known] = found
    return found


def volatile_file(file: str) -> str:
    """Why a module that is not loaded yet counts for its own run only; "" if it does not."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return f"it imports {file}, which cannot be read"
    return volatile.volatile(tree, lambda _: None)
