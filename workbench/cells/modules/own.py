"""The first-party modules that are loaded, found without asking all thousand of them each time."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from operator import is_not
from types import ModuleType
from typing import Any

from workbench.cells.modules.places import is_first_party

_last: list[tuple[tuple[Any, ...], tuple[Any, ...]]] = [((), ())]
"""The modules as they were last, held so that no other has their identity; those not surely foreign."""


def with_modules(names: Mapping[str, Any]) -> dict[str, Any]:
    """These names, and the first-party modules that are loaded."""
    return {
        **names,
        **{f"module {each.__name__}": each for each in _maybe_own() if is_own(each)},
    }


def _maybe_own() -> tuple[Any, ...]:
    """The modules that may be the user's: asked anew only when another module was loaded."""
    known, maybe = _last[0]
    now = tuple(sys.modules.values())
    if len(now) != len(known) or any(map(is_not, now, known)):
        maybe = tuple(each for each in now if is_own(each) or not _is_settled(each))
        _last[0] = (now, maybe)
    return maybe


def _is_settled(module: Any) -> bool:
    """Whether a module came from a file or from Python itself: it does not become the user's."""
    if not isinstance(module, ModuleType):
        return False
    name = module.__name__.partition(".")[0]
    return isinstance(vars(module).get("__file__"), str) or name in sys.stdlib_module_names


def is_own(module: Any) -> bool:
    """Whether something in `sys.modules` is a module of the user's."""
    return isinstance(module, ModuleType) and is_first_party(module)
