"""What to do with a call: a pure function of the request, what is recorded, and the policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.model import Json
from workbench.store.port import Checkpoint

Action = Literal["serve", "send", "refuse"]
Traffic = Literal["call", "read", "effect"]

SERVED = frozenset({"complete", "rejected", "invalid", "partial"})
"""Verdicts of stored answers that a look-up may return."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request that is a call, reduced to what matters.

    `request_key` names the request; `key` adds the draw. `streamed` says what its reader expects.
    """

    protocol: str
    endpoint: str
    path: str
    provider: str
    body: Json
    model: str
    streamed: bool
    request_key: str
    draw: int
    key: str


def decide(found: Checkpoint | None, *, frozen: bool) -> Action:
    """Serve a recorded answer, send the request, or refuse to because only recorded ones may be used."""
    if found is not None and found.header.get("verdict") in SERVED:
        return "serve"
    return "refuse" if frozen else "send"


def traffic(method: str, *, is_call: bool, host: str, may_write: frozenset[str]) -> Traffic:
    """What a request is to a step: a call, a read, or a write that nobody declared."""
    if is_call:
        return "call"
    if method.upper() in {"GET", "HEAD", "OPTIONS"} or host in may_write:
        return "read"
    return "effect"
