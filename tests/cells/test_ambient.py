"""What a step changes beside its names is told; what it leaves alone is not suspected."""

from __future__ import annotations

import builtins
import decimal
import logging
import os
import random
import signal
import socket
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytest

from workbench.cells import ambient

CHANGES = {
    "os.environ (WB_X)": (
        lambda: os.environ.__setitem__("WB_X", "1"),
        lambda: os.environ.pop("WB_X"),
    ),
    "the working directory": (lambda: os.chdir("/"), lambda: None),
    "sys.path": (lambda: sys.path.append("/nope"), lambda: sys.path.remove("/nope")),
    "warnings.filters": (
        lambda: warnings.filterwarnings("ignore", message="zz"),
        lambda: warnings.filters.pop(0),
    ),
    "the root logger": (
        lambda: logging.root.setLevel(logging.CRITICAL),
        lambda: logging.root.setLevel(logging.WARNING),
    ),
    "the decimal context": (
        lambda: setattr(decimal.getcontext(), "prec", 7),
        lambda: setattr(decimal.getcontext(), "prec", 28),
    ),
    "the default socket timeout": (
        lambda: socket.setdefaulttimeout(9),
        lambda: socket.setdefaulttimeout(None),
    ),
    "signal handlers (SIGUSR1)": (
        lambda: signal.signal(signal.SIGUSR1, lambda *_: None),
        lambda: signal.signal(signal.SIGUSR1, signal.SIG_DFL),
    ),
    "builtins (wb_x)": (
        lambda: setattr(builtins, "wb_x", 1),
        lambda: delattr(builtins, "wb_x"),
    ),
    "pandas options (display.max_rows)": (
        lambda: pd.set_option("display.max_rows", 7),
        lambda: pd.reset_option("display.max_rows"),
    ),
    "numpy's print options (precision)": (
        lambda: np.set_printoptions(precision=3),
        lambda: np.set_printoptions(precision=8),
    ),
    "numpy's error state (over)": (
        lambda: np.seterr(over="raise"),
        lambda: np.seterr(over="warn"),
    ),
    "the recursion limit": (
        lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
        lambda: sys.setrecursionlimit(sys.getrecursionlimit() - 1),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_beside_the_names_is_told(what, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    change, undo = CHANGES[what]
    before = ambient.snapshot()
    change()
    after = ambient.snapshot()
    try:
        assert ambient.changed(before, after) == f"it changed {what}"
        assert ambient.drew(before, after) == ""
    finally:
        undo()
    assert ambient.changed(ambient.snapshot(), ambient.snapshot()) == ""


def test_another_object_that_is_equal_is_a_change_of_the_builtins(monkeypatch):
    monkeypatch.setattr(builtins, "wb_x", 1, raising=False)
    before = ambient.snapshot()
    monkeypatch.setattr(builtins, "wb_x", True)
    assert ambient.changed(before, ambient.snapshot()) == "it changed builtins (wb_x)"


DRAWS = {
    "random": [random.random, lambda: random.seed(1), lambda: random.shuffle([1, 2])],
    "numpy.random": [
        np.random.rand,
        lambda: np.random.seed(1),
        lambda: pd.DataFrame({"a": range(9)}).sample(2),
    ],
}


@pytest.mark.parametrize("what", DRAWS)
def test_numbers_drawn_from_a_generator_that_all_share_are_told(what):
    for draw in DRAWS[what]:
        before = ambient.snapshot()
        draw()
        after = ambient.snapshot()
        assert ambient.drew(before, after) == f"it draws random numbers ({what})"
        assert ambient.changed(before, after) == ""


def test_a_step_that_changes_nothing_is_not_suspected():
    before = ambient.snapshot()
    pd.DataFrame({"a": [3, 1]}).sort_values("a").sample(1, random_state=1).to_csv()
    np.random.default_rng(1).random()
    with warnings.catch_warnings(), decimal.localcontext() as context:
        context.prec = 5
        warnings.simplefilter("ignore")
    import colorsys  # a module that nobody has loaded is no change

    assert colorsys
    after = ambient.snapshot()
    assert ambient.changed(before, after) == ambient.drew(before, after) == ""


def test_a_package_loaded_meanwhile_is_no_change():
    before = ambient.snapshot()
    fewer = ambient.Snapshot(
        {k: v for k, v in before.lost.items() if "pandas" not in k},
        {k: v for k, v in before.drawn.items() if k != "numpy.random"},
        before.threads,
        before.modules,
    )
    assert ambient.changed(fewer, before) == ambient.drew(fewer, before) == ""


def test_an_imports_own_warning_filters_are_no_change_but_the_users_are(monkeypatch):
    monkeypatch.setattr(warnings, "filters", list(warnings.filters))
    before = ambient.snapshot()
    monkeypatch.setitem(sys.modules, "wb_new", sys)
    warnings.filterwarnings("ignore", message="numpy.dtype size changed")
    assert ambient.changed(before, ambient.snapshot()) == ""
    warnings.filterwarnings("ignore")
    assert ambient.changed(before, ambient.snapshot()) == "it changed warnings.filters"


def test_the_environment_has_a_digest_that_shows_no_value(monkeypatch):
    before = ambient.environment()
    assert ambient.environment() == before
    monkeypatch.setenv("WB_SECRET", "sk-1")
    changed = ambient.environment()
    assert changed != before
    monkeypatch.setenv("WB_SECRET", "sk-2")
    assert ambient.environment() not in {before, changed}
    monkeypatch.delenv("WB_SECRET")
    monkeypatch.setenv("JPY_PARENT_PID", "77")
    monkeypatch.setenv("WORKBENCH_RUN", "run_2")
    monkeypatch.setattr(sys, "argv", [*sys.argv, "/run/kernel-77.json"])
    assert ambient.environment() == before
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--mode=b"])
    assert ambient.environment() != before


def test_a_snapshot_costs_little():
    def once():
        began = time.perf_counter()
        ambient.snapshot()
        return time.perf_counter() - began

    assert sorted(once() for _ in range(200))[100] < 0.002
