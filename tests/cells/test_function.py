"""`@wb.step` in real kernels and plain processes: served, nested, awaited, told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLASSIFY = """
import workbench as wb
@wb.step
def classify(text, model="m"):
    answer = client.chat.completions.create(model=model, messages=[{"role": "user", "content": text}])
    return {"label": answer.choices[0].message.content}
"""


def steps(kernel):
    kernel.run("import workbench as wb")
    return kernel.value(
        "[(s.name, s.status) for s in"
        " wb.sql('select name, status from steps order by started_at').df().itertuples()]"
    )


def test_equal_calls_are_served_whatever_way_the_arguments_are_given(kernel, provider):
    kernel.run(CLASSIFY)
    for call in ("classify('a')", "classify(text='a')", "classify('a', 'm')", "classify('a')"):
        assert kernel.run(call).results[-1] == "{'label': 'answer to a'}"
    assert len(provider.requests) == 1
    assert steps(kernel).count("'hit'") == 3


def test_a_cell_says_in_one_line_what_its_function_steps_did(kernel, provider):
    kernel.run(CLASSIFY)
    first = kernel.run("labels = [classify(text) for text in 'abc']")
    assert first.banner.startswith("▸ classify × 3 · ran: 3 of 3, ")
    assert "3 calls live" in first.banner
    kernel.run("classify.__wrapped__  # no call")
    again = kernel.run("labels = [classify(text) for text in 'abcd']")
    assert "1 of 4" in again.banner
    assert len(provider.requests) == 4
    assert kernel.run("labels = [classify(text) for text in 'abcd']").banner.startswith(
        "▸ classify × 4 · hit"
    )


def test_a_step_inside_a_step_is_served_to_it_and_counted_in_its_banner(kernel, provider):
    kernel.run(CLASSIFY)
    cell = "%%step all\nlabels = [classify(text)['label'] for text in texts]\n"
    kernel.run("texts = ['a', 'b']")
    first = kernel.run(cell)
    assert (first.step["live_calls"], first.step["status"]) == (2, "completed")
    kernel.run("texts = ['a', 'b', 'c']")
    second = kernel.run(cell)
    assert (second.step["live_calls"], len(provider.requests)) == (1, 3)
    third = kernel.run(cell)
    assert (third.step["status"], third.step["hit_calls"]) == ("hit", 3)
    spent = (
        "wb.sql(\"select sum(live_calls) from steps where status = 'completed'\").fetchall()[0][0]"
    )
    assert kernel.value(spent) == "3"  # no call is counted by the step and by the cell


def test_an_awaited_step_side_by_side_with_others(kernel, provider):
    kernel.run(
        "import workbench as wb, asyncio, inspect\naclient = AsyncOpenAI(max_retries=0)\n"
        "@wb.step\nasync def ask(n):\n    print('asked', n)\n"
        "    r = await aclient.chat.completions.create(model='m', messages=[{'role': 'user', 'content': str(n)}])\n"
        "    return r.choices[0].message.content\n"
    )
    assert kernel.value("asyncio.iscoroutinefunction(ask)") == "True"
    both = "texts = await asyncio.gather(*(ask(n) for n in range(3)))"
    first, second = kernel.run(both), kernel.run(both)
    assert not first.error, first.traceback
    assert kernel.value("texts") == "['answer to 0', 'answer to 1', 'answer to 2']"
    assert len(provider.requests) == 3
    assert sorted(first.text.splitlines()) == sorted(second.text.splitlines())
    assert "× 3 · hit" in second.banner


def test_a_method_counts_its_object_and_may_be_served(kernels):
    kernel = kernels()
    kernel.run(
        "import workbench as wb\nruns = []\nclass Box:\n    def __init__(self, n):\n        self.n = n\n"
        "    @wb.step(ignore=['log'])\n    def add(self, a, log=None):\n        log.append(a)\n        return self.n + a\n"
        "box = Box(1)"
    )
    for n, call in enumerate(["box.add(1, runs)", "box.add(1, runs)", "Box(2).add(1, runs)"]):
        assert kernel.value(call) == ["2", "2", "3"][n]
    assert kernel.value("len(runs)") == "2"


def test_what_would_not_come_back_equal_runs_every_time_and_says_why(kernels):
    kernel = kernels()
    kernel.run("import workbench as wb")
    for body, reason in (
        ("return (n for n in [1])", "return is generator"),
        ("items.append(1)\n    return 1", "it changed its argument items in place"),
        (
            "import os\n    os.environ['X'] = str(len(items))\n    return 1",
            "os.environ",
        ),
    ):
        kernel.run(f"@wb.step\ndef f(items):\n    {body}\n")
        for _ in range(2):
            cell = kernel.run("kept = f([])")
            assert reason in cell.step["why"], cell.step["why"]
        kernel.run("import os; os.environ.pop('X', None)")


def test_a_value_that_shares_a_part_with_an_argument_shares_it_again(kernels):
    kernel = kernels()
    kernel.run("import workbench as wb\n@wb.step\ndef pick(docs):\n    return {'first': docs[0]}")
    kernel.run("docs = [{'n': 1}, {'n': 2}]\npick(docs)")
    assert kernel.value("pick(docs)['first'] is docs[0]") == "True"


def test_a_changed_function_is_named_with_its_chain(kernels):
    kernel = kernels()
    setup = "import workbench as wb\nLIMIT = 3\ndef inner(x):\n    return x * LIMIT\ndef helper(x):\n    return inner(x)\n"
    kernel.run(setup + "@wb.step\ndef f(x):\n    return helper(x)\nf(1)")
    kernel.run("def inner(x):\n    return x * LIMIT + 1")
    assert kernel.value("f(1)") == "4"
    shown = kernel.run("%wb why f").results[0]
    assert "function inner (f → helper → inner) changed" in shown
    assert "+    return x * LIMIT + 1" in shown


def test_it_works_in_a_module_without_a_kernel(tmp_path):
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "flow.py").write_text(
        "import workbench as wb\n\n\n@wb.step('double', ttl='1d')\ndef double(n):\n"
        "    print('ran')\n    return {'n': n * 2}\n"
    )
    code = "import flow; print(flow.double(2), flow.double(n=2))"
    for shown in ("ran\nran\n{'n': 4} {'n': 4}\n", "ran\nran\n{'n': 4} {'n': 4}\n"):
        out = subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
            check=False,
        )
        assert out.stdout == shown, out.stderr
    from workbench.store.folder import open_store

    store = open_store(tmp_path / "cache")
    rows = store.journal.read(
        "select json_extract(body, '$.status') from events where kind = 'step.finished' order by id"
    )
    store.close()
    assert [status for (status,) in rows] == ["completed", "hit", "hit", "hit"]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ("@wb.step\ndef f():\n    yield 1", "generator"),
        ("wb.step(3)(len)", "for functions"),
        ("@wb.step(ignore=['nope'])\ndef f(a): ...", "no such parameter"),
        ("@wb.step(ttl='soon')\ndef f(a): ...", "no duration"),
        ("@wb.step(refresh='all')\ndef f(a): ...", "refresh='all'"),
        ("@wb.step(effects='maybe')\ndef f(a): ...", "effects='maybe'"),
        ("@wb.step('1 bad')\ndef f(a): ...", "cannot be called"),
        ("@wb.step\nclass A: ...", "for functions"),
    ],
)
def test_a_bad_decoration_is_one_clear_line_with_its_remedy(kernels, made, says):
    kernel = kernels()
    kernel.run("import workbench as wb")
    cell = kernel.run(made)
    assert says in cell.traceback, cell.traceback
    assert "→" in cell.traceback
    assert len(cell.traceback.splitlines()) == 1


def test_wrong_arguments_are_the_functions_own_error(kernels):
    kernel = kernels()
    kernel.run("import workbench as wb\n@wb.step\ndef f(a):\n    return a")
    assert kernel.run("f()").error == "TypeError: missing a required argument: 'a'"
