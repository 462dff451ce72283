"""pyarrow: tables and arrays by schema and cells, whatever their chunks, slices and offsets."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Literal

from workbench.keys import wire
from workbench.keys.encoder import Opaque
from workbench.keys.memory import put_lent
from workbench.keys.mentions import ALL_OF, LIKE_A_PATH, may_be_path, may_hold_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.keys.encoder import Encoder, Handler

_BYTE_BITS = 8
_ROWS_LOOKED_AT = 1 << 16


def handler_of(kind: type) -> Handler | None:
    """Return the handler for one of pyarrow's types, None for those without."""
    pa: Any = sys.modules["pyarrow"]
    families: tuple[tuple[Any, Handler], ...] = (
        ((pa.Table, pa.RecordBatch), put_table),
        ((pa.Array, pa.ChunkedArray), put_array),
        (pa.Scalar, put_scalar),
        (pa.Schema, put_schema),
        (pa.Field, put_field),
        (pa.DataType, put_type),
    )
    if kind.__module__ != "pyarrow.lib":
        return None
    return next((handler for base, handler in families if issubclass(kind, base)), None)


def put_table(enc: Encoder, table: Any) -> None:
    """Write a Table or RecordBatch: its schema with metadata, then its columns."""
    pa: Any = sys.modules["pyarrow"]
    enc.tag(type(table).__name__)
    put_schema(enc, table.schema)
    enc.size(table.num_rows)
    for column in table.columns:
        put_column(
            enc, column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
        )


def put_array(enc: Encoder, array: Any) -> None:
    """Write an Array or ChunkedArray: its type, then its cells."""
    pa: Any = sys.modules["pyarrow"]
    chunked = isinstance(array, pa.ChunkedArray)
    enc.tag("ChunkedArray" if chunked else "Array")
    put_type(enc, array.type)
    put_column(enc, array if chunked else pa.chunked_array([array]))


def put_scalar(enc: Encoder, scalar: Any) -> None:
    """Write a Scalar as an array of one."""
    pa: Any = sys.modules["pyarrow"]
    enc.tag("Scalar")
    put_type(enc, scalar.type)
    put_values(enc, pa.chunked_array([pa.array([scalar.as_py()], scalar.type)]))


def put_schema(enc: Encoder, schema: Any) -> None:
    """Write names, types, nullability and metadata, in Arrow's own form."""
    enc.tag("Schema")
    enc.blob(b"b", schema.serialize().to_pybytes())


def put_field(enc: Encoder, field: Any) -> None:
    """Write a field with its metadata."""
    enc.tag("Field")
    put_schema(enc, sys.modules["pyarrow"].schema([field]))


def put_type(enc: Encoder, kind: Any) -> None:
    """Write a data type."""
    pa: Any = sys.modules["pyarrow"]
    enc.tag("DataType")
    put_schema(enc, pa.schema([pa.field("", kind)]))


def put_column(enc: Encoder, array: Any) -> None:
    """Write the cells of a chunked array and which numpy arrays lie in its memory.

    Arrow takes an array's memory without copying it (`pa.array(x)`): it then reads what is written
    there later.
    """
    buffers = [buffer for chunk in array.chunks for buffer in chunk.buffers() if buffer is not None]
    put_lent(enc, [(buffer.address, buffer.size) for buffer in buffers])
    put_values(enc, array)


def put_values(enc: Encoder, array: Any) -> None:
    """Write the cells of a chunked array whose type is written; buffers are read in place."""
    pc: Any = importlib.import_module("pyarrow.compute")
    types: Any = sys.modules["pyarrow"].types
    kind = array.type
    enc.size(len(array))
    if types.is_null(kind):
        return
    if _is_text(types, kind):
        wide = types.is_large_string(kind) or types.is_large_binary(kind)
        code: Literal["i", "q"] = "q" if wide else "i"
        _put_texts(enc, pc, array, code)
        if enc.note is not None and (types.is_string(kind) or types.is_large_string(kind)):
            _tell(enc, pc, array, code)
    elif types.is_dictionary(kind):
        _put_dictionary(enc, array)
    elif types.is_struct(kind):
        _put_structs(enc, pc, array)
    elif types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        _put_lists(enc, pc, array)
    elif types.is_boolean(kind):
        _put_validity(enc, pc, array)
        cells = pc.fill_null(array, fill_value=False).cast("uint8")
        enc.parts.append(b"A" + wire.fingerprint_all(_cells(cells.chunks, 1)))
    elif _is_fixed(types, kind):
        _put_validity(enc, pc, array)
        cells = array.drop_null() if array.null_count else array
        enc.parts.append(b"A" + wire.fingerprint_all(_cells(cells.chunks, kind.bit_width // 8)))
    else:
        _put_others(enc, types, array)


def _put_others(enc: Encoder, types: Any, array: Any) -> None:
    """Write cells of the rarer types, as Python values where these say it all."""
    pa: Any = sys.modules["pyarrow"]
    if isinstance(array.type, pa.BaseExtensionType):
        stored = [chunk.storage for chunk in array.chunks]
        put_values(enc, pa.chunked_array(stored, array.type.storage_type))
        return
    if _loses(types, array.type):
        raise Opaque("cells that Python values do not tell apart", str(array.type))
    enc.tag("cells")
    enc.sequence(array.to_pylist())


def _loses(types: Any, kind: Any) -> bool:
    """Return whether cells of a type, as Python values, say less than the array does."""
    extension = sys.modules["pyarrow"].BaseExtensionType
    if types.is_union(kind) or types.is_run_end_encoded(kind) or isinstance(kind, extension):
        return True
    return any(_loses(types, kind.field(at).type) for at in range(kind.num_fields))


def _is_text(types: Any, kind: Any) -> bool:
    return any(
        is_kind(kind)
        for is_kind in (
            types.is_string,
            types.is_large_string,
            types.is_binary,
            types.is_large_binary,
        )
    )


def _is_fixed(types: Any, kind: Any) -> bool:
    known = types.is_primitive(kind) or types.is_decimal(kind) or types.is_fixed_size_binary(kind)
    return bool(known) and kind.bit_width % _BYTE_BITS == 0


def _put_validity(enc: Encoder, pc: Any, array: Any) -> None:
    """Write which cells are null."""
    if not array.null_count:
        enc.parts.append(b"n")
        return
    valid = pc.is_valid(array).cast("uint8")
    enc.parts.append(b"V" + wire.fingerprint_all(_cells(valid.chunks, 1)))


def _cells(chunks: list[Any], width: int) -> Iterator[memoryview]:
    """Yield the bytes of cells of one width, without copying."""
    for chunk in chunks:
        buffer = chunk.buffers()[1]
        if buffer is not None and len(chunk):
            start = chunk.offset * width
            yield memoryview(buffer)[start : start + len(chunk) * width]


def _put_texts(enc: Encoder, pc: Any, array: Any, code: Literal["i", "q"]) -> None:
    """Write texts: their lengths, as wide as the type's offsets, then their bytes in a row."""
    chunks = [chunk for chunk in array.chunks if len(chunk)]
    lengths = [pc.binary_length(chunk) for chunk in chunks]
    lengths = [pc.fill_null(each, 0) if each.null_count else each for each in lengths]
    _put_validity(enc, pc, array)
    enc.parts.append(b"L" + wire.fingerprint_all(_cells(lengths, 8 if code == "q" else 4)))
    blocks = _texts(pc, chunks, lengths, code)
    enc.parts.append(b"A" + wire.fingerprint_all(blocks))


def _texts(
    pc: Any, chunks: list[Any], lengths: list[Any], code: Literal["i", "q"]
) -> Iterator[memoryview]:
    for chunk, sizes in zip(chunks, lengths, strict=True):
        start, end = _span(chunk, code)
        if end - start != pc.sum(sizes).as_py():  # a null may hide bytes, which are nobody's
            chunk = sys.modules["pyarrow"].concat_arrays([chunk.drop_null()])  # noqa: PLW2901
            start, end = _span(chunk, code)
        if end > start:
            yield memoryview(chunk.buffers()[2])[start:end]


def _span(chunk: Any, code: Literal["i", "q"]) -> tuple[int, int]:
    """Return where the bytes of a chunk's texts begin and end."""
    if not len(chunk):
        return 0, 0
    offsets = memoryview(chunk.buffers()[1]).cast(code)
    return offsets[chunk.offset], offsets[chunk.offset + len(chunk)]


def _put_dictionary(enc: Encoder, array: Any) -> None:
    """Write dictionary-encoded cells: one dictionary, then the indices into it."""
    pa: Any = sys.modules["pyarrow"]
    chunks = array.unify_dictionaries().chunks
    put_values(enc, pa.chunked_array([chunk.indices for chunk in chunks], array.type.index_type))
    put_values(enc, pa.chunked_array([c.dictionary for c in chunks[:1]], array.type.value_type))


def _put_structs(enc: Encoder, pc: Any, array: Any) -> None:
    """Write structs field by field; a null struct's fields are null."""
    _put_validity(enc, pc, array)
    for column in array.flatten():
        put_values(enc, column)


def _put_lists(enc: Encoder, pc: Any, array: Any) -> None:
    """Write lists: their lengths, then their items in a row."""
    pa: Any = sys.modules["pyarrow"]
    _put_validity(enc, pc, array)
    lengths = pc.fill_null(pc.list_value_length(array), 0).cast("int64")
    enc.parts.append(b"L" + wire.fingerprint_all(_cells(lengths.chunks, 8)))
    items = [chunk.flatten() for chunk in array.chunks]
    put_values(enc, pa.chunked_array(items, array.type.value_type))


def _tell(enc: Encoder, pc: Any, array: Any, code: Literal["i", "q"]) -> None:
    """Tell the caller of each distinct text that may be a path."""
    assert enc.note is not None
    few = len(pc.unique(array[: 2 * ALL_OF])) <= ALL_OF
    distinct = pc.unique(array) if few else None
    if distinct is None or len(distinct) > ALL_OF:
        told = _like_paths(pc, array, code)
    else:
        told = iter([distinct])
    for texts in told:
        for text in texts.to_pylist():
            if isinstance(text, str) and may_be_path(text):
                enc.note(text)


def _like_paths(pc: Any, array: Any, code: Literal["i", "q"]) -> Iterator[Any]:
    """Yield what looks like a path among many texts; see `mentions.mentioned`."""
    for chunk in array.chunks:
        for start in range(0, len(chunk), _ROWS_LOOKED_AT):
            part = chunk[start : start + _ROWS_LOOKED_AT]
            low, high = _span(part, code)
            if high > low and may_hold_path(memoryview(part.buffers()[2])[low:high]):
                yield part.filter(pc.match_substring_regex(part, pattern=LIKE_A_PATH))
