"""Notices questions about files: `os.stat` and its kin raise no audit event, so they are wrapped.

Only what is asked from inside a step is told on; for everyone else a question costs 0.1 µs more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any

from workbench.calls import context
from workbench.cells.files import digests, paths

Note = Callable[[Any, int | None, str, str], None]
_PATHS = ("genericpath", "posixpath", "ntpath")
_TIMES = frozenset({"getmtime", "getctime", "getatime"})
_ASKS = {
    "getsize": "size", "isdir": "isdir", "is_dir": "isdir", "isfile": "isfile", "is_file": "isfile",
}  # fmt: skip
_MAKES = frozenset({"makedirs", "mkdir"})
_SETS = (
    "supports_dir_fd", "supports_fd", "supports_follow_symlinks", "supports_effective_ids",
)  # fmt: skip


def wrap(note: Note) -> None:
    """Put wrappers around `os.stat`, `os.lstat` and `os.access`, that tell `note`. Once a process."""
    _install("stat", _stat(os.stat, note), os.stat)
    _install("lstat", _lstat(os.lstat, note), os.lstat)
    _install("access", _access(os.access, note), os.access)


# The wrappers find what they use in their closures: their globals will be those of `os`.


def _stat(stat: Any, note: Note) -> Any:
    watched, how, caller = context.current, _how, sys._getframe  # noqa: SLF001
    kind_of, failed = digests.kind_of, digests.kind_of_error

    def wrapper(path: Any, *, dir_fd: Any = None, follow_symlinks: bool = True) -> Any:
        if watched() is None or type(path) is int:
            return stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        asked = how(caller(1)) if follow_symlinks else "link"
        try:
            found = stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        except (OSError, ValueError) as error:
            if asked:
                note(path, dir_fd, asked, failed(error, asked))
            raise
        if asked:
            note(path, dir_fd, asked, kind_of(found, asked))
        return found

    return wrapper


def _lstat(lstat: Any, note: Note) -> Any:
    watched, how, caller = context.current, _how, sys._getframe  # noqa: SLF001
    kind_of, failed = digests.kind_of, digests.kind_of_error

    def wrapper(path: Any, *, dir_fd: Any = None) -> Any:
        if watched() is None:
            return lstat(path, dir_fd=dir_fd)
        asked = "isdir" if how(caller(1)) == "isdir" else "link"
        try:
            found = lstat(path, dir_fd=dir_fd)
        except (OSError, ValueError) as error:
            note(path, dir_fd, asked, failed(error, asked))
            raise
        note(path, dir_fd, asked, kind_of(found, asked))
        return found

    return wrapper


def _access(access: Any, note: Note) -> Any:
    watched = context.current

    def wrapper(path: Any, mode: int, **more: Any) -> bool:
        answer: bool = access(path, mode, **more)
        if watched() is not None and type(path) is not int:
            note(path, more.get("dir_fd"), f"access:{mode}", "yes" if answer else "no")
        return answer

    return wrapper


def _install(name: str, wrapper: Any, original: Any) -> None:
    """Put a wrapper in place, at home in `os`: keys take it for Python's own, as it was."""
    code = wrapper.__code__.replace(co_name=name, co_qualname=name)
    placed = FunctionType(code, vars(os), name, wrapper.__defaults__, wrapper.__closure__)
    placed.__kwdefaults__ = wrapper.__kwdefaults__
    placed.__module__, placed.__qualname__, placed.__doc__ = "os", name, original.__doc__
    for each in _SETS:  # they say what a function of `os` can, by the function itself
        members = getattr(os, each, None)
        if isinstance(members, set) and original in members:
            members.add(placed)
    setattr(os, name, placed)


def _how(frame: FrameType) -> str:
    """What the asker learns: kind, size or times; "" where the question decides nothing."""
    outer = frame.f_back
    home, function = _home(frame), frame.f_code.co_name
    if "shutil" in {home, _home(outer)}:
        return "isdir"  # it only wants to know whether to write into a folder
    if home in _PATHS:
        return "" if outer is not None and _makes_sure(outer) else _of_path(function)
    if home.startswith("pathlib"):
        if not _home(outer).startswith("pathlib"):
            return "times" if outer is not None and is_users(outer) else "size"
        makes = outer is not None and outer.f_back is not None and _makes_sure(outer.f_back)
        return "" if makes or outer is None else _of_path(outer.f_code.co_name)
    return "times" if is_users(frame) else "size"


def _of_path(function: str) -> str:
    """What a function of `os.path` or `pathlib` tells."""
    if function in _TIMES:
        return "times"
    return _ASKS.get(function, "kind")


def _home(frame: FrameType | None) -> str:
    return "" if frame is None else str(frame.f_globals.get("__name__"))


def _makes_sure(frame: FrameType) -> bool:
    """Whether a folder is made where there is none: what stood there before does not matter."""
    home = _home(frame)
    return (
        (home == "os" or home.startswith("pathlib"))
        and frame.f_code.co_name in _MAKES
        and bool(frame.f_locals.get("exist_ok"))
    )


def is_users(frame: FrameType) -> bool:
    """Whether a frame runs the user's own code: a cell, a module of theirs, code made from text."""
    file = frame.f_code.co_filename
    if file.startswith("<frozen "):
        return False
    return paths.is_cell(file) or file.startswith("<") or paths.is_counted(os.path.abspath(file))  # noqa: PTH100
