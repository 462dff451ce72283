"""Which changeable parts several names share: writing to one then changes what another reads."""

from __future__ import annotations

import dataclasses
import gc
import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from workbench.keys import wire
from workbench.keys.memory import Memory, relations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.keys.encoder import Encoder

_LASTING = (FunctionType, type, ModuleType)
"""What is made once and read since: two names that use one function share nothing that changes."""

_OF_ANY_CLASS = frozenset({
    id(dataclasses.MISSING),
    id(vars(dataclasses.MISSING)),
    *map(id, gc.get_referents(dataclasses.field().metadata)),
})  # fmt: skip
"""What all dataclasses share."""

_CONTAINERS = frozenset({list, dict, set, tuple, bytearray})
_OF_CODE = ("__dict__", "__annotations__", "__kwdefaults__")


def digest(encoded: Mapping[str, Encoder]) -> str:
    """Return the hex digest of what the values of several names share, "" if nothing.

    Parts are named by their order of visit in each name's own encoding, so it is the same in every
    process. Costs 0.05 µs an object where nothing is shared.
    """
    names = sorted(encoded)
    encoders = [encoded[name] for name in names]
    parts = [*_objects(encoders), *_memory(encoders)]
    if not parts:
        return ""
    told = b"".join(wire.text(name) for name in names)
    return wire.hex_digest([b"workbench sharing 1\0", wire.framed(b"N", told), *parts])


def _objects(encoders: list[Encoder]) -> Iterator[bytes]:
    """Yield what is shared by which names, in the names' order and that of first visits."""
    memos = [enc.memo for enc in encoders]
    once: set[int] = set()
    twice: set[int] = set()
    for memo in memos:
        twice |= once & memo.keys()
        once |= memo.keys()
    twice -= _lasting(encoders, twice)
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for each in twice:
        holders = tuple(at for at, memo in enumerate(memos) if each in memo)
        found.setdefault(holders, []).append(tuple(memos[at][each] for at in holders))
    for holders, ordinals in sorted(found.items()):
        yield b"O" + _numbers(*holders) + _numbers(*(n for row in sorted(ordinals) for n in row))


def _lasting(encoders: list[Encoder], shared: set[int]) -> set[int]:
    """Return the ids of those shared objects that do not change, or whose change nobody sees."""
    # NOTE: a closure's cell counts even where no function sets it: a decorated function read under
    # two names says so. That is one more part of the key, and the same one each time.
    pandas: Any = sys.modules.get("pandas")
    index = getattr(pandas, "Index", None)
    kinds = _LASTING if index is None else (*_LASTING, index)
    lasting = set(_OF_ANY_CLASS)
    for enc in encoders if shared else ():
        for value in enc.keep:
            if type(value) in _CONTAINERS or id(value) not in shared:
                continue
            if isinstance(value, kinds):
                lasting.add(id(value))
                lasting.update(id(getattr(value, name, None)) for name in _OF_CODE)
            elif _is_frozen(type(value)):
                lasting |= {id(value), id(getattr(value, "__dict__", None))}
    return lasting


def _is_frozen(kind: type) -> bool:
    """Return whether objects of a class cannot be set anew: a frozen dataclass."""
    return bool(getattr(getattr(kind, "__dataclass_params__", None), "frozen", False))


def _memory(encoders: list[Encoder]) -> Iterator[bytes]:
    """Yield which arrays of different names lie in the same memory, and how."""
    held = [(at, enc.memory) for at, enc in enumerate(encoders) if enc.memory is not None]
    if len(held) < 2:
        return
    whole = Memory()
    visited: list[tuple[int, int]] = []
    for at, memory in held:
        for number, extent in memory.extents():
            touched = whole.add(extent)
            others = [pair for pair in touched if visited[pair[0]][0] != at]
            visited.append((at, number))
            for other, *numbers in relations(extent, others):
                yield b"M" + _numbers(*visited[other], at, number, *numbers)


def _numbers(*numbers: int) -> bytes:
    packed = wire.packed(numbers)
    assert packed is not None, "ordinals and distances fit in 64 bits"
    return wire.framed(b"P", packed)
