# %% [markdown]
# # Exercise 04: the error of a hidden layer
#
# Lesson 04 carried the error one layer back: equation (2). You write it twice, for a whole batch and for one node with the sums written
# out, and then fill in its proof.
#
# Each check says which mistake was made; `bp.hint("hidden_error")` helps on, one step a call. When a class is graded, `bp.gradients`,
# `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are withheld;
# `bp.sigmoid` stays.

# %%
import numpy as np

import backprop as bp

# %% [markdown]
# ## For a batch: `hidden_error`
#
# A hidden sigmoid layer has sums `z` of shape `(N, n)`; the next layer has weights `W_next` of shape `(n, n_next)`, with `W_next[j, m]`
# from unit j to unit m, and its error `delta_next` of shape `(N, n_next)` is known. Return this layer's `delta` = $\partial C/\partial z$,
# shape `(N, n)`, for the cost whose error `delta_next` is (here $C = \tfrac12 \sum (a - y)^2$, and equation (2) holds for any other):
#
# $$\delta = \bigl(\delta^{\text{next}}\, W_{\text{next}}^{\mathsf T}\bigr) \odot \sigma'(z) .$$


# %% question="hidden_error"
def hidden_error(delta_next, W_next, z):
    """delta = ∂C/∂z of a hidden sigmoid layer: delta_next (N, n_next), W_next (n, n_next), z
    (N, n); delta is (N, n).
    """
    ### BEGIN SOLUTION
    # Why: unit j reaches the cost along every wire to the next layer, so its error adds up
    # W_next[j, m] δ_next[m] over m. The index that is summed is the last of delta_next and the last
    # of W_next; a product sums the first index of its right factor, hence the transpose.
    a = bp.sigmoid.f(z)
    return delta_next @ W_next.T * a * (1 - a)
    ### END SOLUTION


# %% [markdown]
# By hand, one example, three hidden units and two in the next layer: the sums over the wires are $1 \cdot 1 + 0 \cdot 2 = 1$, $-1 + 2 = 1$
# and $3 \cdot 2 = 6$; the slopes at $z = 0, \ln 3, 0$ are $\tfrac14, \tfrac{3}{16}, \tfrac14$.

# %%
delta_next = np.array([[1.0, 2.0]])
W_next = np.array([[1.0, 0.0], [-1.0, 1.0], [0.0, 3.0]])
z = np.array([[0.0, np.log(3), 0.0]])
print("yours:  ", np.round(hidden_error(delta_next, W_next, z), 6))
print("by hand:", np.array([[1 / 4, 3 / 16, 6 / 4]]))

# %% check="hidden_error"
report = bp.check("hidden_error", hidden_error)
display(report)
report.points

# %% [markdown]
# ## For one node, sums written out: `hidden_error_by_node`
#
# The same for one example and one node j, in lists: `delta_next` holds one number for each node of the next layer, `w_next[j][m]` is the
# weight from node j to node m, and `z` lists the sums of j's layer. Return node j's $\partial C/\partial z_j$ as one number, for the same
# $C$:
#
# $$\delta_j = \sigma'(z_j) \sum_m w_{jm}\, \delta^{\text{next}}_m .$$


# %% question="hidden_error_by_node"
def hidden_error_by_node(delta_next, w_next, z, j):
    """δ_j of one example: lists delta_next (n_next), w_next[j][m] from j to m, z (n), and the
    node's number j; returns one number.
    """
    ### BEGIN SOLUTION
    # Why: each m is one path from z_j to the cost, and the slopes of several paths add up. σ′(z_j)
    # stands before the sum, because every path begins with the same step, from z_j to the node's
    # own output.
    a = bp.sigmoid.f(z[j])
    return a * (1 - a) * sum(w_next[j][m] * delta_next[m] for m in range(len(delta_next)))
    ### END SOLUTION


# %% [markdown]
# The same three nodes, one at a time, should give the same three numbers.

# %%
delta_next, w_next, z = [1.0, 2.0], [[1.0, 0.0], [-1.0, 1.0], [0.0, 3.0]], [0.0, np.log(3), 0.0]
print("yours:  ", np.round([hidden_error_by_node(delta_next, w_next, z, j) for j in range(3)], 6))
print("by hand:", np.array([1 / 4, 3 / 16, 6 / 4]))

# %% check="hidden_error_by_node"
report = bp.check("hidden_error_by_node", hidden_error_by_node)
display(report)
report.points

# %% [markdown]
# ## The proof of (2), with lines to fill in
#
# One example. The hidden layer has sums $z$, shape `(n,)`, and outputs $\sigma(z)$; the next layer has $W$, `(n, n_next)`, $b$ and $z'$,
# both `(n_next,)`; its error is $d$, with $d_m = \partial C/\partial z'_m$, also `(n_next,)`.
#
# - (a) By definition $\delta_j = \partial C/\partial z_j$.
# - (b) From $z_j$ every path to $C$ leads through one of the $z'_m$, and slopes of several paths add up:
#   $\delta_j = \sum_m \frac{\partial C}{\partial z'_m} \frac{\partial z'_m}{\partial z_j} = \sum_m d_m \frac{\partial z'_m}{\partial z_j}$.
# - (c) How does $z'$ come from $z$? Write all of it, shape `(n_next,)`.
# - (d) Differentiate (c) by $z_j$: all terms whose index is not j fall away. Write $\partial z'_m/\partial z_j$ for all m, shape
#   `(n_next,)`.
# - (e) Put (d) into (b): write $\delta_j$, one number.
# - (f) Write $\delta$ for all j at once, shape `(n,)`, without a loop.
#
# Each line is a function of the same point. Put an expression in the place of each pair of dots; any expression with the right value holds.
# `s` is $\sigma$ and `ds` its slope, both element by element.

# %%
s = bp.sigmoid.f


def ds(z):
    return s(z) * (1 - s(z))


# %% answer="proof_of_2"
proof_lines = {
    "(c)": lambda z, W, b, d, j: ...,
    "(d)": lambda z, W, b, d, j: ...,
    "(e)": lambda z, W, b, d, j: ...,
    "(f)": lambda z, W, b, d, j: ...,
}
### BEGIN SOLUTION
# Why: (d) is where the proof happens. Of the sum in (c) only the term with index j depends on z_j,
# and it is σ(z_j) W_jm: row j of W. In (e) that row meets d, so all rows at once are W @ d, which
# for examples as rows is written d @ W.T.
proof_lines = {
    "(c)": lambda z, W, b, d, j: s(z) @ W + b,
    "(d)": lambda z, W, b, d, j: W[j] * ds(z[j]),
    "(e)": lambda z, W, b, d, j: ds(z[j]) * sum(W[j, m] * d[m] for m in range(len(d))),
    "(f)": lambda z, W, b, d, j: d @ W.T * ds(z),
}
### END SOLUTION

# %% [markdown]
# The true values come from the network itself and from two nudges, at random points; no formula of the proof is used. With $C = d \cdot z'$
# the slope of $C$ by $z'$ is $d$, as it should be.


# %%
def z_next(z, W, b):
    hidden, following = bp.Layer(np.eye(len(z)), 0 * z, bp.sigmoid), bp.Layer(W, b, bp.identity)
    return bp.forward([hidden, following], z[None])[-1].z[0]


def measured(z, W, b, d, j):
    by_nudges = bp.central_difference(lambda z: d @ z_next(z, W, b), z)
    one_column = [bp.central_difference(lambda z, m=m: z_next(z, W, b)[m], z)[j] for m in range(len(d))]
    return {"(c)": z_next(z, W, b), "(d)": one_column, "(e)": by_nudges[j], "(f)": by_nudges}


# %%
from backprop import proof


def random_point(rng):
    z, W = rng.normal(size=3), rng.normal(size=(3, 2))
    return z, W, rng.normal(size=2), rng.normal(size=2), rng.integers(3)


proof.compare(proof_lines, measured, random_point)
