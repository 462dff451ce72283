"""`%wb why` in a real JupyterLab: a helper is edited, its step misses, the chain and the lines show."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nbformat
import pytest
from e2e.test_lab import (
    CHROMIUM,
    ROOT,
    STEP,
    browser,  # noqa: F401  # a fixture
    lab,  # noqa: F401  # a fixture
    records,
    run_all,
    set_,
)
from nbformat.v4 import new_code_cell, new_notebook

NOTEBOOK = "why.ipynb"
OF_KEYS = "08_how_keys_work.ipynb"
HELPERS = """
def rate(country):
    # by country
    return {rate} if country == "de" else 0.20


def gross(net, country):
    return round(net * (1 + rate(country)), 2)


orders = [(10, "de"), (20, "fr"), (30, "de")]
"""
CELLS = {
    "load": "%load_ext workbench",
    "helpers": HELPERS.format(rate="0.19").strip(),
    "totals": "#| step: totals\ntotals = [gross(net, country) for net, country in orders]\ntotals",
    "why": "%wb why totals",
    "status": "%wb status",
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium"),
    pytest.mark.filterwarnings("ignore"),  # playwright's own event loop, not ours to mend
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("why")
    (folder / "notebooks").mkdir()
    (folder / "pyproject.toml").write_text("")
    return folder


@pytest.fixture
def notebook(project):
    """The notebook before its helper is edited, and a store that knows nothing of it."""
    path = project / "notebooks" / NOTEBOOK
    cells = [new_code_cell(source, id=name) for name, source in CELLS.items()]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def opened(browser, lab, theme, notebook=NOTEBOOK):
    set_(lab, "@jupyterlab/apputils-extension:themes", theme=theme, **{"adaptive-theme": False})
    set_(
        lab, "@jupyterlab/apputils-extension:notification", fetchNews="false", checkForUpdates=False
    )
    set_(lab, "@jupyterlab/notebook-extension:tracker", windowingMode="none")
    page = browser.new_page(viewport={"width": 1280, "height": 1300})
    page.goto(f"{lab}/lab/tree/notebooks/{notebook}?token=tok&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_timeout(2000)
    if page.query_selector(".jp-Dialog .jp-mod-accept"):
        page.click(".jp-Dialog .jp-mod-accept")
    page.wait_for_selector(".jp-NotebookPanel [data-status='idle']", timeout=60_000)
    return page


def edit(page, cell, source):
    """Replace what stands in a cell, as a person does."""
    page.locator(".jp-CodeCell .cm-content").nth(list(CELLS).index(cell)).click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(source)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_an_edited_helper_is_named_with_its_chain_and_its_lines(
    browser, lab, notebook, theme, tmp_path
):
    name = theme.rpartition(" ")[2].lower()
    page = opened(browser, lab, theme)
    run_all(page)
    rate = {"light": "0.07", "dark": "0.08"}[name]  # another in each: the store knows the first
    edit(page, "helpers", HELPERS.format(rate=rate).replace("by", "depends on").strip())
    run_all(page)
    record = records(page)[-1]
    why = page.locator("[data-workbench-why]").last
    shown = why.inner_text()
    lines = [each for each in shown.splitlines() if each[:1] in {"+", "-"}]
    colours = [
        why.locator(f"text={sign}    return").evaluate("node => getComputedStyle(node).color")
        for sign in "-+"
    ]
    why.scroll_into_view_if_needed()
    page.screenshot(path=Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"{name}-why.png")
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    page.close()
    assert "function rate (gross → rate) changed" in record
    assert "function rate (gross → rate) changed" in shown
    assert '-    return 0.19 if country == "de" else 0.20' in lines, shown
    assert f'+    return {rate} if country == "de" else 0.20' in lines, shown
    assert colours[0] != colours[1]
    saved = nbformat.read(notebook, as_version=4)
    plain = saved.cells[list(CELLS).index("why")].outputs[0].data["text/plain"]
    assert "gross → rate" in plain


def test_the_notebook_of_keys_runs_from_top_to_bottom(browser, lab, project):
    path = project / "notebooks" / OF_KEYS
    shutil.copy(ROOT / "notebooks" / OF_KEYS, path)
    page = opened(browser, lab, "JupyterLab Light", OF_KEYS)
    run_all(page)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    page.close()
    saved = nbformat.read(path, as_version=4)
    shown = [output for cell in saved.cells for output in cell.get("outputs", ())]
    assert [each.evalue for each in shown if each.output_type == "error"] == []
    statuses = [each.data[STEP]["status"] for each in shown if STEP in each.get("data", {})]
    assert statuses.count("hit") > 5
    assert statuses.count("completed") > 15
