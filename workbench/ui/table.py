"""Tables and details of the read model, for a notebook (HTML) and for a terminal (text)."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any

from workbench.ui.text import money, one_line, printable, seconds
from workbench.views import Detail, Row, Table

_HTML_WIDTH = 160
_NOTE = "color:var(--jp-ui-font-color2,gray)"
_NOTE_WIDTH = 400
_FREE = {"prompt": 16, "response": 16, "error": 16, "why": 12}
"""Columns of free text, and the width that they keep in a narrow terminal."""
_ID_WIDTH = 22
_WHOLE = ("_id", "detail")
"""Columns that are never cut."""
_NUMBERS = ("_microusd", "tokens", "_calls", "seconds", "latency_s", "steps", "attempts")


class Shown:
    """A table or detail as a notebook's value: HTML where there is a page, text elsewhere."""

    def __init__(self, record: Table | Detail) -> None:
        self.record = record

    def _repr_html_(self) -> str:
        return html(self.record)

    def __repr__(self) -> str:
        return text(self.record)


def html(record: Table | Detail) -> str:
    """HTML without scripts; all text is escaped."""
    if isinstance(record, Table):
        return _html_table(record)
    facts = "".join(
        f"<tr><th style='text-align:left'>{escape(heading(name))}</th>"
        f"<td style='text-align:left'>{escape(cell(name, value))}</td></tr>"
        for name, value in record.facts.items()
    )
    texts = "".join(
        f"<details{' open' if name in {'prompt', 'response'} else ''}><summary>{escape(name)}"
        "</summary><pre style='white-space:pre-wrap;max-height:24em;overflow:auto'>"
        f"{escape(printable(body))}</pre></details>"
        for name, body in record.texts
    )
    tables = "".join(f"<h4>{escape(t.title)}</h4>{_html_table(t)}" for t in record.tables)
    return f"<h3>{escape(one_line(record.title))}</h3><table>{facts}</table>{texts}{tables}"


def text(record: Table | Detail, *, width: int | None = None, color: bool = False) -> str:
    """Text for a terminal, without control characters from the data."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        width=width or 140,
        force_terminal=color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        force_jupyter=False,
    )
    for part in _parts(record):
        console.print(part)
    return out.getvalue().rstrip("\n")


def cell(column: str, value: Any) -> str:
    """One value as people read it."""
    if value is None:
        return "?" if column.endswith("cost_microusd") else ""
    if column.endswith("_microusd"):
        return money(value)
    if column in {"seconds", "latency_s", "saved_s"}:
        return seconds(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return one_line(str(value), _HTML_WIDTH)


def heading(column: str) -> str:
    """A column's name as a heading."""
    return column.removesuffix("_microusd").removesuffix("_at").replace("_", " ")


def _parts(record: Table | Detail) -> list[Any]:
    from rich.text import Text

    if isinstance(record, Table):
        notes = record.notes if record.rows else ()
        return [_rich_table(record), *(Text(one_line(n, _NOTE_WIDTH), "dim") for n in notes)]

    parts: list[Any] = [Text(one_line(record.title), style="bold")]
    parts += [f"  {heading(name)}: {cell(name, value)}" for name, value in record.facts.items()]
    for name, body in record.texts:
        parts += [Text(f"\n{name}", style="bold"), Text(printable(body))]
    for table in record.tables:
        parts += [Text(f"\n{table.title}", style="bold"), _rich_table(table)]
    return parts


def _rich_table(table: Table) -> Any:
    from rich.table import Table as RichTable
    from rich.text import Text

    if not table.rows:
        return "\n".join([f"no {table.title} yet", *map(one_line, table.notes)])
    shown = RichTable(box=None, pad_edge=False, header_style="bold")
    for column in table.columns:
        number = column.endswith(_NUMBERS)
        shown.add_column(
            heading(column),
            justify="right" if number else "left",
            no_wrap=True,
            overflow="ellipsis",
            min_width=_ID_WIDTH if column.endswith("_id") else _FREE.get(column, 0),
            max_width=None if number or column.endswith(_WHOLE) else 40,
        )
    for row in table.rows:
        shown.add_row(*(Text(one_line(cell(c, row.get(c)), 80)) for c in table.columns))
    return shown


def _html_table(table: Table) -> str:
    notes = "".join(
        f"<div style='{_NOTE}'>{escape(one_line(note, _NOTE_WIDTH))}</div>" for note in table.notes
    )
    if not table.rows:
        return f"<p>no {escape(table.title)} yet</p>{notes}"
    head = "".join(f"<th style='text-align:left'>{escape(heading(c))}</th>" for c in table.columns)
    rows = "".join(f"<tr>{''.join(_cells(table.columns, row))}</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{notes}"


def _cells(columns: Sequence[str], row: Row) -> list[str]:
    return [
        f"<td style='text-align:{'right' if c.endswith(_NUMBERS) else 'left'}'>"
        f"{escape(cell(c, row.get(c)))}</td>"
        for c in columns
    ]
