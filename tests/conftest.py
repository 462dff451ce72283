"""What the tests share: a store of their own, a scripted provider, real kernels."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

from kernels import Kernel
from provider import Provider

for _name in [
    n for n in os.environ if n.startswith(("OPENAI_", "WORKBENCH_")) and n != "WORKBENCH_MODEL_DIR"
]:
    del os.environ[_name]
settings.register_profile("fixed", derandomize=True)  # one line passes the tests, every time
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project of its own: a pyproject.toml, and the working directory."""
    (tmp_path / "pyproject.toml").write_text("[tool.workbench]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def store(folder):
    from workbench.store.folder import open_store

    opened = open_store(folder / "cache")
    yield opened
    opened.close()


@pytest.fixture
def provider():
    running = Provider()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def _pool():
    """Kernels of this worker that are free: starting one costs more than most tests."""
    free: list[Kernel] = []
    yield free
    for kernel in free:
        kernel.stop()


@pytest.fixture
def kernels(folder, _pool):
    """Gives kernels that share one store: `kernels(NAME=value)` with these environment variables."""
    taken: list[Kernel] = []

    def start(**env: str) -> Kernel:
        kernel = _pool.pop() if _pool else Kernel()
        kernel.begin(folder, folder / "cache", env)
        taken.append(kernel)
        return kernel

    yield start
    for kernel in taken:
        if kernel.alive and kernel.reset():
            _pool.append(kernel)


@pytest.fixture
def kernel(kernels, provider):
    """One kernel with an `openai` client of the scripted provider named `client`."""
    started = kernels(OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="sk-test")
    started.run("from openai import OpenAI, AsyncOpenAI\nclient = OpenAI(max_retries=0)")
    return started
