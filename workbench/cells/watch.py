"""Notices what a step's code touches beyond its names: files, folders, sockets, processes.

One audit hook a process (PEP 578); it looks further only inside a step. NOTE: it sees what Python
itself opens, not what a compiled library or another process does.
"""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from workbench.calls import context
from workbench.calls.context import Execution
from workbench.cells.sources import is_users_file

_LISTINGS = frozenset({"os.listdir", "os.scandir"})
_OUTSIDE = {
    "socket.connect": "it opened a connection",
    "subprocess.Popen": "it started a process",
    "os.system": "it started a process",
    "os.posix_spawn": "it started a process",
    "os.fork": "it started a process",
    "os.forkpty": "it started a process",
    "pty.spawn": "it started a process",
    "sqlite3.connect": "it opened a database",
}
_CHANGES = frozenset(
    {
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.truncate",
        "os.link",
        "os.symlink",
        "os.chmod",
        "shutil.rmtree",
        "shutil.move",
        "shutil.copyfile",
    }
)
_KNOWN = frozenset({"open", *_LISTINGS, *_OUTSIDE, *_CHANGES})
_IGNORED = ("/dev/", "/proc/", "/sys/")
_installed: list[bool] = []


def watch() -> None:
    """Install the hook. Once a process: Python cannot remove one."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _KNOWN:
        return
    execution = context.current()
    if execution is None or execution.ended or context.is_own_traffic():
        return
    if event == "open":
        _opened(execution, arguments)
    elif event in _LISTINGS:
        _noted(execution.reads, execution, arguments[0])
    elif event in _CHANGES:
        _noted(execution.writes, execution, arguments[0])
    else:
        execution.volatile.append(_OUTSIDE[event])


def _opened(execution: Execution, arguments: tuple[Any, ...]) -> None:
    path, mode, flags = arguments
    writes = isinstance(mode, str) and not set(mode).isdisjoint("wax+")
    writes |= isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    _noted(execution.writes if writes else execution.reads, execution, path)


def _noted(into: set[str], execution: Execution, path: Any) -> None:
    if not isinstance(path, str | bytes | os.PathLike):
        return  # a file descriptor: its path was seen when it was opened
    whole = os.path.abspath(os.fsdecode(path))  # noqa: PTH100  # resolve() would open folders
    if whole.startswith((*_IGNORED, str(execution.store.folder))) or not is_users_file(whole):
        return
    if f"{os.sep}__pycache__{os.sep}" in whole or whole.startswith(_TEMP_COMPILED):
        return
    into.add(whole)


_TEMP_COMPILED = os.path.join(tempfile.gettempdir(), "ipykernel_")  # noqa: PTH118
