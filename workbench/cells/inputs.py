"""What a cell's outcome depends on, read before it runs: its manifest, or why it has none."""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.cells.session import python_version
from workbench.cells.sources import FileSources, file_digest
from workbench.config import project_root
from workbench.keys import canonical, code, flow
from workbench.keys.manifest import Manifest
from workbench.keys.untracked import untracked
from workbench.keys.volatile import volatile

SCHEMA = "1"
"""Version of the step key; a change makes every step miss, and replay its calls."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """A cell's dependencies.

    Attributes:
        manifest: name and digest of each; None where one cannot be told.
        opaque: why there is no manifest, in a few words; "" if there is one.
        values: digest of each name read, to see later whether the cell changed it.

    """

    manifest: Manifest | None
    opaque: str
    values: dict[str, str]


def inspect(source: str, tree: ast.Module, namespace: Mapping[str, Any], run_id: str) -> Inputs:
    """Read a cell's dependencies. Cost: one encoding of every value that it reads."""
    sources = FileSources()
    needed = flow.needed(tree)
    used = sorted(name for name in needed if name in namespace)
    lookup = functools.partial(_lookup, namespace)
    lost = untracked(tree, lookup, sources)
    if "get_ipython" in needed:
        return Inputs(None, "it runs a magic or a shell command", {})
    if lost:
        return Inputs(None, lost, {})
    paths: set[str] = set(_literals(tree))
    try:
        values = digests(used, namespace, sources, paths)
    except canonical.Opaque as problem:
        return Inputs(None, _opaque(problem), {})
    components = [
        ("schema", SCHEMA),
        ("python", python_version()),
        ("working directory", relative(".")),
        ("code", canonical.digest(code.normalised(source), sources)),
        *((f"input {name}", digest) for name, digest in values.items()),
        *((f"file {relative(path)}", file_digest(Path(path))) for path in sorted(_existing(paths))),
    ]
    only_here = volatile(tree, lookup, sources)
    if only_here:
        components.append((f"the run, because {only_here},", run_id))
    return Inputs(Manifest(tuple(components)), "", values)


def digests(
    used: list[str], namespace: Mapping[str, Any], sources: FileSources, paths: set[str]
) -> dict[str, str]:
    """Digest of each name's value; paths met on the way are added to `paths`. Raises: Opaque."""
    return {
        name: canonical.digest(namespace[name], sources, name=name, note=paths.add)
        for name in used
        if name in namespace
    }


def relative(path: str) -> str:
    """A path as keys and people see it: from the project's root where it lies below it."""
    root = project_root()
    whole = Path(path).absolute()
    inside = root is not None and whole.is_relative_to(root)
    return (whole.relative_to(root) if inside and root else whole).as_posix()


def _lookup(namespace: Mapping[str, Any], name: str) -> Any:
    return namespace.get(name, getattr(builtins, name, None))


def _literals(tree: ast.AST) -> set[str]:
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 1024
    }


def _existing(paths: set[str]) -> set[str]:
    return {path for path in paths if path and "\0" not in path and _exists(path)}


def _exists(path: str) -> bool:
    try:
        return Path(path).exists() and path not in {".", "/"}
    except (OSError, ValueError):
        return False


def _opaque(problem: canonical.Opaque) -> str:
    return f"{problem.path} is {problem.type_name}: {problem.reason}"
