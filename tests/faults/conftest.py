"""A third party's fault injector as the provider: `llmock`, a process of its own on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest


class Injector:
    """Speaks the providers' protocols; `faults` are queued and applied in order."""

    def __init__(self, port: int) -> None:
        self.root = f"http://127.0.0.1:{port}"
        self.url = f"{self.root}/v1"

    def faults(self, *behaviors: dict) -> None:
        self._ask("/_llmock/scenario", {"behaviors": list(behaviors)})

    def requests(self) -> list[dict]:
        found = self._ask("/_llmock/requests")
        return found["requests"] if isinstance(found, dict) else found

    def count(self) -> int:
        """Requests that reached it; one that hangs is listed when it ends."""
        deadline = time.monotonic() + 8
        while len(self.requests()) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        return len(self.requests())

    def verdict(self) -> dict:
        return self._ask("/_llmock/verdict")

    def reset(self) -> None:
        self._ask("/_llmock/reset", {})

    def _ask(self, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.root + path, data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)


@pytest.fixture(scope="session")
def _injector():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("llmock")),
        "serve",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running = Injector(port)
    deadline = time.monotonic() + 30
    while True:
        try:
            running.requests()
            break
        except OSError:
            assert time.monotonic() < deadline, "llmock did not start"
            time.sleep(0.1)
    yield running
    process.terminate()
    process.wait()


@pytest.fixture
def injector(_injector):
    _injector.reset()
    return _injector
