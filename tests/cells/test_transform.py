"""Step cells are recognised, keep their lines, and await only where their body does."""

from __future__ import annotations

import pytest

from workbench.cells.transform import awaits, rewrite, split


def lines(text):
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("%%step a --strict\nx = 1\n", ("a --strict", "# %%step a --strict\nx = 1\n")),
        ("#| step: a\nx = 1\n", ("a", "# | step: a\nx = 1\n")),
        ("\n\n%%step a\nx", ("a", "#\n#\n# %%step a\nx")),
        ("%%step", ("", "# %%step\n")),
        ("%%stepper a\nx", None),
        ("x = 1\n%%step a\n", None),
        ("# step: a\nx", None),
        ("", None),
        ("%%time\nx", None),
    ],
)
def test_a_step_cell_is_told_by_its_first_line_and_keeps_its_line_numbers(cell, found):
    assert split(lines(cell)) == found


@pytest.mark.parametrize(
    ("body", "does"),
    [
        ("x = await f()", True),
        ("async for x in y: pass", True),
        ("async with x: pass", True),
        ("[x async for x in y]", True),
        ("async def f(): await g()", False),
        ("x = 1", False),
        ("x = (", False),
        ("if a:\n    b = [await c]", True),
        ("lambda: 1", False),
    ],
)
def test_a_body_awaits_only_outside_its_functions(body, does):
    assert awaits(body) is does


def test_only_a_body_that_awaits_is_awaited():
    assert rewrite(lines("%%step a\nawait x\n"), str)[0].startswith("await get_ipython()")
    assert rewrite(lines("%%step a\nx\n"), str)[0].startswith("get_ipython()")
    assert rewrite(["x = 1\n"], str) == ["x = 1\n"]


def test_a_transformer_that_goes_by_more_than_the_text_is_asked_at_each_run(kernel):
    kernel.run(
        "shell = get_ipython()\n"
        "told = '1'\n"
        "def fill(lines):\n"
        "    return [line.replace('FILLED', shell.user_ns['told']) for line in lines]\n"
        "shell.input_transformers_post.append(fill)"
    )
    assert kernel.run("%%step a\nx = FILLED\n").step["status"] == "completed"
    assert kernel.run("%%step a\nx = FILLED\n").step["status"] == "hit"
    kernel.run("told = '2'")
    assert kernel.run("%%step a\nx = FILLED\n").step["status"] == "completed"
    assert kernel.run("x").results == ["2"]
    kernel.run("shell.input_transformers_post.remove(fill)")
