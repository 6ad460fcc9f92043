# %% [markdown]
# # 7 · Regression
#
# **The question.** So far a network answered between 0 and 1. What changes, in the gradient and in the fit, when it has to answer with
# *any* number: a temperature, a price, the height of a curve?
#
# One factor of the gradient vanishes, a 2 and a $1/N$ appear, and a second activation enters, tanh. Each of the three is a place where
# people's code goes wrong, so each is derived, run and measured here. In the end the network draws a curve through noisy points, learns
# how far a car runs on a gallon, and stops by itself, saying why.
#
# You need the six lines of lesson 6 and about 45 minutes. The lesson walks the handwritten regression notes (our copy names no author).

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

# %% [markdown]
# ## An output that may be any number
#
# The notes describe one hidden layer and one output. We write their system with examples as rows:
#
# $$z_1 = X W_1 + b_1, \qquad a_1 = g(z_1), \qquad z_2 = a_1 W_2 + b_2, \qquad \hat y = a_2 = z_2 .$$
#
# The hidden activation $g$ is the sigmoid at first, tanh later. The last equation is the news: the output activation is the
# **identity**, $a_2 = z_2$. A sigmoid there could never answer 3, or −0.2, however long it trained.
#
# In our copy of the notes the line $a_2 = g(z_2)$ stands first, with $g$ the sigmoid, and "identity activation function" only below it
# (slip 9). The rest of the page uses the identity, and so do we.
#
# The network of this lesson differs from the running one: 2 inputs, 3 hidden units, 1 output, and $N = 5$ examples, four sizes that are
# all different.
#
# | symbol | what it is | shape here |
# |---|---|---|
# | $X$, $y$ | inputs and targets, an example a row | (5, 2) and (5, 1) |
# | $W_1$, $b_1$ | weights and biases of the hidden layer | (2, 3) and (3,) |
# | $W_2$, $b_2$ | weights and bias of the output | (3, 1) and (1,) |
# | $\hat y = a_2 = z_2$ | the prediction | (5, 1) |

# %%
rng = np.random.default_rng(7)
X, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))
W1, b1 = rng.normal(size=(2, 3)), rng.normal(size=3)
W2, b2 = rng.normal(size=(3, 1)), rng.normal(size=1)
net = [bp.Layer(W1, b1, bp.sigmoid), bp.Layer(W2, b2, bp.identity)]

derivation.values(y=y[:, 0], prediction=bp.predict(net, X)[:, 0])

# %% [markdown]
# One trap before the first formula. The targets are a column of shape (5, 1), like the predictions. Data files often give a plain list,
# (5,). *What is the shape of a (5, 1) minus a (5,)?*

# %%
print("shape of the difference:", (bp.predict(net, X) - y[:, 0]).shape)
try:
    bp.gradients(net, X, y[:, 0], bp.mean_squared_error)
except ValueError as error:
    print(error)

# %% [markdown]
# NumPy stretches both to (5, 5): every prediction is held against every target. The mean of the squares is a number, it falls during
# training, and the network learns to answer the average, whatever the input. The package refuses at the door; in your own code, look at
# the shape of $\hat y - y$ once.
#
# The notes write the first product the other way round: $z_1 = W_1 X + b_1$, with $X$ of shape $[n \times f]$, a row for each of the $n$
# examples.
#
# **Predict first.** With our shapes, $W_1$ is (2, 3) and $X$ is (5, 2). Do they meet in that order? And if $W_1$ is stored the other way
# round, as (3, 2)?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
derivation.slip(8, X @ W1 + b1, lambda: W1 @ X + b1)
derivation.slip(8, X @ W1 + b1, lambda: W1.T @ X + b1)

# %% [markdown]
# **Slip 8.** Neither. A product needs the inner sizes to be equal, and in $W_1X$ the inner size of $X$ is its number of *examples*,
# which no weight matrix has. $W_1X$ belongs to examples as columns, $X W_1$ to examples as rows. The notes call for rows and then
# multiply as for columns.
#
# ## The cost: where the 2 goes, and the 1/N
#
# The notes choose the mean squared error,
#
# $$L = \frac1N\sum_{n=1}^N (y_n - \hat y_n)^2 .$$
#
# There is no ½ in it this time. Take its slope by the prediction of one example. Only one term of the sum contains $\hat y_n$:
#
# $$\frac{\partial L}{\partial \hat y_n} = \frac1N \cdot 2\,(y_n - \hat y_n)\cdot(-1) = \frac2N\,(\hat y_n - y_n) .$$
#
# With a ½ in the cost the 2 would have been cancelled, with no $\frac1N$ it would be a plain difference. The family side by side, each
# line measured: the same error, times a number.


# %%
def slopes_by_prediction(cost):
    a2 = bp.predict(net, X)
    return cost.df(a2, y), bp.central_difference(lambda a: cost.f(a, y), a2)


for cost, times in ((bp.half_squared_error, 1.0), (bp.quadratic_cost, 1 / 5), (bp.mean_squared_error, 2 / 5)):
    slope, measured = slopes_by_prediction(cost)
    same = bp.relative_error(slope, times * (bp.predict(net, X) - y)) < 1e-12 and bp.relative_error(slope, measured) < 1e-7
    print(f"{cost.name:18}  ∂C/∂a = {times:.1f} (a − y) when N = 5: {'agrees' if same else 'DIFFERS'}")

# %% [markdown]
# None of the three is more right than the others; they are three costs. What *is* wrong is to state one and differentiate another, and
# that is the trap of this page.
#
# ## The output weight, as the notes derive it
#
# Follow the notes with single numbers first: one input $x$, one hidden unit, one example, so $N = 1$ and $L = (y - \hat y)^2$.
#
# $$\begin{aligned}
# \frac{\partial L}{\partial w_2} &= 2\,(y-\hat y)\,\frac{\partial (y - \hat y)}{\partial w_2}
# = -2\,(y - \hat y)\,\frac{\partial\hat y}{\partial w_2}
# = -2\,(y - \hat y)\,\frac{\partial(w_2a_1+b_2)}{\partial w_2}\\
# &= -2\,(y-\hat y)\,a_1 = 2\,(a_2 - y)\,a_1 .
# \end{aligned}$$
#
# The third step is where a factor **vanishes**. In lesson 3 there stood $\sigma'(z_2)$ between $\hat y$ and $z_2$. Here $\hat y = z_2$,
# so $\partial \hat y/\partial z_2 = 1$: the identity has a slope, and it is 1 everywhere. A missing $\sigma'$ does not mean that a rule
# was broken; it means that this factor is 1.


# %%
def one_example(w1, b1, w2, b2, x, y):
    """a1, a2 and L of the chain x → a1 → a2, single numbers, N = 1."""
    a1 = bp.sigmoid.f(w1 * x + b1)
    a2 = w2 * a1 + b2
    return a1, a2, (y - a2) ** 2


def by_w2(w1, b1, w2, b2, x, y):
    a1, a2, _ = one_example(w1, b1, w2, b2, x, y)
    rise = ((w2 + 1) * a1 + b2) - (w2 * a1 + b2)  # the slope of a straight line: how much it rises over a run of 1
    return {
        "2 (y − ŷ) ∂(y − ŷ)/∂w₂": 2 * (y - a2) * (0 - a1),
        "−2 (y − ŷ) ∂(w₂a₁ + b₂)/∂w₂": -2 * (y - a2) * rise,
        "−2 (y − ŷ) a₁": -2 * (y - a2) * a1,
        "2 (a₂ − y) a₁": 2 * (a2 - y) * a1,
    }


# %% [markdown]
# It runs at a fixed point and at a random one, and is held against two nudges of $w_2$ alone.

# %%
numbers = {"a fixed point": (0.8, -0.4, 1.3, 0.2, 1.5, -0.7), "a random point": tuple(rng.normal(size=6))}


def nudged(k):
    """The slope of L by parameter number k of (w1, b1, w2, b2), measured."""
    return lambda *p: bp.central_difference(lambda v: one_example(*p[:k], v, *p[k + 1 :])[2], p[k])


derivation.lines(by_w2, numbers, nudged(2))

# %% [markdown]
# The output bias goes the same way with $\partial(w_2a_1 + b_2)/\partial b_2 = 1$ in place of $a_1$:
#
# $$\frac{\partial L}{\partial b_2} = -2\,(y - \hat y)\,\frac{\partial (w_2a_1 + b_2)}{\partial b_2} = 2\,(a_2 - y) .$$


# %%
def by_b2(w1, b1, w2, b2, x, y):
    a1, a2, _ = one_example(w1, b1, w2, b2, x, y)
    rise = (w2 * a1 + (b2 + 1)) - (w2 * a1 + b2)
    return {"−2 (y − ŷ) ∂(w₂a₁ + b₂)/∂b₂": -2 * (y - a2) * rise, "2 (a₂ − y)": 2 * (a2 - y)}


derivation.lines(by_b2, numbers, nudged(3))

# %% [markdown]
# ### What our copy says
#
# Our copy of the notes writes this derivation as
#
# $$\frac{\partial L}{\partial w_2} = \frac{\partial\left[\frac1N(y-\hat y)^2\right]}{\partial w_2}
# = \frac{(y-\hat y)\frac{\partial}{\partial w_2}(y - \hat y)}{\partial w_2} = \dots = (a_2 - y)\,a_1 .$$
#
# In the middle there is a $\partial w_2$ below the bar although the derivative has been taken already; the line for $b_2$ has the same,
# twice each (slip 28). It does no harm, for the next line is written without it. But something else got lost on the way. *Compare the
# first expression with the last: the cost has a $\frac1N$ and a square. Where did they go? By what factor is the result off, for one
# example?*

# %%
a1, a2, _ = one_example(*numbers["a fixed point"])
label = numbers["a fixed point"][-1]
derivation.slip(10, 2 * (a2 - label) * a1, lambda: (a2 - label) * a1)

# %% [markdown]
# **Slip 10.** Half. The 2 from the square is missing: what stands there is the slope of $\frac12(y - \hat y)^2$, and indeed, some lines
# further down, the notes differentiate exactly that.
#
# And the $\frac1N$? Written out for a batch, the right gradient is $\frac2N\sum_n(a_{2,n} - y_n)\,a_{1,n}$.
#
# **Predict first.** Somebody sums the notes' line over the batch, $\sum_n (a_{2,n} - y_n)\,a_{1,n}$, and compares it with the slope of
# $L = \frac1N\sum(y - \hat y)^2$. For which $N$ is it too small, for which too large, and is there an $N$ for which it is right?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
print(" N   summed as it stands / true slope")
for N in (1, 2, 3, 4, 5):
    hidden, output = bp.forward(net, X[:N])
    as_it_stands = hidden.a_out.T @ (output.a_out - y[:N])
    true = bp.gradients(net, X[:N], y[:N], bp.mean_squared_error)[1][1].dW
    print(f"{N:2d}   {as_it_stands[0, 0] / true[0, 0]:.6g}")

# %% [markdown]
# The factor is $N/2$: half for one example, **right for two**, and ever larger from three on. Whoever tests such code on a batch of two
# finds nothing wrong. It is a reason to check a gradient on a batch whose size is no special number, and to compare values, not
# directions: every one of these points exactly uphill, as a gradient does, and only its length is wrong.
#
# ## Down to the hidden weight: five factors
#
# For $w_1$ the notes lay out the whole chain, and it is a fine one:
#
# $$\frac{\partial L}{\partial w_1} = \frac{\partial L}{\partial a_2}\cdot\frac{\partial a_2}{\partial z_2}
# \cdot\frac{\partial z_2}{\partial a_1}\cdot\frac{\partial a_1}{\partial z_1}\cdot\frac{\partial z_1}{\partial w_1}
# = 2(a_2 - y)\cdot 1\cdot w_2\cdot a_1(1-a_1)\cdot x .$$
#
# Every factor is the slope of one stage: the cost by the prediction, the identity, the output weight, the sigmoid, the input. (The notes
# have taken $\frac12(y-\hat y)^2$ at this place, so their first factor is $a_2 - y$, without the 2. We keep to the cost that was
# stated.) For $b_1$ only the last stage differs: $\partial z_1/\partial b_1 = 1$.


# %%
def by_w1(w1, b1, w2, b2, x, y):
    a1, a2, _ = one_example(w1, b1, w2, b2, x, y)
    z1 = w1 * x + b1
    return {
        "∂L/∂a₂ · ∂a₂/∂z₂ · ∂z₂/∂a₁ · ∂a₁/∂z₁ · ∂z₁/∂w₁": -2 * (y - a2) * 1 * w2 * np.exp(-z1) / (1 + np.exp(-z1)) ** 2 * x,
        "−2 (y − ŷ) · w₂ · g(z₁)[1 − g(z₁)] · x": -2 * (y - a2) * w2 * bp.sigmoid.f(z1) * (1 - bp.sigmoid.f(z1)) * x,
        "2 (a₂ − y) · w₂ · a₁(1 − a₁) · x": 2 * (a2 - y) * w2 * a1 * (1 - a1) * x,
    }


def by_b1(w1, b1, w2, b2, x, y):
    a1, a2, _ = one_example(w1, b1, w2, b2, x, y)
    return {
        "2 (a₂ − y) · w₂ · a₁(1 − a₁) · 1": 2 * (a2 - y) * w2 * a1 * (1 - a1) * 1,
        "2 (a₂ − y) w₂ a₁(1 − a₁)": 2 * (a2 - y) * w2 * a1 * (1 - a1),
    }


derivation.lines(by_w1, numbers, nudged(0))
derivation.lines(by_b1, numbers, nudged(1))

# %% [markdown]
# Now our copy's line for the hidden bias, from which we leave out the factor 2 on both sides:
#
# $$\text{similarly,}\quad \frac{\partial L}{\partial b_1} = (a_2 - y)\,w_2\cdot a_1(1-a_1)\,x .$$
#
# *Which of the five stages does this line get wrong?*

# %%
w1, c1, w2, c2, x, label = numbers["a fixed point"]  # c1, c2: the two biases, since b1 and b2 are arrays by now
a1, a2, _ = one_example(w1, c1, w2, c2, x, label)
derivation.slip(11, (a2 - label) * w2 * a1 * (1 - a1), lambda: (a2 - label) * w2 * a1 * (1 - a1) * x)

# %% [markdown]
# **Slip 11.** The last: $\partial z_1/\partial b_1$ is 1, not $x$. "Similarly" invites copying, and copying brings the $x$ along. A bias
# meets no input. Where $x$ happens to be 1 the line is right, so a test with $x = 1$ would have passed it.
#
# ## The same with arrays
#
# All of this was for single numbers. The line $\partial L/\partial w_1 = (a_2 - y)\,w_2\,a_1(1-a_1)\,x$ (we leave the 2 out here as
# well) looks like code. *Put arrays in for its letters: $a_2 - y$ is (5, 1), $w_2$ is (3, 1), $a_1$ is (5, 3), $x$ is (5, 2), and the
# result must be (2, 3). What will NumPy say?*

# %%
hidden, output = bp.forward(net, X)
A1, error = hidden.a_out, output.a_out - y
derivation.slip(29, X.T @ ((error @ W2.T) * A1 * (1 - A1)), lambda: error * W2 * A1 * (1 - A1) * X)

# %% [markdown]
# **Slip 29.** The formula is right for numbers and cannot be typed for arrays: with numbers the order of factors does not matter and
# nothing has to be summed. With arrays each product must be told *which index is summed*. You know the answer from lesson 6. The output
# error starts with $\frac2N$, has no $\sigma'$, and from there the six lines are what they were:
#
# $$\begin{aligned}
# \delta_2 &= \tfrac2N (a_2 - y), & \qquad \partial L/\partial W_2 &= a_1^T\delta_2,\\
# \delta_1 &= (\delta_2W_2^T)\odot a_1\odot(1-a_1), & \partial L/\partial W_1 &= X^T\delta_1 .
# \end{aligned}$$
#
# The sums written out and the matrix products, side by side: first the output weights, then the hidden ones.


# %%
def output_weights(W1, b1, W2, b2, X, y):
    a1 = bp.sigmoid.f(X @ W1 + b1)
    error = a1 @ W2 + b2 - y
    return {
        "(2/N) Σ_n (a₂ − y) a₁": [[2 / len(X) * sum(error[n, 0] * a1[n, j] for n in range(len(X)))] for j in range(3)],
        "a₁ᵀ δ₂": a1.T @ (2 / len(X) * error),
    }


def nudged_W2(W1, b1, W2, b2, X, y):
    return bp.central_difference(lambda W: np.mean((y - (bp.sigmoid.f(X @ W1 + b1) @ W + b2)) ** 2), W2)


batches = {"our five examples": (W1, b1, W2, b2, X, y), "a random point": tuple(rng.normal(size=v.shape) for v in (W1, b1, W2, b2, X, y))}
derivation.lines(output_weights, batches, nudged_W2)


# %% [markdown]
# On the way to a hidden weight there are three more factors, and each product of the formula is now a sum or an ⊙.


# %%
def hidden_weights(W1, b1, W2, b2, X, y):
    a1 = bp.sigmoid.f(X @ W1 + b1)
    error = a1 @ W2 + b2 - y
    delta1 = (2 / len(X) * error) @ W2.T * a1 * (1 - a1)
    written_out = [
        [2 / len(X) * sum(error[n, 0] * W2[j, 0] * a1[n, j] * (1 - a1[n, j]) * X[n, i] for n in range(len(X))) for j in range(3)]
        for i in range(2)
    ]
    return {
        "(2/N) Σ_n (a₂ − y) w₂ a₁(1 − a₁) x": written_out,
        "Xᵀ δ₁": X.T @ delta1,
        "the notes, corrected": bp.notes.regression.gradients(X, y, W1, b1, W2, b2, bp.sigmoid)[0],
    }


# %% [markdown]
# The gauge knows nothing of factors: it nudges $W_1$ and reads $L$.


# %%
def nudged_W1(W1, b1, W2, b2, X, y):
    def L(W):
        return np.mean((y - (bp.sigmoid.f(X @ W + b1) @ W2 + b2)) ** 2)

    return bp.central_difference(L, W1)


derivation.lines(hidden_weights, batches, nudged_W1)

# %% [markdown]
# ## tanh in place of the sigmoid
#
# The notes end by exchanging the hidden activation. The hyperbolic tangent runs from −1 to 1,
#
# $$\tanh z = \frac{e^z - e^{-z}}{e^z + e^{-z}},$$
#
# and its slope, by the quotient rule, is again made of its own value. The derivative of the numerator is the denominator, and the other
# way round:
#
# $$\tanh' z = \frac{(e^z+e^{-z})^2 - (e^z - e^{-z})^2}{(e^z+e^{-z})^2} = 1 - \left(\frac{e^z-e^{-z}}{e^z+e^{-z}}\right)^2 = 1 - a^2 .$$


# %%
def slope_of_tanh(z):
    up, down, a = np.exp(z) - np.exp(-z), np.exp(z) + np.exp(-z), np.tanh(z)
    return {
        "(down² − up²) / down²": (down**2 - up**2) / down**2,
        "1 − (up / down)²": 1 - (up / down) ** 2,
        "1 − a²": 1 - a**2,
    }


def nudged_tanh(z):
    return np.array([bp.central_difference(bp.tanh.f, v) for v in z])


places = {"three places": (np.array([-1.5, 0.2, 0.7]),), "random places": (rng.normal(size=3),)}
derivation.lines(slope_of_tanh, places, nudged_tanh)

# %% [markdown]
# **Predict first.** At $z = 0$, how steep is the sigmoid and how steep is tanh? What does that mean for the size of $\delta_1$?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
z = np.linspace(-5, 5, 201)
fig, (left, right) = draw.figure(2, height=2.6)
draw.plain(left, "z", "a", "the activations")
draw.plain(right, "z", "", "their slopes")
for act, color, at, offset in ((bp.sigmoid, draw.BLUE, 0.3, (-30, 14)), (bp.tanh, draw.VIOLET, 0.46, (12, -6))):
    a = act.f(z)
    draw.curve(left, z, a, act.name, color, at=at, offset=offset)
    draw.curve(right, z, act.df(z, a), act.name, color, at=1 - at, offset=(10, 12))
draw.show(
    fig,
    "Left: the sigmoid climbs from 0 to 1, tanh from -1 to 1 and twice as fast in z. Right: the slope of tanh is a hill of height "
    "1 at z = 0, that of the sigmoid a wider hill of height 0.25; both are near 0 at z = -5 and at z = 5.",
)

# %% [markdown]
# tanh is four times steeper at 0, so the hidden error comes through four times larger. (It also saturates sooner.) The chain keeps its
# five factors, and only the fourth is exchanged:
#
# $$\frac{\partial L}{\partial w_1} = 2(a_2 - y)\cdot w_2\cdot(1-a_1^2)\cdot x .$$
#
# In our copy the lines read $\;y = \tanh = \dots,\; \tanh' = 1 - y^2,\;$ and then
# $\;\frac{\partial L}{\partial w_1} = (a_2 - y)\cdot w_2\cdot(1 - y^2)\,\times$, where the last sign is the input $x$ and the 2 is left
# out, as it is below. *One letter of this line has two jobs. Which one, and what happens if you take it at its word?*

# %%
a1 = np.tanh(w1 * x + c1)
a2 = w2 * a1 + c2
derivation.slip(12, (a2 - label) * w2 * (1 - a1**2) * x, lambda: (a2 - label) * w2 * (1 - label**2) * x)

# %% [markdown]
# **Slip 12.** $y$ is the label in $(a_2 - y)$ and tanh's output in $(1 - y^2)$. Read with one meaning throughout, the slope of the
# activation would depend on the *target*, which the hidden unit has never seen. When a formula in your own notes is right only if you
# remember what you meant, rename.
#
# ## The shape of the cost
#
# Time for a live picture: a 1-3-1 network, tanh then identity, and a few points of a noisy curve.
#
# **Predict first.** Choose an *output* weight and look at the cost along it, then choose a *hidden* weight. One of the two curves is a
# shape you know by name. Which, and why? (Write $L$ as a function of $w_2$ alone.)

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
few_x, few_y = bp.data.noisy_curve(n=9)
small = bp.network([1, 3, 1], hidden=bp.tanh, output=bp.identity, rng=3)
bp.explorer(small, few_x, few_y, bp.mean_squared_error)


# %% [markdown]
# The same two curves standing still. The printed *bend* is $L(w+1) - 2L(w) + L(w-1)$, taken at three places: for a parabola it is the
# same everywhere.


# %%
def cost_along(k, shift):
    W = small[k].W.copy()
    W.flat[-1] += shift  # the weight into, or out of, the third hidden unit
    layers = [layer._replace(W=W) if i == k else layer for i, layer in enumerate(small)]
    return bp.mean_squared_error.f(bp.predict(layers, few_x), few_y)


shifts = np.linspace(-4, 4, 121)
fig, axes = draw.figure(2, height=2.6)
for ax, k, title in zip(axes, (1, 0), ("along an output weight", "along a hidden weight"), strict=True):
    draw.plain(ax, "shift of the weight", "L", title)
    draw.curve(ax, shifts, [cost_along(k, s) for s in shifts])
draw.show(
    fig,
    "The cost against a shift of one weight from -4 to 4. Along an output weight it is a parabola. Along a hidden weight it is "
    "no parabola: it climbs once and levels off on both sides.",
)
for k, name in ((1, "output"), (0, "hidden")):
    bends = [cost_along(k, s + 1) - 2 * cost_along(k, s) + cost_along(k, s - 1) for s in (-2, 0, 2)]
    print(f"bend along the {name} weight at shift -2, 0, 2:", *(f"{bend:9.5f}" for bend in bends))

# %% [markdown]
# **What to have noticed.** Along an output weight the cost is a parabola: $\hat y$ is a straight line in $w_2$, and $L$ is a square of
# it. Its bend is the same everywhere (the first printed row). Along a hidden weight a tanh stands between, and the curve levels off
# where the unit saturates. So with the hidden layer held still, fitting the output layer is the old problem of least squares. What makes
# the network more than a straight line is the layer below.
#
# ## "Repeat until convergence"
#
# The notes' loop is: start somewhere, update $w \leftarrow w - \alpha\,\partial L/\partial w$, repeat until convergence. When is that? A
# program needs a rule, and a good rule **says why it stopped**. Ours knows three reasons.


# %%
def descend_until(net, x, y, alpha, flat=1e-3, most=8000):
    costs = []
    for state in bp.descend(net, x, y, bp.mean_squared_error, alpha):
        costs.append(state.C)
        slope = np.sqrt(sum((g.dW**2).sum() + (g.db**2).sum() for g in state.grads))
        if slope < flat:
            return state, costs, f"flat: the gradient is shorter than {flat:g}"
        if state.C > 1000 * costs[0]:
            return state, costs, "diverged: the cost is a thousand times what it was"
        if state.iteration == most:
            return state, costs, f"not converged: {most} steps are used up and the gradient is {slope:.1g} long"


# %% [markdown]
# 100 points on $\sin \pi x$ with noise, six hidden units, $\alpha = 0.1$; the same start for sigmoid and for tanh.
#
# **Predict first.** Which of the two gets there first? And what cost will it stop at: what is the smallest mean squared error one should
# *hope* for, if the noise has a standard deviation of 0.1?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
curve_x, curve_y = bp.data.noisy_curve()
fits = {}
for act in (bp.sigmoid, bp.tanh):
    fits[act.name] = descend_until(bp.network([1, 6, 1], hidden=act, output=bp.identity, rng=2), curve_x, curve_y, alpha=0.1)
    state, costs, reason = fits[act.name]
    print(f"{act.name:8} after about {round(state.iteration, -3)} steps, L = {state.C:.4f}\n         {reason}")
print(f"the true curve itself: L = {np.mean((np.sin(np.pi * curve_x) - curve_y) ** 2):.4f}")

# %% [markdown]
# Both fits, drawn over the points:

# %%
fig, axes = draw.figure(2, height=2.8, sharey=True)
for ax, (name, (state, _, _)) in zip(axes, fits.items(), strict=True):
    draw.plain(ax, "x", "y", name)
    ax.plot(curve_x, curve_y, "o", color=draw.GREY, markersize=3, alpha=0.5)
    draw.curve(ax, curve_x[:, 0], bp.predict(state.net, curve_x)[:, 0], color=draw.VIOLET)
draw.show(
    fig,
    "Two fits through 100 noisy points on one period of a sine. Left, sigmoid: the fitted curve is still too flat at both "
    "ends. Right, tanh: it follows the wave closely.",
)

# %% [markdown]
# tanh stops because the ground is flat, at a cost like that of the true curve (computed in the last printed line): what is left is
# noise. To go much lower would be to learn the noise by heart. The sigmoid network was still on its way; its rule says so. "Converged"
# and "out of patience" look alike in a plot of the cost. They are different results.
#
# `bp.fit` runs the same descent faster and takes a rule of its own, `settled`: stop once so many steps in a row have brought the cost
# down by less than a fraction of it.
#
# **Predict first.** The fraction is a ten-thousandth, then a thousandth. Is the second only a little less patient?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
start = bp.network([1, 6, 1], hidden=bp.tanh, output=bp.identity, rng=2)
for fraction in (1e-4, 1e-3):
    rule = bp.train.settled(tolerance=fraction, patience=10)
    done = bp.fit(start, curve_x, curve_y, bp.mean_squared_error, eta=0.1, epochs=20000, stop=rule)
    place = "before" if len(done.history) < 1000 else "after"
    print(f"less than {fraction:g} in 10 steps: it stops {place} step 1000, where L = {done.history[-1]:.2f}")

# %% [markdown]
# The second rule stopped on a plateau, a long way above the noise. Every rule is a bet on what comes after; say which one you made.
#
# A diagram in our copy of the notes shows the update as $W \leftarrow W - 2\,\frac{\partial L}{\partial W}$. Further down the same notes
# have $\alpha$ in this place, so the 2 is most likely a misread $\alpha$ (slip 13). Taken at its word, it is a learning rate of 2.

# %%
state, costs, reason = descend_until(bp.network([1, 6, 1], hidden=bp.tanh, output=bp.identity, rng=2), curve_x, curve_y, alpha=2.0)
print(f"after {state.iteration} steps: {reason}")
print("costs:", *(f"{c:.3g}" for c in costs))

# %% [markdown]
# Along an output weight the cost is a parabola, and a step of $\alpha$ times its slope lands further up the other side if $\alpha$ is
# too large for its bend; from there the slope is steeper, and the next step goes further still. (Not every single step, because the
# hidden layer is thrown about as well.) A sigmoid output would have hidden this by saturating; an identity output lets you see it.
#
# ## Cars
#
# To finish, a small real table: 392 cars, 1970 to 1982; how many miles per gallon, from six measurements (cylinders, displacement,
# horsepower, weight, acceleration, model year). Every column is scaled to mean 0 and standard deviation 1, so a network that always
# answers 0 has $L$ near 1. We train on 300 of the cars, shuffled, and look at the 92 that it has not seen.
#
# **Predict first.** Beside the network we let a straight line in all six measurements compete (least squares). Which wins, and by how
# much?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
cars, mpg = bp.data.regression_table()
order = np.random.default_rng(0).permutation(len(cars))
seen, unseen = order[:300], order[300:]

with_one = np.hstack([cars, np.ones((392, 1))])
line = np.linalg.lstsq(with_one[seen], mpg[seen], rcond=None)[0]
start = bp.network([6, 5, 1], hidden=bp.tanh, output=bp.identity, rng=1)
state, costs, reason = descend_until(start, cars[seen], mpg[seen], alpha=0.1, most=2000)

for name, guess in (
    ("always the mean", np.mean(mpg[seen]) + 0 * mpg),
    ("straight line", with_one @ line),
    ("network 6-5-1", bp.predict(state.net, cars)),
):
    squares = (guess - mpg) ** 2
    print(f"{name:16} L on the 300 seen: {squares[seen].mean():.3f}   on the 92 unseen: {squares[unseen].mean():.3f}")
print(reason)

# %% [markdown]
# On the unseen cars the network leaves about three fifths of what the line leaves. On the seen cars it looks a little better than on
# the unseen ones; that gap is the part it has learnt by heart, and the unseen cars are the ones to believe.
#
# ## What you can do now
#
# * say why an identity output has no $\sigma'$: its slope is 1;
# * keep a cost and its gradient together: the 2 comes from the square, the $1/N$ from the mean, and both enter once;
# * exchange an activation, which exchanges one factor: $a(1-a)$ for $1 - a^2$;
# * stop a descent with a reason.
#
# **The exercise** `07_regression` asks for all four gradients with tanh and the mean squared error, and lets them fit a curve. The
# package's own form, in the notes' letters, is this:

# %%
derivation.source(bp.notes.regression.gradients)

# %% [markdown]
# Lesson 8 changes the output once more, from numbers to *which of several*. It looks like a harder derivative, and most of it cancels.
