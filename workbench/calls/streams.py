"""A streamed answer on its way to its reader: kept as it passes, stored at its end marker.

The two classes are one idea, sync and async: the reader gets each chunk only after the answer was
stored if that chunk ended it; a reader that leaves early does not cost the answer, which is drained
to its end in the background within a bound.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from workbench import clock
from workbench.calls.context import own_traffic
from workbench.calls.session import CallSession
from workbench.errors import IncompleteAnswer

Decode = Callable[[bytes], bytes]
"""Removes a response's content encoding (gzip and the like) from its raw bytes."""


class _Recorded:
    """What both share: the bytes so far, and what they mean."""

    def __init__(self, inner: Any, session: CallSession, decode: Decode, drain_s: float) -> None:
        self.inner = inner
        self.session = session
        self.received = bytearray()
        self._decode = decode
        self._drain_s = drain_s
        self._lock = threading.RLock()
        self._given = 0
        self._over = False

    def _took(self, chunk: bytes) -> None:
        self.received += chunk
        if not self.session.sealed and self.session.may_end(self.received):
            raw = bytes(self.received)
            self.session.answered(raw, self._decode(raw), final=False)

    def _ended(self) -> None:
        """The provider closed the stream. Raises: IncompleteAnswer, if it had not finished."""
        self._over = True
        if self.session.sealed:
            return
        raw = bytes(self.received)
        judgement = self.session.answered(raw, self._decode(raw))
        if judgement.verdict == "incomplete":
            raise cut_short(self.session, len(raw), judgement.reason)

    def _broke(self, error: BaseException) -> None:
        self._over = True
        self.session.broke(error, bytes(self.received))

    def _rest(self) -> bytes:
        """What has arrived and was not given to the reader yet."""
        rest = bytes(self.received[self._given :])
        self._given = len(self.received)
        return rest

    def _left(self) -> None:
        with self._lock:
            self._over = True
            if not self.session.sealed:
                raw = bytes(self.received)
                self.session.left(raw, self._decode(raw))

    @property
    def open(self) -> bool:
        """Whether the answer may still be worth reading to its end."""
        return not (self._over or self.session.sealed)


class RecordedStream(_Recorded):
    """The sync stream that an httpx response reads from."""

    def __init__(self, inner: Any, session: CallSession, decode: Decode, drain_s: float) -> None:
        super().__init__(inner, session, decode, drain_s)
        self._chunks = iter(inner)
        self._drain: threading.Thread | None = None

    def __iter__(self) -> Iterator[bytes]:
        while (chunk := self._next()) is not None:
            yield chunk

    def close(self) -> None:
        """The reader is done: finish the answer in the background if it is not whole."""
        if not self.open:
            self.inner.close()
        elif self._drain is None:
            run = contextvars.copy_context().run
            self._drain = threading.Thread(target=run, args=(self._finish,), daemon=True)
            self._drain.start()

    def settle(self, wait_s: float, *, at_once: bool = False) -> None:
        """Make sure the answer is recorded, whole or partial, before its step ends.

        `at_once` gives up waiting after `wait_s` and leaves the rest to the background.
        """
        if self.open:
            self.close()
        if self._drain is not None:
            self._drain.join(wait_s)
            if not at_once:
                self._left()

    def _next(self) -> bytes | None:
        """The reader's next bytes: what a drain read meanwhile, else a new chunk."""
        with self._lock:
            rest = self._rest()
            if rest or self._over:
                return rest or None
            try:
                with own_traffic():
                    chunk: bytes | None = next(self._chunks, None)
            except BaseException as error:
                self._broke(error)
                raise
            if chunk is None:
                self._ended()
                return None
            self._took(chunk)
            return self._rest()

    def _finish(self) -> None:
        deadline = clock.monotonic_s() + self._drain_s
        try:
            while self.open and clock.monotonic_s() < deadline:
                with self._lock:
                    if not self.open:
                        break
                    with own_traffic():
                        chunk = next(self._chunks, None)
                    if chunk is None:
                        break
                    self._took(chunk)
        except Exception:  # noqa: BLE001, S110  # the reader is gone: what arrived is what counts
            pass
        finally:
            self._left()
            self.inner.close()


class AsyncRecordedStream(_Recorded):
    """The async stream that an httpx response reads from."""

    def __init__(self, inner: Any, session: CallSession, decode: Decode, drain_s: float) -> None:
        super().__init__(inner, session, decode, drain_s)
        self._chunks = aiter(inner)
        self._turn = asyncio.Lock()
        self._drain: asyncio.Task[None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._next()) is not None:
            yield chunk

    async def aclose(self) -> None:
        """The reader is done: finish the answer in the background if it is not whole."""
        if not self.open:
            await self.inner.aclose()
        elif self._drain is None:
            self._drain = asyncio.get_running_loop().create_task(self._finish())

    async def asettle(self, wait_s: float) -> None:
        """Make sure the answer is recorded, whole or partial, before its step ends."""
        if self.open:
            await self.aclose()
        if self._drain is not None:
            await asyncio.wait({self._drain}, timeout=wait_s)

    def settle(self, wait_s: float, *, at_once: bool = False) -> None:  # noqa: ARG002
        """As `asettle`, where the stream's loop is gone: record what arrived."""
        if self._drain is None:
            self._left()

    async def _next(self) -> bytes | None:
        """The reader's next bytes: what a drain read meanwhile, else a new chunk."""
        async with self._turn:
            rest = self._rest()
            if rest or self._over:
                return rest or None
            try:
                with own_traffic():
                    chunk: bytes | None = await anext(self._chunks, None)
            except BaseException as error:
                self._broke(error)
                raise
            if chunk is None:
                self._ended()
                return None
            self._took(chunk)
            return self._rest()

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(self._drain_s):
                while self.open:
                    async with self._turn:
                        with own_traffic():
                            chunk = await anext(self._chunks, None)
                        if chunk is None:
                            break
                        self._took(chunk)
        except Exception:  # noqa: BLE001, S110  # the reader is gone: what arrived is what counts
            pass
        finally:
            self._left()
            await self.inner.aclose()


class ReplayedStream:
    """A recorded answer as a stream, for sync and async readers.

    Past the end of a partial one there is nothing that was paid for: reading on raises.
    """

    def __init__(self, raw: bytes, past_end: Callable[[], None] | None) -> None:
        self._raw = raw
        self._past_end = past_end

    def __iter__(self) -> Iterator[bytes]:
        yield self._raw
        if self._past_end is not None:
            self._past_end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        """Nothing to release."""

    async def aclose(self) -> None:
        """Nothing to release."""


def cut_short(session: CallSession, received_bytes: int, reason: str) -> IncompleteAnswer:
    """The error for an answer that ended before its protocol says it may."""
    request = session.request
    return IncompleteAnswer(
        f"the answer of {request.model or 'the model'} at {request.endpoint}{request.path}"
        f" is incomplete: {reason} ({received_bytes:,} bytes arrived and are journaled)",
        remedy="run the cell again: this call is made anew, finished ones are not",
        key=request.key,
    )
