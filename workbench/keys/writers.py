"""Which texts code only ever writes to as file names: what stood there before cannot matter."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

_WRITER = re.compile(r"to_(csv|parquet|json|excel|feather|html|markdown|pickle|latex|stata|orc)")
_READER = re.compile(
    r"read|scan|load|open_|sql|query|execute|dataset|table|parquet_?file|delta|lance|zarr|store|hdf|h5",
    re.IGNORECASE,
)
_SAVERS = frozenset(
    {"savefig", "write_csv", "write_parquet", "save", "savez", "savez_compressed", "savetxt"}
)


def only_written(tree: ast.Module, elsewhere: Container[str] = ()) -> frozenset[str]:
    """Return the literals that this code gives to writing calls, and to nothing else.

    `elsewhere`: texts that reach the code by its values and functions; of those nothing is known.
    """
    all_of_them = list(_constants(tree))
    targets = {
        id(node) for node in ast.walk(tree) if isinstance(node, ast.Call) for node in _target(node)
    }
    written = {str(node.value) for node in all_of_them if id(node) in targets}
    others = {str(node.value) for node in all_of_them if id(node) not in targets}
    return frozenset(
        text
        for text in written
        if text not in elsewhere and not any(text in other for other in others)  # as in SQL
    )


def may_read_folders(mentioned: frozenset[str]) -> bool:
    """Return whether code that mentions these names may hand a folder to a compiled reader.

    Then what the step writes into that folder is what its next run reads.
    """
    return any(map(_READER.search, mentioned))


def _constants(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node


def _target(call: ast.Call) -> Iterator[ast.expr]:
    """Yield the expression that names the file which a call writes whole."""
    function = call.func
    if isinstance(function, ast.Name) and function.id == "open" and _is_whole(call):
        yield from call.args[:1]
    if not isinstance(function, ast.Attribute):
        return
    if function.attr in {"write_text", "write_bytes"}:
        if isinstance(function.value, ast.Call) and len(function.value.args) == 1:
            yield function.value.args[0]
    elif function.attr in _SAVERS or (_WRITER.fullmatch(function.attr) and _is_plain(call)):
        yield from call.args[:1]


def _is_plain(call: ast.Call) -> bool:
    return not any(each.arg in {"mode", None} for each in call.keywords)


def _is_whole(call: ast.Call) -> bool:
    """Return whether `open` is told to begin an empty file."""
    modes = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "mode")]
    return (
        len(modes) == 1
        and isinstance(modes[0], ast.Constant)
        and modes[0].value in {"w", "wb", "wt"}
    )
