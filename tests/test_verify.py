"""The checks of a gradient: right ones pass to rounding, a planted error anywhere is seen, whatever the way of stacking."""

from itertools import pairwise

import numpy as np
import pytest
from random_nets import DEPTHS, PAIRS, Case, cases_of, flat, own_complex_step, random_case

import backprop as bp
from backprop import verify
from backprop.core import _forward


def case(names: tuple[str, ...] = ("tanh", "relu", "sigmoid"), cost: str = "half_squared_error", seed: int = 5) -> Case:
    return random_case(np.random.default_rng(seed), names, cost, 6)


def grads_of(c: Case) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(g.dW.copy(), g.db.copy()) for g in bp.gradients(c.net, c.x, c.y, c.bp_cost)[1]]


def measured(c: Case) -> np.ndarray:
    return flat(verify._measured(c.net, c.x, c.y, c.bp_cost))


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_right_gradients_pass_to_rounding(cost: str, output: str):
    for c in cases_of(cost, output)[:: len(DEPTHS) - 1]:
        assert bp.check_gradient(c.net, c.x, c.y, c.bp_cost) < 1e-12
        assert verify.check_direction(c.net, c.x, c.y, c.bp_cost, rng=0) < 1e-9


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_the_stacked_pass_measures_what_one_step_a_parameter_measures(cost: str, output: str):
    c = case(("tanh", "sigmoid", output), cost)
    assert bp.relative_error(measured(c), own_complex_step(c)) < 1e-14


@pytest.mark.parametrize("stack", [1, 7, 100, 10**9])
def test_the_size_of_a_stack_changes_nothing(stack: int, monkeypatch: pytest.MonkeyPatch):
    c = case()
    want = measured(c)
    monkeypatch.setattr(verify, "STACK", stack)
    assert bp.relative_error(measured(c), want) < 1e-14


def test_a_real_network_agrees_with_the_slow_way():
    net = bp.network((64, 32, 10), rng=0)
    x, y = (part[:20] for part in bp.data.digits())

    def C(b):
        return bp.half_squared_error.f(_forward([net[0]._replace(b=b), net[1]], x)[-1].a_out, y)

    (_, db), _ = verify._measured(net, x, y, bp.half_squared_error)
    assert bp.relative_error(db, bp.complex_step(C, net[0].b)) < 1e-14
    assert bp.relative_error(bp.central_difference(C, net[0].b), db) < 1e-7
    assert bp.check_gradient(net, x, y, bp.half_squared_error) < 1e-13


@pytest.mark.parametrize("layer", [0, 1, 2])
@pytest.mark.parametrize("part", [0, 1])
def test_a_planted_error_is_seen_wherever_it_is(layer: int, part: int):
    c = case()
    grads = grads_of(c)
    grads[layer][part].flat[-1] += 1e-4 * np.linalg.norm(grads[layer][part]) + 1e-7
    assert bp.check_gradient(c.net, c.x, c.y, c.bp_cost, grads) > 1e-6
    assert verify.check_direction(c.net, c.x, c.y, c.bp_cost, grads, rng=1) > 1e-9


@pytest.mark.parametrize("wrong", [lambda g: 2 * g, lambda g: -g, lambda g: g[::-1], lambda g: 0 * g, lambda g: g / 6])
def test_whole_mistakes_are_large_errors(wrong):
    c = case(("tanh", "tanh", "sigmoid"))
    grads = grads_of(c)
    for k, part in [(k, part) for k in range(3) for part in range(2)]:
        if len(grads[k][part]) == 1 and np.array_equal(wrong(grads[k][part]), grads[k][part]):
            continue  # one row reversed is itself
        planted = [list(pair) for pair in grads]
        planted[k][part] = wrong(planted[k][part])
        assert bp.check_gradient(c.net, c.x, c.y, c.bp_cost, planted) > 1e-2
        assert verify.check_direction(c.net, c.x, c.y, c.bp_cost, planted, rng=2) > 1e-6


def test_the_error_is_taken_norm_wise_with_a_floor():
    c = case(("sigmoid", "tanh"))
    grads = grads_of(c)
    whole = np.linalg.norm(flat(grads))
    own = np.linalg.norm(grads[0][1])
    grads[0][1][0] += 0.01 * own
    assert bp.check_gradient(c.net, c.x, c.y, c.bp_cost, grads) == pytest.approx(0.01 * own / max(own, 1e-3 * whole), rel=1e-6)


def test_no_gradient_at_all_is_right_and_something_is_infinitely_wrong():
    c = case(("tanh", "sigmoid"))
    y = bp.predict(c.net, c.x)
    assert bp.check_gradient(c.net, c.x, y, bp.half_squared_error) == 0
    assert verify.check_direction(c.net, c.x, y, bp.half_squared_error) == 0
    ones = [(np.ones_like(layer.W), np.ones_like(layer.b)) for layer in c.net]
    assert bp.check_gradient(c.net, c.x, y, bp.half_squared_error, ones) == np.inf
    assert verify.check_direction(c.net, c.x, y, bp.half_squared_error, ones) == np.inf


def test_grads_may_be_grad_or_pairs():
    c = case()
    grads = bp.gradients(c.net, c.x, c.y, c.bp_cost)[1]
    for given in (grads, tuple(grads), [(g.dW.tolist(), g.db.tolist()) for g in grads]):
        assert bp.check_gradient(c.net, c.x, c.y, c.bp_cost, given) < 1e-13
        assert verify.check_direction(c.net, c.x, c.y, c.bp_cost, given, rng=0) < 1e-12


def test_a_float32_net_is_measured_in_float64():
    c = case()
    net = [layer._replace(W=layer.W.astype(np.float32), b=layer.b.astype(np.float32)) for layer in c.net]
    x, y = c.x.astype(np.float32), c.y.astype(np.float32)
    assert 1e-9 < bp.check_gradient(net, x, y, c.bp_cost) < 1e-5
    wide = [layer._replace(W=layer.W.astype(float), b=layer.b.astype(float)) for layer in net]
    exact = bp.gradients(wide, x.astype(float), y.astype(float), c.bp_cost)[1]
    assert bp.check_gradient(net, x, y, c.bp_cost, exact) < 1e-13


def test_check_direction_takes_a_large_net():
    net = bp.network((784, 100, 50, 10), rng=0)
    rng = np.random.default_rng(0)
    x, y = rng.random((32, 784)), rng.random((32, 10))
    assert verify.check_direction(net, x, y, bp.quadratic_cost, rng=3) < 1e-11
    grads = [(g.dW, g.db) for g in bp.gradients(net, x, y, bp.quadratic_cost)[1]]
    grads[0] = (grads[0][0], 0 * grads[0][1])
    assert verify.check_direction(net, x, y, bp.quadratic_cost, grads, rng=3) > 1e-6


def test_check_direction_draws_by_rng():
    c = case()
    grads = [(dW * 1.01, db) for dW, db in grads_of(c)]
    once, again, other = (verify.check_direction(c.net, c.x, c.y, c.bp_cost, grads, rng=rng) for rng in (4, np.random.default_rng(4), 5))
    assert once == again != other


@pytest.mark.parametrize("check", [bp.check_gradient, verify.check_direction])
def test_wrong_grads_fail_at_the_door(check):
    c = case(("tanh", "sigmoid"))
    grads = grads_of(c)
    (dW, db), last = grads
    for wrong, words in [
        ([last], "one entry a layer, 2 of them, but it holds 1"),
        ([(dW.T, db), last], "a gradient has the shape of its variable"),
        ([(dW, db[:, None]), last], "a gradient has the shape of its variable"),
        ([(dW, db, db), last], "one entry holds 3 things"),
        ([(dW * np.nan, db), last], "grads must be finite"),
    ]:
        with pytest.raises(ValueError, match=words):
            check(c.net, c.x, c.y, c.bp_cost, wrong)
    with pytest.raises(ValueError, match="2-d, one example a row"):
        check(c.net, c.x[0], c.y, c.bp_cost)
    with pytest.raises(ValueError, match=r"the output layer must be backprop\.identity"):
        check(c.net, c.x, c.y, bp.softmax_cross_entropy)


@pytest.mark.parametrize("check", [bp.check_gradient, verify.check_direction])
def test_a_function_that_drops_the_imaginary_part_is_told(check):
    real = bp.Activation("real_tanh", lambda z: np.tanh(z.real), lambda z, a: 1 - a * a)
    c = case(("tanh", "tanh"))
    net = [layer._replace(act=real) for layer in c.net]
    with pytest.raises(ValueError, match="dropped the imaginary part"):
        check(net, c.x, c.y, c.bp_cost)


def test_the_four_sizes_of_a_test_net_differ():
    sizes = [layer.W.shape for layer in case().net]
    assert all(a[1] == b[0] for a, b in pairwise(sizes)) and len({sizes[0][0], *(s[1] for s in sizes)}) == 4


# The two measures.


@pytest.mark.parametrize(
    ("f", "df"),
    [(np.sin, np.cos), (np.exp, np.exp), (lambda t: t**3, lambda t: 3 * t**2), (bp.sigmoid.f, lambda t: bp.sigmoid.df(t, bp.sigmoid.f(t)))],
)
@pytest.mark.parametrize("at", [-1.3, 0.2, 2.0])
def test_the_slope_of_a_function_of_one_number(f, df, at: float):
    assert bp.relative_error(bp.complex_step(f, at), df(at)) < 1e-14
    assert bp.relative_error(bp.central_difference(f, at), df(at)) < 1e-8
    assert np.ndim(bp.complex_step(f, at)) == np.ndim(bp.central_difference(f, at)) == 0


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 1, 3)])
def test_the_slope_has_theta_s_shape(shape: tuple[int, ...]):
    theta = np.random.default_rng(0).normal(size=shape)
    weights = np.random.default_rng(1).normal(size=shape)
    for measure, within in ((bp.complex_step, 1e-14), (bp.central_difference, 1e-8)):
        got = measure(lambda t: (weights * np.sin(t)).sum(), theta)
        assert got.shape == shape
        assert bp.relative_error(got, weights * np.cos(theta)) < within
