"""The records that layers hand to one another: plain, frozen, without behaviour.

Durations end in `_s`, money in `_microusd` (integer millionths of a US dollar), sizes in `_bytes`,
times in `_us` (UTC microseconds since 1970). An unknown amount is None, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Json = Any
"""What `json.loads` gives: dict, list, str, int, float, bool or None."""

Verdict = Literal["complete", "rejected", "incomplete", "invalid", "failed"]
"""What a provider's answer is.

complete    2xx and the protocol's end marker was seen: kept and served
rejected    complete, but a refusal, cut by a length limit, or not what the schema asked for: kept,
            marked, served at its own draw
incomplete  cut, without its end marker, or malformed: what arrived is kept as a failed attempt
invalid     400, 413 or 422, the request's own fault: served only where its step completed
failed      any other error status or an error in the stream: an attempt, never served
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that a provider says one answer took; None where it does not say."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a request asks, for people and SQL: the model named and the text sent."""

    model: str
    text: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a protocol makes of an answer's bytes.

    `reason` says in a few words why the verdict is not complete ("refusal", "length", "no end
    marker", "malformed JSON", "HTTP 503: overloaded"); empty when it is. `text` is the answer's
    text for people and SQL.
    `model` is the model that the answer names, empty if none. `cost_microusd` is a price that the
    answer itself states.
    """

    verdict: Verdict
    reason: str = ""
    model: str = ""
    text: str = ""
    usage: Usage = Usage()
    cost_microusd: int | None = None
