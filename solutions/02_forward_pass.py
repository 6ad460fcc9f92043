# %% [markdown]
# # Exercise 02: a layer forward, and from columns to rows
#
# Lesson 02 went from sums over nodes to rows to columns. Here you write one layer for a whole batch, and the bridge between the two ways of
# laying out the numbers.
#
# Each check says which mistake was made; `bp.hint("layer_forward")` helps on, one step a call. When a class is graded, `bp.forward`,
# `bp.predict`, `bp.gradients`, `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and
# `bp.notation` are withheld; `bp.sigmoid` stays.

# %%
import numpy as np

import backprop as bp

# %% [markdown]
# ## One layer: `layer_forward`
#
# A layer takes a batch `a_in` of shape `(N, n_in)`, one example a row, and has weights `W` of shape `(n_in, n_out)`, with `W[i, j]` from
# unit i to unit j, and biases `b` of shape `(n_out,)`. Return both `z` and `a`, each `(N, n_out)`:
#
# $$z_j = \sum_i a^{\text{in}}_i\, W_{ij} + b_j , \qquad a_j = \sigma(z_j) \qquad \text{for every example.}$$


# %% question="layer_forward"
def layer_forward(a_in, W, b):
    """(z, a) of a sigmoid layer: a_in (N, n_in), W (n_in, n_out), b (n_out,); z and a are both
    (N, n_out).
    """
    ### BEGIN SOLUTION
    # Why: the sum runs over i, which is the last index of a_in and the first of W, and that is what
    # `a_in @ W` does, for every row at once. NumPy adds b to each row. z is returned beside a
    # because the way back needs the slope at z.
    z = a_in @ W + b
    return z, bp.sigmoid.f(z)
    ### END SOLUTION


# %% [markdown]
# By hand, two examples through a layer from 2 units to 3. The first row of z is $1 \cdot (1, 0, -1) + 2 \cdot (0, 1, 1) + (0, -2, 0)$.

# %%
a_in = np.array([[1.0, 2.0], [3.0, 1.0]])
W = np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 1.0]])
b = np.array([0.0, -3.0, 2.0])
z, a = layer_forward(a_in, W, b)
print("your z:\n", np.round(z, 6))
print("by hand:\n", np.array([[1.0, -1.0, 3.0], [3.0, -2.0, 0.0]]))
print("your a, last example:", np.round(a[1], 4))
print("by hand:              [0.9526 0.1192 0.5   ]")

# %% check="layer_forward"
report = bp.check("layer_forward", layer_forward)
display(report)
report.points

# %% [markdown]
# ## The bridge: `columns_to_rows`
#
# Many texts write $Z = WX + b$ with one example a *column*: `X` is `(n_in, N)`, `W` is `(n_out, n_in)` ("to j from k") and `b` is
# `(n_out, 1)`. Return `(x, W_rows, b_rows)` of shapes `(N, n_in)`, `(n_in, n_out)` and `(n_out,)` such that `x @ W_rows + b_rows` holds the
# same numbers as `W @ X + b`, one example a *row*.


# %% question="columns_to_rows"
def columns_to_rows(X, W, b):
    """(x, W_rows, b_rows) with x @ W_rows + b_rows = (W @ X + b).T: X (n_in, N), W (n_out, n_in), b
    (n_out, 1).
    """
    ### BEGIN SOLUTION
    # Why: the transpose of a product is the product of the transposes in the other order, (W X)ᵀ =
    # Xᵀ Wᵀ. The bias loses its second axis: a row of n_out numbers is added to every row, while a
    # column (n_out, 1) would be added to the wrong axis.
    return X.T, W.T, b[:, 0]
    ### END SOLUTION


# %% [markdown]
# By hand: two examples, three inputs, one unit.
# $Z = (1 \cdot 1 + 2 \cdot 0 + 3 \cdot 1 + 10,\ \ 1 \cdot 0 + 2 \cdot 1 + 3 \cdot 1 + 10) = (14, 15)$, and in rows that is a column.

# %%
X = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
W, b = np.array([[1.0, 2.0, 3.0]]), np.array([[10.0]])
x, W_rows, b_rows = columns_to_rows(X, W, b)
print("your shapes:", np.shape(x), np.shape(W_rows), np.shape(b_rows))
print("by hand:     (2, 3) (3, 1) (1,)")
print("your rows:", np.round(x @ W_rows + b_rows, 6).tolist())
print("by hand:  ", [[14.0], [15.0]])

# %% check="columns_to_rows"
report = bp.check("columns_to_rows", columns_to_rows)
display(report)
report.points
