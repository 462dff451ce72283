"""Every case against the workbench: nothing served that plain execution would not have given."""

from __future__ import annotations

from dataclasses import replace

import pytest

import workbench
from traps import runner, verdict
from traps.case import Case, every_case
from traps.limits import LIMITS

CASES = every_case()

pytestmark = pytest.mark.traps


def ids(case):
    return f"{case.family}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_hit_is_what_plain_execution_would_have_given(
    case, trap_kernels, tmp_path, have, record_property
):
    have(case.needs)
    if case.plainly and not hasattr(workbench, "step"):
        pytest.skip("functions are no steps yet")
    folder = tmp_path / "project"
    plain = runner.plainly(case, trap_kernels, folder)
    assert bool(plain.error) == case.fails, plain.error
    assert not verdict.proves_nothing(case, plain), f"both plain runs give {plain.values!r}"
    seen = runner.with_workbench(case, trap_kernels, folder)
    if "no option" in seen.error:
        pytest.skip(seen.error)
    served = seen.executions == 0 if case.plainly else seen.status == "hit"
    found, told = verdict.judge(case, seen, plain, served=served)
    for name, value in (
        ("family", case.family),
        ("name", case.name),
        ("verdict", "known limit" if ids(case) in LIMITS else found),
        ("reason", case.reason),
        ("told", told),
    ):
        record_property(name, value)
    limit = LIMITS.get(ids(case), "")
    if limit:
        assert found == "false hit", f"no limit any more: {found}: {told}"
        return
    by_design = found == "false miss" and case.reason
    assert found == "right" or by_design, f"{found}: {told}"


def test_every_family_has_cases_and_every_name_is_its_own():
    assert len(CASES) >= 150
    names = [ids(case) for case in CASES]
    assert set(names) >= LIMITS.keys()
    assert len(names) == len(set(names))


@pytest.mark.parametrize("restart", [False, True])
def test_a_hit_executes_nothing(trap_kernels, tmp_path, restart):
    count = Case(
        "it counts where no key sees it",
        "hit",
        setup="import os\nx = 1",
        body="y = os.write(200, b'.') + x",
        outputs=("y",),
        restart=restart,
    )
    served = runner.with_workbench(count, trap_kernels, tmp_path / "project")
    assert (served.status, served.executions) == ("hit", 0)
    changed = replace(count, then="x = 2")
    executed = runner.with_workbench(changed, trap_kernels, tmp_path / "project")
    assert (executed.status, executed.executions) == ("completed", 1)
