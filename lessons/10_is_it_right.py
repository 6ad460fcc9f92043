# %% [markdown]
# # 10 · Is it right?
#
# **The question.** You have written a gradient. The cost falls. How do you *know* that it is right?
#
# In lesson 9 wrong code learnt. That was no accident: of the mistakes people make in a backward pass, most still train, as this lesson
# will let you see for some twenty of them. So the cost is no witness. What is needed is a second way to the same slope that shares
# nothing with the first, and a fair way to compare the two. You have used one such way since lesson 1, the two nudges; here you see how
# far it can be trusted, and meet one that is a million times better.
#
# You need Taylor's formula for a function of one variable (it is repeated), complex numbers as far as $i^2 = -1$, and about 50 minutes.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw
from backprop.live import bug_lab

# %% [markdown]
# ## Two nudges, and what they leave over
#
# Near a point $\theta$ a smooth function is, after Taylor, a polynomial in the nudge $\varepsilon$:
#
# $$f(\theta+\varepsilon) = f + \varepsilon f' + \tfrac{\varepsilon^2}{2}f'' + \tfrac{\varepsilon^3}{6}f''' + \dots$$
#
# One nudge up leaves $f''$ over, two nudges cancel it:
#
# $$\begin{aligned}
# \frac{f(\theta+\varepsilon)-f(\theta)}{\varepsilon} &= f' + \tfrac{\varepsilon}{2}f'' + \dots\\[0.6em]
# \frac{f(\theta+\varepsilon)-f(\theta-\varepsilon)}{2\varepsilon} &= f' + \tfrac{\varepsilon^2}{6}f''' + \dots
# \end{aligned}$$
#
# The first is off by something like $\varepsilon$, the second by something like $\varepsilon^2$. For $f = \theta^3$ there are no dots:
# $f' = 3\theta^2$, $f'' = 6\theta$, $f''' = 6$, and the rest is 0. So here the formulas are exact, and every line can be run, with a
# nudge as large as we like.


# %%
def one_sided_cube(t, e):
    return {"((θ + ε)³ − θ³) / ε": ((t + e) ** 3 - t**3) / e, "3θ² + 3θε + ε²": 3 * t**2 + 3 * t * e + e**2}


def two_sided_cube(t, e):
    return {"((θ + ε)³ − (θ − ε)³) / 2ε": ((t + e) ** 3 - (t - e) ** 3) / (2 * e), "3θ² + ε²": 3 * t**2 + e**2}


rng = np.random.default_rng(10)
nudges = {"θ = 1.5, ε = 0.25": (1.5, 0.25), "a random point": (rng.normal(), rng.random())}
derivation.lines(one_sided_cube, nudges)
print()
derivation.lines(two_sided_cube, nudges)

# %% [markdown]
# So make $\varepsilon$ tiny and be done? A machine keeps about 16 digits. $f(\theta+\varepsilon)$ and $f(\theta-\varepsilon)$ agree in
# nearly all of them when $\varepsilon$ is small; the subtraction throws the common digits away, and what is left is divided by a tiny
# number. The formula gets better as $\varepsilon$ shrinks, the arithmetic gets worse.
#
# **Predict first.** For two nudges, the error of the formula is about $\varepsilon^2$ and that of the arithmetic about
# $10^{-16}/\varepsilon$. For which $\varepsilon$ are the two equally large, and how good can the measurement be at best?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %% [markdown]
# ## A nudge sideways
#
# Now the trick. Nudge $\theta$ not up or down but **sideways**, into the complex plane: by $ih$ with $i^2 = -1$. Put $\varepsilon = ih$
# into Taylor's formula. Then $\varepsilon^2 = -h^2$ is real again and $\varepsilon^3 = -ih^3$:
#
# $$\begin{aligned}
# f(\theta+ih) &= f + ih\,f' - \tfrac{h^2}{2}f'' - \tfrac{ih^3}{6}f''' + \dots\\[0.4em]
# \frac{\operatorname{Im} f(\theta+ih)}{h} &= f' - \tfrac{h^2}{6}f''' + \dots
# \end{aligned}$$
#
# The value $f$ stands in the real part, the slope in the imaginary part. They never meet, so **nothing is subtracted**, no digits are
# thrown away, and $h$ may be as small as one likes. With $h = 10^{-20}$ the term with $h^2$ is far below the last digit. For the cube,
# again exact:


# %%
def sideways_cube(t, h):
    return {
        "Im (θ + ih)³ / h": ((t + 1j * h) ** 3).imag / h,
        "3θ² − h²": 3 * t**2 - h**2,
    }


derivation.lines(sideways_cube, {"θ = 1.5, h = 0.25": (1.5, 0.25), "a random point": (rng.normal(), rng.random())})
print("h = 1e-20 agrees with 3θ² to 1e-14:", abs(bp.complex_step(lambda t: t * t * t, 1.5) - 6.75) < 1e-14 * 6.75)

# %% [markdown]
# All that is asked of $f$ is that it accepts complex numbers. Addition, multiplication, the exponential, the sigmoid and matrix products
# do. So the whole forward pass of a network does, cost included.
#
# ### The sweep
#
# One weight of the running network, $W_1[0,0] = 0.8$. Its slope, measured in three ways, for nudges from $10^{-1}$ down to $10^{-15}$,
# and how far each is off.

# %%
net, x, y = bp.data.small_network()
true = bp.gradients(net, x, y, bp.half_squared_error)[1][0].dW[0, 0]


def C(w):
    W = net[0].W + 0 * w  # complex when w is
    W[0, 0] = w
    a1 = bp.sigmoid.f(x @ W + net[0].b)
    return bp.half_squared_error.f(bp.sigmoid.f(a1 @ net[1].W + net[1].b), y)


eps = 10.0 ** -np.arange(1, 16)
one = np.array([abs((C(0.8 + e) - C(0.8)) / e - true) / abs(true) for e in eps])
two = np.array([abs((C(0.8 + e) - C(0.8 - e)) / (2 * e) - true) / abs(true) for e in eps])
side = np.array([abs(C(0.8 + 1j * e).imag / e - true) / abs(true) for e in eps])

# %% [markdown]
# As a picture, both axes logarithmic, with the nudge shrinking to the right:

# %%
fig, ax = draw.figure(height=3.4)
draw.plain(ax, "size of the nudge", "error", "how far off is the slope?")
draw.curve(ax, eps, one, "one nudge", draw.GREY, at=0.2, offset=(0, 12))
draw.curve(ax, eps, two, "two nudges", draw.BLUE, at=0.36, offset=(-14, -14))
draw.curve(ax, eps, np.maximum(side, 1e-17), "one nudge sideways", draw.VIOLET, at=0.8, offset=(0, 12))
ax.set(xscale="log", yscale="log", xlim=(3e-1, 1e-16))
draw.show(
    fig,
    "Error against the size of the nudge, both logarithmic, nudges shrinking to the right. One nudge: the error falls in step "
    "with the nudge to about 1e-8, then rises again. Two nudges: it falls twice as steeply, to about 1e-10 near 1e-5, then "
    "rises. Sideways: it falls twice as steeply to about 1e-16 and stays there.",
)

# %% [markdown]
# In print. Where rounding rules, the digits differ from machine to machine; the table stops before that, and the rest are verdicts.

# %%
print("nudge   one nudge   two nudges   sideways")
for k in (0, 1, 2, 3):
    print(f"{eps[k]:.0e}   {one[k]:9.1e}   {two[k]:10.1e}   {side[k]:8.1e}")
print("best of one nudge is above 1e-10:", one.min() > 1e-10)
print("best of two nudges is between 1e-13 and 1e-9:", 1e-13 < two.min() < 1e-9)
print("two nudges of 1e-13 are off by more than 1e-5:", two[12] > 1e-5)
print("sideways, every nudge from 1e-9 down is good to 1e-14:", side[8:].max() < 1e-14)

# %% [markdown]
# **What to have noticed.** Each curve of nudges has a valley: left of it the formula is to blame, right of it the arithmetic. For two
# nudges it lies near $10^{-5}$, where $\varepsilon^2 = 10^{-16}/\varepsilon$ puts it. That is why `bp.central_difference` uses such a
# nudge, and why lessons 1 to 9 asked for agreement "to 1e-7" and no more. Sideways there is no valley, only a floor.
#
# A check by nudges with $\varepsilon = 10^{-13}$ would call a right gradient wrong. More than one bug report in the world is about the
# check, not about the gradient.
#
# ## The whole gradient, sideways
#
# With the complex step every line of lesson 6 can be held to 1e-12. It stands in the chain itself now, no longer beside it:


# %%
def whole(W1, b1, W2, b2, x, y):
    a1 = bp.sigmoid.f(x @ W1 + b1)
    a2 = bp.sigmoid.f(a1 @ W2 + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)
    delta1 = delta2 @ W2.T * a1 * (1 - a1)

    def cost_of(W):
        return bp.half_squared_error.f(bp.sigmoid.f(bp.sigmoid.f(x @ W + b1) @ W2 + b2), y)

    return {"a₀ᵀ δ₁": x.T @ delta1, "by the complex step": bp.complex_step(cost_of, W1)}


here = (net[0].W, net[0].b, net[1].W, net[1].b, x, y)
derivation.lines(whole, {"the running network": here, "a random point": tuple(rng.normal(size=v.shape) for v in here)})

# %% [markdown]
# ## Where the complex step fails
#
# It asks that **everything** between $\theta$ and the cost carries the imaginary part along. Some innocent functions do not.
#
# **Predict first.** Which of these, for a vector $w$, lose the imaginary part: `(w * w).sum()`, `(abs(w) ** 2).sum()`, `w @ w`,
# `np.vdot(w, w)`, `np.linalg.norm(w) ** 2`, and $\sum w^2 + \sum|w|$?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*


# %%
def step_sideways(f, w):
    try:
        return bp.complex_step(f, w)
    except (TypeError, ValueError) as error:
        return type(error).__name__


w = np.array([0.5, -1.5, 2.0])
functions = {
    "(w * w).sum()": lambda w: (w * w).sum(),
    "(abs(w) ** 2).sum()": lambda w: (abs(w) ** 2).sum(),
    "w @ w": lambda w: w @ w,
    "np.vdot(w, w)": lambda w: np.vdot(w, w),
    "np.linalg.norm(w) ** 2": lambda w: np.linalg.norm(w) ** 2,
    "(w * w).sum() + abs(w).sum()": lambda w: (w * w).sum() + abs(w).sum(),
    "np.multiply(w, w, out=a float64 array)": lambda w: np.multiply(w, w, out=np.zeros(3)).sum(),
}

# %% [markdown]
# For each, what the complex step says beside the two nudges:

# %%
print(f"{'function':40} {'sideways':18} two nudges")
for name, f in functions.items():
    print(f"{name:40} {step_sideways(f, w)!s:18} {bp.central_difference(f, w).round(6)}")

# %% [markdown]
# Three kinds of failure. `abs` and norms give a real number back, and an array made for float64 refuses a complex one: there
# an exception is raised, and nothing bad happens. `np.vdot` takes the complex conjugate of one side, so the imaginary parts cancel: 0,
# **in silence**. And where only *one* term of the cost uses `abs`, the other terms carry an imaginary part, so nobody complains, and the
# result is short of exactly that term.
#
# A branch is a matter of its own: `np.maximum(z, 0)` of complex numbers compares them in an order of its own, so this package writes
# relu with `where(z.real > 0, ...)`. The rule: *write the forward pass with arithmetic, exponentials, logarithms and matrix products*,
# and if the two ways of measuring disagree with each other, look at the forward pass first.
#
# ## A fair comparison
#
# Two lists of slopes, one derived, one measured. They will not be equal to the last digit. When do they agree? Three ways to ask go
# wrong.
#
# **Predict first.** Is each of these a good question? (a) *Is every difference below 1e-8?* (b) *Is every element right to 1e-7 of
# itself?* (c) *Is each array right to 1e-7 of its own length?*

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
deep = bp.network([2, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 1], rng=1)
x_xor, y_xor = bp.data.xor()
tiny = bp.gradients(deep, x_xor, y_xor, bp.half_squared_error)[1][0].dW
print("(a) a gradient three times too large passes np.allclose:", np.allclose(3 * tiny, tiny))
print(f"    its relative error is {bp.relative_error(3 * tiny, tiny):.6g}")

# %% [markdown]
# (a) is **false comfort**. In a deep sigmoid network the slopes of the first layer are so small (lesson 9) that *anything* passes an
# absolute tolerance. A comparison has to be relative to the size of what is compared.

# %%
theta = np.array([1.0, 1e-9])


def bowl(t):
    return 1000 * t[0] ** 2 + t[1] ** 2


exact, nudged = np.array([2000.0, 2e-9]), bp.central_difference(bowl, theta)
print("(b) the small element is right to 1e-7 of itself:", abs(nudged[1] - exact[1]) < 1e-7 * exact[1])
print("    the whole is right to 1e-7 of its length:", bp.relative_error(nudged, exact) < 1e-7)

# %% [markdown]
# (b) is a **false alarm**. The measurement of the small element is drowned in the rounding of the large cost, though the gradient is
# right. One compares **lengths**: $\|g - g'\|/\|g'\|$, for a whole array at once. That is `bp.relative_error`.

# %%
linear = [net[0], net[1]._replace(act=bp.identity)]
logits = bp.predict(linear, x)
_, grads = bp.gradients(linear, x, y, bp.softmax_cross_entropy)

derived = grads[1].db.sum()  # one number, shared by both logits
nudged = bp.central_difference(lambda c: bp.softmax_cross_entropy.f(logits + c, y), 0.0)
longest = max(np.linalg.norm(g.dW) for g in grads)
print("(c) the shared bias, derived and nudged, both < 1e-9 of the longest dW:", max(abs(derived), abs(nudged)) < 1e-9 * longest)

# %% [markdown]
# (c) fails for a gradient that *is* 0, such as the shared bias of lesson 8. Both numbers are rounding noise, and noise divided by noise
# is anything. So the last piece is a floor: an array whose own length is less than a thousandth of the whole gradient's is measured
# against that thousandth. `bp.check_gradient` does all three: it takes the complex step of every weight and bias, compares norm-wise,
# with that floor, and returns the largest error.

# %%
for sizes, hidden, cost, output in (
    ([3, 4, 2], bp.sigmoid, bp.half_squared_error, bp.sigmoid),
    ([3, 5, 4, 2], bp.tanh, bp.mean_squared_error, bp.identity),
    ([3, 4, 2], bp.sigmoid, bp.softmax_cross_entropy, bp.identity),
):
    some = bp.network(sizes, hidden=hidden, output=output, rng=3)
    print(f"{sizes!s:13} {hidden.name:8} {cost.name:22} right to 1e-12: {bp.check_gradient(some, x, y, cost) < 1e-12}")

# %% [markdown]
# A check that cannot fail is worth nothing. So plant an error, and see that it is caught: one bias gradient averaged instead of summed.

# %%
_, grads = bp.gradients(net, x, y, bp.half_squared_error)
planted = [grads[0]._replace(db=grads[0].db / 5), grads[1]]
for name, some in (("right gradient", grads), ("planted error", planted)):
    error = bp.check_gradient(net, x, y, bp.half_squared_error, some)
    print(f"{name}: {'right to 1e-12' if error < 1e-12 else f'off by {error:.6g} of its length'}")

# %% [markdown]
# ## The silent-bug lab
#
# Here is the promised proof that the cost is no witness. The package holds a catalogue of mistakes that people make (`bp.check` uses it
# to tell you which one you made). The lab builds the gradient *with* one of them and lets the running network learn for 300 steps,
# $\eta = 1$.
#
# **Predict first.** Of about twenty mistakes whose shapes fit, with how many will the cost fall?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %% [markdown]
# Choose a mistake, look at the two curves, and say whether you would have noticed. Then press the button.

# %%
bug_lab.lab()

# %% [markdown]
# All of them in one table, one line each:

# %%
bug_lab.table()

# %% [markdown]
# Counted, and beside it where the right gradient arrives:

# %%
falling = [name for name in bug_lab.mistakes() if bug_lab.run(name).falls]
print(f"{len(falling)} of {len(bug_lab.mistakes())} mistakes train: the cost is lower after 300 steps than before.")
print(f"C after 300 steps with the right gradient: {bug_lab.run('sign').right[-1]:.3f}")

# %% [markdown]
# **What to have noticed.** Nearly all. Some even end *lower* than the right gradient does, because their steps are longer. What gives a
# mistake away in the cost is only a wrong direction (`sign`) or an explosion. The check catches every one of them, before the first
# step.
#
# It happens to those who teach it, too: published solutions with the sign turned round, with a bias gradient summed over all classes,
# with = where += was due over the batch. A comparison with measured slopes finds each of them at once.
#
# ## Where to check
#
# The check is as good as the place where it is made. A question for each of three places: *which mistakes can it not see?*
#
# **Predict first.** (a) One example instead of five. (b) One output instead of two. (c) All weights and biases 0.

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
one_output = [net[0], net[1]._replace(W=net[1].W[:, :1], b=net[1].b[:1])]
zeros = [layer._replace(W=0 * layer.W, b=0 * layer.b) for layer in net]
places = {
    "the running network, 5 examples": (net, x, y),
    "one example": (net, x[:1], y[:1]),
    "one output": (one_output, x, y[:, :1]),
    "all weights and biases 0": (zeros, x, y),
}
for place, point in places.items():
    unseen = bug_lab.hidden(*point)
    print(f"{place}: {len(unseen)} mistakes cannot be seen", *unseen, sep="\n    ")

# %% [markdown]
# With one example a sum is a mean and the last example is the only one. With one output a sum over outputs has a single term. With zero
# weights nothing travels back at all. And in a *square* network every forgotten transpose has the right shape, so it looks like an
# honest number. Hence the recipe:
#
# **Check at random weights and biases, unsaturated; with sizes that all differ; with several outputs; with more than two examples; in
# float64.** And on two different points, since one may be special without your noticing.
#
# Saturation belongs on that list too. Try it:
#
# **Predict first.** In the live network choose the biases of the output layer, one after the other, and type 12 into the field. What
# happens to all the slopes? What would a check with an absolute tolerance say about a wrong gradient there?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
bp.explorer(net, x, y, bp.half_squared_error)

# %% [markdown]
# The same in print, for three values of both biases, with an absolute tolerance of 1e-4:

# %%
for b in (0.0, 6.0, 12.0):
    saturated = [net[0], net[1]._replace(b=np.array([b, b]))]
    _, grads = bp.gradients(saturated, x, y, bp.half_squared_error)
    doubled = np.allclose(2 * grads[0].dW, grads[0].dW, atol=1e-4)
    print(f"output biases {b:4g}:  size of dW1 {np.linalg.norm(grads[0].dW):8.3g}   a doubled dW1 passes: {doubled}")

# %% [markdown]
# **What to have noticed.** The slopes shrink with the biases, all together, and far out an absolute tolerance accepts anything. (A
# relative one still works there.)
#
# ## The hunt
#
# To finish, all five notes once more. Below are fourteen lines, some as they should be, some with a slip as it stands in our copy. You
# have derived the right form of each.
#
# | | note | line |
# |---|---|---|
# | A | `two_layer` | $\delta_1 = (\delta_2W_2^T)\odot\sigma'(z_1)$ |
# | B | `two_layer` | $\partial C/\partial w_1$, four factors, the last $\partial x/\partial w_1$, with $x$ the input and $b$ the bias |
# | C | `softmax_classifier` | $\partial L/\partial z_2 = \hat y - y$ |
# | D | `softmax_classifier` | $\partial L/\partial A_1 = \partial L/\partial z_2\cdot W_2$, all in columns |
# | E | `softmax_classifier` | $\partial L/\partial b_1$ = the sum of the elements of $\partial L/\partial z_1$, a bias per unit |
# | F | `regression` | $\tanh' = 1 - a^2$ |
# | G | `regression` | $L = \frac1N\sum(y-\hat y)^2$, so $\partial L/\partial W_2 = a_1^T(a_2 - y)$ |
# | H | `regression` | $\partial L/\partial b_1 = 2(a_2-y)\,w_2\cdot a_1(1-a_1)\,x$, one example |
# | I | `absorbed_bias` | $\delta^L = \nabla_aC\odot\sigma'(z^L)$ |
# | J | `absorbed_bias` | $\delta^2 = \delta^3(W^3)^T\odot\sigma'(\text{layer\_output}[-1]\cdot W[-1])$ |
# | K | `absorbed_bias` | $\partial C/\partial W = a_\text{in}\,\delta_\text{out}$, an outer product |
# | L | `node_form` | $\partial E/\partial w_{ij} = \delta_j\,o_i$ |
# | M | `node_form` | $o_i = g(a_i)$ for every node, with $g$ = tanh and $g_o$ = identity |
# | N | `node_form` | $\delta_j = g'(a_j)\sum_l w_{jl}\,\delta_l$ |
#
# **Predict first.** Which of the fourteen are wrong? For each wrong one: would you see it as a shape, as a number, or not at all in the
# cost?

# %% [markdown]
# **Your prediction:** *(press Enter here and write: the letters, and why)*

# %% [markdown]
# Each cell below takes some of the lines: the value as the line stands, and the same quantity by the complex step. A line that cannot be
# computed keeps its error.

# %%
(W1, b1, _), (W2, b2, _) = net
s, half, softmax_cost = bp.sigmoid.f, bp.half_squared_error.f, bp.softmax_cross_entropy.f
z1 = x @ W1 + b1
a1 = s(z1)
z2 = a1 @ W2 + b2
a2 = s(z2)
delta2 = (a2 - y) * a2 * (1 - a2)
hunt = {
    "A": (lambda: delta2 @ W2.T * a1 * (1 - a1), bp.complex_step(lambda z: half(s(s(z) @ W2 + b2), y), z1)),
    "B": (lambda: 0.0, bp.complex_step(lambda w: half(s(w * 0.9 - 0.4), np.array(1.0)), 0.8)),  # turning w1 does not move the input x
    "I": (lambda: (a2 - y) * a2 * (1 - a2), bp.complex_step(lambda z: half(s(z), y), z2)),
    "K": (lambda: np.outer(a1[0], delta2[0]), bp.complex_step(lambda W: half(s(a1[:1] @ W + b2), y[:1]), W2)),
}

# %% [markdown]
# The lines of `softmax_classifier`:

# %%
dz2 = bp.softmax(z2) - y
dz1 = dz2 @ W2.T * a1 * (1 - a1)
hunt |= {
    "C": (lambda: dz2, bp.complex_step(lambda z: softmax_cost(z, y), z2)),
    "D": (lambda: dz2[:1].T @ W2.T, bp.complex_step(lambda a: softmax_cost(a @ W2 + b2, y[:1]), a1[:1]).T),  # columns: W2 is (2, 4)
    "E": (lambda: dz1.sum() * np.ones(4), bp.complex_step(lambda b: softmax_cost(s(x @ W1 + b) @ W2 + b2, y), b1)),
}

# %% [markdown]
# Those of `regression`: F and G with arrays, H with single numbers.

# %%
w1, c1, w2, c2, v, label = 0.8, -0.4, 1.3, 0.2, 1.5, -0.7
h, error = s(w1 * v + c1), w2 * s(w1 * v + c1) + c2 - label
hunt |= {
    "F": (lambda: 1 - np.tanh(z1) ** 2, bp.complex_step(lambda z: np.tanh(z).sum(), z1)),
    "G": (lambda: a1.T @ (z2 - y), bp.complex_step(lambda W: bp.mean_squared_error.f(a1 @ W + b2, y), W2)),
    "H": (lambda: 2 * error * w2 * h * (1 - h) * v, bp.complex_step(lambda b: (w2 * s(w1 * v + b) + c2 - label) ** 2, c1)),
}

# %% [markdown]
# Those of `absorbed_bias` and `node_form` that are left, on the upper part of a 3-3-2-1 network:

# %%
V2, V3 = rng.normal(size=(3, 2)), rng.normal(size=(2, 1))  # the upper part of a 3-3-2-1 network; o1 enters it
o1 = s(rng.normal(size=(1, 3)))
o2, o3 = s(o1 @ V2), s(s(o1 @ V2) @ V3)
d3 = (o3 - 1) * o3 * (1 - o3)
d2 = d3 @ V3.T * o2 * (1 - o2)
hunt |= {
    "J": (lambda: d3 @ V3.T * bp.sigmoid.df(None, s(o3 @ V3)), bp.complex_step(lambda z: half(s(s(z) @ V3), np.ones((1, 1))), o1 @ V2)),
    "L": (
        lambda: [[d2[0, j] * o1[0, i] for j in range(2)] for i in range(3)],
        bp.complex_step(lambda V: half(s(s(o1 @ V) @ V3), np.ones((1, 1))), V2),
    ),
    "M": (lambda: np.tanh(z2), z2),  # the output node's o is g_o(a) = a
    "N": (lambda: [[o2[0, j] * (1 - o2[0, j]) * V3[j, 0] * d3[0, 0] for j in range(2)]], d2),
}

# %% [markdown]
# And the verdicts, with what the table of slips says about each line that is wrong.

# %%
numbers = {"B": 1, "D": 26, "E": 3, "G": 10, "H": 11, "J": 18, "M": 36}
for letter in sorted(hunt):
    line, want = hunt[letter]
    try:
        agrees = bp.relative_error(line(), np.asarray(want)) < 1e-12
        verdict = "agrees to 1e-12" if agrees else "another value"
    except ValueError:
        agrees, verdict = False, "the shapes do not meet"
    print(f"{letter}  {verdict}" + ("" if agrees else f": slip {numbers[letter]}"))
    if not agrees:
        derivation.sentence(bp.notes.slips.SLIPS[numbers[letter]].truth)

# %% [markdown]
# Seven of the fourteen. Count how many of them you would have seen in the shapes: two. And how many a falling cost would have told you:
# think of the lab.
#
# ## What you can do now
#
# * measure a slope to sixteen digits, and say when that way of measuring fails;
# * compare two gradients without false alarm and without false comfort;
# * choose a place to check at where no mistake can hide;
# * and, after ten lessons: derive a gradient, write it, and *know* that it is right.
#
# **The exercise** `10_is_it_right` asks for `complex_step_gradient` and for `find_the_slip`, and then for the last step: your own
# gradients, from exercises 6 and 8, reading handwritten digits.
#
# You began with one neuron and a slope. Larger networks have more layers, and layers of other kinds. Their gradients are found in the
# same way, and checked in the same way.
