"""`workbench run`: papermill executes, the journal is the truth, errors are one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from workbench import cli
from workbench.store.folder import open_store

ROOT = Path(__file__).parents[2]


def write(folder, *cells, name="nb.ipynb", parameters=""):
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        }
    )
    if parameters:
        cell = nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        notebook.cells.append(cell)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in cells]
    nbformat.write(notebook, folder / name)
    return folder / name


SETUP = "%load_ext workbench\nfrom openai import OpenAI\nclient = OpenAI(max_retries=0)"
ASK = (
    "#| step: extract\nanswer = client.chat.completions.create("
    "model='gpt-4o-mini', messages=[{'role': 'user', 'content': prompt}])\nprint(answer.choices[0].message.content)"
)


@pytest.fixture
def workbench(folder, provider):
    def call(*words, cwd=folder, **env):
        environment = {
            **os.environ,
            "OPENAI_BASE_URL": provider.url,
            "OPENAI_API_KEY": "sk-canary",
            "PYTHONPATH": str(ROOT),
            **env,
        }
        return subprocess.run(
            [sys.executable, "-m", "workbench.cli", *map(str, words)],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def test_a_run_is_summed_up_in_one_true_line_and_replays(workbench, folder, provider):
    nb = write(folder, SETUP, ASK, parameters="prompt = 'a'")
    first = workbench("run", nb)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith(
        "succeeded · 1 step (0 hits) · 1 provider call, 0 replayed · 12 tokens"
    )
    second = workbench("run", nb, "--json")
    facts = json.loads(second.stdout)
    assert (facts["status"], facts["hits"], facts["live_calls"]) == ("succeeded", 1, 0)
    assert len(provider.requests) == 1
    output = nbformat.read(facts["output"], as_version=4)
    assert "answer to a" in str(output.cells[-1].outputs)
    assert [p.name for p in Path(facts["output"]).parent.iterdir()] == ["nb.ipynb"]
    listed = json.loads(workbench("runs", "--json").stdout)
    assert [row["status"] for row in listed] == ["succeeded", "succeeded"]


def test_parameters_are_given_typed_and_recorded(workbench, folder, provider):
    nb = write(
        folder,
        SETUP,
        ASK.replace("prompt}", "prompt + str(n + 1)}"),
        parameters="prompt = 'a'\nn = 0",
    )
    result = workbench("run", nb, "-p", "prompt=b", "-p", "n=4")
    assert result.returncode == 0, result.stderr
    assert provider.requests[0]["messages"][0]["content"] == "b5"
    (run,) = json.loads(workbench("runs", "--json").stdout)
    assert json.loads(run["params"]) == {"prompt": "b", "n": 4}


def test_a_failed_run_says_where_and_keeps_what_was_paid_for(workbench, folder, provider):
    nb = write(
        folder, SETUP, ASK + "\nint(answer.choices[0].message.content)", parameters="prompt = 'a'"
    )
    failed = workbench("run", nb)
    assert failed.returncode == 1
    assert failed.stdout.startswith("failed: step extract: ValueError: invalid literal")
    assert len(failed.stdout.splitlines()) == 1
    write(folder, SETUP, ASK, parameters="prompt = 'a'")
    mended = workbench("run", nb)
    assert "0 provider calls, 1 replayed" in mended.stdout
    assert len(provider.requests) == 1


def test_frozen_needs_no_provider_and_fails_on_a_missing_record(workbench, folder, provider):
    nb = write(folder, SETUP, ASK, parameters="prompt = 'a'")
    workbench("run", nb)
    provider.stop()
    assert workbench("run", nb, "--frozen", OPENAI_API_KEY="").returncode == 0
    missed = workbench("run", nb, "--frozen", "-p", "prompt=b")
    assert missed.returncode == 1
    assert "step extract: FrozenMiss" in missed.stdout
    assert "no recorded answer" in missed.stdout


def test_recordings_carry_calls_to_another_store(workbench, folder, provider, tmp_path):
    nb = write(folder, SETUP, ASK, parameters="prompt = 'a'")
    workbench("run", nb)
    assert workbench("export", folder / "r.jsonl").stdout.startswith("1 call")
    assert b"sk-canary" not in (folder / "r.jsonl").read_bytes()
    provider.stop()
    other = {"WORKBENCH_CACHE": str(tmp_path / "other")}
    assert "1 of them new" in workbench("import", folder / "r.jsonl", **other).stdout
    assert "0 of them new" in workbench("import", folder / "r.jsonl", **other).stdout
    assert workbench("run", nb, "--frozen", **other).returncode == 0


def test_effects_go_out_in_a_run_and_once(workbench, folder, provider):
    from receivers import Hook

    hook = Hook()
    nb = write(
        folder,
        "%load_ext workbench\nimport workbench as wb",
        f"#| step: notify\nr = wb.post({hook.url!r}, json={{'a': 1}}, key='k')",
    )
    first, second = workbench("run", nb), workbench("run", nb)
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert len(hook.received) == 1
    assert "1 effect sent" in first.stdout
    hook.status = 0
    write(
        folder,
        "%load_ext workbench\nimport workbench as wb",
        f"#| step: notify\nr = wb.post({hook.url!r}, json={{'a': 1}}, key='k2')",
    )
    doubtful = workbench("run", nb)
    assert doubtful.returncode == 3, doubtful.stdout
    assert "in doubt" in doubtful.stdout and "workbench resolve" in doubtful.stdout
    hook.stop()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("run", "none.ipynb"), "there is no notebook none.ipynb"),
        (("run", "nb.ipynb", "-p", "nope=1"), "has no parameter 'nope'"),
        (("run", "nb.ipynb", "-p", "nope"), "not name=value"),
        (("run", "nb.ipynb", "-p", "n=abc"), "no int"),
        (("run", "bad.ipynb"), "not a notebook"),
        (("run", "foreign.ipynb"), "kernel 'fortran'"),
        (("run", "nb.ipynb", "--nope"), "No such option"),
        (("nope",), "No such command"),
        (("show", "nope"), "no run, step, call or effect is called 'nope'"),
        (("sql", "drop table calls"), "only one SELECT"),
        (("sql", "select * from read_csv('/etc/passwd')"), "SQL:"),
        (("import", "none.jsonl"), "cannot be read"),
        (("import", "bad.ipynb"), "no recorded call"),
        (("resolve", "abc"), "--sent or --not-sent"),
        (("resolve", "abc", "--sent"), "no effect starts"),
    ],
)
def test_bad_usage_is_one_line_with_a_remedy_and_status_2(folder, capsys, monkeypatch, words, says):
    write(folder, "1", parameters="prompt = 'a'\nn = 1")
    (folder / "bad.ipynb").write_text("{]")
    foreign = nbformat.read(write(folder, "1", name="foreign.ipynb"), as_version=4)
    foreign.metadata.kernelspec.name = "fortran"
    nbformat.write(foreign, folder / "foreign.ipynb")
    monkeypatch.setattr(sys, "argv", ["workbench", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 2, said
    assert says in said.err
    assert "→" in said.err
    assert len(said.err.strip().splitlines()) == 1, said.err
    open_store().close()


def test_a_store_that_cannot_be_written_is_one_line(workbench, folder):
    nb = write(folder, "1")
    result = workbench("run", nb, WORKBENCH_CACHE="/dev/null/cache")
    assert result.returncode == 2
    assert "/dev/null/cache cannot be written" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_misspelt_setting_is_named(workbench, folder):
    nb = write(folder, SETUP, ASK, parameters="prompt = 'a'")
    (folder / "pyproject.toml").write_text("[tool.workbench]\nallow_host = ['x']\n")
    result = workbench("run", nb)
    assert result.returncode != 0
    assert "no setting 'allow_host'" in result.stdout + result.stderr


def test_doctor_finds_a_changed_checkpoint(workbench, folder, store):
    store.checkpoints.add("call/a", {"verdict": "complete"}, [b"answer"])
    assert workbench("doctor").returncode == 0
    changed = bytearray(store.checkpoints._cache.get("call/a"))
    changed[-1] ^= 1
    store.checkpoints._cache.set("call/a", bytes(changed))
    found = workbench("doctor")
    assert found.returncode == 1
    assert "1 corrupt" in found.stdout


def test_every_command_has_help_that_says_what_it_does(workbench):
    for words in ((), ("run",), ("sql",), ("show",), ("model",), ("demo",)):
        result = workbench(*words, "--help")
        assert result.returncode == 0
        assert len(result.stdout.splitlines()) > 4


def test_a_text_parameter_stays_text_and_a_path_is_the_same_notebook_from_anywhere(
    workbench, folder
):
    from receivers import Hook

    hook = Hook()
    post = f"#| step: notify\nr = wb.post({hook.url!r}, json={{'m': month}}, key='k')"
    nb = write(
        folder, "%load_ext workbench\nimport workbench as wb", post, parameters="month = '2026-10'"
    )
    (folder / "deep").mkdir()
    held = workbench("run", nb, "-p", "month=1999", "--frozen")
    assert "1 effect held" in held.stdout, held.stdout
    assert hook.received == []
    first = workbench("run", nb, "-p", "month=1999")
    again = workbench("run", "../nb.ipynb", "-p", "month=1999", cwd=folder / "deep")
    assert (first.returncode, again.returncode) == (0, 0), first.stdout + again.stdout
    assert [body for _, body in hook.received] == [{"m": "1999"}]
    hook.stop()


def test_a_provider_that_is_gone_is_named_with_a_remedy(workbench, folder, provider):
    provider.stop()
    failed = workbench("run", write(folder, SETUP, ASK, parameters="prompt = 'a'"))
    assert failed.returncode == 1
    assert "refused" in failed.stdout and "OPENAI_BASE_URL" in failed.stdout


def test_a_key_in_the_environment_is_in_no_file_and_no_output(workbench, folder, provider):
    failing = ASK + "\nraise ValueError('after the call')"
    runs = [
        workbench("run", write(folder, SETUP, cell, parameters="prompt = 'a'"))
        for cell in (ASK, failing)
    ]
    provider.fail("500")
    runs.append(workbench("run", folder / "nb.ipynb", "-p", "prompt=b"))
    assert [run.returncode for run in runs] == [0, 1, 1]
    assert provider.headers[0]["authorization"] == "Bearer sk-canary"
    assert not any("sk-canary" in run.stdout + run.stderr for run in runs)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if b"sk-canary" in path.read_bytes()] == []
