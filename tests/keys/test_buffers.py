"""Buffers that numpy arrays look into: writing to one changes the other, so that counts."""

from __future__ import annotations

import array
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from notebook_code import TestSources

from workbench.keys.canonical import digest

MAKERS = [
    pytest.param(lambda: bytearray(8), id="bytearray"),
    pytest.param(lambda: array.array("q", [0]), id="array"),
]


def of(value):
    return digest(value, TestSources())


@pytest.mark.parametrize("make", MAKERS)
def test_an_array_in_a_buffer_is_told_from_one_beside_it(make):
    buffer = make()
    view = np.frombuffer(buffer, "u1")
    shared = {of([buffer, view]), of([view, buffer]), of([buffer, np.frombuffer(buffer, "u1")[2:]])}
    apart = {
        of([make(), np.frombuffer(make(), "u1")]),
        of([np.frombuffer(make(), "u1"), make()]),
        of([make(), np.frombuffer(make(), "u1")[2:]]),
    }
    assert len(shared | apart) == 6


@pytest.mark.parametrize("make", MAKERS)
def test_two_buffers_of_equal_bytes_are_one_value(make):
    assert of([make(), make()]) == of([make(), make()])


def test_an_empty_buffer_has_a_digest():
    assert of([bytearray(), array.array("b")]) == of([bytearray(), array.array("b")])


def test_whether_numpy_is_loaded_does_not_count():
    code = (
        "from workbench.keys.canonical import digest\nimport array, sys\n"
        "value = [bytearray(b'ab'), bytearray(), array.array('q', [1]), bytearray(b'ab')]\n"
        "print(digest(value, None), 'numpy' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    out = subprocess.check_output([sys.executable, "-c", code], cwd=root, text=True).split()
    value = [bytearray(b"ab"), bytearray(), array.array("q", [1]), bytearray(b"ab")]
    assert out == [of(value), "False"]
