"""Wrong answers by somebody who wrote none of the catalogue: the check names nothing that was not done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from answers_of_a_stranger import ANSWERS as UNSEEN

import backprop as bp

σ = bp.sigmoid.f


def two_layers(x: Any, W1: Any, b1: Any, W2: Any, b2: Any, f: Callable[[Any], Any] = σ) -> tuple[Any, ...]:
    z1 = x @ W1 + b1
    z2 = f(z1) @ W2 + b2
    return z1, f(z1), z2, σ(z2)


def backward(x: Any, a1: Any, δ1: Any, δ2: Any) -> tuple[Any, ...]:
    return x.T @ δ1, δ1.sum(0), a1.T @ δ2, δ2.sum(0)


def clipped(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = np.clip((a2 - y) * a2 * (1 - a2), -0.05, 0.05)
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def sign_only(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = np.sign(a2 - y) * a2 * (1 - a2)
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def cubed(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = (a2 - y) ** 3 * a2 * (1 - a2)
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def decayed(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = (a2 - y) * a2 * (1 - a2)
    dW1, db1, dW2, db2 = backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)
    return dW1 + 0.1 * W1, db1, dW2 + 0.1 * W2, db2


def reversed_batch(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = (a2 - y[::-1]) * a2 * (1 - a2)
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def first_left_out(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = (a2 - y) * a2 * (1 - a2)
    δ2[0] = 0
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def normalised(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = (a2 - y) * a2 * (1 - a2)
    return tuple(g / np.linalg.norm(g) for g in backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2))


def centred(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return clipless(x - x.mean(0), y, W1, b1, W2, b2)


def clipless(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    _, a1, _, a2 = two_layers(x, W1, b1, W2, b2)
    δ2 = (a2 - y) * a2 * (1 - a2)
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def no_bias_forward(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return clipless(x, y, W1, 0 * b1, W2, b2)


def absolute(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    return tuple(np.abs(g) for g in clipless(x, y, W1, b1, W2, b2))


def leaky(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    δ2 = (a1 @ W2 + b2 - y) * 2 / len(x)
    return backward(x, a1, (δ2 @ W2.T) * np.where(z1 > 0, 1, 0.1), δ2)


def hinge(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    δ2 = np.sign(a1 @ W2 + b2 - y) / len(x)
    return backward(x, a1, (δ2 @ W2.T) * (1 - a1**2), δ2)


def smoothed(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    a1 = σ(x @ W1 + b1)
    δ2 = bp.softmax(a1 @ W2 + b2) - (0.9 * y + 0.1 / y.shape[1])
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def hot(x: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> Any:
    a1 = σ(x @ W1 + b1)
    δ2 = bp.softmax((a1 @ W2 + b2) / 2) - y
    return backward(x, a1, (δ2 @ W2.T) * a1 * (1 - a1), δ2)


def momentum(W: Any, x: Any, y: Any, alpha: float) -> Any:
    new = bp.notes.absorbed_bias.fit_partial(W, x, y, alpha)
    return [n + 0.9 * (n - w) for n, w in zip(new, W, strict=True)]


ANSWERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "clipped error": ("two_layer_gradients", clipped),
    "sign of the error": ("two_layer_gradients", sign_only),
    "error to the third": ("two_layer_gradients", cubed),
    "weight decay added": ("two_layer_gradients", decayed),
    "targets in another order": ("two_layer_gradients", reversed_batch),
    "first example left out": ("two_layer_gradients", first_left_out),
    "gradients of length 1": ("two_layer_gradients", normalised),
    "inputs centred": ("two_layer_gradients", centred),
    "hidden bias forgotten forward": ("two_layer_gradients", no_bias_forward),
    "absolute values": ("two_layer_gradients", absolute),
    "slope of a leaky unit": ("regression_gradients", leaky),
    "absolute error": ("regression_gradients", hinge),
    "labels smoothed": ("softmax_gradients", smoothed),
    "temperature 2": ("softmax_gradients", hot),
    "momentum": ("fit_partial", momentum),
    "hard sigmoid": ("layer_forward", lambda a, W, b: (a @ W + b, np.clip(0.25 * (a @ W + b) + 0.5, 0, 1))),
    "bias subtracted": ("layer_forward", lambda a, W, b: (a @ W - b, σ(a @ W - b))),
    "sigmoid of twice z": ("output_error", lambda z, y: (σ(2 * z) - y) * σ(z) * (1 - σ(z))),
    "slope squared": ("output_error", lambda z, y: (σ(z) - y) * (σ(z) * (1 - σ(z))) ** 2),
    "slope of the row's mean": ("hidden_error", lambda d, W, z: (d @ W.T) * (σ(z) * (1 - σ(z))).mean(1, keepdims=True)),
    "weights of length 1": ("hidden_error", lambda d, W, z: (d @ (W / np.linalg.norm(W)).T) * σ(z) * (1 - σ(z))),
    "median over the examples": ("bias_gradient", lambda d: np.median(d, axis=0)),
    "largest over the examples": ("bias_gradient", lambda d: d.max(axis=0)),
    "inputs squared": ("weight_gradient", lambda a, d: (a**2).T @ d),
    "softplus for exp": ("softmax", lambda z: np.log1p(np.exp(z)) / np.log1p(np.exp(z)).sum(1, keepdims=True)),
}


def test_there_are_more_than_twenty() -> None:
    assert len(ANSWERS) > 20


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_is_named_that_was_not_done(name: str) -> None:
    question, answer = ANSWERS[name]
    with np.errstate(all="ignore"):
        reports = [bp.check(question, answer, seed=seed) for seed in range(5)]
    assert [(r.correct, r.mistakes, r.candidates) for r in reports] == [(False, (), ())] * 5, reports[0].message
    assert {r.status for r in reports} <= {"unknown", "raised", "shape"}


# what those of the thirty are called that made a mistake of the catalogue; their docstrings say the same
NAMED = {
    "layer_forward_same_array": "in-place",
    "bias_gradient_first_row_twice": "in-place",
    "regression_bias_mean_again": "bias-mean",
    "softmax_gradients_diagonal_only": "diagonal-softmax",
    "fit_partial_slope_for_one_hidden_layer": "missing-hidden-derivative",
    "complex_step_h_too_big": "epsilon",
}


def test_there_are_thirty_more_and_all_names_are_theirs() -> None:
    assert len(UNSEEN) == 30
    assert {answer.__name__ for _, answer in UNSEEN} >= set(NAMED)


@pytest.mark.parametrize(("question", "answer"), UNSEEN, ids=[answer.__name__ for _, answer in UNSEEN])
def test_a_student_who_had_not_seen_the_catalogue_is_never_misnamed(question: str, answer: Callable[..., Any]) -> None:
    reports = [bp.check(question, answer, seed=seed) for seed in range(5)]
    named = (NAMED[answer.__name__],) if answer.__name__ in NAMED else ()
    status = "mistake" if named else "unknown"
    assert [(r.status, r.mistakes, r.candidates) for r in reports] == [(status, named, ())] * 5, reports[0].message
