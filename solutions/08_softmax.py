# %% [markdown]
# # Exercise 08: softmax and cross-entropy
#
# Probabilities at the output, the cost that belongs to them, what cancels between the two, and two things that go wrong: numbers that
# overflow, and a slope kept where it cancels.
#
# Throughout, the targets `y` are rows of non-negative numbers that sum to 1. Each check says which mistake was made; `bp.hint("softmax")`
# helps on, one step a call. When a class is graded, `bp.softmax`, `bp.softmax_cross_entropy`, `bp.gradients`, `bp.backward`, `bp.descend`,
# `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are withheld; `bp.sigmoid` stays.

# %%
import numpy as np

import backprop as bp
from backprop import draw

# %% [markdown]
# ## `softmax`, and an overflow
#
# The definition is $p_j = e^{z_j} / \sum_k e^{z_k}$. Before you write it, see what it does in float64 once a logit is large:

# %%
with np.errstate(over="ignore", invalid="ignore"):
    e = np.exp([1000.0, 0.0])
    print("e^z:", e)
    print("e^z / Σ e^z:", e / e.sum())

# %% [markdown]
# A shift by the same number in all logits of a row changes no probability: $e^{z_j - m}/\sum_k e^{z_k - m}$ is the same fraction, with
# $e^{-m}$ above and below the bar. Choose m so that nothing overflows.
#
# `z` has the shape `(N, n_out)`; return `p` of the same shape, each *row* summing to 1, finite even for logits of ±1000. (There is no cost
# yet.)


# %% question="softmax"
def softmax(z):
    """p = e^z / Σ e^z, row by row: z and p are (N, n_out); finite for z = ±1000."""
    ### BEGIN SOLUTION
    # Why: with the row's largest logit subtracted the largest exponent is 0, so e^z is at most 1
    # and the sum at least 1. What underflows to 0 is a probability that is 0 to 300 digits.
    # keepdims leaves a column, so that each row is divided by its own sum.
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% [markdown]
# By hand: $e^{0}, e^{\ln 2}, e^{\ln 5}$ are 1, 2, 5 and add up to 8. The second row is the one that overflowed.

# %%
z = np.array([[0.0, np.log(2), np.log(5)], [1000.0, 0.0, -1000.0]])
print("yours:\n", np.round(softmax(z), 6))
print("by hand:\n", np.array([[1 / 8, 2 / 8, 5 / 8], [1.0, 0.0, 0.0]]))

# %% check="softmax"
report = bp.check("softmax", softmax)
display(report)
report.points

# %% [markdown]
# ## `cross_entropy`
#
# From logits `z` and targets `y`, both `(N, n_out)`, return one number, the sum over all examples, finite even for logits of ±1000:
#
# $$C = -\sum_{n, j} y_{nj} \log p_{nj} = \sum_n \Bigl( \log \sum_k e^{z_{nk}} - \sum_j y_{nj} z_{nj} \Bigr) .$$
#
# A probability of 0 has no logarithm, so the second form, made safe by the same shift, is the one to compute.


# %% question="cross_entropy"
def cross_entropy(z, y):
    """C = −Σ y log softmax(z), summed over everything: z and y are (N, n_out); one number, finite
    for z = ±1000.
    """
    ### BEGIN SOLUTION
    # Why: log p = z − log Σ e^z never forms p, so no p can underflow to 0 under a logarithm. The
    # shift by the row's maximum keeps the exponentials at most 1; it leaves both terms, the
    # logarithm and the logit, by the same amount, and so the difference stays.
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(y * log_p)
    ### END SOLUTION


# %% [markdown]
# By hand: with $p = \tfrac18, \tfrac28, \tfrac58$ and the second class right, $C = -\log \tfrac14 = \log 4$. A network that is sure (1000)
# of the wrong one of two classes pays 1000.

# %%
first = cross_entropy(np.array([[0.0, np.log(2), np.log(5)]]), np.array([[0.0, 1.0, 0.0]]))
second = cross_entropy(np.array([[1000.0, 0.0]]), np.array([[0.0, 1.0]]))
print("yours:  ", np.round([first, second], 3))
print("by hand:", np.round([np.log(4), 1000], 3))

# %% check="cross_entropy"
report = bp.check("cross_entropy", cross_entropy)
display(report)
report.points

# %% [markdown]
# ## `softmax_gradients`
#
# A sigmoid layer and then logits: `x` `(N, n_in)`, `y` `(N, n_out)`, `W1` `(n_in, h)`, `b1` `(h,)`, `W2` `(h, n_out)`, `b2` `(n_out,)`.
# Return `(dW1, db1, dW2, db2)`, each in the shape of its variable, for the cost summed over the batch
#
# $$C = -\sum_{n, j} y_{nj} \log p_{nj} , \qquad p = \operatorname{softmax}\bigl(\sigma(x W_1 + b_1)\, W_2 + b_2\bigr) .$$


# %% question="softmax_gradients"
def softmax_gradients(x, y, W1, b1, W2, b2):
    """(dW1, db1, dW2, db2) of C = −Σ y log p: x (N, n_in), y (N, n_out), W1 (n_in, h), b1 (h,), W2
    (h, n_out), b2 (n_out,).
    """
    ### BEGIN SOLUTION
    # Why: ∂C/∂z = p − y is the whole output error. The logarithm's 1/p cancels against the p in the
    # softmax's slope, so a further p (1 − p) would count that slope twice. Below it nothing is new:
    # the hidden layer is a sigmoid and keeps its σ′.
    a1 = bp.sigmoid.f(x @ W1 + b1)
    z2 = a1 @ W2 + b2
    e = np.exp(z2 - z2.max(axis=1, keepdims=True))
    delta2 = e / e.sum(axis=1, keepdims=True) - y
    delta1 = delta2 @ W2.T * a1 * (1 - a1)
    return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# By hand: the input is 0, so both hidden units are at $\tfrac12$; `W2` sends them to logits $0, \ln 2, \ln 5$, so
# $p = \tfrac18, \tfrac28, \tfrac58$. With the second class right, $p - y = \tfrac18, -\tfrac68, \tfrac58$, and each hidden unit hands on
# half of it.

# %%
W2 = np.array([[0.0, np.log(2), np.log(5)], [0.0, np.log(2), np.log(5)]])
x, y = np.zeros((1, 1)), np.array([[0.0, 1.0, 0.0]])
dW1, db1, dW2, db2 = softmax_gradients(x, y, np.zeros((1, 2)), np.zeros(2), W2, np.zeros(3))
print("your db2:", np.round(db2, 6))
print("by hand: ", np.array([1 / 8, -6 / 8, 5 / 8]))
print("your dW2:\n", np.round(dW2, 6))
print("by hand:\n", np.array([[1 / 16, -6 / 16, 5 / 16]] * 2))

# %% check="softmax_gradients"
report = bp.check("softmax_gradients", softmax_gradients)
display(report)
report.points

# %% [markdown]
# ## `shared_bias_gradient`
#
# In our copy of the lecture notes of 23 April 2024 a layer has one single bias number $b$, added to every unit of every example:
# $z_{nj} = (a^{\text{in}} W)_{nj} + b$. For any `delta` = $\partial C/\partial z$ of shape `(N, n_out)`, of whatever cost $C$, return
# $\partial C/\partial b$ as one number.


# %% question="shared_bias_gradient"
def shared_bias_gradient(delta):
    """∂C/∂b for one bias that the whole layer shares: delta is (N, n_out); returns one number."""
    ### BEGIN SOLUTION
    # Why: this b enters every z with the factor 1, so its slope collects every δ, over the units as
    # well as over the examples. For a bias a unit the sum over the units would be the mistake; here
    # it is the rule.
    return delta.sum()
    ### END SOLUTION


# %% [markdown]
# By hand, first for some `delta`, then for one that comes from softmax and cross-entropy, $p - y$ from above. Predict the second before you
# run the cell, and remember what a common shift does to softmax.

# %%
print("yours:  ", np.round(shared_bias_gradient(np.array([[1.0, 2.0], [3.0, -1.0]])), 6))
print("by hand:", 1.0 + 2 + 3 - 1)
print("yours, for p − y:", np.round(abs(shared_bias_gradient(np.array([[1 / 8, -6 / 8, 5 / 8]]))), 6))

# %% check="shared_bias_gradient"
report = bp.check("shared_bias_gradient", shared_bias_gradient)
display(report)
report.points

# %% [markdown]
# Every row of $p - y$ sums to 0, so a bias shared by the output layer never gets a gradient: it can never learn (slip 3). With a bias a
# unit there is no such trouble.
#
# ## What goes wrong when σ′ is kept where it cancels
#
# Take one example whose network is sure of the wrong class, and leave the weights out of it: descend on the three logits themselves, once
# with $\delta = p - y$ and once with the slope $p(1 - p)$ kept. Predict: which of the two gets out?


# %%
def costs_of_descent(keep_the_slope, steps=60, eta=0.5):
    z, y, costs = np.array([[8.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]]), []
    for _ in range(steps):
        costs.append(cross_entropy(z, y))
        p = softmax(z)
        z = z - eta * (p - y) * (p * (1 - p) if keep_the_slope else 1)
    return costs


# %%
right, kept = costs_of_descent(False), costs_of_descent(True)
fig, ax = draw.figure()
draw.history(ax, right, "p − y")
draw.history(ax, kept, "slope kept", draw.ORANGE)
falls = f"With p − y the cost falls from {right[0]:.1f} to {right[-1]:.1f} in 60 steps"
draw.show(fig, f"{falls}; with the slope kept it stays at {kept[-1]:.1f}.")
print(f"after 60 steps: {right[-1]:.3g} with p − y, {kept[-1]:.3g} with the slope kept")

# %% [markdown]
# The more wrong the network, the flatter its softmax, and the kept slope multiplies the error by that flatness. The cost was chosen so that
# this factor cancels: being sure and wrong is when the push is largest.
