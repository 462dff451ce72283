"""Compiled readers that are given a file's name which the code makes: nobody sees what they open."""

from __future__ import annotations

import ast

_READERS = frozenset(
    {
        "read_parquet", "read_feather", "read_orc", "read_table", "ParquetFile", "ParquetDataset",
        "dataset", "scan_parquet", "scan_csv", "scan_ndjson", "scan_ipc", "read_ipc", "read_delta",
        "open_file", "memory_map", "read_schema", "read_metadata",
    }
)  # fmt: skip
"""Of pandas, pyarrow and polars; what Python itself opens for them is seen."""
_MAKES = (ast.BinOp, ast.JoinedStr, ast.Call, ast.Subscript)


def composed(call: ast.Call, code: ast.Module) -> str:
    """Return the reader that this call gives a made file name, "" if it gives none.

    A literal counts by the file that it names, and so does a text that is an input, or one of an
    input that the code goes through.
    """
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in _READERS or not call.args:
        return ""
    return name if _is_made(call.args[0], code, 0) else ""


def _is_made(node: ast.expr, code: ast.Module, depth: int) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return any(_is_made(each, code, depth) for each in node.elts)
    if isinstance(node, _MAKES):
        return not _opens(node)
    if not isinstance(node, ast.Name) or depth > 4:
        return False
    return any(_is_made(value, code, depth + 1) for value in _bound(node.id, code))


def _opens(node: ast.expr) -> bool:
    """Whether it is `open(…)` or a `Path` of one literal, which are seen by themselves."""
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"open", "BytesIO"} or (
        name in {"Path", "str"} and all(isinstance(a, ast.Constant | ast.Name) for a in node.args)
    )


def _bound(name: str, code: ast.Module) -> list[ast.expr]:
    """What the code binds to a name by plain assignment."""
    return [
        node.value
        for node in ast.walk(code)
        if isinstance(node, ast.Assign | ast.NamedExpr | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == name
    ]
