"""What people see of a step: true, safe to show, and the same bytes for the same hit."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.journal.events import StepFinished
from workbench.ui import table
from workbench.ui.record import MIME, Record, bundle, html, plain
from workbench.ui.text import money, one_line, printable, seconds
from workbench.views import Detail, Table

DONE = StepFinished(
    "step_1",
    "run_1",
    "extract",
    "completed",
    "k",
    "first run",
    4.2,
    live_calls=2,
    tokens=24,
    spent_microusd=21,
)
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</div></script><svg onload=alert(1)>",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "[click](javascript:alert(1))",
    '"><b onmouseover="alert(1)">',
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil\x07click\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "a\u202egnp.exe",
    "\u2066x\u2069",
    "\ud800",
    "\x00",
    "\r\nforged line",
    "$(rm -rf)",
    "{{7*7}}",
    "x" * 100_000,
]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


def tags(text):
    parser = Tags()
    parser.feed(text)
    return parser.found


def test_a_run_is_told_in_one_line():
    assert (
        plain(Record(DONE))
        == "▸ extract · ran: first run · 2 calls live · 4.2 s · 24 tokens · $0.000021"
    )


def test_a_hit_tells_what_it_saved_and_nothing_that_varies():
    hit = replace(
        DONE,
        status="hit",
        why="",
        hit_calls=2,
        live_calls=0,
        saved_tokens=24,
        saved_microusd=21,
        saved_s=4.2,
    )
    assert (
        plain(Record(hit))
        == "▸ extract · hit · 2 calls replayed · saved 4.2 s, 24 tokens, $0.000021"
    )


def test_an_unknown_price_is_never_free():
    assert "price unknown" in plain(Record(replace(DONE, spent_microusd=0, unpriced=2)))
    assert "1 call of unknown price" in plain(Record(replace(DONE, unpriced=1)))
    assert money(None) == "?"


def test_the_json_of_a_record_leaves_out_what_says_nothing():
    done = StepFinished("", "", "a", "hit", "k", "", 0.0, saved_s=0.5)
    assert bundle(Record(done))[MIME] == {
        "version": 1,
        "name": "a",
        "status": "hit",
        "key": "k",
        "why": "",
        "seconds": 0.0,
        "live_calls": 0,
        "hit_calls": 0,
        "saved_s": 0.5,
    }
    assert bundle(Record(done, notes=("look",)))[MIME]["notes"] == ["look"]


def test_the_bundle_has_a_type_of_its_own_html_and_text():
    assert set(bundle(Record(DONE))) == {MIME, "text/html", "text/plain"}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(text):
    record = Record(replace(DONE, name=text, why=text, error=text, status="failed"), notes=(text,))
    assert tags(html(record)) == tags(
        html(Record(replace(record.done, name="n", error="e"), notes=("n",)))
    )
    shown = plain(record)
    assert len(shown.splitlines()) == 2
    assert not any(ord(c) < 32 and c != "\n" for c in shown)
    for made in (
        Table("calls", ("step", "prompt"), ({"step": text, "prompt": text},)),
        Detail(text, {"a": text}, (("response", text),)),
    ):
        assert {tag for tag, _ in tags(table.html(made))} <= {
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "h3",
            "h4",
            "details",
            "summary",
            "pre",
        }
        assert not {a for _, names in tags(table.html(made)) for a in names} - {"style", "open"}
        assert "\x1b" not in table.text(made)
        table.text(made).encode()
        table.html(made).encode()


@given(st.text())
def test_printable_text_drives_no_terminal_and_can_be_encoded(text):
    shown = printable(text)
    shown.encode()
    assert len(shown) == len(text)
    assert not any((ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160 for c in shown)
    assert len(one_line(text, 20)) <= 20


@pytest.mark.parametrize(
    ("value", "text"), [(0.0004, "0.4 ms"), (0.35, "350 ms"), (4.2, "4.2 s"), (185, "3 min 05 s")]
)
def test_seconds_as_people_read_them(value, text):
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "$0"), (21, "$0.000021"), (1_250_000, "$1.25"), (2_000_000_000, "$2,000.00")],
)
def test_money_as_people_read_it(value, text):
    assert money(value) == text
