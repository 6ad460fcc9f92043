"""Thirty wrong answers, each as a student might hand it in, by somebody who had seen the exercises only: no catalogue, no checker.

Each docstring says what its student did.
"""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


# ---- 01
def neuron_cost_brackets(w, b, x, y):
    """Bracket in the wrong place: z = w(x + b) instead of wx + b, the rest is right."""
    a = sigmoid(w * (x + b))
    return 0.5 * np.sum((a - y) ** 2)


def neuron_gradient_db_from_dw(w, b, x, y):
    """Dw is right; db = dw / mean(x), to 'take the x out again' of the sum (right only for N = 1 or equal x)."""
    a = sigmoid(w * x + b)
    dw = np.sum((a - y) * a * (1 - a) * x)
    db = dw / np.mean(x)  # dw has an extra factor x, so take it out again
    return dw, db


def neuron_gradient_one_sided(w, b, x, y):
    """No formula: one-sided difference quotient of the right cost with h = 0.001, both numbers slightly off."""

    def cost(w, b):
        return 0.5 * np.sum((sigmoid(w * x + b) - y) ** 2)

    h = 0.001
    return (cost(w + h, b) - cost(w, b)) / h, (cost(w, b + h) - cost(w, b)) / h


# ---- 02
def layer_forward_bias_in_inner_loop(a_in, W, b):
    """Adds b[j] inside the loop over the inputs i, so z = a_in W + n_in·b; a is the sigmoid of that z."""
    N, n_in = a_in.shape
    n_out = W.shape[1]
    z = np.zeros((N, n_out))
    for n in range(N):
        for j in range(n_out):
            for i in range(n_in):
                z[n, j] += a_in[n, i] * W[i, j] + b[j]
    return z, sigmoid(z)


def layer_forward_same_array(a_in, W, b):
    """A = z is no copy and is overwritten by the sigmoid in place: a is right, the returned z is a too."""
    z = a_in @ W + b
    a = z
    for n in range(a.shape[0]):
        for j in range(a.shape[1]):
            a[n, j] = sigmoid(z[n, j])
    return z, a


def columns_to_rows_rotated(X, W, b):
    """Np.rot90 instead of a transpose, for X and for W: X.T and W.T with their rows in reversed order (examples reversed;
    the inputs of W_rows reversed but those of x not); b_rows is right.
    """
    return np.rot90(X), np.rot90(W), b.ravel()


# ---- 03
def output_error_sigma_of_one_minus_z(z, y):
    """Slope as σ(z)·σ(1 − z) instead of σ(z)·(1 − σ(z))."""
    a = sigmoid(z)
    return (a - y) * sigmoid(z) * sigmoid(1 - z)


def output_error_slope_floor(z, y):
    """Slope σ'(z) raised to at least 0.2 against saturation: entries with |z| > 0.96 are too large, the others right."""
    a = sigmoid(z)
    ds = np.maximum(a * (1 - a), 0.2)  # never let it saturate
    return (a - y) * ds


# ---- 04
def hidden_error_slope_at_mean(delta_next, W_next, z):
    """The slope is taken at the batch mean of z, σ'(mean over n of z), the same for all examples (right for one example)."""
    z_mean = z.mean(axis=0)
    return (delta_next @ W_next.T) * slope(z_mean)


def hidden_error_by_node_slope_in_loop(delta_next, w_next, z, j):
    """Multiplies the running total by σ'(z_j) inside the loop, so term m carries σ' to the power n_next − m (m from 0)
    instead of 1.
    """
    total = 0.0
    ds = slope(z[j])
    for m in range(len(delta_next)):
        total += w_next[j][m] * delta_next[m]
        total *= ds
    return total


# ---- 05
def bias_gradient_first_row_twice(delta):
    """Starts with db = delta[0] and then adds all rows, the first included: the first example counts twice; as db is a view,
    the input delta is changed too.
    """
    db = delta[0]
    for row in delta:
        db += row
    return db


def weight_gradient_fired_or_not(a_in, delta):
    """Replaces a_in by 1 where a_in > 0 and 0 elsewhere ('fired or not'), then (·).T @ delta."""
    fired = (a_in > 0).astype(float)
    return fired.T @ delta


# ---- 06
def two_layer_db1_too_early(x, y, W1, b1, W2, b2):
    """Db1 summed from delta2 @ W2.T before the hidden slope is multiplied in; dW1, dW2, db2 are right."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    delta = (a2 - y) * a2 * (1 - a2)
    dW2, db2 = a1.T @ delta, delta.sum(axis=0)
    delta = delta @ W2.T
    db1 = delta.sum(axis=0)
    delta = delta * a1 * (1 - a1)
    dW1 = x.T @ delta
    return dW1, db1, dW2, db2


def two_layer_weight_decay(x, y, W1, b1, W2, b2):
    """Right gradients plus weight decay: 0.01·W1 added to dW1 and 0.01·W2 to dW2; the biases are right."""
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (d2 @ W2.T) * a1 * (1 - a1)
    lam = 0.01
    return x.T @ d1 + lam * W1, d1.sum(axis=0), a1.T @ d2 + lam * W2, d2.sum(axis=0)


def two_layer_slope_without_b1(x, y, W1, b1, W2, b2):
    """The hidden slope is taken at x @ W1, b1 forgotten there (not in the forward pass): dW1 and db1 wrong, dW2 and db2
    right.
    """
    a1 = sigmoid(x @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    d2 = (a2 - y) * slope(a1 @ W2 + b2)
    d1 = (d2 @ W2.T) * slope(x @ W1)
    return x.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


def gradient_step_clipped(params, grads, eta):
    """Clips each entry of the gradient to [−1, 1] before the step: p − eta·clip(g); right where |g| ≤ 1."""
    return tuple(p - eta * np.clip(g, -1, 1) for p, g in zip(params, grads, strict=True))


# ---- 07
def regression_bias_mean_again(x, y, W1, b1, W2, b2):
    """Deltas already carry 2/N, and db1 and db2 take the mean over the examples once more (1/N twice, biases only); the
    weights are right.
    """
    N = len(x)
    a1 = np.tanh(x @ W1 + b1)
    d2 = 2 / N * (a1 @ W2 + b2 - y)
    d1 = (d2 @ W2.T) * (1 - a1**2)
    return x.T @ d1, d1.mean(axis=0), a1.T @ d2, d2.mean(axis=0)


def regression_sech_not_squared(x, y, W1, b1, W2, b2):
    """Tanh's slope as 1/cosh(z1) instead of 1/cosh²(z1): dW1 and db1 wrong, dW2 and db2 right."""
    N = len(x)
    z1 = x @ W1 + b1
    a1 = np.tanh(z1)
    d2 = 2 / N * (a1 @ W2 + b2 - y)
    d1 = (d2 @ W2.T) / np.cosh(z1)
    return x.T @ d1, d1.sum(axis=0), a1.T @ d2, d2.sum(axis=0)


# ---- 08
def softmax_scaled_instead_of_shifted(z):
    """Divides each row by its largest |z| against the overflow, instead of subtracting the largest z."""
    z = z / np.abs(z).max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def softmax_rounded(z):
    """Right softmax, rounded to four decimals before it is returned."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.round(e / e.sum(axis=1, keepdims=True), 4)


def cross_entropy_reduce_default_axis(z, y):
    """Np.logaddexp.reduce(z) without an axis works along axis 0: log-sum-exp over the examples for each output, instead of
    over the outputs for each example; Σ y z is right.
    """
    return np.logaddexp.reduce(z).sum() - (y * z).sum()


def softmax_gradients_minus_one_at_argmax(x, y, W1, b1, W2, b2):
    """Subtracts 1 at the argmax of y instead of y itself: right for one-hot targets, wrong for soft ones; backward pass
    right.
    """
    h = sigmoid(x @ W1 + b1)
    scores = h @ W2 + b2
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    dscores = e / e.sum(axis=1, keepdims=True)
    dscores[np.arange(len(x)), y.argmax(axis=1)] -= 1
    dh = (dscores @ W2.T) * h * (1 - h)
    return x.T @ dh, dh.sum(axis=0), h.T @ dscores, dscores.sum(axis=0)


def softmax_gradients_diagonal_only(x, y, W1, b1, W2, b2):
    """Chains −y/p with the diagonal p(1 − p) of softmax's Jacobian only: delta2 = −y(1 − p); the rest of the backward pass
    follows from it.
    """
    h = sigmoid(x @ W1 + b1)
    z2 = h @ W2 + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    dC_dp = -y / p
    d2 = dC_dp * p * (1 - p)
    d1 = (d2 @ W2.T) * h * (1 - h)
    return x.T @ d1, d1.sum(axis=0), h.T @ d2, d2.sum(axis=0)


def shared_bias_first_of_python_sum(delta):
    """Python's sum(delta) gives one number a unit; takes the first, [0], so only unit 0's column is added up."""
    return sum(delta)[0]


# ---- 09
def absorb_bias_insert_minus_one(W, b):
    """Np.insert(W, -1, b) puts the bias before the last row of W, not after it: the last two rows are swapped."""
    return np.insert(W, -1, b, axis=0)


def fit_partial_sigmoid_of_the_one(W, x, y, alpha):
    """Appends the 1 to the hidden z before the sigmoid, so the hidden bias input is σ(1) = 0.731 instead of 1, in the
    forward pass and in the gradients (the input's 1 stays 1); all else is consistent with it.
    """
    x, y = np.atleast_2d(x), np.atleast_2d(y)
    one = np.ones((len(x), 1))
    acts = [np.hstack([x, one])]
    for k, Wk in enumerate(W):
        z = acts[-1] @ Wk
        if k < len(W) - 1:
            z = np.hstack([z, one])
        acts.append(sigmoid(z))
    new = [None] * len(W)
    delta = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
    for k in reversed(range(len(W))):
        new[k] = W[k] - alpha * acts[k].T @ delta
        delta = ((delta @ W[k].T) * acts[k] * (1 - acts[k]))[:, :-1]
    return new


def fit_partial_one_example_after_another(W, x, y, alpha):
    """One step after each example, the next example uses the already updated weights (right for one example)."""
    W = [Wk.copy() for Wk in W]
    for xn, yn in zip(np.atleast_2d(x), np.atleast_2d(y), strict=True):
        acts = [np.append(xn, 1)]
        for k in range(len(W)):
            a = sigmoid(acts[-1] @ W[k])
            acts.append(np.append(a, 1) if k < len(W) - 1 else a)
        delta = (acts[-1] - yn) * acts[-1] * (1 - acts[-1])
        steps = []
        for k in reversed(range(len(W))):
            steps.insert(0, np.outer(acts[k], delta))
            delta = ((W[k] @ delta) * acts[k] * (1 - acts[k]))[:-1]
        W = [Wk - alpha * step for Wk, step in zip(W, steps, strict=True)]
    return W


def fit_partial_slope_for_one_hidden_layer(W, x, y, alpha):
    """Multiplies the slope in only for the last hidden layer; layers further back get delta @ W.T without slope (right for
    two layers, wrong for three or more).
    """
    x, y = np.atleast_2d(x), np.atleast_2d(y)
    one = np.ones((len(x), 1))
    ins, a = [], x
    for Wk in W:
        ins.append(np.hstack([a, one]))
        a = sigmoid(ins[-1] @ Wk)
    delta = (a - y) * a * (1 - a)
    new = [None] * len(W)
    for k in range(len(W) - 1, -1, -1):
        new[k] = W[k] - alpha * ins[k].T @ delta
        delta = delta @ W[k][:-1].T
        if k == len(W) - 1:
            delta = delta * ins[k][:, :-1] * (1 - ins[k][:, :-1])
    return new


# ---- 10
def complex_step_never_put_back(f, theta):
    """The nudge ih of one entry is never put back, so entry i holds the sum of all slopes up to and with i (first entry
    right).
    """
    h = 1e-20
    t = theta.astype(complex)
    grad = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        t[i] += 1j * h
        grad[i] = f(t).imag / h
    return grad


def complex_step_h_too_big(f, theta):
    """Complex step with h = 1e-4 instead of 1e-20: an error of order h² ≈ 1e-8, far above 1e-12."""
    h = 1e-4  # 1e-20 is below machine precision, that cannot work
    grad = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        t = theta.astype(complex)
        t[i] += 1j * h
        grad[i] = f(t).imag / h
    return grad


ANSWERS = [
    ("neuron_cost", neuron_cost_brackets),
    ("neuron_gradient", neuron_gradient_db_from_dw),
    ("neuron_gradient", neuron_gradient_one_sided),
    ("layer_forward", layer_forward_bias_in_inner_loop),
    ("layer_forward", layer_forward_same_array),
    ("columns_to_rows", columns_to_rows_rotated),
    ("output_error", output_error_sigma_of_one_minus_z),
    ("output_error", output_error_slope_floor),
    ("hidden_error", hidden_error_slope_at_mean),
    ("hidden_error_by_node", hidden_error_by_node_slope_in_loop),
    ("bias_gradient", bias_gradient_first_row_twice),
    ("weight_gradient", weight_gradient_fired_or_not),
    ("two_layer_gradients", two_layer_db1_too_early),
    ("two_layer_gradients", two_layer_weight_decay),
    ("two_layer_gradients", two_layer_slope_without_b1),
    ("gradient_step", gradient_step_clipped),
    ("regression_gradients", regression_bias_mean_again),
    ("regression_gradients", regression_sech_not_squared),
    ("softmax", softmax_scaled_instead_of_shifted),
    ("softmax", softmax_rounded),
    ("cross_entropy", cross_entropy_reduce_default_axis),
    ("softmax_gradients", softmax_gradients_minus_one_at_argmax),
    ("softmax_gradients", softmax_gradients_diagonal_only),
    ("shared_bias_gradient", shared_bias_first_of_python_sum),
    ("absorb_bias", absorb_bias_insert_minus_one),
    ("fit_partial", fit_partial_sigmoid_of_the_one),
    ("fit_partial", fit_partial_one_example_after_another),
    ("fit_partial", fit_partial_slope_for_one_hidden_layer),
    ("complex_step_gradient", complex_step_never_put_back),
    ("complex_step_gradient", complex_step_h_too_big),
]
