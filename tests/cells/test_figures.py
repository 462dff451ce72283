"""Figures and widgets: shown again as their image and their text, in another kernel too."""

from __future__ import annotations

import pytest

pytest.importorskip("matplotlib")
SETUP = "import matplotlib.pyplot as plt\nxs = [1, 2, 3]"


def images(cell):
    return [o["data"]["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})]


@pytest.mark.parametrize(
    "body",
    ["plt.plot(xs)\nplt.title('t');\n", "plt.plot(xs)\nplt.show()\nn = 1\n", "plt.plot(xs);\n"],
)
def test_a_figure_comes_back_as_its_image(kernels, body):
    cell = f"%%step s\n{body}"
    first, second = kernels(), kernels()
    first.run(SETUP)
    shown = first.run(cell)
    assert len(images(shown)) == 1
    second.run(SETUP)
    again = second.run(cell)
    assert again.step["status"] == "hit", again.banner
    assert images(again) == images(shown)
    assert len(images(second.run("plt.plot(xs);"))) == 1  # no figure was left open


def test_a_name_that_holds_a_figure_is_told_with_its_remedy(kernels):
    kernel = kernels()
    kernel.run(SETUP)
    for _ in range(2):
        cell = kernel.run("%%step s\nfig, ax = plt.subplots()\nax.plot(xs);\n")
        assert "fig is matplotlib.figure.Figure" in cell.step["why"]
        assert "--out=" in cell.step["why"]
    kept = "%%step s\nfig, ax = plt.subplots()\nax.plot(xs)\nplt.show()\ndel fig, ax\n"
    kernel.run(kept)
    assert kernel.run(kept).step["status"] == "hit"


def test_a_widget_comes_back_as_its_text_which_says_so(kernels):
    pytest.importorskip("ipywidgets")
    cell = "%%step s\nimport ipywidgets\nfrom IPython.display import display\ndisplay(ipywidgets.IntSlider(3))\n"
    first, second = kernels(), kernels()
    assert "application/vnd.jupyter.widget-view+json" in first.run(cell).outputs[-1]["data"]
    again = second.run(cell)
    assert again.step["status"] == "hit", again.banner
    assert list(again.outputs[-1]["data"]) == ["text/plain"]
    assert again.outputs[-1]["data"]["text/plain"].endswith("no longer live)")


def test_a_display_that_is_updated_comes_back_as_it_was_last(kernels):
    cell = (
        "%%step s\nfrom IPython.display import display\n"
        "shown = display('one', display_id='x')\nshown.update('two')\ndel shown\n"
    )
    first, second = kernels(), kernels()
    first.run(cell)
    again = second.run(cell)
    assert (again.step["status"], again.results) == ("hit", ["'two'"])
