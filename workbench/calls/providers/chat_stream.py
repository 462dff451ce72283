"""A streamed chat completion -> the completion it would have been unstreamed.

Source: OpenAI API reference, "Chat Completions: Streaming events".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.calls.providers.answer import chunks
from workbench.calls.providers.lenient import items, mapping, string
from workbench.calls.providers.render import content

if TYPE_CHECKING:
    from workbench.model import Json


@dataclass(slots=True)
class _Call:
    """A tool call whose name and arguments come in pieces."""

    name: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)

    def add(self, function: dict[str, Json]) -> None:
        self.name.append(string(function.get("name")))
        self.arguments.append(string(function.get("arguments")))

    def whole(self) -> Json:
        return {"function": {"name": "".join(self.name), "arguments": "".join(self.arguments)}}


@dataclass(slots=True)
class _Choice:
    """A choice whose message comes in pieces."""

    content: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    calls: dict[int, _Call] = field(default_factory=dict)
    finish_reason: str = ""
    error: Json = None

    def add(self, choice: dict[str, Json]) -> None:
        delta = mapping(choice.get("delta"))
        self.content.append(content(delta.get("content")))
        self.refusal.append(string(delta.get("refusal")))
        for call in items(delta.get("tool_calls")):
            self._add_call(mapping(call))
        if legacy := mapping(delta.get("function_call")):
            self._add_call({"index": 0, "function": legacy})
        self.finish_reason = string(choice.get("finish_reason")) or self.finish_reason
        self.error = choice.get("error") or self.error

    def _add_call(self, call: dict[str, Json]) -> None:
        function = mapping(call.get("function"))
        index = call.get("index")
        if not isinstance(index, int):  # some servers leave it out, and send each call whole
            index = max(0, len(self.calls) - (0 if function.get("name") else 1))
        self.calls.setdefault(index, _Call()).add(function)

    def whole(self) -> Json:
        message = {
            "content": "".join(self.content),
            "refusal": "".join(self.refusal),
            "tool_calls": [self.calls[index].whole() for index in sorted(self.calls)],
        }
        return {"message": message, "finish_reason": self.finish_reason, "error": self.error}


def merge(body: bytes) -> tuple[dict[str, Json], str]:
    """The completion that a stream's chunks add up to so far, and the stream's flaw, if any.

    Choices are in the order of their index. The first error ends the stream.
    """
    answer: dict[str, Json] = {}
    choices: dict[int, _Choice] = {}
    found, flaw = chunks(body)
    for event, chunk in found:
        answer |= {key: chunk[key] for key in ("model", "usage") if chunk.get(key)}
        for position, choice in enumerate(map(mapping, items(chunk.get("choices")))):
            index = choice.get("index")
            place = index if isinstance(index, int) else position
            choices.setdefault(place, _Choice()).add(choice)
        if error := chunk.get("error") or (event == "error" and chunk):
            answer["error"] = error
            break
    answer["choices"] = [choices[index].whole() for index in sorted(choices)]
    return answer, flaw
