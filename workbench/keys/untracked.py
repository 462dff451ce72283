"""Whether code binds names behind the cell's back, so that what it bound cannot be told."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType

from workbench.keys.encoder import Sources

Lookup = Callable[[str], object]

_ALL_NAMES = frozenset({"locals", "vars", "dir", "eval", "exec", "globals"})
_ASKS = frozenset(
    {"exists", "is_file", "is_dir", "stat", "lstat", "getsize", "getmtime", "isfile", "isdir"}
)
"""Questions to the file system that raise no audit event."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def untracked(tree: ast.Module, lookup: Lookup, sources: Sources) -> str:
    """Why names that this code binds cannot be told, in a few words; "" where they can.

    `lookup` gives the live object behind a name. The user's own functions are followed.
    """
    seen: set[int] = set()
    pending = [(tree, lookup)]
    while pending:
        code, known = pending.pop()
        for node in ast.walk(code):
            if isinstance(node, ast.Global):
                return f"a function sets the global {node.names[0]}"
            if isinstance(node, _COMPREHENSIONS) and any(
                isinstance(inner, ast.NamedExpr) for inner in ast.walk(node)
            ):
                return "a comprehension binds a name"
            if isinstance(node, ast.Attribute) and node.attr in _ASKS:
                return f"it asks about files ({node.attr})"
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                value = known(node.id)
                if node.id in _ALL_NAMES and value is vars(builtins)[node.id]:
                    return f"it uses {node.id}()"
                pending += _behind(value, sources, seen)
    return ""


def _behind(value: object, sources: Sources, seen: set[int]) -> Iterator[tuple[ast.Module, Lookup]]:
    """The source of a function of the user's own, with its own names."""
    function = value.__func__ if isinstance(value, MethodType) else value
    if not isinstance(function, FunctionType) or id(function) in seen:
        return
    seen.add(id(function))
    if function.__module__ != "__main__":
        return
    text = sources.source_of(function)
    try:
        tree = ast.parse(textwrap.dedent(text or ""))
    except SyntaxError:
        return
    yield tree, lambda name: function.__globals__.get(name, getattr(builtins, name, None))
