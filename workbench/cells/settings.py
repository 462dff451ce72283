"""Settings of libraries and of Python that change what code gives or shows: they are in the key.

Only what is not as usual counts, so that loading a package changes nothing. None is imported here.
"""

from __future__ import annotations

import decimal
import gc
import locale
import socket
import sys
import warnings
from collections.abc import Callable
from typing import Any

from blake3 import blake3

from workbench import clock
from workbench.cells.ambient import is_of_a_package, pandas_options, taker


def settings() -> list[tuple[str, str]]:
    """Components for the settings that change what code gives or shows; none while all are as usual.

    A package that is not loaded has its defaults, so loading one changes nothing.
    """
    told = [(what, take()) for what, take in _SETTINGS.items()]
    for what, (module, differs) in _LIBRARY_SETTINGS.items():
        loaded = sys.modules.get(module)
        told.append((what, taker(loaded, differs)() if loaded is not None else None))
    return [(f"setting of {what}", _short(str(found))) for what, found in told if found]


def _short(text: str) -> str:
    """A setting itself, or its digest where it is long."""
    return text if len(text) < _SHORT else blake3(text.encode("utf-8", "replace")).hexdigest()


def _other_than(take: Callable[[], Any]) -> Callable[[], Any]:
    """What `take` gives, once that differs from what it gave when this module was loaded."""
    first = take()
    return lambda: now if (now := take()) != first else ""


_filters: list[tuple[list[Any], list[str]]] = [([], [])]
"""The warnings' filters as they were last, and what is told of them."""


def _own_filters() -> list[str]:
    known, told = _filters[0]
    if known != warnings.filters:
        now: list[Any] = list(warnings.filters)
        told = [f"{f[0]} {f[2].__name__}" for f in now if not is_of_a_package(f)]
        _filters[0] = (now, told)
    return told


def _set_locale() -> list[str]:
    """The locale's categories that are not at Python's start, "C"; which characters there are counts not."""
    every = locale.setlocale(locale.LC_ALL)
    if _locales.get("every") != every:
        names = ("LC_COLLATE", "LC_MONETARY", "LC_NUMERIC", "LC_TIME")
        found = [(name, locale.setlocale(getattr(locale, name))) for name in names]
        told = [f"{name}={value}" for name, value in found if value not in {"C", "POSIX"}]
        _locales.update(every=every, told=told)
    return list(_locales["told"])


_locales: dict[str, Any] = {}
"""The locale as it was last, and what is told of it."""


def _set_decimal() -> list[str]:
    """What the decimal context has other than Python's default; the traps by name."""
    now, usual = decimal.getcontext(), _USUAL_DECIMAL
    told = (now.prec, now.rounding, now.Emin, now.Emax, now.capitals, now.clamp)
    found = [f"{n}={v}" for n, v, u in zip(_DECIMAL, told, _USUAL_TOLD, strict=True) if v != u]
    if now.traps != usual.traps:
        traps = [kind.__name__ for kind, on in now.traps.items() if on != usual.traps[kind]]
        found += [f"trap of {name}" for name in traps]
    return found


def _unless(now: object, usual: object) -> object:
    return "" if now == usual else now


_DECIMAL = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


_USUAL_DECIMAL = decimal.DefaultContext.copy()


_USUAL_TOLD = tuple(getattr(_USUAL_DECIMAL, name) for name in _DECIMAL)


_SHORT = 100


_UTC = clock.Zone("UTC", "UTC", 0, 0)


_SETTINGS: dict[str, Callable[[], Any]] = {
    "warnings": _other_than(_own_filters),
    "locale": _set_locale,
    "decimals": _set_decimal,
    "the longest number as text": lambda: _unless(sys.get_int_max_str_digits(), 4300),
    "socket timeouts": socket.getdefaulttimeout,
    "garbage collection": lambda: "" if gc.isenabled() else "off",
    "time zone": lambda: "" if (now := clock.zone()) == _UTC else now,
}


def _set_options(module: Any) -> list[str]:
    """The options of pandas that are not at their defaults."""
    known = module._registered_options  # noqa: SLF001  # the public way costs 2 ms
    return [
        f"{name}={value!r}"
        for name, value in pandas_options(module).items()
        if name in known and value is not known[name].defval and value != known[name].defval
    ]


def _set_printing(module: Any) -> dict[str, Any]:
    """How numpy prints, where that is not its default."""
    default = module.default_format_options_dict
    return {n: v for n, v in module.format_options.get().items() if v != default.get(n, v)}


def _set_errors(module: Any) -> dict[str, str]:
    """How numpy treats errors, where that is not its default."""
    return {n: v for n, v in module.geterr().items() if v != ("ignore" if n == "under" else "warn")}


_LIBRARY_SETTINGS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "pandas": ("pandas._config.config", _set_options),
    "numpy's printing": ("numpy._core.printoptions", _set_printing),
    "numpy's errors": ("numpy", _set_errors),
}
