"""Why a step ran, for a notebook (HTML) and for a terminal (text): each change, digests, lines."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from typing import Any

from workbench.keys.changes import Change
from workbench.ui.text import count, money, one_line, printable, seconds
from workbench.views import Outlook, Why

_DIGITS = 12
_SENTENCE = 300
_ADDED = "var(--jp-success-color1,#388e3c)"
_REMOVED = "var(--jp-error-color1,#d32f2f)"
_QUIET = "var(--jp-ui-font-color2,gray)"
_FONT = "font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif)"
_MONO = "font:12px/1.45 var(--jp-code-font-family,ui-monospace,monospace)"
_TINTS = {"+": "rgba(56,142,60,.14)", "-": "rgba(211,47,47,.14)"}
_COLORS = {"+": _ADDED, "-": _REMOVED, "@": _QUIET, "…": _QUIET}
_STYLES = {"+": "green", "-": "red", "@": "cyan", "…": "dim"}
_NOTHING = "nothing that a key sees changed"


class ShownWhy:
    """Why a step ran, as a notebook's value: HTML where there is a page, text elsewhere."""

    def __init__(self, record: Why) -> None:
        self.record = record

    def _repr_html_(self) -> str:
        return html(self.record)

    def __repr__(self) -> str:
        return text(self.record)


def html(record: Why) -> str:
    """HTML without scripts, for light and dark pages; all text is escaped."""
    name, _, rest = _head(record).partition(" · ")
    parts = [f"<div><b>{escape(name)}</b> · {escape(rest)}</div>"]
    parts += [_quiet(line) for line in _served(record)]
    parts += [_html_change(change) for change in record.changes]
    if record.now is not None:
        parts.append(f'<div style="margin-top:.5em"><b>now</b> · {escape(_now(record.now))}</div>')
        parts += [_html_change(change) for change in record.now.changes]
    color = "var(--jp-ui-font-color1,inherit)"
    return f'<div data-workbench-why style="{_FONT};color:{color}">{"".join(parts)}</div>'


def text(record: Why, *, color: bool = False, width: int = 140) -> str:
    """Text for a terminal, without control characters from the data; lines of a diff coloured."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out, width=max(width, 40), force_terminal=color, highlight=False, markup=False,
        color_system="standard" if color else None, emoji=False, force_jupyter=False,
    )  # fmt: skip
    for line in _lines(record):
        console.print(line, soft_wrap=True)
    return out.getvalue().rstrip("\n")


def _lines(record: Why) -> Iterator[Any]:
    from rich.text import Text

    yield Text(_head(record), style="bold")
    for line in _served(record):
        yield Text(f"  {line}", style="dim")
    for change in record.changes:
        yield from _text_change(change)
    if record.now is not None:
        yield Text(f"now · {_now(record.now)}", style="bold")
        for change in record.now.changes:
            yield from _text_change(change)


def _text_change(change: Change) -> Iterator[Any]:
    from rich.text import Text

    yield Text(f"  • {one_line(change.what, _SENTENCE)}")
    yield Text(f"      {_digests(change)}", style="dim")
    for line in map(_shown, change.diff):
        yield Text(f"      {line}", style=_STYLES.get(line[:1], ""))


def _html_change(change: Change) -> str:
    lines = "".join(
        f'<div style="white-space:pre-wrap;{_line_style(line)}">{escape(line) or " "}</div>'
        for line in map(_shown, change.diff)
    )
    diff = (
        f'<div style="{_MONO};margin:.2em 0 .4em;border-left:2px solid {_QUIET};padding-left:8px">'
        f"{lines}</div>"
        if lines
        else ""
    )
    said = escape(one_line(change.what, _SENTENCE))
    quiet = f'<span style="color:{_QUIET}">{escape(_digests(change))}</span>'
    return f'<div style="margin:.3em 0 0 1em">• {said} {quiet}{diff}</div>'


def _line_style(line: str) -> str:
    color, tint = _COLORS.get(line[:1]), _TINTS.get(line[:1])
    return ";".join(
        [*([f"color:{color}"] if color else []), *([f"background:{tint}"] if tint else [])]
    )


def _quiet(line: str) -> str:
    return f'<div style="color:{_QUIET};margin-left:1em">{escape(line)}</div>'


def _shown(line: str) -> str:
    return printable(line).replace("\n", " ")


def _head(record: Why) -> str:
    word = {"completed": "ran"}.get(record.status, record.status)
    why = one_line(record.why, _SENTENCE)
    if not why and record.status != "hit":
        why = "" if record.changes else _NOTHING
    several = len(record.changes) > 1 and record.status not in {"hit", "failed"}
    many = count(len(record.changes), "reason") if several else ""
    parts = [one_line(record.step, 120), f"{word}: {many or why}" if many or why else word]
    return " · ".join([*parts, f"{record.at:%Y-%m-%d %H:%M:%S}"])


def _served(record: Why) -> Iterator[str]:
    """What a hit was served, in a line, and why that had been made."""
    made = record.served
    if not made:
        if record.status == "hit":
            yield "its checkpoint is not in the store any more"
        return
    yield (
        f"served from checkpoint {made['key'][:_DIGITS]},"
        f" made {made['recorded_at']:%Y-%m-%d %H:%M:%S} by {made['step_id']}"
        f" in {seconds(made['seconds'])} for {money(made['spent_microusd'])}"
    )
    if made["why"] and not record.changes:
        yield f"it was made then because: {one_line(made['why'], _SENTENCE)}"
    elif record.changes:
        yield "it was made then because:"


def _now(now: Outlook) -> str:
    if now.status == "hit":
        served = f" on checkpoint {now.checkpoint[:_DIGITS]}" if now.checkpoint else ""
        return f"a hit{served}"
    return f"{now.status}: {one_line(now.why, _SENTENCE)}" if now.why else now.status


def _digests(change: Change) -> str:
    """`9f3c21aa0b71 → 03be5d…`, of the component in the key; - where there is none."""
    old, new = (digest[:_DIGITS] or "-" for digest in (change.old, change.new))
    return f"{one_line(change.component, 60)} {one_line(old, 20)} → {one_line(new, 20)}"
