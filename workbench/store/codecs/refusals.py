"""What cannot be stored or restored, and why, in words that help.

NoCodec        raised while writing: a value that would not come back equal
CannotRestore  raised while reading: a class is gone or has changed, or the bytes are damaged
"""

from __future__ import annotations

_FRAME = "a subclass of pandas.DataFrame: keep pandas.DataFrame(...) of it"
_MAKE_OUTSIDE = "belongs to one process: make it in a cell of its own, outside the step"
_ONCE = "can be read only once: keep list(...) of it"
_SERIES = "a subclass of pandas.Series: keep pandas.Series(...) of it"
_VIEW = "a live view: keep list(...) of it"
_BARE = "a bare pandas array: keep pandas.Series(...) of it"
_ORDINARY = "an ordinary object: make it a dataclass or a pydantic model, or register a codec"
_BUILTIN_BASES = (dict, list, tuple, set, frozenset, str, bytes, bytearray, int, float, complex)

_REASONS = {
    "_asyncio.Future": "belongs to one event loop: keep its result",
    "_io._IOBase": "an open file: keep its path or its contents",
    "_thread.RLock": _MAKE_OUTSIDE,
    "_thread.lock": _MAKE_OUTSIDE,
    "anthropic._base_client.BaseClient": _MAKE_OUTSIDE,
    "asyncio.mixins._LoopBoundMixin": _MAKE_OUTSIDE,
    "builtins.BaseException": "an exception: keep its message",
    "builtins.async_generator": "can be read only once: keep a list of what it yields",
    "builtins.coroutine": "can be awaited only once: keep its result",
    "builtins.dict_items": _VIEW,
    "builtins.dict_keys": _VIEW,
    "builtins.dict_values": _VIEW,
    "builtins.enumerate": _ONCE,
    "builtins.filter": _ONCE,
    "builtins.generator": _ONCE,
    "builtins.map": _ONCE,
    "builtins.mappingproxy": "a live view: keep dict(...) of it",
    "builtins.memoryview": "a view of memory: keep bytes(...) of it",
    "builtins.method": "a bound method: keep its object",
    "builtins.reversed": _ONCE,
    "builtins.zip": _ONCE,
    "duckdb.DuckDBPyConnection": _MAKE_OUTSIDE,
    "email.message.Message": "a parsed mail: keep its as_bytes() and parse that where needed",
    "functools.partial": "a partial function: keep its arguments",
    "httpx._client.BaseClient": _MAKE_OUTSIDE,
    "httpx2._client.BaseClient": _MAKE_OUTSIDE,
    "matplotlib.figure.Figure": "a figure: keep the bytes of its image",
    "multiprocessing.process.BaseProcess": _MAKE_OUTSIDE,
    "numpy.ndarray": "a subclass of numpy.ndarray: keep numpy.asarray(...) of it",
    "numpy.random._generator.Generator": "holds a hidden state: keep its seed",
    "openai._base_client.BaseClient": _MAKE_OUTSIDE,
    "pandas.DataFrame": _FRAME,
    "pandas.Series": _SERIES,
    "pandas.api.extensions.ExtensionArray": _BARE,
    "pandas.core.arrays.base.ExtensionArray": _BARE,  # these three: before pandas 3
    "pandas.core.frame.DataFrame": _FRAME,
    "pandas.core.series.Series": _SERIES,
    "socket.socket": _MAKE_OUTSIDE,
    "sqlite3.Connection": _MAKE_OUTSIDE,
    "subprocess.Popen": _MAKE_OUTSIDE,
    "threading.Condition": _MAKE_OUTSIDE,
    "threading.Event": _MAKE_OUTSIDE,
    "threading.Semaphore": _MAKE_OUTSIDE,
    "threading.Thread": _MAKE_OUTSIDE,
    "threading.local": _MAKE_OUTSIDE,
}


class NoCodec(Exception):
    """A value cannot be stored so that it comes back equal; nothing was written.

    Attributes:
        path: where it is, in Python's notation (`result.rows[3].client`).
        type_name: its type's full name.
        reason: why, and what would help, in a few words.

    """

    def __init__(self, type_name: str, reason: str, path: str = "") -> None:
        super().__init__(type_name, reason, path)
        self.type_name = type_name
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is {self.type_name}: {self.reason}"

    def within(self, segment: str) -> None:
        """Put one level further out before `path`, on the way up."""
        self.path = segment + self.path
        self.args = (self.type_name, self.reason, self.path)


class CannotRestore(Exception):
    """Stored values cannot be restored here and now; the caller treats the checkpoint as a miss.

    Attributes:
        reason: what is missing, changed or damaged.

    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def name_of(kind: type) -> str:
    """A type's full name; builtins go without their module."""
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def no_codec(value: object) -> NoCodec:
    """The refusal for a value of a type that nothing here can store."""
    kind = type(value)
    for base in kind.__mro__:
        reason = _REASONS.get(f"{base.__module__}.{base.__qualname__}")
        if reason:
            return NoCodec(name_of(kind), reason)
    for builtin in _BUILTIN_BASES:
        if issubclass(kind, builtin):
            name = builtin.__name__
            return NoCodec(name_of(kind), f"a subclass of {name}: keep {name}(...) of it")
    return NoCodec(name_of(kind), _iterator_or_object(value))


def _iterator_or_object(value: object) -> str:
    return _ONCE if hasattr(type(value), "__next__") else _ORDINARY


def segment(key: object) -> str:
    """The part of a path that names one key of a mapping: `["name"]`, `[3]`, `[<tuple>]`."""
    if isinstance(key, str):
        shown = key if len(key) <= _SHOWN else key[:_SHOWN] + "…"
        return f'["{shown}"]'
    if key is None or type(key) in (bool, int, float):
        return f"[{key}]"
    return f"[<{type(key).__qualname__}>]"


_SHOWN = 60
