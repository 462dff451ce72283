"""Which process holds something, and whether it still lives: host, boot, pid and start time."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

from workbench.model import Json


def this_process() -> Json:
    """What names this process on this boot of this machine."""
    pid = os.getpid()
    return {**_machine(), "pid": pid, "started": _start_of(pid)}


def is_dead(holder: Json) -> bool:
    """True only where it is certain: same machine and boot, and that process is gone.

    Another host's or another container's process is never declared dead from here.
    """
    if any(holder.get(name) != value for name, value in _machine().items()):
        return False
    pid = holder["pid"]
    return _start_of(pid) != holder["started"] if _start_of(pid) else not _exists(pid)


@lru_cache
def _machine() -> dict[str, str]:
    return {
        "host": socket.gethostname(),
        "boot": _text("/proc/sys/kernel/random/boot_id"),
        "pids": _link("/proc/self/ns/pid"),
    }


def _start_of(pid: int) -> str:
    """The process's start in clock ticks since boot (proc(5), field 22 of stat); "" if unknown."""
    fields = _text(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] != "Z" else ""


def _exists(pid: int) -> bool:
    if Path("/proc/self/stat").exists():
        return False  # proc knows every process here, and this one was not in it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _text(path: str) -> str:
    try:
        return Path(path).read_text("ascii", "replace").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
