"""The explorer in a real JupyterLab: page and kernel agree, keys stay inside, themes, restart, saved state, two on one page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser.jupyter import Notebook, Notebooks
from playwright.sync_api import expect
from seen import Seen, assert_shows

import backprop as bp

pytestmark = pytest.mark.browser

SMALL = """
import json
import backprop as bp
from backprop.live.state import net_from_json, net_to_json
net, x, y = bp.data.small_network()
ex = bp.explorer(net, x, y, bp.half_squared_error)
ex
"""
NEURON = "two = bp.explorer(bp.network((2, 1), rng=1), *bp.data.and_(), bp.half_squared_error)\ntwo"
FRESH = "ex.net, ex.x, ex.example, ex.parameter, ex.step, ex.eta = net, x, None, ('W', 1, 0, 0), 'gradients', 0.5; ex._costs = []"
TELL = "print(json.dumps({'net': net_to_json(ex.net), 'C': ex.C, **{n: getattr(ex, n) for n in NAMES}}))"


@pytest.fixture(scope="module")
def notebook(notebooks: Notebooks) -> Notebook:
    return notebooks.open([SMALL, NEURON], height=2800)


@pytest.fixture
def seen(notebook: Notebook) -> Seen:
    """The first explorer, as it opens."""
    first = Seen(notebook.page, 0).ready()
    notebook.run(FRESH)
    expect(first.root.locator("[aria-current=step]")).to_have_text("(3)(4)gradients")
    expect(first.slider).to_have_value("0.8")
    return first


def told(notebook: Notebook, *names: str) -> dict[str, Any]:
    """What Python knows, once everything that the page sent has arrived."""
    notebook.page.wait_for_timeout(500)
    return dict(json.loads(notebook.run(TELL.replace("NAMES", repr(names)))))


def test_it_shows_the_numbers_of_core(seen: Seen) -> None:
    assert_shows(seen, *bp.data.small_network(), bp.half_squared_error)


def test_what_is_moved_on_the_page_arrives_in_python(notebook: Notebook, seen: Seen) -> None:
    seen.slider.focus()
    seen.page.keyboard.press("ArrowRight")
    seen.page.keyboard.press("PageUp")
    seen.drawn()
    shown = seen.slopes()[0][0]
    assert shown > 0.81
    python = told(notebook, "parameter")
    assert python["net"][0]["W"][0][0] == pytest.approx(shown)
    assert python["C"] == pytest.approx(seen.C(), rel=6e-4)
    for key, value in (("Home", -4), ("End", 4)):
        seen.page.keyboard.press(key)
        assert told(notebook)["net"][0]["W"][0][0] == value


def test_every_button_arrives_in_python(notebook: Notebook, seen: Seen) -> None:
    for button, step in [("reset", "start"), ("forward", "forward"), ("output error",) * 2, ("hidden error",) * 2, ("gradients",) * 2]:
        seen.press(button)
        assert told(notebook, "step")["step"] == step
    seen.press("back")
    assert told(notebook, "step")["step"] == "hidden error"
    before, done = told(notebook)["C"], int(notebook.run("print(ex.iteration)"))
    seen.press("update")
    python = told(notebook, "step", "iteration")
    assert (python["step"], python["iteration"]) == ("update", done + 1)
    net, x, y = bp.data.small_network()
    states = bp.descend(net, x, y, bp.half_squared_error, 0.5)
    assert (before, python["C"]) == pytest.approx((next(states).C, next(states).C), rel=1e-12)
    seen.root.get_by_label("example 4", exact=True).check()
    seen.root.get_by_label("learning rate η").fill("-1")
    seen.parameter("b of output 2").click()
    python = told(notebook, "example", "eta", "parameter")
    assert (python["example"], python["eta"], python["parameter"]) == (3, 0.1, ["b", 2, 1])


def test_what_is_set_in_python_is_shown(notebook: Notebook, seen: Seen) -> None:
    notebook.run("ex.net = [layer._replace(W=layer.W / 2) for layer in net]; ex.example = 1; ex.parameter = ('b', 2, 0)")
    expect(seen.root.locator(".bp-curve-panel h4")).to_have_text("the cost along b of output 1")
    net, x, y = bp.data.small_network()
    assert_shows(seen, [layer._replace(W=layer.W / 2) for layer in net], x, y, bp.half_squared_error, 1)
    notebook.run("ex.step = 'hidden error'")
    expect(seen.root.locator("[aria-current=step]")).to_have_text("(2)hidden error")
    notebook.run("ex.step = 'update'")
    expect(seen.root.locator(".bp-say")).to_contain_text("Update: every weight and bias moves")
    assert seen.C() == pytest.approx(told(notebook)["C"], rel=6e-4)


def test_a_net_of_another_shape_takes_the_place_of_the_first(notebook: Notebook, seen: Seen) -> None:
    errors: list[str] = []
    notebook.page.on("pageerror", lambda error: errors.append(str(error)))
    seen.press("update")
    seen.parameter("b of output 2").click()
    notebook.run("with ex.hold_trait_notifications(): ex.net, (ex.x, ex.y) = bp.network((2, 2, 1), rng=3), bp.data.or_()")
    expect(seen.root.locator(".bp-curve-panel h4")).to_have_text("the cost along w from input 1 to hidden 1")
    seen.drawn()
    assert_shows(seen, bp.network((2, 2, 1), rng=3), *bp.data.or_(), bp.half_squared_error)
    notebook.run("with ex.hold_trait_notifications(): ex.net, ex.x, ex.y = net, x, y")
    expect(seen.parameter("b of output 2")).to_be_visible()
    assert errors == []


def test_a_refusal_in_python_changes_nothing_on_the_page(notebook: Notebook, seen: Seen) -> None:
    assert "ExplorerError: x must have 3 columns" in notebook.run("ex.x = [[1, 2]]")
    assert_shows(seen, *bp.data.small_network(), bp.half_squared_error)


RAMP = """async (explorer) => {
  const [slider, dot] = ["input[type=range]", ".bp-dot"].map((name) => explorer.querySelector(`.bp-curve-panel ${name}`));
  const places = [];
  const watcher = new MutationObserver(() => places.push(Number(dot.getAttribute("cx"))));
  watcher.observe(dot, { attributes: true, attributeFilter: ["cx"] });
  for (let n = 0; n <= 120; n++) {
    slider.value = -3 + n / 20;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(requestAnimationFrame);
  }
  await new Promise((done) => setTimeout(done, 500)); // the last answers of the kernel
  watcher.disconnect();
  return places;
}"""


def test_what_the_kernel_answers_never_moves_the_picture_back(notebook: Notebook, seen: Seen) -> None:
    places = seen.root.evaluate(RAMP)
    assert len(places) > 20 and places == sorted(places)
    assert told(notebook)["net"][0]["W"][0][0] == 3


def test_an_observer_in_python_hears_the_page(notebook: Notebook, seen: Seen) -> None:
    notebook.run("heard = []; ex.observe(lambda change: heard.append(change.new), 'C')")
    seen.slider.fill("1.25")
    C = told(notebook)["C"]
    assert json.loads(notebook.run("print(json.dumps(heard))"))[-1] == C
    notebook.run("ex.unobserve_all('C')")


def test_keys_never_become_commands_of_jupyterlab(notebook: Notebook, seen: Seen) -> None:
    count = "() => window.jupyterapp.shell.currentWidget.content.widgets.length"
    cells = notebook.page.evaluate(count)
    for target in (seen.entry, seen.slider, seen.button("gradients"), seen.parameter("b of output 1")):
        target.focus()
        for key in ("a", "b", "d", "d", "x", "ArrowDown", "Shift+Enter", "Escape"):
            notebook.page.keyboard.press(key)
    assert notebook.page.evaluate(count) == cells
    assert seen.root.is_visible()
    seen.entry.fill("2.5")
    notebook.page.keyboard.press("Enter")
    assert told(notebook)["net"][1]["b"][0] == 2.5


def test_the_keys_of_the_explorer(notebook: Notebook, seen: Seen) -> None:
    seen.slider.focus()
    for key, step in [("Shift+ArrowLeft", "hidden error"), ("Shift+ArrowRight", "gradients"), ("r", "start")]:
        notebook.page.keyboard.press(key)
        assert told(notebook, "step")["step"] == step
    notebook.page.keyboard.press("Space")
    expect(seen.button("pause")).to_be_visible()
    notebook.page.keyboard.press("Space")
    expect(seen.button("play")).to_be_visible()


def test_descent_arrives_in_python(notebook: Notebook, seen: Seen) -> None:
    start = int(notebook.run("print(ex.iteration)"))
    seen.root.get_by_label("speed").select_option("60 a second")
    seen.press("play")
    notebook.page.wait_for_timeout(500)
    seen.press("pause")
    python = told(notebook, "iteration")
    net, x, y = bp.data.small_network()
    states = bp.descend(net, x, y, bp.half_squared_error, 0.5)
    made = python["iteration"] - start
    assert made > 3
    last = [next(states) for _ in range(made + 1)][-1]
    assert python["C"] == pytest.approx(last.C, rel=1e-9)
    assert_shows(seen, last.net, x, y, bp.half_squared_error)


def test_two_explorers_do_not_disturb_each_other(notebook: Notebook, seen: Seen) -> None:
    two = Seen(notebook.page, 1).ready()
    before = two.slopes()
    seen.press("update")
    assert two.slopes() == before
    two.press("update")
    told(notebook)
    assert float(notebook.run("print(two.C)")) == pytest.approx(two.C(), rel=6e-4)


def test_it_follows_the_theme(notebook: Notebook, seen: Seen) -> None:
    ground = "(el) => getComputedStyle(el).backgroundColor"
    shade = [sum(map(int, seen.root.evaluate(ground)[4:-1].split(",")))]
    notebook.command("apputils:change-theme", theme="JupyterLab Dark")
    notebook.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    shade.append(sum(map(int, seen.root.evaluate(ground)[4:-1].split(","))))
    panel = sum(map(int, seen.root.locator(".bp-words").evaluate(ground)[4:-1].split(",")))
    notebook.command("apputils:change-theme", theme="JupyterLab Light")
    notebook.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'true'")
    assert shade[0] > 700 > 200 > panel > shade[1]


def test_axe_finds_nothing_serious_in_jupyterlab(notebook: Notebook, seen: Seen, need_npm_packages: Path) -> None:
    notebook.page.add_script_tag(path=need_npm_packages / "axe-core" / "axe.min.js")
    found = notebook.page.evaluate("() => axe.run('.bp-explorer').then(({ violations }) => violations)")
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_saved_state_reopens_without_the_kernel_that_made_it(notebooks: Notebooks, notebook: Notebook, seen: Seen) -> None:
    notebook.run("ex.step, ex.parameter = 'hidden error', ('b', 1, 2)")
    expect(seen.root.locator(".bp-say")).to_contain_text("hidden 3")
    notebook.command("docmanager:save")
    path = notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path")
    file = notebooks.server.folder / path
    again_file = file.with_name("again.ipynb")
    for _ in range(40):
        if "widgets" in json.loads(file.read_text())["metadata"]:
            break
        notebook.page.wait_for_timeout(250)
    again_file.write_text(file.read_text())
    again = Seen(notebooks.open_file(again_file.name, height=2800, run=False).page).ready()
    assert again.step() == "hidden error"
    expect(again.root.locator(".bp-say")).to_contain_text("hidden 3")
    again.press("gradients")
    assert_shows(again, *bp.data.small_network(), bp.half_squared_error)


def test_a_restarted_kernel_leaves_a_picture_that_works(notebook: Notebook) -> None:
    seen = Seen(notebook.page, 0).ready()
    net, x, y = bp.data.small_network()
    seen.press("reset")
    seen.press("gradients")
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    notebook.page.wait_for_timeout(1500)
    seen.slider.fill("-1")
    seen.drawn()
    kind, *index = json.loads(seen.root.locator(".bp-chosen[data-parameter]").get_attribute("data-parameter") or "")
    changed = [layer._replace(W=layer.W.copy(), b=layer.b.copy()) for layer in net]
    place = changed[index[0] - 1].W if kind == "W" else changed[index[0] - 1].b
    place[tuple(index[1:])] = -1
    assert_shows(seen, changed, x, y, bp.half_squared_error)
    seen.press("update")
    assert np.isfinite(seen.C())
