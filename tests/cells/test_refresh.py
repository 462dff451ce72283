"""Generations: what `--refresh`, `--refresh=calls` and `--ttl` make anew, and what then is stale."""

from __future__ import annotations

import pytest

CALL = (
    "answer = client.chat.completions.create(model='m',"
    " messages=[{'role': 'user', 'content': 'a'}]).choices[0].message.content\n"
)


def step(options=""):
    return f"%%step ask{options}\n{CALL}"


@pytest.fixture
def counting(provider):
    """A provider that answers each time otherwise."""
    provider.answer = lambda prompt, n: f"answer {n - 1} to {prompt}"
    return provider


def test_refresh_executes_over_recorded_calls_and_serves_the_new_outcome(kernel, counting):
    kernel.run(step())
    again = kernel.run(step(" --refresh"))
    assert (again.step["status"], again.step["why"]) == ("completed", "--refresh")
    assert (again.step["live_calls"], again.step["hit_calls"]) == (0, 1)
    assert kernel.run(step()).step["status"] == "hit"
    assert len(counting.requests) == 1


def test_refresh_of_calls_pays_again_and_everyone_is_served_the_new_answer(
    kernels, kernel, counting
):
    first = kernel.run(step())
    assert kernel.value("answer") == "answer 0 to a"
    again = kernel.run(step(" --refresh=calls"))
    assert (again.step["live_calls"], kernel.value("answer")) == (1, "answer 1 to a")
    other = kernels(OPENAI_BASE_URL=counting.url, OPENAI_API_KEY="sk-test")
    other.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    assert other.run(step()).step["status"] == "hit"
    assert other.value("answer") == "answer 1 to a"
    elsewhere = other.run(f"%%step elsewhere\n{CALL}")
    assert (elsewhere.step["hit_calls"], other.value("answer")) == (1, "answer 1 to a")
    assert len(counting.requests) == 2
    assert first.step["status"] == "completed"
    kernel.run("import workbench as wb")
    paid = "wb.sql(\"select count(*) from calls where status = 'completed'\").fetchall()[0][0]"
    assert kernel.value(paid) == "2"


def test_a_step_that_used_an_answer_which_was_made_again_is_stale(kernels, kernel, counting):
    reader = f"%%step reader\n{CALL}size = len(answer)\n"
    kernel.run(reader)
    assert kernel.run(reader).step["status"] == "hit"
    other = kernels(OPENAI_BASE_URL=counting.url, OPENAI_API_KEY="sk-test")
    other.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    other.run(step(" --refresh=calls"))
    stale = kernel.run(reader)
    assert stale.step["status"] == "completed"
    assert "was made again since" in stale.step["why"]
    assert kernel.value("answer") == "answer 1 to a"
    assert kernel.run(reader).step["status"] == "hit"


def test_a_cell_over_a_step_whose_call_was_made_again_is_stale(kernel, counting):
    kernel.run(
        "import workbench as wb\n@wb.step\ndef ask(text):\n    return client.chat.completions.create("
        "model='m', messages=[{'role': 'user', 'content': text}]).choices[0].message.content\n"
    )
    cell = "%%step outer{}\nlabel = ask('a')\n"
    kernel.run(cell.format(""))
    assert kernel.run(cell.format("")).step["status"] == "hit"
    kernel.run("again = ask.__wrapped__  # not a call")
    kernel.run("wb.step('ask', refresh='calls')(ask.__wrapped__)('a')")
    stale = kernel.run(cell.format(""))
    assert "was made again since" in stale.step["why"], stale.banner
    assert kernel.value("label") == "answer 1 to a"
    assert len(counting.requests) == 2
    kernel.run(cell.format(" --refresh=calls"))
    assert kernel.value("label") == "answer 2 to a"


def test_samples_and_streams_are_made_again_one_for_one(kernel, counting):
    body = (
        "texts = []\nfor n in range(3):\n"
        "    parts = client.chat.completions.create(model='m', stream=True,"
        " messages=[{'role': 'user', 'content': 'a'}])\n"
        "    texts.append(''.join(p.choices[0].delta.content or '' for p in parts if p.choices))\n"
    )
    kernel.run(f"%%step sample\n{body}")
    first = kernel.value("texts")
    kernel.run(f"%%step sample --refresh=calls\n{body}")
    second = kernel.value("texts")
    assert first != second
    assert len(counting.requests) == 6
    assert kernel.run(f"%%step sample\n{body}").step["status"] == "hit"
    assert kernel.value("texts") == second


def test_an_outcome_older_than_its_time_is_made_again(kernel, counting):
    kernel.run(step(" --ttl=1h"))
    assert kernel.run(step(" --ttl=1h")).step["status"] == "hit"
    old = kernel.run(step(" --ttl=0.001"))
    assert "over --ttl" in old.step["why"]
    assert old.step["hit_calls"] == 1  # its calls have no time


def test_a_clock_is_served_to_other_runs_within_its_time(kernels):
    cell = "%%step s --ttl=1h\nimport time\nat = time.time()\n"
    first = kernels()
    first.run(cell)
    second = kernels()
    assert second.run(cell).step["status"] == "hit"
    assert second.value("at") == first.value("at")


def test_frozen_makes_no_call_again(kernels, counting):
    frozen = kernels(OPENAI_BASE_URL=counting.url, OPENAI_API_KEY="sk", WORKBENCH_FROZEN="1")
    frozen.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    cell = frozen.run(step(" --refresh=calls"))
    assert "only use recorded ones" in cell.traceback
    assert len(cell.traceback.splitlines()) == 1
    assert counting.requests == []


def test_an_exported_recording_holds_the_answer_that_is_served(kernel, counting, folder):
    kernel.run(step())
    kernel.run(step(" --refresh=calls"))
    kernel.run("%wb export calls.jsonl")
    lines = (folder / "calls.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert "answer 1 to a" in lines[0]


def test_a_stream_that_was_read_is_no_hindrance_and_one_that_was_not_says_so(
    kernels, kernel, counting
):
    stream = (
        "stream = client.chat.completions.create(model='m', stream=True,"
        " messages=[{'role': 'user', 'content': 'a'}])\n"
    )
    body = f"%%step s\n{stream}parts = [c.choices[0].delta.content for c in stream if c.choices]\n"
    kernel.run(body)
    other = kernels(OPENAI_BASE_URL=counting.url, OPENAI_API_KEY="sk-test")
    other.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    assert other.run(body).step["status"] == "hit"
    assert other.value("type(stream).__name__, list(stream)") == "('Stream', [])"
    unread = other.run(f"%%step u\n{stream}first = next(iter(stream))\n")
    assert "read it in the step, or delete it there" in unread.step["why"]


def test_without_the_look_at_what_was_used_an_old_answer_would_be_served(kernel, counting):
    """Negative control of the tests above."""
    reader = f"%%step reader\n{CALL}size = len(answer)\n"
    kernel.run(reader)
    kernel.run(step(" --refresh=calls"))
    kernel.run("from workbench.store.served import Served\nasked = Served.unmoved\n")
    kernel.run("Served.unmoved = lambda *_: ''")
    assert kernel.run(reader).step["status"] == "hit"
    assert kernel.value("answer") == "answer 0 to a"
    kernel.run("Served.unmoved = asked")
    assert kernel.run(reader).step["status"] == "completed"
