"""network.js against NumPy: every activation and every cost on hundreds of random nets, norm-wise to 1e-12 (all δ, all dW, all db)."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backprop import core
from backprop.functions import ACTIVATIONS, COSTS, softmax
from backprop.live import state

HERE = Path(__file__).parent
TOLERANCE = 1e-12


def _targets(rng: np.random.Generator, rows: int, outputs: int, cost: str) -> Any:
    y = rng.normal(size=(rows, outputs))
    return softmax(y) if cost == "softmax_cross_entropy" else (y > 0).astype(float) if cost == "binary_cross_entropy" else y


def _case(rng: np.random.Generator, hidden: str, output: str, cost: str) -> dict[str, Any]:
    sizes = rng.integers(1, 7, size=rng.integers(2, 7)).tolist()
    net = core.network(sizes, ACTIVATIONS[hidden], ACTIVATIONS["identity" if COSTS[cost].on_logits else output], rng)
    net = [layer._replace(b=0.5 * rng.normal(size=layer.b.shape)) for layer in net]
    rows = int(rng.integers(1, 8))
    k = int(rng.integers(1, len(net) + 1))
    parameter = ("W", k, int(rng.integers(sizes[k - 1])), int(rng.integers(sizes[k])))
    x, y = rng.normal(size=(rows, sizes[0])), _targets(rng, rows, sizes[-1], cost)
    return {"net": net, "x": x, "y": y, "cost": cost, "eta": 0.3, "parameter": parameter, "values": [-3.0, 0.5, 2.0]}


@pytest.fixture(scope="module")
def cases() -> list[dict[str, Any]]:
    rng = np.random.default_rng(3)
    kinds = itertools.product(ACTIVATIONS, ACTIVATIONS, COSTS)
    return [_case(rng, *kind) for kind in kinds for _ in range(5)]


@pytest.fixture(scope="module")
def answers(cases: list[dict[str, Any]], need_node: str) -> list[dict[str, Any]]:
    z = np.concatenate([np.linspace(-40, 40, 41), [-700.0, 700.0]]).tolist()
    sent = [{**c, "net": state.net_to_json(c["net"]), "x": c["x"].tolist(), "y": c["y"].tolist(), "z": z} for c in cases]
    done = subprocess.run([need_node, HERE / "parity.js"], input=json.dumps(sent), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def off(got: Any, want: Any) -> float:
    """The norm of the difference, relative to what is wanted."""
    got, want = np.asarray(got, float), np.asarray(want, float)
    assert got.shape == want.shape
    return float(np.linalg.norm(got - want) / (np.linalg.norm(want) or 1))


def _flat(parts: list[Any]) -> Any:
    return np.concatenate([np.ravel(part) for part in parts])


def test_there_are_hundreds_of_nets_of_every_kind(cases: list[dict[str, Any]]) -> None:
    assert len(cases) == 5 * len(ACTIVATIONS) ** 2 * len(COSTS) >= 400
    assert {len(c["net"]) for c in cases} == {1, 2, 3, 4, 5}


def test_forward_cost_and_gradients_agree_with_core(cases: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    for case, answer in zip(cases, answers, strict=True):
        C, grads = core.gradients(case["net"], case["x"], case["y"], COSTS[case["cost"]])
        assert abs(answer["C"] - C) <= TOLERANCE * abs(C)
        for got, want in zip(answer["steps"], core.forward(case["net"], case["x"]), strict=True):
            assert max(map(off, got, want)) <= TOLERANCE
        for part in range(3):
            assert off(_flat([g[part] for g in answer["grads"]]), _flat([g[part] for g in grads])) <= TOLERANCE


def test_an_update_agrees_and_leaves_the_old_net_alone(cases: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    for case, answer in zip(cases, answers, strict=True):
        _, grads = core.gradients(case["net"], case["x"], case["y"], COSTS[case["cost"]])
        for (W, b), want in zip(answer["next"], state.updated(case["net"], grads, case["eta"]), strict=True):
            assert max(off(W, want.W), off(b, want.b)) <= TOLERANCE
        assert json.loads(answer["kept"]) == {"net": state.net_to_json(case["net"]), "x": case["x"].tolist()}


def test_the_cost_along_a_parameter_is_the_cost_of_the_moved_net(cases: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    for case, answer in zip(cases, answers, strict=True):
        _, k, i, j = case["parameter"]
        for value, got in zip(case["values"], answer["along"], strict=True):
            net = [layer._replace(W=layer.W.copy()) for layer in case["net"]]
            net[k - 1].W[i, j] = value
            want = core.gradients(net, case["x"], case["y"], COSTS[case["cost"]])[0]
            assert abs(got - want) <= TOLERANCE * abs(want)


def test_activations_agree_far_from_zero_too(answers: list[dict[str, Any]]) -> None:
    z = np.concatenate([np.linspace(-40, 40, 41), [-700.0, 700.0]])
    for act, (a, slope) in zip(ACTIVATIONS.values(), answers[0]["functions"], strict=True):
        np.testing.assert_allclose(a, act.f(z), rtol=1e-13, atol=0)
        np.testing.assert_allclose(slope, act.df(z, act.f(z)), rtol=1e-13, atol=1e-16)


def test_the_comparison_sees_a_planted_error(cases: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
    _, grads = core.gradients(cases[0]["net"], cases[0]["x"], cases[0]["y"], COSTS[cases[0]["cost"]])
    assert off(answers[0]["grads"][0][1], grads[0].dW * (1 + 1e-11)) > TOLERANCE


def test_both_sides_know_the_same_names(need_node: str) -> None:
    script = f"import * as n from '{(HERE.parents[1] / 'backprop/live/network.js').as_uri()}';"
    script += "console.log(JSON.stringify([Object.keys(n.activations), Object.keys(n.costs)]))"
    done = subprocess.run([need_node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout) == [list(ACTIVATIONS), list(COSTS)]


SAY = """
const values = (act) => ({
  net: [{ W: [[0.5]], b: [0.25], act }], x: [[1]], y: [[0]], cost: "half_squared_error", example: null, parameter: ["W", 1, 0, 0],
  step: "forward", _part: 1, eta: 0.1, _shown: 0,
});
const said = (act) => words(stateOf({ get: (name) => values(act)[name] }));
console.log(JSON.stringify(Object.keys(activations).map((act) => [act, said(act).say, said(act).numbers.flat()])));
"""


def test_every_activation_has_its_words(need_node: str) -> None:
    live = (HERE.parents[1] / "backprop/live").as_uri()
    needed = {"activations": "network", "words": "words", "stateOf": "steps"}
    script = "".join(f"import {{ {name} }} from '{live}/{module}.js';" for name, module in needed.items()) + SAY
    done = subprocess.run([need_node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=30, check=True)
    said = json.loads(done.stdout)
    assert [act for act, *_ in said] == list(ACTIVATIONS)
    for act, sentence, numbers in said:
        assert sentence.startswith("Forward, layer 1: the neuron weighs what comes in, adds its bias"), sentence
        assert "undefined" not in sentence + json.dumps(numbers) and "NaN" not in json.dumps(numbers), (act, sentence, numbers)
