"""Effects: an act on the outside world, at most once per key, or reported as in doubt.

Intent is on disk before the first byte leaves, the outcome after. What a repeat finds decides:

outcome, same content      return it, send nothing
outcome, other content     refuse, naming `key=`
intent, holder alive       refuse: it is being sent
intent, holder dead        in doubt: send again only to a receiver that dedupes, else a person says
held                       send now if the policy says so, else stay held
failed before it left      send again
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec
from blake3 import blake3

from workbench import clock
from workbench.calls import context
from workbench.calls.context import Execution
from workbench.errors import EffectError
from workbench.journal import effects as rows
from workbench.journal.effects import EffectRow
from workbench.journal.events import EffectStatus
from workbench.journal.holders import is_dead
from workbench.journal.log import Journal
from workbench.model import Json

Step = Literal["return", "send", "hold", "changed", "busy", "doubt"]
Deliver = Callable[[str], Json]
"""Sends once, given the idempotency key; returns the outcome. Raises: NotSent, InDoubt."""


class NotSent(Exception):
    """The receiver refused, or was never reached: sending again cannot double it."""


class InDoubt(Exception):
    """It left, and nobody said whether it arrived."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What is to be done.

    `content` is what arrives and tells one effect from a changed one; `address` is where it is
    sent and may move. `secret` says that something was left out of both.
    """

    kind: str
    target: str
    content: Json
    address: Json
    key: str | None
    dedupes: bool = False
    secret: bool = False

    @property
    def request(self) -> dict[str, Json]:
        """What a person sees, and what a held effect is sent from."""
        return {**self.address, **self.content}

    @property
    def digest(self) -> str:
        """Digest of the content, kept beside the identity, never in it."""
        return blake3(msgspec.json.encode(self.content, order="sorted")).hexdigest()


class Receipt:
    """What became of an effect; a live reference, so a held one changes when it is sent."""

    def __init__(self, journal: Journal, key: str) -> None:
        self._journal = journal
        self.key = key

    @property
    def status(self) -> EffectStatus:
        """held, intent, sent, failed, in_doubt or withdrawn."""
        return self._row().status

    @property
    def value(self) -> Json:
        """What the receiver answered. Raises: EffectError while it has not been sent."""
        row = self._row()
        if row.status != "sent":
            raise EffectError(
                f"{row.kind} to {row.target} is {row.status}: it has no outcome yet",
                remedy=f"send it with `%wb send {row.step}`, then run this cell again",
            )
        return row.outcome

    @property
    def sent_at(self) -> datetime | None:
        """When its outcome was recorded, UTC; None while it has not been sent."""
        row = self._row()
        sent = row.status == "sent" and row.outcome_us is not None
        return clock.utc(row.outcome_us or 0) if sent else None

    def __repr__(self) -> str:
        row = self._row()
        return f"<{row.kind} to {row.target}: {row.status}>"

    def _row(self) -> EffectRow:
        row = rows.find(self._journal, self.key)
        assert row is not None, "a receipt is only made for a recorded effect"
        return row


def choose(found: EffectRow | None, digest: str, *, mode: str, dedupes: bool, dead: bool) -> Step:
    """What to do about an effect, given what is recorded under its key. Pure."""
    if found is None or found.status in {"withdrawn", "held", "failed"}:
        return "send" if mode == "send" else "hold"
    if found.status == "intent" and not dead:
        return "busy"
    if found.digest != digest:
        return "changed"
    if found.status == "sent":
        return "return"
    return "send" if dedupes and mode == "send" else "doubt"


def perform(effect: Effect, deliver: Deliver) -> Receipt:
    """Send, hold or return an effect's recorded outcome, as the running step's policy says.

    Raises:
        EffectError: it is in doubt, being sent elsewhere, was refused, or its content changed.

    """
    execution = context.current_or_plain()
    journal, key = execution.store.journal, identity(execution, effect)
    execution.effects.append(key)
    mode = execution.policy.effects if execution.notebook else "hold"
    found = rows.find(journal, key)
    dead = found is not None and is_dead(found.holder)
    step = choose(found, effect.digest, mode=mode, dedupes=effect.dedupes, dead=dead)
    if step == "return":
        return Receipt(journal, key)
    if step == "hold":
        _hold(execution, effect, key, found)
        return Receipt(journal, key)
    if step == "send":
        _send(execution, effect, key, found, deliver)
        return Receipt(journal, key)
    assert found is not None
    raise _refusal(step, effect, found, journal)


def identity(execution: Execution, effect: Effect) -> str:
    """The effect's key: notebook, kind, target and `key=`; else scope, step, item and occurrence.

    Content never enters: a mail whose text was fixed since is still the same mail.
    """
    if effect.key is not None:
        parts = ["keyed", execution.notebook, effect.kind, effect.target, effect.key]
    else:
        place = [execution.notebook, execution.scope, execution.name, execution.item]
        parts = ["placed", *place, effect.kind, effect.target]
        parts.append(str(execution.occurrence("\0".join(parts))))
    return blake3(msgspec.json.encode(parts)).hexdigest(16)


def send_held(journal: Journal, row: EffectRow, deliver: Deliver) -> EffectRow:
    """Send an effect that was held; its row as it then stands. Raises: EffectError."""
    wanted = _again(row)
    intent = rows.claim(journal, wanted, seen=row)
    if not rows.owns(intent, wanted):
        return intent
    return _deliver(journal, intent, deliver)


def resolve(journal: Journal, row: EffectRow, *, sent: bool) -> EffectRow:
    """Take a person's word for an effect that is in doubt: it went out, or it did not."""
    status: EffectStatus = "sent" if sent else "failed"
    return rows.settle(journal, row, status, {"resolved": "by hand"}, "resolved by hand")


def _hold(execution: Execution, effect: Effect, key: str, found: EffectRow | None) -> None:
    rows.claim(execution.store.journal, _row(execution, effect, key, "held"), seen=found)


def _row(execution: Execution, effect: Effect, key: str, status: EffectStatus) -> EffectRow:
    return rows.new(
        key=key,
        run_id=execution.run_id,
        notebook=execution.notebook,
        step=execution.name,
        kind=effect.kind,
        target=effect.target,
        status=status,
        digest=effect.digest,
        request={**effect.request, "secret": effect.secret},
    )


def _send(
    execution: Execution, effect: Effect, key: str, found: EffectRow | None, deliver: Deliver
) -> None:
    wanted = _row(execution, effect, key, "intent")
    journal = execution.store.journal
    intent = rows.claim(journal, wanted, seen=found)
    if not rows.owns(intent, wanted):
        raise _refusal("busy", effect, intent, journal)
    _deliver(journal, intent, deliver)


def _deliver(journal: Journal, intent: EffectRow, deliver: Deliver) -> EffectRow:
    what = f"{intent.kind} to {intent.target}"
    try:
        with context.own_traffic():
            outcome = deliver(intent.key)
    except NotSent as error:
        rows.settle(journal, intent, "failed", None, str(error))
        raise EffectError(
            f"{what} was not sent: {error}",
            remedy="mend the cause and run the cell again",
            key=intent.key,
        ) from None
    except BaseException as error:
        rows.settle(journal, intent, "in_doubt", None, str(error))
        if not isinstance(error, Exception):
            raise  # an interrupt stays one; the next run finds the doubt
        raise _in_doubt(intent, str(error) or type(error).__name__) from None
    return rows.settle(journal, intent, "sent", outcome)


def _again(row: EffectRow) -> EffectRow:
    return rows.new(
        key=row.key,
        run_id=row.run_id,
        notebook=row.notebook,
        step=row.step,
        kind=row.kind,
        target=row.target,
        status="intent",
        digest=row.digest,
        request=row.request,
    )


def _refusal(step: Step, effect: Effect, found: EffectRow, journal: Journal) -> EffectError:
    what = f"{effect.kind} to {effect.target}"
    if step == "busy":
        return EffectError(
            f"{what} is being sent by process {found.holder.get('pid')}",
            remedy="wait for it, then run the cell again",
            key=found.key,
        )
    if step == "changed":
        return EffectError(
            f"{what} is recorded as {found.status} with other content; nothing was sent",
            remedy="give it another key= if it is to go out again as a new one",
            key=found.key,
        )
    if found.status == "intent":
        rows.settle(journal, found, "in_doubt", None, "its sender died")
    return _in_doubt(found, "its sender ended before it knew the outcome")


def _in_doubt(row: EffectRow, why: str) -> EffectError:
    return EffectError(
        f"{row.kind} to {row.target} is in doubt: {why}",
        remedy=f"ask the receiver, then `workbench resolve {row.key[:12]} --sent` or `--not-sent`",
        key=row.key,
    )
