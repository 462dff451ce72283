"""Lists, tuples, dicts, sets and their kin, and the parts that any object is made of."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add
from workbench.store.codecs.refusals import NoCodec, name_of, segment
from workbench.store.codecs.same import (
    differ_attributes,
    differ_mappings,
    differ_sequences,
    differ_sets,
)
from workbench.store.codecs.scalars import all_scalars


def encode_items(writer: Writer, values: Any) -> list[Node]:
    """The nodes of a sequence's items."""
    writer.spend(len(values))
    if all_scalars(values):
        return list(values)
    nodes: list[Node] = []
    try:
        for value in values:
            nodes.append(writer.encode(value))  # noqa: PERF401  # its length tells where it failed
    except NoCodec as refusal:
        refusal.within(f"[{len(nodes)}]")
        raise
    return nodes


def encode_elements(writer: Writer, values: Iterable[Any]) -> list[Node]:
    """The nodes of what has no index: the elements of a set."""
    try:
        return [writer.encode(value) for value in values]
    except NoCodec as refusal:
        refusal.within("[<element>]")
        raise


def encode_attributes(writer: Writer, state: dict[str, Any]) -> dict[str, Node]:
    """The nodes of an object's attributes by name."""
    if not all_scalars(state) or not set(map(type, state)) <= {str}:
        raise NoCodec("object", "has attributes whose names are no plain texts")
    nodes, name = {}, ""
    try:
        for name, value in state.items():
            nodes[name] = writer.encode(value)
    except NoCodec as refusal:
        refusal.within(f".{name}")
        raise
    return nodes


def decode_attributes(reader: Reader, nodes: dict[str, Node]) -> dict[str, Any]:
    """What `encode_attributes` wrote."""
    return {
        name: reader.decode(node) if type(node) is list else node for name, node in nodes.items()
    }


def decode_items(reader: Reader, nodes: list[Node]) -> list[Any]:
    """What `encode_items` wrote."""
    return [reader.decode(node) if type(node) is list else node for node in nodes]


def encode_mapping(writer: Writer, value: dict[Any, Any]) -> list[Node]:
    """Keys and values: a map where all keys are plain texts, else one list of both in turns."""
    _refuse_own_attributes(value)
    writer.spend(2 * len(value))
    texts = set(map(type, value)) <= {str} and all_scalars(value)
    if texts and all_scalars(value.values()):
        return [dict(value)]
    nodes: list[Node] = []
    key: Any = None
    try:
        for key, part in value.items():
            if not texts:
                nodes.append(writer.encode(key))
            nodes.append(writer.encode(part))
    except NoCodec as refusal:
        refusal.within(segment(key))
        raise
    return [dict(zip(value, nodes, strict=True)) if texts else nodes]


def _refuse_own_attributes(value: Any) -> None:
    """Refuse a collection that carries attributes of its own, which its codec would lose."""
    if getattr(value, "__dict__", None):
        raise NoCodec(name_of(type(value)), "has attributes of its own: make it a dataclass")


def fill_mapping(reader: Reader, value: dict[Any, Any], node: list[Node]) -> None:
    """Add what `encode_mapping` wrote to an empty dict."""
    if value is node[1]:
        return
    if type(node[1]) is dict:
        value.update(decode_attributes(reader, node[1]))
        return
    parts = map(reader.decode, node[1])
    for key in parts:
        value[key] = next(parts)


def _holds_leaves(parts: Iterable[Any]) -> bool:
    return list not in set(map(type, parts))


def _make_list(_reader: Reader, node: list[Node]) -> list[Any]:
    return node[1] if _holds_leaves(node[1]) else []


def _fill_list(reader: Reader, value: list[Any], node: list[Node]) -> None:
    if value is not node[1]:
        value.extend(decode_items(reader, node[1]))


def _make_dict(_reader: Reader, node: list[Node]) -> dict[Any, Any]:
    return node[1] if type(node[1]) is dict and _holds_leaves(node[1].values()) else {}


def _encode_range(writer: Writer, value: range) -> list[Node]:
    return [writer.encode(part) for part in (value.start, value.stop, value.step)]


def _differ_ranges(_inner: Inner, a: range, b: range) -> str | None:
    return None if (a.start, a.stop, a.step) == (b.start, b.stop, b.step) else ""


def _slice_state(value: Any) -> dict[str, Any]:
    return {"start": value.start, "stop": value.stop, "step": value.step}


_FACTORIES: dict[str, type | None] = {
    "none": None,
    **{kind.__name__: kind for kind in (dict, float, int, list, set, str)},
}


def _encode_defaultdict(writer: Writer, value: defaultdict[Any, Any]) -> list[Node]:
    for name, factory in _FACTORIES.items():
        if value.default_factory is factory:
            return [*encode_mapping(writer, value), name]
    reason = "has a factory other than list, dict, set, int, float and str: keep dict(...) of it"
    raise NoCodec(name_of(type(value)), reason)


def _differ_defaultdicts(inner: Inner, a: Any, b: Any) -> str | None:
    if a.default_factory is not b.default_factory:
        return ".default_factory"
    return differ_mappings(inner, a, b)


def _differ_deques(inner: Inner, a: deque[Any], b: deque[Any]) -> str | None:
    return ".maxlen" if a.maxlen != b.maxlen else differ_sequences(inner, a, b)


def _encode_namespace(writer: Writer, value: SimpleNamespace) -> list[Node]:
    writer.own(vars(value))
    return [encode_attributes(writer, vars(value))]


add(
    Codec(
        tag="list",
        encode=lambda writer, value: [encode_items(writer, value)],
        make=_make_list,
        differ=differ_sequences,
        fill=_fill_list,
    ),
    list,
)
add(
    Codec(
        tag="tuple",
        encode=lambda writer, value: [encode_items(writer, value)],
        make=lambda reader, node: tuple(decode_items(reader, node[1])),
        differ=differ_sequences,
    ),
    tuple,
)
add(
    Codec(
        tag="range",
        encode=_encode_range,
        make=lambda reader, node: range(*map(reader.decode, node[1:])),
        differ=_differ_ranges,
        kept=False,
    ),
    range,
)
add(
    Codec(
        tag="slice",
        encode=lambda writer, value: [*encode_attributes(writer, _slice_state(value)).values()],
        make=lambda reader, node: slice(*map(reader.decode, node[1:])),
        differ=lambda inner, a, b: differ_attributes(inner, _slice_state(a), _slice_state(b)),
    ),
    slice,
)
add(Codec("dict", encode_mapping, _make_dict, differ_mappings, fill_mapping), dict)
add(
    Codec(
        tag="ordered_dict",
        encode=encode_mapping,
        make=lambda _reader, _node: OrderedDict(),
        differ=differ_mappings,
        fill=fill_mapping,
    ),
    OrderedDict,
)
add(
    Codec(
        tag="counter",
        encode=encode_mapping,
        make=lambda _reader, _node: Counter(),
        differ=differ_mappings,
        fill=fill_mapping,
    ),
    Counter,
)
add(
    Codec(
        tag="defaultdict",
        encode=_encode_defaultdict,
        make=lambda _reader, node: defaultdict(_FACTORIES[node[2]]),
        differ=_differ_defaultdicts,
        fill=fill_mapping,
    ),
    defaultdict,
)
add(
    Codec(
        tag="set",
        encode=lambda writer, value: [encode_elements(writer, value)],
        make=lambda _reader, _node: set(),
        differ=differ_sets,
        fill=lambda reader, value, node: value.update(decode_items(reader, node[1])),
    ),
    set,
)
add(
    Codec(
        tag="frozenset",
        encode=lambda writer, value: [encode_elements(writer, value)],
        make=lambda reader, node: frozenset(decode_items(reader, node[1])),
        differ=differ_sets,
    ),
    frozenset,
)
add(
    Codec(
        tag="deque",
        encode=lambda writer, value: [encode_items(writer, value), value.maxlen],
        make=lambda _reader, node: deque(maxlen=node[2]),
        differ=_differ_deques,
        fill=lambda reader, value, node: value.extend(decode_items(reader, node[1])),
    ),
    deque,
)
add(
    Codec(
        tag="namespace",
        encode=_encode_namespace,
        make=lambda _reader, _node: SimpleNamespace(),
        differ=lambda inner, a, b: differ_attributes(inner, vars(a), vars(b)),
        fill=lambda reader, value, node: vars(value).update(decode_attributes(reader, node[1])),
    ),
    SimpleNamespace,
)
