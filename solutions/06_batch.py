# %% [markdown]
# # Exercise 06: a batch through two layers, and a step
#
# All four equations in one function, for a batch, and then the step that makes the cost smaller. At the end your two functions train a
# network on handwritten digits.
#
# Each check says which mistake was made; `bp.hint("two_layer_gradients")` helps on, one step a call. When a class is graded,
# `bp.gradients`, `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are
# withheld; `bp.sigmoid` stays.

# %%
import numpy as np

import backprop as bp
from backprop import draw

# %% [markdown]
# ## `two_layer_gradients`
#
# Two sigmoid layers take `x` `(N, n_in)` to $a_2$ and are held against `y` `(N, n_out)`, with `W1` `(n_in, h)`, `b1` `(h,)`, `W2`
# `(h, n_out)`, `b2` `(n_out,)`. Return `(dW1, db1, dW2, db2)`, each in the shape of its variable, for the cost without any 1/N
#
# $$C = \tfrac12 \sum_{n, j} (a_{2,nj} - y_{nj})^2 , \qquad a_2 = \sigma\bigl(\sigma(x W_1 + b_1)\, W_2 + b_2\bigr) .$$


# %% question="two_layer_gradients"
def two_layer_gradients(x, y, W1, b1, W2, b2):
    """(dW1, db1, dW2, db2) of C = ½ Σ (a2 − y)²: x (N, n_in), y (N, n_out), W1 (n_in, h), b1 (h,),
    W2 (h, n_out), b2 (n_out,).
    """
    ### BEGIN SOLUTION
    # Why: the way back needs what the way forward computed, so a1 and a2 are kept. Both errors are
    # ∂C/∂z of their own layer, and each gradient is "activation in × error out" with the activation
    # that entered that layer: a1 for W2, x for W1. Sums over the batch come from the products,
    # because C itself is a sum over the batch.
    a1 = bp.sigmoid.f(x @ W1 + b1)
    a2 = bp.sigmoid.f(a1 @ W2 + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)  # (1)
    delta1 = delta2 @ W2.T * a1 * (1 - a1)  # (2)
    return x.T @ delta1, delta1.sum(axis=0), a1.T @ delta2, delta2.sum(axis=0)  # (4), (3), (4), (3)
    ### END SOLUTION


# %% [markdown]
# By hand: one input 0 into two hidden units, both at $\sigma(0) = \tfrac12$, and with $W_2 = (\ln 3, \ln 3)$ the output is
# $\sigma(\ln 3) = \tfrac34$. The target is 1, so $\delta_2 = -\tfrac14 \cdot \tfrac{3}{16} = -\tfrac{3}{64}$. Since the input is 0, `dW1`
# is 0 whatever the error: a weight fed by nothing learns nothing.

# %%
params = np.zeros((1, 2)), np.zeros(2), np.full((2, 1), np.log(3)), np.zeros(1)
dW1, db1, dW2, db2 = two_layer_gradients(np.zeros((1, 1)), np.ones((1, 1)), *params)
print("your dW2, db2:", np.round(dW2.ravel(), 6), np.round(db2, 6))
print("by hand:      ", np.round([-3 / 128, -3 / 128], 6), np.array([-3 / 64]))
print("your db1:", np.round(db1, 6))
print("by hand: ", np.round(-3 / 64 * np.log(3) / 4 * np.ones(2), 6))

# %% check="two_layer_gradients"
report = bp.check("two_layer_gradients", two_layer_gradients)
display(report)
report.points

# %% [markdown]
# ## `gradient_step`
#
# `params` and `grads` are tuples of arrays of the same shapes, in the same order; `eta` is the learning rate $\eta$. Return a new tuple
# with $\theta - \eta\, \partial C/\partial \theta$ for each, whatever the cost $C$, and leave both inputs as they are.


# %% question="gradient_step"
def gradient_step(params, grads, eta):
    """A new tuple with p − eta · g for every p in params and g in grads, arrays of equal shapes;
    the inputs stay untouched.
    """
    ### BEGIN SOLUTION
    # Why: the gradient points uphill, so the step goes against it. `p -= eta * g` would write into
    # the caller's arrays, and then the weights from before the step, which somebody may still need,
    # are gone.
    return tuple(p - eta * g for p, g in zip(params, grads, strict=True))
    ### END SOLUTION


# %% [markdown]
# By hand: $1 - 0.1 \cdot 10 = 0$, $2 - 0.1 \cdot (-10) = 3$ and $5 - 0.1 \cdot 0 = 5$.

# %%
before = np.array([1.0, 2.0]), np.array([[5.0]])
after = gradient_step(before, (np.array([10.0, -10.0]), np.array([[0.0]])), 0.1)
print("yours:  ", [p.tolist() for p in after])
print("by hand:", [[0.0, 3.0], [[5.0]]])
print("the old ones still are", [p.tolist() for p in before])

# %% check="gradient_step"
report = bp.check("gradient_step", gradient_step)
display(report)
report.points

# %% [markdown]
# ## Your gradients at work: handwritten digits
#
# 1,797 images of 8 × 8 pixels, ten classes. The network has 64 inputs, 20 hidden units and one output for each digit; it is trained on all
# but the last 360 images, which it never sees before the end. Predict: of those 360, how many will it read correctly after 300 steps?

# %% tags=["demo"]
x, y = bp.data.digits()
rng = np.random.default_rng(0)
params = rng.normal(0, 1 / 8, (64, 20)), np.zeros(20), rng.normal(0, 20**-0.5, (20, 10)), np.zeros(10)
costs = []
for _ in range(300):
    net = [bp.Layer(*params[:2], bp.sigmoid), bp.Layer(*params[2:], bp.sigmoid)]
    costs.append(bp.half_squared_error.f(bp.predict(net, x[:-360]), y[:-360]))
    params = gradient_step(params, two_layer_gradients(x[:-360], y[:-360], *params), eta=0.005)
print(f"cost before: {costs[0]:.0f}, after: {costs[-1]:.0f}")

# %% tags=["demo"]
answers = bp.predict(net, x[-360:]).argmax(axis=1)
truths = y[-360:].argmax(axis=1)
percent = f"{np.mean(answers == truths):.0%} of the 360 images it had not seen are read correctly"
fig, (left, right) = draw.figure(columns=2, width=9, gridspec_kw={"width_ratios": [1, 2]})
draw.history(left, costs)
wrong = np.flatnonzero(answers != truths)[:8]
draw.digits(right, x[-360:][wrong], answers[wrong], truths[wrong], title="eight that it misread")
fall = f"The cost falls from {costs[0]:.0f} to {costs[-1]:.0f} in 300 steps"
draw.show(fig, f"{fall}; {percent}. Beside it eight misread images.")
print(percent)

# %% [markdown]
# Wrong gradients would have made the cost fall as well: 13 of 28 common mistakes still solve XOR. That is why the check compares gradients
# and never looks at a cost. In exercise 10 the same images come back, with another cost and a better result.
