"""Instances of classes: the class, the attributes and, for a subclass of a builtin, its content."""

from __future__ import annotations

import re
from types import BuiltinFunctionType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from workbench.keys.call import endpoint, is_counted_header, is_credential
from workbench.keys.encoder import Opaque
from workbench.keys.origin import origin, resolves
from workbench.keys.plain import CONTENT, IMMUTABLE
from workbench.keys.reasons import type_name
from workbench.keys.standard import RECORDS

if TYPE_CHECKING:
    import enum
    from collections.abc import Iterator

    from workbench.keys.encoder import Encoder, Handler

_STATELESS = frozenset({
    "_collections_abc", "abc", "collections.abc", "contextlib", "enum", "numbers", "typing",
})  # fmt: skip
"""Modules of the standard library whose classes add behaviour to a class and no state."""

_HEAP = 1 << 9
_POINTER_BYTES = 8
_OWN_PICKLING = frozenset({"__getstate__", "__reduce__", "__reduce_ex__"})
_RESOURCE = frozenset({"__enter__", "__aenter__", "__del__", "fileno"})
_CLIENT = re.compile(r"(Async)?(\w*OpenAI|Anthropic\w*)")
_SDKS = frozenset({"openai", "anthropic"})
_CREDENTIAL_SOURCES = frozenset({"_api_key_provider", "_azure_ad_token_provider"})
_CLIENT_TRANSPORTS = frozenset({
    "httpx.AsyncHTTPTransport", "httpx.HTTPTransport",
    "httpx2.AsyncHTTPTransport", "httpx2.HTTPTransport",
})  # fmt: skip


def put_instance(enc: Encoder, value: Any) -> None:
    """Write an object that is its class and its attributes."""
    if enc.seen(value):
        return
    enc.tag("instance")
    enc.put(type(value))
    _put_state(enc, value, _layers(type(value)))


def put_unique(enc: Encoder, value: object) -> None:
    """Write an object that exists once, by its type."""
    enc.tag(type_name(type(value)))


def put_member(enc: Encoder, member: enum.Enum) -> None:
    """Write a member of an Enum, or a combination of a Flag's."""
    enc.tag("member")
    enc.put(type(member))
    enc.put(member._name_)
    enc.put_at("._value_", member._value_)


def content_handler(kind: type, base: type) -> Handler:
    """Return a handler for a subclass of a builtin: never mistaken for the builtin itself."""
    layers = _layers(kind, base)
    content = CONTENT[base]
    mutable = base not in IMMUTABLE or _has_attributes(kind, layers)

    def handler(enc: Encoder, value: Any) -> None:
        if mutable and enc.seen(value):
            return
        enc.tag("content")
        enc.put(kind)
        content(enc, value)
        _put_state(enc, value, layers)

    return handler


def base_content(kind: type) -> type | None:
    """Return the builtin container or constant that a class extends, None if it extends none."""
    return next((base for base in kind.__mro__ if base in CONTENT), None)


def is_model(kind: type) -> bool:
    """Return whether this is a pydantic model's class."""
    return any(
        base.__name__ == "BaseModel" and base.__module__ == "pydantic.main" for base in kind.__mro__
    )


def is_client(kind: type) -> bool:
    """Return whether this is the class of an SDK's client."""
    return (
        kind.__module__.partition(".")[0] in _SDKS
        and _CLIENT.fullmatch(kind.__name__) is not None
        and resolves(kind, kind.__module__, kind.__qualname__)
    )


def refusal(kind: type, base: type | None = None) -> str:
    """Return why attributes do not tell all of such an object, "" if they do."""
    layers = _layers(kind, base)
    records = {base for layer in layers if type_name(layer) in RECORDS for base in layer.__mro__}
    checked = [
        layer for layer in layers
        if layer.__module__ not in _STATELESS and layer not in records
    ]  # fmt: skip
    if _is_compiled(kind, base or object, layers, checked):
        return "its state lies in compiled code"
    if any(origin(layer.__module__) == "standard" for layer in checked):
        return "an object of the standard library with a state of its own"
    if any("__next__" in vars(layer) for layer in layers):
        return "an iterator can be read only once"
    if any(not _RESOURCE.isdisjoint(vars(layer)) for layer in layers):
        return "a resource that is opened and closed"
    if not is_model(kind) and any(_pickles_itself(layer) for layer in checked):
        return "its class says itself what its state is"
    return ""


def _layers(kind: type, base: type | None = None) -> list[type]:
    """Return the classes whose attributes an object has, without its builtin base."""
    below = (base or object).__mro__
    return [layer for layer in kind.__mro__ if layer not in below]


def _is_compiled(kind: type, base: type, layers: list[type], checked: list[type]) -> bool:
    """Return whether instances hold memory that no attribute shows."""
    if any(not layer.__flags__ & _HEAP for layer in checked):
        return True
    if any(type(vars(layer).get("__new__")) is BuiltinFunctionType for layer in checked):
        return True
    slots = sum(1 for layer in layers for _ in _members(layer))
    known = base.__basicsize__ + _POINTER_BYTES * (slots + 2)  # __dict__ and __weakref__
    return kind.__basicsize__ > known


def _pickles_itself(layer: type) -> bool:
    return any(
        getattr(vars(layer).get(name), "__module__", "dataclasses") != "dataclasses"
        for name in _OWN_PICKLING
    )


def _members(layer: type) -> Iterator[tuple[str, Any]]:
    """Yield the slots of one class."""
    for name, member in vars(layer).items():
        if type(member) is MemberDescriptorType:
            yield name, member


def _has_attributes(kind: type, layers: list[type]) -> bool:
    return kind.__dictoffset__ != 0 or any(True for layer in layers for _ in _members(layer))


def _put_state(enc: Encoder, value: Any, layers: list[type]) -> None:
    """Write `__dict__` and slots, past any property that hides them."""
    for layer in type(value).__mro__:
        descriptor = vars(layer).get("__dict__")
        if descriptor is not None:
            if type(descriptor) is not GetSetDescriptorType:
                raise Opaque("it hides its attributes", type_name(type(value)))
            enc.state(descriptor.__get__(value))
            break
    slots = [entry for layer in layers for entry in _members(layer)]
    enc.size(len(slots))
    for name, member in slots:
        enc.text(name)
        try:
            held = member.__get__(value)
        except AttributeError:
            enc.tag("empty slot")
            continue
        enc.put_at(f".{name}", held)


def put_client(enc: Encoder, client: Any) -> None:
    """Write an SDK's client: its class, base URL and what changes its requests; no secret.

    Time limits and retries do not count: they change when an answer comes, not which.
    """
    if enc.seen(client):
        return
    state = vars(client)
    enc.tag("client")
    enc.put(type(client))
    _put_endpoint(enc, str(client.base_url))
    headers = {str(k).lower(): v for k, v in (state.get("_custom_headers") or {}).items()}
    query = dict(state.get("_custom_query") or {})
    for name, told in (
        ("_custom_headers", {k: v for k, v in headers.items() if is_counted_header(k)}),
        ("_custom_query", {k: v for k, v in query.items() if not is_credential(k)}),
        ("_strict_response_validation", state.get("_strict_response_validation")),
    ):
        enc.put_at(f".{name}", told)
    _put_transport(enc, state.get("_client"))
    _put_patches(enc, client, "")


def _put_endpoint(enc: Encoder, url: str) -> None:
    """Write whom a client asks, as call keys do: a server on this machine whatever its port."""
    parts = urlsplit(url)
    for text in (parts.scheme, *endpoint(url, {})):
        enc.text(text)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    enc.put([pair for pair in asked if not is_credential(pair[0])])


def _put_patches(enc: Encoder, part: Any, path: str) -> None:
    """Write functions of the user's that were set on a client or on a part of it."""
    for name, value in sorted(vars(part).items()):
        if name in _CREDENTIAL_SOURCES:
            continue
        if isinstance(value, FunctionType):
            enc.text(f"{path}.{name}")
            enc.put_at(f"{path}.{name}", value)
        elif _is_part(value):
            _put_patches(enc, value, f"{path}.{name}")


def _is_part(value: Any) -> bool:
    """Return whether this is a part of a client, such as `client.chat`, and not the client."""
    kind = type(value)
    ours = kind.__module__.partition(".")[0] in _SDKS and kind.__dictoffset__ != 0
    return ours and not is_client(kind)


def _put_transport(enc: Encoder, http: Any) -> None:
    """Write what an HTTP client adds of its own; the plain one adds nothing."""
    if http is None:
        raise Opaque("a client without an HTTP client", "client")
    transports = [vars(http).get("_transport"), *(vars(http).get("_mounts") or {}).values()]
    for transport in transports:
        kind = type_name(type(transport))
        if transport is not None and kind not in _CLIENT_TRANSPORTS:
            raise Opaque("an HTTP transport of its own", kind, "._client._transport")
    enc.put_at("._client._event_hooks", vars(http).get("_event_hooks"))
    told = {name: value for name, value in http.headers.items() if is_counted_header(name)}
    enc.put_at("._client._headers", told)
    asked = [pair for pair in http.params.multi_items() if not is_credential(pair[0])]
    enc.put_at("._client._params", asked)


BY_NAME: dict[str, Handler] = {
    "NoDefaultType": put_unique,  # of a type variable, from Python 3.13 on
    "pydantic_core._pydantic_core.PydanticUndefinedType": put_unique,
}
