"""Constants and Python's own containers."""

from __future__ import annotations

import array
import collections
import gc
import sys
import types
from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.encoder import Encoder, Opaque
from workbench.keys.memory import Extent, put_sharing
from workbench.keys.mentions import may_be_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.keys.encoder import Handler

_SETS_IN_SETS = 16
_COLLAPSE_FROM_PARTS = 16
_DIGEST_MEMBER_FROM_BYTES = 64


def put_leaf(enc: Encoder, value: Any) -> None:
    """Write None, a bool, a float, a complex, Ellipsis or NotImplemented."""
    part = wire.leaf(value)
    assert part is not None, "the table sends nothing else here"
    enc.parts.append(part)


def put_none(enc: Encoder, value: None) -> None:  # noqa: ARG001
    """Write None."""
    enc.parts.append(b"n")


def put_int(enc: Encoder, value: int) -> None:
    """Write an int of any size."""
    enc.parts.append(wire.integer(value))


def put_float(enc: Encoder, value: float) -> None:
    """Write a float by its bits: -0.0 is not 0.0, and a NaN is itself."""
    enc.parts.append(wire.TAGGED_DOUBLE(b"r", value))


def put_bytes(enc: Encoder, value: bytes) -> None:
    """Write bytes."""
    enc.blob(b"b", value)


def put_dict(enc: Encoder, value: dict[Any, Any]) -> None:
    """Write a dict in its order, which counts."""
    if not enc.seen(value) and not enc.record(value):
        dict_content(enc, value)


def put_list(enc: Encoder, value: list[Any]) -> None:
    """Write a list."""
    if not enc.seen(value):
        list_content(enc, value)


def put_tuple(enc: Encoder, value: tuple[Any, ...]) -> None:
    """Write a tuple; it is never referred to, only what is mutable in it is."""
    known = enc.stable.get(id(value))
    if known is not None:
        enc.parts.append(known)
        return
    start, visited = len(enc.parts), len(enc.memo)
    cells = value if type(value) is tuple else tuple(tuple.__iter__(value))
    enc.parts.append(b"t" + wire.SIZE(len(cells)))
    enc.sequence(cells)
    wide = len(cells) >= _COLLAPSE_FROM_PARTS or len(enc.parts) - start >= _COLLAPSE_FROM_PARTS
    if wide and len(enc.memo) == visited:
        enc.collapse(start, value)


def dict_content(enc: Encoder, value: dict[Any, Any]) -> None:
    """Write what a dict, or an instance of a subclass, holds as a dict."""
    enc.parts.append(b"d" + wire.SIZE(dict.__len__(value)))
    enc.items(dict.items(value))


def list_content(enc: Encoder, value: list[Any]) -> None:
    """Write what a list, or an instance of a subclass, holds as a list."""
    cells = value if type(value) is list else list(list.__iter__(value))
    enc.parts.append(b"l" + wire.SIZE(len(cells)))
    enc.sequence(cells)


def bytearray_content(enc: Encoder, value: bytearray) -> None:
    """Write a bytearray."""
    enc.tag("bytearray")
    enc.blob(b"b", memoryview(value).tobytes())
    _put_sharing(enc, value)


def ordered_content(enc: Encoder, value: collections.OrderedDict[Any, Any]) -> None:
    """Write an OrderedDict; its order may be another than the dict's below it."""
    enc.tag("OrderedDict")
    enc.size(dict.__len__(value))
    enc.items(collections.OrderedDict.items(value))


def default_content(enc: Encoder, value: collections.defaultdict[Any, Any]) -> None:
    """Write a defaultdict with its factory."""
    enc.tag("defaultdict")
    enc.put_at(".default_factory", value.default_factory)
    dict_content(enc, value)


def counter_content(enc: Encoder, value: collections.Counter[Any]) -> None:
    """Write a Counter in its order, by which ties are broken."""
    enc.tag("Counter")
    dict_content(enc, value)


def deque_content(enc: Encoder, value: collections.deque[Any]) -> None:
    """Write a deque with its bound."""
    enc.tag("deque")
    put_optional_int(enc, value.maxlen)
    enc.size(collections.deque.__len__(value))
    enc.sequence(collections.deque.__iter__(value))


def put_optional_int(enc: Encoder, value: int | None) -> None:
    """Write a number or its absence."""
    enc.parts.append(b"n" if value is None else wire.integer(value))


def set_content(enc: Encoder, value: set[Any]) -> None:
    """Write a set."""
    enc.tag("set")
    _members(enc, value, set.__iter__(value))


def frozenset_content(enc: Encoder, value: frozenset[Any]) -> None:
    """Write a frozenset."""
    enc.tag("frozenset")
    _members(enc, value, frozenset.__iter__(value))


def _members(enc: Encoder, whole: Any, members: Iterable[Any]) -> None:
    """Write members in the order of their encodings, since a set has none of its own.

    Each is encoded as if alone. One that holds mutable objects is then written again in the walk,
    so that what it shares with the rest of the value counts.
    """
    if id(whole) in enc.open_sets:
        raise Opaque("a set that contains itself", type(whole).__name__)
    if len(enc.open_sets) >= _SETS_IN_SETS:
        raise Opaque("sets nested too deeply", type(whole).__name__)
    outside = enc.open_sets
    enc.open_sets = (*outside, id(whole))
    try:
        found = sorted(_alone(enc, members), key=lambda entry: entry[0])
        enc.size(len(found))
        enc.enter()
        for part, shared, member in found:
            enc.parts.append(part)
            if shared:
                enc.put(member)
        enc.depth -= 1
    except Opaque as opaque:
        raise opaque.under("{…}")  # noqa: B904
    finally:
        enc.open_sets = outside


def _alone(enc: Encoder, members: Iterable[Any]) -> Iterable[tuple[bytes, bool, Any]]:
    """Yield (encoding as if alone, whether it holds mutable objects, member)."""
    alone = enc.child()
    alone.enter()
    note = enc.note
    for member in members:
        code = wire.leaf(member)
        if code is None:
            alone.forget()
            alone.put(member)
            code = b"".join(alone.parts)
        elif note is not None and type(member) is str and may_be_path(member):
            note(member)
        short = len(code) < _DIGEST_MEMBER_FROM_BYTES
        part = wire.framed(b"m", code) if short else b"M" + wire.fingerprint(code)
        yield part, bool(alone.memo), member


def put_range(enc: Encoder, value: range) -> None:
    """Write a range as written; two that give the same numbers can still differ."""
    enc.tag("range")
    for number in (value.start, value.stop, value.step):
        enc.parts.append(wire.integer(number))


def put_slice(enc: Encoder, value: slice) -> None:
    """Write a slice."""
    enc.tag("slice")
    enc.sequence((value.start, value.stop, value.step))


def put_memoryview(enc: Encoder, value: memoryview) -> None:
    """Write a view and, where it could be written through, the buffer below it."""
    enc.tag("memoryview")
    enc.text(value.format)
    enc.size(len(value.shape or ()))
    for number in (*(value.shape or ()), *(value.strides or ()), int(value.readonly)):
        enc.parts.append(wire.integer(number))
    enc.blob(b"b", value.tobytes())
    if type(value.obj) is bytes:
        return
    with memoryview(value.obj) as whole:
        if not value.c_contiguous or whole.nbytes != value.nbytes:
            raise Opaque("a view of a part of a mutable buffer", "memoryview")
    enc.put_at(".obj", value.obj)


def put_array(enc: Encoder, value: array.array[Any]) -> None:
    """Write an array.array with what its bytes mean on this machine."""
    enc.tag("array")
    enc.text(f"{value.typecode}{value.itemsize}{sys.byteorder}")
    enc.blob(b"b", value.tobytes())
    _put_sharing(enc, value)


def _put_sharing(enc: Encoder, buffer: Any) -> None:
    """Write which numpy arrays lie in a buffer; without numpy there can be none."""
    np: Any = sys.modules.get("numpy")
    if np is None or not len(buffer):
        enc.size(0)
        return
    low = np.frombuffer(buffer, "u1").__array_interface__["data"][0]
    size = memoryview(buffer).nbytes
    put_sharing(enc, Extent(low, low + size, low, (1,), writable=True, guarded=False))


def put_chain_map(enc: Encoder, value: collections.ChainMap[Any, Any]) -> None:
    """Write the maps of a ChainMap."""
    enc.tag("ChainMap")
    enc.put_at(".maps", value.maps)


def put_mapping_proxy(enc: Encoder, value: types.MappingProxyType[Any, Any]) -> None:
    """Write the mapping itself: a change to it shows through the proxy."""
    enc.tag("mappingproxy")
    (mapping,) = gc.get_referents(value)
    enc.put(mapping)


def put_simple_namespace(enc: Encoder, value: types.SimpleNamespace) -> None:
    """Write the attributes of a SimpleNamespace."""
    enc.tag("SimpleNamespace")
    enc.state(vars(value))


def put_object(enc: Encoder, value: object) -> None:  # noqa: ARG001
    """Write a bare object(), which has nothing but its identity."""
    enc.tag("object")


def once(content: Callable[[Encoder, Any], None]) -> Handler:
    """Return a handler that writes a mutable object at its first visit and refers to it later."""

    def handler(enc: Encoder, value: Any) -> None:
        if not enc.seen(value):
            content(enc, value)

    return handler


CONTENT: dict[type, Handler] = {
    # What an instance of a subclass holds as one of these; the first in its bases decides.
    str: lambda enc, value: enc.string(str.__str__(value)),
    int: lambda enc, value: put_int(enc, int.__int__(value)),
    float: put_float,
    complex: lambda enc, value: put_leaf(enc, complex.__complex__(value)),
    bytes: lambda enc, value: put_bytes(enc, memoryview(value).tobytes()),
    tuple: put_tuple,
    frozenset: frozenset_content,
    bytearray: bytearray_content,
    list: list_content,
    collections.OrderedDict: ordered_content,
    collections.defaultdict: default_content,
    collections.Counter: counter_content,
    dict: dict_content,
    set: set_content,
    collections.deque: deque_content,
}

IMMUTABLE = frozenset({str, int, float, complex, bytes, tuple, frozenset})

HANDLERS: dict[type, Handler] = {
    **{kind: once(content) for kind, content in CONTENT.items() if kind not in IMMUTABLE},
    type(None): put_none,
    bool: put_leaf,
    type(Ellipsis): put_leaf,
    type(NotImplemented): put_leaf,
    complex: put_leaf,
    int: put_int,
    float: put_float,
    str: Encoder.string,
    bytes: put_bytes,
    tuple: put_tuple,
    frozenset: frozenset_content,
    list: put_list,
    dict: put_dict,
    range: put_range,
    slice: put_slice,
    memoryview: put_memoryview,
    array.array: once(put_array),
    collections.ChainMap: once(put_chain_map),
    types.MappingProxyType: put_mapping_proxy,
    types.SimpleNamespace: once(put_simple_namespace),
    object: once(put_object),
}
