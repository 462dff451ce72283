"""Large parts as files named by their digest: written once, durable before they are named."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from blake3 import blake3

from workbench import clock
from workbench.errors import StoreError

_THREADED_BYTES = 1 << 20


def digest(data: bytes | memoryview) -> str:
    """blake3 of the bytes, hex; with all cores from 1 MB on."""
    threads = blake3.AUTO if memoryview(data).nbytes >= _THREADED_BYTES else 1
    return blake3(data, max_threads=threads).hexdigest()


class Blobs:
    """The folder of content-addressed files: `ab/abcdef…`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._checked: set[tuple[str, int, int, int]] = set()

    def path(self, name: str) -> Path:
        """Where a blob of this digest is or would be. Raises: StoreError if it is no digest."""
        if len(name) != 64 or not set(name) <= set("0123456789abcdef"):
            raise StoreError(
                f"{name[:80]!r} is not the name of a blob", remedy="run `workbench doctor`"
            )
        return self.folder / name[:2] / name

    def write(self, data: bytes | memoryview) -> str:
        """Store bytes, return their digest. Durable on return: file, then its folder, are synced."""
        name = digest(data)
        path = self.path(name)
        if path.exists():
            return name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_name(f"{name}.{clock.new_id('tmp')}")
        try:
            with partial.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
        _sync_folder(self.folder)
        return name

    def read(self, name: str, size_bytes: int) -> memoryview:
        """A blob's bytes as a memory map; its digest is checked once a process and file.

        Raises:
            StoreError: the file is missing, or not what was stored.

        """
        path = self.path(name)
        try:
            with path.open("rb") as file:
                stat = os.fstat(file.fileno())
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as error:
            raise StoreError(
                f"blob {name[:12]} cannot be read: {error}", remedy="run `workbench doctor`"
            ) from None
        seen = (name, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        if seen not in self._checked:
            if stat.st_size != size_bytes or digest(data) != name:
                raise StoreError(
                    f"blob {name[:12]} was changed on disk; it is not served",
                    remedy="run `workbench doctor`",
                )
            self._checked.add(seen)
        return data

    def names(self) -> set[str]:
        """Digests of all blobs present."""
        return {path.name for path in self.folder.glob("??/" + "?" * 64)}


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # NOTE: Windows cannot sync a directory; the rename is journaled by NTFS
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
