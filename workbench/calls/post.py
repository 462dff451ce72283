"""`wb.post`: a webhook as an effect."""

from __future__ import annotations

import json as jsonlib
import socket
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.calls.effects import Effect, InDoubt, NotSent, Receipt, perform
from workbench.calls.secrets import is_credential
from workbench.errors import UsageError
from workbench.keys.call import endpoint
from workbench.model import Json

TIMEOUT_S = 30.0
_KEPT_BYTES = 64 * 1024


def post(
    url: str,
    *,
    json: Any = None,
    data: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
    dedupes: bool = False,
) -> Receipt:
    """POST to a webhook at most once per key; a receipt of what became of it.

    Held in a notebook until `%wb send STEP` (or `%%step STEP --effects=send`), sent at once in a
    batch. Every attempt carries the same `Idempotency-Key` header (IETF draft
    draft-ietf-httpapi-idempotency-key-header).

    Args:
        url: http or https.
        json: a value sent as JSON; or
        data: text or bytes sent as they are.
        headers: further headers. Credentials among them are never stored, so such a request
            cannot be sent later from its record.
        key: what "once" is counted in, such as the document's id: once per notebook, receiver
            and key. Without it: once per place in the notebook.
        dedupes: the receiver ignores a repeated `Idempotency-Key`, so a doubt is settled by
            sending again.

    Raises:
        EffectError: refused, in doubt, or recorded with other content.
        UsageError: the arguments do not make a request.

    Example:
        >>> wb.post("http://127.0.0.1:8080/hook", json={"id": 7}, key="7")  # doctest: +SKIP
        <post to 127.0.0.1:8080/hook: sent>

    """
    headers = dict(headers or {})
    content = _content(json, data)
    address = {"url": _storable_url(url), "headers": _storable(headers)}
    effect = Effect(
        kind="post",
        target=_target(url),
        content=content,
        address=address,
        key=None if key is None else str(key),
        dedupes=dedupes,
        secret=address != {"url": url, "headers": headers},
    )
    return perform(effect, lambda key: deliver({**content, "url": url}, headers, key))


def deliver(request: Json, headers: Mapping[str, str], idempotency_key: str) -> Json:
    """Send one recorded request. Returns: its outcome. Raises: NotSent, InDoubt."""
    body = (
        request["data"].encode() if "data" in request else jsonlib.dumps(request["json"]).encode()
    )
    kind = "application/json" if "json" in request else "text/plain; charset=utf-8"
    sent = {"Content-Type": kind, **headers, "Idempotency-Key": idempotency_key}
    call = urllib.request.Request(request["url"], body, sent, method="POST")  # noqa: S310  # checked in _target
    try:
        with _opener.open(call, timeout=TIMEOUT_S) as answer:
            text = answer.read(_KEPT_BYTES).decode("utf-8", "replace")
            return {"status": answer.status, "body": text}
    except urllib.error.HTTPError as error:
        with error:
            raise _by_status(error.code) from None
    except urllib.error.URLError as error:
        raise _by_cause(error.reason) from None
    except OSError as error:
        raise InDoubt(f"the connection broke: {error}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would be sent as a GET: refused, as an answer that is not 2xx."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        return None


_opener = urllib.request.build_opener(_NoRedirect)


def _by_status(status: int) -> Exception:
    """RFC 9110: 4xx and 503 were not acted on; after a redirect, 408 or other 5xx nobody can know."""
    if (400 <= status < 500 and status != 408) or status == 503:
        return NotSent(f"the receiver answered HTTP {status}")
    return InDoubt(f"the receiver answered HTTP {status}")


def _by_cause(cause: object) -> Exception:
    never_reached = (ConnectionRefusedError, socket.gaierror)
    if isinstance(cause, never_reached):
        return NotSent(f"the receiver was not reached: {cause}")
    return InDoubt(f"the connection broke: {cause}")


def _target(url: str) -> str:
    parts = urllib.parse.urlsplit(str(url))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{url!r} is no http(s) URL", remedy="give wb.post a whole URL")
    return "".join(endpoint(str(url), {}))


def _storable(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if not is_credential(name)}


def _storable_url(url: str) -> str:
    """The URL without user, password and credentials in its query."""
    parts = urllib.parse.urlsplit(url)
    query = urllib.parse.parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if not is_credential(name)]
    if len(kept) == len(query) and "@" not in parts.netloc:
        return url
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit(parts._replace(netloc=host, query=urllib.parse.urlencode(kept)))


def _content(json: Any, data: str | bytes | None) -> dict[str, Json]:
    if data is not None and json is not None:
        raise UsageError("wb.post got both json= and data=", remedy="give one of them")
    if data is not None:
        text = data.decode("utf-8", "strict") if isinstance(data, bytes) else data
        return {"data": text}
    try:
        plain = jsonlib.loads(jsonlib.dumps(json))
        msgspec.json.encode(plain)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"json= cannot be sent as JSON: {error}", remedy="give plain dicts, lists and scalars"
        ) from None
    return {"json": plain}
