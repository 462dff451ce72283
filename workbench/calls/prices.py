"""What an answer costs: by endpoint, then model, from genai-prices' dated offline table.

Loopback and private addresses are local and cost 0; a price that is not known is None, never 0.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from decimal import Decimal

from workbench.model import Usage

_PROVIDER_OF_HOST = {
    "api.openai.com": "openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "api.mistral.ai": "mistral",
    "api.groq.com": "groq",
    "api.deepseek.com": "deepseek",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "api.cohere.com": "cohere",
    "api.x.ai": "x-ai",
}


def provider(endpoint: str) -> str:
    """A short name for who answers at an endpoint: `openai`, `local`, or the host itself."""
    host = endpoint.rpartition(":")[0] if endpoint.rpartition(":")[2].isdigit() else endpoint
    if _is_local(host):
        return "local"
    if host.endswith(".openai.azure.com"):
        return "azure"
    return _PROVIDER_OF_HOST.get(host, host)


def cost_microusd(
    provider_name: str, model: str, usage: Usage, stated: int | None, at: datetime
) -> int | None:
    """The price of one answer in millionths of a US dollar; None where it is unknown.

    A price that the answer states wins. Cost of asking: the table is loaded once, about 0.1 s.
    """
    if stated is not None:
        return stated
    if provider_name == "local":
        return 0
    if usage.prompt_tokens is None:
        return None
    return _from_table(provider_name, model, usage, at)


def _from_table(provider_name: str, model: str, usage: Usage, at: datetime) -> int | None:
    import genai_prices

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens or 0,
        cache_read_tokens=usage.cached_tokens,
    )
    try:
        price = genai_prices.calc_price(
            tokens, model_ref=model, provider_id=provider_name, genai_request_timestamp=at
        )
    except (LookupError, ValueError):
        return None
    return round(Decimal(price.total_price) * 1_000_000)


def _is_local(host: str) -> bool:
    if host == "loopback" or host.startswith("local:") or host.endswith((".local", ".internal")):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_private or address.is_loopback
