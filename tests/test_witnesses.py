"""`gradients` against witnesses that share no line with it: the complex step and HIPS autograd, on 294 random networks."""

import numpy as np
import pytest
from random_nets import (
    ACTIVATIONS,
    PAIRS,
    Case,
    autograd_gradient,
    cases_of,
    distance,
    flat,
    own_complex_step,
    own_cost,
    pairs_of,
    random_case,
)

import backprop as bp

CLOSE = 1e-12


def test_there_are_enough_networks_of_every_kind():
    cases = [case for pair in PAIRS for case in cases_of(*pair)]
    sizes = [tuple(len(W) for W, _ in case.params) + case.y.shape[1:] for case in cases]
    assert len(cases) >= 200
    assert all(len(set(size)) == len(size) for size in sizes)
    assert {len(case.names) for case in cases} == {1, 2, 3, 4, 5}
    assert {len(case.x) for case in cases} >= {1, 64} and len({len(case.x) for case in cases}) > 20
    assert {(name, case.cost) for case in cases for name in case.names} == {(n, c) for n in ACTIVATIONS for c, _ in PAIRS}


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_gradients_agree_with_the_complex_step_and_with_autograd(cost: str, output: str):
    for case in cases_of(cost, output):
        C, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
        got = flat(pairs_of(grads))
        assert distance(C, own_cost(np, case.names, cost, case.params, case.x, case.y)) < CLOSE, case.names
        assert distance(got, autograd_gradient(case)) < CLOSE, (case.names, case.x.shape)
        assert distance(got, own_complex_step(case)) < CLOSE, (case.names, case.x.shape)


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_every_array_of_the_gradient_agrees_by_itself(cost: str, output: str):
    """A small db must not hide behind a large dW: each array against its own norm, with a floor for rounding noise."""
    for case in cases_of(cost, output)[::4]:
        got, want = pairs_of(bp.gradients(case.net, case.x, case.y, case.bp_cost)[1]), own_complex_step(case)
        floor = 1e-3 * np.linalg.norm(want)
        for array in (array for pair in got for array in pair):
            mine, want = want[: array.size], want[array.size :]
            assert np.linalg.norm(array.ravel() - mine) <= CLOSE * max(np.linalg.norm(mine), floor), case.names
        assert want.size == 0


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_check_gradient_finds_the_right_gradient_right(cost: str, output: str):
    for case in cases_of(cost, output)[::5]:
        assert bp.check_gradient(case.net, case.x, case.y, case.bp_cost) < CLOSE, case.names


def test_each_delta_is_the_slope_of_the_cost_along_z():
    """db is a sum of delta over examples: on each example alone, delta is db."""
    case = random_case(np.random.default_rng(3), ("tanh", "sigmoid", "tanh"), "half_squared_error", 7)
    _, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    for n in range(len(case.x)):
        alone = own_complex_step(case._replace(x=case.x[n : n + 1], y=case.y[n : n + 1]))
        assert distance(np.concatenate([grad.delta[n] for grad in grads]), np.concatenate(biases(case, alone))) < CLOSE


def biases(case: Case, whole: np.ndarray) -> list[np.ndarray]:
    """The db of each layer, cut out of the whole gradient."""
    ends = np.cumsum([W.size + b.size for W, b in case.params])
    return [whole[end - b.size : end] for end, (_, b) in zip(ends, case.params, strict=True)]


# The checker is checked: it must see an error that was planted.


def largest_case() -> Case:
    """The largest test network: five layers, pairwise different widths up to 12, N = 64."""
    return random_case(np.random.default_rng(11), ("tanh", "sigmoid", "tanh", "sigmoid", "identity"), "mean_squared_error", 64, widest=12)


def test_one_percent_in_any_one_array_of_the_largest_network_is_caught():
    case = largest_case()
    _, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    for k in range(len(grads)):
        for field in ("dW", "db"):
            right = getattr(grads[k], field)
            index = np.unravel_index(np.argmax(abs(right)), right.shape)
            wrong = right.copy()
            wrong[index] *= 1.01
            planted = [*grads[:k], grads[k]._replace(**{field: wrong}), *grads[k + 1 :]]
            assert bp.check_gradient(case.net, case.x, case.y, case.bp_cost, planted) > 1e-5, (k, field)


def test_one_percent_in_any_weight_with_a_slope_is_caught():
    case = largest_case()
    _, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    rng = np.random.default_rng(5)
    whole = np.linalg.norm(flat(pairs_of(grads)))
    for _ in range(12):
        k = int(rng.integers(len(grads)))
        index = tuple(int(rng.integers(size)) for size in grads[k].dW.shape)
        slope = grads[k].dW[index]
        assert slope != 0
        wrong = grads[k].dW.copy()
        wrong[index] *= 1.01
        planted = [*grads[:k], grads[k]._replace(dW=wrong), *grads[k + 1 :]]
        found = bp.check_gradient(case.net, case.x, case.y, case.bp_cost, planted)
        assert found > 1e-11, (k, index)
        expected = 0.01 * abs(slope) / max(np.linalg.norm(grads[k].dW), 1e-3 * whole)
        assert found == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("plant", ["sign", "half", "transposed shape", "swapped layers", "bias mean"])
def test_known_mistakes_are_caught(plant: str):
    case = random_case(np.random.default_rng(2), ("sigmoid", "sigmoid"), "half_squared_error", 5)
    (dW1, db1), (dW2, db2) = pairs_of(bp.gradients(case.net, case.x, case.y, case.bp_cost)[1])
    wrong = {
        "sign": [(-dW1, db1), (dW2, db2)],
        "half": [(dW1, db1), (dW2 / 2, db2)],
        "bias mean": [(dW1, db1 / 5), (dW2, db2)],
        "transposed shape": [(dW1.T, db1), (dW2, db2)],
        "swapped layers": [(dW2, db2), (dW1, db1)],
    }[plant]
    if plant in ("transposed shape", "swapped layers"):
        with pytest.raises(ValueError, match="shape"):
            bp.check_gradient(case.net, case.x, case.y, case.bp_cost, wrong)
    else:
        assert bp.check_gradient(case.net, case.x, case.y, case.bp_cost, wrong) > 0.1


def test_the_witnesses_themselves_can_disagree():
    """Planted in the witness: autograd of another cost, the complex step of another network."""
    case = random_case(np.random.default_rng(4), ("sigmoid", "tanh"), "half_squared_error", 5)
    got = flat(pairs_of(bp.gradients(case.net, case.x, case.y, case.bp_cost)[1]))
    assert distance(got, autograd_gradient(case._replace(cost="mean_squared_error"))) > 0.1
    assert distance(got, own_complex_step(case._replace(names=("tanh", "tanh")))) > 0.01
