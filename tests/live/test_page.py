"""The explorer on a page opened from disk: no kernel, no server, no other script. Every control, against core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from seen import Seen, assert_shows, expected

import backprop as bp
from backprop.live import Explorer, page, state

pytestmark = pytest.mark.browser
Open = Callable[..., Seen]


@pytest.fixture
def open_page(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    """Writes an explorer to a file and opens it; fails if the page asked for anything or an error was thrown."""
    pages: list[Page] = []
    wrong: list[str] = []

    def open_(ex: Explorer, width: int = 1100, **context: Any) -> Seen:
        file = tmp_path / f"{len(pages)}.html"
        file.write_text(page.document(ex), encoding="utf-8")
        shown = chromium.new_context(viewport={"width": width, "height": 1000}, **context).new_page()
        shown.on("pageerror", lambda error: wrong.append(str(error)))
        shown.on("request", lambda request: request.url.startswith("file:") or wrong.append(request.url))
        shown.goto(file.as_uri())
        pages.append(shown)
        return Seen(shown).ready()

    yield open_
    for shown in pages:
        shown.context.close()
    assert wrong == []


def small() -> Explorer:
    net, x, y = bp.data.small_network()
    return bp.explorer(net, x, y, bp.half_squared_error)


def neuron() -> Explorer:
    return bp.explorer(bp.network((2, 1), rng=1), *bp.data.and_(), bp.half_squared_error)


def test_it_opens_with_every_number_of_core(open_page: Open) -> None:
    for ex in (small(), neuron()):
        assert_shows(open_page(ex), ex.net, ex.x, ex.y, ex.cost)


CASES = [
    (bp.sigmoid, bp.sigmoid, bp.quadratic_cost),
    (bp.tanh, bp.identity, bp.mean_squared_error),
    (bp.relu, bp.identity, bp.softmax_cross_entropy),
    (bp.identity, bp.identity, bp.binary_cross_entropy),
]


@pytest.mark.parametrize(("hidden", "output", "cost"), CASES, ids=[c[2].name for c in CASES])
def test_the_same_code_shows_every_kind_of_net(open_page: Open, hidden: bp.Activation, output: bp.Activation, cost: bp.Cost) -> None:
    x, _ = bp.data.xor()
    y = np.eye(2)[[0, 1, 1, 0]]
    ex = bp.explorer(bp.network((2, 3, 4, 2), hidden, output, rng=5), x, y, cost)
    ex.example = 2
    seen = open_page(ex)
    assert_shows(seen, ex.net, x, y, cost, 2)
    if cost.on_logits:
        a = bp.predict(ex.net, x[[2]])
        p = bp.softmax(a) if cost is bp.softmax_cross_entropy else bp.sigmoid.f(a)
        np.testing.assert_allclose([row[2] for row in seen.units()[-2:]], p[0], rtol=6e-4)
        assert [f"p {v:.2f}" for v in p[0]] == seen.root.locator(".bp-p").all_text_contents()[-2:]
    for step in ("forward", "output error", "hidden error", "gradients", "update"):
        seen.press(step)
    moved = state.updated(ex.net, ex.grads, ex.eta)
    assert_shows(seen, moved, x, y, cost, 2)


def test_stepping_shows_nothing_before_it_was_computed(open_page: Open) -> None:
    ex = small()
    ex.example = 0
    seen = open_page(ex)
    seen.press("reset")
    stops = [(seen.step(), *known(seen))]
    for button in ("forward", "forward", "output error", "hidden error", "gradients", "update"):
        seen.press(button)
        stops.append((seen.step(), *known(seen)))
    #                     C, z, a, δ, ∂C/∂
    assert stops == [
        ("start", False, 0, 0, 0, 0),
        ("forward", False, 4, 4, 0, 0),
        ("forward", True, 6, 6, 0, 0),
        ("output error", True, 6, 6, 2, 0),
        ("hidden error", True, 6, 6, 6, 0),
        ("gradients", True, 6, 6, 6, 26),
        ("update", True, 6, 6, 6, 26),
    ]


def known(seen: Seen) -> tuple[bool, int, int, int, int]:
    units = np.isfinite(np.array(seen.units()))
    drawn = [text for text in seen.root.locator(".bp-unit .bp-delta").all_text_contents() if any(c.isdigit() for c in text)]
    assert len(drawn) == units[:, 2].sum()  # the picture knows what the table knows
    return bool(np.isfinite(seen.C())), *(int(n) for n in units.sum(axis=0)), int(np.isfinite(np.array(seen.slopes())[:, 1]).sum())


def test_the_numbers_of_an_update_stay_those_of_its_own_eta(open_page: Open) -> None:
    seen = open_page(small())
    seen.press("update")
    numbers = seen.lit()["numbers"]
    assert " − 0.500 · " in numbers[0]
    seen.root.get_by_label("learning rate η").fill("1")
    seen.drawn()
    assert seen.lit()["numbers"] == numbers


def test_back_undoes_step_by_step_and_an_update_too(open_page: Open) -> None:
    ex = small()
    seen = open_page(ex)
    first = seen.slopes()
    seen.press("update")
    assert seen.slopes() != first
    for step in ("gradients", "hidden error", "output error", "forward", "forward", "start"):
        seen.press("back")
        assert seen.step() == step
    assert seen.button("back").is_disabled()
    seen.press("gradients")
    assert seen.slopes() == first


LIT = {
    "forward": (["hidden 1", "w from input 1 to hidden 1"], "a0 W1 + b1", "0.90 · 0.80", "z = a @ W + b"),
    "output error": (["output 1"], "∂C/∂a2", "− 1)", "cost.df(a, y)"),
    "hidden error": (["b of hidden 2", "w from hidden 2 to output 1"], "δ2 (W2)T", "· 0.90 +", "da = delta @ W.T"),
    "gradients": (["w from hidden 2 to output 1"], "(a1)T δ2", "0.30 ·", "a_in.T @ delta"),
    "update": (["w from hidden 2 to output 1"], "W − η ∂C/∂W", "0.9000 − 0.500 ·", "W=layer.W - eta * g.dW"),
}


@pytest.mark.parametrize("step", LIT)
def test_each_step_lights_the_same_thing_in_four_places(open_page: Open, step: str) -> None:
    ex = small()
    ex.example, ex.parameter = 0, ("W", 1, 0, 0) if step == "forward" else ("W", 2, 1, 0)
    seen = open_page(ex)
    if step == "forward":
        seen.press("reset")
    seen.press(step)
    picture, equation, numbers, code = LIT[step]
    lit = seen.lit()
    assert all(any(part in name for name in lit["picture"]) for part in picture), lit
    assert lit["equation"] == [equation]
    assert numbers in lit["numbers"][0]
    assert lit["code"] == [code]


def test_the_numbers_put_in_give_the_result_that_is_shown(open_page: Open) -> None:
    ex = small()
    ex.example, ex.parameter, ex.step = 0, ("b", 1, 1), "hidden error"
    seen = open_page(ex)
    assert seen.lit()["numbers"][-1] == f"{ex.grads[0].delta[0, 1]:.4g}".replace("-", "−")


def test_pointing_at_another_term_lights_it_in_equation_numbers_and_code(open_page: Open) -> None:
    ex = small()
    ex.example, ex.step = 0, "hidden error"
    seen = open_page(ex)
    seen.root.locator(".bp-eq [data-term=slope]").first.hover()
    seen.drawn()
    lit = seen.lit()
    assert (lit["equation"], lit["code"]) == (["σ′(z1)"], ["act.df(z, a_out)"])
    assert lit["picture"] == ["b of hidden 1"]  # the edges are the other term's


ON_PATH = """(path) => {
  const at = path.getPointAtLength(path.getTotalLength() * 0.2).matrixTransform(path.getScreenCTM());
  return [at.x, at.y];
}"""


@pytest.mark.parametrize(
    ("name", "kind"), [("w from hidden 2 to output 1", "W"), ("b of output 2", "b"), ("x, input 3, of example 1", "x")], ids="Wbx"
)
def test_a_click_chooses_a_parameter_and_the_slider_moves_it(open_page: Open, name: str, kind: str) -> None:
    ex = small()
    ex.example = 0
    seen = open_page(ex)
    target = seen.parameter(name)
    if kind == "W":
        seen.page.mouse.click(*target.locator(".bp-hit").evaluate(ON_PATH))
    else:
        target.click()
    seen.drawn()
    assert seen.root.locator(".bp-curve-panel h4").inner_text() == f"the cost along {name}"
    seen.slider.fill("1.5")
    seen.drawn()
    net, x = state.net_from_json(state.net_to_json(ex.net)), ex.x.copy()
    place = {"W": (net[1].W, (1, 0)), "b": (net[1].b, 1), "x": (x, (0, 2))}[kind]
    place[0][place[1]] = 1.5
    assert_shows(seen, net, x, ex.y, ex.cost, 0)
    seen.press("reset value")
    assert_shows(seen, ex.net, ex.x, ex.y, ex.cost, 0)


def test_tab_reaches_every_parameter_and_keys_move_it(open_page: Open) -> None:
    seen = open_page(small())
    seen.parameter("x, input 1, of example 1").focus()
    reached = []
    for _ in range(29):
        reached.append(seen.page.evaluate("() => document.activeElement.getAttribute('aria-label')"))
        seen.page.keyboard.press("Tab")
    assert len(set(reached)) == 3 + 12 + 4 + 8 + 2
    edge = seen.parameter("w from input 1 to hidden 1")
    for key, value in [
        ("ArrowUp", 0.81),
        ("ArrowDown", 0.8),
        ("ArrowRight", 0.81),
        ("PageUp", 0.91),
        ("PageDown", 0.81),
        ("Home", -4),
        ("End", 8),
    ]:
        edge.press(key)
        seen.drawn()
        assert seen.slopes()[0][0] == pytest.approx(value), key


def test_the_tangent_has_the_slope_of_the_gradient(open_page: Open) -> None:
    ex = small()
    seen = open_page(ex)
    seen.root.locator(".bp-curve-panel svg").wait_for()
    d = {name: seen.root.locator(f".bp-curve-panel .bp-{name}").get_attribute("d") or "" for name in ("curve", "tangent")}
    points = {name: np.array([[float(v) for v in p.split()] for p in text[1:].split("L")]) for name, text in d.items()}
    curve, (start, end) = points["curve"], points["tangent"]
    # the curve's own slope at the middle of the tangent, by its nearest points
    middle = (start + end) / 2
    near = np.argsort(np.abs(curve[:, 0] - middle[0]))[:2]
    (x0, y0), (x1, y1) = curve[near[0]], curve[near[1]]
    assert (end[1] - start[1]) / (end[0] - start[0]) == pytest.approx((y1 - y0) / (x1 - x0), rel=0.08)
    text = seen.root.locator(".bp-curve-panel text.bp-slope").text_content()
    assert text == f"slope {ex.grads[0].dW[0, 0]:.3f}"


def test_examples_are_chosen_in_the_table(open_page: Open) -> None:
    ex = small()
    seen = open_page(ex)
    seen.root.get_by_label("example 3", exact=True).check()
    seen.drawn()
    assert_shows(seen, ex.net, ex.x, ex.y, ex.cost, 2)
    seen.root.get_by_label("all examples").check()
    seen.drawn()
    assert_shows(seen, ex.net, ex.x, ex.y, ex.cost)


def test_descent_plays_pauses_and_goes_back(open_page: Open) -> None:
    ex = small()
    seen = open_page(ex)
    seen.root.get_by_label("learning rate η").fill("0")
    seen.root.get_by_label("speed").select_option("60 a second")
    seen.press("play")
    seen.page.wait_for_timeout(400)
    seen.press("pause")
    plot = seen.root.locator(".bp-descent svg")
    updates = int((plot.get_attribute("aria-label") or "").split("last ")[1].split(" ")[0])
    assert 3 < updates < 100
    stream = bp.descend(ex.net, ex.x, ex.y, ex.cost, 1.0)
    states = [next(stream) for _ in range(updates + 1)]
    assert_shows(seen, states[-1].net, ex.x, ex.y, ex.cost)
    assert seen.says().startswith("Update:")
    seen.press("back to the start")
    assert_shows(seen, ex.net, ex.x, ex.y, ex.cost)


def test_play_goes_on_where_it_was_paused_and_not_faster_than_asked(open_page: Open) -> None:
    seen = open_page(small())
    seen.root.get_by_label("speed").select_option("1 a second")
    seen.press("play")
    seen.page.wait_for_timeout(500)
    seen.press("pause")
    label = seen.root.locator(".bp-descent svg").get_attribute("aria-label")
    assert label and label.startswith("C over the last 1 updates")


def test_keys_step_play_and_reset(open_page: Open) -> None:
    seen = open_page(neuron())
    keys = seen.page.keyboard
    seen.slider.focus()
    keys.press("Shift+ArrowLeft")
    seen.drawn()
    assert seen.step() == "output error"
    keys.press("Shift+ArrowRight")
    seen.drawn()
    assert seen.step() == "gradients"
    keys.press("Space")
    seen.drawn()
    assert seen.button("pause").is_visible()
    keys.press("Space")
    seen.drawn()
    keys.press("r")
    seen.drawn()
    assert seen.step() == "start"
    seen.entry.focus()
    keys.press("Shift+ArrowRight")
    keys.press("Space")
    keys.press("r")
    seen.drawn()
    assert (seen.step(), seen.button("play").is_visible()) == ("start", True)


def test_a_typed_value_is_taken_and_a_wrong_one_is_a_sentence(open_page: Open) -> None:
    ex = small()
    seen = open_page(ex)
    seen.entry.fill("−0,5")
    seen.entry.press("Enter")
    seen.drawn()
    net = state.net_from_json(state.net_to_json(ex.net))
    net[0].W[0, 0] = -0.5
    assert_shows(seen, net, ex.x, ex.y, ex.cost)
    seen.entry.fill("half")
    seen.entry.press("Enter")
    seen.drawn()
    assert "“half” is none" in seen.root.locator(".bp-wrong").inner_text()
    assert seen.entry.get_attribute("aria-invalid") == "true"
    assert_shows(seen, net, ex.x, ex.y, ex.cost)


def test_a_typed_value_that_leaves_the_finite_numbers_is_refused(open_page: Open) -> None:
    ex = bp.explorer([bp.Layer(np.array([[0.5]]), np.zeros(1), bp.identity)], [[2.0]], [[1.0]], bp.mean_squared_error)
    seen = open_page(ex)
    seen.entry.fill("1e200")
    seen.entry.press("Enter")
    seen.drawn()
    assert "With 1e200 the cost or a slope would not be finite" in seen.root.locator(".bp-wrong").inner_text()
    assert_shows(seen, ex.net, ex.x, ex.y, ex.cost)


def test_every_step_is_said_in_words(open_page: Open) -> None:
    seen = open_page(small())
    said = {}
    for name in ("reset", "forward", "output error", "hidden error", "gradients", "update"):
        seen.press(name)
        said[name] = seen.says()
    assert said["reset"].startswith("Nothing is computed yet")
    assert said["forward"].startswith("Forward, layer 1: hidden 1 weighs")
    assert said["output error"].startswith("(1) Error of output 1")
    assert said["hidden error"].startswith("(2) Error of hidden 1")
    assert said["gradients"].startswith("(4) The slope of C by w from input 1 to hidden 1")
    assert said["update"].startswith("Update: every weight and bias moves")


def test_descent_that_leaves_the_finite_numbers_stops_and_says_where(open_page: Open) -> None:
    x, y = np.array([[2.0], [3.0]]), np.array([[1.0], [-1.0]])
    ex = bp.explorer([bp.Layer(np.array([[0.5]]), np.zeros(1), bp.identity)], x, y, bp.mean_squared_error)
    ex.eta = 100.0
    seen = open_page(ex)
    seen.root.get_by_label("speed").select_option("600 a second")
    seen.press("play")
    note = seen.root.locator(".bp-note")
    note.wait_for(timeout=20_000)
    finite, last = 0, None
    with np.errstate(over="ignore", invalid="ignore"):
        for net in _descend_freely(ex):
            if not np.isfinite(bp.core._forward(net, x)[-1].a_out.sum()) or not np.isfinite(
                ex.cost.f(bp.core._forward(net, x)[-1].a_out, y)
            ):
                break
            finite, last = finite + 1, net
    assert f'at update {finite} C would be infinite: w from input 1 to the neuron, ("W", 1, 0, 0), has grown to' in note.inner_text()
    assert seen.button("play").is_visible()
    assert last is not None
    np.testing.assert_allclose(seen.slopes()[0][0], last[0].W[0, 0], rtol=6e-4)
    seen.press("back to the last finite state")
    assert not note.is_visible()
    np.testing.assert_allclose(seen.slopes()[0][0], last[0].W[0, 0], rtol=6e-4)


def _descend_freely(ex: Explorer) -> Iterator[Any]:
    net = ex.net
    while True:
        yield net
        steps = bp.core._forward(net, ex.x)
        grads = list(bp.backward(net, steps, ex.cost.df(steps[-1].a_out, ex.y)))[::-1]
        net = state.updated(net, grads, ex.eta)


@pytest.mark.parametrize(
    "ex", [small(), neuron(), bp.explorer(bp.network((6, 6, 5, 4, 3, 2), rng=0), np.ones((1, 6)), np.ones((1, 2)), bp.quadratic_cost)]
)
def test_at_360_pixels_nothing_is_cut_off(open_page: Open, ex: Explorer) -> None:
    seen = open_page(ex, width=360)
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= 360
    parts = seen.root.locator("button, input, select, svg, svg text")
    right = parts.evaluate_all("(els) => Math.max(...els.map((el) => el.getBoundingClientRect().right))")
    assert right <= 360


def test_labels_of_the_picture_do_not_cross(open_page: Open) -> None:
    overlaps = """(root) => {
      const texts = [...root.querySelectorAll('.bp-net text')].filter((t) => t.textContent.trim());
      const boxes = texts.map((t) => [t.textContent, t.getBoundingClientRect()]);
      const cross = (p, q) => p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 2 && q.top < p.bottom - 2;
      return boxes.flatMap(([a, p], n) => boxes.slice(n + 1).filter(([, q]) => cross(p, q)).map(([b]) => `${a} | ${b}`));
    }"""
    ex = small()
    ex.example = 0
    for width in (1100, 360):
        seen = open_page(ex, width)
        for name in ("w from hidden 2 to output 1", "b of hidden 2", "b of output 1"):
            seen.parameter(name).focus()
            for step in ("forward", "hidden error", "gradients"):
                seen.press(step)
                assert seen.root.evaluate(overlaps) == [], (width, name, step)


def test_reduced_motion_slows_the_picture_and_drops_transitions(open_page: Open) -> None:
    seen = open_page(small(), reduced_motion="reduce")
    assert seen.button("back").evaluate("(el) => getComputedStyle(el).transitionDuration") == "0s"
    seen.root.get_by_label("speed").select_option("600 a second")
    changes = """() => new Promise((done) => {
      let drawings = 0;
      const total = document.querySelector('.bp-total');
      new MutationObserver(() => drawings++).observe(total, { childList: true, subtree: true, characterData: true });
      setTimeout(() => done(drawings), 1200);
    })"""
    seen.press("play")
    assert 1 <= seen.page.evaluate(changes) <= 4
    seen.press("pause")


def test_dark_and_light_are_told_apart(open_page: Open) -> None:
    ground = "(el) => getComputedStyle(el).backgroundColor"
    light, dark = (open_page(small(), color_scheme=scheme).root.evaluate(ground) for scheme in ("light", "dark"))
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(17, 20, 24)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 360])
def test_axe_finds_nothing_serious(open_page: Open, need_npm_packages: Path, scheme: str, width: int) -> None:
    ex = small()
    ex.step = "hidden error"
    seen = open_page(ex, width, color_scheme=scheme)
    seen.page.add_script_tag(path=need_npm_packages / "axe-core" / "axe.min.js")
    found = seen.page.evaluate("() => axe.run('.bp-explorer').then(({ violations }) => violations)")
    serious = [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in found if v["impact"] in ("serious", "critical")]
    assert serious == []


def test_axe_sees_a_planted_fault(open_page: Open, need_npm_packages: Path) -> None:
    seen = open_page(small())
    seen.root.evaluate("(root) => root.querySelector('input[type=range]').removeAttribute('aria-labelledby')")
    seen.page.add_script_tag(path=need_npm_packages / "axe-core" / "axe.min.js")
    found = seen.page.evaluate("() => axe.run('.bp-explorer').then(({ violations }) => violations)")
    assert "label" in {v["id"] for v in found}


def test_several_on_one_page_do_not_disturb_each_other(chromium: Browser, tmp_path: Path) -> None:
    one, two = small(), neuron()
    text = f"<!doctype html><style>{page.style()}</style>{page.figure(one)}{page.figure(two)}<script>{page.script()}</script>"
    (tmp_path / "two.html").write_text(text, encoding="utf-8")
    shown = chromium.new_page()
    shown.goto((tmp_path / "two.html").as_uri())
    first, second = Seen(shown, 0).ready(), Seen(shown, 1).ready()
    first.press("update")
    first.slider.fill("2")
    assert_shows(second, two.net, two.x, two.y, two.cost)
    second.press("update")
    assert_shows(second, state.updated(two.net, two.grads, 0.5), two.x, two.y, two.cost)
    ids = shown.evaluate("() => [...document.querySelectorAll('[id]')].map((el) => el.id)")
    assert len(ids) == len(set(ids))
    shown.close()


def test_what_is_expected_is_not_what_is_shown_when_it_is_wrong(open_page: Open) -> None:
    ex = small()
    seen = open_page(ex)
    with pytest.raises(AssertionError):
        assert_shows(seen, ex.net, ex.x + 0.01, ex.y, ex.cost)
    assert expected(ex.net, ex.x, ex.y, ex.cost)[0] == ex.C
