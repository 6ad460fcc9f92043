"""Wrong answers written with loops over plain numbers, each mistake where a learner would make it; nothing here uses the catalogue.

`ANSWERS[question][id]` is an answer to the question that makes the mistake `id`; id "" is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from right_answers import IDS


def sig(z):
    return 1 / (1 + math.exp(-z))


def d_sig(z):
    return sig(z) * (1 - sig(z))


def d_tanh(z):
    return 1 - math.tanh(z) ** 2


def zeros(*shape):
    return [zeros(*shape[1:]) for _ in range(shape[0])] if shape else 0.0


def slope(z, f, slip):
    """The slope of f at z, in one of the ways it is written."""
    is_tanh = f is math.tanh
    d = d_tanh if is_tanh else d_sig
    if slip == "derivative-of-activation":
        return d(f(z))
    if slip == "activation-form-on-z":
        return 1 - z * z if is_tanh else z * (1 - z)
    if slip == "wrong-activation-derivative":
        return d_sig(z) if is_tanh else d_tanh(z)
    return d(z)


def softmax_row(z):
    top = max(z)
    e = [math.exp(v - top) for v in z]
    return [v / sum(e) for v in e]


def output_error(kind, z, a, y, count, slip):
    """delta of the output for one example: z, a, y are rows."""
    k = len(y)
    if kind == "classes":
        p = softmax_row(softmax_row(z)) if slip == "softmax-twice" else softmax_row(z)
        if slip == "diagonal-softmax":
            return [-y[m] * (1 - p[m]) for m in range(k)]
        error = [p[m] - y[m] for m in range(k)]
        if slip == "extra-output-derivative":
            error = [error[m] * p[m] * (1 - p[m]) for m in range(k)]
    elif kind == "mean":
        by = {"missing-1-over-n": 1, "wrong-n": count * k, "extra-1-over-n": count * count}.get(slip, count)
        error = [2 * (a[m] - y[m]) / by for m in range(k)]
        if slip == "extra-output-derivative":
            error = [error[m] * d_sig(z[m]) for m in range(k)]
        slip = "" if slip in ("extra-1-over-n", "wrong-n") else slip
    else:
        error = [a[m] - y[m] for m in range(k)]
        if slip != "missing-output-derivative":
            error = [error[m] * d_sig(z[m]) for m in range(k)]
    factor = {
        "sign": -1, "factor-two": 0.5 if kind != "half" else 2, "extra-1-over-n": 1 / count, "wrong-n": 1 / (count * k),
    }.get(slip, 1)  # fmt: skip
    return [factor * e for e in error]


def layer(a, W, b, f, twice=False):
    z = [b[j] + sum(a[i] * W[i][j] for i in range(len(a))) for j in range(len(b))]
    return z, [f(f(v)) if twice else f(v) for v in z]


def back(delta, W, error, dW, slip):
    """What comes back to each unit of the layer below."""
    came = zeros(len(W))
    for j in range(len(W)):
        for m in range(len(delta)):
            w = W[m][j] if slip == "not-transposed" else dW[j][m] if slip == "gradient-for-weight" else W[j][m]
            term = w * (error[m] if slip == "error-not-delta" else delta[m])
            if slip == "one-output-only":
                came[j] = term
            else:
                came[j] += term / (len(delta) if slip == "mean-over-outputs" else 1)
    return came


def weights(a, delta, slip):
    """dW of one layer, example after example."""
    dW = zeros(len(a[0]), len(delta[0]))
    for n in range(len(a)):
        for i in range(len(a[0])):
            for j in range(len(delta[0])):
                if slip == "last-example-only":
                    dW[i][j] = a[n][i] * delta[n][j]
                else:
                    dW[i][j] += a[n][i] * delta[n][j]
    return dW


def biases(delta, slip):
    """db of one layer."""
    db = zeros(len(delta[0]))
    for row in delta:
        for j, d in enumerate(row):
            db[j] = d if slip == "last-example-only" else db[j] + d
    if slip == "bias-not-summed":
        return delta
    if slip == "bias-over-summed":
        return sum(db)
    if slip == "bias-missing":
        return zeros(len(db))
    return [d / len(delta) for d in db] if slip == "bias-mean" else db


def network(kind, slip, x, y, W1, b1, W2, b2):
    """All gradients of a two-layer network, one slip somewhere."""
    x, y, W1, b1, W2, b2 = (v.tolist() for v in (x, y, W1, b1, W2, b2))
    f, count = math.tanh if kind == "mean" else sig, len(x)
    z1, a1, z2, a2 = [], [], [], []
    for row in x:
        z, a = layer(row, W1, b1, f, slip == "activation-applied-twice")
        z1, a1 = [*z1, z], [*a1, a]
        z, a = layer(a, W2, b2, sig if kind == "half" else lambda v: v)
        z2, a2 = [*z2, z], [*a2, a]
    delta2 = [output_error(kind, z2[n], a2[n], y[n], count, slip) for n in range(count)]
    dW2, db2 = weights(a1, delta2, slip), biases(delta2, slip)
    if slip == "updated-weight":
        W2 = [[W2[j][m] - 0.05 * dW2[j][m] for m in range(len(W2[0]))] for j in range(len(W2))]
    delta1 = []
    for n in range(count):
        error = [a2[n][m] - y[n][m] for m in range(len(y[n]))]
        came = back(delta2[n], W2, error, dW2, slip)
        delta1.append([c if slip == "missing-hidden-derivative" else c * slope(z, f, slip) for c, z in zip(came, z1[n], strict=True)])
    dW1, db1 = weights(a1 if slip == "off-by-one-layer" else x, delta1, slip), biases(delta1, slip)
    if slip == "bias-from-weights":
        db1, db2 = [sum(column) for column in zip(*dW1, strict=True)], [sum(column) for column in zip(*dW2, strict=True)]
    if slip == "bias-times-derivative":
        d = d_tanh if kind == "mean" else d_sig
        db1 = [g * d(b) for g, b in zip(db1, b1, strict=True)]
    if slip == "gradient-transposed":
        dW1, dW2 = [list(row) for row in zip(*dW1, strict=True)], [list(row) for row in zip(*dW2, strict=True)]
    return tuple(np.array(v) for v in (dW1, db1, dW2, db2))


EVERY = (
    "missing-hidden-derivative derivative-of-activation activation-form-on-z wrong-activation-derivative activation-applied-twice sign "
    "not-transposed gradient-transposed gradient-for-weight one-output-only mean-over-outputs updated-weight extra-1-over-n wrong-n "
    "factor-two "
    "bias-not-summed bias-over-summed bias-mean bias-from-weights bias-missing bias-times-derivative last-example-only "
    "off-by-one-layer"
).split()
NETWORKS = {
    "two_layer_gradients": ("half", ["", *EVERY, "missing-output-derivative", "error-not-delta"]),
    "regression_gradients": ("mean", ["", *EVERY, "extra-output-derivative", "missing-1-over-n"]),
    "softmax_gradients": ("classes", ["", *EVERY, "extra-output-derivative", "diagonal-softmax", "softmax-twice"]),
}


def fit_partial(slip, W, x, y, alpha):
    """One step of a network of any depth, the bias as last row."""
    W, x, y = [Wk.tolist() for Wk in W], np.atleast_2d(x).tolist(), np.atleast_2d(y).tolist()
    f, count = sig, len(x)
    inputs, zs, a = [], [], x
    for Wk in W:
        inputs.append([[*row, 1.0] for row in a])
        pairs = [layer(row, Wk[:-1], Wk[-1], f, slip == "activation-applied-twice") for row in a]
        zs.append([z for z, _ in pairs])
        a = [out for _, out in pairs]
    delta = []
    for n in range(count):
        d = output_error("half", zs[-1][n], a[n], y[n], count, slip)
        if slip == "activation-applied-twice":
            d = [(a[n][m] - y[n][m]) * d_sig(zs[-1][n][m]) for m in range(len(d))]
        delta.append(d)
    error = [[a[n][m] - y[n][m] for m in range(len(y[n]))] for n in range(count)]
    new = [None] * len(W)
    for k in range(len(W) - 1, -1, -1):
        dW = weights(inputs[k], delta, slip)
        new[k] = [[w - alpha * g for w, g in zip(*rows, strict=True)] for rows in zip(W[k], dW, strict=True)]
        if k and slip == "wrong-layer-count" and k == len(W) - 1:
            new[k] = W[k]
        if k:
            used = new[k] if slip == "updated-weight" else W[k]
            rows = used[1:] if slip == "wrong-row-dropped" else used[:-1]
            came = [back(delta[n], rows, error[n], dW[:-1], slip) for n in range(count)]
            delta = [
                [c if slip == "missing-hidden-derivative" else c * slope(z, f, slip) for c, z in zip(came[n], zs[k - 1][n], strict=True)]
                for n in range(count)
            ]
            error = zeros(count, len(delta[0])) if slip != "error-not-delta" else delta
    return [np.array(Wk) for Wk in new]


FIT = (
    " missing-output-derivative missing-hidden-derivative derivative-of-activation activation-form-on-z wrong-activation-derivative sign "
    "one-output-only mean-over-outputs updated-weight extra-1-over-n factor-two last-example-only wrong-row-dropped wrong-layer-count "
    "wrong-n"
).split(" ")


def neuron(slip, w, b, x, y):
    dw = db = 0.0
    for xn, yn in zip(x, y, strict=True):
        z = w * xn + b
        a = sig(sig(z)) if slip == "activation-applied-twice" else sig(z)
        delta = output_error("half", [z], [a], [yn], len(x), slip)[0]
        if slip in ("derivative-of-activation", "activation-form-on-z", "wrong-activation-derivative"):
            delta = (a - yn) * slope(z, sig, slip)
        dw = delta * xn if slip == "last-example-only" else dw + delta * xn
        db = delta if slip == "last-example-only" else db + delta * (xn if slip == "bias-times-input" else 1)
    db = {"bias-mean": db / len(x), "bias-missing": 0.0, "bias-from-weights": dw, "bias-times-derivative": db * d_sig(b)}.get(slip, db)
    return dw, db


NEURON = (
    " missing-output-derivative derivative-of-activation activation-form-on-z wrong-activation-derivative activation-applied-twice sign "
    "factor-two "
    "extra-1-over-n last-example-only bias-times-input bias-from-weights bias-mean bias-missing bias-times-derivative"
).split(" ")


def cost(slip, w, b, x, y):
    C = 0.0
    for xn, yn in zip(x, y, strict=True):
        a = sig(w * xn + b)
        a = sig(a) if slip == "activation-applied-twice" else a
        C = (a - yn) ** 2 / 2 if slip == "last-example-only" else C + (a - yn) ** 2 / 2
    return C * {"factor-two": 2, "extra-1-over-n": 1 / len(x)}.get(slip, 1)


def forward(slip, a_in, W, b):
    z, a = [], []
    for row in a_in.tolist():
        if slip == "not-transposed":
            one = [b[j] + sum(W[j][i] * row[i] for i in range(len(row))) for j in range(len(b))]
        else:
            one, _ = layer(row, W, b, sig)
        z.append(one)
        a.append([sig(sig(v)) if slip == "activation-applied-twice" else sig(v) for v in one])
    return np.array(z), np.array(a)


def at_output(slip, z, y):
    rows = []
    for zn, yn in zip(z.tolist(), y.tolist(), strict=True):
        a = [sig(sig(v)) if slip == "activation-applied-twice" else sig(v) for v in zn]
        row = output_error("half", zn, a, yn, len(z), slip)
        if slip in ("derivative-of-activation", "activation-form-on-z", "wrong-activation-derivative"):
            row = [(a[m] - yn[m]) * slope(zn[m], sig, slip) for m in range(len(zn))]
        rows.append(row)
    return np.array(rows)


AT_OUTPUT = (
    " missing-output-derivative derivative-of-activation activation-form-on-z wrong-activation-derivative sign factor-two extra-1-over-n "
    "wrong-n"
).split(" ")


def hidden(slip, delta_next, W_next, z):
    rows = []
    for d, zn in zip(delta_next.tolist(), z.tolist(), strict=True):
        came = back(d, W_next.tolist(), d, None, slip)
        rows.append([c if slip == "missing-hidden-derivative" else c * slope(v, sig, slip) for c, v in zip(came, zn, strict=True)])
    return np.array(rows) / (len(z) if slip == "extra-1-over-n" else 1)


def by_node(slip, delta_next, w_next, z, j):
    s = 0.0
    for m in range(len(delta_next)):
        w = w_next[m][j] if slip == "not-transposed" else w_next[j][m]
        s = w * delta_next[m] if slip == "one-output-only" else s + w * delta_next[m]
    s /= len(delta_next) if slip == "mean-over-outputs" else 1
    return s if slip == "missing-hidden-derivative" else s * slope(z[j], sig, slip)


HIDDEN = (
    " missing-hidden-derivative derivative-of-activation activation-form-on-z wrong-activation-derivative not-transposed one-output-only "
    "mean-over-outputs"
).split(" ")


def bias(slip, delta):
    db = biases(delta.tolist(), slip)
    return np.array(db) / (len(delta) if slip == "extra-1-over-n" else 1)


def weight(slip, a_in, delta):
    dW = np.array(weights(a_in.tolist(), delta.tolist(), slip))
    return dW.T if slip == "gradient-transposed" else dW / (len(delta) if slip == "extra-1-over-n" else 1)


def step(slip, params, grads, eta):
    new = []
    for k, (p, g) in enumerate(zip(params, grads, strict=True)):
        left_out, by = slip == "wrong-layer-count" and k > 1, eta if slip == "sign" else -eta
        new.append(p if left_out else np.array([v + by * d for v, d in zip(p.ravel(), g.ravel(), strict=True)]))
    return tuple(np.reshape(v, p.shape) for v, p in zip(new, params, strict=True))


def softmax(slip, z):
    rows = z.T.tolist() if slip == "softmax-axis" else z.tolist()
    done = []
    for row in rows:
        if slip == "softmax-overflow":
            e = [math.exp(v) for v in row]
            done.append([v / sum(e) for v in e])
        else:
            done.append(softmax_row(softmax_row(row)) if slip == "softmax-twice" else softmax_row(row))
    return np.array(done).T if slip == "softmax-axis" else np.array(done)


def entropy(slip, z, y):
    C = 0.0
    for zn, yn in zip(z.tolist(), y.tolist(), strict=True):
        if slip == "log-of-zero":
            here = -sum(t * math.log(p) for t, p in zip(yn, softmax_row(zn), strict=True))
        elif slip == "softmax-overflow":
            here = math.log(sum(math.exp(v) for v in zn)) - sum(t * v for t, v in zip(yn, zn, strict=True))
        else:
            zn = softmax_row(zn) if slip == "softmax-twice" else zn
            top = max(zn)
            here = top + math.log(sum(math.exp(v - top) for v in zn)) - sum(t * v for t, v in zip(yn, zn, strict=True))
        C = here if slip == "last-example-only" else C + here
    return C * {"sign": -1, "extra-1-over-n": 1 / len(z), "wrong-n": 1 / z.size}.get(slip, 1)


def shared(slip, delta):
    total = 0.0
    for row in delta.tolist():
        for d in row:
            total += d
    by_unit = delta.tolist() if slip == "bias-not-summed" else None
    by = {"extra-1-over-n": len(delta), "bias-mean": len(delta), "wrong-n": delta.size}.get(slip, 1)
    return np.array(by_unit) if by_unit else 0.0 if slip == "bias-missing" else total / by


def absorb(slip, W, b):
    rows = [list(row) for row in W.tolist()]
    return np.array([b.tolist(), *rows] if slip == "bias-row-first" else [*rows, b.tolist()])


def columns(slip, X, W, b):
    x = [[X[i][n] for i in range(len(X))] for n in range(X.shape[1])]
    W_rows = W.tolist() if slip == "not-transposed" else [list(column) for column in zip(*W.tolist(), strict=True)]
    return np.array(x), np.array(W_rows), np.array([row[0] for row in b.tolist()])


def slope_by_steps(slip, f, theta):
    grad, flat = [], theta.ravel()
    for i in range(flat.size):
        step = np.zeros(flat.size)
        step[i] = 1.0
        if slip == "epsilon":
            grad.append((f((flat + 1e-6 * step).reshape(theta.shape)) - f(theta)) / 1e-6)
        else:
            grad.append(f((flat + 1e-30j * step).reshape(theta.shape)).imag / 1e-30 / (2 if slip == "factor-two" else 1))
    return np.array(grad).reshape(theta.shape)


def _each(function: Callable[..., Any], ids: list[str]) -> dict[str, Callable[..., Any]]:
    return {id: partial(function, id) for id in ids}


ANSWERS: dict[str, dict[str, Callable[..., Any]]] = {
    "neuron_cost": _each(cost, " factor-two extra-1-over-n last-example-only activation-applied-twice".split(" ")),
    "neuron_gradient": _each(neuron, NEURON),
    "layer_forward": _each(forward, " not-transposed activation-applied-twice".split(" ")),
    "columns_to_rows": _each(columns, ["", "not-transposed"]),
    "output_error": _each(at_output, [*AT_OUTPUT, "activation-applied-twice"]),
    "hidden_error": _each(hidden, [*HIDDEN, "extra-1-over-n"]),
    "hidden_error_by_node": _each(by_node, HIDDEN),
    "bias_gradient": _each(bias, " bias-not-summed bias-over-summed bias-mean bias-missing last-example-only extra-1-over-n".split(" ")),
    "weight_gradient": _each(weight, " gradient-transposed extra-1-over-n last-example-only".split(" ")),
    **{q: {id: partial(network, kind, id) for id in ids} for q, (kind, ids) in NETWORKS.items()},
    "gradient_step": _each(step, " sign wrong-layer-count".split(" ")),
    "softmax": _each(softmax, " softmax-axis softmax-twice softmax-overflow".split(" ")),
    "cross_entropy": _each(entropy, " log-of-zero softmax-overflow softmax-twice last-example-only sign extra-1-over-n wrong-n".split(" ")),
    "shared_bias_gradient": _each(shared, " bias-not-summed bias-mean bias-missing extra-1-over-n wrong-n".split(" ")),
    "absorb_bias": _each(absorb, " bias-row-first".split(" ")),
    "fit_partial": _each(fit_partial, [*FIT, "activation-applied-twice", "error-not-delta", "not-transposed"]),
    "complex_step_gradient": _each(slope_by_steps, " epsilon factor-two".split(" ")),
}
assert set(ANSWERS) == set(IDS), "loops are written for the questions of right_answers.py"
