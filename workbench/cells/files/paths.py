"""Which paths count as the user's files, and how keys call them."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import lru_cache

from workbench.config import project_root

VERSIONED = frozenset({".git", ".hg", ".svn", "__pycache__", ".ipynb_checkpoints"})
"""Folders that tools write on their own; a folder's content counts without them."""

_PACKAGES = frozenset({"site-packages", "dist-packages", "__pycache__", ".ipynb_checkpoints"})


def _below(*folders: str) -> tuple[str, ...]:
    whole = {os.path.realpath(each) for each in folders} | set(folders)
    return tuple(sorted(each.rstrip(os.sep) + os.sep for each in whole if each.strip(os.sep)))


def _interpreter() -> tuple[str, ...]:
    """The folders of Python and its packages; not the prefix: a project may be a venv itself."""
    found = [path for name, path in sysconfig.get_paths().items() if name != "data"]
    inside = ("bin", "lib", "include", "share/jupyter", "share/man", "etc/jupyter")
    found += [f"{base}/{part}" for base in (sys.prefix, sys.base_prefix) for part in inside]
    return _below(*found)


def _changing() -> tuple[str, ...]:
    """Folders that libraries and the kernel change on their own: caches, history, runtime files."""
    home = os.path.expanduser("~")  # noqa: PTH111  # Path would ask the same, and be a Path
    named = (os.environ.get(name) for name in ("XDG_CACHE_HOME", "JUPYTER_RUNTIME_DIR"))
    own = (".cache", ".ipython", ".jupyter", ".local/share/jupyter", ".config/matplotlib")
    return _below(*(f"{home}/{each}" for each in own), *filter(None, named))


_MACHINE = ("/dev/", "/proc/", "/sys/")
_FOREIGN = (*_interpreter(), *_changing(), *_MACHINE)
_TEMP_COMPILED = os.path.join(tempfile.gettempdir(), "ipykernel_")  # noqa: PTH118


@lru_cache(maxsize=65536)
def is_counted(path: str) -> bool:
    """Whether an absolute path may hold what a step's outcome depends on.

    Not: Python and its packages (their version is in the key), what they compile and cache, what
    the kernel writes, and devices. Of those `is_machine` tells apart what describes the machine.
    """
    if path.startswith((*_FOREIGN, _TEMP_COMPILED, "<")):
        return False
    return _PACKAGES.isdisjoint(path.split(os.sep))  # noqa: PTH206  # hot


def is_cell(file: str) -> bool:
    """Whether a code's file name is that of a cell."""
    return file.startswith((_TEMP_COMPILED, "<ipython-input"))


def is_machine(path: str) -> bool:
    """Whether a path shows the state of the machine: nothing that a key could hold."""
    return path.startswith(("/proc/", "/sys/"))


@dataclass(frozen=True, slots=True)
class Places:
    """Where the project and the store are, so that keys name files from the project's root."""

    root: str
    store: str

    def name(self, path: str) -> str:
        """A path as keys and people see it: from the root where it lies below it."""
        whole = os.path.abspath(path)  # noqa: PTH100  # resolve() would follow links
        if whole == self.root:
            return "."
        inside = self.root and whole.startswith(self.root + os.sep)
        return (whole[len(self.root) + 1 :] if inside else whole).replace(os.sep, "/")

    def path(self, name: str) -> str:
        """The path behind a name."""
        return os.path.join(self.root, name) if self.root else name  # noqa: PTH118  # hot

    def counts(self, path: str) -> bool:
        """Whether an absolute path is a file of the user's, and none of the store's."""
        return is_counted(path) and not (path + os.sep).startswith(self.store + os.sep)

    def is_around(self, path: str) -> bool:
        """Whether a folder holds the project, the store or the working directory: too much to read."""
        inner = [os.getcwd(), self.store, self.root, os.path.expanduser("~")]  # noqa: PTH109, PTH111
        within = path.rstrip(os.sep) + os.sep
        return any((each + os.sep).startswith(within) for each in inner if each)


NOWHERE = Places("", "")


def places(store: str) -> Places:
    """The places as they are now. Cost: a look upwards for pyproject.toml."""
    root = project_root()
    return Places(str(root) if root else "", str(store))


_standing: dict[tuple[str, str], tuple[Places, str]] = {}


def standing(store: str) -> tuple[Places, str]:
    """The places, and the name of the working directory; 1 µs where that was asked before."""
    at = (os.getcwd(), store)  # noqa: PTH109
    found = _standing.get(at)
    if found is None:
        here = places(store)
        found = (here, here.name(at[0]))
        if here.root:  # elsewhere a project may be made around it
            _standing[at] = found
    return found
