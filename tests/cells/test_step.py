"""`%%step` in a real kernel: served, run, restored, explained."""

from __future__ import annotations

import pytest

ASK = """
answer = client.chat.completions.create(model="gpt-4o-mini", messages=[{{"role": "user", "content": {prompt!r}}}])
text = answer.choices[0].message.content
"""


def ask(name="extract", prompt="a", more=""):
    return f"%%step {name}\n{ASK.format(prompt=prompt)}{more}"


def test_a_step_is_restored_after_a_restart_with_the_provider_gone(kernels, kernel, provider):
    first = kernel.run(ask(more="print('shown', text)\ntext.upper()"))
    assert first.step["status"] == "completed", first.traceback
    assert "1 call live" in first.banner
    kernel.stop()
    provider.stop()
    again = kernels(OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="sk-test")
    again.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    second = again.run(ask(more="print('shown', text)\ntext.upper()"))
    assert second.step["status"] == "hit", second.banner
    assert second.text == first.text == "shown answer to a\n"
    assert second.results == first.results == ["'ANSWER TO A'"]
    assert again.value("text, type(answer).__name__") == "('answer to a', 'ChatCompletion')"
    assert len(provider.requests) == 1


def test_shift_enter_twice_equals_once(kernel, provider):
    cell = "%%step loop\nout = []\nfor n in range(3):\n    item = n * 2\n    out.append(item)\n"
    assert kernel.run(cell).step["status"] == "completed"
    assert kernel.run(cell).step["status"] == "hit"
    assert kernel.value("out, n, item") == "([0, 2, 4], 2, 4)"


def test_two_hits_save_the_same_bytes(kernel):
    cell = "%%step one\nx = 1\nprint(x)\n"
    kernel.run(cell)
    assert kernel.run(cell).outputs == kernel.run(cell).outputs


def test_a_mended_parser_replays_for_nothing(kernel, provider):
    broken = kernel.run(ask(more="value = int(text)"))
    assert broken.error.startswith("ValueError")
    assert broken.step["status"] == "failed"
    mended = kernel.run(ask(more="value = len(text)"))
    assert mended.step["status"] == "completed"
    assert (mended.step["live_calls"], mended.step["hit_calls"]) == (0, 1)
    assert kernel.value("value") == str(len("answer to a"))
    assert len(provider.requests) == 1


def test_a_changed_input_runs_again_and_says_which(kernel, provider):
    kernel.run("prompt = 'a'")
    cell = "%%step extract\n" + ASK.format(prompt="?").replace("'?'", "prompt")
    kernel.run(cell)
    assert kernel.run(cell).step["status"] == "hit"
    kernel.run("prompt = 'b'")
    changed = kernel.run(cell)
    assert changed.step["why"] == 'input prompt changed: "a" → "b"'
    kernel.run("prompt = 'a'")
    assert kernel.run(cell).step["status"] == "hit"
    assert len(provider.requests) == 2


def test_a_comment_and_layout_do_not_count_but_code_does(kernel):
    kernel.run("%%step s\nx = 1  # one\n")
    assert kernel.run("%%step s\n# two\nx  =  1\n").step["status"] == "hit"
    assert kernel.run("%%step s\nx = 2\n").step["why"] == "code changed: 1 line added, 1 removed"


def test_a_changed_helper_is_a_miss(kernel):
    kernel.run("def inner(x):\n    return x + 1\ndef helper(x):\n    return inner(x)")
    assert kernel.run("%%step s\ny = helper(1)").step["status"] == "completed"
    assert kernel.run("%%step s\ny = helper(1)").step["status"] == "hit"
    kernel.run("def inner(x):\n    return x + 2")
    assert kernel.run("%%step s\ny = helper(1)").step["status"] == "completed"
    assert kernel.value("y") == "3"


def test_a_changed_module_is_a_miss(kernel, folder):
    (folder / "tools.py").write_text("def f(x):\n    return x + 1\n")
    kernel.run("import tools")
    kernel.run("%%step s\ny = tools.f(1)")
    assert kernel.run("%%step s\ny = tools.f(1)").step["status"] == "hit"
    (folder / "tools.py").write_text("def f(x):\n    return x + 10\n")
    stale = kernel.run("%%step s\ny = tools.f(1)")
    assert stale.step["status"] == "hit"  # of the code that is loaded, not of the new file
    assert "module tools is older than its file" in stale.banner
    assert kernel.value("y") == "2"
    kernel.run("import importlib; _ = importlib.reload(tools)")
    assert kernel.run("%%step s\ny = tools.f(1)").step["status"] == "completed"
    assert kernel.value("y") == "11"


def test_a_changed_file_is_a_miss_and_the_old_content_a_hit_again(kernel, folder):
    path = folder / "doc.txt"
    path.write_text("one")
    cell = "%%step s\ntext = open('doc.txt').read()\n"
    assert kernel.run(cell).step["status"] == "completed"
    assert kernel.run(cell).step["status"] == "hit"
    path.write_text("two")
    assert kernel.run(cell).step["status"] == "completed"
    assert kernel.value("text") == "two"
    path.write_text("one")
    assert kernel.run(cell).step["status"] == "hit"
    assert kernel.value("text") == "one"


def test_a_new_file_in_a_folder_that_was_listed_is_a_miss(kernel, folder):
    (folder / "docs").mkdir()
    (folder / "docs" / "a.txt").write_text("a")
    kernel.run("from pathlib import Path")
    cell = "%%step s\ntexts = [p.read_text() for p in sorted(Path('docs').glob('*.txt'))]\n"
    kernel.run(cell)
    assert kernel.run(cell).step["status"] == "hit"
    (folder / "docs" / "b.txt").write_text("b")
    assert kernel.run(cell).step["status"] == "completed"
    assert kernel.value("texts") == "['a', 'b']"


@pytest.mark.parametrize(
    ("setup", "body", "reason"),
    [
        ("g = (n for n in [1])", "x = list(g)", "g is generator"),
        (
            "import threading; lock = threading.Lock()",
            "with lock:\n    x = 1",
            "lock is _thread.lock",
        ),
        ("", "x = (n for n in [1])", "x is generator"),
        ("items = [1]\nalso = items", "items.append(2)", "items shares a part with also"),
        (
            "items = [1]\ndef get():\n    return items",
            "again = get()",
            "again shares a part with items",
        ),
        ("items = [[1]]\nclass Box: pass", "box = Box(); box.x = items[0]", "an ordinary object"),
        ("import subprocess", "x = subprocess.run(['true']).returncode", "started a process"),
        (
            "import sqlite3",
            "x = sqlite3.connect(':memory:').execute('select 1').fetchone()",
            "database",
        ),
        ("", "x = !echo hi", "magic"),
    ],
)
def test_what_could_not_be_restored_exactly_runs_every_time_and_says_why(
    kernels, setup, body, reason
):
    kernel = kernels()
    kernel.run(setup)
    for _ in range(2):
        cell = kernel.run(f"%%step s\n{body}\n")
        assert not cell.error, cell.traceback
        assert cell.step["status"] == "completed"
        assert reason in cell.step["why"], cell.step["why"]


def test_a_volatile_step_is_served_in_its_own_run_only(kernels):
    cell = "%%step s\nimport time\nat = time.time()\n"
    first = kernels()
    first.run(cell)
    value = first.value("at")
    assert first.run(cell).step["status"] == "hit"
    assert first.value("at") == value
    second = kernels()
    again = second.run(cell)
    assert again.step["status"] == "completed"
    assert "clock" in again.step["why"]
    assert second.value("at") != value


def test_names_are_bound_deleted_and_functions_defined_again(kernels):
    cell = "%%step s\ndef double(x, by=2):\n    return x * by\nimport json as j\ny = double(3)\ndel gone\n"
    first = kernels()
    first.run("gone = 1")
    assert first.run(cell).step["status"] == "completed"
    second = kernels()
    second.run("gone = 1")
    assert second.run(cell).step["status"] == "hit"
    assert second.value("double(4), j.dumps(y), 'gone' in globals()") == "(8, '6', False)"


def test_frames_arrays_and_figures_come_back(kernels):
    cell = (
        "%%step s\nimport pandas as pd, numpy as np\n"
        "frame = pd.DataFrame({'a': [1, 2], 'b': ['x', None]})\narray = np.arange(6).reshape(2, 3)\nframe\n"
    )
    first = kernels()
    shown = first.run(cell)
    second = kernels()
    again = second.run(cell)
    assert again.step["status"] == "hit", again.banner
    assert again.outputs[-1]["data"] == shown.outputs[-1]["data"]
    assert second.value("frame.b.isna().tolist(), array.shape") == "([False, True], (2, 3))"


def test_top_level_await_and_async_streams(kernel, provider):
    cell = (
        "%%step s\naclient = AsyncOpenAI(max_retries=0)\nimport asyncio\n"
        "async def one(n):\n"
        "    r = await aclient.chat.completions.create(model='m', messages=[{'role': 'user', 'content': str(n)}])\n"
        "    return r.choices[0].message.content\n"
        "texts = await asyncio.gather(*(one(n) for n in range(3)))\n"
        "stream = await aclient.chat.completions.create(model='m', stream=True, messages=[{'role': 'user', 'content': 's'}])\n"
        "words = [c.choices[0].delta.content async for c in stream]\n"
        "len(words)\n"
    )
    first = kernel.run(cell)
    assert not first.error, first.traceback
    assert first.results == ["4"]
    assert first.step["live_calls"] == 4
    again = kernel.run(cell)
    assert (again.step["live_calls"], again.step["hit_calls"]) == (0, 4)
    assert kernel.value("texts") == "['answer to 0', 'answer to 1', 'answer to 2']"
    assert len(provider.requests) == 4


def test_the_comment_form_is_the_same_step(kernel):
    assert kernel.run("%%step s\nx = 1\n").step["status"] == "completed"
    assert kernel.run("#| step: s\nx = 1\n").step["status"] == "hit"


def test_an_error_shows_the_users_own_lines_only(kernel):
    cell = kernel.run("%%step s\nx = 1\n\ny = 1 / 0\n")
    assert cell.error == "ZeroDivisionError: division by zero"
    assert "4 y = 1 / 0" in cell.traceback
    assert "workbench/" not in cell.traceback
    assert "run_cell_magic" not in cell.traceback


def test_an_unreachable_provider_is_one_clear_line(kernel, provider):
    provider.stop()
    cell = kernel.run(ask())
    assert cell.error.startswith("APIConnectionError")
    assert "refused" in cell.banner
    assert "OPENAI_BASE_URL" in cell.traceback
    assert len(cell.traceback.splitlines()) < 25, cell.traceback


def test_a_missing_key_says_what_to_set(kernels):
    kernel = kernels()
    kernel.run("from openai import OpenAI")
    cell = kernel.run("%%step s\nclient = OpenAI()\n")
    assert "OPENAI_API_KEY" in cell.error
    assert len(cell.traceback.splitlines()) < 25, cell.traceback


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("%%step\nx = 1", "needs a name"),
        ("%%step 1x\nx = 1", "needs a name"),
        ("%%step s --nope\nx = 1", "no option '--nope'"),
        ("%%step s --effects=maybe\nx = 1", "--effects=maybe"),
        ("%wb nonsense", "no verb 'nonsense'"),
        ("%wb show nonsense", "no run, step, call or effect is called 'nonsense'"),
        ("%wb show", "%wb show NAME"),
        ("%wb sql drop table calls", "only one SELECT"),
        ("%wb sql select nope from calls", "SQL:"),
        ("%wb runs x", "no number of rows"),
        ("%wb send s", "no effect of a step 's' is held"),
    ],
)
def test_bad_input_is_one_clear_line_with_its_remedy(kernel, cell, says):
    result = kernel.run(cell)
    assert says in result.traceback, result.traceback or result.error
    assert "→" in result.traceback
    assert len(result.traceback.splitlines()) == 1


def test_two_cells_may_not_have_one_name(kernel):
    kernel.run("%%step s\nx = 1", cell_id="first")
    assert not kernel.run("%%step s\nx = 2", cell_id="first").error
    assert (
        "first in the one that ran as ["
        in kernel.run("%%step s\nx = 1", cell_id="second").traceback
    )


def test_an_interrupt_is_not_cached_and_what_was_answered_is_kept(kernel, provider):
    import time

    cell = ask(more="import time\ntime.sleep(30)")
    message = kernel.send(cell)
    deadline = time.monotonic() + 10
    while not provider.requests and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    began = time.monotonic()
    kernel.manager.interrupt_kernel()
    interrupted = kernel.collect(message)
    assert time.monotonic() - began < 1.5
    assert interrupted.error.startswith("KeyboardInterrupt")
    again = kernel.run(ask(more="done = True"))
    assert again.step["hit_calls"] == 1
    assert len(provider.requests) == 1


def test_the_verbs_show_what_happened(kernel):
    kernel.run(ask())
    kernel.run(ask(more="# again\nz = 1"))
    assert "extract" in kernel.run("%wb steps").results[0]
    assert "answer to a" in kernel.run("%wb calls").results[0]
    assert "answer to a" in kernel.run("%wb show extract").results[0]
    assert "running" in kernel.run("%wb runs").results[0]
    frame = kernel.run(
        "%wb sql select status, total_tokens from calls order by started_at"
    ).results[0]
    assert "completed" in frame and "hit" in frame
    assert "%wb sql" in kernel.run("%wb help").text
    assert "One SELECT" in kernel.run("%wb help sql").text


def test_wb_sql_answers_a_second_process_while_the_first_still_writes(kernels, kernel, folder):
    message = kernel.send(
        "%%step many\nfor n in range(40):\n"
        "    client.chat.completions.create(model='m', messages=[{'role': 'user', 'content': str(n)}])\n"
    )
    other = kernels()
    other.run("import workbench as wb")
    query = (
        "select model, count(*), sum(total_tokens), sum(cost_microusd) from calls group by model"
    )
    seen = [int(other.value(f"wb.sql({query!r}).df().iloc[:, 1].sum()")) for _ in range(3)]
    kernel.collect(message)
    assert seen == sorted(seen)
    assert int(other.value(f"wb.sql({query!r}).df().iloc[:, 1].sum()")) == 40


def test_what_an_outcome_shares_with_its_inputs_is_shared_again(kernels):
    cell = (
        "%%step s\nchosen = [doc for doc in docs if doc['n'] > 1]\n"
        "for doc in docs:\n    last = {'doc': doc, 'pair': (doc, doc['tags'])}\n"
    )
    setup = "docs = [{'n': n, 'tags': [n]} for n in range(4)]"
    first = kernels()
    first.run(setup)
    assert first.run(cell).step["why"] == "first run"
    second = kernels()
    second.run(setup)
    assert second.run(cell).step["status"] == "hit"
    assert (
        second.value(
            "chosen[1] is docs[3], doc is docs[3], last['doc'] is doc, last['pair'][1] is docs[3]['tags'], len(chosen)"
        )
        == "(True, True, True, True, 2)"
    )
    again = second.run(cell)
    assert again.step["status"] == "hit"


def test_a_file_that_with_closed_is_no_hindrance(kernels, folder):
    (folder / "doc.json").write_text('{"a": 1}')
    cell = "%%step s\nimport json\nwith open('doc.json') as f:\n    data = json.load(f)\nwith open('doc.json', 'rb') as g:\n    raw = g.read()\n"
    first = kernels()
    assert first.run(cell).step["why"] == "first run"
    second = kernels()
    assert second.run(cell).step["status"] == "hit"
    assert second.value("data, raw, f.closed, f.name, f.mode, g.name, type(g).__name__") == (
        "({'a': 1}, b'{\"a\": 1}', True, 'doc.json', 'r', 'doc.json', 'BufferedReader')"
    )


def test_another_working_directory_is_another_step(kernels, folder):
    for name in ("a", "b"):
        (folder / name).mkdir()
        (folder / name / "doc.txt").write_text(name)
    kernel = kernels()
    cell = "%%step s\ntext = open('doc.txt').read()\n"
    for name in ("a", "b"):
        kernel.run(f"import os; os.chdir({str(folder / name)!r})")
        assert kernel.run(cell).step["status"] == "completed"
        assert kernel.value("text") == name


@pytest.mark.parametrize("first", ["%%step s", "#| step: s"])
def test_errors_point_at_the_cells_own_line(kernels, first):
    kernel = kernels()
    wrong = kernel.run(f"{first}\na = 1\nb = 2\nc = b / 0\n")
    assert "----> 4 c = b / 0" in wrong.traceback
    unfinished = kernel.run(f"{first}\na = 1\nb = (2\n")
    assert unfinished.error.startswith(("SyntaxError", "_IncompleteInputError"))
    assert "line 3" in unfinished.traceback
    assert "workbench" not in unfinished.traceback
    misplaced = kernel.run(f"{first}\na = 1\nreturn 3\n")
    assert misplaced.error.startswith("SyntaxError") and "workbench" not in misplaced.traceback


# the attacks of a reviewer, each once a wrong value, a crash or a second payment


@pytest.mark.parametrize(
    ("setup", "cell", "change", "name", "plain"),
    [
        (
            "from contextlib import suppress\nx = 1",
            "with suppress(ValueError):\n    x = int('zz')\ny = x",
            "x = 2",
            "y",
            "2",
        ),
        ("x = 1", "def f():\n    ys = [x for x in [5]]\n    return x\ny = f()", "x = 2", "y", "2"),
        ("", "i = 1\ndel i\nz = 1", "i = 7", "'i' in globals()", "False"),
        ("last = 5", "ys = [last := x for x in [4, 5]]", "last = 6", "last", "5"),
        ("41", "x = _ + 1", "50", "x", "51"),
        (
            "import textwrap",
            "y = textwrap.dedent('a')",
            "textwrap.dedent = lambda a: 'P'",
            "y",
            "P",
        ),
        ("", "def f(*, a=1):\n    return a\nf.__kwdefaults__ = {'a': 2}", "", "f()", "2"),
        ("x = 1", "y = '{x}'.format(**locals())", "x = 2", "y", "2"),
    ],
)
def test_a_hit_is_never_other_than_running_it(kernels, setup, cell, change, name, plain):
    kernel = kernels()
    kernel.run(setup)
    assert not kernel.run(f"%%step s\n{cell}\n").error
    kernel.run(change)
    assert not kernel.run(f"%%step s\n{cell}\n").error
    assert kernel.value(name) == plain
    kernel.run("import textwrap, importlib; _ = importlib.reload(textwrap)")


def test_modules_of_ones_own_count_as_they_are_now(kernels, folder):
    (folder / "tools.py").write_text("X = 1\ndef f():\n    return X\n")
    first = kernels()
    first.run("import tools")
    first.run("%%step s\ny = tools.X")
    first.run("tools.X = 5")
    first.run("%%step s\ny = tools.X")
    assert first.value("y") == "5"
    cell = "%%step i\nimport tools\nz = tools.f()"
    assert first.run(cell).step["status"] == "completed"
    assert first.run(cell).step["status"] == "hit"
    (folder / "tools.py").write_text("X = 2\ndef f():\n    return X\n")
    assert kernels().run(cell).step["status"] == "completed"


def test_a_step_that_awaits_can_be_a_hit(kernels):
    kernel = kernels()
    cell = "%%step s\nimport asyncio\nawait asyncio.sleep(0)\nx = [1]\n"
    assert kernel.run(cell).step["status"] == "completed"
    again = kernel.run(cell)
    assert (again.step["status"], again.error) == ("hit", "")


def test_odd_objects_in_the_namespace_fail_no_cell(kernels):
    kernel = kernels()
    kernel.run(
        "class Odd:\n    def __getattribute__(self, name):\n        raise RuntimeError(name)\n"
        "class Items(list):\n    def __iter__(self):\n        raise RuntimeError('no')\n"
        "odd, items, nameless = Odd(), Items([1]), type('X', (), {'__module__': None})()"
    )
    for cell in ("x = [1]", "x = [odd is None]", "x = [len(items)]", "x = [nameless is None]"):
        done = kernel.run(f"%%step s\n{cell}\n")
        assert not done.error, done.traceback


def test_printing_much_is_not_slow(kernels):
    kernel = kernels()
    done = kernel.run("%%step s\nfor n in range(60_000):\n    print(n)\n", timeout=60)
    assert done.step["seconds"] < 10  # it was quadratic: a minute


def test_a_stream_made_in_a_step_can_be_read_in_the_next_cell(kernel, provider):
    provider.answer = lambda prompt, n: "one two three"
    kernel.run(
        "%%step s\nstream = client.chat.completions.create(model='m', stream=True,"
        " messages=[{'role': 'user', 'content': 'a'}])\n"
    )
    assert (
        kernel.value("''.join(c.choices[0].delta.content or '' for c in stream if c.choices)")
        == "one two three "
    )
    assert len(provider.requests) == 1


def test_a_renamed_cell_and_a_deleted_one_give_their_names_up(kernels, folder):
    kernel = kernels()
    kernel.run("%%step a\nx = 1", cell_id="first")
    kernel.run("%%step b\nx = 1", cell_id="first")
    assert not kernel.run("%%step a\nx = 2", cell_id="second").error
    (folder / "nb.ipynb").write_text(
        '{"cells": [{"id": "third", "cell_type": "code", "source": ""}]}'
    )
    assert not kernel.run("%%step a\nx = 3", cell_id="third").error
    assert "two cells" in kernel.run("%%step a\nx = 4", cell_id="fourth").traceback


def test_a_step_that_asks_about_nothing_is_kept(kernels):
    kernel = kernels()
    cell = "%%step s\nimport os\nx = os.path.exists('')\n"
    kernel.run(cell)
    assert kernel.run(cell).step["status"] == "hit"


def test_an_error_in_a_step_function_shows_the_users_own_lines_and_the_cells_number(kernels):
    kernel = kernels()
    kernel.run("import workbench as wb\n@wb.step\ndef f(x):\n    return 1 / x")
    wrong = kernel.run("f(0)")
    assert "workbench/cells" not in wrong.traceback
    number = kernel.run("%%step s\nprint(len(In) - 1)\n1 / 0\n")
    assert f"Cell In[{number.text.strip()}], line 3" in number.traceback
