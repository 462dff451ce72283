"""Names that code reads through texts: `df.query("x > @limit")`, `duckdb.sql("select * from df")`.

A name too many costs a miss when it changes; one too few would serve what another value gave. So
where a text is not known before the run, every name that it could mean counts.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from workbench.keys.code import reads
from workbench.keys.functions import lookup_global
from workbench.keys.origin import function_origin, origin

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_FORMULAS = frozenset({"query", "eval"})
_STATEMENTS = frozenset(
    {
        "sql", "query", "execute", "executemany", "from_query", "table", "view", "SQLContext",
        "sqldf", "register", "sql_expr", "query_df", "arrow", "explain", "filter", "project",
    }
)  # fmt: skip
_SQL = frozenset({"sql", "query", "execute", "executemany", "from_query", "SQLContext", "sqldf"})
_FRAMES = frozenset(
    {"pandas", "polars", "pyarrow", "duckdb", "_duckdb", "numpy", "modin", "dask", "ibis", "cudf",
     "narwhals", "geopandas", "datasets", "xarray", "daft"}
)  # fmt: skip
_PLAIN = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)
_WORD = re.compile(r"[^\W\d]\w*")
_LOCAL = re.compile(r"@\s*([^\W\d]\w*)")
_TEXT_METHODS = frozenset(
    {
        "format", "join", "strip", "lstrip", "rstrip", "lower", "upper", "replace", "dedent",
        "str", "format_map", "removeprefix", "removesuffix",
    }
)  # fmt: skip
_OURS = frozenset({"main", "own"})
_DEEP = 20


def named_in_strings(
    tree: ast.Module, namespace: Mapping[str, object], texts: Iterable[str] = ()
) -> frozenset[str]:
    """Return the names of `namespace` that texts of this code may read.

    `texts`: what else the code has at hand, such as each str in its inputs. The user's functions
    that it names are followed. Runs no code of the user's; a walk over the tree, and over the texts
    only where the code mentions a method that takes such texts.
    """
    reach = _Reach(tree, namespace)
    said = reach.mentioned
    if said.isdisjoint(_FORMULAS | _SQL):
        return frozenset()
    held = [*texts, *reach.texts, *_held(tree, namespace)]
    found: set[str] = set()
    if said & _FORMULAS:
        found |= _formula_names(held, plainly="eval" in said)
        if _unknown(tree, _FORMULAS):
            found |= {
                name for name, value in namespace.items() if not issubclass(type(value), _PLAIN)
            }
    if said & _SQL:
        frames = {name for name, value in namespace.items() if _is_frame(value)}
        found |= frames if _unknown(tree, _STATEMENTS) else _frames_in(held, frames)
    return frozenset(found & namespace.keys())


def mentioned(tree: ast.Module, namespace: Mapping[str, object]) -> frozenset[str]:
    """Return every name and attribute that the code mentions, and the user's functions in it."""
    return frozenset(_Reach(tree, namespace).mentioned)


def _formula_names(texts: list[str], *, plainly: bool) -> set[str]:
    """`@name` in formulas; any word where `eval` is used; a whole text may be put after an `@`."""
    found: set[str] = set()
    pieces = any("@" in text for text in texts)
    for text in texts:
        found.update(_LOCAL.findall(text))
        if plainly:
            found.update(_WORD.findall(text))
        elif pieces and text.isidentifier():
            found.add(text)
    return found


def _frames_in(texts: list[str], frames: set[str]) -> set[str]:
    """Names of frames that stand in any text: a statement may be put together from pieces."""
    by_word = defaultdict(set)
    for name in frames:
        by_word[name.casefold()].add(name)
    words = {word.casefold() for text in texts for word in _WORD.findall(text)}
    return set().union(*(names for word, names in by_word.items() if word in words))


def _is_frame(value: object) -> bool:
    """Return whether DuckDB or polars would take a value for a table."""
    if type(value) in (dict, list):
        return True
    kind = type(value)
    homes = {str(base.__module__).partition(".")[0] for base in kind.__mro__}
    return not homes.isdisjoint(_FRAMES) or any(
        "__arrow_c_stream__" in vars(base) or "__arrow_c_array__" in vars(base)
        for base in kind.__mro__
    )


def _held(tree: ast.Module, namespace: Mapping[str, object]) -> Iterator[str]:
    """Yield the texts written in the code, and those that its names hold."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name):
            yield from _texts_of(namespace.get(node.id))


def _texts_of(value: object, depth: int = 0) -> Iterator[str]:
    if type(value) is str:
        yield value
    elif depth < 2 and type(value) in (list, tuple, dict, set):
        items: Any = value.values() if type(value) is dict else value
        for item in items if len(items) <= 10_000 else ():
            yield from _texts_of(item, depth + 1)


def _unknown(tree: ast.Module, methods: frozenset[str]) -> bool:
    """Return whether a text that goes to such a method is not known before the run.

    What a file, a call or a loop gives can name anything.
    """
    bound = _bound(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else _name(function)
        given = [
            *node.args[:1],
            *(k.value for k in node.keywords if k.arg in {"expr", "query", "sql"}),
        ]
        if name in methods and any(not _is_known(each, bound, 0) for each in given):
            return True
    return False


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _bound(tree: ast.Module) -> dict[str, list[ast.expr | None]]:
    """Return what the code binds each name to; None stands for what is not a plain assignment."""
    plain: dict[int, ast.expr] = {}
    found: defaultdict[str, list[ast.expr | None]] = defaultdict(list)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            plain.update((id(each), node.value) for each in node.targets)
        elif isinstance(node, (ast.AnnAssign, ast.AugAssign, ast.NamedExpr)) and node.value:
            plain[id(node.target)] = node.value
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id].append(plain.get(id(node)))
        elif isinstance(node, ast.arg):
            found[node.arg].append(None)
    return found


def _is_known(node: ast.expr, bound: dict[str, list[ast.expr | None]], depth: int) -> bool:
    """Return whether the text of an expression is made of texts that are known before."""
    if depth > _DEEP:
        return False
    if isinstance(node, ast.Name):
        values = bound.get(node.id, [])
        return all(each is not None and _is_known(each, bound, depth + 1) for each in values)
    if isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else _name(function)
        parts = [*node.args, *(each.value for each in node.keywords)]
        owner = [function.value] if isinstance(function, ast.Attribute) else []
        return name in _TEXT_METHODS and all(
            _is_known(each, bound, depth + 1) for each in (*parts, *owner)
        )
    if isinstance(node, (ast.Await, ast.Yield, ast.YieldFrom, ast.Lambda)):
        return False
    below = (each for each in ast.iter_child_nodes(node) if isinstance(each, ast.expr))
    return all(_is_known(each, bound, depth + 1) for each in below)


class _Reach:
    """What the code and the user's functions that it reaches mention, and their texts."""

    def __init__(self, tree: ast.Module, namespace: Mapping[str, object]) -> None:
        self.mentioned: set[str] = set()
        self.texts: list[str] = []
        seen: set[int] = set()
        waiting: list[object] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                self.mentioned.add(node.attr)
            elif isinstance(node, ast.Name):
                self.mentioned.add(node.id)
                waiting.append(namespace.get(node.id))
            elif isinstance(node, ast.alias):
                self.mentioned.add(node.name.rpartition(".")[2])
        while waiting:
            value = waiting.pop()
            if id(value) not in seen:
                seen.add(id(value))
                waiting += self.visit(value)

    def visit(self, value: Any) -> Iterable[object]:
        """Note what a value of the user's says; return what it may call."""
        kind = type(value)  # not isinstance: that asks the object, and some answer with an error
        if kind is FunctionType:
            return self.function(value) if function_origin(value) in _OURS else ()
        if kind is BuiltinFunctionType:
            self.mentioned.add(value.__name__)
        if kind is MethodType:
            self.mentioned.add(str(getattr(value.__func__, "__name__", "")))
            return (value.__func__, value.__self__)
        if kind is functools.partial:
            return (value.func, *value.args, *value.keywords.values())
        if kind in (list, tuple, dict):
            items: Any = value.values() if kind is dict else value
            return items if len(items) <= 256 else ()
        return _members(value)

    def function(self, function: FunctionType) -> Iterable[object]:
        """Note the names and texts of a function; return what it names in its module."""
        taken = reads(function.__code__)
        self.mentioned |= taken.names
        self.texts += taken.texts
        below = [lookup_global(function, chain[0], None) for chain in taken.chains]
        self.texts += [each for each in below if type(each) is str]
        wrapped = vars(function).get("__wrapped__")
        cells = [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
        return [*below, *cells, wrapped, *(function.__defaults__ or ())]


def _members(value: object) -> Iterable[object]:
    kind: Any = value if issubclass(type(value), type) else type(value)
    ours = (
        [base for base in type.mro(kind) if origin(base.__module__) in _OURS]
        if kind is not type
        else []
    )
    parts = [part for base in ours for part in vars(base).values()]
    return [
        part.__func__ if isinstance(part, (staticmethod, classmethod)) else part for part in parts
    ]


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
