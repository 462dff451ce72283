"""A streamed response -> the response object that it ends with, or what of it arrived.

Source: OpenAI API reference, "Responses: Streaming events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers.answer import NO_END, chunks
from workbench.calls.providers.lenient import mapping, string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.model import Json

_STATUS = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
}


def merge(body: bytes) -> tuple[dict[str, Json], str]:
    """The response that a stream's events amount to so far, and the stream's flaw, if any.

    The first event that ends the response counts; what follows it is not read.
    """
    found, flaw = chunks(body)
    answer: dict[str, Json] = {}
    for position, (event, chunk) in enumerate(found):
        kind = string(chunk.get("type")) or event
        answer |= mapping(chunk.get("response"))
        if error := _error(kind, chunk):
            return answer | {"error": error, "output": _output(found[:position])}, flaw
        if status := _STATUS.get(kind):
            output = answer.get("output") or _output(found[:position])
            return answer | {"status": status, "output": output}, ""
    return answer | {"output": _output(found)}, flaw or NO_END


def _error(kind: str, chunk: dict[str, Json]) -> Json:
    """The error of an `error` event, whose fields are its own or, on some servers, in `error`."""
    return chunk.get("error") or (chunk if kind == "error" else None)


def _output(found: Sequence[tuple[str, dict[str, Json]]]) -> list[Json]:
    """The items that were finished, else the text of the message that was being written."""
    done = [chunk.get("item") for _, chunk in found if _is(chunk, "response.output_item.done")]
    deltas = [chunk for _, chunk in found if _is(chunk, "response.output_text.delta")]
    written = "".join(string(chunk.get("delta")) for chunk in deltas)
    return done or [{"type": "message", "content": written}]


def _is(chunk: dict[str, Json], kind: str) -> bool:
    return chunk.get("type") == kind
