"""The drivers for httpx and httpx2: between a client and its transport, inside steps only.

A client asks itself for the transport of each URL; that is where ours steps in front, whatever the
transport's class is and whenever the client was made. Outside a step the client's own is returned.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from workbench.calls import context
from workbench.calls.context import Execution, own_traffic
from workbench.calls.decide import traffic
from workbench.calls.providers import table
from workbench.calls.session import CallSession, open_session
from workbench.calls.streams import (
    AsyncRecordedStream,
    Decode,
    RecordedStream,
    ReplayedStream,
    cut_short,
)
from workbench.errors import EffectError
from workbench.keys.call import endpoint
from workbench.store.port import Checkpoint

_HOP_HEADERS = frozenset({"content-length", "transfer-encoding"})


def intercept(lib: ModuleType) -> None:
    """Put our transports in front of every client of `lib` (httpx or httpx2). Once a module."""
    for client, driver in ((lib.Client, _SyncDriver), (lib.AsyncClient, _AsyncDriver)):
        choose = client._transport_for_url  # noqa: SLF001  # the one place every request passes
        if not getattr(choose, "_workbench", False):
            client._transport_for_url = _in_front(choose, driver, lib)  # noqa: SLF001


def _in_front(choose: Callable[..., Any], driver: type[_Driver], lib: ModuleType) -> Any:
    @functools.wraps(choose)
    def wrapped(self: Any, url: Any) -> Any:
        transport = choose(self, url)
        execution = context.current()
        return transport if execution is None else driver(lib, transport, execution)

    wrapped._workbench = True  # type: ignore[attr-defined]  # noqa: SLF001
    return wrapped


class _Driver:
    def __init__(self, lib: Any, inner: Any, execution: Execution) -> None:
        self.lib = lib
        self.inner = inner
        self.execution = execution

    def _session(self, request: Any, body: bytes) -> CallSession | None:
        """The call that this request is; None for other traffic, which is noted."""
        url, host = str(request.url), request.url.host
        protocol = table.find(request.method, host, request.url.path)
        kind = traffic(
            request.method,
            is_call=protocol is not None,
            host=host,
            may_write=_may_write(self.execution),
        )
        if protocol is None:
            _note(self.execution, kind, request.method, url)
            return None
        headers = {name.lower(): value for name, value in request.headers.items()}
        return open_session(
            self.execution, protocol, method=request.method, url=url, headers=headers, body=body
        )

    def _before(self, request: Any, session: CallSession) -> None:
        if session.request.streamed:
            # so that the end marker can be seen as it passes
            request.headers["accept-encoding"] = "identity"

    def _replay(self, request: Any, session: CallSession, found: Checkpoint) -> Any:
        session.served(found)
        partial = found.header["verdict"] == "partial"
        raw = bytes(found.parts[0])
        stream = ReplayedStream(raw, _past_end(session, len(raw)) if partial else None)
        return self.lib.Response(
            found.header["status"],
            headers=[(k, v) for k, v in found.header["headers"].items() if k not in _HOP_HEADERS],
            stream=_byte_stream(self.lib, stream),
            extensions={"http_version": b"HTTP/1.1"},
            request=request,
        )

    def _whole(self, response: Any, session: CallSession, raw: bytes) -> Any:
        """An unstreamed answer, stored; then handed on. Raises: IncompleteAnswer."""
        try:
            decoded = self._decoder(response)(raw)
        except Exception as error:
            session.broke(error, raw)
            raise
        judgement = session.answered(raw, decoded)
        if judgement.verdict == "incomplete":
            raise cut_short(session, len(raw), judgement.reason)
        return self.lib.Response(
            response.status_code,
            headers=[(k, v) for k, v in response.headers.raw if k.lower() != b"transfer-encoding"],
            stream=self.lib.ByteStream(raw),
            extensions=response.extensions,
        )

    def _decoder(self, response: Any) -> Decode:
        headers = response.headers
        if "content-encoding" not in headers:
            return bytes
        return lambda raw: bytes(self.lib.Response(200, headers=headers, content=raw).content)

    def _streams(self, response: Any, session: CallSession) -> bool:
        kind = response.headers.get("content-type", "")
        return response.is_success and (session.request.streamed or "event-stream" in kind)

    def _recorded(self, kind: type[Any], response: Any, session: CallSession) -> Any:
        stream = kind(
            response.stream, session, self._decoder(response), self.execution.settings.drain_s
        )
        with self.execution.lock:
            self.execution.streams.append(stream)
        return self.lib.Response(
            response.status_code,
            headers=response.headers,
            stream=_byte_stream(self.lib, stream),
            extensions=response.extensions,
        )


class _SyncDriver(_Driver):
    """What a sync client sends through inside a step."""

    def handle_request(self, request: Any) -> Any:
        session = self._session(request, request.read())
        if session is None:
            return self.inner.handle_request(request)
        _, found = session.action()
        if found is not None:
            return self._replay(request, session, found)
        self._before(request, session)
        received = bytearray()
        try:
            with own_traffic():
                response = self.inner.handle_request(request)
            session.headed(response.status_code, response.headers)
            if self._streams(response, session):
                return self._recorded(RecordedStream, response, session)
            with own_traffic():
                for chunk in response.stream:
                    received += chunk
                response.close()
        except BaseException as error:
            session.broke(error, bytes(received))
            raise
        return self._whole(response, session, bytes(received))


class _AsyncDriver(_Driver):
    """What an async client sends through inside a step."""

    async def handle_async_request(self, request: Any) -> Any:
        session = self._session(request, await request.aread())
        if session is None:
            return await self.inner.handle_async_request(request)
        _, found = session.action()
        if found is not None:
            return self._replay(request, session, found)
        self._before(request, session)
        received = bytearray()
        try:
            with own_traffic():
                response = await self.inner.handle_async_request(request)
                session.headed(response.status_code, response.headers)
                if self._streams(response, session):
                    return self._recorded(AsyncRecordedStream, response, session)
                async for chunk in response.stream:
                    received += chunk
                await response.aclose()
        except BaseException as error:
            session.broke(error, bytes(received))
            raise
        return self._whole(response, session, bytes(received))


@functools.cache
def _stream_class(lib: Any) -> type[Any]:
    """A stream of `lib`'s own two types, so that its clients accept it."""

    class Bridge(lib.SyncByteStream, lib.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __iter__(self) -> Any:
            return iter(self.stream)

        def __aiter__(self) -> Any:
            return aiter(self.stream)

        def close(self) -> None:
            self.stream.close()

        async def aclose(self) -> None:
            await self.stream.aclose()

    return Bridge


def _byte_stream(lib: Any, stream: Any) -> Any:
    return _stream_class(lib)(stream)


def _past_end(session: CallSession, size: int) -> Callable[[], None]:
    def set_aside() -> None:
        session.execution.store.checkpoints.remove(f"call/{session.request.key}")
        raise cut_short(session, size, "its first reader left before its end, this one reads on")

    return set_aside


def _may_write(execution: Execution) -> frozenset[str]:
    found = execution.settings
    return frozenset((*found.allow_hosts, *found.read_hosts))


def _note(execution: Execution, kind: str, method: str, url: str) -> None:
    """Remember traffic that is no call. Raises: EffectError under a strict policy."""
    host = endpoint(url, {})[0]
    if kind != "effect":
        execution.volatile.append(f"it asked {host}")
        return
    execution.undeclared.append(f"{method} {host}")
    if execution.policy.strict:
        raise EffectError(
            f"step {execution.name} writes to {host} ({method}) without declaring it",
            remedy=f"send it with wb.post, or add {host!r} to allow_hosts in [tool.workbench],"
            " or move it out of the step",
        )
