# %% [markdown]
# # 9 · Any depth, bias absorbed
#
# **The question.** Six lines served for two layers. How many are needed for seven layers, and can the biases, which have had a line of
# their own all along, be made to disappear into the weights?
#
# Both questions have the same kind of answer: a loop, and a column of ones. And both have a place where code goes wrong without any
# complaint from the machine: a row dropped at the wrong end, a list read in the wrong order. You will see wrong code learn. At the end a
# deep network does *not* learn, with a gradient that is perfectly right.
#
# You need lesson 6 and about 45 minutes. The lesson walks the second half of the handwritten notes on the four equations (our copy names
# no author): the bias as a row of the weight matrix, and the training step that they call `fit_partial`.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

# %% [markdown]
# ## The bias is a weight from a unit that is always 1
#
# In lesson 5 the weight rule read *activation in × error out*, and the bias rule *error out*. They are one rule if the bias is the
# weight of an input that is always 1. So give every example one more input, the constant 1, and put $b$ as **one more row** under $W$:
#
# $$a\,W + b \;=\; [\,a,\;1\,]\begin{bmatrix}W\\ b\end{bmatrix} .$$
#
# Shapes: $[a, 1]$ is $(N, n_\text{in}+1)$, the stacked matrix is $(n_\text{in}+1, n_\text{out})$, and the result is $(N, n_\text{out})$
# as before. Element by element the product adds one more term, $1\cdot b_j$:
#
# $$z_{nj} = \sum_{i} a_{ni}W_{ij} + b_j = \sum_i a_{ni}W_{ij} + 1\cdot b_j .$$

# %%
net, x, y = bp.data.small_network()
rng = np.random.default_rng(9)


def with_one(a):
    return np.hstack([a, np.ones((len(a), 1))])


def absorbed(a, W, b):
    n, i, j = len(a), *W.shape
    return {
        "a W + b": a @ W + b,
        "Σ_i a_ni W_ij + 1 · b_j": [[sum(a[r, s] * W[s, c] for s in range(i)) + 1 * b[c] for c in range(j)] for r in range(n)],
        "[a, 1] [W; b]": with_one(a) @ np.vstack([W, b]),
    }


at = {
    "the running network": (x, net[0].W, net[0].b),
    "a random point": (rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)),
}
derivation.lines(absorbed, at)

# %% [markdown]
# The note writes the matrix of weights with rows $w_{j1}, w_{j2}, \dots, w_{jk}$, where $w_{jk}$ goes **to** $j$ **from** $k$ (row $j$
# holds everything that enters unit $j$), and sets the row $b_1, \dots, b_j$ under it.
#
# **Predict first.** In our letters that matrix is $W^T$, of shape (4, 3). Can the row of four biases be set under it? And what if the
# layer is square, 3 inputs and 3 units?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
W, b = net[0].W, net[0].b
derivation.slip(15, x @ W + b, lambda: with_one(x) @ np.vstack([W.T, b]))

W_square, b_square = W[:, :3], b[:3]  # the first three hidden units only: a square layer
derivation.slip(15, x @ W_square + b_square, lambda: with_one(x) @ np.vstack([W_square.T, b_square]))

# %% [markdown]
# **Slip 15.** The bias has one entry for each unit that is *entered*, and so has each row of $W$ in our convention, "from $i$": there it
# fits. Under "to $j$ from $k$" it is the columns that count the units, and the bias would have to be a **column**. With a square layer
# nothing complains, and the numbers are wrong. (Slip 14 in lesson 2 was the same mix-up without the bias.)
#
# ## The gradient of the stacked matrix
#
# Nothing new has to be derived. $[W; b]$ is a weight matrix, and $[a, 1]$ is what enters it, so by the weight rule
#
# $$\frac{\partial C}{\partial [W; b]} = [a,1]^T\delta = \begin{bmatrix} a^T\delta\\ \mathbf 1^T\delta\end{bmatrix}
# = \begin{bmatrix}\partial C/\partial W\\ \sum_\text{batch}\delta\end{bmatrix} .$$
#
# The last row is the bias rule: a row of ones times $\delta$ is the sum over the batch. Equations (3) and (4) have become one.


# %%
def stacked_gradient(a_in, delta):
    return {
        "[a, 1]ᵀ δ": with_one(a_in).T @ delta,
        "aᵀδ over 1ᵀδ": np.vstack([a_in.T @ delta, np.ones(len(a_in)) @ delta]),
        "∂C/∂W over Σ δ": np.vstack([a_in.T @ delta, delta.sum(axis=0)]),
    }


def nudged_output(a_in, delta):
    """The slope of Σ z ⊙ δ by [W; b]: δ is the slope of C by z, so this is the slope of C."""
    return bp.central_difference(lambda Wb: (with_one(a_in) @ Wb * delta).sum(), np.vstack([net[1].W, net[1].b]))


_, grads = bp.gradients(net, x, y, bp.half_squared_error)
hidden = bp.forward(net, x)[0].a_out
derivation.lines(
    stacked_gradient,
    {"output layer": (hidden, grads[1].delta), "a random point": (rng.normal(size=(5, 4)), rng.normal(size=(5, 2)))},
    nudged_output,
)

# %% [markdown]
# ## The row must go on the way back
#
# Now the hidden error, $\delta^{l} = \bigl(\delta^{l+1}(W^{l+1})^T\bigr)\odot\sigma'(z^l)$. With $[W; b]$ in place of $W$ the product
# has one column too many: an error for the unit that is always 1. But that unit has no $z$. Nothing can be handed further back through
# it, so its row is **dropped on the way back**:
#
# $$\delta^l = \bigl(\delta^{l+1}\,(\,[W;b]^{l+1}\text{ without its last row})^T\bigr)\odot\sigma'(z^l) .$$

# %%
Wb = [np.vstack([layer.W, layer.b]) for layer in net]
slope = hidden * (1 - hidden)


def hidden_error(Wb2, delta2, slope):
    whole = delta2 @ Wb2.T  # (5, 5): four units, and the constant
    return {"all columns, then drop": whole[:, :-1] * slope, "drop the last row first": delta2 @ Wb2[:-1].T * slope}


random_point = (rng.normal(size=(5, 2)), rng.normal(size=(5, 2)), rng.random((5, 4)))
derivation.lines(hidden_error, {"the running network": (Wb[1], grads[1].delta, slope), "a random point": random_point})
print("agrees with core to 1e-12:", bp.relative_error(grads[1].delta @ Wb[1][:-1].T * slope, grads[0].delta) < 1e-12)

# %% [markdown]
# **Predict first.** Two ways to get this wrong: keep the row, or drop the *first* row and keep the bias. What does each do: a wrong
# shape, or wrong numbers?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
try:
    grads[1].delta @ Wb[1].T * slope
except ValueError as error:
    print("row kept:", error)
wrong_row = grads[1].delta @ Wb[1][1:].T * slope
derivation.values(**{"example 1, last row dropped": grads[0].delta[0], "example 1, first row dropped": wrong_row[0]})
print("same shape:", wrong_row.shape == grads[0].delta.shape, "  same values:", bp.relative_error(wrong_row, grads[0].delta) < 1e-7)

# %% [markdown]
# Keeping the row is caught at once. Dropping the wrong one has the right shape, and every number is wrong. (Slip 21 of our table is a
# remark and no slip: the note's own `fit_partial` has *no* bias, three matrices of 3×3, 3×2 and 2×1, and the gradient of that network is
# right. A widely copied form of it puts a single 1 into the input and makes each hidden layer one ordinary unit wider; that is no bias
# for the layers above. Ours appends a 1 in every layer, so ours must drop.)
#
# How would you notice? Let both learn the gate *or*, with a 2-3-1 network.
#
# **Predict first.** Will the one with the wrong row learn?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
x_or, y_or = bp.data.or_()


def learn(without_bias, steps=1000, alpha=2.0):
    Wb, costs = [np.vstack([layer.W, layer.b]) for layer in bp.network([2, 3, 1], rng=2)], []
    for _ in range(steps):
        a1 = bp.sigmoid.f(with_one(x_or) @ Wb[0])
        a2 = bp.sigmoid.f(with_one(a1) @ Wb[1])
        costs.append(((a2 - y_or) ** 2).sum() / 2)
        delta2 = (a2 - y_or) * a2 * (1 - a2)
        delta1 = delta2 @ without_bias(Wb[1]).T * a1 * (1 - a1)
        Wb = [Wb[0] - alpha * with_one(x_or).T @ delta1, Wb[1] - alpha * with_one(a1).T @ delta2]
    return costs


# %% [markdown]
# Both runs, the cost on a logarithmic scale:

# %%
right, wrong = learn(lambda Wb: Wb[:-1]), learn(lambda Wb: Wb[1:])
fig, ax = draw.figure(height=2.6)
draw.history(ax, right, "last row dropped (right)", draw.BLUE, log=True)
draw.history(ax, wrong, "first row dropped (wrong)", draw.ORANGE, log=True)
draw.show(
    fig,
    "The cost of the gate or over 1000 steps on a logarithmic scale. Both curves fall from 0.42 to less than 0.001; the "
    "wrong one stays a little above the right one.",
)
for step in (0, 10, 100, 300, 999):
    print(f"step {step:3d}:  right {right[step]:.4f}   wrong {wrong[step]:.4f}")

# %% [markdown]
# It learns. Its output layer has the right gradient, and the hidden layer, moved about by a wrong one, still offers it something to work
# with. **A falling cost is no evidence for a gradient.** Only a comparison of the gradient itself catches this, and lesson 10 is about
# nothing else.
#
# ## The note's network: 3-3-2-1
#
# The note writes out a whole training step for a network of 3 inputs, layers of 3, 2 and 1 units, no biases. We take its letters for
# this part: `layer_output` is the list of all activations, beginning with the input $x$; $W^1$, $W^2$, $W^3$ are `self.W[0]`, `[1]`,
# `[2]`; one example, a row. One warning in advance: **the first layer is square**, 3×3. There a missing transpose will not show in the
# shapes, only in the numbers.

# %%
W1, W2, W3 = (rng.normal(size=shape) for shape in ((3, 3), (3, 2), (2, 1)))
x0, target, alpha = np.array([[0.9, 0.2, -0.6]]), np.array([[1.0]]), 0.5


def dsigmoid(z):
    return bp.sigmoid.f(z) * (1 - bp.sigmoid.f(z))


def outputs(W, x):
    layer_output = [x]
    for Wl in W:
        layer_output.append(bp.sigmoid.f(layer_output[-1] @ Wl))
    return layer_output


layer_output = outputs([W1, W2, W3], x0)
print("layer_output:", *(a.shape for a in layer_output), "   W:", W1.shape, W2.shape, W3.shape)

# %% [markdown]
# The derivation is equation (1) once and equation (2) twice:
#
# $$\begin{aligned}
# \delta^3 &= (a^3 - y)\odot\sigma'(z^3),\\
# \delta^2 &= \bigl(\delta^3(W^3)^T\bigr)\odot\sigma'(z^2),\\
# \delta^1 &= \bigl(\delta^2(W^2)^T\bigr)\odot\sigma'(z^1),
# \end{aligned}$$
#
# with $z^3 = a^2W^3$, $z^2 = a^1W^2$ and $z^1 = xW^1$: **the $z$ of a layer is made from what enters it**. In terms of the list:
# `layer_output[2] @ W3`, `layer_output[1] @ W2`, `layer_output[0] @ W1`. The errors of both hidden layers are held against nudges of their
# own $z$, at a random point as well.


# %%
def second_error(W1, W2, W3, x, y):
    _, a1, a2, a3 = outputs([W1, W2, W3], x)
    delta3 = (a3 - y) * dsigmoid(a2 @ W3)
    return {
        "Σ_k δ³_k W³_jk σ′(z²_j)": [[sum(delta3[0, k] * W3[j, k] for k in range(1)) * dsigmoid(a1 @ W2)[0, j] for j in range(2)]],
        "δ³(W³)ᵀ ⊙ σ′(a¹ W²)": delta3 @ W3.T * dsigmoid(a1 @ W2),
        "δ³(W³)ᵀ ⊙ a² ⊙ (1 − a²)": delta3 @ W3.T * a2 * (1 - a2),
    }


def first_error(W1, W2, W3, x, y):
    _, a1, a2, a3 = outputs([W1, W2, W3], x)
    delta2 = (a3 - y) * dsigmoid(a2 @ W3) @ W3.T * dsigmoid(a1 @ W2)
    return {
        "Σ_k δ²_k W²_jk σ′(z¹_j)": [[sum(delta2[0, k] * W2[j, k] for k in range(2)) * dsigmoid(x @ W1)[0, j] for j in range(3)]],
        "δ²(W²)ᵀ ⊙ σ′(x W¹)": delta2 @ W2.T * dsigmoid(x @ W1),
    }


# %% [markdown]
# The gauges nudge $z^2$ and $z^1$ themselves, and run what is left of the network from there.


# %%
def nudged_z2(W1, W2, W3, x, y):
    a1 = outputs([W1], x)[-1]
    return bp.central_difference(lambda z2: ((bp.sigmoid.f(bp.sigmoid.f(z2) @ W3) - y) ** 2).sum() / 2, a1 @ W2)


def nudged_z1(W1, W2, W3, x, y):
    return bp.central_difference(lambda z1: ((outputs([W2, W3], bp.sigmoid.f(z1))[-1] - y) ** 2).sum() / 2, x @ W1)


at = {
    "the 3-3-2-1 network": (W1, W2, W3, x0, target),
    "a random point": tuple(rng.normal(size=v.shape) for v in (W1, W2, W3, x0, target)),
}
derivation.lines(second_error, at, nudged_z2)
print()
derivation.lines(first_error, at, nudged_z1)

# %% [markdown]
# Now our copy. It lists the three errors as
#
# - `error * sigmoid-derivative(layer-output[-2].dot(self.W[-1]))`,
# - $\delta^3(W^3)^T\odot$ `sigmoid-derivative(layer-output[-1].dot(self.W[-1]))`,
# - $\delta^2(W^2)^T\odot$ `sigmoid-derivative(layer-output[0].dot(self.W[0]))`.
#
# Counting from the end, `[-1]` is the last entry. *Check each bracket: which layer's $z$ is it? Is it the right one?* Then, under "layer =
# 2", the same $\delta^2$ once more, with $\sigma'([a_0^2, a_1^2, a_2^2]\cdot W^2)$. *What enters $W^2$?*

# %%
delta3 = (layer_output[-1] - target) * dsigmoid(layer_output[-2] @ W3)
delta2 = delta3 @ W3.T * dsigmoid(layer_output[1] @ W2)
delta1 = delta2 @ W2.T * dsigmoid(layer_output[0] @ W1)

derivation.slip(18, delta2, lambda: delta3 @ W3.T * dsigmoid(layer_output[-1] @ W3))
derivation.slip(19, delta2, lambda: delta3 @ W3.T * dsigmoid(layer_output[2] @ W2))

# %% [markdown]
# **Slip 18.** The first and the third are right. The second is $a^3W^3$, and (1, 1) does not meet (2, 1). Needed is $z^2$:
# `layer_output[1]` times $W^2$. Negative indices count from the other end, and here one may have been copied from the line above it.
#
# **Slip 19.** What enters $W^2$ is $a^1$, which has the three components that the bracket shows; $a^2$ has two. Just below, our copy
# writes the same thing as code with `layer-output[layer-1]`, and that is right.
#
# ## Every update, written out
#
# $\partial C/\partial W^l = (a^{l-1})^T\delta^l$, an outer product. The note writes the updates column by column: the column of $W^1$
# that enters unit 0 moves against $x\,\delta^1_0$, and so on. All six columns, beside the three matrix lines:


# %%
def column_by_column(W, a_in, delta):
    return {
        "W_:j − α a δ_j, one column at a time": np.column_stack([W[:, j] - alpha * a_in[0] * delta[0, j] for j in range(W.shape[1])]),
        "W − α aᵀ δ": W - alpha * a_in.T @ delta,
    }


updates = {
    "W¹, three columns": (W1, layer_output[0], delta1),
    "W², two columns": (W2, layer_output[1], delta2),
    "W³, one column": (W3, layer_output[2], delta3),
    "a random layer": (rng.normal(size=(3, 2)), rng.normal(size=(1, 3)), rng.normal(size=(1, 2))),
}
derivation.lines(column_by_column, updates)

# %% [markdown]
# As code the note ends with three lines,
#
# $$W^3 \leftarrow W^3 - \alpha\;\texttt{layer-output[2].T.dot(layer-gradient[2])},$$
#
# and the same with 1 for $W^2$ and 0 for $W^1$. *The list `layer_gradient` was started with $\delta^3$, and $\delta^2$ and $\delta^1$
# were appended. Which error is `layer_gradient[2]`? What is the shape of the product, and what will `W3 - ...` do?*

# %%
layer_gradient = [delta3, delta2, delta1]  # in the order in which they were found

derivation.slip(20, W3 - alpha * layer_output[2].T @ delta3, lambda: W3 - alpha * layer_output[2].T @ layer_gradient[2])
derivation.slip(20, W1 - alpha * layer_output[0].T @ delta1, lambda: W1 - alpha * layer_output[0].T @ layer_gradient[0])

# %% [markdown]
# **Slip 20.** It is $\delta^1$. The lines are true once the list has been **reversed**, which our copy does not say. Without that, NumPy
# stretches a (2, 1) to a (2, 3) and $W^3$ changes its shape without a word. Worse is $W^1$: a (3, 1) is stretched over the square (3,
# 3), and the shape is right. ($\delta^2$ sits in the middle and is right either way.)
#
# ## From six lines to a loop
#
# Look at the six lines of lesson 6 again. Lines 4 to 6 are lines 1 to 3 with one difference: where the error comes from. In the output
# layer it is $\partial C/\partial a$, below it is $\delta W^T$. So for any depth: start with $\partial C/\partial a$; at each layer,
# multiply by the slope, collect, hand down. With the bias absorbed:


# %%
def fit_partial(W, x, y, alpha):
    layer_output = [with_one(x)]
    for Wl in W:
        layer_output.append(with_one(bp.sigmoid.f(layer_output[-1] @ Wl)))
    da, new = layer_output.pop()[:, :-1] - y, []  # the output needs no 1
    for Wl, a_in in zip(reversed(W), reversed(layer_output), strict=True):
        delta = da * dsigmoid(a_in @ Wl)  # (1), (2)
        new.append(Wl - alpha * a_in.T @ delta)  # (3), (4)
        da = delta @ Wl[:-1].T  # (2): the old W, without its bias row
    return new[::-1]  # found last layer first


W = [rng.normal(size=shape) for shape in ((4, 5), (6, 3), (4, 6), (7, 2))]
step, by_the_package = fit_partial(W, x, y, 0.5), bp.notes.absorbed_bias.fit_partial(W, x, y, 0.5)
for ours, theirs in zip(step, by_the_package, strict=True):
    print(ours.shape, "agrees to 1e-12:", bp.relative_error(ours, theirs) < 1e-12)

# %% [markdown]
# Four layers, and it would be the same for forty. The package's form keeps closer to the note's letters:

# %%
derivation.source(bp.notes.absorbed_bias.gradients)

# %% [markdown]
# Two orders matter in the loop. The list is reversed at the end: that was slip 20. And each layer is updated into a *new* list while
# `da` is taken from the **old** `Wl`. Whoever writes the new weights back first and then hands the error down through them is doing
# something else.
#
# **Predict first.** How large is that mistake: will you see it in three decimals?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
(W1_, W2_), step = Wb, fit_partial(Wb, x, y, 0.1)
delta2_ = (bp.predict(net, x) - y) * dsigmoid(with_one(hidden) @ W2_)
W2_new = W2_ - 0.1 * with_one(hidden).T @ delta2_
W1_new = W1_ - 0.1 * with_one(x).T @ (delta2_ @ W2_new[:-1].T * slope)  # through the updated W2

derivation.values(**{"first row of W1, right": step[0][0], "through the updated W2": W1_new[0]})
print(f"gradient of W1 off by {bp.relative_error(W1_ - W1_new, W1_ - step[0]):.1%}")

# %% [markdown]
# Of these four numbers one changes in the third decimal, and only by rounding. The error is proportional to the learning rate, so it
# shrinks as $\alpha$ does, and training goes on all the same.
#
# ## The network, live
#
# The note's sizes, 3-3-2-1, with biases, on five examples.
#
# **Predict first.** Look at the errors $\delta$ of the three layers for one example. In which layer are they largest, and by about what
# factor do they shrink from layer to layer on the way back?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
three = [bp.Layer(np.array([[0.8, -0.5, 0.3], [-0.6, 0.7, 0.9], [0.1, 1.2, -0.7]]), np.array([-0.4, 0.2, 0.5]), bp.sigmoid),
         bp.Layer(np.array([[-1.1, 0.6], [0.9, -0.3], [0.5, 1.3]]), np.array([0.3, -0.6]), bp.sigmoid),
         bp.Layer(np.array([[1.4], [-0.9]]), np.array([0.1]), bp.sigmoid)]  # fmt: skip
bp.explorer(three, x, y[:, :1], bp.half_squared_error)

# %% [markdown]
# The errors of example 1 in print:

# %%
_, grads3 = bp.gradients(three, x, y[:, :1], bp.half_squared_error)
derivation.values(**{f"δ of layer {k}, example 1": g.delta[0] for k, g in enumerate(grads3, start=1)})

# %% [markdown]
# **What to have noticed.** From layer to layer the error is multiplied by the weights, which here are about 1 in size, and by
# $\sigma'(z)$, which is at most ¼. So it shrinks at each layer, here roughly to a third. With three layers that is no matter.
#
# ## A deep network that does not learn
#
# Now seven layers: 2 inputs, six hidden layers of six units, one output, all sigmoid, on XOR. The weights are drawn by `bp.network`, the
# gradient is the right one, $\eta = 0.5$.
#
# **Predict first.** A factor of about ¼ at each of six layers: how much smaller is the gradient of the first layer than that of the
# last? And what changes if tanh, whose slope at 0 is 1, takes the sigmoid's place?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
x_xor, y_xor = bp.data.xor()
runs = {}
for act in (bp.sigmoid, bp.tanh):
    states = bp.descend(bp.network([2, 6, 6, 6, 6, 6, 6, 1], hidden=act, rng=1), x_xor, y_xor, bp.half_squared_error, eta=0.5)
    runs[act.name] = [next(states) for _ in range(1001)]

sizes = {name: [np.linalg.norm(g.dW) for g in states[0].grads] for name, states in runs.items()}
print("size of dW at the start\nlayer   sigmoid      tanh")
for k in range(7):
    print(f"{k + 1:5d}   {sizes['sigmoid'][k]:7.2g}   {sizes['tanh'][k]:7.2g}")

# %% [markdown]
# The same as a picture, and beside it what became of the cost:

# %%
fig, (left, right) = draw.figure(2, height=2.8)
draw.plain(left, "layer", "", "size of dW at the start")
for name, color, offset in (("sigmoid", draw.BLUE, (12, -8)), ("tanh", draw.VIOLET, (0, 12))):
    draw.curve(left, np.arange(1, 8), sizes[name], name, color, at=0.17, offset=offset)
    draw.history(right, [s.C for s in runs[name]], name, color)
draw.plain(right, title="the cost")
left.set_yscale("log")
draw.show(
    fig,
    "Left, logarithmic: with sigmoid the size of the gradient falls by a factor of about ten thousand from layer 7 back to layer "
    "1; with tanh it is between 0.02 and 0.07 in all layers. Right: the cost over 1000 steps; with sigmoid it stays flat at 0.5, with tanh "
    "it jumps about and falls to 0 within about 100 steps.",
)
for name, states in runs.items():
    moved = [np.linalg.norm(new.W - old.W) / np.linalg.norm(old.W) for new, old in zip(states[-1].net, states[0].net, strict=True)]
    print(f"{name:8} C after 0, 100, 1000 steps: ", *(f"{states[k].C:.3f}" for k in (0, 100, 1000)))
    print(f"         moved by over 0.1 %:  first layer {moved[0] > 0.001}, last layer {moved[-1] > 0.001}")

# %% [markdown]
# With sigmoids the last layer gets a gradient and the first gets next to none: about a ten-thousandth. In a thousand steps the first
# layer moves by less than a tenth of a percent, and the cost stays where the answer ½ to everything would leave it. This is the
# *vanishing gradient*. The gradient is right, it is small. Nothing is wrong with backpropagation; the
# function itself hardly depends on those weights.
#
# With tanh the slope at 0 is 1, the factor per layer is near 1, and the same code learns. (Weights matter as well as slopes: what counts
# is their product, layer by layer. Weights of variance $1/n_\text{in}$, as `bp.network` draws them, are made for a slope of 1.)
#
# ## What you can do now
#
# * absorb a bias, and drop its row on the way back;
# * write one training step for any depth, as a loop, in the right order;
# * tell from the sizes of `dW`, layer by layer, which layers learn.
#
# **The exercise** `09_any_depth` asks for `absorb_bias` and for `fit_partial`, and trains the result.
#
# In this lesson wrong code learnt, and right code did not. Lesson 10 is the answer to that: how to *know* that a gradient is right.
