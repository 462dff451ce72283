"""`%wb why` in real kernels: for each kind of change the sentence that names just its cause."""

from __future__ import annotations

import pytest

FRAME = "import pandas as pd\ndf = pd.DataFrame({'id': range(1000), 'label': ['a'] * 1000})\n"
CHAIN = "LIMIT = 3\ndef inner(x):\n    return x * LIMIT\ndef helper(x):\n    return inner(x)\n"
PROMPT = "PROMPT = '''You extract invoices.\\nAnswer in JSON.\\nBe brief.'''\n"

KINDS = {
    "a line of the cell": ("", "y = 1\nz = 2", "%%step s\ny = 1\nz = 3", "code changed: 1 line added, 1 removed", ["-z = 2", "+z = 3"]),
    "a number": ("n = 3", "y = n", "n = 5", "input n changed: 3 → 5", []),
    "a prompt's text": (PROMPT, "y = len(PROMPT)", PROMPT.replace("JSON", "YAML"), "input PROMPT changed: 1 line added, 1 removed", ["-Answer in JSON.", "+Answer in YAML."]),
    "a key of a dict": ("config = {'model': 'm', 'limit': 3}", "y = config['limit']", "config['limit'] = 4", 'input config["limit"] changed: 3 → 4', []),
    "an item of a list": ("docs = ['a', 'b', 'c']", "y = docs[:]", "docs = ['a', 'x', 'c']", "input docs[1] changed", []),
    "cells of a column": (FRAME, "y = df.label.nunique()", "df.loc[[3, 7], 'label'] = 'b'", 'input df: column "label" changed, 2 of 1,000 rows', []),
    "a renamed column": (FRAME, "y = list(df)", "df = df.rename(columns={'label': 'kind'})", "input df: column", []),
    "a function through its callers": (CHAIN, "y = helper(2)", CHAIN.replace("x * LIMIT", "x + LIMIT"), "function inner (helper → inner) changed: 1 line added, 1 removed", ["-    return x * LIMIT", "+    return x + LIMIT"]),
    "a global that a function reads": (CHAIN, "y = helper(2)", "LIMIT = 4", "LIMIT (helper → inner → LIMIT) changed: 3 → 4", []),
    "a docstring": ("def f():\n    '''Extract.'''\n", "y = f.__doc__", "def f():\n    '''Extract all.'''\n", "function f changed: 1 line added, 1 removed", ["-    '''Extract.'''", "+    '''Extract all.'''"]),
    "a method": ("class P:\n    def go(self):\n        return 1\np = P()", "y = p.go()", "class P:\n    def go(self):\n        return 2\np = P()", "changed: 1 line added, 1 removed", ["-    return 1", "+    return 2"]),
    "a file of one's own modules": ("import tools", "y = tools.f()", "file tools.py def f():\n    return 2\n", "module tools.py changed", []),
    "a file of data": ("", "y = open('data.csv').read()", "file data.csv 2\n", "file data.csv changed", []),
    "a new file in a folder": ("import os", "y = sorted(os.listdir('docs'))", "file docs/b.txt b", "docs", []),
    "the order of set-up": ("a = [1]\nb = a", "y = a is b", "b = [1]", "which inputs share objects changed", []),
    "a setting": ("import decimal", "y = decimal.Decimal(1) / 3", "decimal.getcontext().prec = 5", "setting of decimals is ['prec=5']", []),
    "a name that is read no more": ("n = 1\nm = 2", "y = n + m", "%%step s\ny = n", "input m is not read any more", []),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_the_cause_is_named(kernels, folder, kind):
    setup, body, change, sentence, lines = KINDS[kind]
    (folder / "tools.py").write_text("def f():\n    return 1\n")
    (folder / "data.csv").write_text("1\n")
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text("a")
    kernel = kernels()
    kernel.run(setup)
    cell = f"%%step s\n{body}\n"
    assert kernel.run(cell).step["why"] == "first run"
    assert kernel.run(cell).step["status"] == "hit"
    if change.startswith("file "):
        _, name, text = change.split(" ", 2)
        (folder / name).write_text(text)
        kernel.run("import importlib, sys\nif 'tools' in sys.modules: importlib.reload(tools)")
    elif change.startswith("%%step"):
        cell = change
    else:
        kernel.run(change)
    foreseen = "" if change.startswith("%%step") else kernel.run("%wb why s").results[0]
    missed = kernel.run(cell)
    assert missed.step["status"] == "completed"
    assert sentence in missed.step["why"], missed.step["why"]
    told = kernel.run("%wb why s").results[0]
    assert sentence in told, told
    for line in lines:
        assert line in told, told
    assert not foreseen or sentence in foreseen, foreseen
    kernel.run("import decimal; decimal.setcontext(decimal.Context())")
