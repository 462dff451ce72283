"""What is at a path: its content, its listing, or its kind and size, as short digests."""

from __future__ import annotations

import os
import stat as bits
from functools import lru_cache

from blake3 import blake3

from workbench import clock

RECENT_US = 2_000_000
"""Within this time of a change another may leave the same time stamps; git's rule for its index."""

MISSING = "missing"
FOLDER = "folder"
_LINK = f"kind {bits.S_IFLNK:o}"
_CHUNK_BYTES = 1 << 22
_stat, _lstat, _access = os.stat, os.lstat, os.access

_TESTS = {"isdir": bits.S_ISDIR, "isfile": bits.S_ISREG}

Signature = tuple[int, ...]
"""Device, inode, type, size and times of a file: while it stays, so does the content."""


def signature(path: str) -> Signature | None:
    """A file's signature; None where there is nothing. Raises: OSError."""
    try:
        return signature_of(_stat(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


def signature_of(found: os.stat_result) -> Signature:
    """A signature from what `os.stat` told."""
    kind = bits.S_IFMT(found.st_mode)
    return (
        found.st_dev, found.st_ino, kind, found.st_size, found.st_mtime_ns, found.st_ctime_ns,
    )  # fmt: skip


def is_recent(found: Signature) -> bool:
    """Whether a file changed so lately that its times do not yet tell it from the next change."""
    return max(found[4], found[5]) // 1000 > clock.now_us() - RECENT_US


def content(path: str) -> str:
    """Digest of a file's content; of a folder only that it is one; "missing" where is nothing.

    Read again only when the signature changed, or while it is recent. Cost: a stat, or a read.
    """
    try:
        found = signature(path)
        if found is None:
            return MISSING
        if bits.S_ISDIR(found[2]):
            return FOLDER
        if not bits.S_ISREG(found[2]):
            return "special"  # a pipe would never end
        return _read(path) if is_recent(found) else _known(path, found)
    except (OSError, ValueError) as error:
        return f"unreadable {getattr(error, 'errno', '')}"


@lru_cache(maxsize=65536)
def _known(path: str, _found: Signature) -> str:
    return _read(path)


def _read(path: str) -> str:
    # not by mmap: a file that is cut while it is read would end the process
    hasher = blake3()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  # half the cost of Path.open
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()


def listing(path: str) -> str:
    """Digest of a folder's names and what each is; "missing" where there is no folder."""
    try:
        with os.scandir(path) as entries:
            found = sorted(f"{each.name}{_mark(each)}" for each in entries)
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError as error:
        return f"unreadable {error.errno}"
    return blake3("\0".join(found).encode("utf-8", "surrogateescape")).hexdigest()


def _mark(entry: os.DirEntry[str]) -> str:
    return "/" if entry.is_dir() else "" if entry.is_file() else "?"


def kind(path: str, how: str) -> str:
    """What a question about a path is answered with now.

    `how`: kind (what stands there), link (the same of a link itself), isdir, isfile, size,
    times, or access:MODE.
    """
    if how.startswith("access"):
        return "yes" if _access(path, int(how.partition(":")[2])) else "no"
    try:
        if how == "link":
            return _link(path)
        return kind_of(_stat(path), how)
    except (OSError, ValueError) as error:
        return kind_of_error(error, how)


def _link(path: str) -> str:
    """What stands at a path itself; of a link, where it leads."""
    told = kind_of(_lstat(path), "link")
    return f"link to {os.readlink(path)}" if told == _LINK else told  # noqa: PTH115  # hot


def kind_of(found: os.stat_result, how: str) -> str:
    """The answer from what `os.stat` told. A folder's size and times say nothing."""
    if how in _TESTS:
        return "yes" if _TESTS[how](found.st_mode) else "no"
    if bits.S_ISDIR(found.st_mode):
        return FOLDER
    name = "file" if bits.S_ISREG(found.st_mode) else f"kind {bits.S_IFMT(found.st_mode):o}"
    if how in {"kind", "link"}:
        return name
    told = f"{name} {found.st_size}"
    return f"{told} {found.st_mtime_ns} {found.st_mode:o}" if how == "times" else told


def kind_of_error(error: Exception, how: str) -> str:
    """The answer where the question failed."""
    if how in _TESTS:
        return "no"
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return MISSING
    return f"unreadable {getattr(error, 'errno', '')}"
