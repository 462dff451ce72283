"""Whether what a tool made of a case is right, a miss too many, or the one thing that must not be."""

from __future__ import annotations

from typing import Literal

from traps.case import Case
from traps.runner import Seen

Verdict = Literal["right", "false hit", "wrong", "false miss", "incomplete"]


def judge(case: Case, seen: Seen, plain: Seen, *, served: bool) -> tuple[Verdict, str]:
    """A verdict and what happened, in a line.

    false hit   served, and other values than a plain run's, or values that no two runs agree about
    wrong       executed, and yet other values than a plain run's: the tool disturbs the cell
    false miss  executed where it could have been served
    incomplete  served in another kernel, and did not show what the first run showed
    """
    told = f"{seen.status or ('served' if served else 'executed')}: {seen.why or '-'}"
    if served and case.expect == "miss" and not case.outputs:
        return "false hit", told
    if seen.before != plain.before:
        return "wrong", f"first run: values {seen.before!r}, plainly {plain.before!r}"
    if seen.values != plain.values or seen.error != plain.error:
        happened = (
            f"{told}; values {seen.values!r} {seen.error}, plainly {plain.values!r} {plain.error}"
        )
        return ("false hit" if served else "wrong"), happened
    if not served and case.expect != "miss":
        return "false miss", f"{told} (first: {seen.first_why})"
    if case.expect == "restore" and seen.shown[0] != seen.shown[1]:
        return "incomplete", f"{told}; shown {seen.shown[1]!r}, first {seen.shown[0]!r}"
    return "right", told


def proves_nothing(case: Case, plain: Seen) -> bool:
    """Whether a tool that always serves would pass a case that it must not."""
    asks = case.expect == "miss" and case.outputs and not (case.side or case.restart)
    return bool(asks) and plain.values == plain.before
