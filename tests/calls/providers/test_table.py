from __future__ import annotations

import pytest

from workbench.calls.providers.table import find, is_provider_host

AZURE = "/openai/deployments/my-gpt/chat/completions"


@pytest.mark.parametrize(
    ("host", "path", "name"),
    [
        ("api.openai.com", "/v1/chat/completions", "chat"),
        ("api.openai.com", "/v1/responses", "responses"),
        ("api.openai.com", "/v1/embeddings", "embeddings"),
        ("x.openai.azure.com", AZURE, "chat"),
        ("x.openai.azure.com", AZURE + "?api-version=2024-10-21", "chat"),
        ("127.0.0.1:8080", "/chat/completions", "chat"),
        ("gpu7.lan", "/serve/a/v1/embeddings/", "embeddings"),
        ("generativelanguage.googleapis.com", "/v1beta/openai/chat/completions", "chat"),
    ],
)
def test_a_post_to_a_known_endpoint_is_a_call_on_any_host(host, path, name):
    found = find("post", host, path)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/chat/completions"),
        ("DELETE", "/v1/responses"),
        ("POST", "/v1/chat/completions/chatcmpl-1"),
        ("POST", "/v1/responses/resp_1/cancel"),
        ("POST", "/v1/responses/input_tokens"),
        ("POST", "/v1/responses/compact"),
        ("POST", "/v1/completions"),
        ("POST", "/v1/unresponses"),
        ("POST", "/v1/models?next=/chat/completions"),
        ("POST", "/v1/Chat/Completions"),
        ("POST", ""),
    ],
)
def test_other_methods_and_what_lies_below_or_beside_an_endpoint_are_not_calls(method, path):
    assert find(method, "api.openai.com", path) is None


def test_only_embeddings_have_no_draws():
    ends = ("/chat/completions", "/responses", "/embeddings")
    found = [find("POST", "api.openai.com", end) for end in ends]
    assert [each.draws for each in found] == [True, True, False]


@pytest.mark.parametrize(
    "host",
    [
        "api.openai.com", "API.OpenAI.com:443", "api.openai.com.", "eu.api.openai.com",
        "my-place.openai.azure.com", "api.anthropic.com", "openrouter.ai",
        "europe-west1-aiplatform.googleapis.com", "generativelanguage.googleapis.com",
    ],
)  # fmt: skip
def test_a_known_providers_host_is_recognised(host):
    assert is_provider_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "example.com", "openai.azure.com.example.com", "notapi.openai.com", "127.0.0.1:8080",
        "[::1]:443", "api.openai.com.evil.example", "xopenrouter.ai", "",
    ],
)  # fmt: skip
def test_another_host_is_not(host):
    assert not is_provider_host(host)
