"""`%wb why` and `%wb status` in a real kernel: what made a step run, and what it would do now."""

from __future__ import annotations

import json


def test_a_changed_value_function_and_line_are_told_with_their_digests(kernel):
    kernel.run("def inner(x):\n    return x + 1\n\ndef helper(x):\n    return inner(x)\nn = 3")
    cell = "%%step total\nvalue = helper(n)\n"
    assert kernel.run(cell).step["status"] == "completed"
    kernel.run("def inner(x):\n    return x + 2\n")
    again = kernel.run(cell.replace("value", "worth"))
    assert again.step["status"] == "completed", again.banner
    told = kernel.run("%wb why total").results[0]
    assert "• code changed: 1 line added, 1 removed" in told
    assert "• function inner (helper → inner) changed: 1 line added, 1 removed" in told
    assert "-    return x + 1" in told
    assert "+    return x + 2" in told
    assert "input helper " in told


def test_a_hit_says_which_checkpoint_it_was_served(kernel):
    cell = "%%step one\nx = 1\n"
    kernel.run(cell)
    key = kernel.run(cell).step["key"]
    told = kernel.run("%wb why one").results[0]
    assert f"served from checkpoint {key[:12]}" in told
    assert "first run" in told


def test_status_lists_the_saved_cells_and_runs_nothing(kernel, folder):
    cells = ["%%step one\nx = 1\n", "#| step: two\ny = x + 1\n", "z = 1", "%%step three\nw = 1\n"]
    for cell in cells[:2]:
        kernel.run(cell)
    saved = [{"cell_type": "code", "source": cell} for cell in cells]
    (folder / "nb.ipynb").write_text(json.dumps({"cells": saved, "nbformat": 4}))
    told = kernel.run("%wb status").results[0]
    assert [line.split()[:2] for line in told.splitlines()[1:4]] == [
        ["one", "hit"],
        ["two", "hit"],
        ["three", "never"],
    ]
