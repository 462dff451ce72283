"""The notebook in a real JupyterLab: run, saved, reopened; light and dark."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NOTEBOOK = "01_document_pipeline.ipynb"
STEP = "application/vnd.workbench.step+json"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium"),
    pytest.mark.filterwarnings("ignore"),  # playwright's own event loop, not ours to mend
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The notebooks in a project whose store holds their recording."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "pyproject.toml").write_text("")
    env = {**os.environ, "WORKBENCH_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
    recording = ROOT / "cache" / "recorded" / f"{Path(NOTEBOOK).stem}.jsonl"
    subprocess.run(
        [sys.executable, "-m", "workbench.cli", "import", str(recording)], env=env, check=True
    )
    return folder


@pytest.fixture(scope="module")
def lab(project, tmp_path_factory):
    """A JupyterLab server on the project, with settings of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = tmp_path_factory.mktemp("jupyter")
    names = (
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "JUPYTERLAB_SETTINGS_DIR",
        "JUPYTERLAB_WORKSPACES_DIR",
    )
    env = {
        **os.environ,
        **{name: str(own / name.lower()) for name in names},
        "WORKBENCH_CACHE": str(project / "cache"),
        "WORKBENCH_FROZEN": "1",
        "PYTHONPATH": str(ROOT),
    }
    server = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            f"--port={port}",
            "--port-retries=0",
            "--IdentityProvider.token=tok",
            f"--ServerApp.root_dir={project}",
        ],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(f"{url}/api/status?token=tok", timeout=5).close()
            break
        except OSError:
            assert time.monotonic() < deadline, "JupyterLab did not start"
            time.sleep(0.3)
    yield url
    server.terminate()
    server.wait()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


def set_(lab, plugin, **settings):
    request = urllib.request.Request(
        f"{lab}/lab/api/settings/{plugin}?token=tok",
        data=json.dumps({"raw": json.dumps(settings)}).encode(),
        method="PUT",
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()


def opened(browser, lab, theme):
    set_(lab, "@jupyterlab/apputils-extension:themes", theme=theme, **{"adaptive-theme": False})
    set_(
        lab, "@jupyterlab/apputils-extension:notification", fetchNews="false", checkForUpdates=False
    )
    set_(lab, "@jupyterlab/notebook-extension:tracker", windowingMode="none")
    page = browser.new_page(viewport={"width": 1280, "height": 1500})
    page.goto(f"{lab}/lab/tree/notebooks/{NOTEBOOK}?token=tok&reset")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_timeout(2000)
    if page.query_selector(".jp-Dialog .jp-mod-accept"):
        page.click(".jp-Dialog .jp-mod-accept")
    page.wait_for_selector(".jp-NotebookPanel [data-status='idle']", timeout=60_000)
    return page


def run_all(page):
    """Run all cells by the menu, and wait until the last one has run."""
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click("li[data-command='runmenu:run-all']")
    page.wait_for_timeout(500)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')]"
        ".every(prompt => /\\d/.test(prompt.innerText))",
        timeout=60_000,
    )
    page.wait_for_timeout(1000)


def records(page):
    return [
        each.inner_text()
        for each in page.query_selector_all(".jp-OutputArea-output [data-workbench-step]")
    ]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_run_all_shows_a_record_for_each_step_and_hits_the_second_time(
    browser, lab, project, theme, tmp_path
):
    page = opened(browser, lab, theme)
    run_all(page)
    run_all(page)
    shown = records(page)
    page.keyboard.press("Control+s")
    page.wait_for_timeout(1000)
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    name = theme.rpartition(" ")[2].lower()
    for cell in ("extract", "score"):
        page.locator(f".jp-Cell:has-text('#| step: {cell}')").last.scroll_into_view_if_needed()
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{cell}.png")
    page.close()
    assert [line.split("\n")[0].split(" ")[0] for line in shown[:2]] == ["read", "extract"], shown
    saved = nbformat.read(project / "notebooks" / NOTEBOOK, as_version=4)
    steps = [
        out["data"][STEP]["status"]
        for cell in saved.cells
        for out in cell.get("outputs", ())
        if STEP in out.get("data", {})
    ]
    assert steps == ["hit", "hit", "hit", "completed", "hit"], steps
