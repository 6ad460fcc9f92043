"""What an answer must leave alone: its arguments, its own past, the rest of the world."""

from __future__ import annotations

import numpy as np
import pytest
from right_answers import RIGHT, sigmoid

from backprop.diagnosis import check
from backprop.diagnosis.mutants import left_out

ARRAYS = [q for q in RIGHT if q not in ("hidden_error_by_node", "complex_step_gradient", "gradient_step", "fit_partial")]


def spoiled(value):
    """Changes the first array it finds."""
    for v in value:
        if isinstance(v, list | tuple):
            if spoiled(v):
                return True
        elif isinstance(v, np.ndarray):
            v += 1
            return True
    return False


@pytest.mark.parametrize("question", [*ARRAYS, "complex_step_gradient", "gradient_step", "fit_partial"])
def test_in_place_is_named_though_the_values_are_right(question):
    def answer(*args):
        right = RIGHT[question](*[np.copy(a) if isinstance(a, np.ndarray) else a for a in args])
        right = [np.copy(r) for r in right] if isinstance(right, tuple | list) else right
        spoiled(args)
        return right

    report = check(question, answer, 1)
    assert (report.status, report.mistakes) == ("mistake", ("in-place",)), str(report)
    assert 0 <= report.points < report.max_points


def test_in_place_names_the_arguments_and_costs_their_parts():
    def gradient_step(params, grads, eta):
        for p, g in zip(params, grads, strict=True):
            p -= eta * g
        return params

    report = check("gradient_step", gradient_step, 1)
    assert (report.mistakes, report.points) == (("in-place",), 0.75)
    assert report.message == "your function changes its argument params."


def test_in_place_beside_another_mistake_names_both():
    def output_error(z, y):
        a = sigmoid(z)
        z *= 0
        return a - y

    report = check("output_error", output_error, 1)
    assert set(report.mistakes) == {"in-place", "missing-output-derivative"}
    assert report.message.endswith("; and your function changes its argument z.")


def test_z_and_a_that_share_their_memory():
    def layer_forward(a_in, W, b):
        z = a_in @ W + b
        a = z
        a[:] = sigmoid(z)
        return z, a

    report = check("layer_forward", layer_forward, 1)
    assert (report.mistakes, report.points) == (("in-place",), 0.0)
    assert "z and a share their memory" in report.message


def test_results_in_one_buffer_are_no_mistake():
    kept = {}

    def bias_gradient(delta):
        buffer = kept.setdefault(delta.shape, np.zeros(delta.shape[1]))
        return np.sum(delta, axis=0, out=buffer)

    assert check("bias_gradient", bias_gradient, 1).correct


@pytest.mark.parametrize("question", ["neuron_cost", "neuron_gradient", "cross_entropy", "shared_bias_gradient", "two_layer_gradients"])
def test_not_reset(question):
    sums = {}

    def answer(*args):
        result = RIGHT[question](*args)
        key = tuple(np.shape(r) for r in result) if isinstance(result, tuple) else ()
        new = [np.asarray(r) + o for r, o in zip(result, sums.get(key, [0] * 9), strict=False)] if key else [result + sums.get(key, [0])[0]]
        sums[key] = new
        return tuple(new) if key else new[0]

    for _ in range(2):  # also when earlier calls left something behind
        report = check(question, answer)
        assert (report.status, report.mistakes) == ("mistake", ("not-reset",)), str(report)
        assert 0 <= report.points < report.max_points


def test_left_out_of_the_catalogue_they_are_not_named():
    def in_place(z, y):
        result = RIGHT["output_error"](z, y)
        z += 1
        return result

    sums = []

    def not_reset(delta):
        sums.append(delta.sum())
        return sum(sums)

    for id, question, answer in (("in-place", "output_error", in_place), ("not-reset", "shared_bias_gradient", not_reset)):
        with left_out(id):
            report = check(question, answer, 1)
        assert (report.status, report.mistakes, report.candidates) == ("unknown", (), ()) and report.points < report.max_points


def test_random_and_order_dependent_answers_are_not_named():
    rng = np.random.default_rng(0)
    report = check("bias_gradient", lambda delta: delta.sum(axis=0) + rng.normal(), 1)
    assert (report.status, report.mistakes, report.points) == ("unknown", (), 0)
    assert "same" in report.message

    first = []

    def caches(delta):
        first.append(delta)
        return first[0].sum(axis=0)

    assert not check("bias_gradient", caches, 1).correct


def test_the_global_random_state_is_left_alone():
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    check("two_layer_gradients", RIGHT["two_layer_gradients"])
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
