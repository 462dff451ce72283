"""Why a step ran, as people see it: digests, coloured lines, and text that stays text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from workbench.keys.changes import Change
from workbench.ui.why import ShownWhy, html, text
from workbench.views import Outlook, Why

HOSTILE = [
    "<script>alert(1)</script>",
    "</div></script><svg onload=alert(1)>",
    '"><b onmouseover="alert(1)">',
    "\x1b[31mred\x1b[0m",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m",
    "a\u202egnp.exe",
    "\ud800",
    "\x00",
    "\r\nforged line",
    "[bold]x[/bold]",
    "x" * 100_000,
]
CHANGE = Change(
    "input helper",
    "function inner (helper → inner) changed: 1 line added, 1 removed",
    "9f" * 32,
    "3a" * 32,
    ("@@ -1,2 +1,2 @@", " def inner(x):", "-    return x", "+    return x + 1"),
)
WHY = Why(
    "nb.ipynb#total",
    "step_1",
    "completed",
    datetime(2026, 11, 24, 12, tzinfo=UTC),
    CHANGE.what,
    (CHANGE,),
)
PLAIN = """\
nb.ipynb#total · ran: function inner (helper → inner) changed: 1 line added, 1 removed · 2026-11-24 12:00:00
  • function inner (helper → inner) changed: 1 line added, 1 removed
      input helper 9f9f9f9f9f9f → 3a3a3a3a3a3a
      @@ -1,2 +1,2 @@
       def inner(x):
      -    return x
      +    return x + 1"""


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, tuple(name for name, _ in attrs)))


def test_each_change_has_its_digests_and_its_lines():
    assert text(WHY) == PLAIN
    assert repr(ShownWhy(WHY)) == PLAIN


def test_a_terminal_gets_red_and_green_and_a_pipe_gets_none():
    shown = text(WHY, color=True)
    assert "\x1b[31m      -    return x\x1b[0m" in shown or "\x1b[31m-    return x\x1b[0m" in shown
    assert "\x1b[32m" in shown
    assert "\x1b" not in text(WHY)


def test_a_page_gets_colours_of_its_theme_and_no_script():
    page = html(WHY)
    assert "var(--jp-success-color1" in page
    assert "var(--jp-error-color1" in page
    assert {tag for tag, _ in Tags(page).found} <= {"div", "b", "span"}
    assert not {n for _, names in Tags(page).found for n in names} - {"style", "data-workbench-why"}
    assert ShownWhy(WHY)._repr_html_() == page


def test_a_hit_names_its_checkpoint_and_what_made_it():
    made = {
        "key": "ab" * 32,
        "recorded_at": datetime(2026, 11, 23, 9, tzinfo=UTC),
        "step_id": "step_0",
        "run_id": "run_0",
        "seconds": 4.2,
        "spent_microusd": 21,
        "why": "first run",
    }
    hit = replace(WHY, status="hit", why="", changes=(), served=made)
    assert text(hit).splitlines() == [
        "nb.ipynb#total · hit · 2026-11-24 12:00:00",
        "  served from checkpoint abababababab, made 2026-11-23 09:00:00 by step_0 in 4.2 s for $0.000021",
        "  it was made then because: first run",
    ]
    assert "not in the store any more" in text(replace(hit, served={}))


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (Outlook("hit", checkpoint="ab" * 32), "now · a hit on checkpoint abababababab"),
        (Outlook("stale", "code changed", (CHANGE,)), "now · stale: code changed"),
        (Outlook("never"), "now · never"),
    ],
)
def test_what_it_would_do_now_follows(now, line):
    shown = text(replace(WHY, changes=(), now=now))
    assert line in shown
    assert ("return x + 1" in shown) == bool(now.changes)
    assert "<b>now</b>" in html(replace(WHY, now=now))


@pytest.mark.parametrize("odd", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_stays_text(odd):
    change = Change(odd, odd, odd, odd, (f"+{odd}", odd))
    why = Why(odd, odd, "completed", WHY.at, odd, (change,), now=Outlook("stale", odd, (change,)))
    assert {tag for tag, _ in Tags(html(why)).found} <= {"div", "b", "span"}
    assert not {n for _, names in Tags(html(why)).found for n in names} - {
        "style",
        "data-workbench-why",
    }
    shown = text(why)
    assert not any(ord(c) < 32 and c != "\n" for c in shown)
    html(why).encode()
    shown.encode()
