"""The traps' kernels, and a report at the end: cases a family, false hits, misses too many."""

from __future__ import annotations

import importlib.util
from collections import Counter, defaultdict

import pytest


@pytest.fixture(scope="session")
def trap_kernels():
    from traps.runner import Kernels

    kernels = Kernels()
    yield kernels
    kernels.stop()


@pytest.fixture
def have():
    """Skips a case whose packages are not there."""

    def check(packages):
        missing = [name for name in packages if importlib.util.find_spec(name) is None]
        if missing:
            pytest.skip(f"needs {', '.join(missing)}")

    return check


def pytest_terminal_summary(terminalreporter):
    rows = [
        dict(report.user_properties)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "call"
    ]
    rows = [row for row in rows if "verdict" in row]
    if not rows:
        return
    families: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        families[row["family"]][row["verdict"]] += 1
    terminalreporter.section("traps")
    terminalreporter.write_line(f"{'family':<16}{'cases':>6}{'right':>7}  otherwise")
    for family, verdicts in sorted(families.items()):
        others = ", ".join(f"{n} {v}" for v, n in sorted(verdicts.items()) if v != "right")
        terminalreporter.write_line(
            f"{family:<16}{verdicts.total():>6}{verdicts['right']:>7}  {others}"
        )
    total = Counter(row["verdict"] for row in rows)
    terminalreporter.write_line(
        f"{'all':<16}{len(rows):>6}{total['right']:>7}  false hits: {total['false hit']}, beside {total['known limit']} known limits"
    )
    for row in sorted(rows, key=lambda row: (row["verdict"], row["family"], row["name"])):
        where = f"{row['family']}: {row['name']}"
        if row["verdict"] == "false miss" and row["reason"]:
            terminalreporter.write_line(f"miss by design: {where} ({row['reason']})")
        elif row["verdict"] != "right":
            terminalreporter.write_line(f"{row['verdict']}: {where}\n    {row['told'][:400]}")
