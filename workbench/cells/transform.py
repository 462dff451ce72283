"""Turns a `%%step NAME` or `#| step: NAME` cell into a call of the step magic, awaited if it awaits.

IPython's own rewriting of cell magics cannot await, so this runs before it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable
from functools import lru_cache

_FORMS = (re.compile(r"%%step(?:[ \t]+(.*))?$"), re.compile(r"#\|[ \t]*step:[ \t]*(.*)$"))
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def split(lines: list[str]) -> tuple[str, str] | None:
    """A step cell's arguments and body, or None for any other cell.

    The body keeps the cell's lines and their numbers: the magic's own becomes a comment.
    """
    at = next((n for n, line in enumerate(lines) if line.strip()), None)
    if at is None:
        return None
    first = lines[at].rstrip("\r\n")
    found = next((m for form in _FORMS if (m := form.match(first))), None)
    if found is None:
        return None
    shown = f"# {first.removeprefix('#')}"  # a comment that is no step's first line
    return (found[1] or "").strip(), "#\n" * at + f"{shown}\n" + "".join(lines[at + 1 :])


def rewrite(lines: list[str], transform_cell: Callable[[str], str]) -> list[str]:
    """The cell as IPython is to run it; other cells come back as they are."""
    parts = split(lines)
    if parts is None:
        return lines
    arguments, body = parts
    python = transform_cell(body)
    if not compiles(python):
        return body.splitlines(keepends=True)  # IPython shows the error in the cell as it stands
    call = f"get_ipython().run_cell_magic('step', {arguments!r}, {body!r})\n"
    return [f"await {call}" if awaits(python) else call]


@lru_cache(maxsize=8)
def compiles(source: str) -> bool:
    """Whether code is Python, with `await` allowed at its top."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are shown when the cell is compiled to run
            compile(source, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


@lru_cache(maxsize=8)  # a cell that runs is asked about several times
def awaits(source: str) -> bool:
    """Whether code awaits outside of any function of its own; False if it does not parse."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return any(_awaits(node) for node in tree.body)


def _awaits(node: ast.AST) -> bool:
    if isinstance(node, _SCOPES):
        return False
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return True
    if isinstance(node, ast.comprehension) and node.is_async:
        return True
    return any(_awaits(child) for child in ast.iter_child_nodes(node))
