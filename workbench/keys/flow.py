"""Which names a cell may read before it has surely bound them itself: its inputs.

A name that every path binds first (`for mail in mails: … mail …`) is none, so running a cell twice asks
for the same inputs as running it once. Where a path is unsure, the name counts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def needed(tree: ast.Module) -> frozenset[str]:
    """Names that the code may read from outside itself. Cost: one walk over the tree."""
    flow = _Flow()
    flow.block(tree.body, set())
    return frozenset(flow.needed)


class _Flow:
    """Walks statements in order with the names that are surely bound so far."""

    def __init__(self) -> None:
        self.needed: set[str] = set()

    def block(self, statements: Iterable[ast.stmt], bound: set[str]) -> set[str]:
        """The names surely bound after these statements."""
        for statement in statements:
            bound = self.statement(statement, bound)
        return bound

    def statement(self, node: ast.stmt, bound: set[str]) -> set[str]:
        if isinstance(node, ast.If):
            self.reads([node.test], bound)
            inside = bound | _surely_named(node.test)
            return self.block(node.body, inside) & self.block(node.orelse, inside)
        if isinstance(node, _LOOPS):
            return self.loop(node, bound)
        if isinstance(node, ast.Try | ast.TryStar):
            return self.attempt(node, bound)
        if isinstance(node, ast.With | ast.AsyncWith):
            inside = self.managers(node.items, bound)
            after = self.block(node.body, inside)
            return after if all(map(_only_opens, node.items)) else inside
        if isinstance(node, ast.Match):
            return self.match(node, bound)
        return self.simple(node, bound)

    def loop(self, node: ast.For | ast.AsyncFor | ast.While, bound: set[str]) -> set[str]:
        if isinstance(node, ast.While):
            self.reads([node.test], bound)
            inside = bound | _surely_named(node.test)
        else:
            self.reads([node.iter, node.target], bound)
            inside = bound | set(_stored(node.target))
        self.block(node.body, inside)
        return self.block(node.orelse, bound)

    def attempt(self, node: ast.Try | ast.TryStar, bound: set[str]) -> set[str]:
        ends = [self.block(node.orelse, self.block(node.body, bound))]
        for handler in node.handlers:
            self.reads([handler.type] if handler.type else [], bound)
            caught = {handler.name} if handler.name else set()
            ends.append(self.block(handler.body, bound | caught) - caught)
        return self.block(node.finalbody, bound) | set.intersection(*ends)

    def managers(self, items: list[ast.withitem], bound: set[str]) -> set[str]:
        for item in items:
            targets = [item.optional_vars] if item.optional_vars else []
            self.reads([item.context_expr, *targets], bound)
            bound = bound.union(*map(_stored, targets))
        return bound

    def match(self, node: ast.Match, bound: set[str]) -> set[str]:
        self.reads([node.subject], bound)
        for case in node.cases:
            self.reads([case.pattern], bound)
            inside = bound | set(_captured(case.pattern))
            self.reads([case.guard] if case.guard else [], inside)
            self.block(case.body, inside)
        return bound

    def simple(self, node: ast.stmt, bound: set[str]) -> set[str]:
        self.reads([node], bound)
        if isinstance(node, ast.Delete):
            return bound - {t.id for t in node.targets if isinstance(t, ast.Name)}
        return bound | set(_bound_by(node))

    def reads(self, nodes: Iterable[ast.AST], bound: set[str]) -> None:
        for node in nodes:
            self.needed |= _free(node) - bound


def _only_opens(item: ast.withitem) -> bool:
    """Whether a context manager is a file: it swallows no exception, so its body surely ran."""
    call = item.context_expr
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "open"


def _free(node: ast.AST) -> set[str]:
    """Names that a piece of code takes from the scope around it."""
    if isinstance(node, ast.Name):
        return set() if isinstance(node.ctx, ast.Store) else {node.id}
    if isinstance(node, _COMPREHENSIONS):
        first, *others = node.generators
        own = set().union(*(_stored(each.target) for each in node.generators))
        inner = _free_in(ast.iter_child_nodes(first), others, _children_but(node, "generators"))
        return _free(first.iter) | (inner - own)
    if isinstance(node, _FUNCTIONS):
        return _free_in_function(node)
    changed = {node.target.id} if _changes_name(node) else set()
    return changed | _free_in(ast.iter_child_nodes(node))


def _changes_name(node: ast.AST) -> TypeGuard[Any]:
    return isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)


def _free_in(*groups: Iterable[ast.AST]) -> set[str]:
    return set().union(*(_free(node) for group in groups for node in group))


def _free_in_function(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> set[str]:
    body = node.body if isinstance(node.body, list) else [node.body]
    parameters = {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)}
    outer = {
        n for s in _own_scope(body) if isinstance(s, ast.Global | ast.Nonlocal) for n in s.names
    }
    local = (parameters | {name for s in _own_scope(body) for name in _binds(s)}) - outer
    itself = {getattr(node, "name", "")}  # its body runs when it is called: it is bound by then
    return (_free_in(body) - local - itself) | _free_in(_children_but(node, "body"))


def _children_but(node: ast.AST, field: str) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name != field:
            yield from (
                v for v in (value if isinstance(value, list) else [value]) if isinstance(v, ast.AST)
            )


def _own_scope(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Every node of a function's own scope; a nested one's name, not its inside."""
    for node in nodes:
        if isinstance(node, _COMPREHENSIONS):
            yield from (n.target for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            continue
        yield node
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield from _own_scope(ast.iter_child_nodes(node))


def _binds(node: ast.AST) -> Iterator[str]:
    """Names that one node binds by itself."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        yield node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _bound_by(node: ast.stmt) -> Iterator[str]:
    """Names surely bound once a simple statement has run."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _stored(target)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        yield from _stored(node.target) if node.value is not None else ()
    elif isinstance(node, ast.Expr):
        yield from _surely_named(node.value)
    else:
        yield from _binds(node)


def _stored(target: ast.AST) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _captured(pattern: ast.AST) -> Iterator[str]:
    for node in ast.walk(pattern):
        yield from _binds(node)


def _surely_named(test: ast.expr) -> set[str]:
    """Names that a walrus binds whatever the test says: `(m := …)`, `(m := …) is not None`."""
    if isinstance(test, ast.Compare):
        return _surely_named(test.left)
    if isinstance(test, ast.NamedExpr):
        return {test.target.id}
    return set()
