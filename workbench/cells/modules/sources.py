"""Reads the sources that keys need: of functions and classes, and of modules by file or version."""

from __future__ import annotations

import importlib.metadata
import inspect
import sys
from collections.abc import Iterable
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from weakref import WeakKeyDictionary

from blake3 import blake3

from workbench.cells.modules import Source, imports, loaded, named, parents, read
from workbench.cells.modules.places import Place, find
from workbench.keys.canonical import Opaque

_NAMESPACE = Source("namespace package", b"", ())
_LARGEST_MEMO = 16384
_texts: dict[int, tuple[CodeType, str | None]] = {}
_class_texts: WeakKeyDictionary[type, str | None] = WeakKeyDictionary()


class FileSources:
    """`keys.canonical.Sources` from this interpreter's modules and files, for one key.

    A file is looked at once: one that is edited while a key is made counts as it was then.
    """

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._below: dict[str, tuple[str, ...]] = {}
        self._digests: dict[str, str | None] = {}
        self._files: dict[str, str] = {}
        self._unloaded: set[str] = set()
        self._outdated: set[str] = set()

    def source_of(self, code_owner: FunctionType | type) -> str | None:
        """The source text of a function or class, as it was when it was defined.

        About 100 µs, 1 µs when it is asked for again.
        """
        if isinstance(code_owner, type):
            if code_owner not in _class_texts:
                _class_texts[code_owner] = _text(code_owner)
            return _class_texts[code_owner]
        code = code_owner.__code__
        known = _texts.get(id(code))
        if known is None:
            if len(_texts) >= _LARGEST_MEMO:
                _texts.clear()
            known = _texts[id(code)] = (
                code,
                _text(code_owner),
            )  # held, so that its id stays its own
        return known[1]

    def module_digest(self, name: str) -> str | None:
        """First-party: the source it was loaded from and, transitively, what that imports.

        Others: name and version. A first-party module that is not loaded counts by its file now.

        Raises:
            Opaque: one of the sources is not known: it was edited after it was loaded.

        """
        if name not in self._digests:
            self._digests[name] = self._digest(name)
        return self._digests[name]

    def version(self, name: str) -> str | None:
        """Name and version of an installed module, loaded or not; None if there is none."""
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            return f"{name}:python {sys.version}"
        found = _version(top)
        return None if found is None else f"{name}:{found}"

    def files(self) -> dict[str, str]:
        """Path and digest of every first-party file that entered a digest so far."""
        return dict(self._files)

    def unloaded(self) -> tuple[str, ...]:
        """Paths of those files whose modules were not loaded: nothing but their text is known."""
        return tuple(sorted(self._unloaded))

    def outdated(self) -> tuple[str, ...]:
        """Names of modules that entered a digest and run older code than their file holds."""
        return tuple(sorted(self._outdated))

    def _digest(self, name: str) -> str | None:
        place = find(name)
        if place is not None:
            reached = self._reached([*parents(name), name])
            told = "".join(f"{each}:{self._sources[each].digest}\0" for each in sorted(reached))
            return f"{name}:{blake3(told.encode()).hexdigest()}"
        return self.version(name) if name in sys.modules else None

    def _reached(self, names: Iterable[str]) -> set[str]:
        found: set[str] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending += self._imported(name)
        return found

    def _imported(self, name: str) -> tuple[str, ...]:
        """The first-party modules that one imports."""
        if name not in self._below:
            place = find(name)
            assert place is not None, name
            source = self._sources[name] = self._source(name, place)
            below = (
                each for statement in imports(source.text) for each in named(statement, name, place)
            )
            self._below[name] = tuple(dict.fromkeys(below))
        return self._below[name]

    def _source(self, name: str, place: Place) -> Source:
        if not place.file:
            return _NAMESPACE
        module = sys.modules.get(name)
        if isinstance(module, ModuleType):
            found = loaded.source_of(module, place.file)
            why = "was edited since it was loaded: reload it or restart"
            if found is not None and loaded.is_outdated(module, place.file, found):
                self._outdated.add(name)
            elif found is not None:
                found = loaded.source_of(module, place.file)
        else:
            found = read(place.file)
            why = "cannot be read"
            self._unloaded.add(place.file)
        if found is None:
            raise Opaque(f"module {name} {why}", "module")
        self._files[place.file] = found.digest
        return found


def _text(code_owner: FunctionType | type) -> str | None:
    try:
        return inspect.getsource(code_owner)
    except (OSError, TypeError):
        return None


@lru_cache
def _version(top: str) -> str | None:
    """A package's version, the same whether or not it is loaded."""
    try:
        return importlib.metadata.version(top)
    except importlib.metadata.PackageNotFoundError:
        return _installed_as(top) or _stated(top)


def _installed_as(top: str) -> str | None:
    names = importlib.metadata.packages_distributions().get(top, ())
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names) or None


def _stated(top: str) -> str | None:
    stated = getattr(sys.modules.get(top), "__version__", None)
    return stated if isinstance(stated, str) else None
