"""A step's record: one line on what happened, as its own MIME type, as HTML, and as plain text.

What is saved of a hit holds nothing that varies: two hits in a row save the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import msgspec

from workbench.journal.events import StepFinished
from workbench.model import Json
from workbench.ui.text import count, money, one_line, seconds

MIME = "application/vnd.workbench.step+json"
_STYLE = (
    "font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);"
    "color:var(--jp-ui-font-color1,inherit);"
    "border-left:3px solid {color};padding:1px 0 1px 10px;margin:2px 0"
)
_COLORS = {
    "hit": "var(--jp-success-color1,#388e3c)",
    "completed": "var(--jp-info-color1,#1976d2)",
    "failed": "var(--jp-error-color1,#d32f2f)",
    "waiting": "var(--jp-warn-color1,#f57c00)",
    "running": "var(--jp-border-color1,#9e9e9e)",
}
_ALWAYS = frozenset({"name", "status", "key", "why", "seconds", "live_calls", "hit_calls"})
"""What the record's JSON holds whatever it is; its other fields are there where they say something."""

_QUIET = "color:var(--jp-ui-font-color2,gray)"


@dataclass(frozen=True, slots=True)
class Record:
    """What the banner says of one step.

    `done` is the step as journaled, or its state so far while `running`; `notes` are warnings,
    each with its remedy.
    """

    done: StepFinished
    running: bool = False
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """running, hit, completed, failed or waiting."""
        return "running" if self.running else self.done.status


def bundle(record: Record) -> dict[str, Json]:
    """The record as a display's MIME bundle; in its JSON most of what is zero or empty is left out.

    A notebook is written and checked field by field, by papermill twice for each cell.
    """
    facts = msgspec.to_builtins(record.done)
    told = {name: value for name, value in facts.items() if value or name in _ALWAYS}
    notes = {"notes": list(record.notes)} if record.notes else {}
    return {
        MIME: {"version": 1, **told, **notes},
        "text/html": html(record),
        "text/plain": plain(record),
    }


def plain(record: Record) -> str:
    """The record as text: a line, and one for each note."""
    line = " · ".join([_head(record), *_facts(record)])
    return "\n".join([f"▸ {line}", *(f"  ! {one_line(note, 400)}" for note in record.notes)])


def html(record: Record) -> str:
    """The record as HTML without scripts; all text is escaped."""
    style = _STYLE.format(color=_COLORS[record.status])
    facts = "".join(f' <span style="{_QUIET}">· {escape(fact)}</span>' for fact in _facts(record))
    notes = "".join(
        f'<div style="color:{_COLORS["waiting"]}">⚠ {escape(one_line(note, 400))}</div>'
        for note in record.notes
    )
    name, _, rest = _head(record).partition(" · ")
    return (
        f'<div data-workbench-step style="{style}"><b>{escape(name)}</b>'
        f' <span style="color:{_COLORS[record.status]}">{escape(rest)}</span>{facts}{notes}</div>'
    )


def _head(record: Record) -> str:
    word = {"completed": "ran", "running": "running…"}.get(record.status, record.status)
    why = record.done.error if record.status == "failed" else record.done.why
    shown = f"{word}: {one_line(why, 160)}" if why and record.status != "hit" else word
    return f"{one_line(record.done.name, 80)} · {shown}"


def _facts(record: Record) -> Iterator[str]:
    done = record.done
    if record.status == "hit":
        yield from _saved(done)
        return
    if done.live_calls:
        yield f"{count(done.live_calls, 'call')} live"
    if done.hit_calls:
        yield f"{count(done.hit_calls, 'call')} replayed"
    if done.failed_calls:
        yield f"{count(done.failed_calls, 'attempt')} failed"
    yield seconds(done.seconds)
    if done.tokens:
        yield count(done.tokens, "token")
    if done.live_calls:
        yield _spent(done)
    if done.hit_calls:
        yield f"saved {', '.join(_savings(done))}"


def _saved(done: StepFinished) -> Iterator[str]:
    calls = done.live_calls + done.hit_calls
    if calls:
        yield f"{count(calls, 'call')} replayed"
    yield f"saved {', '.join(_savings(done))}"


def _savings(done: StepFinished) -> Iterator[str]:
    if done.saved_s:
        yield seconds(done.saved_s)
    if done.saved_tokens:
        yield count(done.saved_tokens, "token")
    yield money(done.saved_microusd)


def _spent(done: StepFinished) -> str:
    if done.unpriced and not done.spent_microusd:
        return "price unknown"
    unknown = f" + {count(done.unpriced, 'call')} of unknown price" if done.unpriced else ""
    return f"{money(done.spent_microusd)}{unknown}"
