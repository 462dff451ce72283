"""Which requests are calls to a provider, and which hosts are providers'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers.chat import Chat
from workbench.calls.providers.embeddings import Embeddings
from workbench.calls.providers.responses import Responses

if TYPE_CHECKING:
    from workbench.calls.providers.protocol import Protocol

_ENDPOINTS: tuple[tuple[str, Protocol], ...] = (
    ("/chat/completions", Chat()),
    ("/responses", Responses()),
    ("/embeddings", Embeddings()),
)
_HOSTS = frozenset(
    {
        "aiplatform.googleapis.com",
        "api.anthropic.com",
        "api.cerebras.ai",
        "api.cohere.ai",
        "api.cohere.com",
        "api.deepseek.com",
        "api.fireworks.ai",
        "api.groq.com",
        "api.mistral.ai",
        "api.moonshot.ai",
        "api.openai.com",
        "api.perplexity.ai",
        "api.together.ai",
        "api.together.xyz",
        "api.voyageai.com",
        "api.x.ai",
        "dashscope-intl.aliyuncs.com",
        "dashscope.aliyuncs.com",
        "generativelanguage.googleapis.com",
        "integrate.api.nvidia.com",
        "openrouter.ai",
        "router.huggingface.co",
    }
)
_DOMAINS = (
    "-aiplatform.googleapis.com",
    ".api.openai.com",
    ".cognitiveservices.azure.com",
    ".openai.azure.com",
    ".services.ai.azure.com",
)


def find(method: str, host: str, path: str) -> Protocol | None:  # noqa: ARG001 - see below
    """The protocol that a request speaks; None where it is no call.

    A POST to a known endpoint is a call on any host, since a colleague's server is a provider too,
    and below any prefix (`/v1`, `/openai/deployments/NAME`). What lies below an endpoint
    (`/responses/ID/cancel`) is not. `host` is asked for because a host may come to decide.
    """
    if method.upper() != "POST":
        return None
    place = path.partition("?")[0].rstrip("/")
    return next((protocol for end, protocol in _ENDPOINTS if place.endswith(end)), None)


def is_provider_host(host: str) -> bool:
    """Whether a host, with or without a port, is known to be a provider's."""
    name = host.lower().partition(":")[0].rstrip(".")
    return name in _HOSTS or name.endswith(_DOMAINS)
