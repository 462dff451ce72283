"""What a cell declares: restored by running the declaration again, since its source is in the key.

Functions, only plain ones: no decorator, no computed default, no annotation that runs; others have
no codec. And the annotations of names (`x: int = 1`), which Python keeps in `__annotations__`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

from workbench.cells.code import cell_number

ANNOTATIONS = "__annotations__"
_Def = ast.FunctionDef | ast.AsyncFunctionDef


def plain(tree: ast.Module, outputs: Mapping[str, Any], file: str) -> tuple[str, ...]:
    """Names among the outputs that are functions just as a plain top-level `def` made them.

    And `__annotations__` where names are annotated.
    """
    found = {node.name: node for node in tree.body if isinstance(node, _Def) and _is_plain(node)}
    functions = tuple(
        name
        for name, value in outputs.items()
        if name in found and _is_made_by(found[name], value, file)
    )
    return (*functions, ANNOTATIONS) if any(_annotations(tree)) else functions


def _annotations(tree: ast.Module) -> Iterator[ast.AnnAssign]:
    """The annotations of names at the cell's top level, without the values."""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and node.simple:
            bare = ast.AnnAssign(node.target, node.annotation, None, simple=1)
            yield ast.copy_location(bare, node)


def define(shell: Any, source: str, tree: ast.Module, names: list[str]) -> CodeType:
    """Code that defines these functions again, with the cell's own file and lines."""
    last = {node.name: node for node in tree.body if isinstance(node, _Def) and node.name in names}
    body: list[ast.stmt] = [*last.values(), *(_annotations(tree) if ANNOTATIONS in names else ())]
    file = shell.compile.cache(source, cell_number(shell), raw_code=source)
    code: CodeType = shell.compile(ast.Module(body, []), file, "exec")
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
