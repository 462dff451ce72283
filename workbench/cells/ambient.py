"""State of the process that a step may change beside its names, which a hit would not change again.

Taken before and after a run. Of packages only those that are loaded are looked at; none is imported.
"""

from __future__ import annotations

import builtins
import decimal
import locale
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import repeat
from operator import is_
from typing import Any

from blake3 import blake3

from workbench.cells.interrupts import beneath
from workbench.cells.modules.places import is_users_file

_SET_BY_FRONT_ENDS = ("JPY_", "WORKBENCH_RUN", "WORKBENCH_SCOPE", "KERNEL_", "_", "SHLVL", "OLDPWD")
_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the process was like: by the words for a change of it, a value or named values."""

    lost: Mapping[str, Any]
    drawn: Mapping[str, Any]
    threads: frozenset[int]
    modules: int


def snapshot() -> Snapshot:
    """The process as it is. Cost: see `tests/cells/test_ambient.py`; below 0.1 ms, 0.3 with pandas."""
    drawn = {name: take() for name, take in _loaded(_GENERATORS)}
    lost = {what: take() for what, take in _STATES.items()}
    lost.update((what, take()) for what, take in _loaded(_OPTIONS))
    return Snapshot(lost, drawn, _threads(), len(sys.modules))


def _threads() -> frozenset[int]:
    """Threads that run the user's own code, and timers that will."""
    return frozenset(id(each) for each in threading.enumerate() if _is_users(each))


def _is_users(thread: threading.Thread) -> bool:
    if isinstance(thread, threading.Timer):
        return True
    code = getattr(getattr(thread, "_target", None), "__code__", None)
    return code is not None and is_users_file(code.co_filename) and not _is_ours(code.co_filename)


def _is_ours(file: str) -> bool:
    return f"{os.sep}workbench{os.sep}" in file


def changed(before: Snapshot, after: Snapshot) -> str:
    """What a run changed that a hit would not, in a few words: "it changed os.environ (X)"; else ""."""
    if after.threads - before.threads:
        return "it started a thread that goes on"
    for what, old in before.lost.items():
        new = after.lost.get(what, old)
        if what == "warnings.filters" and after.modules > before.modules:
            new = [each for each in new if each in old or not is_of_a_package(each)]
        if _differs(old, new):
            names = _names(old, new)
            return f"it changed {what}{f' ({names})' if names else ''}"
    return ""


def drew(before: Snapshot, after: Snapshot) -> str:
    """Whose random numbers a run drew or seeded: then it is volatile, and the state is lost; else ""."""
    for what, old in before.drawn.items():
        if _differs(old, after.drawn.get(what, old)):
            return f"it draws random numbers ({what})"
    return ""


def environment() -> str:
    """Digest of the environment and the arguments: for code that reads them; a hash, never a value.

    Without what differs from kernel to kernel by itself.
    """
    told = sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if not (name == "_" or name.startswith(tuple(n for n in _SET_BY_FRONT_ENDS if n != "_")))
    )
    arguments = [each for each in sys.argv if not (each.endswith(".json") and "kernel-" in each)]
    text = "\0".join([*told, "", *arguments, "", *map(str, sys.path)])
    return blake3(text.encode("utf-8", "surrogateescape")).hexdigest()


def new_builtins(names: Iterable[str]) -> dict[str, Any]:
    """Those of the names that someone put among the builtins, or replaced there."""
    now = vars(builtins)
    return {n: now[n] for n in names if n in now and id(now[n]) != _FIRST_BUILTINS.get(n)}


def _loaded(parts: Mapping[str, tuple[str, Callable[[Any], Any]]]) -> Any:
    """Each part whose module is loaded, with a function that takes its state."""
    for what, (name, take) in parts.items():
        module = sys.modules.get(name)
        if module is not None:
            yield what, taker(module, take)


def taker(module: Any, take: Callable[[Any], Any]) -> Callable[[], Any]:
    """What `take` gives of a module; None where that is half loaded, or of another version."""

    def taken() -> Any:
        try:
            return take(module)
        except Exception:  # noqa: BLE001  # a package half loaded, or of another version
            return None

    return taken


def _differs(old: Any, new: Any) -> bool:
    try:
        return bool(old != new)
    except Exception:  # noqa: BLE001  # values of other people compare as they like
        return old is not new


def _names(old: Any, new: Any) -> str:
    """Which of the named values differ, three at most."""
    if isinstance(old, _Bound) and isinstance(new, _Bound):
        old, new = old.ids(), new.ids()
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return ""
    missing = object()
    both = {**old, **new}
    found = [n for n in both if _differs(old.get(n, missing), new.get(n, missing))]
    return ", ".join(sorted(map(_text, found))[:3])


def _text(name: Any) -> str:
    return os.fsdecode(name) if isinstance(name, bytes) else str(name)


def is_of_a_package(warning_filter: tuple[Any, ...]) -> bool:
    """Whether a filter is of the kind that packages add when they are imported: for some warning."""
    _, message, category, module, _ = warning_filter
    return message is not None or module is not None or category.__module__ != "builtins"


def _environ() -> dict[Any, Any]:
    """The environment as the system's names and values: decoding them takes 50 times as long."""
    return dict(vars(os.environ).get("_data") or os.environ)


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  # Path.cwd costs five times as much
    except OSError:
        return ""


def _warnings() -> list[Any]:
    return list(warnings.filters)


def _logging() -> tuple[Any, ...]:
    root = logging.root
    return (root.level, root.manager.disable, tuple(map(id, root.handlers)))


def _locale() -> str:
    return str(locale.setlocale(locale.LC_ALL))


def _decimal() -> str:
    """The context without its flags, which say what was computed."""
    first, _, rest = repr(decimal.getcontext()).partition(", flags=")
    return first + rest.partition("]")[2]


def _signals() -> dict[str, int]:
    return {each.name: id(beneath(signal.getsignal(each))) for each in _SIGNALS}


class _Bound(dict[str, Any]):
    """Names and what they are bound to: the same only where each is bound to the same object."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Bound) or len(self) != len(other):
            return False
        missing = object()
        return all(map(is_, self.values(), map(other.get, self, repeat(missing))))

    def __ne__(self, other: object) -> bool:  # dict's own compares by value
        return not self == other

    __hash__ = None

    def ids(self) -> dict[str, int]:
        return dict(zip(self, map(id, self.values()), strict=True))


def _builtins() -> _Bound:
    now = _Bound(vars(builtins))
    now.pop("_", None)
    return now


_STATES: dict[str, Callable[[], Any]] = {
    "os.environ": _environ,
    "the working directory": _folder,
    "sys.path": lambda: list(sys.path),
    "sys.argv": lambda: list(sys.argv),
    "the recursion limit": sys.getrecursionlimit,
    "warnings.filters": _warnings,
    "the root logger": _logging,
    "the locale": _locale,
    "the decimal context": _decimal,
    "the default socket timeout": socket.getdefaulttimeout,
    "signal handlers": _signals,
    "builtins": _builtins,
}


def _numpy_generator(module: Any) -> tuple[Any, ...]:
    state = module._rand.get_state(legacy=False)  # noqa: SLF001  # numpy.random.get_state, without a name to look up
    inner = state["state"]
    return (inner["pos"], inner["key"].tobytes(), state["has_gauss"])


def _torch_generator(module: Any) -> bytes:
    return bytes(module.random.get_rng_state().numpy().tobytes())


_GENERATORS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "random": ("random", lambda module: module.getstate()),
    "numpy.random": ("numpy.random.mtrand", _numpy_generator),
    "torch": ("torch", _torch_generator),
}


def pandas_options(module: Any) -> Any:
    """Every option, nested as pandas keeps them; flattened, so that a change has a name."""
    found: dict[str, Any] = {}
    pending = [("", module._global_config)]  # noqa: SLF001  # the public way costs 2 ms
    while pending:
        prefix, options = pending.pop()
        for name, value in options.items():
            if isinstance(value, dict):
                pending.append((f"{prefix}{name}.", value))
            else:
                found[prefix + name] = value
    return found


def _pyplot_figures(module: Any) -> list[Any]:
    return list(module.Gcf.figs)


def _rc_params(module: Any) -> dict[str, Any]:
    """Matplotlib's settings, without those that it sets itself with the first figure."""
    found: dict[str, Any] = dict.copy(module.rcParams)
    for name in ("interactive", "backend"):
        found.pop(name, None)
    return found


_OPTIONS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "pandas options": ("pandas._config.config", pandas_options),
    "numpy's print options": (
        "numpy._core.arrayprint",
        lambda module: dict(module.format_options.get()),
    ),
    "numpy's error state": ("numpy", lambda module: dict(module.geterr())),
    "matplotlib.rcParams": ("matplotlib", _rc_params),
    "matplotlib's open figures": ("matplotlib._pylab_helpers", _pyplot_figures),
    "polars options": ("polars.config", lambda module: dict(module.Config.state())),
}


_FIRST_BUILTINS = _builtins().ids()
