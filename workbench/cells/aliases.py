"""Whether values hold changeable objects in common: what a copy of one could not stand in for."""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_WALK = 1_000_000
_LEAVES = (
    str, bytes, int, float, complex, type(None), type, range, types.ModuleType,
    types.FunctionType, types.BuiltinFunctionType, types.MethodType,
)  # fmt: skip
"""Never changed in place, or restored as the one object that they are."""


def shared(outputs: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """Which output is, or holds, a changeable object that was there before, in words; "" if none.

    Cost: a walk over the outputs; over all other values only if one of them can be changed.
    """
    parts = {name: set(_changeable(value)) for name, value in outputs.items()}
    wanted = set().union(*parts.values())
    if len(wanted) > _WALK:
        return "its values have more parts than can be compared"
    for old, value in before.items() if wanted else ():
        common = wanted.intersection(_changeable(value))
        if common:
            name = next(each for each, own in parts.items() if own & common)
            return f"{name} shares a part with {old}"
    return ""


def _changeable(value: Any) -> Iterator[int]:
    """Ids of the changeable objects within a value, a million at most (and then one more)."""
    pending, seen = [value], set[int]()
    while pending and len(seen) <= _WALK:
        item = pending.pop()
        if isinstance(item, _LEAVES) or id(item) in seen:
            continue
        seen.add(id(item))
        if not isinstance(item, tuple | frozenset):
            yield id(item)
        pending.extend(_held(item))


def _held(item: Any) -> Iterable[Any]:
    """What an object holds, found without running any of its code."""
    if isinstance(item, dict):
        return [*dict.keys(item), *dict.values(item)]
    if isinstance(item, list | tuple | set | frozenset):
        return item
    home = type(item).__module__.partition(".")[0]
    if home == "numpy":
        return [base] if (base := getattr(item, "base", None)) is not None else []
    if home == "pandas":
        return []  # copy-on-write: a frame made from another never changes with it
    return [*_attributes(item), *_slots(item)]


def _attributes(item: Any) -> Iterable[Any]:
    try:
        attributes = object.__getattribute__(item, "__dict__")
    except AttributeError:
        return []
    return list(attributes.values()) if isinstance(attributes, dict) else []


def _slots(item: Any) -> Iterator[Any]:
    for kind in type(item).__mro__:
        for member in vars(kind).values():
            if isinstance(member, types.MemberDescriptorType):
                try:
                    yield member.__get__(item)
                except AttributeError:
                    continue
