"""Which source each first-party module was executed from: what runs is not always what is on disk."""

from __future__ import annotations

import ast
import functools
import importlib.machinery
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from workbench.calls.context import own_traffic
from workbench.cells.modules import Source, read, stat
from workbench.cells.modules.places import is_users_file
from workbench.keys.code import code_digest, normalised

_loaded: WeakKeyDictionary[ModuleType, Source | None] = WeakKeyDictionary()
"""None while a module is executed, and after it failed half-way or its file was written meanwhile."""

_SLACK_S = 5
"""By how much a file must be older than this process to be surely what was loaded: clocks differ."""


def watch() -> None:
    """From now on, note each first-party module's source as it is executed, reloads too. Idempotent.

    Costs about 50 µs a first-party module, 2 µs any other.
    """
    loader: Any = importlib.machinery.SourceFileLoader
    if not hasattr(loader.exec_module, "__wrapped__"):
        loader.exec_module = _noting(loader.exec_module)


def _noting(execute: Callable[[Any, ModuleType], None]) -> Callable[[Any, ModuleType], None]:
    @functools.wraps(execute)
    def exec_module(self: Any, module: ModuleType) -> None:
        with own_traffic():
            begun(module, self.path)
        execute(self, module)
        with own_traffic():
            finished(module, self.path)

    # Python leaves importlib's frames out of a traceback by the name of their file
    plain: Any = exec_module
    plain.__code__ = plain.__code__.replace(co_filename=execute.__code__.co_filename)
    return exec_module


_sources: dict[str, Source] = {}


def begun(module: ModuleType, path: str) -> None:
    """A module is about to be executed from this file."""
    if is_users_file(path):
        with suppress(TypeError):  # no ordinary module: one that cannot be referred to weakly
            _loaded[module] = None
            found = read(path)
            if found is not None:
                _sources[path] = found


def finished(module: ModuleType, path: str) -> None:
    """A module was executed; its source counts if its file is still the same."""
    found = _sources.pop(path, None)
    with suppress(OSError, TypeError):
        if found is not None and stat(path) == found.stat:
            _loaded[module] = found


def source_of(module: ModuleType, file: str) -> Source | None:
    """The source that a loaded module was executed from; None where that is in doubt.

    A module that was loaded before `watch` counts by its file if that is older than this process,
    or if functions and constants are those of the file and loading it does little else.
    """
    if module in _loaded:
        return _loaded[module]
    now = read(file)
    if now is not None and (
        _is_older(now) or not now.text or _is_of(module, file, now, strict=True)
    ):
        _loaded[module] = now
        return now
    return None


def is_outdated(module: ModuleType, file: str, loaded: Source) -> bool:
    """Whether a module's file says something else than what was loaded.

    IPython's %autoreload may have put the new functions and constants into the old module, without
    executing it: the file's source is then noted as loaded.
    """
    now = read(file)
    if now is None or now.digest == loaded.digest or _says(now.text) == _says(loaded.text):
        return False
    if _is_of(module, file, now) and not _is_of(module, file, loaded):
        _loaded[module] = now
        return False
    return True


def _is_of(module: ModuleType, file: str, source: Source, *, strict: bool = False) -> bool:
    """Whether a module holds the functions and constants that this source defines.

    `strict`: and executing it does no more than define, so that nothing else could differ.
    """
    try:
        known, constants, plain = _definitions(source.text, file)
    except (SyntaxError, ValueError, RecursionError):
        return False
    own = [each.__code__ for each in _functions(module) if each.__code__.co_filename == file]
    held = vars(module)
    return (
        (plain or not strict)
        and all(code_digest(code) in known for code in own)
        and all(name in held and _is_same(held[name], value) for name, value in constants)
    )


def _is_same(held: object, written: object) -> bool:
    return type(held) is type(written) and repr(held) == repr(written)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    for value in list(vars(module).values()):
        own = vars(value).values() if isinstance(value, type) else (value,)
        for each in list(own):
            inner = each.__func__ if isinstance(each, staticmethod | classmethod) else each
            if isinstance(inner, FunctionType):
                yield inner


@lru_cache(maxsize=512)
def _definitions(text: bytes, file: str) -> tuple[frozenset[bytes], list[tuple[str, Any]], bool]:
    """Digests of all code in a source, its literal constants, and whether it only defines."""
    tree = ast.parse(text)
    pending = [compile(tree, file, "exec", dont_inherit=True)]
    found: set[bytes] = set()
    while pending:
        code = pending.pop()
        found.add(code_digest(code))
        pending += [each for each in code.co_consts if isinstance(each, CodeType)]
    constants: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    constants.pop(target.id, None)
                    with suppress(ValueError, TypeError):
                        constants[target.id] = ast.literal_eval(node.value or "")
    plain = not any(isinstance(node, ast.Expr) and _acts(node.value) for node in tree.body)
    return frozenset(found), list(constants.items()), plain


def _acts(expression: ast.expr) -> bool:
    return not isinstance(expression, ast.Constant)


@lru_cache(maxsize=512)
def _says(text: bytes) -> bytes:
    try:
        return normalised(text.decode())
    except (SyntaxError, ValueError, RecursionError):
        return text


def _is_older(source: Source) -> bool:
    """Whether a file was last touched before this process started; nobody can set a ctime."""
    *_, changed_ns = source.stat
    return changed_ns < (_started_s() - _SLACK_S) * 1_000_000_000


@lru_cache(maxsize=1)
def _started_s() -> float:
    """When this process started, in seconds since the epoch; 0 where /proc does not tell.

    Fields as in proc(5): boot time, and ticks since boot in field 22 of stat.
    """
    try:
        own = Path("/proc/self/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        lines = Path("/proc/stat").read_text("ascii", "replace").splitlines()
        boot = next(int(line.split()[1]) for line in lines if line.startswith("btime "))
        return boot + int(own[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, StopIteration):
        return 0.0
