"""Files that a cell reads, looks for, lists or writes, by Python or by a compiled reader.

A cache that trusts a path is hit by the file's old content: https://github.com/LoicGrobol/zeldarose/issues/111;
that files are no part of the key is documented elsewhere: https://github.com/marimo-team/marimo/pull/5917.
"""

from traps.case import Case

_CSV = "id,n\n1,10\n2,20\n"
_CSV2 = "id,n\n1,10\n2,99\n"


def _edit(name, body, edits, files=None, setup="", **more):
    return Case(
        name,
        "miss",
        files=files or {"doc.txt": "one"},
        setup=setup,
        body=body,
        edits=edits,
        outputs=("y",),
        **more,
    )


_PATH = "from pathlib import Path"
_TOUCH = """
import os
_stat = os.stat('doc.txt')
with open('doc.txt', 'w') as _f:
    _f.write('two')
os.utime('doc.txt', ns=(_stat.st_atime_ns, _stat.st_mtime_ns))
"""

CASES = [
    _edit("a file that was opened changes", "y = open('doc.txt').read()", {"doc.txt": "two"}, guards="read"),
    _edit("a file read through pathlib changes", "y = Path('doc.txt').read_text()", {"doc.txt": "two"}, setup=_PATH),
    _edit("a file named at run time changes", "y = open(f'{name}.txt').read()", {"doc.txt": "two"}, setup="name = 'doc'"),
    _edit("a file whose name the cell computes changes", "y = open('d' + 'oc.txt').read()", {"doc.txt": "two"}),
    _edit("a file read by a function of the notebook changes", "y = load()", {"doc.txt": "two"}, setup="def load():\n    return open('doc.txt').read()"),
    _edit(
        "a file read by a function of a module changes",
        "y = tools.load()",
        {"doc.txt": "two"},
        files={"doc.txt": "one", "tools.py": "def load():\n    with open('doc.txt') as f:\n        return f.read()\n"},
        setup="import tools",
    ),
    _edit("a file grows by a line", "y = open('doc.txt').read()", {"doc.txt": "one\nmore"}),
    _edit(
        "a file that was not there is created",
        "try:\n    y = open('late.txt').read()\nexcept FileNotFoundError:\n    y = 'nothing'",
        {"late.txt": "late"},
    ),
    _edit(
        "a file is deleted",
        "try:\n    y = open('doc.txt').read()\nexcept FileNotFoundError:\n    y = 'nothing'",
        {"doc.txt": None},
    ),
    _edit("a listed folder gains a file", "y = sorted(os.listdir('docs'))", {"docs/b.txt": "b"}, files={"docs/a.txt": "a"}, setup="import os"),
    _edit("a folder whose name the cell makes up gains a file", "y = sorted(os.listdir('do' + 'cs'))", {"docs/b.txt": "b"}, files={"docs/a.txt": "a"}, setup="import os"),
    _edit("a glob gains a file", "y = sorted(p.name for p in Path('docs').glob('*.txt'))", {"docs/b.txt": "b"}, files={"docs/a.txt": "a"}, setup=_PATH),
    _edit("a glob below gains a file in a deeper folder", "y = sorted(p.name for p in Path('docs').rglob('*.txt'))", {"docs/in/b.txt": "b"}, files={"docs/in/a.txt": "a"}, setup=_PATH),
    _edit("glob.glob gains a file", "y = sorted(glob.glob('docs/*.txt'))", {"docs/b.txt": "b"}, files={"docs/a.txt": "a"}, setup="import glob"),
    _edit("os.walk meets a new file", "y = sum(len(f) for _, _, f in os.walk('docs'))", {"docs/in/b.txt": "b"}, files={"docs/in/a.txt": "a"}, setup="import os"),
    _edit("os.path.exists answers otherwise", "y = os.path.exists('late.txt')", {"late.txt": ""}, setup="import os"),
    _edit("Path.exists answers otherwise", "y = Path('late.txt').exists()", {"late.txt": ""}, setup=_PATH),
    _edit("a function of the notebook asks whether a file exists", "y = there()", {"late.txt": ""}, setup="import os\ndef there():\n    return os.path.isfile('late.txt')"),
    _edit(
        "a function of a module asks whether a file exists",
        "y = tools.there()",
        {"late.txt": ""},
        files={"tools.py": "import os\ndef there():\n    return os.path.isfile('late.txt')\n"},
        setup="import tools",
    ),
    _edit("os.access answers otherwise", "y = os.access('late.txt', os.R_OK)", {"late.txt": ""}, setup="import os"),
    _edit("a file's size is asked", "y = os.stat('doc.txt').st_size", {"doc.txt": "longer"}, setup="import os"),
    Case(
        "a file keeps its size and time and changes its content",
        "miss",
        files={"doc.txt": "one"},
        body="y = open('doc.txt').read()",
        then=_TOUCH,
        outputs=("y",),
    ),
    Case(
        "a file is read on one branch only, and the other run takes it",
        "miss",
        files={"doc.txt": "one"},
        setup="flag = False",
        body="y = open('doc.txt').read() if flag else 'none'",
        then="flag = True",
        edits={"doc.txt": "two"},
        outputs=("y",),
    ),
    _edit("a file is found through another file's content", "y = open(open('doc.txt').read()).read()", {"b.txt": "B"}, files={"doc.txt": "b.txt", "b.txt": "b"}),
    _edit("a JSON file changes", "y = json.load(open('d.json'))", {"d.json": '{"a": 2}'}, files={"d.json": '{"a": 1}'}, setup="import json"),
    _edit("pandas reads a CSV file", "y = pd.read_csv('d.csv').n.tolist()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import pandas as pd", needs=("pandas",)),
    _edit("pandas reads a CSV file whose path is a value", "y = pd.read_csv(path).n.tolist()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import pandas as pd\npath = 'd.csv'", needs=("pandas",)),
    _edit("numpy reads a text file", "y = np.loadtxt('n.txt').tolist()", {"n.txt": "2"}, files={"n.txt": "1"}, setup="import numpy as np", needs=("numpy",)),
    _edit("pyarrow reads a CSV file by itself", "y = pc.read_csv('d.csv').to_pydict()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import pyarrow.csv as pc", needs=("pyarrow",), guards="file"),
    _edit("pyarrow reads a folder by itself", "y = ds.dataset('data', format='csv').to_table().num_rows", {"data/b.csv": _CSV}, files={"data/a.csv": _CSV}, setup="import pyarrow.dataset as ds", needs=("pyarrow",)),
    _edit("pyarrow reads a file in a folder by itself", "y = ds.dataset('data', format='csv').to_table().to_pydict()", {"data/a.csv": _CSV2}, files={"data/a.csv": _CSV}, setup="import pyarrow.dataset as ds", needs=("pyarrow",)),
    _edit("DuckDB reads a file named in SQL", "y = duckdb.connect().execute(\"select sum(n) from 'd.csv'\").fetchone()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import duckdb", needs=("duckdb",)),
    _edit("DuckDB reads a file whose path is a value", "y = duckdb.connect().execute('select sum(n) from read_csv(?)', [path]).fetchone()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import duckdb\npath = 'd.csv'", needs=("duckdb",)),
    _edit("DuckDB reads the files of a pattern", "y = duckdb.connect().execute(\"select sum(n) from 'data/*.csv'\").fetchone()", {"data/b.csv": _CSV}, files={"data/a.csv": _CSV}, setup="import duckdb", needs=("duckdb",)),
    _edit("DuckDB reads a file whose name the cell computes", "y = duckdb.connect().execute('select sum(n) from ' + repr(stem + '.csv')).fetchone()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import duckdb\nstem = 'd'", needs=("duckdb",)),
    _edit("DuckDB reads a file in a function of the notebook", "y = total()", {"d.csv": _CSV2}, files={"d.csv": _CSV}, setup="import duckdb\ndef total():\n    return duckdb.connect().execute(\"select sum(n) from 'd.csv'\").fetchone()", needs=("duckdb",)),
    Case(
        "a written file is missing afterwards",
        "miss",
        setup="text = 'a'",
        body="with open('out.txt', 'w') as f:\n    f.write(text)\ny = 1\ndel f",
        edits={"out.txt": None},
        side=True,
        outputs=("y", "open('out.txt').read()"),
        guards="written",
    ),
    Case(
        "a written file was changed afterwards",
        "miss",
        setup="from pathlib import Path",
        body="y = Path('out.txt').write_text('a')",
        edits={"out.txt": "b"},
        side=True,
        outputs=("y", "open('out.txt').read()"),
    ),
    Case(
        "a file is appended to at each run",
        "miss",
        files={"log.txt": ""},
        body="with open('log.txt', 'a') as f:\n    y = f.write('x')\ndel f",
        side=True,
        outputs=("y", "open('log.txt').read()"),
    ),
    Case(
        "a file is renamed at each run",
        "miss",
        files={"a.txt": "a"},
        setup="import os",
        body="y = os.rename('a.txt', 'b.txt')",
        edits={"a.txt": "new", "b.txt": None},
        side=True,
        outputs=("y", "open('b.txt').read()"),
    ),
    Case(
        "a folder is made at each run",
        "miss",
        setup="import os, shutil",
        body="y = os.makedirs('made', exist_ok=True)",
        then="shutil.rmtree('made')",
        side=True,
        outputs=("y", "os.path.isdir('made')"),
    ),
    Case(
        "a file is written by a compiled writer",
        "miss",
        setup="import pyarrow as pa, pyarrow.parquet as pq\nt = pa.table({'a': [1]})",
        body="pq.write_table(t, 'out.parquet')\ny = 1",
        edits={"out.parquet": None},
        side=True,
        outputs=("y", "pq.read_table('out.parquet').num_rows"),
        needs=("pyarrow",),
    ),
    Case(
        "a relative path means another file in another working directory",
        "miss",
        files={"a/doc.txt": "a", "b/doc.txt": "b"},
        setup="import os\nos.chdir('a')",
        body="y = open('doc.txt').read()",
        then="os.chdir('../b')",
        outputs=("y",),
        guards="directory",
    ),
    Case(
        "a file whose name the cell makes up is another one in another working directory",
        "miss",
        files={"a/doc.txt": "a", "b/doc.txt": "b"},
        setup="import os\nos.chdir('a')",
        body="y = open('d' + 'oc.txt').read()",
        then="os.chdir('../b')",
        outputs=("y",),
    ),
    _edit("it is asked whether a file exists whose name the cell makes up", "y = os.path.exists('late' + '.txt')", {"late.txt": ""}, setup="import os"),
    Case(
        "a symbolic link points to another file",
        "miss",
        files={"one.txt": "one", "two.txt": "two"},
        setup="import os\nos.symlink('one.txt', 'link.txt')",
        body="y = open('link.txt').read()",
        then="os.remove('link.txt')\nos.symlink('two.txt', 'link.txt')",
        outputs=("y",),
    ),
    Case(
        "a file is read before it is overwritten by the same cell",
        "miss",
        files={"n.txt": "1"},
        body="y = int(open('n.txt').read()) + 1\nwith open('n.txt', 'w') as f:\n    f.write(str(y))\ndel f",
        outputs=("y", "open('n.txt').read()"),
    ),
    Case(
        "a file that was read and did not change",
        "hit",
        files={"doc.txt": "one"},
        body="y = open('doc.txt').read()",
        restart=True,
        outputs=("y",),
    ),
    Case(
        "a file nobody read changes",
        "hit",
        files={"doc.txt": "one", "other.txt": "1"},
        body="y = open('doc.txt').read()",
        edits={"other.txt": "2"},
        outputs=("y",),
    ),
    Case(
        "a file changes and changes back",
        "hit",
        files={"doc.txt": "one"},
        body="y = open('doc.txt').read()",
        then="open('doc.txt', 'w').write('two')\nopen('doc.txt', 'w').write('one')\nNone",
        outputs=("y",),
    ),
]  # fmt: skip
