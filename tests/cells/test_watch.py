"""Files in a real kernel: what a step reads, asks about and writes decides whether it is served."""

from __future__ import annotations

import shutil

import pytest


def status(kernel, body):
    cell = kernel.run(f"%%step s\n{body}\n")
    assert not cell.error, cell.traceback

    return cell.step["status"]


BODIES = {
    "open": "with open('out.csv', 'w') as f:\n    _n = f.write('x')",
    "pandas": "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('out.csv')",
    "parquet": "import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('out.csv')",
    "made up": "import pandas as pd\nfor n in ['ou', 'ov']:\n    pd.DataFrame({'a': [1]}).to_parquet(f'{n}t.csv')",
    "pathlib": "from pathlib import Path\n_n = Path('out.csv').write_text('x')",
}


@pytest.mark.parametrize("how", BODIES)
def test_a_step_that_writes_a_file_is_served_while_the_file_is_there(kernels, folder, how):
    kernel = kernels()
    assert status(kernel, BODIES[how]) == "completed"
    assert status(kernel, BODIES[how]) == "hit"
    (folder / "out.csv").unlink()
    assert status(kernel, BODIES[how]) == "completed"
    assert (folder / "out.csv").exists()
    assert status(kernel, BODIES[how]) == "hit"
    (folder / "out.csv").write_text("edited")
    assert status(kernel, BODIES[how]) == "completed"


def test_a_step_that_asks_whether_a_file_is_there_is_served_until_it_is(kernels, folder):
    kernel = kernels()
    body = "from pathlib import Path\nthere = Path('flag').exists()"
    assert status(kernel, body) == "completed"
    assert status(kernel, body) == "hit"
    (folder / "flag").write_text("")
    assert status(kernel, body) == "completed"
    assert kernel.value("there") == "True"


def test_a_native_reader_of_a_named_file_sees_its_change(kernels, folder):
    kernel = kernels()
    kernel.run("import pandas as pd\npd.DataFrame({'a': [1]}).to_parquet('in.parquet')")
    body = "frame = pd.read_parquet('in.parquet')"
    assert status(kernel, body) == "completed"
    assert status(kernel, body) == "hit"
    kernel.run("pd.DataFrame({'a': [2]}).to_parquet('in.parquet')")
    assert status(kernel, body) == "completed"
    assert kernel.value("frame.a.tolist()") == "[2]"


def test_a_question_about_times_or_the_machine_is_not_kept(kernels, folder):
    (folder / "a.csv").write_text("x")
    kernel = kernels()
    kernel.run("import os\nfrom pathlib import Path\nfrom os.path import getmtime")
    for body in (
        "t = os.path.getmtime('a.csv')",
        "t = Path('a.csv').stat()",
        "t = getmtime('a.csv')",
    ):
        assert status(kernel, body) == "completed"
        assert status(kernel, body) == "completed"


def test_a_formula_reads_the_names_in_it(kernels):
    kernel = kernels()
    kernel.run("import pandas as pd\ndf = pd.DataFrame({'a': [1, 2, 3]})\nlimit = 1")
    body = "big = df.query('a > @limit')"
    assert status(kernel, body) == "completed"
    assert status(kernel, body) == "hit"
    kernel.run("limit = 2")
    assert status(kernel, body) == "completed"
    assert kernel.value("len(big)") == "1"


def test_a_step_that_changes_the_process_is_not_served(kernels):
    kernel = kernels()
    kernel.run("import os, pandas as pd\ndf = pd.DataFrame({'a': range(9)})")
    for body in ("os.environ['WB_X'] = '1'", "os.chdir('.')", "x = df.sample(2)"):
        status(kernel, body)
        kernel.run("_ = os.environ.pop('WB_X', None)")
        expected = "hit" if body == "os.chdir('.')" else "completed"
        assert status(kernel, body) == expected, body
        kernel.run("_ = os.environ.pop('WB_X', None)")


def test_a_moved_project_is_still_served(kernels, folder, tmp_path_factory):
    (folder / "in.csv").write_text("x")
    body = "with open('in.csv') as f:\n    text = f.read()\nn = len('in.csv')"
    assert status(kernels(), body) == "completed"
    moved = tmp_path_factory.mktemp("moved") / "project"
    shutil.copytree(folder, moved)
    second = kernels(WORKBENCH_CACHE=str(moved / "cache"))
    second.run(f"import os; os.chdir({str(moved)!r})")
    assert status(second, body) == "hit"
    second.run(f"os.chdir({str(folder)!r})")
