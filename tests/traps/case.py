"""What a trap is, as data: cells to run, what changes between two runs, what must come of it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Expect = Literal["miss", "hit", "restore"]


@dataclass(frozen=True)
class Case:
    """A cell run twice with a change in between. It names no tool: any cache can be put to it.

    The right values are those of the same cells run plainly, without any cache, in a fresh kernel.

    name         a sentence
    expect       what the second run must be: "miss" executes, "hit" does not, "restore" does not
                 either, in another kernel, and leaves and shows all that the first run did
    setup        a plain cell before
    body         the cell that is cached
    outputs      expressions; their reprs after the second run are compared with the plain ones
    files        the project's files beforehand: path and text
    then         a plain cell between the two runs (after a restart: after the setup)
    edits        files between the two runs; None deletes one
    again        the second run's body, where it differs
    restart      whether the second run is in another kernel (another process and hash seed)
    setup_again  that kernel's setup, where it differs
    once         the plain run executes the body once only: pressing twice must equal once
    line         options of the cell
    renamed      whether the second run's cell has another name
    plainly      the body is no cached cell: it calls functions that the setup made cached ones
    side         a hit would lose something else than the values that the body computes
    fails        whether the body raises
    needs        packages without which the case is left out
    reason       why this tool may miss where "hit" is right: a miss by design
    guards       the component of the key without which this case goes wrong
    """

    name: str
    expect: Expect
    body: str
    outputs: tuple[str, ...] = ()
    setup: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    then: str = ""
    edits: Mapping[str, str | None] = field(default_factory=dict)
    again: str = ""
    restart: bool = False
    setup_again: str = ""
    once: bool = False
    line: str = ""
    renamed: bool = False
    plainly: bool = False
    side: bool = False
    fails: bool = False
    needs: tuple[str, ...] = ()
    reason: str = ""
    guards: str = ""
    family: str = ""


def every_case() -> list[Case]:
    """All cases of all families, each with its family's name."""
    from traps import cases

    found: list[Case] = []
    for module in pkgutil.iter_modules(cases.__path__):
        family = importlib.import_module(f"traps.cases.{module.name}")
        found += [replace(case, family=module.name) for case in family.CASES]
    return found
