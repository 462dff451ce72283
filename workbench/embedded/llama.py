"""llama.cpp as an OpenAI-compatible server of the embedded model, inside this process.

Comes by way of xllamacpp, which is imported when it is first needed.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, Never
from urllib.parse import urlsplit

from workbench import clock
from workbench.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.embedded.weights import Weights

_HOST = "127.0.0.1"
_CONTEXT_TOKENS = 4096
_PROMPT_CACHE_MIB = 64
_ERRORS = 1
_IDLE_S = 1.0


def base_url(weights: Weights, port: int) -> str:
    """Return the OpenAI base URL of a server of `weights` on `port`.

    It names the weights by the first 16 digits of their digest, so that an answer recorded from
    one model is never taken for another's.

    Example:
        >>> base_url(Weights(Path("m.gguf"), "0123456789abcdef" * 4, "m"), 8080)
        'http://127.0.0.1:8080/local/0123456789abcdef/v1'

    """
    return f"http://{_HOST}:{port}{_prefix(weights)}/v1"


def serve(weights: Weights, *, port: int = 0, log: Path | None = None) -> Never:
    """Serve in this process, from its main thread; print the base URL once it answers.

    Never returns: an interrupt ends the process, with status 0. Everything else that the process
    would write to standard output or error meanwhile goes to `log` (default: `server.log` beside
    the weights).

    Raises:
        ModelError: xllamacpp is missing, or llama.cpp could not load the weights or have the port.

    """
    require()
    log = log or weights.path.with_name("server.log")
    with _interrupt_ends_process(), _noise_to(log) as stdout_fd:
        listening = _listen(weights, port, log)
        url = base_url(weights, urlsplit(listening.listening_address).port or port)
        os.write(stdout_fd, f"{url}\n".encode())
        while True:
            clock.sleep(_IDLE_S)


def require() -> None:
    """Do nothing if xllamacpp is installed.

    Raises:
        ModelError: it is not.

    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError(
            "the embedded model needs the package xllamacpp, which is not installed",
            remedy="pip install 'nbworkbench[demo]'",
        )


def _listen(weights: Weights, port: int, log: Path) -> Any:
    """Return a llama.cpp server that has loaded the weights and answers, in threads of its own."""
    xllamacpp = importlib.import_module("xllamacpp")
    params = xllamacpp.CommonParams()
    _fill(params, weights, port)
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelError(
            f"llama.cpp could not load {weights.path.name}, or not have port {port}",
            remedy=f"choose another port, or 0 for any free one; {log} says more",
            path=str(weights.path),
            port=port,
        ) from error


def _fill(params: Any, weights: Weights, port: int) -> None:
    """Set llama.cpp's parameters: one thread that never spins, loopback only, nothing extra."""
    params.model.path = str(weights.path)
    params.model_alias = {weights.name}
    params.n_ctx = _CONTEXT_TOKENS
    params.n_parallel = 1
    params.n_gpu_layers = 0
    params.fit_params = False
    params.offline = True
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    for threads in (params.cpuparams, params.cpuparams_batch):
        threads.n_threads = 1
        threads.poll = 0
    params.hostnames = [_HOST]
    params.port = port
    params.api_prefix = _prefix(weights)
    params.cors_origins = ""  # no web page may read what it answers
    params.cors_origins_explicit = True
    for extra in ("ui", "endpoint_slots", "endpoint_metrics", "endpoint_props"):
        setattr(params, extra, False)
    params.verbosity = _ERRORS  # warnings come with every repeated prompt


def _prefix(weights: Weights) -> str:
    return f"/local/{weights.digest[:16]}"


@contextlib.contextmanager
def _interrupt_ends_process() -> Iterator[None]:
    """Let an interrupt end the process on the spot, without destroying the server.

    Its destructor waits for ever if its main loop has not begun yet: with the machine busy, 1 in
    10 interrupts right after the start hung.
    """
    previous = signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextlib.contextmanager
def _noise_to(log: Path) -> Iterator[int]:
    """Send descriptors 1 and 2 to `log`, for C++ too; yield one of the real standard output."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        yield kept[0]
    finally:
        for target, original in zip((1, 2), kept, strict=True):
            os.dup2(original, target)
            os.close(original)
