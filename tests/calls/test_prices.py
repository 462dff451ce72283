"""Prices: known ones from a dated table, local ones nothing, unknown ones unknown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workbench.calls.prices import cost_microusd, provider
from workbench.model import Usage

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("api.openai.com", "openai"),
        ("loopback", "local"),
        ("local:abc", "local"),
        ("10.1.2.3:8000", "local"),
        ("192.168.1.5", "local"),
        ("[::1]:80", "local"),
        ("llm.internal:9000", "local"),
        ("mine.openai.azure.com", "azure"),
        ("example.org:8443", "example.org"),
        ("8.8.8.8", "8.8.8.8"),
    ],
)
def test_who_answers_at_an_endpoint(endpoint, name):
    assert provider(endpoint) == name


def test_a_known_price_is_exact():
    assert cost_microusd("openai", "gpt-4o-mini", Usage(1_000_000, 1_000_000), None, AT) == 750_000


def test_cached_tokens_cost_less():
    full = cost_microusd("openai", "gpt-4o-mini", Usage(1_000_000, 0), None, AT)
    assert (
        cost_microusd("openai", "gpt-4o-mini", Usage(1_000_000, 0, cached_tokens=500_000), None, AT)
        < full
    )


def test_local_is_free_stated_wins_and_unknown_is_none():
    assert cost_microusd("local", "anything", Usage(10, 10), None, AT) == 0
    assert cost_microusd("openai", "gpt-4o-mini", Usage(10, 10), 99, AT) == 99
    assert cost_microusd("openai", "no-such-model", Usage(10, 10), None, AT) is None
    assert cost_microusd("example.org", "gpt-4o-mini", Usage(10, 10), None, AT) is None
    assert cost_microusd("openai", "gpt-4o-mini", Usage(), None, AT) is None
