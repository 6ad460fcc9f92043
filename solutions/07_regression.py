# %% [markdown]
# # Exercise 07: regression
#
# The output is a number now, not a yes or no: the output layer is the identity, the hidden layer a tanh, and the cost a mean. At the end
# your gradients fit a noisy curve and the fuel use of 392 cars.
#
# The check says which mistake was made; `bp.hint("regression_gradients")` helps on, one step a call. When a class is graded,
# `bp.gradients`, `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are
# withheld; `bp.tanh` stays.

# %%
import numpy as np

import backprop as bp
from backprop import draw

# %% [markdown]
# ## `regression_gradients`
#
# A tanh layer and an identity layer take `x` `(N, n_in)` to $\hat y$ and are held against `y` `(N, n_out)`, with `W1` `(n_in, h)`, `b1`
# `(h,)`, `W2` `(h, n_out)`, `b2` `(n_out,)`. Return `(dW1, db1, dW2, db2)`, each in the shape of its variable, for the mean over the N
# examples (not over the outputs)
#
# $$C = \frac1N \sum_{n, j} (\hat y_{nj} - y_{nj})^2 , \qquad \hat y = \tanh(x W_1 + b_1)\, W_2 + b_2 .$$


# %% question="regression_gradients"
def regression_gradients(x, y, W1, b1, W2, b2):
    """(dW1, db1, dW2, db2) of C = 1/N Σ (ŷ − y)²: x (N, n_in), y (N, n_out), W1 (n_in, h), b1 (h,),
    W2 (h, n_out), b2 (n_out,).
    """
    ### BEGIN SOLUTION
    # Why: this cost has no ½, so the 2 of the square stays, and its 1/N goes into the first error
    # and from there into everything. The identity's slope is 1, so the output error has no σ′; the
    # hidden one has tanh′ = 1 − a². A bias meets no input, hence no x in db1.
    a1 = np.tanh(x @ W1 + b1)
    delta2 = 2 / len(x) * (a1 @ W2 + b2 - y)
    delta1 = delta2 @ W2.T * (1 - a1**2)
    return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# By hand: $\tanh(\ln 2) = \tfrac35$, whose slope is $1 - \tfrac{9}{25} = \tfrac{16}{25}$. Two examples, $x = 0$ and $1$, through one hidden
# unit with $w_1 = \ln 2$ and then $w_2 = 5$: the answers are 0 and 3, the targets 1 and 1. So $\tfrac2N(\hat y - y)$ is $-1$ and $2$.

# %%
x, y = np.array([[0.0], [1.0]]), np.array([[1.0], [1.0]])
grads = regression_gradients(x, y, np.array([[np.log(2)]]), np.zeros(1), np.array([[5.0]]), np.zeros(1))
print("yours:  ", [np.round(g, 6).tolist() for g in grads])
print("by hand:", [[[2 * 5 * 16 / 25]], [round(-1 * 5 + 2 * 5 * 16 / 25, 6)], [[2 * 3 / 5]], [-1.0 + 2]])

# %% check="regression_gradients"
report = bp.check("regression_gradients", regression_gradients)
display(report)
report.points

# %% [markdown]
# ## Your gradients at work: a noisy curve, and cars
#
# The curve has one input and one output. The cars have six measurements (cylinders, displacement, horsepower, weight, acceleration, model
# year) and one number to predict, miles per gallon, all scaled to mean 0 and standard deviation 1; every fourth car is held out. Predict:
# can eight tanh units follow one whole wave of a sine?


# %% tags=["demo"]
def train(x, y, spread, eta, steps):
    rng = np.random.default_rng(1)
    W1, W2 = rng.normal(0, spread, (x.shape[1], 8)), rng.normal(0, 8**-0.5, (8, 1))
    params = W1, np.zeros(8), W2, np.zeros(1)
    for _ in range(steps):
        grads = regression_gradients(x, y, *params)
        params = [p - eta * g for p, g in zip(params, grads, strict=True)]
    W1, b1, W2, b2 = params
    return [bp.Layer(W1, b1, bp.tanh), bp.Layer(W2, b2, bp.identity)]


# %% tags=["demo"]
x, y = bp.data.noisy_curve()
curve_net = train(x, y, spread=2.0, eta=0.1, steps=4000)
cars_x, cars_y = bp.data.regression_table()
held_out = np.arange(len(cars_x)) % 4 == 0
cars_net = train(cars_x[~held_out], cars_y[~held_out], spread=0.4, eta=0.1, steps=1000)
predicted, measured = bp.predict(cars_net, cars_x[held_out]), cars_y[held_out]
left_over = f"{np.mean((predicted - measured) ** 2) / np.var(measured):.0%}"
print("of the variance of the cars it had not seen,", left_over, "are left over")

# %% tags=["demo"]
fig, (left, right) = draw.figure(columns=2, width=9)
draw.plain(left, "x", "y", title="the curve")
left.plot(x, y, ".", color=draw.GREY)
left.plot(x, bp.predict(curve_net, x), color=draw.BLUE, linewidth=2)
draw.plain(right, "measured", "predicted", title="98 cars it had not seen")
right.plot(measured, measured, color=draw.FAINT)
right.plot(measured, predicted, ".", color=draw.BLUE)
curve = "Left: the fitted line follows one wave through noisy points."
draw.show(fig, f"{curve} Right: predictions near the diagonal, {left_over} left over.")
