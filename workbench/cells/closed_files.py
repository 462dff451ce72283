"""What `with open(path) as file` leaves behind: a closed file, restored as one.

So common a habit must not keep a step from being served. An open file has no codec.
"""

from __future__ import annotations

import io
import os
from typing import Any

from workbench.store import codecs


def register() -> None:
    """Let closed text and binary files be outputs of a step. Idempotent."""
    codecs.register(io.TextIOWrapper, to=_text, from_=_closed_text, name="closed text file")
    codecs.register(io.BufferedReader, to=_binary, from_=_closed_binary, name="closed file")


def _text(file: io.TextIOWrapper) -> list[Any]:
    _expect_closed(file)
    return [file.name, file.mode, file.encoding, file.errors]


def _binary(file: io.BufferedReader) -> list[Any]:
    _expect_closed(file)
    return [file.name]


def _expect_closed(file: Any) -> None:
    if not file.closed:
        raise ValueError("it is open: keep its path or its contents")


def _closed_text(facts: list[Any]) -> io.TextIOWrapper:
    name, mode, encoding, errors = facts
    file = io.TextIOWrapper(_buffer(name), encoding, errors)
    file.mode = mode  # type: ignore[misc]  # as open() sets it
    file.close()
    return file


def _closed_binary(facts: list[Any]) -> io.BufferedReader:
    file = _buffer(facts[0])
    file.close()
    return file


def _buffer(name: Any) -> io.BufferedReader:
    raw = io.FileIO(os.devnull)
    raw.name = name
    return io.BufferedReader(raw)
