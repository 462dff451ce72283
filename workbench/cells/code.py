"""Runs a cell's body as IPython runs a cell: in its namespace, its last expression shown."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Awaitable
from types import CodeType, TracebackType
from typing import Any


def compile_body(shell: Any, source: str, tree: ast.Module) -> list[CodeType]:
    """The body's code under a file name whose lines are the cell's own."""
    file = shell.compile.cache(source, cell_number(shell), raw_code=source)
    body, last = _last_expression(tree)
    with shell.compile.extra_flags(ast.PyCF_ALLOW_TOP_LEVEL_AWAIT):
        codes = [shell.compile(ast.Module(body, []), file, "exec")]
        if last is not None:
            codes.append(shell.compile(ast.Interactive([last]), file, "single"))
    return codes


def cell_number(shell: Any) -> int:
    """The number of the cell that runs, as its prompt shows it: some versions count up before it runs."""
    stored = getattr(getattr(shell, "history_manager", None), "input_hist_raw", None)
    return len(stored) - 1 if stored else int(shell.execution_count)


class Bindings(dict[str, Any]):
    """A cell's local names: always empty, so that names are found in the namespace, where they go.

    It only takes note of what is bound: comparing the namespace before and after would not see a
    name that was bound to the very object it had.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        super().__init__()
        self.namespace = namespace
        self.names: set[str] = set()
        self.deleted: set[str] = set()

    def __setitem__(self, name: str, value: Any) -> None:
        self.names.add(name)
        self.deleted.discard(name)
        self.namespace[name] = value

    def __delitem__(self, name: str) -> None:
        del self.namespace[name]
        self.names.discard(name)
        self.deleted.add(name)


def run(
    codes: list[CodeType], bindings: Bindings, *, plainly: bool = False
) -> list[Awaitable[Any]]:
    """Execute; `plainly` as IPython does, with the namespace as local names too. What is left to be awaited comes back, in order (a body that awaits does nothing yet)."""
    for number, code in enumerate(codes):
        if code.co_flags & inspect.CO_COROUTINE:
            return [_awaitable(rest, bindings, plainly=plainly) for rest in codes[number:]]
        exec(code, bindings.namespace, _locals(bindings, plainly=plainly))  # noqa: S102  # the user's own cell
    return []


def _locals(bindings: Bindings, *, plainly: bool) -> dict[str, Any]:
    return bindings.namespace if plainly else bindings


async def _awaitable(code: CodeType, bindings: Bindings, *, plainly: bool) -> None:
    names = _locals(bindings, plainly=plainly)
    if code.co_flags & inspect.CO_COROUTINE:
        await eval(code, bindings.namespace, names)  # noqa: S307  # the user's own cell
    else:
        exec(code, bindings.namespace, names)  # noqa: S102  # the user's own cell


def _last_expression(tree: ast.Module) -> tuple[list[ast.stmt], ast.stmt | None]:
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        return tree.body[:-1], tree.body[-1]
    return tree.body, None


def from_users_code(error: BaseException, files: set[str]) -> TracebackType | None:
    """The error's traceback from the first frame of one of these files on; None if there is none."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename not in files:
        trace = trace.tb_next
    return trace


def until_users_code(trace: TracebackType, is_users: Any) -> TracebackType:
    """The traceback up to the last frame of the user's own files: what a library did below is cut."""
    frames = []
    at: TracebackType | None = trace
    while at is not None:
        frames.append(at)
        at = at.tb_next
    while len(frames) > 1 and not is_users(frames[-1].tb_frame.f_code.co_filename):
        frames.pop()
    cut: TracebackType | None = None
    for frame in reversed(frames):
        cut = TracebackType(cut, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    assert cut is not None
    return cut
