"""Binds what a checkpoint holds into a kernel's namespace: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import CodeType
from typing import Any

from workbench.cells import aliases
from workbench.cells.definitions import ANNOTATIONS
from workbench.store import codecs
from workbench.store.port import Checkpoint


def restore(
    found: Checkpoint,
    namespace: dict[str, Any],
    define: Callable[[list[str]], CodeType],
    others: Callable[[], Mapping[str, Any]],
) -> None:
    """Bind and delete names as the recorded execution did.

    An input that it changed in place is bound to a copy as it was then, so nothing in `others()`
    may hold it or a part of it.

    Raises:
        codecs.CannotRestore: and then nothing was changed.

    """
    mutated = found.header["mutated"]
    if mutated:
        held = aliases.held_elsewhere(
            {n: namespace[n] for n in mutated if n in namespace}, others()
        )
        if held:
            raise codecs.CannotRestore(held)
    values = load(found, namespace, namespace)
    defined = found.header["defined"]
    if defined:
        made: dict[str, Any] = {}
        try:
            exec(define(defined), namespace, made)  # noqa: S102  # the cell's own declarations
        except Exception as problem:  # noqa: BLE001  # whatever an annotation does
            raise codecs.CannotRestore(f"{type(problem).__name__}: {problem}") from None
        annotations = made.pop(ANNOTATIONS, {})
        if annotations:
            namespace.setdefault(ANNOTATIONS, {}).update(annotations)
        values |= made
    namespace.update(values)
    for name in found.header["deleted"]:
        namespace.pop(name, None)


def load(
    found: Checkpoint, inputs: Mapping[str, Any], namespace: Mapping[str, Any]
) -> dict[str, Any]:
    """A checkpoint's outputs, what they share with inputs taken from there.

    Classes of stored instances that live in the notebook are looked up in `namespace`.

    Raises:
        codecs.CannotRestore: a class or a shared part is gone, or the bytes are damaged.

    """
    body, _, *blobs = found.parts
    values = codecs.load(bytes(body), blobs, namespace=namespace)
    if not found.header.get("shares", True):
        return values  # told when it was stored, and a walk through all of it saved
    try:
        return aliases.attach(values, inputs)
    except LookupError as problem:
        raise codecs.CannotRestore(str(problem)) from None
