"""Pandas frames and series: columns by position, axes, names, attributes and flags."""

from __future__ import annotations

from typing import Any

import pandas as pd

import workbench.store.codecs.indexes

# imported for what they register; a frame's parts may be any of them
import workbench.store.codecs.stamps  # noqa: F401
from workbench.store.codecs.body import Node
from workbench.store.codecs.columns import (
    Columns,
    decode_column,
    differ_columns,
    read_columns,
    values_of,
)
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add
from workbench.store.codecs.refusals import NoCodec, segment


def _encode_frame(writer: Writer, frame: pd.DataFrame) -> list[Node]:
    columns = Columns(writer)
    nodes = []
    for i, label in enumerate(frame.columns):
        try:
            nodes.append(columns.encode(values_of(frame.iloc[:, i]), label))
        except NoCodec as refusal:
            refusal.within(segment(label))
            raise
    return [columns.finish(), nodes, _encode_axis(writer, frame, "columns"), *_rest(writer, frame)]


def _encode_series(writer: Writer, series: Any) -> list[Node]:
    columns = Columns(writer)
    node = columns.encode(values_of(series))
    return [columns.finish(), node, writer.encode(series.name), *_rest(writer, series)]


def _rest(writer: Writer, owner: Any) -> list[Node]:
    """What frames and series have alike."""
    try:
        attributes = writer.encode(dict(owner.attrs))
    except NoCodec as refusal:
        refusal.within(".attrs")
        raise
    return [_encode_axis(writer, owner, "index"), attributes, owner.flags.allows_duplicate_labels]


def _encode_axis(writer: Writer, owner: Any, name: str) -> Node:
    try:
        return writer.encode(getattr(owner, name))
    except NoCodec as refusal:
        refusal.within(f".{name}")
        raise


def _make_frame(reader: Reader, node: list[Node]) -> pd.DataFrame:
    table = read_columns(reader, node[1])
    index = reader.decode(node[4])
    # each with its dtype said, or pandas would infer one from objects
    columns = {i: _series(decode_column(reader, part, table)) for i, part in enumerate(node[2])}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(index)))
    frame.columns = reader.decode(node[3])
    _restore_rest(reader, frame, index, node)
    return frame


def _make_series(reader: Reader, node: list[Node]) -> Any:
    series = _series(decode_column(reader, node[2], read_columns(reader, node[1])))
    series.name = reader.decode(node[3])
    _restore_rest(reader, series, reader.decode(node[4]), node)
    return series


def _series(values: Any) -> Any:
    return pd.Series(values, dtype=values.dtype, copy=False)


def _restore_rest(reader: Reader, owner: Any, index: Any, node: list[Node]) -> None:
    owner.index = index
    owner.attrs = reader.decode(node[5])
    if not node[6]:
        owner.flags.allows_duplicate_labels = False


def _differ_frames(inner: Inner, a: pd.DataFrame, b: pd.DataFrame) -> str | None:
    found = inner(a.columns, b.columns)
    if found is not None:
        return f".columns{found}"
    for i, label in enumerate(a.columns):
        found = differ_columns(inner, values_of(a.iloc[:, i]), values_of(b.iloc[:, i]))
        if found is not None:
            return segment(label) + found
    return _differ_rest(inner, a, b)


def _differ_series(inner: Inner, a: Any, b: Any) -> str | None:
    if inner(a.name, b.name) is not None:
        return ".name"
    found = differ_columns(inner, values_of(a), values_of(b))
    return found if found is not None else _differ_rest(inner, a, b)


def _differ_rest(inner: Inner, a: Any, b: Any) -> str | None:
    if a.flags.allows_duplicate_labels != b.flags.allows_duplicate_labels:
        return ".flags"
    found = inner(a.index, b.index)
    if found is not None:
        return f".index{found}"
    found = inner(dict(a.attrs), dict(b.attrs))
    return None if found is None else f".attrs{found}"


add(Codec("pandas.frame", _encode_frame, _make_frame, _differ_frames), pd.DataFrame)
add(Codec("pandas.series", _encode_series, _make_series, _differ_series), pd.Series)
