"""Sources of modules: their digests, and what they import, read from their text."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from blake3 import blake3

from workbench.cells.modules.places import Place, find, submodules

_PYTHON = (".py", ".pyw")
_WORD = re.compile(rb"(?<!\w)import(?!\w)")
_SIMPLE = re.compile(
    rb"[ \t]*(?:import[ \t]+(?P<modules>[\w., \t]+)"
    rb"|from[ \t]+(?P<dots>\.*)[ \t]*(?P<base>[\w.]*)[ \t]*(?<!\w)import[ \t]+(?P<names>[\w, \t]+|\*))"
    rb"[ \t\r]*(?:#.*)?",
)
_INTRICATE = re.compile(rb"\A(?:.*\n)?.*?coding[:=]|\\\r?\n[ \t]*import\b")
"""An encoding of its own, or a statement that goes on in the next line."""


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement: `from ..module import names`, or `import module`."""

    module: str
    level: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A module's source at one time.

    Attributes:
        digest: of its bytes.
        text: its bytes; b"" for what is no Python source.
        stat: inode, size and times of the file that it was read from.

    """

    digest: str
    text: bytes
    stat: tuple[int, ...]


def read(path: str) -> Source | None:
    """A file's source now; None if it cannot be read. Read again only if inode, size or times differ."""
    try:
        known = stat(path)
        return _read(path, known)
    except OSError:
        return None


def stat(path: str) -> tuple[int, ...]:
    """What tells that a file may have been written. Raises: OSError."""
    found = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@lru_cache(maxsize=4096)
def _read(path: str, known: tuple[int, ...]) -> Source:
    data = Path(path).read_bytes()
    text = data if path.endswith(_PYTHON) else b""
    return Source(blake3(data).hexdigest(), text, known)


@lru_cache(maxsize=4096)
def imports(text: bytes) -> tuple[Import, ...]:
    """What a source imports, inside functions too. About 20 µs, or 10 µs a line if it is intricate.

    Statements on one line each are read from the text; where the word stands in any other way (in
    brackets, behind a colon, in prose), the syntax tree is. A statement in a docstring counts.
    """
    lines = list(_lines_with_imports(text))
    found = [_SIMPLE.fullmatch(line) for line in lines]
    if None in found or len(set(lines)) < len(lines) or _INTRICATE.search(text):
        try:
            return tuple(dict.fromkeys(imports_in(ast.parse(text))))
        except (SyntaxError, ValueError, RecursionError):
            pass  # it cannot be loaded either
    return tuple(dict.fromkeys(_simple(match) for match in found if match))


def _lines_with_imports(text: bytes) -> Iterator[bytes]:
    """Each line in which the word stands, as often as it stands there."""
    at = text.find(b"import")
    while at >= 0:
        if _WORD.match(text, at) or not text[at - 1 : at].isascii():
            end = text.find(b"\n", at)
            yield text[text.rfind(b"\n", 0, at) + 1 : end if end >= 0 else len(text)]
        at = text.find(b"import", at + 6)


def _simple(match: re.Match[bytes]) -> Import:
    modules, dots, base, names = (
        (match[group] or b"").decode() for group in ("modules", "dots", "base", "names")
    )
    if modules:
        parts = [part.split() for part in modules.split(",")]
        return Import("", names=tuple(part[0] for part in parts if part))
    taken = [part.split() for part in names.split(",")]
    return Import(base, len(dots), tuple(part[0] for part in taken if part))


def imports_in(tree: ast.AST) -> Iterator[Import]:
    """Every import statement in a piece of code, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield Import("", names=tuple(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.module or "", node.level, names)


def named(statement: Import, module: str, place: Place | None) -> Iterator[str]:
    """The first-party modules that an import statement of `module` may load, packages first.

    `place` is that of the module, None for a cell, which has no package.
    """
    if not statement.module and not statement.level:
        for name in statement.names:
            yield from _own([*parents(name), name])
        return
    base = _absolute(statement, module, place)
    if not base:
        return
    yield from _own([*parents(base), base])
    package = find(base)
    if package is None or not package.folders:
        return
    names = submodules(package) if "*" in statement.names else statement.names
    yield from _own(f"{base}.{name}" for name in names)


def _own(names: Iterator[str] | list[str]) -> Iterator[str]:
    return (name for name in names if find(name) is not None)


def _absolute(statement: Import, module: str, place: Place | None) -> str:
    if not statement.level:
        return statement.module
    if place is None:
        return ""
    package = module if place.folders else module.rpartition(".")[0]
    try:
        return importlib.util.resolve_name("." * statement.level + statement.module, package)
    except ImportError:
        return ""


def parents(name: str) -> list[str]:
    """The packages above a module, outermost first: importing it runs their `__init__`."""
    parts = name.split(".")
    return [".".join(parts[:depth]) for depth in range(1, len(parts))]


def modules_imported(tree: ast.AST) -> tuple[str, ...]:
    """First-party modules that a cell's import statements name, sorted; nothing is imported.

    `from pkg import mod` gives pkg and pkg.mod; about 50 µs for each name that is not loaded.
    """
    return tuple(sorted({name for each in imports_in(tree) for name in named(each, "", None)}))
