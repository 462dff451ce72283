"""Who answers and who receives: found in the environment, or started for this process."""

from __future__ import annotations

import atexit
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from workbench import config
from workbench.demo import receivers
from workbench.demo.receivers import Receivers
from workbench.embedded import server, weights
from workbench.embedded.release import SMOLLM2
from workbench.embedded.weights import Weights
from workbench.errors import ModelError
from workbench.store.folder import open_store

PORT = 8137
"""Where the embedded model is served, unless something else is there already."""

_HOOK, _SMTP = "WORKBENCH_DEMO_HOOK", "WORKBENCH_SMTP"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a notebook needs: the model's name, and where webhooks and mails go."""

    model: str
    receivers: Receivers

    @property
    def hook(self) -> str:
        """The webhook's URL."""
        return self.receivers.hook

    @property
    def smtp(self) -> str:
        """The mail server, `smtp://host:port`."""
        return self.receivers.smtp

    def __repr__(self) -> str:
        return f"{self.model} at {os.environ.get('OPENAI_BASE_URL', 'the provider')}"


def start() -> Surroundings:
    """Provider and receivers for an example notebook; `OpenAI()` then finds the provider.

    The embedded model is started once a machine and store; where its weights are missing, recorded
    answers still replay, and a new call says how to get them.
    """
    if not named_provider():
        _serve_embedded()
    return Surroundings(model_name(), _receivers())


def model_name() -> str:
    """`OPENAI_MODEL`, else the embedded model's name, or a small one of OpenAI's."""
    named = os.environ.get("OPENAI_MODEL")
    embedded = "/local/" in os.environ.get("OPENAI_BASE_URL", "")
    return named or ("SmolLM2-135M-Instruct" if embedded else "gpt-4o-mini")


def folder() -> Path:
    """Where the weights are: `model/` in the store's folder."""
    return Path(os.environ.get("WORKBENCH_MODEL_DIR") or config.store_folder() / "model")


def pull() -> Weights:
    """Fetch the embedded model's weights, with progress on standard error. Raises: ModelError."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    open_store()  # says clearly where the store cannot be written
    found = weights.find(folder())
    if found is not None:
        return found
    columns = (TextColumn("fetching the model"), BarColumn(), DownloadColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("")
        return weights.pull(
            folder(),
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def serve(port: int) -> None:
    """Serve the embedded model until interrupted; prints its base URL. Raises: ModelError."""
    found = pull()
    print(f"OPENAI_API_KEY=local OPENAI_BASE_URL={server.base_url(found, port)}", file=sys.stderr)  # noqa: T201
    server.serve(found, port=port)


def started(found: Weights, port: int = PORT) -> server.LocalServer:
    """The embedded model's server, on `port` or any free one if that is taken. Raises: ModelError."""
    log = folder() / "server.log"
    try:
        return server.start(found, log=log, port=port)
    except ModelError:
        return server.start(found, log=log)


def named_provider() -> bool:
    """Whether the environment names a provider to use."""
    key = os.environ.get("OPENAI_API_KEY", "")
    return bool(key.replace(config.NO_KEY, "") or os.environ.get("OPENAI_BASE_URL"))


def _serve_embedded() -> None:
    found = weights.find(folder())
    if found is None:
        print(  # noqa: T201  # in a notebook this is what the reader must know
            "the embedded model is not here: recorded answers replay, new calls fail."
            " `workbench model pull` fetches it, or set OPENAI_API_KEY / OPENAI_BASE_URL"
        )
        url = server.base_url(Weights(Path(), SMOLLM2.gguf_sha256, ""), PORT)
    else:
        running = started(found)
        atexit.register(running.stop)
        url = running.base_url
    os.environ["OPENAI_BASE_URL"] = url
    os.environ.setdefault("OPENAI_API_KEY", "local")


def _receivers() -> Receivers:
    hook, smtp = os.environ.get(_HOOK), os.environ.get(_SMTP)
    if hook and smtp:
        return Receivers(hook, smtp)
    found = receivers.start()
    atexit.register(found.stop)
    return found
