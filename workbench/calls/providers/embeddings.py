"""Embeddings, as OpenAI's API and servers compatible with it give them.

Source: OpenAI API reference, "Create embeddings".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers.answer import MALFORMED, failed, judged, refused
from workbench.calls.providers.lenient import compact, items, mapping, parse, string, tidy
from workbench.model import Prompt

if TYPE_CHECKING:
    from workbench.model import Json, Judgement

_SHOWN_INPUTS = 100
_FLOAT32_BYTES = 4


class Embeddings:
    """The protocol of `/embeddings`."""

    name = "embeddings"
    draws = False

    def describe(self, request: Json) -> Prompt:
        """The inputs, one a line, the first hundred of them."""
        body = mapping(request)
        inputs = _inputs(body.get("input"))
        rest = len(inputs) - _SHOWN_INPUTS
        lines = [*map(_shown, inputs[:_SHOWN_INPUTS]), *([f"… {rest} more"] if rest > 0 else [])]
        text = "\n".join(lines) if "input" in body else compact(request)
        return Prompt(tidy(string(body.get("model"))), tidy(text))

    def asks_stream(self, request: Json) -> bool:  # noqa: ARG002 - the protocol's signature
        """False: the API has no streamed embeddings."""
        return False

    def may_end(self, tail: bytes) -> bool:  # noqa: ARG002 - the protocol's signature
        """False: the API has no streamed embeddings."""
        return False

    def judge(self, request: Json, status: int, content_type: str, body: bytes) -> Judgement:  # noqa: ARG002 - the protocol's signature
        """Complete where there is one vector for each input."""
        if refusal := refused(status, body):
            return refusal
        parsed = parse(body)
        answer = mapping(parsed)
        if error := answer.get("error"):
            return failed(error, answer)
        flaw = _gap(request, answer) if isinstance(parsed, dict) else MALFORMED
        text = _size(items(answer.get("data")))
        return judged("incomplete" if flaw else "complete", flaw, answer, text)


def _inputs(given: Json) -> list[Json]:
    """The inputs of a request; an array of numbers is one, in tokens."""
    many = isinstance(given, list) and not any(isinstance(token, int) for token in given[:1])
    return given if many else [given]


def _shown(given: Json) -> str:
    if isinstance(given, list):
        return f"[{len(given)} tokens]"
    return given if isinstance(given, str) else compact(given)


def _gap(request: Json, answer: dict[str, Json]) -> str:
    data = answer.get("data")
    if not isinstance(data, list):
        return "no data"
    wanted = len(_inputs(mapping(request).get("input")))
    return "" if len(data) == wanted else f"{len(data)} vectors for {wanted} inputs"


def _size(data: list[Json]) -> str:
    if not data:
        return ""
    count = "1 vector" if len(data) == 1 else f"{len(data)} vectors"
    width = _width(mapping(data[0]).get("embedding"))
    return f"[{count} of {width}]" if width else f"[{count}]"


def _width(embedding: Json) -> int:
    """The dimensions of a vector, as an array or as float32 in base64 (the SDK asks for these)."""
    if isinstance(embedding, str):
        return len(embedding.rstrip("=")) * 3 // 4 // _FLOAT32_BYTES
    return len(items(embedding))
