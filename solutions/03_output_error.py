# %% [markdown]
# # Exercise 03: the error of the output layer
#
# Lesson 03 named the error: $\delta = \partial C/\partial z$, how much the cost changes when the sum that enters a unit changes. This is
# equation (1), the place where every backward pass begins.
#
# The check says which mistake was made; `bp.hint("output_error")` helps on, one step a call. When a class is graded, `bp.gradients`,
# `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are withheld;
# `bp.sigmoid` and the costs stay.

# %%
import numpy as np

import backprop as bp

# %% [markdown]
# ## `output_error`
#
# The output layer has sums `z` of shape `(N, n_out)` and answers $a = \sigma(z)$; the targets `y` have the same shape and the cost is
# $C = \tfrac12 \sum (a - y)^2$, over all examples and outputs. Return `delta` = $\partial C/\partial z$, again `(N, n_out)`:
#
# $$\delta = \frac{\partial C}{\partial a} \odot \sigma'(z) .$$


# %% question="output_error"
def output_error(z, y):
    """delta = ∂C/∂z of C = ½ Σ (σ(z) − y)²: z and y are (N, n_out), and so is delta."""
    ### BEGIN SOLUTION
    # Why: z_j reaches the cost through a_j alone, so there is one path and one product: ∂C/∂a = a −
    # y (the 2 and the ½ cancel), times σ′(z) = a (1 − a). No unit meets another, so the product is
    # element by element.
    a = bp.sigmoid.f(z)
    return (a - y) * a * (1 - a)
    ### END SOLUTION


# %% [markdown]
# By hand, with $\sigma(0) = \tfrac12$ and $\sigma(\ln 3) = \tfrac34$, targets 1 and 0: the errors $a - y$ are $-\tfrac12$ and $\tfrac34$,
# the slopes $\tfrac14$ and $\tfrac{3}{16}$.

# %%
z, y = np.array([[0.0, np.log(3)]]), np.array([[1.0, 0.0]])
print("yours:  ", np.round(output_error(z, y), 6))
print("by hand:", np.array([[-1 / 8, 9 / 64]]))

# %% check="output_error"
report = bp.check("output_error", output_error)
display(report)
report.points

# %% [markdown]
# ## What the slope does to a unit that is badly wrong
#
# Before you run the next cell: a unit should answer 1. For which of $z = -8, -2, 0, 2$ is its error $a - y$ largest, and for which is
# $\delta$ largest?

# %%
z = np.array([[-8.0, -2.0, 0.0, 2.0]])
y = np.ones((1, 4))
print("a − y:", np.round(bp.sigmoid.f(z) - y, 4))
print("δ:    ", np.round(output_error(z, y), 4))

# %% [markdown]
# At $z = -8$ the unit is as wrong as it can be and its $\delta$ is the smallest of the four: the sigmoid is flat there, so a small change
# of z changes nothing. That is saturation, and it is why exercise 08 uses another cost.
