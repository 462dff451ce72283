"""Objects that an outcome has in common with what was there before: kept as references into it.

`for mail in mails` leaves `mail` as the last of `mails`: a copy would no longer be that one. What is
part of a value that the cell reads is stored as the way to it, and found again there, since a hit
has an equal value. What is part of anything else cannot be.
"""

from __future__ import annotations

import enum
import gc
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.keys.origin import origin

_WALK = 1_000_000
_LEAVES = (
    str, bytes, int, float, complex, type(None), range, types.BuiltinFunctionType, enum.Enum,
)  # fmt: skip
"""Never changed in place, or restored as the one object that they are."""

_CODE = (type, types.ModuleType, types.FunctionType, types.MethodType, types.CellType)
"""Restored as the one object that they are too, but they may hold what can be changed."""

_PLAIN = frozenset({*_LEAVES, type(None)})
_FLAT = frozenset({dict, list, tuple, set, frozenset})
_OWN = frozenset({"main", "own"})
_MACHINERY = frozenset({"IPython", "ipykernel", "traitlets", "workbench", "zmq", "tornado"})
"""What reaches the notebook's whole namespace: a stream, say, that a thread of the user's prints to."""
Way = tuple[tuple[str, Any], ...]
"""From a name's value to a part of it: `("item", key or index)` and `("attribute", name)`."""


@dataclass(frozen=True)
class Part:
    """Stands in a stored value for the object at the end of a way."""

    name: str
    way: Way


_left: set[type] = set()


def leave(kind: type) -> None:
    """Look into no instance of this class from now on: it is restored as an object of its own."""
    _left.add(kind)


class Entangled(Exception):
    """An output shares a changeable object that cannot be referred to; the message names both.

    `name` is the output's.
    """

    def __init__(self, message: str, name: str) -> None:
        super().__init__(message)
        self.name = name


def detach(
    outputs: Mapping[str, Any],
    inputs: Iterable[str],
    before: Mapping[str, Any],
    mutated: Iterable[str] = (),
) -> dict[str, Any]:
    """The outputs, with `Part` in place of what they share with inputs. Nothing is changed.

    What they share with `mutated` inputs stays: those are bound anew with them.

    Cost: a walk over the outputs; over the other values only if something can be changed at all.

    Raises:
        Entangled: something is shared that lies in no input, or inside an object.

    """
    ids = {name: set(_changeable(value)) for name, value in outputs.items()}
    wanted = set().union(*ids.values())
    if len(wanted) > _WALK:
        largest = max(ids, key=lambda name: len(ids[name]))
        raise Entangled("its values have more parts than can be compared", largest)
    if not wanted:
        return dict(outputs)
    inputs = list(inputs)
    ways = _ways(inputs, before, wanted)
    # a name that is bound anew holds its old value no longer, whoever is served
    anew = {n for n, v in outputs.items() if before.get(n) is not v}.difference(inputs)
    excused = anew.union(mutated)
    for old, value in before.items():
        if old in excused or type(value) in _PLAIN:
            continue
        if _is_flat(value) and id(value) not in wanted:
            continue
        for lost in wanted.intersection(_changeable(value, code=True)).difference(ways):
            name = next(each for each, own in ids.items() if lost in own)
            raise Entangled(f"{name} shares a part with {old}", name)
    copied: dict[int, Any] = {}
    return {name: _replaced(value, ways, copied, name) for name, value in outputs.items()}


def _is_flat(value: Any) -> bool:
    """Whether a plain container surely holds nothing that can be changed: 0.3 µs for most."""
    return type(value) in _FLAT and _PLAIN.issuperset(map(type, gc.get_referents(value)))


def held_elsewhere(values: Mapping[str, Any], others: Mapping[str, Any]) -> str:
    """Which of `others` holds a changeable part of `values`, in words; "" if none does.

    Cost: a walk over all of them.
    """
    ids = {name: set(_changeable(value)) for name, value in values.items()}
    wanted = set().union(*ids.values())
    for old, value in others.items():
        for lost in wanted.intersection(_changeable(value, code=True)):
            name = next(each for each, own in ids.items() if lost in own)
            return f"{name}, which it changed in place, is reached from {old} too"
    return ""


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
            if step[0] not in {"member", "code"} and isinstance(step[1], str | int)
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
    raise Entangled(f"{place} holds a part of a value that it reads", place)


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


def _changeable(value: Any, *, code: bool = False) -> Iterator[int]:
    """Ids of the changeable objects within a value, a million at most (and then one more).

    With `code` also those that functions, classes and modules hold: these are restored as the
    objects that they are, but what is reached from them must not be bound anew.
    """
    skipped = _LEAVES if code else (*_LEAVES, *_CODE)
    pending, seen = [value], set[int]()
    while pending and len(seen) <= _WALK:
        item = pending.pop()
        if issubclass(type(item), skipped) or id(item) in seen:
            continue
        seen.add(id(item))
        if not issubclass(type(item), (tuple, frozenset, *_CODE)):
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
    if issubclass(type(item), _CODE):
        return [(("code", None), held) for held in _held_by_code(item)]
    return _steps_of_object(item)


def _steps_of_object(item: Any) -> Iterable[tuple[tuple[str, Any], Any]]:
    home = str(type.__getattribute__(type(item), "__module__")).partition(".")[0]
    if home in _MACHINERY or type(item) in _left:
        return []
    if home == "numpy":
        base = getattr(item, "base", None)
        return [(("attribute", "base"), base)] if base is not None else []
    if home == "pandas":
        return []  # copy-on-write: a frame made from another never changes with it
    return [(("attribute", name), held) for name, held in _attributes(item)]


def _held_by_code(item: Any) -> Iterator[Any]:
    """What functions, classes and modules hold; of installed ones nothing that a step may change."""
    if isinstance(item, types.CellType):
        try:
            yield item.cell_contents
        except ValueError:
            return  # not filled yet
    elif isinstance(item, types.FunctionType):
        yield from item.__closure__ or ()
        yield from item.__defaults__ or ()
        yield from (item.__kwdefaults__ or {}).values()
        yield from item.__dict__.values()
    elif isinstance(item, types.MethodType):
        yield from (item.__self__, item.__func__)
    else:
        held = list(vars(item).items()) if _is_own(item) else ()
        yield from (each for name, each in held if not name.startswith("__"))


def _is_own(item: Any) -> bool:
    """Whether a class or module is the user's; the notebook's own namespace is none."""
    module = isinstance(item, types.ModuleType)
    home = item.__name__ if module else item.__module__
    if not isinstance(home, str) or home.partition(".")[0] == "workbench":
        return False
    return origin(home) in _OWN and not (module and home == "__main__")


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
