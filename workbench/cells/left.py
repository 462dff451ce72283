"""What steps left in the inputs that they changed in place, so that pressing twice equals once.

Running a cell such as `frame["label"] = …` again should be a hit, though its input is not what it
was: the namespace holds what this step itself left there. That is told by identity and content
together: an equal value that someone else bound is another input, and executes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.cells import inputs
from workbench.cells.inputs import Inputs
from workbench.keys.manifest import Manifest


@dataclass(frozen=True, slots=True)
class _Was:
    """The inputs of a step before and after it changed some of them."""

    before: Inputs
    digests: dict[str, str]
    sharing: str
    ids: dict[str, int]


@dataclass(slots=True)
class Left:
    """What each step of this kernel left in its inputs."""

    steps: dict[str, _Was] = field(default_factory=dict)

    def note(
        self, name: str, before: Inputs, mutated: Iterable[str], namespace: Mapping[str, Any]
    ) -> None:
        """Remember what a step that has just run or been served left behind."""
        names = [each for each in mutated if each in namespace]
        self.steps.pop(name, None)
        if not names or before.manifest is None:
            return
        now = inputs.digests(before, namespace)
        if now is not None:
            ids = {each: id(namespace[each]) for each in names}
            self.steps[name] = _Was(before, *now, ids)

    def as_before(self, name: str, now: Inputs, namespace: Mapping[str, Any]) -> Inputs:
        """The inputs as they were before the step changed them, if they are still as it left them."""
        was = self.steps.get(name)
        if was is None or now.manifest is None or was.before.manifest is None:
            return now
        same = all(id(namespace.get(each)) == known for each, known in was.ids.items())
        if not same or now.sharing != was.sharing:
            return now
        if any(now.values.get(each) != was.digests.get(each) for each in was.ids):
            return now
        earlier = {f"input {each}": was.before.values[each] for each in was.ids}
        parts = [(n, earlier.get(n, digest)) for n, digest in now.manifest.components]
        parts = _shared(parts, was.before.sharing)
        values = {**now.values, **{each: was.before.values[each] for each in was.ids}}
        return replace(
            now, manifest=Manifest(tuple(parts)), values=values, sharing=was.before.sharing
        )


def _shared(parts: list[tuple[str, str]], sharing: str) -> list[tuple[str, str]]:
    """The components with this sharing in place of the one that they have."""
    without = [part for part in parts if part[0] != "sharing"]
    if not sharing:
        return without
    last = max((at for at, part in enumerate(without) if part[0].startswith("input ")), default=-1)
    return [*without[: last + 1], ("sharing", sharing), *without[last + 1 :]]
