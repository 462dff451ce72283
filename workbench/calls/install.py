"""Interception, switched on: for httpx and httpx2 if they are loaded, else as they are imported."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from workbench.calls.context import follow_threads
from workbench.calls.transports import intercept

CLIENT_LIBRARIES = ("httpx", "httpx2")


def install() -> None:
    """Let calls inside steps be recorded and served in this process. Idempotent, about 1 ms."""
    follow_threads()
    for name in CLIENT_LIBRARIES:
        module = sys.modules.get(name)
        if module is not None and hasattr(module, "AsyncClient"):
            intercept(module)
    if not any(isinstance(finder, _AfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterImport())


class _AfterImport(importlib.abc.MetaPathFinder):
    """Finds the client libraries as Python would, and patches them once they are loaded."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname not in CLIENT_LIBRARIES:
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            _patch_after(spec.loader)
        return spec


def _patch_after(loader: importlib.abc.Loader) -> None:
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        execute(module)
        intercept(module)

    loader.exec_module = exec_module  # type: ignore[method-assign]
