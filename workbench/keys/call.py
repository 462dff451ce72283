"""The key of a request to a provider: what was asked, of whom, and nothing about how.

It guards paid answers, so it may only ever change together with `_SCHEMA`; tests hold examples.
"""

from __future__ import annotations

import ipaddress
import re
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote_plus, urlsplit

from workbench.keys import wire
from workbench.keys.body import canonical_body

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMA = "call 1"
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_EMBEDDED = re.compile(r"/local/([0-9a-fA-F]{8,128})(?=/)")
_COUNTED_HEADERS = ("-version", "-beta")
_SDK_HEADERS = "x-stainless-"
CREDENTIALS = frozenset(
    {"key", "api_key", "api-key", "access_token", "token", "sig", "signature", "code"}
)


def request_key(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    content_type: str,
    *,
    salt: str = "",
    aliases: Mapping[str, str] = _NO_ALIASES,
) -> str:
    """Return the hex key of a request, the same for requests that ask the same of the same model.

    Counted: method, endpoint, path, query, `*-version` and `*-beta` headers, the body, `salt`. Not
    counted: credentials, other headers, a few fields of the body that only label it, and the
    identifiers that link a tool's call with its result. `aliases` names endpoints by "host:port".
    """
    where, path = endpoint(url, aliases)
    counted = sorted(
        (name.lower(), value.strip()) for name, value in headers.items() if is_counted_header(name)
    )
    parts = [wire.text(text) for text in (_SCHEMA, salt, method.upper(), where, path)]
    for pairs in (_query(urlsplit(url).query), counted):
        parts.append(wire.SIZE(len(pairs)))
        parts += (wire.text(text) for pair in pairs for text in pair)
    parts.append(canonical_body(body, content_type))
    return wire.hex_digest(parts)


def call_key(request_key: str, draw: int, name: str = "") -> str:
    """Return the hex key of the n-th answer to a request; `name` sets a named draw apart."""
    return wire.hex_digest(
        [wire.text("draw"), wire.text(request_key), wire.integer(draw), wire.text(name)]
    )


def endpoint(url: str, aliases: Mapping[str, str]) -> tuple[str, str]:
    """Return who answers at a URL, and the path there.

    An alias if the settings have one, "local:DIGEST" for the embedded model, "loopback" for a
    server on this machine whatever its port, else host and port (80 and 443 left out).
    """
    parts = urlsplit(url)
    path = parts.path or "/"
    host, port = (parts.hostname or "").lower(), _port(parts)
    shown = f"[{host}]" if ":" in host else host
    alias = aliases.get(f"{shown}:{port}")
    if alias is not None:
        return alias, path
    if _is_loopback(host):
        embedded = _EMBEDDED.match(path)
        if embedded:
            return f"local:{embedded[1].lower()}", path[embedded.end() :]
        return "loopback", path
    default = port == _DEFAULT_PORTS.get(parts.scheme)
    return (shown if default else f"{shown}:{port}"), path


def is_counted_header(name: str) -> bool:
    """Return whether a header says which version of an interface is asked."""
    name = name.lower()
    return name.endswith(_COUNTED_HEADERS) and not name.startswith(_SDK_HEADERS)


def is_credential(name: str) -> bool:
    """Return whether a query parameter says who asks, not what."""
    return name.lower() in CREDENTIALS


def _port(parts: SplitResult) -> int | None:
    return parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def _query(query: str) -> list[tuple[str, str, str]]:
    """Return (name, "=" if given, value), by name; of one name, in the order given."""
    found = [part.partition("=") for part in query.split("&") if part]
    named = [(_decoded(name), sign, _decoded(value)) for name, sign, value in found]
    return sorted((p for p in named if not is_credential(p[0])), key=lambda pair: pair[0])


def _decoded(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape")
