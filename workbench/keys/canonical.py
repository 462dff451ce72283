"""The digest of any value, and which family of values writes which type."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.keys import (
    arrays,
    forms,
    frames,
    functions,
    objects,
    plain,
    reasons,
    sharing,
    standard,
    tables,
    wire,
)
from workbench.keys.classes import put_class
from workbench.keys.encoder import Encoder, Opaque, Sources
from workbench.keys.origin import resolves

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.keys.encoder import Handler

__all__ = ["Digests", "Opaque", "Sources", "digest", "digests"]

_SCHEMA = b"workbench value 2\0"

_HANDLERS: dict[type, Handler] = {
    **plain.HANDLERS,
    **functions.HANDLERS,
    **forms.HANDLERS,
    type: put_class,
}

_BY_NAME: dict[str, Handler] = {
    **standard.BY_NAME,
    **forms.BY_NAME,
    **functions.BY_NAME,
    **objects.BY_NAME,
}

_FAMILIES: dict[str, Callable[[type], Handler | None]] = {
    "numpy": arrays.handler_of,
    "pandas": frames.handler_of,
    "pyarrow": tables.handler_of,
}


@dataclass(frozen=True, slots=True)
class Digests:
    """The digests of several names read together.

    Attributes:
        each: a name's digest, as `digest` of its value alone.
        sharing: "" where no two names share an object or memory that can change; else the digest
            of which parts they share: `b = a` is told from an equal `b` of its own.

    """

    each: dict[str, str]
    sharing: str


def digest(
    value: object,
    sources: Sources,
    *,
    name: str = "value",
    note: Callable[[str], None] | None = None,
) -> str:
    """Return the hex digest of a value: equal for values that behave alike, else different.

    `name` is how an error calls the value. `note` is told each str and path in it that may name a
    file (of many texts in one list, column or dict, those that look like a path: see `mentions`).
    Costs about 10 µs for a record of 1 KB, 1 µs for each of many small dicts of constants, 0.03 µs
    for each constant of a long list or object column, and a pass over the bytes for an array or a
    frame on Arrow or numpy memory.

    Raises:
        Opaque: something in it cannot be seen whole; says where, what and why.

    """
    return _hex(_encoded(value, sources, name, note))


def digests(
    values: Mapping[str, object],
    sources: Sources,
    *,
    note: Callable[[str], None] | None = None,
) -> Digests:
    """Return the digest of each named value, and of which changeable parts names share.

    Costs what `digest` of each costs, and next to nothing more where nothing is shared; until it
    returns, the objects it met are held.

    Raises:
        Opaque: as `digest` of a name does, by that name.

    """
    each: dict[str, str] = {}
    encoded: dict[str, Encoder] = {}
    for name, value in values.items():
        encoded[name] = _encoded(value, sources, name, note)
        each[name] = _hex(encoded[name])
    return Digests(each, sharing.digest(encoded))


def _hex(enc: Encoder) -> str:
    found = wire.hex_digest([_SCHEMA, *enc.parts])
    enc.parts = []  # long lists' bytes, which nobody needs any more
    return found


def _encoded(
    value: object, sources: Sources, name: str, note: Callable[[str], None] | None
) -> Encoder:
    """Return the encoder that has written a value. Raises: Opaque."""
    enc = Encoder(sources, _HANDLERS, _learn, note)
    try:
        enc.put(value)
    except Opaque as opaque:
        opaque.type_name = opaque.type_name or reasons.type_name(type(value))
        raise opaque.under(name)  # noqa: B904 - the same error, told where it is
    except RecursionError:
        raise Opaque("nested too deeply", reasons.type_name(type(value)), name) from None
    except Exception as error:
        reason = f"it cannot be read ({type(error).__name__}: {error})"
        raise Opaque(reason, reasons.type_name(type(value)), name) from error
    return enc


def _learn(enc: Encoder, kind: type) -> Handler:  # noqa: ARG001 - the encoder's protocol
    """Return the handler for a type that is met for the first time."""
    if issubclass(kind, type):
        return put_class
    found = _known(kind)
    if found is not None:
        return found
    if issubclass(kind, enum.Enum):
        return objects.put_member
    if objects.is_client(kind):
        return objects.put_client
    base = objects.base_content(kind)
    why = reasons.special(kind) or objects.refusal(kind, base)
    if why:
        raise Opaque(why, reasons.type_name(kind))
    return objects.put_instance if base is None else objects.content_handler(kind, base)


def _known(kind: type) -> Handler | None:
    """Return the handler of a library's type, recognised without importing the library."""
    module, qualname = kind.__module__, kind.__qualname__
    by_name = _BY_NAME.get(f"{module}.{qualname}")
    if by_name is not None and resolves(kind, module, qualname):
        return by_name
    family = _FAMILIES.get(module.partition(".")[0])
    return family(kind) if family is not None else functions.compiled_handler(kind)
