"""Arrays of fixed-size items as the content of .npy files, without pickle."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from workbench.store.codecs.document import Blob
from workbench.store.codecs.refusals import NoCodec

Array = np.ndarray[Any, np.dtype[Any]]

_FIXED_SIZE = "biufcmMSUV"
_NPY_VERSIONS = {False: (1, 0), True: (3, 0)}  # structured: any length, any field names


def npy(array: Array) -> bytes:
    """An array as the content of an .npy file."""
    file = io.BytesIO()
    version = _NPY_VERSIONS[array.dtype.names is not None]
    np.lib.format.write_array(file, array, version, allow_pickle=False)
    return file.getvalue()


def from_npy(blob: Blob) -> Array:
    """A new array from the content of an .npy file."""
    array: Array = np.lib.format.read_array(_Stream(blob), allow_pickle=False)
    return array


class _Stream:
    """A file of the kind that numpy reads piecewise, so that a blob is not copied twice."""

    def __init__(self, blob: Blob) -> None:
        self._view = memoryview(blob)
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        end = len(self._view) if size < 0 else self._at + size
        part = self._view[self._at : end]
        self._at += len(part)
        return bytes(part)


def check_dtype(dtype: np.dtype[Any]) -> None:
    """Refuse item types that an .npy file does not hold.

    Raises:
        NoCodec: objects inside structures, metadata, types of other packages.

    """
    name = f"numpy.ndarray of {dtype}"
    if dtype.metadata is not None:
        raise NoCodec(name, "has a dtype with metadata: keep it with a plain dtype")
    if dtype.hasobject or dtype.kind not in _FIXED_SIZE:
        raise NoCodec(name, "has items that no .npy file holds: keep it with dtype=object")
