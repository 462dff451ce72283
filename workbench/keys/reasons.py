"""Why a value has no digest, in the words that its reader sees."""

from __future__ import annotations

from types import AsyncGeneratorType, CoroutineType, GeneratorType

_ONCE: dict[type, str] = {
    GeneratorType: "a generator can be read only once",
    AsyncGeneratorType: "a generator can be read only once",
    CoroutineType: "a coroutine can be awaited only once",
}

_BY_MODULE = {
    "_thread": "it belongs to this process's threads",
    "threading": "it belongs to this process's threads",
    "queue": "it belongs to this process's threads",
    "concurrent": "it belongs to this process's threads",
    "_contextvars": "it belongs to this process's threads",
    "asyncio": "it belongs to a running event loop",
    "_asyncio": "it belongs to a running event loop",
    "multiprocessing": "it belongs to this process",
    "subprocess": "it belongs to this process",
    "socket": "a connection of this process",
    "_socket": "a connection of this process",
    "ssl": "a connection of this process",
    "sqlite3": "a connection of this process",
    "_io": "an open file or stream",
    "io": "an open file or stream",
    "tempfile": "an open file or stream",
    "weakref": "a weak reference says nothing once its object is gone",
    "_weakref": "a weak reference says nothing once its object is gone",
    "ctypes": "memory that Python does not manage",
    "_ctypes": "memory that Python does not manage",
    "logging": "loggers are set up elsewhere",
    "random": "a source of randomness",
}


def type_name(kind: type) -> str:
    """Return a class's name with its module, builtins without."""
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def special(kind: type) -> str:
    """Return why objects of a well-known kind have no digest, "" for other kinds."""
    if issubclass(kind, BaseException):
        return "an exception holds the frames that it passed"
    for base in kind.__mro__:
        reason = _ONCE.get(base) or _BY_MODULE.get(base.__module__.partition(".")[0])
        if reason:
            return reason
    if "__next__" in {name for base in kind.__mro__ for name in vars(base)}:
        return "an iterator can be read only once"
    return ""
