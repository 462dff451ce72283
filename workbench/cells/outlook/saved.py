"""The step cells of a notebook file, read without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from workbench.cells import options, transform
from workbench.cells.options import Options
from workbench.errors import UsageError
from workbench.keys import flow


class _Notebook(msgspec.Struct):
    """What is read of a notebook file."""

    cells: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SavedStep:
    """A step cell as it was saved.

    Attributes:
        name: its step's name.
        options: what stands behind the name.
        source: its body, as a step keeps it; the magic's line is a comment.
        body: the same as plain Python, its `!commands` and magics rewritten; None where it is none.

    """

    name: str
    options: Options
    source: str
    body: str | None

    @property
    def binds(self) -> frozenset[str]:
        """The names that it binds at its top level, deletes, or changes an item of."""
        return frozenset(_bound(ast.parse(self.body))) if self.body is not None else frozenset()

    @property
    def reads(self) -> frozenset[str]:
        """The names that it may read from outside itself."""
        return flow.needed(ast.parse(self.body)) if self.body is not None else frozenset()


def step(name: str, text: str, told: Options) -> SavedStep:
    """A step cell from its body, as the magic gets it."""
    return SavedStep(name, told, text, _python(text))


def step_cells(path: Path) -> tuple[list[SavedStep], list[str]]:
    """The step cells of a notebook file in their order, and what is wrong with others.

    Raises:
        UsageError: it is no notebook that can be read.

    """
    steps: list[SavedStep] = []
    wrong: list[str] = []
    for source in _code_cells(path):
        parts = transform.split(source.splitlines(keepends=True))
        if parts is None:
            continue
        line, text = parts
        try:
            name, told = options.parse(line)
        except UsageError as error:
            wrong.append(str(error))
            continue
        if name in {each.name for each in steps}:
            wrong.append(f"step {name!r} is defined in two cells; the first one is shown")
            continue
        steps.append(step(name, text, told))
    return steps, wrong


def cell_ids(path: Path) -> frozenset[str]:
    """The ids of the cells of a notebook file. Raises: UsageError, where it is none."""
    return frozenset(str(cell.get("id", "")) for cell in _cells(path))


def _code_cells(path: Path) -> Iterator[str]:
    for cell in _cells(path):
        source = cell.get("source", "")
        if cell.get("cell_type") == "code":
            yield source if isinstance(source, str) else "".join(source)


def _cells(path: Path) -> list[dict[str, Any]]:
    try:
        return list(msgspec.json.decode(path.read_bytes(), type=_Notebook).cells)
    except (OSError, msgspec.DecodeError, TypeError) as error:
        raise UsageError(
            f"{path.name} is not a notebook that can be read: {type(error).__name__}",
            remedy="open and save it in Jupyter",
        ) from None


def _python(text: str) -> str | None:
    """The body as IPython would run it; IPython is only asked where it is not Python already."""
    if transform.compiles(text):
        return text
    from IPython.core.inputtransformer2 import TransformerManager

    changed = TransformerManager().transform_cell(text)
    return changed if transform.compiles(changed) else None


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Subscript | ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield from _owner(node)


def _owner(node: ast.expr) -> Iterator[str]:
    """The name whose value `df["label"] = …` and `doc.total = …` change."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
