# %% [markdown]
# # Exercise 09: any depth, with the bias absorbed
#
# One training step for a network of any number of layers, with each bias as the last row of its weights. At the end your step trains a
# network of three layers on the fuel use of 392 cars.
#
# Each check says which mistake was made; `bp.hint("fit_partial")` helps on, one step a call. When a class is graded, `bp.gradients`,
# `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are withheld;
# `bp.sigmoid` stays.

# %%
import numpy as np

import backprop as bp
from backprop import draw

# %% [markdown]
# ## `absorb_bias`
#
# From `W` `(n_in, n_out)` and `b` `(n_out,)` return one array `Wb` of shape `(n_in + 1, n_out)`, with the bias as its *last* row, such that
# `a @ W + b` equals `[a, 1] @ Wb`. (There is no cost yet.)


# %% question="absorb_bias"
def absorb_bias(W, b):
    """Wb with [a, 1] @ Wb = a @ W + b: W (n_in, n_out), b (n_out,), Wb (n_in + 1, n_out), bias
    last.
    """
    ### BEGIN SOLUTION
    # Why: the appended 1 meets the last row of Wb, so that row is added to every example, and that
    # is what a bias does.
    return np.vstack([W, b])
    ### END SOLUTION


# %% [markdown]
# By hand: one example (1, 2), so $z = (1 \cdot 1 + 2 \cdot 0 + 10,\ \ 1 \cdot 0 + 2 \cdot 3 + 20)$.

# %%
W, b = np.array([[1.0, 0.0], [0.0, 3.0]]), np.array([10.0, 20.0])
print("yours:  ", np.array([[1.0, 2.0, 1.0]]) @ absorb_bias(W, b))
print("by hand:", np.array([[11.0, 26.0]]))

# %% check="absorb_bias"
report = bp.check("absorb_bias", absorb_bias)
display(report)
report.points

# %% [markdown]
# ## `fit_partial`
#
# `W` is a list of arrays `(n_in + 1, n_out)`, one a layer, all sigmoid; `x` is `(n_in,)` or `(N, n_in)` and `y` is `(n_out,)` or
# `(N, n_out)`. Append the 1 to `x` and to every hidden layer's output, and return a new list with $W^k - \alpha\, \partial C/\partial W^k$
# for every layer, leaving the old list as it is, for the cost without any 1/N
#
# $$C = \tfrac12 \sum_{n, j} (a^L_{nj} - y_{nj})^2 .$$
#
# Every $\delta$ comes from the old weights.


# %% question="fit_partial"
def fit_partial(W, x, y, alpha):
    """A new list of W after one step on C = ½ Σ (a − y)²: W (n_in + 1, n_out) each, x (n_in,) or
    (N, n_in), y likewise.
    """
    ### BEGIN SOLUTION
    # Why: the 1 is an input without a past, no weight leads to it, so its row is dropped on the way
    # back, and it is the last row because that is where it was put. The error goes back through the
    # old Wk: the new one belongs to a network that gave other answers.
    a, y = np.atleast_2d(x), np.atleast_2d(y)
    inputs = []
    for Wk in W:
        inputs.append(np.hstack([a, np.ones((len(a), 1))]))
        a = bp.sigmoid.f(inputs[-1] @ Wk)
    delta, new = (a - y) * a * (1 - a), []  # (1)
    for Wk, a_in in zip(reversed(W), reversed(inputs), strict=True):
        new.append(Wk - alpha * a_in.T @ delta)  # (3) and (4) at once
        below = a_in[:, :-1]
        delta = delta @ Wk[:-1].T * below * (1 - below)  # (2)
    return new[::-1]
    ### END SOLUTION


# %% [markdown]
# By hand: one input 0, one hidden unit at $\sigma(0) = \tfrac12$, whose weight $2 \ln 3$ takes the output to $\sigma(\ln 3) = \tfrac34$.
# The target is 1, so $\delta^2 = -\tfrac14 \cdot \tfrac{3}{16} = -\tfrac{3}{64}$ and $\delta^1 = \delta^2 \cdot 2 \ln 3 \cdot \tfrac14$.
# With $\alpha = 64$ the numbers stay round.

# %%
old = [np.zeros((2, 1)), np.array([[2 * np.log(3)], [0.0]])]
new = fit_partial(old, np.array([0.0]), np.array([1.0]), alpha=64.0)
print("yours:  ", [np.round(Wk.ravel(), 5).tolist() for Wk in new])
print("by hand:", [np.round(Wk, 5).tolist() for Wk in ([0.0, 1.5 * np.log(3)], [2 * np.log(3) + 1.5, 3.0])])

# %% check="fit_partial"
report = bp.check("fit_partial", fit_partial)
display(report)
report.points

# %% [markdown]
# ## Your step at work: three layers and 392 cars
#
# Six measurements of a car, 6 hidden units, 4 more, and one output between 0 and 1: miles per gallon, from the thirstiest car to the most
# frugal. Every fourth car is held out, the same ones as in exercise 07. Predict: will three layers do better than the two layers there did?

# %% tags=["demo"]
x, y = bp.data.regression_table()
y = (y - y.min()) / (y.max() - y.min())
held_out = np.arange(len(x)) % 4 == 0
rng = np.random.default_rng(0)
sizes = [(6, 6), (6, 4), (4, 1)]
W = [absorb_bias(rng.normal(0, 0.6, size), np.zeros(size[1])) for size in sizes]
costs = []
for _ in range(1000):
    net = [bp.Layer(Wk[:-1], Wk[-1], bp.sigmoid) for Wk in W]
    costs.append(bp.half_squared_error.f(bp.predict(net, x[~held_out]), y[~held_out]))
    W = fit_partial(W, x[~held_out], y[~held_out], alpha=0.02)
print(f"cost before: {costs[0]:.3g}, after: {costs[-1]:.3g}")

# %% tags=["demo"]
predicted, measured = bp.predict(net, x[held_out]), y[held_out]
left_over = f"{np.mean((predicted - measured) ** 2) / np.var(measured):.0%}"
fig, (left, right) = draw.figure(columns=2, width=9)
draw.history(left, costs)
draw.plain(right, "measured", "predicted", title="98 cars it had not seen")
right.plot([0, 1], [0, 1], color=draw.FAINT)
right.plot(measured, predicted, ".", color=draw.BLUE)
alt = "Left: the cost of 1000 steps. Right: predictions near the diagonal"
draw.show(fig, f"{alt}; {left_over} of the variance is left over.")
print("of the variance of the cars it had not seen,", left_over, "are left over")

# %% [markdown]
# About as well as two layers did: these cars do not need the depth. What the depth costs is speed, because an error that passes two hidden
# layers is multiplied twice by a slope of at most ¼; lesson 09 shows how little of it reaches the first layer.
