"""Each lesson in a real JupyterLab: all cells run, every live picture moves by keyboard, page and console complain of nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from browser.jupyter import Notebook, Notebooks
from playwright.sync_api import ConsoleMessage, Locator, expect

from backprop import folders

LESSONS = sorted(folders.lessons().glob("*.ipynb"))
# what JupyterLab 4 itself writes as errors, whatever the notebook
OF_JUPYTERLAB = ("Failed to load resource", "favicon", "MathJax", "ResizeObserver")

pytestmark = pytest.mark.browser


@pytest.fixture(params=LESSONS, ids=[path.stem for path in LESSONS])
def lesson(request: pytest.FixtureRequest, notebooks: Notebooks) -> tuple[Notebook, list[str]]:
    """A lesson, run from the top, and what page and console complained of meanwhile."""
    path: Path = request.param
    shutil.copy(path, notebooks.server.folder / path.name)
    notebook = notebooks.open_file(path.name, height=1600, run=False)
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in OF_JUPYTERLAB):
            heard.append(message.text)

    notebook.page.on("pageerror", lambda error: heard.append(str(error)))
    notebook.page.on("console", listen)
    notebook.run_all()
    return notebook, heard


def test_it_runs_and_its_pictures_move(lesson: tuple[Notebook, list[str]], request: pytest.FixtureRequest) -> None:
    notebook, heard = lesson
    explorers = notebook.page.locator(".bp-explorer")
    expect(explorers.first).to_be_visible(timeout=60_000)
    expect(explorers).to_have_count(calls(request.node.callspec.params["lesson"]))
    for explorer in explorers.all():
        assert_moves(explorer)
    assert notebook.page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    assert heard == []
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def calls(path: Path) -> int:
    """How many cells of a notebook end in an explorer."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum("bp.explorer(" in "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def assert_moves(explorer: Locator) -> None:
    """An arrow key on the slider turns the tangent, and the value beside it."""
    slider, tangent = explorer.locator(".bp-curve-panel input[type=range]"), explorer.locator(".bp-curve-panel .bp-tangent")
    value, line = slider.input_value(), tangent.get_attribute("d")
    slider.focus()
    for key in ("ArrowRight", "PageUp"):
        slider.press(key)
    expect(tangent).not_to_have_attribute("d", line or "")
    assert float(slider.input_value()) > float(value)
