"""Arrow tables, as the content of Arrow stream files."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Blob, Codec, Inner, Reader, Writer, add


def to_ipc(table: pa.Table) -> bytes:
    """A table as the content of an Arrow stream file, which DuckDB and others read as well."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def from_ipc(blob: Blob) -> pa.Table:
    """The table in the content of an Arrow stream file; it keeps no memory map open.

    Checks all offsets and texts: twice as slow as not to, 2 ms for 10 MB.
    """
    with pa.ipc.open_stream(pa.py_buffer(bytes(blob))) as stream:
        table = stream.read_all()
    table.validate(full=True)  # reading past damaged offsets would end the process
    return table


def write_table(writer: Writer, table: pa.Table) -> bytes | int:
    """Put a table into the dump; returns what `read_table` wants."""
    writer.spend(table.nbytes)
    return writer.binary(to_ipc(table))


def read_table(reader: Reader, part: bytes | int) -> pa.Table:
    """What `write_table` put into the dump."""
    return from_ipc(reader.binary(part))


def same_tables(a: pa.Table, b: pa.Table) -> bool:
    """Whether schema, metadata and all values are equal, nan to nan; chunks do not count."""
    if not a.schema.equals(b.schema, check_metadata=True):
        return False
    return a.equals(b) or to_ipc(a.combine_chunks()) == to_ipc(b.combine_chunks())


def same_chunks(a: Any, b: Any) -> bool:
    """Whether two Arrow arrays, chunked or not, have one type and equal values, nan to nan."""
    left, right = (pa.Table.from_arrays([array], names=[""]) for array in (a, b))
    return same_tables(left, right)


def _encode_table(writer: Writer, table: pa.Table) -> list[Node]:
    return [write_table(writer, table)]


def _differ_tables(_inner: Inner, a: pa.Table, b: pa.Table) -> str | None:
    return None if same_tables(a, b) else ""


add(
    Codec(
        tag="pyarrow.table",
        encode=_encode_table,
        make=lambda reader, node: read_table(reader, node[1]),
        differ=_differ_tables,
    ),
    pa.Table,
)
