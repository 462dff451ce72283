"""The embedded model's server as a process of its own, which ends with the one that started it.

`start` is for notebooks; `python -m workbench.embedded.server --weights PATH` serves in the
foreground until it is interrupted.
"""

from __future__ import annotations

import argparse
import http.client
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self
from urllib.parse import urlsplit

from workbench import clock
from workbench.embedded import llama
from workbench.embedded.llama import base_url, serve
from workbench.embedded.weights import Weights, find
from workbench.errors import ModelError, WorkbenchError

__all__ = ["LocalServer", "base_url", "main", "serve", "start"]

_POLL_S = 0.05
_PROBE_S = 2.0
_WATCH_S = 1.0
_STOP_S = 5.0
_LOG_TAIL_BYTES = 4096


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A running server; leave its `with` block or call `stop` to end it.

    `base_url` is what an OpenAI client takes. It asks for no API key: any will do.
    """

    base_url: str
    _process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._process.pid

    def stop(self) -> None:
        """End the server; return when it has ended. Stopping twice is harmless."""
        _stop(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def start(weights: Weights, *, log: Path, port: int = 0, timeout_s: float = 60) -> LocalServer:
    """Return a server of `weights` that answers by now and ends with this process at the latest.

    It is ready in about a second, and takes one processor core and about 250 MB of memory.

    Args:
        weights: what to serve.
        log: written anew: the messages of the server and of llama.cpp.
        port: 0 for any free one.
        timeout_s: seconds that it may take to answer.

    Raises:
        ModelError: xllamacpp is missing, or the server ended or did not answer in time.

    """
    llama.require()
    log.parent.mkdir(parents=True, exist_ok=True)
    process = _spawn(weights, log, port)
    try:
        return LocalServer(_url_when_ready(process, log, timeout_s), process)
    except BaseException:
        _stop(process)
        raise


def main(argv: list[str] | None = None) -> int:
    """Serve the embedded model on loopback; return the exit status if it cannot."""
    parser = argparse.ArgumentParser(description="Serve the embedded model on loopback.")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--log", type=Path, help="default: server.log beside the weights")
    parser.add_argument("--parent", type=int, help="end with this process, or with the input")
    args = parser.parse_args(argv)
    if args.parent is not None:
        _end_with(args.parent)
    try:
        serve(_weights_at(args.weights), port=args.port, log=args.log)
    except WorkbenchError as error:
        # A parent reads the pipe, not the log: llama.cpp's logger is late and may come last.
        print(error, file=sys.stderr if args.parent is None else sys.stdout)
        return error.exit_status


def _weights_at(path: Path) -> Weights:
    found = find(path.parent)
    if found is None or found.path != path:
        raise ModelError(
            f"{path} is not the embedded model's weights",
            remedy="run `workbench model pull`",
            path=str(path),
        )
    return found


def _end_with(parent: int) -> None:
    """End this process when `parent` ends, by whichever of two signs comes first."""

    def at_end_of_input() -> None:
        while os.read(0, 1):
            pass
        os._exit(0)

    def when_orphaned() -> None:
        while os.getppid() == parent:
            clock.sleep(_WATCH_S)
        os._exit(0)

    threading.Thread(target=at_end_of_input, daemon=True).start()
    if os.name == "posix":
        # For a parent that was forked: its forks hold the pipe open. PR_SET_PDEATHSIG will not
        # do, it ends this process with the *thread* that started it.
        threading.Thread(target=when_orphaned, daemon=True).start()


def _spawn(weights: Weights, log: Path, port: int) -> subprocess.Popen[bytes]:
    line = [sys.executable, "-m", "workbench.embedded.server", "--weights", str(weights.path)]
    line += ["--port", str(port), "--log", str(log), "--parent", str(os.getpid())]
    log.write_bytes(b"")
    with log.open("ab") as messages:
        return subprocess.Popen(  # noqa: S603  the command is ours
            line,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            start_new_session=True,  # interrupting a cell must not reach it
        )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the process: the end of its input asks, a kill makes sure."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _url_when_ready(process: subprocess.Popen[bytes], log: Path, timeout_s: float) -> str:
    """Return the base URL that the process announces, once that answers."""
    announced = _FirstLine(process.stdout)
    deadline_s = clock.monotonic_s() + timeout_s
    while not (announced.text.startswith("http") and _answers(announced.text)):
        if process.poll() is not None:
            announced.join()
            why = announced.text or _last_line(log)
            raise _not_ready(f"ended with status {process.returncode}", why, log)
        if clock.monotonic_s() > deadline_s:
            raise _not_ready(f"did not answer within {timeout_s:g} s", _last_line(log), log)
        clock.sleep(_POLL_S)
    return announced.text


class _FirstLine(threading.Thread):
    """Waits for a pipe's first line, since a pipe cannot be polled on every platform."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.text = ""
        self.start()

    def run(self) -> None:
        """Set `text` to the line; leave it empty if the pipe closes without one."""
        if self._stream:
            with self._stream:
                self.text = self._stream.readline().decode(errors="replace").strip()


def _answers(url: str) -> bool:
    """Tell whether the server at this base URL says that it is healthy."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_PROBE_S)
    try:
        connection.request("GET", parts.path.removesuffix("/v1") + "/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()
    return next((line.strip() for line in reversed(lines) if line.strip()), "its log is empty")


def _not_ready(what: str, why: str, log: Path) -> ModelError:
    return ModelError(
        f"the embedded model's server {what}: {why}",
        remedy=f"read {log}, then start again",
        log=str(log),
    )


if __name__ == "__main__":
    sys.exit(main())
