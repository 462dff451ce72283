"""Reads the sources that keys need: of functions and classes, and of modules by file or version."""

from __future__ import annotations

import importlib.metadata
import inspect
import os
import sys
import sysconfig
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from blake3 import blake3

_FOREIGN = tuple(
    {str(Path(p).resolve()) for p in sysconfig.get_paths().values()}
    | {str(Path(base, "lib")) for base in (sys.base_prefix, sys.prefix)}
)


class FileSources:
    """`keys.canonical.Sources` from this interpreter's modules and files."""

    def __init__(self) -> None:
        self._own: str | None = None

    def source_of(self, code_owner: FunctionType | type) -> str | None:
        """The source text of a function or class, as it was when it was defined."""
        try:
            return inspect.getsource(code_owner)
        except (OSError, TypeError):
            return None

    def module_digest(self, name: str) -> str | None:
        """First-party: every loaded first-party file's content. Others: name and version."""
        module = sys.modules.get(name)
        if module is None:
            return None
        if is_first_party(module):
            own = self._own_files()
            return f"{name}:{own}" if own else None
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            return f"{name}:python {sys.version}"
        version = _version(top)
        return None if version is None else f"{name}:{version}"

    def _own_files(self) -> str:
        """Digest of every loaded first-party file; "" if one was edited since it was loaded.

        Every file, so that whatever a module imports is in it: a miss too many where an unrelated
        file changed, never a hit too many.
        """
        if self._own is None:
            modules = [each for each in list(sys.modules.values()) if is_first_party(each)]
            current = all(map(is_current, modules))
            files = sorted({Path(str(module.__file__)) for module in modules})
            told = "".join(f"{path.name}:{file_digest(path)}\0" for path in files)
            self._own = blake3(told.encode()).hexdigest() if current else ""
        return self._own


def is_first_party(module: ModuleType) -> bool:
    """Whether a module is the user's own: from a file outside the interpreter and site-packages."""
    file = getattr(module, "__file__", None)
    if not file or module.__name__.partition(".")[0] == "workbench":
        return False
    return is_users_file(file)


def is_current(module: ModuleType) -> bool:
    """Whether a module's functions are those of its file: false once the file was edited since.

    Cost: one compilation a version of the file.
    """
    file = str(module.__file__)
    try:
        stat = os.stat(file)  # noqa: PTH116  # Path.stat costs twice as much, once a look-up
        known = _code_in(file, stat.st_mtime_ns, stat.st_size)
    except (OSError, SyntaxError, ValueError):
        return False
    loaded = [f.__code__ for f in _functions(module) if f.__code__.co_filename == file]
    return all(code in known for code in loaded)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    for value in list(vars(module).values()):
        own = vars(value).values() if isinstance(value, type) else (value,)
        yield from (each for each in list(own) if isinstance(each, FunctionType))


@lru_cache(maxsize=4096)
def _code_in(file: str, *_stat: int) -> frozenset[CodeType]:
    pending = [compile(Path(file).read_bytes(), file, "exec", dont_inherit=True)]
    found: set[CodeType] = set()
    while pending:
        code = pending.pop()
        found.add(code)
        pending += [each for each in code.co_consts if isinstance(each, CodeType)]
    return frozenset(found)


def is_users_file(path: str) -> bool:
    """Whether a path lies outside the interpreter, its packages, and what they generate."""
    return not (path.startswith(_FOREIGN) or "site-packages" in path or path.startswith("<"))


def file_digest(path: Path) -> str:
    """Digest of a file's content, or of a folder's listing; "missing" where there is nothing.

    Contents are read again only when inode, size or times changed.
    """
    try:
        stat = path.stat()
        if path.is_dir():
            names = sorted(entry.name for entry in path.iterdir())
            return (
                "folder " + blake3("\0".join(names).encode("utf-8", "surrogateescape")).hexdigest()
            )
        return _content(str(path), stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    except FileNotFoundError:
        return "missing"
    except OSError as error:
        return f"unreadable {error.errno}"


@lru_cache(maxsize=65536)
def _content(path: str, *_stat: int) -> str:
    hasher = blake3(max_threads=blake3.AUTO)
    hasher.update_mmap(path)
    return hasher.hexdigest()


@lru_cache
def _version(top: str) -> str | None:
    module = sys.modules.get(top)
    stated = getattr(module, "__version__", None)
    if isinstance(stated, str):
        return stated
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:
        return _installed_as(top)


def _installed_as(top: str) -> str | None:
    names = importlib.metadata.packages_distributions().get(top, ())
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names) or None
