"""The names of a cell: those that it may read, those that it may bind or delete."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from workbench.keys.volatile import volatile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["binds_unknown", "bound", "read", "volatile"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def read(tree: ast.Module) -> frozenset[str]:
    """Return every name that the code loads, changes or deletes anywhere, local ones included.

    Names in annotations that are still strings count too: a model's fields are resolved by them.
    """
    return frozenset(name for node in ast.walk(tree) for name in _reads(node))


def _reads(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    elif isinstance(node, (ast.arg, ast.AnnAssign)):
        yield from _late(node.annotation)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from _late(node.returns)


def _late(annotation: ast.expr | None) -> Iterator[str]:
    """Yield the names in the strings of an annotation."""
    for node in ast.walk(annotation) if annotation is not None else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                tree = ast.parse(node.value, mode="eval")
            except (SyntaxError, ValueError):
                continue  # a text beside the type, as in Annotated[str, "..."]
            yield from (name for inner in ast.walk(tree) for name in _reads(inner))


def binds_unknown(tree: ast.AST) -> bool:
    """Return whether the code may bind names that it does not mention: `from x import *`."""
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return any(alias.name == "*" for node in imports for alias in node.names)


def bound(tree: ast.Module) -> frozenset[str]:
    """Return the names that the code may bind or delete at its own level, on any path.

    That of a walrus in a comprehension is one of them, and what a function declares `global`.
    """
    return frozenset(_bound(tree.body))


def _bound(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        yield from binds(node)
        if isinstance(node, _COMPREHENSIONS):
            yield from _walruses(node)
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield from _around(node)
        else:
            yield from _bound(ast.iter_child_nodes(node))


def _around(node: ast.AST) -> Iterator[str]:
    """Yield what a definition binds outside itself: in its decorators, defaults, bases."""
    for field, value in ast.iter_fields(node):
        if field != "body":
            yield from _bound(v for v in _listed(value) if isinstance(v, ast.AST))
    for inner in ast.walk(node):
        if isinstance(inner, ast.Global):
            yield from inner.names


def _walruses(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.NamedExpr):
            yield inner.target.id


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def binds(node: ast.AST) -> Iterator[str]:
    """Yield the names that one node binds or deletes by itself."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
