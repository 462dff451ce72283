"""A step execution without a kernel, and clients of the scripted provider."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from openai import AsyncOpenAI, OpenAI

from workbench import clock
from workbench.calls import context
from workbench.calls.context import Execution, Policy
from workbench.calls.install import install
from workbench.config import Settings


@pytest.fixture
def step(store):
    """`with step() as execution:` runs a block as a step; every step is a new execution."""
    install()

    @contextmanager
    def start(name="extract", drain_s=5.0, **policy):
        execution = Execution(
            store=store,
            run_id="run_test",
            step_id=clock.new_id("step"),
            name=name,
            notebook="nb.ipynb",
            policy=Policy(**policy),
            settings=Settings(drain_s=drain_s),
        )
        with context.entered(execution):
            try:
                yield execution
            finally:
                for stream in execution.streams:
                    if not hasattr(stream, "asettle"):
                        stream.settle(drain_s)

    return start


@pytest.fixture
def client(provider):
    made = OpenAI(base_url=provider.url, api_key="sk-canary", max_retries=0, timeout=3)
    yield made
    made.close()


@pytest.fixture
async def async_client(provider):
    made = AsyncOpenAI(base_url=provider.url, api_key="sk-canary", max_retries=0, timeout=3)
    yield made
    await made.close()


def ask(client, prompt="a", **options):
    return client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}], **options
    )


def text_of(stream):
    return "".join(c.choices[0].delta.content or "" for c in stream if c.choices)
