"""What an answer says it took: tokens under both of the usual namings, and money."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from workbench.calls.providers.lenient import mapping, whole
from workbench.model import Usage

if TYPE_CHECKING:
    from workbench.model import Json


def tokens(stated: Json) -> Usage:
    """The tokens in an answer's `usage`; None for each that it leaves out or misstates."""
    usage = mapping(stated)
    return Usage(
        prompt_tokens=_either(usage, "prompt_tokens", "input_tokens"),
        completion_tokens=_either(usage, "completion_tokens", "output_tokens"),
        total_tokens=whole(usage.get("total_tokens")),
        cached_tokens=_cached(usage),
    )


def cost_microusd(stated: Json) -> int | None:
    """The price that `usage.cost` states in dollars (OpenRouter API, "Usage Accounting")."""
    cost = mapping(stated).get("cost")
    if isinstance(cost, bool) or not isinstance(cost, int | float):
        return None
    dollars = Decimal(repr(cost))
    return whole(round(dollars * 1_000_000)) if dollars.is_finite() else None


def _either(usage: dict[str, Json], first: str, second: str) -> int | None:
    count = whole(usage.get(first))
    return whole(usage.get(second)) if count is None else count


def _cached(usage: dict[str, Json]) -> int | None:
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
    return whole(mapping(details).get("cached_tokens"))
