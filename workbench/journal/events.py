"""The events of the journal: a closed set; every status shown anywhere is rebuilt from them.

The columns of the SQL tables `runs`, `steps`, `calls` and `effects` are these fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.model import Json

RunStatus = Literal["running", "succeeded", "failed"]
StepStatus = Literal["hit", "completed", "failed", "waiting"]
CallStatus = Literal["completed", "hit", "failed", "rejected"]
EffectStatus = Literal["held", "intent", "sent", "failed", "in_doubt", "withdrawn"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A notebook's execution began; interactively, a kernel's first step.

    `holder` names the process that it lives in (see `journal.holders`).
    """

    run_id: str
    notebook: str
    scope: str
    batch: str
    params: Json
    holder: Json


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run ended; `output` is the executed notebook's path below the store's folder."""

    run_id: str
    status: RunStatus
    error: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step was looked up and is to be executed.

    `why` is the sentence of the banner; `changes` what it sums up: a list of objects with
    `component`, `what`, `old`, `new` and `diff` (see `keys.changes`).
    """

    step_id: str
    run_id: str
    name: str
    key: str
    why: str
    notebook: str = ""
    changes: Json = ()


@dataclass(frozen=True, slots=True)
class ServedMoved:
    """Another generation of a checkpoint is served from now on: by a refresh or an expiry."""

    run_id: str
    key: str
    generation: int
    why: str


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended. `why` says hit, or what made it execute; sums are over its calls.

    `unpriced` counts live calls whose price is unknown: they are not in `spent_microusd`.
    """

    step_id: str
    run_id: str
    name: str
    status: StepStatus
    key: str
    why: str
    seconds: float
    live_calls: int = 0
    hit_calls: int = 0
    failed_calls: int = 0
    tokens: int = 0
    saved_tokens: int = 0
    spent_microusd: int = 0
    saved_microusd: int = 0
    saved_s: float = 0.0
    unpriced: int = 0
    error: str = ""
    notebook: str = ""


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call was answered, served or failed.

    On a hit tokens and cost are 0 and `saved_microusd` carries the original's, so sums are bills;
    `saved_s` is the time that the original took.
    `checkpoint` is the store's key of its answer, or of what arrived; "" if nothing did.
    """

    call_id: str
    run_id: str
    step_id: str
    step: str
    item: str
    provider: str
    model: str
    endpoint: str
    status: CallStatus
    reason: str
    key: str
    draw: int
    checkpoint: str
    prompt_tokens: int | None
    completion_tokens: int | None
    total_tokens: int | None
    cost_microusd: int | None
    saved_microusd: int | None
    saved_tokens: int | None
    latency_s: float
    started_us: int
    http_status: int | None = None
    saved_s: float = 0.0


@dataclass(frozen=True, slots=True)
class EffectMoved:
    """An effect's status changed; the row in `effects` was changed in the same transaction."""

    effect_id: str
    run_id: str
    notebook: str
    step: str
    kind: str
    target: str
    key: str
    status: EffectStatus
    attempts: int
    digest: str
    error: str = ""
    detail: Json = field(default=None)


Event = (
    RunStarted | RunFinished | StepStarted | StepFinished | CallEnded | EffectMoved | ServedMoved
)

KINDS: dict[str, type[Event]] = {
    "run.started": RunStarted,
    "run.finished": RunFinished,
    "step.started": StepStarted,
    "step.finished": StepFinished,
    "call.ended": CallEnded,
    "effect.moved": EffectMoved,
    "served.moved": ServedMoved,
}
KIND_OF: dict[type[Event], str] = {kind: name for name, kind in KINDS.items()}
