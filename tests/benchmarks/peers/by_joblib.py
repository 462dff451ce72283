"""A cell as joblib.Memory would have it: a function of the data that it reads, returning what it binds."""

from __future__ import annotations

import ast
import builtins
import os
import sys
import textwrap
import types
import warnings

import joblib
from driver import COUNT, captured, values_of

_CODE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, type)
_STEP = "import workbench as wb\n"


class NotExpressible(Exception):
    """The cell is no function of its inputs."""


def run(phase: dict) -> dict:
    """Execute the phase's cells; those marked `body` through a memory in the folder `memory`."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    namespace = vars(main)
    memory = joblib.Memory("memory" if phase["cached"] else None, verbose=0)
    warnings.simplefilter("ignore")
    told = {"values": [], "text": [], "error": ""}
    own: set[str] = set()  # what cells other than the cached one bound: its inputs are among them
    for number, (kind, cell) in enumerate(phase["cells"]):
        if kind == "write":
            _write(cell)
        elif kind == "values":
            told["values"].append(values_of(cell, namespace))
            os.write(200, b"|")
        elif kind == "body":
            told["text"].append(captured(lambda cell=cell: _body(cell, namespace, own, memory)))
        else:
            namespace["memory"] = memory
            text = cell.replace(_STEP, "").replace("@wb.step\n", "@memory.cache\n")
            before = dict(namespace)
            _execute(text, namespace, f"cell{number}.py")
            own |= {name for name, value in namespace.items() if before.get(name) is not value}
    return told


def _execute(text: str, namespace: dict, name: str) -> None:
    """Run code from a file: joblib reads a function's source there."""
    path = os.path.abspath(os.path.join(".cells", name))
    os.makedirs(".cells", exist_ok=True)
    with open(path, "w", encoding="utf-8", errors="surrogatepass") as file:
        file.write(text)
    exec(compile(text, path, "exec"), namespace)


def _body(cell: str, namespace: dict, own: set[str], memory: joblib.Memory) -> None:
    try:
        tree = ast.parse(cell)
        bound = _bound(tree)
        names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        data = sorted(
            name
            for name in names
            if name in own
            and name in namespace
            and not hasattr(builtins, name)
            and not isinstance(namespace[name], _CODE)
        )
        text = (
            f"def trap_step({', '.join(data)}):\n    {COUNT}\n{textwrap.indent(cell, '    ')}\n"
            f"    return {{k: v for k, v in locals().items() if k in {sorted(bound)!r}}}\n"
        )
        compile(text, "trap", "exec")
    except SyntaxError as error:
        raise NotExpressible(str(error)) from None
    _execute(text, namespace, "trap_step.py")
    given = {name: namespace[name] for name in data}
    namespace.update(memory.cache(namespace["trap_step"])(**given))


def _bound(tree: ast.Module) -> set[str]:
    """Names that the code binds outside of functions and classes."""
    found: set[str] = set()
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(a.asname or a.name).partition(".")[0] for a in node.names}
        pending += ast.iter_child_nodes(node)
    return found


def _write(files: dict) -> None:
    for name, text in files.items():
        if text is None:
            if os.path.exists(name):
                os.remove(name)
            continue
        os.makedirs(os.path.dirname(os.path.abspath(name)), exist_ok=True)
        with open(name, "w") as file:
            file.write(text)
