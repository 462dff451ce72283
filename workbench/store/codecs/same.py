"""Exact equality: types, order, signs of zero, nan, and which parts are one and the same object."""

from __future__ import annotations

import math
import operator
from array import array
from collections.abc import Sequence
from types import NoneType
from typing import Any

from workbench.store.codecs.document import Inner, codec_of
from workbench.store.codecs.refusals import segment

_PLAIN = frozenset({NoneType, bool, int, str, bytes})
_LEAVES = _PLAIN | {float}


def same(a: object, b: object) -> bool:
    """Whether two values are equal in every way that a program can rely on.

    Compared are exact types (True is not 1 and not 1.0), order of dicts, nan (equal to nan), -0.0
    (not 0.0), arrays and frames with dtypes, index and attributes, and the aliases between parts.
    Values of types without a codec are the same only if they are one object.
    Reads both once; about as slow as writing them.
    """
    return Comparison().differ(a, b) is None


class Comparison:
    """One walk through pairs of values that remembers which objects correspond.

    Attributes:
        culprit: the part of the first value that was found not the same, None before.

    """

    def __init__(self) -> None:
        self.culprit: object = None
        self._pairs: dict[int, tuple[object, object]] = {}
        self._taken: dict[int, object] = {}

    def differ(self, a: Any, b: Any) -> str | None:
        """The path to the first part that is not the same; empty: the whole; None: no part."""
        found = self._differ(a, b)
        if found == "":
            self.culprit = a
        return found

    def _differ(self, a: Any, b: Any) -> str | None:
        kind = type(a)
        if kind is not type(b):
            return ""
        if kind in _LEAVES:
            return None if (same_float(a, b) if kind is float else a == b) else ""
        codec = codec_of(a)
        if codec is None:
            return None if a is b else ""
        if codec.kept:
            if id(a) in self._pairs or id(b) in self._taken:
                return None if self._are_paired(a, b) else ""
            self._pairs[id(a)] = a, b
            self._taken[id(b)] = b
        return codec.differ(self.differ, a, b)

    def _are_paired(self, a: object, b: object) -> bool:
        return id(a) in self._pairs and self._pairs[id(a)][1] is b


def same_float(a: float, b: float) -> bool:
    """Whether two floats are equal with their signs, or both nan."""
    if a == b:
        return math.copysign(1.0, a) == math.copysign(1.0, b)
    return a != a and b != b  # noqa: PLR0124  # nan is what differs from itself


def differ_sequences(inner: Inner, a: Sequence[Any], b: Sequence[Any]) -> str | None:
    """Compare item by item; flat sequences of numbers and texts at the speed of C."""
    if len(a) != len(b):
        return ""
    if _same_leaves(a, b):
        return None
    for i, (left, right) in enumerate(zip(a, b, strict=True)):
        found = inner(left, right)
        if found is not None:
            return f"[{i}]{found}"
    return None


def _same_leaves(a: Sequence[Any], b: Sequence[Any]) -> bool:
    """True only where both hold leaves alone and all are the same."""
    kinds = list(map(type, a))
    found = set(kinds)
    if not found <= _LEAVES or kinds != list(map(type, b)):
        return False
    if float in found:
        left, right = (array("d", [x for x in part if type(x) is float]) for part in (a, b))
        if left.tobytes() != right.tobytes():
            return False
        a, b = ([x for x in part if type(x) is not float] for part in (a, b))
    return all(map(operator.eq, a, b))


def differ_mappings(inner: Inner, a: dict[Any, Any], b: dict[Any, Any]) -> str | None:
    """Compare keys and values in order; flat ones at the speed of C."""
    if len(a) != len(b):
        return ""
    if not _same_leaves(list(a), list(b)):
        for key, other in zip(a, b, strict=True):
            if inner(key, other) is not None:
                return segment(key)
    if _same_leaves(list(a.values()), list(b.values())):
        return None
    for (key, left), right in zip(a.items(), b.values(), strict=True):
        found = inner(left, right)
        if found is not None:
            return segment(key) + found
    return None


def differ_sets(inner: Inner, a: set[Any], b: set[Any]) -> str | None:
    """Compare without order: each element with its equal, or, where none is (nan), by search."""
    if len(a) != len(b):
        return ""
    partners = {element: element for element in b}
    left = [element for element in a if element not in partners]
    for element in a:
        if element in partners and inner(element, partners.pop(element)) is not None:
            return "[<element>]"
    rest = list(partners.values())
    for element in left:
        found = next((i for i, other in enumerate(rest) if same(element, other)), None)
        if found is None or inner(element, rest.pop(found)) is not None:
            return "[<element>]"
    return None


def differ_attributes(inner: Inner, a: dict[str, Any], b: dict[str, Any]) -> str | None:
    """Compare attributes in order, with paths in dots."""
    if list(a) != list(b):
        return ""
    for name, left in a.items():
        found = inner(left, b[name])
        if found is not None:
            return f".{name}{found}"
    return None
