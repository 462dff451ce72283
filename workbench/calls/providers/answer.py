"""What HTTP and the three protocols' answers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.calls.providers import sse, usage
from workbench.calls.providers.lenient import items, mapping, one_line, parse, string, tidy
from workbench.model import Judgement

if TYPE_CHECKING:
    from workbench.model import Json, Verdict

MALFORMED = "malformed JSON"
NO_END = "no end marker"

_DONE = "[DONE]"
_INVALID = frozenset({400, 413, 422})
_MESSAGE_CHARACTERS = 200


def streamed(content_type: str, *, asked: bool) -> bool:
    """Whether a body is an event stream: by its content type, else by what was `asked`."""
    kind = content_type.lower()
    if "text/event-stream" in kind:
        return True
    return asked and "json" not in kind


def chunks(body: bytes) -> tuple[list[tuple[str, dict[str, Json]]], str]:
    """The objects that a stream's events carry, each with its event's type, and the stream's flaw.

    Reads up to `[DONE]` and finds no flaw, or up to the first event that is no JSON object in
    UTF-8 (MALFORMED), or all there is (NO_END).
    """
    found: list[tuple[str, dict[str, Json]]] = []
    readable = sse.utf8_part(body)
    flaw = NO_END if len(readable) == len(body) else MALFORMED
    for event in sse.events(readable):
        chunk = parse(event.data)
        if not isinstance(chunk, dict):
            flaw = "" if event.data.startswith(_DONE) else MALFORMED
            break
        found.append((event.event, chunk))
    return found, flaw


def refused(status: int, body: bytes) -> Judgement | None:
    """The judgement on a status that is no success; None for one that is."""
    if 200 <= status < 300:
        return None
    message = error_message(parse(body))
    reason = f"HTTP {status}: {message}" if message else f"HTTP {status}"
    return Judgement("invalid" if status in _INVALID else "failed", reason)


def judged(verdict: Verdict, reason: str, answer: dict[str, Json], text: str = "") -> Judgement:
    """The judgement, with the model, the tokens and the price that the answer states."""
    stated = answer.get("usage")
    return Judgement(
        verdict=verdict,
        reason=reason,
        model=tidy(string(answer.get("model"))),
        text=tidy(text),
        usage=usage.tokens(stated),
        cost_microusd=usage.cost_microusd(stated),
    )


def failed(error: Json, answer: dict[str, Json], text: str = "") -> Judgement:
    """The judgement on an answer that carries an error although its status is a success."""
    message = error_message({"error": error})
    return judged("failed", f"error: {message}" if message else "error", answer, text)


def error_message(answer: Json) -> str:
    """What went wrong in the server's words, on one line and free of control characters.

    Servers put it into `error.message`, or into `error`, `message` or `detail` itself; Google's
    wraps the object in an array.
    """
    body = mapping((items(answer) or [answer])[0])
    error = body.get("error")
    told = (*map(mapping(error).get, ("message", "code", "type")), error)
    words = (*told, body.get("message"), body.get("detail"))
    return one_line(next(filter(None, map(string, words)), ""), _MESSAGE_CHARACTERS)
