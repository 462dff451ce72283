"""Notices what a step's code touches beyond its names: files, folders, sockets, processes.

One audit hook a process (PEP 578); it looks further only inside a step. NOTE: it sees what Python
itself opens, not what a compiled library or another process does.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from workbench.calls import context
from workbench.calls.context import Execution
from workbench.cells.files import questions
from workbench.cells.files.paths import Places, is_machine
from workbench.cells.files.touched import Touched

_OUTSIDE = {
    "socket.connect": "it opened a connection",
    "socket.sendto": "it opened a connection",
    "socket.sendmsg": "it opened a connection",
    "socket.bind": "it opened a connection",
    "socket.gethostbyname": "it asked the network",
    "socket.gethostbyaddr": "it asked the network",
    "subprocess.Popen": "it started a process",
    "os.system": "it started a process",
    "os.exec": "it started a process",
    "os.spawn": "it started a process",
    "os.posix_spawn": "it started a process",
    "os.startfile": "it started a process",
    "os.fork": "it started a process",
    "os.forkpty": "it started a process",
    "pty.spawn": "it started a process",
    "sqlite3.connect": "it opened a database",
}
_NAMELESS = getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY if hasattr(os, "O_DIRECTORY") else 0
_IS_FOLDER = frozenset({"folder", "yes"})
_SOURCES = (".py", ".pyc")
_ABOUT_MACHINE = frozenset({"subprocess", "platform", "functools", "os", "distro", "contextlib"})
_SDKS = frozenset({"openai", "anthropic"})
_IMPORTING = ("importlib", "_frozen_importlib", "pkgutil", "zipimport")
_installed: list[bool] = []


def watch() -> None:
    """Install the hook. Once a process: Python cannot remove one."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)
        questions.wrap(_asked)


def touched(execution: Execution) -> Touched:
    """What an execution has touched so far; filled while it runs."""
    with execution.lock:
        if execution.touched is None:
            execution.touched = Touched()
    found: Touched = execution.touched
    return found


def _watched() -> Execution | None:
    execution = context.current()
    if execution is None or execution.ended or context.is_own_traffic():
        return None
    return execution


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    handle = _HANDLERS.get(event)
    reason = _OUTSIDE.get(event) if handle is None else None
    if handle is None and reason is None:
        return
    execution = _watched()
    if execution is None:
        return
    if handle is None:
        if not _is_own(event, arguments, execution):
            execution.volatile.append(str(reason))
        return
    with context.own_traffic():
        handle(_Step(execution), arguments)


def _is_own(event: str, arguments: tuple[Any, ...], execution: Execution) -> bool:
    """Whether it is our store that is opened, or an SDK that asks what machine it runs on.

    The openai SDK tells its provider the machine's architecture, and Python's `platform` starts
    `uname -p` to know it: once a process, in the first call.
    """
    if event == "sqlite3.connect":
        return str(arguments[0]).startswith(str(execution.store.folder))
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None and _root(frame) in _ABOUT_MACHINE:
        frame = frame.f_back
    return event == "subprocess.Popen" and frame is not None and _root(frame) in _SDKS


def _root(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__")).partition(".")[0]


def _asked(path: Any, folder: int | None, how: str, answer: str) -> None:
    """Note what the code was told about a path."""
    execution = _watched()
    if execution is None:
        return
    with context.own_traffic():
        step = _Step(execution)
        whole = step.path(path, folder)
        if _is_for_import(sys._getframe(2)):  # noqa: SLF001
            return
        if how == "link" and answer.startswith("kind "):
            answer = ""  # where the link leads counts too
        if whole and not (answer in _IS_FOLDER and step.places.is_around(whole)):
            step.touched.question(how, whole, answer)


class _Step:
    """The execution that an event belongs to, with what decides whether a path counts."""

    def __init__(self, execution: Execution) -> None:
        self.execution = execution
        self.touched = touched(execution)
        self.places = Places("", str(execution.store.folder))

    def path(self, path: Any, folder: int | None = None) -> str:
        """The absolute path of a file that counts; "" of any other."""
        if isinstance(path, int) and not isinstance(path, bool):
            path, folder = "", path  # a folder by its number
        if path is None:
            path = os.curdir
        if not isinstance(path, str | bytes | os.PathLike):
            return ""
        if folder is None and not os.fspath(path):
            return ""  # nothing stands at the empty path, ever
        whole = os.path.abspath(_joined(os.fsdecode(path), folder))  # noqa: PTH100  # resolve() would open folders
        if is_machine(whole) and is_users_code(_outer(sys._getframe(2))):  # noqa: SLF001
            self.execution.volatile.append(f"it reads the state of the machine ({whole})")
        return whole if self.places.counts(whole) else ""


def _joined(path: str, folder: int | None) -> str:
    if folder is None or folder < 0 or os.path.isabs(path):  # noqa: PTH117
        return path
    try:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)  # noqa: PTH115, PTH118
    except OSError:
        return path  # NOTE: elsewhere than on Linux a numbered folder is not known by name


_LIBRARY = ("pathlib", "os", "genericpath", "posixpath", "shutil", "glob", "codecs", "workbench.")


def _outer(frame: FrameType | None) -> FrameType | None:
    """The frame that used the standard library's file functions, and ours."""
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(_LIBRARY):
        frame = frame.f_back
    return frame


def is_users_code(frame: FrameType | None) -> bool:
    """Whether a frame runs the user's own code."""
    return frame is not None and questions.is_users(frame)


def _opened(step: _Step, arguments: tuple[Any, ...]) -> None:
    path, _, flags = arguments
    if isinstance(path, int) or flags & _NAMELESS:
        return  # a file descriptor: its path was seen when it was opened
    if str(path).endswith(_SOURCES) and _is_import(sys._getframe(2)):  # noqa: SLF001
        return  # it counts as a module, by the source that was loaded
    whole = step.path(path)
    if whole:
        step.touched.opened(whole, flags)


def _is_import(frame: FrameType) -> bool:
    return frame.f_code.co_filename == "<frozen importlib._bootstrap_external>"


def _is_for_import(frame: FrameType | None) -> bool:
    """Whether Python looks for modules or installed packages, and no code of the user's for files."""
    outer = _outer(frame)
    return outer is not None and str(outer.f_globals.get("__name__")).startswith(_IMPORTING)


def _listed(step: _Step, arguments: tuple[Any, ...]) -> None:
    if _is_for_import(sys._getframe(2)):  # noqa: SLF001
        return  # an import looks for modules; those of the user's count by themselves
    whole = step.path(arguments[0])
    if whole:
        step.touched.lists(whole)


def _renamed(step: _Step, arguments: tuple[Any, ...]) -> None:
    source, target, from_folder, to_folder = (*arguments, -1, -1)[:4]
    paths = step.path(source, from_folder), step.path(target, to_folder)
    if all(paths):
        step.touched.renames(*paths)
    elif any(paths):
        step.touched.fault("moved", max(paths))


def _removed(step: _Step, arguments: tuple[Any, ...]) -> None:
    whole = step.path(*(*arguments, -1)[:2])
    if whole:
        fine = _argument("missing_ok", ("pathlib",), "unlink")
        step.touched.removes(whole, missing_is_fine=fine)


def _made_folder(step: _Step, arguments: tuple[Any, ...]) -> None:
    whole = step.path(arguments[0], (*arguments, -1, -1)[2])
    if whole:
        exist_ok = _argument("exist_ok", ("pathlib", "os"), "mkdir", "makedirs")
        step.touched.makes_folder(whole, exist_ok=exist_ok)


def _argument(name: str, modules: tuple[str, ...], *functions: str) -> bool:
    """Whether the function of Python's library that led here was given this argument as true."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
    for _ in range(4):
        frame = frame.f_back if frame else None
        if frame is None:
            return False
        home = str(frame.f_globals.get("__name__"))
        if home.startswith(modules) and frame.f_code.co_name in functions:
            return bool(frame.f_locals.get(name))
    return False


def _linked(step: _Step, arguments: tuple[Any, ...]) -> None:
    for whole in filter(None, [step.path(arguments[1])]):
        step.touched.fault("made the link", whole)


def _cut(step: _Step, arguments: tuple[Any, ...]) -> None:
    whole = step.path(arguments[0])
    if whole:
        step.touched.opened(whole, os.O_RDWR)


def _changes(what: str) -> Callable[[_Step, tuple[Any, ...]], None]:
    def changed(step: _Step, arguments: tuple[Any, ...]) -> None:
        whole = step.path(arguments[0])
        if whole:
            step.touched.changes(whole, what)

    return changed


_HANDLERS: dict[str, Callable[[_Step, tuple[Any, ...]], None]] = {
    "open": _opened,
    "os.listdir": _listed,
    "os.scandir": _listed,
    "os.rename": _renamed,
    "os.remove": _removed,
    "os.rmdir": _removed,
    "os.mkdir": _made_folder,
    "os.truncate": _cut,
    "os.link": _linked,
    "os.symlink": _linked,
    "os.chmod": _changes("the mode"),
    "os.chown": _changes("the owner"),
    "os.utime": _changes("the times"),
    "os.setxattr": _changes("attributes"),
    "os.removexattr": _changes("attributes"),
}
