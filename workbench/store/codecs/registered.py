"""Codecs that users add for classes of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from workbench.errors import UsageError
from workbench.store.codecs.body import Node
from workbench.store.codecs.document import Codec, Inner, Reader, Writer, add, exact_codec, forget
from workbench.store.codecs.refusals import NoCodec, name_of

T = TypeVar("T")

_kinds: dict[str, type] = {}


def register(
    cls: type[T], *, to: Callable[[T], object], from_: Callable[[Any], T], name: str | None = None
) -> None:
    """Store instances of a class as another value that can be stored.

    Registering a name again replaces it, so a cell that registers may run twice. Subclasses are
    not included.

        register(Money, to=lambda money: (money.cents, money.currency), from_=lambda t: Money(*t))

    Args:
        cls: the class; its exact type counts.
        to: an instance to what is stored in its place; equal parts mean equal instances.
        from_: what `to` gave, restored, to an instance.
        name: what stands in the store, for good; the class's full name if None. Keep it when the
            class moves.

    Raises:
        UsageError: the class has a codec of the workbench's own.

    """
    key = name or f"{cls.__module__}.{cls.__qualname__}"
    if exact_codec(cls) is not None and cls not in _kinds.values():
        message = f"{name_of(cls)} is stored by the workbench itself"
        raise UsageError(message, remedy="register a class of your own", name=key)
    if key in _kinds:
        forget(_kinds[key])
    _kinds[key] = cls
    add(_codec(key, to, from_), cls)


def _codec(name: str, to: Callable[[Any], object], from_: Callable[[Any], object]) -> Codec:
    def encode(writer: Writer, value: object) -> list[Node]:
        try:
            stored = to(value)
        except Exception as error:
            reason = f"has a registered codec that failed: {type(error).__name__}: {error}"
            raise NoCodec(name_of(type(value)), reason) from error
        return [writer.encode(stored)]

    def make(reader: Reader, node: list[Node]) -> object:
        return from_(reader.decode(node[1]))

    def differ(inner: Inner, a: object, b: object) -> str | None:
        return inner(to(a), to(b))

    return Codec(f"registered:{name}", encode, make, differ)
