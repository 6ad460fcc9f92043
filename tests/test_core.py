"""forward, backward, gradients, predict, network: a hand-worked case, the four equations as properties, dtypes, no side effects."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_nets import ACTIVATIONS, PAIRS, distance, flat, pairs_of, random_case

import backprop as bp


@st.composite
def cases(draw):
    """A random network of any depth, activation and cost, with its data."""
    cost, output = draw(st.sampled_from(PAIRS))
    hidden = draw(st.lists(st.sampled_from(ACTIVATIONS), max_size=3))
    n = draw(st.integers(2, 9))
    return random_case(np.random.default_rng(draw(st.integers(0, 2**32))), (*hidden, output), cost, n)


# By hand


def test_one_neuron_by_hand():
    """w = 2, b = -1, x = 1/2: z = 0, a = 1/2; with y = 1, C = 1/8, δ = (1/2 - 1) · 1/4 = -1/8, dw = -1/16, db = -1/8."""
    net = [bp.Layer(np.array([[2.0]]), np.array([-1.0]), bp.sigmoid)]
    (step,) = bp.forward(net, [[0.5]])
    assert (step.a_in.item(), step.z.item(), step.a_out.item()) == (0.5, 0, 0.5)
    C, (grad,) = bp.gradients(net, [[0.5]], [[1.0]], bp.half_squared_error)
    assert (C, grad.delta.item(), grad.dW.item(), grad.db.item()) == (1 / 8, -1 / 8, -1 / 16, -1 / 8)


def test_two_identity_layers_by_hand():
    """1-2-1 of identities: a = x (w1 v1 + w2 v2) = 2 (1·3 - 2·1) = 2, e = a - y = 1; δ2 = e; δ1 = e v; dW1 = x e v; dW2 = e a1."""
    net = [
        bp.Layer(np.array([[1.0, -2.0]]), np.array([0.0, 0.0]), bp.identity),
        bp.Layer(np.array([[3.0], [1.0]]), np.array([0.0]), bp.identity),
    ]
    C, (first, last) = bp.gradients(net, [[2.0]], [[1.0]], bp.half_squared_error)
    assert C == 0.5
    np.testing.assert_array_equal(last.delta, [[1]])
    np.testing.assert_array_equal(last.dW, [[2], [-4]])
    np.testing.assert_array_equal(first.delta, [[3, 1]])
    np.testing.assert_array_equal(first.dW, [[6, 2]])
    np.testing.assert_array_equal(first.db, [3, 1])


# The four equations, as properties of what comes out


@given(case=cases())
def test_forward_is_one_linked_chain(case):
    steps = bp.forward(case.net, case.x)
    assert len(steps) == len(case.net)
    np.testing.assert_array_equal(steps[0].a_in, case.x)
    for (W, b, act), step in zip(case.net, steps, strict=True):
        assert isinstance(step, bp.Step)
        np.testing.assert_array_equal(step.z, step.a_in @ W + b)
        np.testing.assert_array_equal(step.a_out, act.f(step.z))
    for before, after in itertools.pairwise(steps):
        np.testing.assert_array_equal(before.a_out, after.a_in)
    np.testing.assert_array_equal(bp.predict(case.net, case.x), steps[-1].a_out)


@given(case=cases())
def test_the_four_equations_hold_between_the_records(case):
    C, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    steps = bp.forward(case.net, case.x)
    slopes = [act.df(step.z, step.a_out) for (_, _, act), step in zip(case.net, steps, strict=True)]
    assert distance(C, case.bp_cost.f(steps[-1].a_out, case.y)) == 0
    assert distance(grads[-1].delta, case.bp_cost.df(steps[-1].a_out, case.y) * slopes[-1]) < 1e-14  # (1)
    for layer, grad, after, slope in zip(case.net[1:], grads[:-1], grads[1:], slopes[:-1], strict=True):
        assert distance(grad.delta, np.einsum("nj,ij->ni", after.delta, layer.W) * slope) < 1e-13  # (2)
    for step, grad in zip(steps, grads, strict=True):
        assert distance(grad.db, np.einsum("nj->j", grad.delta)) < 1e-12 or np.linalg.norm(grad.db) < 1e-12  # (3)
        assert distance(grad.dW, np.einsum("ni,nj->ij", step.a_in, grad.delta)) < 1e-12  # (4)


@given(case=cases())
def test_every_gradient_has_the_shape_of_its_variable(case):
    _, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    for layer, grad in zip(case.net, grads, strict=True):
        assert isinstance(grad, bp.Grad)
        assert grad.dW.shape == layer.W.shape and grad.db.shape == layer.b.shape
        assert grad.delta.shape == (len(case.x), len(layer.b))


@given(case=cases())
def test_backward_yields_the_last_layer_first(case):
    steps = bp.forward(case.net, case.x)
    lazily = bp.backward(case.net, steps, case.bp_cost.df(steps[-1].a_out, case.y))
    assert iter(lazily) is lazily
    _, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    for mine, theirs in zip(lazily, grads[::-1], strict=True):
        for left, right in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(left, right)


@given(case=cases(), seed=st.integers(0, 99))
def test_the_order_of_the_examples_does_not_matter(case, seed):
    order = np.random.default_rng(seed).permutation(len(case.x))
    C, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    D, shuffled = bp.gradients(case.net, case.x[order], case.y[order], case.bp_cost)
    assert C == pytest.approx(D, rel=1e-12)
    assert distance(flat(pairs_of(shuffled)), flat(pairs_of(grads))) < 1e-12


@given(case=cases())
def test_a_batch_is_the_sum_of_its_examples_and_the_cost_owns_its_n(case):
    C, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    alone = [bp.gradients(case.net, case.x[n : n + 1], case.y[n : n + 1], case.bp_cost) for n in range(len(case.x))]
    share = 1 / len(case.x) if case.cost in ("quadratic_cost", "mean_squared_error") else 1
    assert C == pytest.approx(share * sum(c for c, _ in alone), rel=1e-12)
    assert distance(flat(pairs_of(grads)), share * sum(flat(pairs_of(g)) for _, g in alone)) < 1e-12


@given(case=cases())
def test_a_small_step_downhill_lowers_the_cost(case):
    C, grads = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    slope = float((flat(pairs_of(grads)) ** 2).sum())
    eta = 1e-6
    moved = [bp.Layer(W - eta * g.dW, b - eta * g.db, act) for (W, b, act), g in zip(case.net, grads, strict=True)]
    D = case.bp_cost.f(bp.predict(moved, case.x), case.y)
    assert C - D == pytest.approx(eta * slope, rel=0.1, abs=1e-11)


# Types, memory, side effects


@pytest.mark.parametrize(("cost", "output"), PAIRS)
def test_float32_in_float32_out(cost: str, output: str):
    case = random_case(np.random.default_rng(1), ("sigmoid", "relu", output), cost, 5)
    net = [bp.Layer(W.astype(np.float32), b.astype(np.float32), act) for W, b, act in case.net]
    x, y = case.x.astype(np.float32), case.y.astype(np.float32)
    C, grads = bp.gradients(net, x, y, case.bp_cost)
    assert np.asarray(C).dtype == np.float32 and bp.predict(net, x).dtype == np.float32
    assert {array.dtype for record in (*bp.forward(net, x), *grads) for array in record} == {np.dtype(np.float32)}
    assert distance(flat(pairs_of(grads)), flat(pairs_of(bp.gradients(case.net, case.x, case.y, case.bp_cost)[1]))) < 1e-4


def test_integers_are_taken_as_float64():
    net = [bp.Layer(np.array([[1, -1], [0, 2]]), np.array([0, 1]), bp.identity)]
    C, (grad,) = bp.gradients(net, [[1, 2], [3, 4], [0, 1]], np.ones((3, 2), int), bp.quadratic_cost)
    assert np.asarray(C).dtype == np.float64 and {array.dtype for array in grad} == {np.dtype(np.float64)}
    assert {array.dtype for array in bp.forward(net, [[1, 2]])[0]} == {np.dtype(np.float64)}
    np.testing.assert_array_equal(bp.predict(net, [[1, 2]]), [[1, 4]])


def test_complex_input_goes_through():
    case = random_case(np.random.default_rng(6), ("tanh", "sigmoid"), "half_squared_error", 3)
    nudged = case.x.astype(complex)
    nudged[1, 0] += 1e-20j
    C = case.bp_cost.f(bp.predict(case.net, nudged), case.y)
    eps = case.x * 0
    eps[1, 0] = 1e-6
    up, down = (case.bp_cost.f(bp.predict(case.net, case.x + s * eps), case.y) for s in (1, -1))
    assert C.imag / 1e-20 == pytest.approx((up - down) / 2e-6, rel=1e-6)


@given(case=cases(), order=st.sampled_from("CF"), lists=st.booleans())
def test_inputs_are_never_modified_and_any_layout_will_do(case, order, lists):
    arrays = [np.array(a, order=order) for pair in case.params for a in pair] + [
        np.array(case.x, order=order),
        np.array(case.y, order=order),
    ]
    for array in arrays:
        array.flags.writeable = False
    pairs = zip(arrays[:-2:2], arrays[1:-2:2], case.net, strict=True)
    net = tuple(bp.Layer(W, b, act) for W, b, (_, _, act) in pairs)
    x, y = (array.tolist() if lists else array for array in arrays[-2:])
    C, grads = bp.gradients(net, x, y, case.bp_cost)
    D, same = bp.gradients(case.net, case.x, case.y, case.bp_cost)
    assert C == pytest.approx(D, rel=1e-13) and distance(flat(pairs_of(grads)), flat(pairs_of(same))) < 1e-12
    for got, want in zip(arrays, [*(a for pair in case.params for a in pair), case.x, case.y], strict=True):
        np.testing.assert_array_equal(got, want)


def test_calling_twice_gives_the_same_and_results_are_fresh():
    case = random_case(np.random.default_rng(8), ("identity", "identity"), "half_squared_error", 4)
    first = bp.gradients(case.net, case.x, case.y, case.bp_cost)[1]
    for grad in first:
        for array in grad:
            array *= 0
    again = bp.gradients(case.net, case.x, case.y, case.bp_cost)[1]
    assert np.linalg.norm(flat(pairs_of(again))) > 0
    assert not any(np.shares_memory(array, mine) for grad in again for array in grad for pair in case.params for mine in pair)


# network


def test_network_has_the_sizes_and_activations_asked_for():
    net = bp.network((5, 4, 3, 2), hidden=bp.tanh, output=bp.identity, rng=0)
    assert [layer.W.shape for layer in net] == [(5, 4), (4, 3), (3, 2)]
    assert [layer.b.shape for layer in net] == [(4,), (3,), (2,)]
    assert [layer.act for layer in net] == [bp.tanh, bp.tanh, bp.identity]
    assert all((layer.b == 0).all() and layer.W.dtype == np.float64 and layer.b.dtype == np.float64 for layer in net)
    assert [layer.act for layer in bp.network((2, 3, 1))] == [bp.sigmoid, bp.sigmoid]


def test_network_draws_weights_of_variance_one_over_n_in():
    (layer,) = bp.network((400, 250), rng=1)
    assert layer.W.mean() == pytest.approx(0, abs=5 / (20 * math.sqrt(100_000)))
    assert layer.W.std() == pytest.approx(1 / 20, rel=0.02)


def test_a_seed_repeats_a_network_and_none_does_not():
    def weights(rng):
        return flat((layer.W, layer.b) for layer in bp.network((3, 4, 2), rng=rng))

    np.testing.assert_array_equal(weights(7), weights(7))
    np.testing.assert_array_equal(weights(np.random.default_rng(7)), weights(7))
    assert (weights(7) != weights(8)).any() and (weights(None) != weights(None)).any()
    generator = np.random.default_rng(7)
    assert (weights(generator) != weights(generator)).any()


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0), (3, -1, 2), (3, 2.5), (3, "2"), (3, True)])
def test_network_refuses_sizes_that_are_not_whole_numbers(sizes):
    with pytest.raises(ValueError, match="sizes") as caught:
        bp.network(sizes)
    assert "(3, 4, 2)" in str(caught.value)


@given(sizes=st.lists(st.integers(1, 6), min_size=2, max_size=5))
def test_any_sizes_fit_together(sizes):
    net = bp.network(sizes, rng=0)
    assert bp.predict(net, np.zeros((3, sizes[0]))).shape == (3, sizes[-1])
