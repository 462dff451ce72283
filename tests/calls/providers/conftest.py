"""The real SDK over a canned answer: what it reads is what a judgement must say."""

from __future__ import annotations

import httpx2
import openai
import pytest


@pytest.fixture
def sdk():
    """`sdk(body, content_type)`: a client whose every request gets that body."""
    clients = []

    def client(body: bytes, content_type: str = "text/event-stream") -> openai.OpenAI:
        def answer(request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, headers={"content-type": content_type}, content=body)

        transport = httpx2.Client(transport=httpx2.MockTransport(answer))
        clients.append(transport)
        return openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=transport)

    yield client
    for transport in clients:
        transport.close()
