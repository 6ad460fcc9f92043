# %% [markdown]
# # 8 · Softmax and cross-entropy
#
# **The question.** A network should say *which* of several things it sees, and how sure it is. Which output and which cost belong
# together, and what becomes of the error?
#
# The answer has a famous last line, $\delta = \hat y - y$, so short that it looks like a mistake. (It is the commonest question about
# backpropagation on the net: *where did the derivative of the softmax go?*) This lesson derives it twice, watches what cancels, and
# tries out what goes wrong when only part of it is done.
#
# You need lessons 3 to 6, the derivatives of $e^x$ and $\log x$, and about 50 minutes. The lesson walks *Backpropagation*, lecture notes
# of 23 April 2024 (our copy names no author).

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

# %% [markdown]
# ## From any numbers to probabilities
#
# The running network, 3-4-2, gets an identity output for this lesson: its last layer answers with any two numbers, called **logits**,
# one for each class. The rest of the network is unchanged. *Softmax* turns a row of logits into a row of probabilities:
#
# $$\hat y_i = \frac{e^{z_i}}{\sum_j e^{z_j}} .$$
#
# Each is positive, they sum to 1, and the larger logit gets the larger share. $z$ and $\hat y$ have the same shape, (5, 2) for our
# batch. The targets $y$ are probabilities too: 1 for the right class, 0 for the other.

# %%
sigmoid_net, x, y = bp.data.small_network()
net = [sigmoid_net[0], sigmoid_net[1]._replace(act=bp.identity)]
z2 = bp.predict(net, x)

derivation.values(logits=z2, probabilities=bp.softmax(z2), targets=y)

# %% [markdown]
# **Predict first.** Add 100 to *every* logit. What happens to the probabilities?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
derivation.values(**{"softmax(z)": bp.softmax(z2[0]), "softmax(z + 100)": bp.softmax(z2[0] + 100), "softmax(z − 7)": bp.softmax(z2[0] - 7)})

# %% [markdown]
# Nothing. $e^{z_i + c} = e^c\,e^{z_i}$, and the factor $e^c$ stands above and below the bar:
#
# $$\frac{e^{z_i}}{\sum_j e^{z_j}} = \frac{e^{c}\,e^{z_i}}{e^{c}\sum_j e^{z_j}} = \frac{e^{z_i + c}}{\sum_j e^{z_j + c}} .$$
#
# **Softmax ignores a shift that all logits share.** Keep this sentence; it will come back twice, once as a cure and once as a trap.


# %%
def shifted(z, c):
    return {
        "e^z / Σ e^z": np.exp(z) / np.exp(z).sum(),
        "e^c e^z / (e^c Σ e^z)": np.exp(c) * np.exp(z) / (np.exp(c) * np.exp(z).sum()),
        "e^(z+c) / Σ e^(z+c)": np.exp(z + c) / np.exp(z + c).sum(),
        "bp.softmax": bp.softmax(z),
    }


rng = np.random.default_rng(8)
derivation.lines(shifted, {"example 1, c = −max z": (z2[0], -z2[0].max()), "four random logits": (rng.normal(size=4), 1.7)})

# %% [markdown]
# ### The cure
#
# In our copy of the note softmax and the slope of the sigmoid stand as one writes them on paper:
# $\frac{1}{\sum e^{x_i}}(e^{x_1}, \dots, e^{x_k})$ and $\sigma'(x) = \frac{e^{-x}}{(1+e^{-x})^2}$. Both are right. A computer's numbers,
# however, end near $1.8\cdot10^{308}$, and $e^{710}$ is beyond that.
#
# *What will NumPy make of the logits (1000, 0)? And of $\sigma'$ far to the left, where the true slope is a tiny positive number?*


# %%
def sigmoid_slope_as_it_stands(v):
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(-v) / (1 + np.exp(-v)) ** 2


with np.errstate(over="ignore", invalid="ignore"):
    print("softmax of (1000, 0) as it stands:", np.exp([1000.0, 0.0]) / np.exp([1000.0, 0.0]).sum())
print("      with the largest subtracted:", bp.softmax([1000.0, 0.0]))
print("     x   as it stands      σ(1 − σ)     σ(x) σ(−x)")
for v in (-2.0, -40.0, -355.0, 2.0, 40.0):
    s = bp.sigmoid.f(v)
    print(f"{v:6g}   {sigmoid_slope_as_it_stands(v):12.6g}  {s * (1 - s):12.6g}   {s * bp.sigmoid.f(-v):12.6g}")
print(f"{-710:6g}   {sigmoid_slope_as_it_stands(-710.0):12.6g}")
derivation.slip(7, bp.sigmoid.f(-355.0) * bp.sigmoid.f(355.0), lambda: sigmoid_slope_as_it_stands(-355.0))

# %% [markdown]
# **Slip 7.** "inf / inf" is nan, *not a number*, and one nan in a gradient soon makes every weight nan. For softmax, choose
# the shift $c = -\max z$: then the largest exponent is 0, and nothing can overflow. For the sigmoid, $\sigma(x)\sigma(-x)$ is good at
# both ends, because $1 - \sigma(x) = \sigma(-x)$, and the right side does not subtract two nearly equal numbers. (Beyond $x = 37$ the
# sigmoid is exactly 1.0 in the machine, and $\sigma(1-\sigma)$ is exactly 0.)
#
# ## The cost: how surprised are we?
#
# The cross-entropy of one example is
#
# $$L = -\sum_i y_i\log\hat y_i .$$
#
# With a one-hot target only the right class $r$ is left: $L = -\log\hat y_r$. To be sure and right costs nothing, and the less probable
# the right class was, the more it costs; a probability of 0 would cost infinitely much. For a batch, the costs of the examples are
# added.

# %%
surprise = np.array([1.0, 0.5, 0.1, 0.01, 0.0001])
derivation.values(**{"probability of the right class": surprise, "cost": -np.log(surprise)})

# %% [markdown]
# The note now puts the softmax in and simplifies. A logarithm of a quotient is a difference, and $\log e^{z_i} = z_i$:
#
# $$\begin{aligned}
# L &= -\sum_i y_i\log\frac{e^{z_i}}{\sum_j e^{z_j}}\\
#  &= -\sum_i y_i\Bigl(z_i - \log\sum_j e^{z_j}\Bigr)\\
#  &= \log\sum_j e^{z_j}\cdot\sum_i y_i - \sum_i y_iz_i\\
#  &= \log\sum_j e^{z_j} - \sum_i y_iz_i\qquad\text{(since } \textstyle\sum_i y_i = 1\text{)}
# \end{aligned}$$
#
# The random point below has four classes and a target that is spread over all of them: not one-hot, but its sum is 1.


# %%
def cross_entropy(z, y):
    p, total = np.exp(z) / np.exp(z).sum(), np.exp(z).sum()
    return {
        "−Σ y log ŷ": -(y * np.log(p)).sum(),
        "−Σ y (z − log Σ e^z)": -(y * (z - np.log(total))).sum(),
        "log Σ e^z · Σ y − Σ y z": np.log(total) * y.sum() - (y * z).sum(),
        "log Σ e^z − Σ y z": np.log(total) - (y * z).sum(),
        "bp.softmax_cross_entropy": bp.softmax_cross_entropy.f(z[None], y[None]),
    }


logits, spread = rng.normal(size=4), rng.dirichlet(np.ones(4))
examples = {"example 1 of the running network": (z2[0], y[0]), "a random point": (logits, spread)}
derivation.lines(cross_entropy, examples)

# %% [markdown]
# The last step used $\sum y_i = 1$. *What if somebody marks two classes with a 1 each?* Then the third line and the fourth part company,
# and everything that rests on the fourth is false:

# %%
two_labels = cross_entropy(logits, np.array([1.0, 1.0, 0.0, 0.0]))
derivation.values(**{line: two_labels[line] for line in ("log Σ e^z · Σ y − Σ y z", "log Σ e^z − Σ y z")})

# %% [markdown]
# The form $\log\sum e^z - \sum yz$ is also the one to *compute* with, once the shift is used again:
# $\log\sum_j e^{z_j} = m + \log\sum_j e^{z_j - m}$ with $m = \max z$. It is known as **log-sum-exp**. Why not take the logarithm of the
# probability? Because the probability may already have been rounded to 0:

# %%
far = np.array([1000.0, -1000.0])
with np.errstate(divide="ignore"):
    print("−log of the second probability:", -np.log(bp.softmax(far)[1]))
m = far.max()
print("log-sum-exp minus the second logit:", m + np.log(np.exp(far - m).sum()) - far[1])

# %% [markdown]
# That is why, in this package, a cross-entropy is taken **on logits**: the output layer is the identity, and the softmax lives inside
# the cost, where the two can be simplified together.
#
# ## The error of the output, first way
#
# Now the derivative. $L = \log\sum_j e^{z_j} - \sum_j y_jz_j$ has two terms, and both are easy. In the first, the outer function is the
# logarithm, with slope $1/(\dots)$, and of the sum inside only $e^{z_i}$ contains $z_i$:
#
# $$\frac{\partial L}{\partial z_i} = \frac{1}{\sum_j e^{z_j}}\cdot e^{z_i} - y_i
# = \frac{e^{z_i}}{\sum_j e^{z_j}} - y_i = \hat y_i - y_i .$$


# %%
def output_error(z, y):
    return {
        "1/(Σ e^z) · e^z − y": 1 / np.exp(z).sum() * np.exp(z) - y,
        "e^z / Σ e^z − y": np.exp(z) / np.exp(z).sum() - y,
        "ŷ − y": bp.softmax(z) - y,
    }


def nudged_logits(z, y):
    return bp.central_difference(lambda v: bp.softmax_cross_entropy.f(v[None], y[None]), z)


derivation.lines(output_error, examples, nudged_logits)

# %% [markdown]
# Read it as a sentence: *the error of the output is what you said minus what you should have said*. Its components sum to 0, since both
# lists sum to 1: what one class must give up, the others receive.
#
# ## The second way: through the probabilities
#
# The derivation above never asked for the slope of the softmax. Lesson 3 did it in two factors, $\partial C/\partial a$ and then
# $\sigma'$. Let us go that way too, to see *where the factor went*.
#
# The cost by a probability is $\partial L/\partial\hat y_i = -y_i/\hat y_i$. For the softmax we need more than one slope: turning the
# logit $z_j$ changes **every** probability, because the sum below the bar changes. So there is a whole table,
#
# $$J_{ij} = \frac{\partial\hat y_i}{\partial z_j},$$
#
# the *Jacobian*: row $i$ says who changes, column $j$ who was turned. The quotient rule gives, on the diagonal and off it,
#
# $$\frac{\partial\hat y_i}{\partial z_i} = \frac{e^{z_i}\sum - e^{z_i}e^{z_i}}{(\sum)^2} = \hat y_i(1-\hat y_i),\qquad
# \frac{\partial\hat y_i}{\partial z_j} = \frac{0\cdot\sum - e^{z_i}e^{z_j}}{(\sum)^2} = -\hat y_i\hat y_j ,$$
#
# where $\sum$ is short for $\sum_k e^{z_k}$. Both in one: $J_{ij} = \hat y_i\,([i = j] - \hat y_j)$, with $[i=j]$ 1 on the diagonal and
# 0 elsewhere.


# %%
def jacobian(z):
    p, e = bp.softmax(z), np.exp(z)
    return {
        "quotient rule": [[((i == j) * e[i] * e.sum() - e[i] * e[j]) / e.sum() ** 2 for j in range(len(z))] for i in range(len(z))],
        "ŷ_i ([i = j] − ŷ_j)": p[:, None] * (np.eye(len(z)) - p),
        "diag(ŷ) − ŷ ŷᵀ": np.diag(p) - np.outer(p, p),
    }


def nudged_softmax(z):
    return np.array([bp.central_difference(lambda v, i=i: bp.softmax(v)[i], z) for i in range(len(z))])


derivation.lines(jacobian, {"example 1": (z2[0],), "four random logits": (logits,)}, nudged_softmax)

# %% [markdown]
# The table for the four random logits as a picture, blue where it is positive and orange where it is negative:

# %%
fig, ax = draw.figure(height=2.9)
names = [f"class {k}" for k in (1, 2, 3, 4)]
draw.matrix(ax, jacobian(logits)["diag(ŷ) − ŷ ŷᵀ"], "∂ŷ (rows) by ∂z (columns)", names, names, digits=3)
draw.show(
    fig,
    "The Jacobian of the softmax for four random logits as a table. The diagonal is positive, everything else negative, and "
    "each row and each column sums to 0.",
)

# %% [markdown]
# Everything off the diagonal is negative: raise one logit, and all *other* probabilities go down. Now the chain rule over several paths,
# as in lesson 4: $z_j$ reaches the cost through every $\hat y_i$, so we add over $i$:
#
# $$\begin{aligned}
# \frac{\partial L}{\partial z_j} &= \sum_i\frac{\partial L}{\partial\hat y_i}\frac{\partial\hat y_i}{\partial z_j}
# = \sum_i\Bigl(-\frac{y_i}{\hat y_i}\Bigr)\hat y_i\,([i=j]-\hat y_j)
# = -\sum_i y_i\,([i=j]-\hat y_j)\\
# &= -y_j + \hat y_j\sum_i y_i = \hat y_j - y_j .
# \end{aligned}$$
#
# Here is the cancellation, in the third step: the $1/\hat y_i$ from the logarithm meets the $\hat y_i$ from the softmax. The derivative
# of the softmax did not get lost. It was used up.
#
# **Predict first.** Many programs use only the diagonal, $\hat y_j(1 - \hat y_j)$, as if the softmax were applied to each logit by
# itself. What do they get for a class whose target is 0?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*


# %%
def through_the_probabilities(z, y):
    p = bp.softmax(z)
    J = np.diag(p) - np.outer(p, p)
    return {
        "Σ_i ∂L/∂ŷ_i J_ij": -y / p @ J,
        "−Σ_i y_i ([i = j] − ŷ_j)": -(y[:, None] * (np.eye(len(z)) - p)).sum(axis=0),
        "−y_j + ŷ_j Σ y_i": -y + p * y.sum(),
        "ŷ − y": p - y,
    }


derivation.lines(through_the_probabilities, examples, nudged_logits)
print()
p, one_hot = bp.softmax(logits), np.array([0.0, 1.0, 0.0, 0.0])
derivation.values(**{"whole Jacobian": p - one_hot, "diagonal only: −y (1 − ŷ)": -one_hot / p * (p * (1 - p))})

# %% [markdown]
# With the diagonal alone, the classes whose target is 0 get an error of exactly 0: nobody tells them to go down. The right class is
# still pushed up, with the right strength, so such a network learns, and its cost falls. It is one of the mistakes that only a check
# finds.
#
# ## Back through the network, in columns
#
# The note writes one example as a **column**: $Z_1 = W_1X + b_1$, $A_1 = \sigma(Z_1)$, $Z_2 = W_2A_1 + b_2$, with $W_1$ of shape
# $h\times D$ and $W_2$ of shape $O\times h$. For our network $D = 3$, $h = 4$, $O = 2$, and every matrix is our own, transposed. Here is
# example 1 in the note's letters; an ending `_c` marks columns.

# %%
(W1, b1, _), (W2, b2, _) = net
W1_c, W2_c, X_c, Y_c = W1.T, W2.T, x[[0]].T, y[[0]].T
A1_c = bp.sigmoid.f(W1_c @ X_c + b1[:, None])
dZ2_c = bp.softmax((W2_c @ A1_c + b2[:, None]).T).T - Y_c

print("W1", W1_c.shape, "  W2", W2_c.shape, "  X", X_c.shape, "  A1", A1_c.shape, "  ∂L/∂z2", dZ2_c.shape)

# %% [markdown]
# In our copy the next line is
#
# $$\frac{\partial L}{\partial A_1} = \frac{\partial L}{\partial z_2}\cdot\frac{\partial z_2}{\partial A_1}
# = \frac{\partial L}{\partial z_2}\cdot W_2 ,$$
#
# and two lines later, for the layer below, $\dfrac{\partial L}{\partial z_1}\cdot W_1$. *What are the shapes of the two factors? What
# shape must $\partial L/\partial A_1$ have, and which product gives it? Derive it first: hidden unit $k$ reaches the cost through every
# logit $i$,*
#
# $$\frac{\partial L}{\partial A_{1,k}} = \sum_i \frac{\partial L}{\partial z_{2,i}}\,\frac{\partial z_{2,i}}{\partial A_{1,k}}
# = \sum_i W_{2,ik}\,\frac{\partial L}{\partial z_{2,i}} = \Bigl(W_2^T\,\frac{\partial L}{\partial z_2}\Bigr)_k .$$


# %%
def hidden_activation(W2, A1, b2, y):
    dz2 = bp.softmax(W2 @ A1 + b2) - y
    return {
        "Σ_i ∂L/∂z₂ᵢ W₂ᵢₖ": [sum(dz2[i] * W2[i, k] for i in range(len(dz2))) for k in range(len(A1))],
        "W₂ᵀ ∂L/∂z₂": W2.T @ dz2,
    }


def nudged_A1(W2, A1, b2, y):
    return bp.central_difference(lambda A: bp.softmax_cross_entropy.f((W2 @ A + b2)[None], y[None]), A1)


at = {
    "example 1": (W2_c, A1_c[:, 0], b2, y[0]),
    "a random point": (rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3), rng.dirichlet(np.ones(3))),
}
derivation.lines(hidden_activation, at, nudged_A1)
dA1_c = W2_c.T @ dZ2_c
derivation.slip(26, dA1_c, lambda: dZ2_c @ W2_c)

# %% [markdown]
# **Slip 26.** A (2, 1) and a (2, 4) do not meet. The sum runs over the *rows* of $W_2$, and a product sums over rows only if the matrix
# is transposed. It is the best "why the transpose" of the five notes: with examples as rows, $\delta_2W_2^T$ in our lettering, the
# transpose is needed just the same, for $W$ is stored the other way round there. (Written as a row, $(\hat y - y)^TW_2$ would be right.
# A column is what the note declares.)
#
# The next line reads
#
# $$\frac{\partial L}{\partial z_1} = \frac{\partial L}{\partial A_1}\cdot
# \bigl(\text{matrix } Z_1\text{, but apply } \tfrac{d\sigma}{dx}\text{ to every element}\bigr) .$$
#
# Hidden unit $k$ turns its own $z_{1,k}$ into its own $a_{1,k}$, nobody else's, so the chain rule has a single path: *which product says
# that?*

# %%
slopes_c = A1_c * (1 - A1_c)
derivation.lines(lambda dA, s: {"dA ⊙ σ′(Z₁)": dA * s, "diag(σ′(Z₁)) dA": np.diag(s[:, 0]) @ dA}, {"example 1": (dA1_c, slopes_c)})
derivation.slip(6, dA1_c * slopes_c, lambda: dA1_c @ slopes_c)
dZ1_c = dA1_c * slopes_c
derivation.slip(26, W1_c.T @ dZ1_c, lambda: dZ1_c @ W1_c)

# %% [markdown]
# **Slip 6.** Element by element, ⊙. As a matrix product it would need a diagonal matrix, whose zeros say "nobody else's". (Compare
# softmax, where the table is full, because everybody is involved.)
#
# The last derivative in the cell belongs to a line of our copy that is headed $\partial L/\partial A_1$ again, and continues
# $= \frac{\partial L}{\partial z_1}\cdot\frac{\partial z_1}{\partial A_1} = \frac{\partial L}{\partial z_1}\cdot W_1$. What stands on
# its right is the derivative by the layer's *input*: $\partial L/\partial X$ (slip 4). For training one does not need it, since the
# input is not ours to change.
#
# What training *does* need stands nowhere in our copy: the note ends without $\partial L/\partial W_1$ and $\partial L/\partial W_2$
# (slip 5). Lesson 5's rule, activation in × error out, in columns:
#
# $$\frac{\partial L}{\partial W_{2,ik}} = \frac{\partial L}{\partial z_{2,i}}\,A_{1,k}\quad\Longrightarrow\quad
# \frac{\partial L}{\partial W_2} = (\hat y - y)\,A_1^T,\qquad \frac{\partial L}{\partial W_1} = \frac{\partial L}{\partial z_1}\,X^T .$$


# %%
def never_written(W1, W2, X, Y):
    A1 = bp.sigmoid.f(W1 @ X + b1[:, None])
    dZ2 = bp.softmax((W2 @ A1 + b2[:, None]).T).T - Y
    dZ1 = (W2.T @ dZ2) * A1 * (1 - A1)
    return {
        "∂L/∂z₁ᵢ · Xₖ": [[dZ1[i, 0] * X[k, 0] for k in range(len(X))] for i in range(len(dZ1))],
        "∂L/∂z₁ Xᵀ": dZ1 @ X.T,
        "the note, corrected": bp.notes.softmax_classifier.gradients(X, Y, W1, b1, W2, b2)[0],
        "the package, transposed": bp.gradients(
            [bp.Layer(W1.T, b1, bp.sigmoid), bp.Layer(W2.T, b2, bp.identity)], X.T, Y.T, bp.softmax_cross_entropy
        )[1][0].dW.T,
    }


# %% [markdown]
# The gauge nudges $W_1$, in columns, and the four lines are held against it.


# %%
def nudged_W1(W1, W2, X, Y):
    def L(W):
        return bp.softmax_cross_entropy.f((W2 @ bp.sigmoid.f(W @ X + b1[:, None]) + b2[:, None]).T, Y.T)

    return bp.central_difference(L, W1)


columns = {
    "example 1": (W1_c, W2_c, X_c, Y_c),
    "a random point": (rng.normal(size=(4, 3)), rng.normal(size=(2, 4)), rng.normal(size=(3, 1)), np.array([[0.3], [0.7]])),
}
derivation.lines(never_written, columns, nudged_W1)

# %% [markdown]
# And the output weights in the same way, their two lines and their own gauge:


# %%
def never_written_either(W1, W2, X, Y):
    A1 = bp.sigmoid.f(W1 @ X + b1[:, None])
    dZ2 = bp.softmax((W2 @ A1 + b2[:, None]).T).T - Y
    return {
        "(ŷᵢ − yᵢ) · A₁ₖ": [[dZ2[i, 0] * A1[k, 0] for k in range(len(A1))] for i in range(len(dZ2))],
        "(ŷ − y) A₁ᵀ": dZ2 @ A1.T,
    }


def nudged_W2(W1, W2, X, Y):
    A1 = bp.sigmoid.f(W1 @ X + b1[:, None])
    return bp.central_difference(lambda W: bp.softmax_cross_entropy.f((W @ A1 + b2[:, None]).T, Y.T), W2)


derivation.lines(never_written_either, columns, nudged_W2)

# %% [markdown]
# ## One bias for a whole layer
#
# The note declares $b_1, b_2\in\mathbb R$: each layer has *one number* as its bias, added to all its units. Every logit contains it
# once, so by the chain rule over several paths its gradient is the sum of the components of $\partial L/\partial z$, as the note says.
# For a bias **per unit**, which is what everybody uses, it is $\partial L/\partial z$ itself. For the hidden layer of example 1:

# %%
dz1 = dZ1_c[:, 0]
derivation.slip(3, dz1, lambda: dz1.sum() * np.ones(4))

# %% [markdown]
# **Slip 3**, its first half: true for one shared number, wrong for a bias per unit. The package's `notes.softmax_classifier` takes
# either. And the note's formula, for the note's bias, measured:


# %%
def shared_b1(c):
    Z1 = W1_c @ x.T + c
    dZ1 = (W2_c.T @ (bp.softmax((W2_c @ bp.sigmoid.f(Z1) + b2[:, None]).T).T - y.T)) * bp.sigmoid.df(Z1, bp.sigmoid.f(Z1))
    return {
        "sum of the components of ∂L/∂z₁": dZ1.sum(),
        "the note, corrected": bp.notes.softmax_classifier.gradients(x.T, y.T, W1_c, c, W2_c, b2)[1],
    }


def nudged_c(c):
    return bp.central_difference(lambda v: bp.softmax_cross_entropy.f((W2_c @ bp.sigmoid.f(W1_c @ x.T + v) + b2[:, None]).T, y), c)


derivation.lines(shared_b1, {"shared b₁ = 0.3": (0.3,), "a random one": (rng.normal(),)}, nudged_c)

# %% [markdown]
# **Predict first.** And the shared bias $b_2$ of the *output* layer: how large is its gradient? (Two sentences from above answer this:
# one about a shared shift, one about a sum.)

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
for c in (-5.0, 0.0, 5.0):
    logits_c = bp.sigmoid.f(x @ W1 + b1) @ W2 + c
    print(
        f"shared b2 = {c:4g}:  C = {bp.softmax_cross_entropy.f(logits_c, y):.6g}   Σ(ŷ − y) is 0 to 1e-12: "
        f"{abs((bp.softmax(logits_c) - y).sum()) < 1e-12}",
    )

# %% [markdown]
# **Slip 3**, its second half: **a shared output bias under softmax can never learn.** Its gradient is $\sum(\hat y - y) = 1 - 1 = 0$ for
# every input, every weight and every target, since softmax ignores a shift that all logits share. The formula "sum of the components" is
# correct and always 0.
#
# What is left in a machine is rounding noise of about $10^{-16}$, and a check that divides by the size of this gradient would call it
# wrong by 100 %. Lesson 10 takes care of that.
#
# ## Live
#
# The same network with softmax and cross-entropy, and all five examples.
#
# **Predict first.** In the live network raise *one* output bias by 1; then raise the other by 1 as well. What will the probabilities and
# the cost do at each move?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
bp.explorer(net, x, y, bp.softmax_cross_entropy)

# %% [markdown]
# The same two moves in print, with the probabilities of example 1:

# %%
for moved in ((0, 0), (1, 0), (1, 1)):
    layers = [net[0], net[1]._replace(b=b2 + np.array(moved, float))]
    C, grads = bp.gradients(layers, x, y, bp.softmax_cross_entropy)
    print(f"b2 + {moved}:  ŷ = {bp.softmax(bp.predict(layers, x))[0].round(4)}   C = {C:.6g}   db2 = {grads[1].db.round(4)}")

# %% [markdown]
# **What to have noticed.** The first move helps class 1 and costs class 2; the second takes all of it back. The two components of `db2`
# are always opposite. With two classes, two logits are one number too many; only their difference counts.
#
# ## One page: cost × output
#
# Which error $\delta = \partial C/\partial z$ belongs to which pair? Each line of the table is checked against the nudges. $J$ is the
# Jacobian of the softmax.
#
# | cost | output | $\delta$ | what cancels |
# |---|---|---|---|
# | $\tfrac12\sum(a-y)^2$ | identity | $a - y$ | nothing to cancel, its slope is 1 |
# | $\tfrac12\sum(a-y)^2$ | sigmoid | $(a - y)\odot\sigma'(z)$ | nothing: $\sigma'$ stays |
# | $-\sum[y\log a+(1-y)\log(1-a)]$ | sigmoid | $a - y$ | $\sigma' = a(1-a)$ against the $1/(a(1-a))$ of the cost |
# | $-\sum y\log\hat y$ | softmax | $\hat y - y$ | $\hat y$ against the $1/\hat y$ of the cost |
# | $\tfrac12\sum(\hat y-y)^2$ | softmax | $J(\hat y - y)$ | nothing: $J$ stays |


# %%
def same_as_nudged(C, delta):
    return bp.relative_error(delta(z2), bp.central_difference(C, z2)) < 1e-7


def s(z):
    return bp.sigmoid.f(z)


def all_rows_by_J(z):
    return np.array([(np.diag(p) - np.outer(p, p)) @ (p - t) for p, t in zip(bp.softmax(z), y, strict=True)])


# %% [markdown]
# Five pairs of cost and output, and two planted mistakes at the end, each held against nudges of the logits:

# %%
half, binary, many = bp.half_squared_error.f, bp.binary_cross_entropy.f, bp.softmax_cross_entropy.f
pairs = (
    ("half squares, identity", lambda z: half(z, y), lambda z: z - y),
    ("half squares, sigmoid", lambda z: half(s(z), y), lambda z: (s(z) - y) * s(z) * (1 - s(z))),
    ("binary cross-entropy, sigmoid", lambda z: binary(z, y), lambda z: s(z) - y),
    ("cross-entropy, softmax", lambda z: many(z, y), lambda z: bp.softmax(z) - y),
    ("half squares, softmax", lambda z: half(bp.softmax(z), y), all_rows_by_J),
    ("PLANTED: σ′ kept where it cancels", lambda z: binary(z, y), lambda z: (s(z) - y) * s(z) * (1 - s(z))),
    ("PLANTED: σ′ left out where it stays", lambda z: half(s(z), y), lambda z: s(z) - y),
)
for name, C, delta in pairs:
    print(f"{name:36} {'agrees with the nudges to 1e-7' if same_as_nudged(C, delta) else 'DIFFERS'}")

# %% [markdown]
# The third line is the cost that belongs to a single sigmoid output: a yes or a no. It is softmax with two classes, one of whose logits
# is held at 0. The two planted lines are the commonest mistakes of all, and each is right *in the other row of the table*. That is why
# "the delta is $a - y$" is no answer until somebody has said for which cost.
#
# ### What the cancellation buys
#
# **Predict first.** An output should be 1, and its logit is −8: confidently wrong. How large is the error $\delta$ with half squares on
# a sigmoid, and how large with the cross-entropy?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
z = np.linspace(-8, 8, 161)
a = bp.sigmoid.f(z)
fig, ax = draw.figure(height=2.8)
draw.plain(ax, "z, where the target is 1", "δ", "how hard the output is pushed")
draw.curve(ax, z, (a - 1) * a * (1 - a), "half squares: (a − y) σ′", draw.GREY, at=0.0, offset=(0, -12))
draw.curve(ax, z, a - 1, "cross-entropy: a − y", draw.VIOLET, at=0.55, offset=(10, -8))
draw.show(
    fig,
    "The error against the logit for a target of 1. With half squares it is near 0 at both ends, and at most about 0.15 in "
    "size in between. With cross-entropy it is near -1 on the left, where the answer is wrong, and goes to 0 on the right.",
)
for v in (-8.0, -2.0, 0.0, 2.0):
    a = bp.sigmoid.f(v)
    print(f"z = {v:4g}:  half squares {(a - 1) * a * (1 - a):10.6f}   cross-entropy {a - 1:10.6f}")

# %% [markdown]
# With half squares a confidently wrong sigmoid is hardly pushed at all: the saturation of lesson 3. With the cross-entropy it is pushed
# hardest exactly there. This is the way out that lesson 1 promised: the logarithm is steep where the sigmoid is flat, and the two slopes
# cancel.
#
# ## Ten classes
#
# At last a task: 1797 images of handwritten digits, 8 × 8 pixels, ten classes. The last 360 images are kept apart. A 64-16-10 network,
# sigmoid then softmax, descends on batches of 32.

# %%
images, labels = bp.data.digits()
start = bp.network([64, 16, 10], output=bp.identity, rng=8)
done = bp.fit(start, images[:-360], labels[:-360], bp.softmax_cross_entropy, eta=0.02, epochs=20, batch_size=32, rng=8)
guess, truth = bp.predict(done.net, images[-360:]).argmax(axis=1), labels[-360:].argmax(axis=1)

print(f"steps: {len(done.history)};  more than 9 in 10 of the unseen digits right: {np.mean(guess == truth) > 0.9}")

# %% [markdown]
# The first six of the images that it has not seen:

# %%
chosen = [-360, -359, -358, -357, -356, -355]
fig, axes = draw.figure(6, height=1.6)
for ax, k in zip(axes, chosen, strict=True):
    draw.bare(ax, f"it says {guess[k]}")
    ax.imshow(images[k].reshape(8, 8), cmap="Greys")
read, are = guess[chosen].tolist(), truth[chosen].tolist()
draw.show(fig, f"The first six unseen digits as 8 by 8 pixels. The network reads {read}; they are {are}.")

# %% [markdown]
# The six lines of lesson 6, with a shorter first line, read digits.
#
# ## What you can do now
#
# * compute a softmax and a cross-entropy that never overflow: subtract the maximum, work on logits;
# * derive $\delta = \hat y - y$, and say what cancelled and what it needs ($\sum y = 1$, and the cost that belongs to it);
# * say why the diagonal of the Jacobian is not enough;
# * recognise a parameter that cannot learn, by its gradient and by a reason.
#
# **The exercise** `08_softmax` asks for `softmax`, `cross_entropy`, all four `softmax_gradients`, and the note's `shared_bias_gradient`.
#
# Lesson 9 leaves the two layers behind: any depth, and the bias hidden inside the weights.
