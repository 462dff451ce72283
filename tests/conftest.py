"""What the tests share: a store of their own, a scripted provider, real kernels."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from kernels import Kernel
from provider import Provider

for _name in [n for n in os.environ if n.startswith(("OPENAI_", "WORKBENCH_")) and n != "WORKBENCH_MODEL_DIR"]:
    del os.environ[_name]
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


@pytest.fixture
def kernels(folder):
    """Starts kernels that share one store: `kernels()`; all end with the test."""
    running: list[Kernel] = []

    def start(**env: str) -> Kernel:
        running.append(Kernel(folder, folder / "cache", **env))
        return running[-1]

    yield start
    for kernel in running:
        if kernel.manager.has_kernel:
            kernel.stop()


@pytest.fixture
def kernel(kernels, provider):
    """One kernel with an `openai` client of the scripted provider named `client`."""
    started = kernels(OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="sk-test")
    started.run("from openai import OpenAI, AsyncOpenAI\nclient = OpenAI(max_retries=0)")
    return started
