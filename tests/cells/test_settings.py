"""Settings of libraries count only where they are not as usual, and are named when they change."""

from __future__ import annotations

import decimal

import pytest

from workbench.cells.settings import settings


def test_nothing_is_told_while_all_is_as_usual():
    assert settings() == []


def test_a_setting_is_told_with_its_value():
    numpy, pandas = pytest.importorskip("numpy"), pytest.importorskip("pandas")
    assert settings() == []
    with numpy.printoptions(precision=3), pandas.option_context("display.max_rows", 7):
        told = dict(settings())
    assert told["setting of numpy's printing"] == "{'precision': 3}"
    assert told["setting of pandas"] == "['display.max_rows=7']"
    with numpy.errstate(divide="raise"):
        assert dict(settings()) == {"setting of numpy's errors": "{'divide': 'raise'}"}
    with decimal.localcontext(decimal.Context(prec=5)):
        assert "setting of decimals" in dict(settings())
    assert settings() == []


def test_a_changed_setting_is_named(kernels):
    kernel = kernels()
    kernel.run("import pandas as pd\ndf = pd.DataFrame({'a': range(50)})")
    cell = "%%step s\nsize = len(repr(df))\n"
    kernel.run(cell)
    kernel.run("pd.set_option('display.max_rows', 4)")
    assert kernel.run(cell).step["why"] == "setting of pandas is ['display.max_rows=4']"
    kernel.run("pd.reset_option('display.max_rows')")
    assert kernel.run(cell).step["status"] == "hit"
