"""What a cell's outcome depends on, read before it runs: its manifest, or why it has none."""

from __future__ import annotations

import ast
import builtins
import functools
import importlib.util
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from workbench.cells.session import python_version
from workbench.cells.sources import FileSources, file_digest, is_first_party, is_users_file
from workbench.config import project_root
from workbench.keys import canonical, code, flow
from workbench.keys.manifest import Manifest
from workbench.keys.untracked import untracked
from workbench.keys.volatile import volatile

_SHELL = re.compile(r"_{1,3}|_\d+|_i{1,3}|_i\d+|In|Out")
_MANY_PATHS = 20_000
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
    lost = lost or _history(needed) or _own_imports(tree)
    if lost:
        return Inputs(None, lost, {})
    paths: set[str] = set(_literals(tree))
    try:
        values = digests(used, namespace, sources, paths)
        attributes = _attributes(tree, {name: namespace[name] for name in used}, sources)
    except canonical.Opaque as problem:
        return Inputs(None, _opaque(problem), {})
    components = [
        ("schema", SCHEMA),
        ("python", python_version()),
        ("working directory", relative(".")),
        ("code", canonical.digest(code.normalised(source), sources)),
        *((f"input {name}", digest) for name, digest in values.items()),
        *((f"input {chain}", digest) for chain, digest in attributes.items()),
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


def _history(needed: frozenset[str]) -> str:
    found = sorted(name for name in needed if _SHELL.fullmatch(name))
    return f"it reads {found[0]}, which the shell changes with every cell" if found else ""


def _own_imports(tree: ast.AST) -> str:
    """Why a step may not import the user's own modules: what those import is not known before."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in [*named, getattr(node, "module", "") or ""]:
                if name and _is_own(name.partition(".")[0]):
                    return f"it imports {name}, a module of your own: import it in another cell"
    return ""


def _is_own(top: str) -> bool:
    if top in sys.stdlib_module_names or top == "workbench":
        return False
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
    return any(place and is_users_file(place) for place in places)


def _attributes(
    tree: ast.AST, namespace: Mapping[str, Any], sources: FileSources
) -> dict[str, str]:
    """Digests of what the code reads off modules: they may have been set since (`tools.X = 5`)."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        owner = node.value if isinstance(node, ast.Attribute) else None
        if not isinstance(node, ast.Attribute) or not isinstance(owner, ast.Name):
            continue
        module = namespace.get(owner.id)
        if type(module) is not ModuleType or node.attr not in vars(module):
            continue
        chain = f"{owner.id}.{node.attr}"
        try:
            found[chain] = canonical.digest(vars(module)[node.attr], sources, name=chain)
        except canonical.Opaque:
            if is_first_party(module):
                raise
    return found


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
    if len(paths) > _MANY_PATHS:  # NOTE: of so many texts only those that look like paths are tried
        paths = {path for path in paths if "/" in path}
    return {path for path in paths if path and "\0" not in path and _exists(path)}


def _exists(path: str) -> bool:
    try:
        return Path(path).exists() and path not in {".", "/"}
    except (OSError, ValueError):
        return False


def _opaque(problem: canonical.Opaque) -> str:
    return f"{problem.path} is {problem.type_name}: {problem.reason}"
