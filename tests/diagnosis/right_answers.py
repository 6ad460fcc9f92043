"""Right answers to every question, as a learner might write them; to one that is not here, the answer of its solution."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np

import backprop as bp
from backprop.diagnosis.questions import COMPUTED
from backprop.folders import solutions


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def neuron_cost(w, b, x, y):
    return 0.5 * ((sigmoid(w * x + b) - y) ** 2).sum()


def neuron_gradient(w, b, x, y):
    a = sigmoid(w * x + b)
    delta = (a - y) * a * (1 - a)
    return (delta * x).sum(), delta.sum()


def layer_forward(a_in, W, b):
    z = a_in @ W + b
    return z, sigmoid(z)


def columns_to_rows(X, W, b):
    return X.T, W.T, b.ravel()


def output_error(z, y):
    a = sigmoid(z)
    return (a - y) * a * (1 - a)


def hidden_error(delta_next, W_next, z):
    a = sigmoid(z)
    return delta_next @ W_next.T * (a * (1 - a))


def hidden_error_by_node(delta_next, w_next, z, j):
    total = 0.0
    for m in range(len(delta_next)):
        total += w_next[j][m] * delta_next[m]
    a = 1 / (1 + math.exp(-z[j]))
    return total * a * (1 - a)


def bias_gradient(delta):
    return delta.sum(axis=0)


def weight_gradient(a_in, delta):
    return a_in.T @ delta


def _backward(x, a1, delta2, W2, slope1):
    delta1 = delta2 @ W2.T * slope1
    return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)


def two_layer_gradients(x, y, W1, b1, W2, b2):
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    return _backward(x, a1, (a2 - y) * a2 * (1 - a2), W2, a1 * (1 - a1))


def gradient_step(params, grads, eta):
    return tuple(p - eta * g for p, g in zip(params, grads, strict=True))


def regression_gradients(x, y, W1, b1, W2, b2):
    a1 = np.tanh(x @ W1 + b1)
    a2 = a1 @ W2 + b2
    return _backward(x, a1, 2 * (a2 - y) / len(x), W2, 1 - a1**2)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(z, y):
    s = z - z.max(axis=1, keepdims=True)
    return -(y * (s - np.log(np.exp(s).sum(axis=1, keepdims=True)))).sum()


def softmax_gradients(x, y, W1, b1, W2, b2):
    a1 = sigmoid(x @ W1 + b1)
    return _backward(x, a1, softmax(a1 @ W2 + b2) - y, W2, a1 * (1 - a1))


def shared_bias_gradient(delta):
    return delta.sum()


def absorb_bias(W, b):
    return np.vstack([W, b])


def fit_partial(W, x, y, alpha):
    a, y = np.atleast_2d(x), np.atleast_2d(y)
    inputs = []
    for Wk in W:
        inputs.append(np.hstack([a, np.ones((len(a), 1))]))
        a = sigmoid(inputs[-1] @ Wk)
    delta, new = (a - y) * a * (1 - a), []
    for k in reversed(range(len(W))):
        new.insert(0, W[k] - alpha * inputs[k].T @ delta)
        a = inputs[k][:, :-1]
        delta = delta @ W[k][:-1].T * a * (1 - a)
    return new


def complex_step_gradient(f, theta):
    grad = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        nudged = theta.astype(complex)
        nudged[i] += 1e-20j
        grad[i] = f(nudged).imag / 1e-20
    return grad


IDS = (
    "neuron_cost neuron_gradient layer_forward columns_to_rows output_error hidden_error hidden_error_by_node bias_gradient "
    "weight_gradient two_layer_gradients gradient_step regression_gradients softmax cross_entropy softmax_gradients "
    "shared_bias_gradient absorb_bias "
    "fit_partial complex_step_gradient"
).split()


def of_solution(question: str) -> Callable[..., Any]:
    """The answer in solutions/, for a question that was added since."""
    cells = json.loads((solutions() / f"{COMPUTED[question].lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    scope: dict[str, Any] = {"np": np, "bp": bp}
    exec(next("".join(c["source"]) for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == question), scope)
    return scope[question]


RIGHT: dict[str, Callable[..., Any]] = {id: globals()[id] if id in IDS else of_solution(id) for id in COMPUTED}
