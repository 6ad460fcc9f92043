# %% [markdown]
# # Exercise 05: from the error to the gradients of bias and weight
#
# Once a layer's $\delta = \partial C/\partial z$ is known, the way to its parameters is short: equations (3) and (4).
#
# Each check says which mistake was made; `bp.hint("bias_gradient")` helps on, one step a call. When a class is graded, `bp.gradients`,
# `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are withheld.

# %%
import numpy as np

import backprop as bp

# %% [markdown]
# ## Equation (3): `bias_gradient`
#
# A layer has one bias a unit, `b` of shape `(n_out,)`, added to every example's $z = a^{\text{in}} W + b$; its error `delta` =
# $\partial C/\partial z$ is `(N, n_out)`, for whatever cost $C$ is summed over the batch. Return `db` = $\partial C/\partial b$ in the
# shape of `b`.


# %% question="bias_gradient"
def bias_gradient(delta):
    """db = ∂C/∂b: delta is (N, n_out), db is (n_out,)."""
    ### BEGIN SOLUTION
    # Why: b_j enters z_j of every example with the factor 1, so its slope collects δ_j of every
    # example. Units are not mixed, because each has a bias of its own; a mean instead of the sum
    # would belong to a cost with a 1/N in it, and then δ already carries it.
    return delta.sum(axis=0)
    ### END SOLUTION


# %% [markdown]
# By hand, two examples and three units: each unit adds up its own column.

# %%
delta = np.array([[1.0, 2.0, 0.5], [3.0, -1.0, 0.25]])
print("yours:  ", np.round(bias_gradient(delta), 6))
print("by hand:", np.array([1 + 3, 2 - 1, 0.5 + 0.25]))

# %% check="bias_gradient"
report = bp.check("bias_gradient", bias_gradient)
display(report)
report.points

# %% [markdown]
# ## Equation (4): `weight_gradient`
#
# The same layer takes `a_in` of shape `(N, n_in)` and has weights `W` of shape `(n_in, n_out)`, with `W[i, j]` from unit i to unit j.
# Return `dW` = $\partial C/\partial W$ in the shape of `W`: activation in times error out, added up over the examples,
#
# $$\frac{\partial C}{\partial W_{ij}} = \sum_{n=1}^{N} a^{\text{in}}_{ni}\, \delta_{nj} .$$


# %% question="weight_gradient"
def weight_gradient(a_in, delta):
    """dW = ∂C/∂W: a_in is (N, n_in), delta is (N, n_out), dW is (n_in, n_out)."""
    ### BEGIN SOLUTION
    # Why: the index that is summed is n, the examples, and it is the first of both arrays. A matrix
    # product sums the last index of its left factor, so a_in is transposed and delta is not: i
    # stays in front, as in W[i, j].
    return a_in.T @ delta
    ### END SOLUTION


# %% [markdown]
# By hand: row i of `dW` says what unit i had to do with it. The first unit was 1 and 0, so its row is the first example's delta; the second
# was 0 and 1; the third was 2 and 1.

# %%
a_in = np.array([[1.0, 0.0, 2.0, 0.0], [0.0, 1.0, 1.0, 0.0]])
delta = np.array([[1.0, 2.0], [3.0, -1.0]])
print("yours:\n", np.round(weight_gradient(a_in, delta), 6))
print("by hand:\n", np.array([[1.0, 2.0], [3.0, -1.0], [5.0, 3.0], [0.0, 0.0]]))

# %% [markdown]
# The last unit was 0 for both examples, and its weights get no gradient at all: a weight fed by a low activation learns slowly.

# %% check="weight_gradient"
report = bp.check("weight_gradient", weight_gradient)
display(report)
report.points
