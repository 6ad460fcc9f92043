"""Correct answers in any form pass."""

from __future__ import annotations

import numpy as np
import pytest
from loop_answers import ANSWERS
from right_answers import RIGHT

import backprop as bp
from backprop.diagnosis import check

NETWORKS = {
    "two_layer_gradients": (bp.sigmoid, bp.sigmoid, bp.half_squared_error),
    "regression_gradients": (bp.tanh, bp.identity, bp.mean_squared_error),
    "softmax_gradients": (bp.sigmoid, bp.identity, bp.softmax_cross_entropy),
}


def passes(question, answer, seeds=(1, 2, 3)):
    for seed in seeds:
        report = check(question, answer, seed)
        assert report.correct and report.points == report.max_points, str(report)


def as_lists(value):
    return [as_lists(v) for v in value] if isinstance(value, tuple | list) else value.tolist() if hasattr(value, "tolist") else value


def changed(value, how):
    if isinstance(value, tuple | list):
        return type(value)(changed(v, how) for v in value)
    return how(value) if isinstance(value, np.ndarray) and value.ndim else value


@pytest.mark.parametrize("question", RIGHT)
def test_lists_where_an_array_is_meant(question):
    passes(question, lambda *args: as_lists(RIGHT[question](*args)))


@pytest.mark.parametrize("question", RIGHT)
def test_fortran_order_and_views(question):
    passes(question, lambda *args: changed(RIGHT[question](*changed(args, np.asfortranarray)), lambda a: a[...][::-1][::-1]))


@pytest.mark.parametrize("question", sorted(set(RIGHT) - {"complex_step_gradient"}))
def test_float32(question):
    narrow = lambda a: a.astype(np.float32)  # noqa: E731
    passes(question, lambda *args: changed(RIGHT[question](*changed(args, narrow)), narrow))


@pytest.mark.parametrize("question", RIGHT)
def test_a_class_with_call_that_prints_and_warns(question, capsys):
    class Answer:
        def __call__(self, *args):
            print("working ...")
            np.log(np.zeros(1))
            return RIGHT[question](*args)

    passes(question, Answer())
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("question", NETWORKS)
def test_gradients_from_the_package_and_from_the_complex_step(question):
    hidden, output, cost = NETWORKS[question]

    def C(x, y, *params):
        W1, b1, W2, b2 = params
        return cost.f(output.f(hidden.f(x @ W1 + b1) @ W2 + b2), y)

    def by_steps(slope):
        def answer(x, y, *params):
            def of(k):
                return slope(lambda p: C(x, y, *params[:k], p, *params[k + 1 :]), params[k])

            return tuple(of(k) for k in range(4))

        return answer

    def by_package(x, y, W1, b1, W2, b2):
        _, grads = bp.gradients([bp.Layer(W1, b1, hidden), bp.Layer(W2, b2, output)], x, y, cost)
        return tuple(part for g in grads for part in (g.dW, g.db))

    passes(question, by_steps(bp.complex_step))
    passes(question, by_steps(bp.central_difference))
    passes(question, by_package)


def test_einsum_and_a_masked_sigmoid():
    def masked(z):
        out = np.empty_like(z)
        out[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
        out[z < 0] = np.exp(z[z < 0]) / (1 + np.exp(z[z < 0]))
        return out

    def hidden_error(delta_next, W_next, z):
        return np.einsum("nm,jm,nj->nj", delta_next, W_next, masked(z) * masked(-z))

    passes("hidden_error", hidden_error)
    passes("weight_gradient", lambda a_in, delta: np.einsum("ni,nj->ij", a_in, delta))
    passes("fit_partial", lambda W, x, y, alpha: bp.notes.absorbed_bias.fit_partial(W, x, y, alpha))


@pytest.mark.parametrize("question", ANSWERS)
def test_loops(question):
    passes(question, ANSWERS[question][""])


def test_a_few_digits_short_is_not_right_for_the_complex_step():
    """The tester is tested: differences of real values do not reach 1e-12."""
    report = check("complex_step_gradient", bp.central_difference, 1)
    assert (report.status, report.mistakes, report.points) == ("mistake", ("epsilon",), 0)
