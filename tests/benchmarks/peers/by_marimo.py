"""A cell as marimo has it: an app run as a script, the cell's body in a `mo.persistent_cache` block."""

from __future__ import annotations

import os
import runpy
import textwrap

import marimo
from driver import COUNT
from marimo._ast.cell import CellConfig
from marimo._ast.codegen import generate_filecontents

_STEP = "import workbench as wb\n"
_BLOCK = "with mo.persistent_cache('trap', save_path='memory'):"
_TELL = """
__import__('os').write(200, b'|')
def _told():
    try:
        return '\\n'.join([{reprs}])
    except Exception as error:
        return f'{{type(error).__name__}}: {{error}}'
with open('.told', 'w', errors='surrogatepass') as _file:
    _file.write(_told())
"""


def run(phase: dict) -> dict:
    """One run of the app: imports, the setup's cells, the cached cell, the values asked for."""
    plain = [cell for kind, cell in phase["cells"] if kind == "plain"]
    body = next(cell for kind, cell in phase["cells"] if kind == "body")
    asked = next(cell for kind, cell in phase["cells"] if kind == "values")
    marker = "@mo.persistent_cache\n" if phase["cached"] else ""
    setup = "\n".join(plain).replace(_STEP, "").replace("@wb.step\n", marker)
    if phase["plainly"]:
        cell = body
    elif phase["cached"]:
        cell = f"{_BLOCK}\n    {COUNT}\n{textwrap.indent(body, '    ')}"
    else:
        cell = f"{COUNT}\n{body}"
    tell = _TELL.format(reprs=", ".join(f"repr({each})" for each in asked))
    if not asked:
        tell = f"_after = [{', '.join(_first_bound(body))}]\n" + tell
    cells = ["import marimo as mo", *([setup] if setup.strip() else []), cell, tell]
    names, configs = ["_"] * len(cells), [CellConfig() for _ in cells]
    with open("app.py", "w", errors="surrogatepass") as file:
        file.write(generate_filecontents(cells, names, configs))
    told = {"values": [], "text": [], "error": ""}
    before = os.getcwd()
    runpy.run_path("app.py", run_name="__main__")
    with open(os.path.join(before, ".told"), errors="surrogatepass") as file:
        told["values"].append(file.read())
    return told


def _first_bound(body: str) -> list[str]:
    import ast

    tree = ast.parse(body)
    return [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ][:1]


assert marimo.__version__
