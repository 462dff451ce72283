"""The papermill engine that starts a run's kernel with that run's environment."""

from __future__ import annotations

import os
from typing import Any

from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

NAME = "workbench"


class KernelEngine(NBClientEngine):  # type: ignore[misc]  # papermill ships no types
    """papermill's own engine, with `kernel_env` handed to the kernel's process."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, kernel_env: dict[str, str], **options: Any
    ) -> Any:
        """Execute the notebook; outputs go to `nb_man`."""
        client = PapermillNotebookClient(
            nb_man,
            kernel_name=kernel_name,
            startup_timeout=options.get("start_timeout", 60),
            config=Config({"KernelManager": {"transport": "ipc"}}) if os.name == "posix" else None,
        )
        return client.execute(env=kernel_env)


papermill_engines.register(NAME, KernelEngine)
