"""Where code comes from: the notebook, the user's modules, installed packages, Python itself."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import PurePath
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Literal

from workbench.keys import wire
from workbench.keys.encoder import Opaque

if TYPE_CHECKING:
    from workbench.keys.encoder import Encoder

Origin = Literal["main", "own", "installed", "standard"]
"""main: the notebook or script itself. own: a module that can be edited between two runs, or any
whose place is not known. installed: in site-packages. standard: part of Python."""

_MAIN = frozenset({"__main__", "__mp_main__"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})
_STANDARD_FOLDER = PurePath(ast.__file__).parent
_PYTHON = "python {}.{}".format(*sys.version_info[:2])


def origin(module: str | None) -> Origin:
    """Return where the module of this name comes from; no I/O, about 1 µs."""
    if module is None or module in _MAIN:
        return "main"
    if module == "workbench" or module.startswith("workbench."):
        return "installed"  # wherever it lies
    found = sys.modules.get(module)
    file = vars(found).get("__file__") if isinstance(found, ModuleType) else None
    if isinstance(file, str):
        return _file_origin(file)
    return "standard" if module.partition(".")[0] in sys.stdlib_module_names else "own"


@lru_cache(4096)
def _file_origin(file: str) -> Origin:
    path = PurePath(file)
    if not _INSTALLED.isdisjoint(path.parts):
        return "installed"
    return "standard" if path.is_relative_to(_STANDARD_FOLDER) else "own"


def home(function: FunctionType) -> str | None:
    """Return the module in whose namespace a function runs; None for a namespace of no module.

    Its `__module__` does not tell: `functools.wraps` copies that of another function.
    """
    name = function.__globals__.get("__name__")
    found = sys.modules.get(name) if isinstance(name, str) else None
    return name if found is not None and vars(found) is function.__globals__ else None


def function_origin(function: FunctionType) -> Origin:
    """Return where the code of a function comes from."""
    return origin(home(function))


def unwrapped(value: object) -> object:
    """Return the function in a step function (`@wb.step`), any other value itself."""
    kind = type(value)
    is_step = kind.__name__ == "StepFunction" and kind.__module__ == "workbench.cells.function"
    return vars(value)["__wrapped__"] if is_step else value


def resolves(value: object, module: str | None, qualname: str | None) -> bool:
    """Return whether that name in that module is this very object, now."""
    found: Any = sys.modules.get(module) if isinstance(module, str) else None
    if found is None or not isinstance(qualname, str):
        return False
    for name in qualname.split("."):
        namespace = getattr(found, "__dict__", None)
        if namespace is None or name not in namespace:
            return False
        found = namespace[name]
    if isinstance(found, (staticmethod, classmethod)):
        found = found.__func__
    return found is value


def put_origin(enc: Encoder, module: str) -> None:
    """Write what stands for all code of a module: its digest.

    Raises:
        Opaque: nobody knows it.

    """
    digest = enc.modules.get(module)
    if digest is None:
        standard = origin(module) == "standard"
        digest = _PYTHON if standard else enc.sources.module_digest(module)
        if digest is None:
            raise Opaque(f"the source of module {module} is not known", "module")
        enc.modules[module] = digest
    enc.parts.append(_pair(module, digest))


@lru_cache(4096)
def _pair(module: str, digest: str) -> bytes:
    return wire.text(module) + wire.text(digest)


def put_named(enc: Encoder, module: str, qualname: str) -> None:
    """Write an object that is determined by its name in a module."""
    enc.tag("named")
    put_origin(enc, module)
    enc.text(qualname)
