"""The explorer from Python, with no browser: traits that are checked and followed at once, words as errors, text as repr."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import ipywidgets
import numpy as np
import pytest
import traitlets

import backprop as bp
from backprop import core, train
from backprop.live import Explorer, ExplorerError, front, page, state
from backprop.live.lines import lines


@pytest.fixture
def ex() -> Explorer:
    net, x, y = bp.data.small_network()
    return bp.explorer(net, x, y, bp.half_squared_error)


def agrees(ex: Explorer) -> bool:
    """Whether steps, grads and C are those that core gives for the chosen examples."""
    rows = slice(None) if ex.example is None else [ex.example]
    C, grads = core.gradients(ex.net, ex.x[rows], ex.y[rows], ex.cost)
    pairs = [*zip(ex.grads, grads, strict=True), *zip(ex.steps, core.forward(ex.net, ex.x[rows]), strict=True)]
    return ex.C == C and all(np.array_equal(a, b) for got, want in pairs for a, b in zip(got, want, strict=True))


def moved(net: list[bp.Layer], by: float = 0.25) -> list[bp.Layer]:
    return [layer._replace(W=layer.W + by, b=layer.b - by) for layer in net]


def test_it_opens_with_everything_computed(ex: Explorer) -> None:
    assert (ex.step, ex.example, ex.parameter, ex.iteration) == ("gradients", None, ("W", 1, 0, 0), 0)
    assert agrees(ex)
    assert isinstance(ex.C, float)


@pytest.mark.parametrize("name", ["net", "x", "y", "example", "cost"])
def test_a_change_from_python_is_computed_at_once(ex: Explorer, name: str) -> None:
    before = ex.C
    new = {"net": moved(ex.net), "x": ex.x + 1, "y": 1 - ex.y, "example": 3, "cost": bp.quadratic_cost}[name]
    setattr(ex, name, new)
    assert agrees(ex)
    assert ex.C != before


def test_an_observer_of_a_cause_sees_the_new_effects(ex: Explorer) -> None:
    seen = []
    ex.observe(lambda change: seen.append((change.name, ex.C, agrees(ex))), ["net", "C", "grads", "steps"])
    ex.net = moved(ex.net)
    assert {name for name, *_ in seen} == {"net", "C", "grads", "steps"}
    assert all(C == ex.C and right for _, C, right in seen)


def test_links_move_both_ends(ex: Explorer) -> None:
    other, slider = bp.explorer(ex.net, ex.x, ex.y, ex.cost), ipywidgets.FloatSlider(min=0.01, max=2)
    ipywidgets.link((ex, "net"), (other, "net"))
    ipywidgets.link((ex, "eta"), (slider, "value"))
    ipywidgets.dlink((ex, "example"), (other, "example"))
    ipywidgets.link((other, "x"), (ex, "x"))
    ex.net, slider.value, ex.example, ex.x = moved(ex.net), 1.25, 2, ex.x + 1
    assert other.C == ex.C
    assert np.array_equal(other.x, ex.x)
    assert ex.eta == 1.25
    assert other.example == 2


@pytest.mark.parametrize("name", ["steps", "grads", "C", "iteration"])
def test_what_follows_is_read_only(ex: Explorer, name: str) -> None:
    with pytest.raises(traitlets.TraitError):
        setattr(ex, name, 1)


def test_arrays_are_copies_that_cannot_be_changed_behind_its_back(ex: Explorer) -> None:
    net, x, y = bp.data.small_network()
    ex = bp.explorer(net, x, y, bp.half_squared_error)
    C = ex.C
    net[0].W[0, 0], x[0, 0] = 9.0, 9.0
    assert ex.C == C
    assert agrees(ex)
    with pytest.raises(ValueError, match="read-only"):
        ex.net[0].W[0, 0] = 1.0


REFUSED = [
    ("x", np.ones((5, 2)), "x must have 3 columns"),
    ("x", np.ones(3), "x must be 2-d"),
    ("x", np.full((5, 3), np.nan), "x must be finite"),
    ("y", np.ones((4, 2)), "y must have the shape"),
    ("net", [], "at least one Layer"),
    ("net", "net", "must be a backprop.Layer"),
    ("net", bp.network((3, 2), rng=0)[:1] + bp.network((3, 2), rng=0), "layer 1 has 2 units"),
    (
        "net",
        bp.network((3, 7, 2), rng=0),
        "at most 5 layers and 6 units in a column (inputs too), but this network has 2 layers and up to 7",
    ),
    ("net", bp.network((3, 2, 2, 2, 2, 2, 2), rng=0), "6 layers"),
    ("cost", bp.softmax_cross_entropy, "output layer must be backprop.identity"),
    ("cost", "mse", "cost must be one of half_squared_error"),
    ("example", 5, "from 0 to 4, but it is 5"),
    ("example", -1, "from 0 to 4"),
    ("example", True, "None, for all"),
    ("parameter", ("W", 3, 0, 0), "layer k from 1 to 2"),
    ("parameter", ("W", 1, 3, 0), "within the layer"),
    ("parameter", ("W", 0, 0, 0), "layer k from 1"),
    ("parameter", ("b", 1, 0, 0), "within the layer"),
    ("parameter", "W", 'must be ("W", k, i, j)'),
    ("step", "sideways", "step must be one of 'start', 'forward'"),
    ("eta", 0, "eta must be a positive number"),
    ("eta", float("nan"), "eta must be a positive number"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), REFUSED, ids=[f"{name}-{n}" for n, (name, *_) in enumerate(REFUSED)])
def test_a_wrong_value_is_a_sentence_and_changes_nothing(ex: Explorer, name: str, value: Any, sentence: str) -> None:
    before = repr(ex), ex.parameter, ex.eta, ex.get_state()
    with pytest.raises(ExplorerError, match=re.escape(sentence)) as wrong:
        setattr(ex, name, value)
    assert str(wrong.value).endswith(".")
    assert (repr(ex), ex.parameter, ex.eta, ex.get_state()) == before
    assert agrees(ex)


def test_wrong_arguments_are_refused_by_the_same_sentences() -> None:
    net, x, y = bp.data.small_network()
    with pytest.raises(ValueError, match=r"at most 5 layers and 6 units.*bp\.gradients"):
        bp.explorer(bp.network((3, 30, 2), rng=0), x, y, bp.half_squared_error)
    with pytest.raises(ValueError, match=r"y must have the shape"):
        bp.explorer(net, x, y[:, :1], bp.half_squared_error)
    with pytest.raises(ValueError, match=r"at most 200 examples, but x has 250; pass x\[:200\]"):
        bp.explorer(net, np.ones((250, 3)), np.ones((250, 2)), bp.half_squared_error)


def test_a_net_and_data_of_another_shape_come_together(ex: Explorer) -> None:
    ex.example, ex.parameter = 4, ("W", 2, 3, 1)
    with ex.hold_trait_notifications():
        ex.net, (ex.x, ex.y) = bp.network((2, 1), rng=0), bp.data.and_()
    assert agrees(ex)
    assert (ex.example, ex.parameter) == (None, ("W", 1, 0, 0))


def test_a_half_fitting_change_is_rolled_back(ex: Explorer) -> None:
    before = repr(ex)
    with pytest.raises(ExplorerError), ex.hold_trait_notifications():
        ex.net, ex.x = bp.network((2, 2), rng=0), np.ones((5, 4))
    assert repr(ex) == before


def test_update_is_one_step_of_descend(ex: Explorer) -> None:
    ex.eta, ex.example = 0.7, 1
    stream = train.descend(ex.net, ex.x[[1]], ex.y[[1]], ex.cost, 0.7)
    start, after = next(stream), next(stream)
    ex.step = "update"
    assert (ex.C, ex.iteration) == (after.C, 1)
    assert all(np.array_equal(a.W, b.W) and np.array_equal(a.b, b.b) for a, b in zip(ex.net, after.net, strict=True))
    assert ex._costs == [start.C, after.C]
    assert ex._before == {"net": state.net_to_json(start.net), "eta": 0.7}


def test_the_update_that_the_page_made_is_not_made_again(ex: Explorer) -> None:
    _, grads = core.gradients(ex.net, ex.x, ex.y, ex.cost)
    sent = state.net_to_json(state.updated(ex.net, grads, ex.eta))
    ex.set_state({"net": sent, "step": "update", "iteration": 1, "_part": 0})
    assert state.net_to_json(ex.net) == sent
    assert ex.iteration == 1
    assert agrees(ex)


def test_what_python_sets_is_a_new_start(ex: Explorer) -> None:
    ex.step = "update"
    ex.net = moved(ex.net)
    assert (ex.iteration, ex._costs, ex._before) == (0, [], None)
    assert ex._first["net"] == state.net_to_json(ex.net)


def test_an_update_to_infinity_is_refused() -> None:
    x, y = np.array([[1e3]]), np.array([[0.0]])
    ex = bp.explorer([bp.Layer(np.array([[1.0]]), np.zeros(1), bp.identity)], x, y, bp.mean_squared_error)
    ex.eta = 1e300
    with pytest.raises(ExplorerError, match="finite"):
        ex.step = "update"
    assert (ex.step, ex.iteration, ex.net[0].W[0, 0]) == ("gradients", 0, 1.0)


def test_what_the_page_sends_is_followed(ex: Explorer) -> None:
    sent = state.net_to_json(moved(ex.net))
    ex.set_state({"net": sent, "parameter": ["W", 2, 1, 0], "example": 2})
    assert state.net_to_json(ex.net) == sent
    assert ex.parameter == ("W", 2, 1, 0)
    assert agrees(ex)


def test_what_the_page_sends_too_late_is_not_taken_and_the_page_is_told(ex: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(ex, "send_state", lambda key=None: told.append(key))
    before = repr(ex)
    ex.set_state({"parameter": ["b", 2, 7], "example": 1})
    assert told[-1] == ["parameter", "example"]
    assert (repr(ex), ex.parameter, ex.example) == (before, ("W", 1, 0, 0), None)


def test_the_state_is_plain_json_and_holds_all_that_a_page_needs(ex: Explorer) -> None:
    ex.step = "update"
    values = ex.get_state()
    assert json.loads(json.dumps(values, allow_nan=False)) == json.loads(json.dumps(values))
    assert set(ex.page_values) <= set(values)
    again = Explorer(state.net_from_json(values["net"]), values["x"], values["y"], ex.cost)
    assert again.C == ex.C


def test_repr_is_the_values_table(ex: Explorer) -> None:
    ex.example = 0
    text = repr(ex)
    numbers = [float(v) for v in re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e-?\d+)?(?!\w)", text)]
    wanted = [ex.C, *(v for s in ex.steps for a in (s.z, s.a_out) for v in a.ravel())]
    wanted += [v for g in ex.grads for a in g for v in a.ravel()]
    assert all(any(np.isclose(v, w, rtol=6e-4, atol=1e-9) for v in numbers) for w in wanted)
    assert "explorer: 3-4-2, half_squared_error, example 1, step 'gradients'" in text
    assert ex._repr_mimebundle_()[0]["text/plain"] == text


@pytest.mark.parametrize(
    ("step", "known"),
    [("start", 0), ("forward", 12), ("output error", 14), ("hidden error", 18), ("gradients", 18 + 26)],
)
def test_repr_shows_nothing_before_it_was_computed(ex: Explorer, step: str, known: int) -> None:
    ex.example, ex.step = 0, step
    rows = [line.split() for line in repr(ex).splitlines() if re.match(r"(1: |w |b )", line)]
    cells = [cell for row in rows for cell in (row[3:] if row[0] == "1:" else row[-1:])]
    assert sum(cell != "·" for cell in cells) == known
    assert ("C = ·" in repr(ex)) == (step == "start")


def test_the_lines_it_lights_are_in_the_source() -> None:
    source = inspect.getsource(core) + inspect.getsource(train)
    for excerpt in lines().values():
        assert all(line.strip() in source for line in excerpt.lines)
        assert all(any(fragment in line for line in excerpt.lines) for fragment in excerpt.marks.values())
    assert lines()["hidden error"].marks["back"] == "da = delta @ W.T"


def test_a_line_that_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from backprop.live import lines as module

    monkeypatch.setitem(module._MARKS["forward"], "sum", "z = W @ a")
    with pytest.raises(LookupError, match="z = W @ a"):
        module.lines.__wrapped__()


def test_the_front_end_is_one_text_that_asks_for_nothing() -> None:
    esm = front.esm()
    assert "export default { render" in esm
    assert not re.search(r"^import |https?://(?!www\.w3\.org/2000/svg)|fetch\(|XMLHttpRequest|WebSocket", esm, re.MULTILINE)
    assert not re.search(r"url\(|@import", front.css())


def test_every_module_of_the_front_end_is_in_the_text() -> None:
    names = {path.name for path in front.folder().iterdir() if path.name.endswith(".js")}
    assert names == {f"{name}.js" for name in front.MODULES} | {"mount.js"}


def test_a_page_holds_the_values_the_text_and_nothing_from_outside(ex: Explorer) -> None:
    text = page.document(ex)
    assert "<pre>explorer: 3-4-2" in text
    assert not re.search(r"src=|href=", text)
    assert "</script" not in re.findall(r'application/json">(.*?)</script>', text, re.DOTALL)[0]


@pytest.mark.parametrize("cost", [bp.softmax_cross_entropy, bp.binary_cross_entropy])
@pytest.mark.parametrize("hidden", [bp.sigmoid, bp.tanh, bp.relu, bp.identity])
def test_every_activation_and_a_cost_on_logits(hidden: bp.Activation, cost: bp.Cost) -> None:
    x, _ = bp.data.xor()
    ex = bp.explorer(bp.network((2, 3, 2), hidden, bp.identity, rng=1), x, np.eye(2)[[0, 1, 1, 0]], cost)
    assert agrees(ex)
    ex.step = "update"
    assert agrees(ex)


def test_integers_and_lists_are_taken() -> None:
    ex = bp.explorer(bp.network((2, 1), rng=0), [[0, 1]], [[1]], bp.half_squared_error)
    assert ex.x.dtype == np.float64
    assert agrees(ex)
