"""A kernel killed at any moment loses no answer that it had been given."""

from __future__ import annotations

import random
import time

import pytest

pytestmark = pytest.mark.faults

CELL = """%%step many
texts = []
for n in range(30):
    a = client.chat.completions.create(model="m", messages=[{"role": "user", "content": str(n)}])
    texts.append(a.choices[0].message.content)
"""


@pytest.mark.parametrize("seed", range(4))
def test_kill_9_costs_at_most_the_call_in_flight(kernels, provider, seed):
    """The provider's own count: 30 answers, and one more for each kill that cut one off."""
    provider.chunk_delay_s = 0.01
    kernel = kernels(OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="sk-test")
    kernel.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    kernel.send(CELL)
    time.sleep(random.Random(seed).uniform(0.05, 0.4))
    kernel.kill()
    again = kernels(OPENAI_BASE_URL=provider.url, OPENAI_API_KEY="sk-test")
    again.run("from openai import OpenAI\nclient = OpenAI(max_retries=0)")
    result = again.run(CELL)
    assert result.step["status"] == "completed", result.traceback
    assert again.value("len(texts), texts[7]") == "(30, 'answer to 7')"
    assert len(provider.requests) <= 31
