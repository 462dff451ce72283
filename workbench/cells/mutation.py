"""Inputs that a step changes in place: which they are, and who else holds them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any

from workbench.cells import inputs
from workbench.cells.inputs import Inputs
from workbench.cells.modules import own
from workbench.cells.outcome import NotKept

_CODE = (types.ModuleType, types.FunctionType, type)


def changed(given: Inputs, before: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the inputs that are no longer what they were before the step ran.

    Raises:
        NotKept: one can no longer be read, or is code, which is not stored.

    """
    if not given.values:
        return ()
    now = inputs.digests(given, before)
    if now is None:
        raise NotKept("it changed an input into what has no key")
    names = tuple(name for name, digest in given.values.items() if now[0].get(name) != digest)
    for name in names:
        if isinstance(before.get(name), _CODE):
            raise NotKept(f"it changed {name}, or what it reads, in place")
    if not names and now[1] != given.sharing:
        raise NotKept("it changed which inputs share parts")
    return names


def others(namespace: Mapping[str, Any], given: Inputs) -> dict[str, Any]:
    """What may hold an input that a hit is to bind anew: names that it does not read, and modules."""
    return own.with_modules({n: v for n, v in namespace.items() if n not in given.values})
