"""Activations and costs: values against plain Python, slopes against the complex step, and numbers at both ends of the range."""

import cmath
import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from random_nets import ACTIVATIONS, ON_LOGITS, ON_VALUES

import backprop as bp

COSTS = (*ON_VALUES, *ON_LOGITS)
FAR = np.array([-1e4, -1000.0, -710.0, -355.0, -37.0, -1.0, -1e-300, 0.0, 1e-300, 1.0, 37.0, 355.0, 710.0, 1000.0, 1e4])

PLAIN_ACTIVATION = {
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "identity": lambda z: z,
    "relu": lambda z: max(z, 0.0),
}


def log_softmax(row: list[float], j: int) -> float:
    return row[j] - math.log(sum(math.exp(z) for z in row))


PLAIN_COST = {
    "half_squared_error": lambda a, y: sum((p - t) ** 2 for r, s in zip(a, y, strict=True) for p, t in zip(r, s, strict=True)) / 2,
    "quadratic_cost": lambda a, y: PLAIN_COST["half_squared_error"](a, y) / len(a),
    "mean_squared_error": lambda a, y: PLAIN_COST["half_squared_error"](a, y) * 2 / len(a),
    "softmax_cross_entropy": lambda a, y: -sum(s[j] * log_softmax(r, j) for r, s in zip(a, y, strict=True) for j in range(len(r))),
    "binary_cross_entropy": lambda a, y: sum(
        -t * math.log(PLAIN_ACTIVATION["sigmoid"](z)) - (1 - t) * math.log(1 - PLAIN_ACTIVATION["sigmoid"](z))
        for r, s in zip(a, y, strict=True)
        for z, t in zip(r, s, strict=True)
    ),
}

matrices = hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.floats(-6, 6))


def frozen(array: np.ndarray) -> np.ndarray:
    """An array that raises when somebody writes into it."""
    array = np.array(array)
    array.flags.writeable = False
    return array


# Activations


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=matrices)
def test_an_activation_is_the_plain_formula(name: str, z: np.ndarray):
    act = getattr(bp, name)
    assert act.name == name
    want = [[PLAIN_ACTIVATION[name](float(value)) for value in row] for row in z]
    np.testing.assert_allclose(act.f(z), want, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=matrices)
def test_a_slope_is_the_complex_step_of_its_activation(name: str, z: np.ndarray):
    act = getattr(bp, name)
    a = act.f(z + 1e-20j)
    assert a.dtype == complex and a.shape == z.shape
    np.testing.assert_allclose(act.df(z, a.real), a.imag / 1e-20, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_complex_values_are_the_analytic_continuation(name: str):
    z = 0.3 - 0.7j
    want = {"sigmoid": 1 / (1 + cmath.exp(-z)), "tanh": cmath.tanh(z), "identity": z, "relu": z}[name]
    assert getattr(bp, name).f(np.array([z]))[0] == pytest.approx(want, rel=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_plain_numbers_work(name: str):
    act = getattr(bp, name)
    for z in (-1.5, 0.5, np.float64(0.5), 2):
        a = act.f(z)
        assert np.ndim(a) == 0 and np.ndim(act.df(z, a)) == 0
        assert float(a) == pytest.approx(PLAIN_ACTIVATION[name](float(z)), rel=1e-15)


def test_relu_has_slope_zero_at_zero_both_ways():
    assert bp.relu.df(0.0, 0.0) == 0
    assert bp.relu.f(np.array([1e-20j]))[0] == 0
    np.testing.assert_array_equal(bp.relu.df(np.array([-2.0, 0.0, 3.0]), np.array([0.0, 0.0, 3.0])), [0, 0, 1])


def test_sigmoid_keeps_its_relative_accuracy_in_the_tail():
    z = np.linspace(-700, -5, 200)
    want = [math.exp(value) / (1 + math.exp(value)) for value in z]
    np.testing.assert_allclose(bp.sigmoid.f(z), want, rtol=1e-14)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_finite_and_quiet_far_out(name: str, dtype: type):
    act = getattr(bp, name)
    z = FAR.astype(dtype)
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        a = act.f(z)
        slope = act.df(z, a)
    assert np.isfinite(a).all() and np.isfinite(slope).all()
    assert a.dtype == dtype and slope.dtype == dtype
    assert (slope >= 0).all() and (slope <= 1).all()
    if name == "sigmoid":
        assert a[0] == 0 and a[-1] == 1 and a[FAR == 0][0] == 0.5


# Softmax


@given(z=matrices)
def test_softmax_is_the_plain_formula_row_by_row(z: np.ndarray):
    p = bp.softmax(z)
    want = [[math.exp(v) / sum(math.exp(u) for u in row) for v in row] for row in z.tolist()]
    np.testing.assert_allclose(p, want, rtol=1e-13)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)


@given(z=matrices, shift=st.floats(-1e4, 1e4))
def test_softmax_ignores_a_common_shift(z: np.ndarray, shift: float):
    np.testing.assert_allclose(bp.softmax(z + shift), bp.softmax(z), rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_is_finite_and_quiet_far_out(dtype: type):
    z = np.array([FAR, FAR[::-1], np.full_like(FAR, -1e4), np.full_like(FAR, 1e4)], dtype)
    with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
        warnings.simplefilter("error")
        p = bp.softmax(z)
    assert p.dtype == dtype and np.isfinite(p).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    assert p[0, -1] == 1 and p[1, 0] == 1
    np.testing.assert_allclose(p[2], 1 / len(FAR), rtol=1e-6)


def test_softmax_takes_complex_numbers():
    z = np.array([[0.2, -1.0, 0.5]])
    p, h = bp.softmax(z), 1e-20
    for j in range(3):
        nudged = z.astype(complex)
        nudged[0, j] += 1j * h
        np.testing.assert_allclose(bp.softmax(nudged).imag[0] / h, p[0] * ((np.arange(3) == j) - p[0, j]), rtol=1e-13, atol=1e-16)


def test_softmax_refuses_a_number():
    with pytest.raises(ValueError, match=r"row of logits.*\(\)"):
        bp.softmax(0.5)


# Costs


def targets_like(name: str, a: np.ndarray, seed: int = 0) -> np.ndarray:
    y = np.random.default_rng(seed).uniform(0.01, 1, size=a.shape)
    return y / y.sum(axis=1, keepdims=True) if name == "softmax_cross_entropy" else y


@pytest.mark.parametrize("name", COSTS)
@given(a=matrices)
def test_a_cost_is_the_plain_formula(name: str, a: np.ndarray):
    cost, y = getattr(bp, name), targets_like(name, a)
    assert cost.name == name and cost.on_logits == (name in ON_LOGITS)
    got = cost.f(a, y)
    assert np.ndim(got) == 0
    assert float(got) == pytest.approx(PLAIN_COST[name](a.tolist(), y.tolist()), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("name", COSTS)
@given(a=matrices)
def test_a_slope_is_the_complex_step_of_its_cost(name: str, a: np.ndarray):
    cost, y = getattr(bp, name), targets_like(name, a)
    slope = cost.df(a, y)
    assert slope.shape == a.shape
    for index in np.ndindex(a.shape):
        nudged = a.astype(complex)
        nudged[index] += 1e-20j
        value = cost.f(nudged, y)
        assert np.iscomplexobj(value)
        assert slope[index] == pytest.approx(value.imag / 1e-20, rel=1e-12, abs=1e-13)


def test_the_slope_of_the_softmax_cost_is_p_minus_y():
    z = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
    y = np.array([[0.0, 1.0, 0.0], [0.2, 0.3, 0.5]])
    np.testing.assert_allclose(bp.softmax_cross_entropy.df(z, y), bp.softmax(z) - y, rtol=1e-14, atol=1e-16)


def test_costs_by_hand():
    a, y = np.array([[0.75, 0.25], [0.5, 1.0]]), np.array([[1.0, 0.0], [0.5, 0.5]])  # squares: 1/16 + 1/16 + 0 + 1/4 = 3/8
    assert bp.half_squared_error.f(a, y) == 3 / 16
    assert bp.quadratic_cost.f(a, y) == 3 / 32
    assert bp.mean_squared_error.f(a, y) == 3 / 16
    zeros = np.zeros((3, 4))
    assert bp.softmax_cross_entropy.f(zeros, np.eye(4)[:3]) == pytest.approx(3 * math.log(4), rel=1e-15)
    assert bp.binary_cross_entropy.f(zeros, zeros) == pytest.approx(12 * math.log(2), rel=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ON_LOGITS)
def test_a_cross_entropy_is_finite_and_quiet_far_out(name: str, dtype: type):
    cost = getattr(bp, name)
    z = np.stack([FAR, FAR[::-1]]).astype(dtype)
    for y in (np.eye(len(FAR), dtype=dtype)[[0, 0]], np.eye(len(FAR), dtype=dtype)[[7, 14]]):
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            warnings.simplefilter("error")
            C, slope = cost.f(z, y), cost.df(z, y)
        assert np.isfinite(C) and C >= 0 and np.isfinite(slope).all()
        assert np.asarray(C).dtype == dtype and slope.dtype == dtype


def test_the_worst_cross_entropy_is_the_distance_of_the_logits():
    assert bp.softmax_cross_entropy.f(np.array([[1e4, -1e4]]), np.array([[0.0, 1.0]])) == 2e4
    assert bp.binary_cross_entropy.f(np.array([[-1e4]]), np.array([[1.0]])) == 1e4
    assert bp.binary_cross_entropy.f(np.array([[1e4]]), np.array([[1.0]])) == 0


@pytest.mark.parametrize("name", COSTS)
def test_float32_stays_float32_and_integers_become_float64(name: str):
    cost = getattr(bp, name)
    a32, y32 = np.array([[0.2, 0.7]], np.float32), np.array([[0, 1]], np.float32)
    assert np.asarray(cost.f(a32, y32)).dtype == np.float32 and cost.df(a32, y32).dtype == np.float32
    whole = np.array([[1, 3]])
    assert np.asarray(cost.f(whole, whole * 0)).dtype == np.float64 and cost.df(whole, whole * 0).dtype == np.float64


@pytest.mark.parametrize("name", COSTS)
@pytest.mark.parametrize(("a", "y"), [((4, 1), (4,)), ((4, 2), (4, 1)), ((3, 2), (2, 3)), ((4, 2), (1, 2)), ((4, 2), ())])
def test_a_cost_refuses_shapes_that_differ(name: str, a: tuple[int, ...], y: tuple[int, ...]):
    cost = getattr(bp, name)
    for of in (cost.f, cost.df):
        with pytest.raises(ValueError) as caught:
            of(np.zeros(a), np.zeros(y))
        assert str(a) in str(caught.value) and str(y) in str(caught.value)


def test_no_function_writes_into_what_it_is_given():
    z, y = frozen(np.linspace(-2, 2, 6).reshape(2, 3)), frozen(np.eye(3)[:2])
    for name in ACTIVATIONS:
        act = getattr(bp, name)
        act.df(z, frozen(act.f(z)))
    bp.softmax(z)
    for name in COSTS:
        getattr(bp, name).f(z, y)
        getattr(bp, name).df(z, y)


@pytest.mark.parametrize("text", ["abc", [["a", "b"]], [None]])
def test_what_is_not_numbers_is_refused_in_a_sentence(text: object):
    with pytest.raises(TypeError, match="numbers"):
        bp.sigmoid.f(text)
    with pytest.raises(TypeError, match="numbers"):
        bp.softmax(text)
    with pytest.raises(TypeError, match="numbers"):
        bp.half_squared_error.f(text, text)
