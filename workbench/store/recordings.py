"""Recordings: calls as text, one JSON line each, sorted by key, that another store imports."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.errors import UsageError
from workbench.model import Json
from workbench.store.folder import Store

FORMAT = 1


def export(store: Store, path: Path, keys: set[str] | None = None) -> int:
    """Write every recorded call (or those named) to `path`; how many. The file is replaced whole."""
    lines = sorted(_lines(store, keys))
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_bytes(b"".join(line + b"\n" for line in lines))
        partial.replace(path)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", remedy="name another file"
        ) from None
    return len(lines)


def load(store: Store, path: Path) -> tuple[int, int]:
    """Add the calls of a recording to the store: how many were new, how many it has.

    Raises:
        UsageError: no such file, or a line that is not one of a recording, named.

    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", remedy="name a recording (*.jsonl)"
        ) from None
    new = 0
    for number, line in enumerate(lines, 1):
        key, header, raw = _parsed(path, number, line)
        new += store.checkpoints.add(key, header, [raw])
    return new, len(lines)


def _lines(store: Store, keys: set[str] | None) -> Iterator[bytes]:
    for key in store.checkpoints.keys("call"):  # a store is no dict
        if "." in key or (keys is not None and key not in keys):
            continue  # with a dot: a later generation; the served one goes out under its key
        found = store.served.get(key)
        assert found is not None
        line = {"key": key, "format": FORMAT, **_raw(bytes(found.parts[0])), "header": found.header}
        yield msgspec.json.encode(line)


def _raw(data: bytes) -> dict[str, str]:
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _parsed(path: Path, number: int, line: bytes) -> tuple[str, Json, bytes]:
    try:
        record = msgspec.json.decode(line)
        key, header = record["key"], record["header"]
        known = record["format"] == FORMAT and key.startswith("call/") and "verdict" in header
        raw = record["text"].encode() if "text" in record else base64.b64decode(record["base64"])
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        known = False
    if not known:
        raise UsageError(
            f"line {number} of {path} is no recorded call",
            remedy="export the recording again; nothing after that line was imported",
        )
    return key, header, raw
