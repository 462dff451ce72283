"""One call from request to record: look up, reserve its draw, judge what came, store, journal.

Knows nothing of httpx: drivers (`transports`, `streams`) feed it bytes and obey it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from workbench import clock
from workbench.calls import prices
from workbench.calls.context import Execution, named_draw
from workbench.calls.decide import Action, Request, decide
from workbench.calls.providers.answer import NO_END
from workbench.calls.providers.protocol import TAIL_BYTES, Protocol
from workbench.calls.secrets import scrubbed
from workbench.errors import FrozenMiss
from workbench.journal.events import CallEnded, CallStatus
from workbench.keys.call import call_key, endpoint, request_key
from workbench.model import Json, Judgement
from workbench.store.port import Checkpoint

_NEVER_STORED = frozenset({"set-cookie", "authorization", "openai-organization", "openai-project"})
_CALL_STATUS: dict[str, CallStatus] = {
    "complete": "completed",
    "partial": "completed",
    "rejected": "rejected",
}


class CallSession:
    """One call of one execution. Use: `action`, then either `served` or `answered`/`broke`."""

    def __init__(self, execution: Execution, protocol: Protocol, request: Request) -> None:
        self.execution = execution
        self.protocol = protocol
        self.request = request
        self.sealed = False
        self.reason = ""
        self._started_us = clock.now_us()
        self._started_s = clock.monotonic_s()
        self._status = 0
        self._headers: dict[str, str] = {}

    def action(self) -> tuple[Action, Checkpoint | None]:
        """What to do, and the recorded answer where it is to be served.

        Raises:
            FrozenMiss: nothing recorded, and this run may only use recorded answers.

        """
        stored = f"call/{self.request.key}"
        anew = self.execution.policy.refresh_calls and stored not in self.execution.refreshed
        found = None if anew else self.execution.store.served.get(stored)
        decision = decide(found, frozen=self.execution.policy.frozen)
        if decision == "refuse":
            self._release()
            raise FrozenMiss(
                f"step {self.execution.name}: no recorded answer for {self.request.model}"
                f" at {self.request.endpoint}{self.request.path} (call {self.request.key[:12]})",
                remedy="run it once without --frozen, or import its recording",
                key=self.request.key,
            )
        return decision, found if decision == "serve" else None

    def served(self, checkpoint: Checkpoint) -> None:
        """Journal a hit: no tokens, no cost; what the original took is what was saved."""
        header = checkpoint.header
        self.sealed = True
        key = f"call/{self.request.key}"
        number = self.execution.consume(key)
        self._log(
            "hit",
            header.get("reason", ""),
            header,
            checkpoint=f"{key}.{number}" if number else key,
        )

    def headed(self, status: int, headers: Mapping[str, str]) -> None:
        """Take note of the answer's status and headers."""
        self._status = status
        self._headers = {
            name.lower(): value
            for name, value in headers.items()
            if name.lower() not in _NEVER_STORED
        }

    def may_end(self, received: bytes | bytearray) -> bool:
        """Whether a streamed answer's end marker may just have arrived; cheap."""
        return self.protocol.may_end(bytes(received[-TAIL_BYTES:]))

    def answered(self, raw: bytes, decoded: bytes, *, final: bool = True) -> Judgement:
        """Judge an answer and store it if it is whole; before anything parses it.

        With `final=False` an answer that is not whole yet changes nothing.
        """
        judgement = self.protocol.judge(
            self.request.body, self._status, self._headers.get("content-type", ""), decoded
        )
        if judgement.verdict in {"complete", "rejected"}:
            self._keep(judgement, raw)
        elif final:
            self._fail(judgement, raw)
        return judgement

    def left(self, raw: bytes, decoded: bytes) -> None:
        """Record an answer whose reader went away and that did not end within the bound."""
        judgement = self.protocol.judge(
            self.request.body, self._status, self._headers.get("content-type", ""), decoded
        )
        if judgement.verdict in {"complete", "rejected"}:
            self._keep(judgement, raw)
        elif judgement.reason == NO_END:
            self._keep(judgement, raw, verdict="partial")
        else:
            self._fail(judgement, raw)

    def broke(self, error: BaseException, raw: bytes = b"") -> None:
        """Journal an attempt that the transport or an interrupt ended, with what arrived."""
        text = scrubbed(" ".join(str(error).split())) or type(error).__name__
        self._fail(Judgement("failed", f"{type(error).__name__}: {text}"[:300]), raw)

    def _keep(self, judgement: Judgement, raw: bytes, verdict: str | None = None) -> None:
        header = self._header(judgement, verdict or judgement.verdict)
        key = f"call/{self.request.key}"
        self.sealed, self.reason = True, judgement.reason
        status = _CALL_STATUS[header["verdict"]]
        if self.execution.policy.refresh_calls and key not in self.execution.refreshed:
            number = self._replace(key, header, raw)
            stored = f"{key}.{number}" if number else key
            self._log(status, judgement.reason, header, checkpoint=stored)
            return
        if self.execution.store.checkpoints.add(key, header, [raw]):
            self.execution.consume(key)
            self._log(status, judgement.reason, header, checkpoint=key)
            return
        # another process was first: its answer is the one served, ours is kept beside it
        late = self._attempt(header, raw)
        self._log(status, "late", header, checkpoint=late)

    def _replace(self, key: str, header: Json, raw: bytes) -> int:
        execution = self.execution
        number = execution.store.served.replace(
            key, header, [raw], why="--refresh=calls", run_id=execution.run_id
        )
        execution.refreshed.add(key)
        execution.consume(key)
        return number

    def _fail(self, judgement: Judgement, raw: bytes) -> None:
        if self.sealed:
            return
        self.sealed, self.reason = True, judgement.reason
        self._release()
        header = self._header(judgement, judgement.verdict)
        key = self._attempt(header, raw)
        if judgement.verdict == "invalid":
            self._serve_if_the_step_completes(header, raw)
        self._log("failed", judgement.reason, header, checkpoint=key)

    def _serve_if_the_step_completes(self, header: Json, raw: bytes) -> None:
        def keep() -> None:
            key = f"call/{self.request.key}"
            self.execution.store.checkpoints.add(key, header, [raw])
            self.execution.consume(key)

        self.execution.invalid.append(keep)

    def _attempt(self, header: Json, raw: bytes) -> str:
        key = f"attempt/{clock.new_id('att')}"
        self.execution.store.checkpoints.add(key, header, [raw])
        return key

    def _release(self) -> None:
        self.execution.release_draw(self.request.request_key, self.request.draw)

    def _header(self, judgement: Judgement, verdict: str) -> dict[str, Json]:
        model = judgement.model or self.request.model
        cost = None
        if judgement.verdict in {"complete", "rejected", "incomplete"}:
            cost = prices.cost_microusd(
                self.request.provider,
                model,
                judgement.usage,
                judgement.cost_microusd,
                clock.utc(self._started_us),
            )
        usage = judgement.usage
        return {
            "verdict": verdict,
            "reason": judgement.reason,
            "model": model,
            "status": self._status,
            "headers": self._headers,
            "protocol": self.request.protocol,
            "endpoint": self.request.endpoint,
            "path": self.request.path,
            "provider": self.request.provider,
            "draw": self.request.draw,
            "request": _encodable(self.request.body),
            "prompt": _encodable(self.protocol.describe(self.request.body).text),
            "response": judgement.text,
            "prompt_tokens": usage.prompt_tokens,
            "completion_tokens": usage.completion_tokens,
            "total_tokens": usage.total_tokens,
            "cost_microusd": cost,
            "recorded_us": clock.now_us(),
            "latency_s": round(clock.monotonic_s() - self._started_s, 6),
        }

    def _log(self, status: CallStatus, reason: str, header: Json, *, checkpoint: str) -> None:
        hit = status == "hit"
        event = CallEnded(
            call_id=clock.new_id("call"),
            run_id=self.execution.run_id,
            step_id=self.execution.step_id,
            step=self.execution.name,
            item=self.execution.item,
            provider=self.request.provider,
            model=header.get("model") or self.request.model,
            endpoint=f"{self.request.endpoint}{self.request.path}",
            status=status,
            reason=reason,
            key=self.request.key,
            draw=self.request.draw,
            checkpoint=checkpoint,
            prompt_tokens=0 if hit else header.get("prompt_tokens"),
            completion_tokens=0 if hit else header.get("completion_tokens"),
            total_tokens=0 if hit else header.get("total_tokens"),
            cost_microusd=0 if hit else header.get("cost_microusd"),
            saved_microusd=header.get("cost_microusd") if hit else 0,
            saved_tokens=header.get("total_tokens") if hit else 0,
            latency_s=round(clock.monotonic_s() - self._started_s, 6),
            started_us=self._started_us,
            http_status=header.get("status") or None,
            saved_s=header.get("latency_s", 0.0) if hit else 0.0,
        )
        with self.execution.lock:
            self.execution.calls.append(event)
        if hit:
            self.execution.store.journal.append_later(event)
        else:
            self.execution.store.journal.append(event)


def open_session(
    execution: Execution,
    protocol: Protocol,
    *,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
) -> CallSession:
    """Name a request: its endpoint, key and draw. Cost: one digest of the body; no I/O."""
    aliases = execution.settings.aliases
    where, path = endpoint(url, aliases)
    parsed = _json(body)
    base = request_key(method, url, headers, body, headers.get("content-type", ""), aliases=aliases)
    draw = execution.reserve_draw(base, named_draw()) if protocol.draws else 0
    request = Request(
        protocol=protocol.name,
        endpoint=where,
        path=path,
        provider=prices.provider(where),
        body=parsed,
        model=str(parsed.get("model") or "") if isinstance(parsed, dict) else "",
        streamed=protocol.asks_stream(parsed),
        request_key=base,
        draw=draw,
        key=call_key(base, draw),
    )
    return CallSession(execution, protocol, request)


def _json(body: bytes) -> Json:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _encodable(value: Json) -> Json:
    """The value, or its JSON in ASCII where a lone surrogate keeps it from being UTF-8."""
    try:
        msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value)
    return value
