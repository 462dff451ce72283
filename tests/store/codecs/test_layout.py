"""How an array lies in memory is restored: code may ask for it, and keys count it."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.store import codecs

GRID = np.arange(24.0).reshape(4, 6)


@pytest.mark.parametrize(
    "array",
    [
        GRID[:, 0],
        GRID[::2, ::3],
        GRID[::-1, ::-2],
        GRID.T[1:],
        np.asfortranarray(GRID),
        np.broadcast_to(np.arange(3), (2, 3)),
        GRID[:, 0][::-1],
        np.zeros((3, 0))[::2],
    ],
)
def test_an_array_comes_back_as_it_lay(array):
    written = codecs.dump({"x": array})
    back = codecs.load(written.body, written.blobs, namespace={})["x"]
    assert np.array_equal(back, array)
    assert back.flags.c_contiguous == array.flags.c_contiguous
    assert back.flags.f_contiguous == array.flags.f_contiguous
    assert back.flags.writeable == array.flags.writeable
    if array.size > 1:
        assert back.strides == array.strides


def test_a_few_items_of_a_large_array_take_no_room_for_all_of_it():
    few = np.zeros((1000, 3000))[:, 0]
    written = codecs.dump({"x": few})
    back = codecs.load(written.body, written.blobs, namespace={})["x"]
    assert back.flags.c_contiguous
