"""Wrong answers that are in no catalogue: they are never given the name of a mistake that was not made.

Each is a slip somebody could make; `true` holds the ids that would be a fair name for it, usually none.
"""

from __future__ import annotations

import numpy as np
import pytest
from right_answers import RIGHT, sigmoid, softmax

from backprop.diagnosis import check


def net(forward=sigmoid, hidden=None, output=None, d1=None, dW=None, db=None, a2=None):
    """A two-layer network with any of its lines replaced."""
    dW = dW or (lambda a, d: a.T @ d)
    db = db or (lambda d: d.sum(axis=0))

    def answer(x, y, W1, b1, W2, b2):
        z1 = x @ W1 + b1
        a1 = forward(z1)
        z2 = a1 @ W2 + b2
        out = (a2 or sigmoid)(z2)
        delta2 = output(out, y, z2) if output else (out - y) * out * (1 - out)
        slope = hidden(z1, a1) if hidden else a1 * (1 - a1)
        delta1 = d1(delta2, W2, slope) if d1 else delta2 @ W2.T * slope
        return dW(x, delta1), db(delta1), dW(a1, delta2), db(delta2)

    return answer


NETWORKS = {
    "no bias forward": lambda x, y, W1, b1, W2, b2: RIGHT["two_layer_gradients"](x, y, W1, 0 * b1, W2, 0 * b2),
    "relu instead of sigmoid": net(lambda z: np.maximum(z, 0), lambda z, a: (z > 0) * 1.0),
    "absolute error": net(output=lambda a, y, z: np.sign(a - y) * a * (1 - a)),
    "cubed error": net(output=lambda a, y, z: (a - y) ** 3),
    "error divided by y": net(output=lambda a, y, z: (a - y) / y * a * (1 - a)),
    "slope squared": net(hidden=lambda z, a: (a * (1 - a)) ** 2),
    "slope a only": net(hidden=lambda z, a: a),
    "slope 1 - a only": net(hidden=lambda z, a: 1 - a),
    "slope a (1 + a)": net(hidden=lambda z, a: a * (1 + a)),
    "slope added": net(d1=lambda d, W, s: d @ W.T + s),
    "weights squared": net(d1=lambda d, W, s: d @ (W**2).T * s),
    "weights by size": net(d1=lambda d, W, s: d @ np.abs(W).T * s),
    "delta normalised": net(d1=lambda d, W, s: d / np.linalg.norm(d) @ W.T * s),
    "rows reversed": net(d1=lambda d, W, s: d[::-1] @ W.T * s),
    "columns reversed": net(d1=lambda d, W, s: d[:, ::-1] @ W.T * s),
    "regularised": net(dW=lambda a, d: a.T @ d + 0.01),
    "first example left out": net(dW=lambda a, d: a[1:].T @ d[1:], db=lambda d: d[1:].sum(axis=0)),
    "last example left out": net(dW=lambda a, d: a[:-1].T @ d[:-1], db=lambda d: d[:-1].sum(axis=0)),
    "first example only": net(dW=lambda a, d: np.outer(a[0], d[0]), db=lambda d: d[0]),
    "largest delta": net(db=lambda d: d.max(axis=0)),
    "median bias": net(db=lambda d: np.median(d, axis=0)),
    "bias summed in squares": net(db=lambda d: (d**2).sum(axis=0)),
    "bias over N - 1": net(db=lambda d: d.sum(axis=0) / (len(d) - 1)),
    "clipped": net(dW=lambda a, d: np.clip(a.T @ d, -0.05, 0.05)),
    "rounded to three places": net(dW=lambda a, d: np.round(a.T @ d, 3)),
    "seven times": net(dW=lambda a, d: 7 * a.T @ d, db=lambda d: 7 * d.sum(axis=0)),
    "softmax output": net(a2=softmax),
    "tanh output, own slope": net(a2=np.tanh, output=lambda a, y, z: (a - y) * (1 - a * a)),
    "noise": net(dW=lambda a, d: a.T @ d * (1 + 1e-5 * np.sin(np.arange(a.shape[1]))[:, None])),
    "bias times two": net(db=lambda d: 2 * d.sum(axis=0)),
}


@pytest.mark.parametrize("slip", NETWORKS)
def test_networks(slip):
    for seed in range(4):
        report = check("two_layer_gradients", NETWORKS[slip], seed)
        assert (report.status, report.mistakes, report.candidates) == ("unknown", (), ()), str(report)
        assert report.points < report.max_points


OTHERS = {
    "neuron_cost": [
        lambda w, b, x, y: np.abs(sigmoid(w * x + b) - y).sum(),
        lambda w, b, x, y: 0.5 * ((sigmoid(w * x - b) - y) ** 2).sum(),
        lambda w, b, x, y: 0.5 * (sigmoid(w * x + b) - y).sum() ** 2,
    ],
    "hidden_error": [
        lambda d, W, z: d @ W.T * sigmoid(z),
        lambda d, W, z: d @ W.T * np.exp(-z),
        lambda d, W, z: d @ W.T / (sigmoid(z) * sigmoid(-z)),
        lambda d, W, z: d @ W.T * (sigmoid(z) * sigmoid(-z)).mean(axis=0),
    ],
    "bias_gradient": [lambda d: d.prod(axis=0), lambda d: d.sum(axis=0)[::-1], lambda d: d.cumsum(axis=0)[1], lambda d: d.var(axis=0)],
    "weight_gradient": [lambda a, d: a.T @ d[::-1], lambda a, d: np.abs(a.T @ d), lambda a, d: a.T @ (d - d.mean(axis=0))],
    "softmax": [
        lambda z: np.exp(z - z.max(axis=1, keepdims=True)),
        lambda z: 2 ** (z - z.max(axis=1, keepdims=True)) / (2 ** (z - z.max(axis=1, keepdims=True))).sum(axis=1, keepdims=True),
        lambda z: softmax(-z),
        lambda z: np.eye(z.shape[1])[z.argmax(axis=1)],
        lambda z: softmax(np.clip(z, -500, 500)),
    ],
    "cross_entropy": [
        lambda z, y: -(y * np.log2(softmax(z))).sum(),
        lambda z, y: -np.log((y * softmax(z)).sum()),
        lambda z, y: -(y * np.log(softmax(z) + 1e-9)).sum(),
        lambda z, y: -((1 - y) * np.log(1 - softmax(z))).sum(),
    ],
    "fit_partial": [
        lambda W, x, y, alpha: [Wk - 2.5 * alpha * Wk for Wk in W],
        lambda W, x, y, alpha: RIGHT["fit_partial"](W, x, y, alpha**2),
        lambda W, x, y, alpha: RIGHT["fit_partial"](RIGHT["fit_partial"](W, x, y, alpha), x, y, alpha),
        lambda W, x, y, alpha: [
            np.vstack([new[:-1], old[-1:] * 1.1]) for new, old in zip(RIGHT["fit_partial"](W, x, y, alpha), W, strict=True)
        ],
    ],
    "absorb_bias": [lambda W, b: np.vstack([W, -b]), lambda W, b: np.vstack([W, 0 * b]), lambda W, b: np.vstack([W[::-1], b])],
    "layer_forward": [lambda a, W, b: (a @ W, sigmoid(a @ W)), lambda a, W, b: (a @ W - b, sigmoid(a @ W - b))],
    "gradient_step": [
        lambda p, g, eta: tuple(q - eta * q for q in p),
        lambda p, g, eta: tuple(q - eta**2 * h for q, h in zip(p, g, strict=True)),
    ],
    "complex_step_gradient": [lambda f, theta: np.ones_like(theta), lambda f, theta: 1.5 * RIGHT["complex_step_gradient"](f, theta)],
}


@pytest.mark.parametrize(("question", "n"), [(q, n) for q, answers in OTHERS.items() for n in range(len(answers))])
def test_other_questions(question, n):
    for seed in range(4):
        report = check(question, OTHERS[question][n], seed)
        assert (report.status, report.mistakes, report.candidates) == ("unknown", (), ()), str(report)
