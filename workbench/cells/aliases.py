"""Objects that an outcome has in common with what was there before: kept as references into it.

`for mail in mails` leaves `mail` as the last of `mails`: a copy would no longer be that one. What is
part of a value that the cell reads is stored as the way to it, and found again there, since a hit
has an equal value. What is part of anything else cannot be.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_WALK = 1_000_000
_LEAVES = (
    str, bytes, int, float, complex, type(None), type, range, types.ModuleType,
    types.FunctionType, types.BuiltinFunctionType, types.MethodType,
)  # fmt: skip
"""Never changed in place, or restored as the one object that they are."""

_PLAIN = frozenset(_LEAVES)
Way = tuple[tuple[str, Any], ...]
"""From a name's value to a part of it: `("item", key or index)` and `("attribute", name)`."""


@dataclass(frozen=True)
class Part:
    """Stands in a stored value for the object at the end of a way."""

    name: str
    way: Way


class Entangled(Exception):
    """An output shares a changeable object that cannot be referred to; the message names both."""


def detach(
    outputs: Mapping[str, Any], inputs: Iterable[str], before: Mapping[str, Any]
) -> dict[str, Any]:
    """The outputs, with `Part` in place of what they share with inputs. Nothing is changed.

    Cost: a walk over the outputs; over the other values only if something can be changed at all.

    Raises:
        Entangled: something is shared that lies in no input, or inside an object.

    """
    ids = {name: set(_changeable(value)) for name, value in outputs.items()}
    wanted = set().union(*ids.values())
    if len(wanted) > _WALK:
        raise Entangled("its values have more parts than can be compared")
    if not wanted:
        return dict(outputs)
    ways = _ways(inputs, before, wanted)
    for old, value in before.items():
        for lost in wanted.intersection(_changeable(value)).difference(ways):
            name = next(each for each, own in ids.items() if lost in own)
            raise Entangled(f"{name} shares a part with {old}")
    copied: dict[int, Any] = {}
    return {name: _replaced(value, ways, copied, name) for name, value in outputs.items()}


def attach(values: dict[str, Any], namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Loaded outputs with the live objects in place of each `Part`. Raises: LookupError."""
    done: set[int] = set()
    return {name: _found(value, namespace, done) for name, value in values.items()}


def _ways(inputs: Iterable[str], before: Mapping[str, Any], wanted: set[int]) -> dict[int, Part]:
    found: dict[int, Part] = {}
    seen: set[int] = set()
    pending = [(before[name], Part(name, ())) for name in inputs if name in before]
    while pending and len(seen) <= _WALK:
        item, part = pending.pop()
        if issubclass(type(item), _LEAVES) or id(item) in seen:
            continue
        seen.add(id(item))
        if id(item) in wanted:
            found[id(item)] = part
        pending += [
            (held, Part(part.name, (*part.way, step)))
            for step, held in _steps(item)
            if step[0] != "member" and isinstance(step[1], str | int)
        ]
    return found


def _replaced(value: Any, ways: dict[int, Part], copied: dict[int, Any], place: str) -> Any:
    """A copy with parts in place of shared objects; the value itself where nothing is shared."""
    if id(value) in ways:
        return ways[id(value)]
    if issubclass(type(value), _LEAVES) or ways.keys().isdisjoint(_changeable(value)):
        return value
    if id(value) in copied:
        return copied[id(value)]
    if type(value) is list:
        items = copied[id(value)] = []
        items += [_replaced(item, ways, copied, place) for item in value]
        return items
    if type(value) is dict:
        pairs = copied[id(value)] = {}
        pairs |= {key: _replaced(item, ways, copied, place) for key, item in value.items()}
        return pairs
    if type(value) is tuple:
        return tuple(_replaced(item, ways, copied, place) for item in value)
    raise Entangled(f"{place} holds a part of a value that it reads")


def _found(value: Any, namespace: Mapping[str, Any], done: set[int]) -> Any:
    if type(value) is Part:
        return _follow(value, namespace)
    if type(value) is tuple:
        return tuple(_found(item, namespace, done) for item in value) if _holds(value) else value
    if id(value) in done:
        return value
    done.add(id(value))
    if type(value) is list:
        value[:] = [_found(item, namespace, done) for item in value]
    elif type(value) is dict:
        for key, item in value.items():
            value[key] = _found(item, namespace, done)
    return value


def _holds(value: Any) -> bool:
    return any(type(item) in {Part, list, dict, tuple} for item in value)


def _follow(part: Part, namespace: Mapping[str, Any]) -> Any:
    value = namespace[part.name]
    for kind, step in part.way:
        try:
            value = getattr(value, step) if kind == "attribute" else value[step]
        except (AttributeError, TypeError, IndexError) as error:
            raise LookupError(f"{part.name} has no longer that part") from error
    return value


def _changeable(value: Any) -> Iterator[int]:
    """Ids of the changeable objects within a value, a million at most (and then one more)."""
    pending, seen = [value], set[int]()
    while pending and len(seen) <= _WALK:
        item = pending.pop()
        if issubclass(type(item), _LEAVES) or id(item) in seen:
            continue
        seen.add(id(item))
        if not issubclass(type(item), (tuple, frozenset)):
            yield id(item)
        pending.extend(_held(item))


def _held(item: Any) -> Iterable[Any]:
    """What an object holds, without its plain values: a list of millions of numbers costs little."""
    if issubclass(type(item), (list, tuple, set, frozenset)):
        return [held for held in item if type(held) not in _PLAIN]
    if issubclass(type(item), dict):
        parts = (part for pair in dict.items(item) for part in pair)
        return [part for part in parts if type(part) not in _PLAIN]
    return [held for _, held in _steps(item)]


def _steps(item: Any) -> Iterable[tuple[tuple[str, Any], Any]]:
    """What an object holds and the step that leads there, found without running its code."""
    if issubclass(type(item), dict):
        pairs = list(dict.items(item))
        keys = [(("member", None), key) for key, _ in pairs if not issubclass(type(key), _LEAVES)]
        items = [(("item", key), held) for key, held in pairs if type(held) not in _PLAIN]
        return [*items, *keys]
    if issubclass(type(item), (list, tuple)):
        return [(("item", n), held) for n, held in enumerate(item) if type(held) not in _PLAIN]
    if issubclass(type(item), (set, frozenset)):
        return [(("member", None), held) for held in item]
    home = str(vars(type(item)).get("__module__", "")).partition(".")[0]
    if home == "numpy":
        base = getattr(item, "base", None)
        return [(("attribute", "base"), base)] if base is not None else []
    if home == "pandas":
        return []  # copy-on-write: a frame made from another never changes with it
    return [(("attribute", name), held) for name, held in _attributes(item)]


def _attributes(item: Any) -> Iterator[tuple[str, Any]]:
    try:
        own = object.__getattribute__(item, "__dict__")
    except AttributeError:
        own = {}
    yield from list(own.items()) if isinstance(own, dict) else ()
    for kind in type(item).__mro__:
        for name, member in list(vars(kind).items()):
            if isinstance(member, types.MemberDescriptorType):
                try:
                    yield name, member.__get__(item)
                except AttributeError:
                    continue
