"""Functions that a cell defines: restored by running their `def` again, since its source is in the key.

Only plain ones: no decorator, no computed default, no annotation that runs. Others have no codec.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import Any

_Def = ast.FunctionDef | ast.AsyncFunctionDef


def plain(tree: ast.Module, outputs: Mapping[str, Any], file: str) -> tuple[str, ...]:
    """Names among the outputs that are functions just as a plain top-level `def` made them."""
    found = {node.name: node for node in tree.body if isinstance(node, _Def) and _is_plain(node)}
    return tuple(
        name
        for name, value in outputs.items()
        if name in found and _is_made_by(found[name], value, file)
    )


def define(shell: Any, source: str, tree: ast.Module, names: list[str]) -> CodeType:
    """Code that defines these functions again, with the cell's own file and lines."""
    last = {node.name: node for node in tree.body if isinstance(node, _Def) and node.name in names}
    file = shell.compile.cache(source, shell.execution_count, raw_code=source)
    code: CodeType = shell.compile(ast.Module(list(last.values()), []), file, "exec")
    return code


def _is_plain(node: _Def) -> bool:
    arguments = node.args
    defaults = [*arguments.defaults, *(d for d in arguments.kw_defaults if d is not None)]
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [each for each in (arguments.vararg, arguments.kwarg) if each]
    annotated = node.returns or any(argument.annotation for argument in every)
    return not (node.decorator_list or annotated) and all(
        isinstance(default, ast.Constant) for default in defaults
    )


def _is_made_by(node: _Def, value: Any, file: str) -> bool:
    if type(value) is not FunctionType or value.__closure__ or value.__dict__:
        return False
    code = value.__code__
    defaults = value.__defaults__ or ()
    wanted = tuple(d.value for d in node.args.defaults if isinstance(d, ast.Constant))
    return (
        code.co_filename == file
        and code.co_firstlineno == node.lineno
        and value.__name__ == value.__qualname__ == node.name
        and value.__doc__ == ast.get_docstring(node, clean=False)
        and not value.__annotations__
        and (value.__kwdefaults__ or {}) == _keyword_defaults(node)
        and [type(d) for d in defaults] == [type(d) for d in wanted]
        and defaults == wanted
    )


def _keyword_defaults(node: _Def) -> dict[str, Any]:
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {arg.arg: d.value for arg, d in pairs if isinstance(d, ast.Constant)}
