# %% [markdown]
# # 1 · One neuron
#
# **The question.** A program holds one number that it may turn, a *weight*. Turn it up a little: do its answers get
# better or worse, and how fast?
#
# Every trained network, however large, was trained by answering that question for each of its weights, over and over.
# This lesson answers it for the smallest network there is, and completely: by the end you will have derived the answer,
# watched every line of the derivation run, measured it in a second way, and used it to let the neuron learn.
#
# You need the derivative of a function of one variable, and about 40 minutes. The lesson walks section 1 of *Neural
# Network Backpropagation* by Mehmet; where our copy of that note and the derivation part ways, we will stop and look.
#
# How to use these pages: run each cell with Shift + Enter, from the top. Where a line says **Your prediction**, press
# Enter on it and write before you go on. A guess on paper that turns out wrong teaches more than a right one left in
# the head.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

# %% [markdown]
# ## Five evenings, one heater
#
# On five evenings somebody noted how warm it was outside (`x`; 0 is as usual, −1 is five degrees colder, +1 five
# degrees warmer) and whether the heater was on (`y`; 1 for yes). We want a machine that takes `x` and returns a number
# between 0 and 1: its belief that the heater is on.

# %%
x = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])  # how warm: shape (5,)
y = np.array([1.0, 1.0, 0.0, 1.0, 0.0])  # heater on: shape (5,)

derivation.values(warmth=x, heater=y)

# %% [markdown]
# Cold evenings have the heater on and warm ones off, but look at evening 4: warm, and yet on. (Somebody had a cold.) No
# threshold on warmth gets all five evenings right; real data is like that, and it will keep our neuron honest: it has
# to settle for a compromise.
#
# ## The machine
#
# The note builds the neuron in three steps. Multiply the input by a weight and add a bias; squash the result into the
# range 0 to 1; then measure how far that is from what should have come out:
#
# $$z = w\,x + b \tag{1}$$
#
# $$a = \sigma(z) \tag{2}$$
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}} \tag{3}$$
#
# $$C = \tfrac12 \sum_{\text{evenings}} (a - y)^2 \tag{4}$$
#
# | symbol | what it is | shape here |
# |---|---|---|
# | $x$, $y$ | input and target, one an evening | (5,) |
# | $w$, $b$ | weight and bias: the two numbers we may turn | one number each |
# | $z$ | the weighted sum | (5,) |
# | $a$ | the *activation*: what the neuron answers | (5,) |
# | $C$ | the *cost*: how wrong all five answers are together | one number |
#
# $\sigma$ (sigma) is called the *sigmoid*. It turns any number into one between 0 and 1: large negative numbers into
# almost 0, large positive ones into almost 1, and 0 into exactly one half. The cost is 0 only if every answer equals
# its target. The ½ is there for comfort: it will cancel a 2.
#
# In Python the page looks like this.


# %%
def answers(w, b):
    z = w * x + b  # (1)
    return z, bp.sigmoid.f(z)  # (2), (3)


def C(w, b):
    _, a = answers(w, b)
    return 0.5 * np.sum((a - y) ** 2)  # (4)


# %% [markdown]
# Two numbers make this neuron: let it start at $w = 0.8$ and $b = -0.4$. Here is what it says about the five evenings.

# %%
w, b = 0.8, -0.4
z, a = answers(w, b)

derivation.values(x=x, z=z, a=a, y=y, C=C(w, b))

# %% [markdown]
# Read each column of that table from top to bottom: one evening on its way through the neuron. Here is the last of them
# as a picture, evening 5.

# %%
fig, ax = draw.figure(height=2.4)
draw.neuron(ax, x[4], w, b, z[4], a[4], y[4])
draw.show(
    fig,
    f"The neuron on evening 5, from left to right: x is {x[4]:.2f}; times w {w:.2f} plus "
    f"b {b:.2f} is z = {z[4]:.2f}; the sigmoid of z is a = {a[4]:.2f}; the target y is "
    f"{y[4]:.2f}.",
)

# %% [markdown]
# This neuron has the world upside down. Its weight is positive, so the warmer the evening, the surer it is that the
# heater runs: 0.77 on the warmest evening, 0.12 on the coldest. The cost, in the last row of the table, is high
# accordingly. That is the number we want to make small.
#
# ## Turn the weight
#
# The live picture below is this same neuron. Its curve shows the cost for every value the weight could have; the point
# is where the weight stands now. The small violet line touches the curve at that point and has the curve's slope there.
# (The package takes a whole batch at once, so `x` goes in as a column of five rows; `x[:, None]` turns the shape (5,)
# into (5, 1). Lesson 2 says why.)
#
# **Predict first.** The weight stands at 0.8. If you pull it down to −3 and leave the bias alone, will the cost go down
# all the way, go up all the way, or turn round somewhere? And what will the violet line do where it turns?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
neuron = [bp.Layer(W=np.array([[w]]), b=np.array([b]), act=bp.sigmoid)]

bp.explorer(neuron, x[:, None], y[:, None], bp.half_squared_error)

# %% [markdown]
# **What to have noticed.** Pulling `w` down, the cost falls, through 0 and on into the negative weights, until about
# −1; from there it climbs slowly again. Right of that bottom the line leans up to the right (a positive slope: less
# weight, less cost); left of it, it leans down; at the bottom it lies flat. So the *sign* of the slope says which way
# to turn, its size says how much there is to gain, and it is 0 where turning no longer helps. Now choose the bias, by a
# click on the output circle or with the Tab key, move it, and go back to the weight. Its whole curve has changed its
# shape: how the cost answers to the weight depends on where the bias stands.
#
# If your browser shows no live picture, here are the same facts standing still.

# %%
turns = np.linspace(-4, 3, 141)
fig, ax = draw.figure(height=3.2)
draw.plain(ax, "w", "C", "the cost along w, for three biases that stand still")
for other, dy in ((-2.0, -9), (b, 9), (1.5, 9)):
    color = draw.BLUE if other == b else draw.GREY
    draw.curve(ax, turns, [C(v, other) for v in turns], f"b = {other}", color, at=0, offset=(0, dy))
slope = bp.notes.two_layer.neuron(w, x, b, y)[3]
draw.tangent(ax, w, C(w, b), slope, 0.8, f"w = {w}", offset=(36, -26))
draw.show(
    fig,
    f"Three curves of the cost against w from -4 to 3. For b = 1.5 and b = -0.4 the cost "
    f"falls from the left to a bottom near w = -1.3 and w = -1.1, then climbs; for b = -2 "
    f"it climbs from the start and flattens on the right. "
    f"The violet point at w = {w}, b = {b} stands at C = {C(w, b):.2f}, on the climb; its "
    f"tangent leans up to the right.",
)

# %% [markdown]
# The blue curve as a table:

# %%
some = np.array([-4.0, -3.0, -2.0, -1.0, 0.0, 0.8, 2.0, 3.0])

derivation.values(w=some, C=[C(v, b) for v in some])

# %% [markdown]
# ## What ∂ means
#
# The cost depends on two numbers. To speak of *the slope along w* we have to say what `b` does meanwhile, and the
# answer is: nothing. It is held still. Freeze $b$ at −0.4 and $C$ becomes a function of one variable, the kind whose
# derivative you know. That derivative has a sign of its own, a round ∂, to remind us that something else was held
# still:
#
# $$\frac{\partial C}{\partial w} = \text{the slope of } C \text{ along } w \text{, with } b \text{ held still.}$$
#
# In the same way $\partial C/\partial b$ is the slope along $b$ with $w$ held still. One neuron, two slopes.
#
# A slope can be *measured*. Nudge the weight up by a small $\varepsilon$, nudge it down by the same, and divide the
# difference of the two costs by the distance between the two places:
#
# $$\frac{\partial C}{\partial w} \approx \frac{C(w + \varepsilon,\, b) - C(w - \varepsilon,\, b)}{2\varepsilon}$$
#
# Why both ways, and not one nudge up? Because a curve bends, and to one side the bend spoils the measurement; taken
# both ways, what the bend adds on the right it takes away on the left.
#
# **Predict first.** With ε = 0.1, how many digits will the one-sided measurement share with the truth? And the
# two-sided one? What will ten times less ε do to each?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
for eps in (0.1, 0.01, 0.001):
    one_sided = (C(w + eps, b) - C(w, b)) / eps
    two_sided = (C(w + eps, b) - C(w - eps, b)) / (2 * eps)
    print(f"eps {eps:5}   one-sided {one_sided:.6f}   two-sided {two_sided:.6f}")

# %% [markdown]
# Ten times less ε makes the one-sided error about ten times smaller, and the two-sided error about a hundred times.
# That is why we take two nudges. The package has them as `bp.central_difference(f, theta)`, with ε = 1e-5: small enough
# for the bend to vanish, large enough that the two costs still differ in many digits. It is good to about nine digits,
# so we will ask for seven.

# %%
measured_w = bp.central_difference(lambda w: C(w, b), w)  # b is held still
measured_b = bp.central_difference(lambda b: C(w, b), b)  # w is held still

derivation.values(dC_dw=measured_w, dC_db=measured_b)

# %% [markdown]
# The slope along $w$ is positive, as the picture says: less weight, less cost. The slope along $b$ is negative: the
# bias should go up.
#
# If slopes can be measured, why derive anything? Because each measurement runs the neuron twice. A network with a
# million weights would run two million times for a single small step. *Backpropagation gets all the slopes at once, for
# the price of running the network a few times, however many weights there are.* It rests on one rule that you know.
#
# ## The chain rule: slopes of stages multiply
#
# Take a single evening. The weight does not reach the cost directly: it changes $z$, which changes $a$, which changes
# that evening's cost $c = \frac12 (a - y)^2$. Three stages, one after another:
#
# $$w \;\longrightarrow\; z = wx + b \;\longrightarrow\; a = \sigma(z) \;\longrightarrow\; c = \tfrac12 (a - y)^2$$
#
# If a nudge of $w$ comes out of the first stage 3 times as large, and the second stage makes a nudge 0.2 times as
# large, then both together make it 0.6 times as large. Slopes of stages multiply; that is the chain rule:
#
# $$\frac{\partial c}{\partial w} = \frac{\partial c}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot
# \frac{\partial z}{\partial w}$$
#
# Try it before you believe it. For evening 5, here are the three stages, each measured by two nudges of its own input,
# and their product; below it, the two nudges of the weight that go through all three stages at once.

# %%
x5, y5, z5, a5 = x[4], y[4], z[4], a[4]
dz_dw = bp.central_difference(lambda w: w * x5 + b, w)
da_dz = bp.central_difference(bp.sigmoid.f, z5)
dc_da = bp.central_difference(lambda a: 0.5 * (a - y5) ** 2, a5)
whole = bp.central_difference(lambda w: 0.5 * (bp.sigmoid.f(w * x5 + b) - y5) ** 2, w)

product = dc_da * da_dz * dz_dw
derivation.values(dz_dw=dz_dw, da_dz=da_dz, dc_da=dc_da, product=product, all_at_once=whole)

# %% [markdown]
# Measured, they agree. Now each factor by derivation; every one is the derivative of a function of one variable:
#
# * the last stage: $\dfrac{\partial c}{\partial a} = a - y$. The 2 of the square has met the ½. This is *how wrong the
#   answer is*, with its sign;
# * the first stage: $\dfrac{\partial z}{\partial w} = x$, since $z = wx + b$ is a straight line in $w$. And for the
#   bias $\dfrac{\partial z}{\partial b} = 1$;
# * the middle stage: $\dfrac{\partial a}{\partial z} = \sigma'(z)$, which we have yet to work out.
#
# ## The slope of the sigmoid
#
# **Predict first.** The sigmoid runs from 0 to 1. Where is it steepest, and how steep is it there? What is its slope at
# $z = 10$?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %% [markdown]
# Write $\sigma(z) = (1 + e^{-z})^{-1}$ and differentiate: the outer power gives $-(1 + e^{-z})^{-2}$, the inside gives
# $-e^{-z}$, and the two minus signs cancel. The rest is arranging:
#
# $$
# \begin{aligned}
# \sigma'(z) &= \frac{e^{-z}}{(1 + e^{-z})^2} \\
# &= \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} \\
# &= \sigma(z)\,\bigl(1 - \sigma(z)\bigr) \\
# &= a\,(1 - a)
# \end{aligned}
# $$
#
# (For the third line: $\frac{e^{-z}}{1 + e^{-z}}$ and $\frac{1}{1 + e^{-z}}$ add up to 1.) A page of algebra proves
# nothing to a computer, and a slip of the pen is easily made. So from here on **every chain of equalities in this
# course is run**. Each line below is one line of the page, evaluated at the five values of $z$ our neuron has, and at
# five random ones; they have to agree with each other to twelve digits, and with the two nudges to seven.


# %%
def slope_of_sigmoid(z):
    e, s = np.exp(-z), bp.sigmoid.f(z)
    return {
        "e^-z / (1+e^-z)^2": e / (1 + e) ** 2,
        "1/(1+e^-z)·e^-z/(1+e^-z)": 1 / (1 + e) * (e / (1 + e)),
        "σ(z) (1 − σ(z))": s * (1 - s),
        "a (1 − a)": bp.sigmoid.df(z, s),
    }


# %% [markdown]
# And the same slope without any algebra, by two nudges at each $z$. `derivation.lines` puts all of them side by side,
# and would stop this notebook with an error if one line disagreed.


# %%
def nudged_sigmoid(z):
    return np.array([bp.central_difference(bp.sigmoid.f, v) for v in z])


rng = np.random.default_rng(1)
derivation.lines(
    slope_of_sigmoid,
    {"our five evenings": (z,), "five random z": (rng.normal(size=5),)},
    nudged_sigmoid,
)

# %% [markdown]
# The last form is the note's, $\sigma'(x) = \sigma(x)(1 - \sigma(x))$, and it is a gift: whoever has run the neuron has
# $a$ already, and gets the slope for one multiplication. Here is the shape of it.

# %%
places = np.linspace(-8, 8, 161)
heights = bp.sigmoid.f(places)
fig, (left, right) = draw.figure(2, height=2.7)
draw.plain(left, "z", "a", "the sigmoid")
draw.curve(left, places, heights)
draw.point(left, z, a, "our five evenings", offset=(10, -8))
draw.plain(right, "z", "", "its slope, a (1 − a)")
draw.curve(right, places, bp.sigmoid.df(places, heights), color=draw.VIOLET)
draw.point(right, z, bp.sigmoid.df(z, a))
draw.show(
    fig,
    "Left: the sigmoid rises from 0 to 1 and is 0.5 at z = 0; the five evenings lie on "
    "its steep middle part, z from -2 to 1.2. Right: its slope is a hill, 0.25 high at z "
    "= 0, and next to nothing beyond z = 6 or below z = -6.",
)

# %% [markdown]
# The slope is never more than ¼, and it is nearly 0 at *both* ends: where the neuron is sure of itself, rightly or
# wrongly, it hardly responds. Keep this in mind; the last section of this lesson runs into it.
#
# ## ∂C/∂w and ∂C/∂b, line by line
#
# Five evenings now. The cost is a sum over the evenings, and the slope of a sum is the sum of the slopes. So:
#
# $$
# \begin{aligned}
# \frac{\partial C}{\partial w} &= \sum_{\text{evenings}}
# \frac{\partial c}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial w} \\
# &= \sum_{\text{evenings}} (a - y)\;\sigma'(z)\;x \\
# &= \sum_{\text{evenings}} (a - y)\;a\,(1 - a)\;x
# \end{aligned}
# $$
#
# Every line of it runs, at our neuron and at a random one; the two nudges turn $w$ itself, hold $b$ still, and know
# nothing of stages.


# %%
def dC_dw(w, b):
    z, a = answers(w, b)
    dc_da, da_dz, dz_dw = a - y, np.exp(-z) / (1 + np.exp(-z)) ** 2, x
    return {
        "Σ ∂c/∂a · ∂a/∂z · ∂z/∂w": np.sum(dc_da * da_dz * dz_dw),
        "Σ (a − y) σ′(z) x": np.sum((a - y) * bp.sigmoid.df(z, a) * x),
        "Σ (a − y) a (1 − a) x": np.sum((a - y) * a * (1 - a) * x),
    }


two_places = {"our neuron": (w, b), "a random one": tuple(rng.normal(size=2))}
derivation.lines(dC_dw, two_places, lambda w, b: bp.central_difference(lambda v: C(v, b), w))

# %% [markdown]
# For the bias everything is the same but the first stage: $\partial z/\partial b = 1$ stands where $x$ stood.
#
# $$
# \begin{aligned}
# \frac{\partial C}{\partial b} &= \sum_{\text{evenings}}
# \frac{\partial c}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot \frac{\partial z}{\partial b} \\
# &= \sum_{\text{evenings}} (a - y)\;\sigma'(z)\cdot 1 \\
# &= \sum_{\text{evenings}} (a - y)\;a\,(1 - a)
# \end{aligned}
# $$


# %%
def dC_db(w, b):
    z, a = answers(w, b)
    dc_da, da_dz, dz_db = a - y, np.exp(-z) / (1 + np.exp(-z)) ** 2, np.ones(5)
    return {
        "Σ ∂c/∂a · ∂a/∂z · ∂z/∂b": np.sum(dc_da * da_dz * dz_db),
        "Σ (a − y) σ′(z) · 1": np.sum((a - y) * bp.sigmoid.df(z, a) * 1),
        "Σ (a − y) a (1 − a)": np.sum((a - y) * a * (1 - a)),
    }


derivation.lines(dC_db, two_places, lambda w, b: bp.central_difference(lambda v: C(w, v), b))

# %% [markdown]
# The part that the two slopes share, $(a - y)\,\sigma'(z) = \partial c/\partial z$, will get a name in lesson 3 and
# carry the whole course. For now, read the result as a sentence: *a weight is to blame for an evening's error in
# proportion to how wrong the answer was, how much the neuron still responds, and how large the input was that came
# through the weight.*
#
# The package holds this neuron in the note's own symbols. Three of its lines are the page; the last returns the sums
# you derived.

# %%
derivation.source(bp.notes.two_layer.neuron)

# %% [markdown]
# ## Reading the note closely
#
# You now hold the right form, so you can read our copy of the note as an editor would. Three of its lines deserve a
# second look. They are numbered as in the course's table of slips, which covers five sets of notes; a slip may well be
# the copyist's.
#
# **Its chain rule** reads
#
# $$\frac{\partial C}{\partial w_1} =
# \frac{\partial C}{\partial a_i}\,\frac{\partial a_i}{\partial b}\,\frac{\partial b}{\partial x}\,\frac{\partial
# x}{\partial w_1}$$
#
# Four factors, where we had three. *Which stages are meant? And what is $\partial x/\partial w_1$ if $x$ is the warmth
# of an evening?* Think before you run the cell, which reads the letters in the only way the note has introduced them:
# $x$ the input, $b$ the bias.

# %%
dx_dw1 = bp.central_difference(lambda v: x[4], w)  # evening 5, w nudged
slope = dC_dw(w, b)["Σ (a − y) a (1 − a) x"]

derivation.slip(1, slope, lambda: slope * dx_dw1)

# %% [markdown]
# **Slip 1.** Turning a weight does not make the evening warmer, so read like this the last factor is 0 and so is the
# product. The line is right as a chain of stages: read $x$ as the product $w_1 x_1$ and $b$ as the sum, and it is our
# chain with the first stage cut in two. But both letters were taken. We call the sum $z$, and the trouble is gone.
#
# **Its cost** is written $C(w_1) = \frac12 \sum (\sigma(z) - y_1)^2$. *What else does this cost depend on? How many
# slopes would somebody compute who trusted the left side?*

# %%
both = np.array([slope, dC_db(w, b)["Σ (a − y) a (1 − a)"]])

derivation.slip(2, both, lambda: bp.central_difference(lambda w1: C(w1[0], b), np.array([w])))

# %% [markdown]
# **Slip 2.** The cost depends on $b$ too, through $z$. From $C(w_1)$ comes one slope, and the bias would never learn.
#
# **And the sum in it:** $\sum (\sigma(z) - y_1)^2$. *A sum over what?* The index of $x_1$ and $y_1$ is the same in
# every term; nothing runs.

# %%
derivation.slip(37, slope, lambda: (a[0] - y[0]) * a[0] * (1 - a[0]) * x[0])

# %% [markdown]
# **Slip 37.** Taken by its letters it is the cost of example 1 alone, and its slope is evening 1's share. The sum is
# meant to run over the examples. When you meet a Σ, ask what runs: more than one slip in this course is an index.
#
# ## Letting it learn
#
# The slope points uphill. So take a small step the other way, for both numbers at once:
#
# $$w \leftarrow w - \eta\,\frac{\partial C}{\partial w} \qquad\qquad b \leftarrow b - \eta\,\frac{\partial C}{\partial b}$$
#
# $\eta$ (eta) is the *learning rate*: how far to trust a slope. Doing this again and again is *gradient descent*; the
# *gradient* is the list of all slopes. `bp.descend` yields one state after another for ever; we take 401, the untouched
# neuron being number 0.
#
# **Predict first.** Five evenings, one of them against the rest. Will the cost get to 0? How will you see that the
# neuron is done?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
steps = bp.descend(neuron, x[:, None], y[:, None], bp.half_squared_error, eta=1.0)
states = [next(steps) for _ in range(401)]
path = [(state.net[0].W[0, 0], state.net[0].b[0]) for state in states]
for k in (0, 1, 10, 100, 400):
    g = states[k].grads[0]
    print(
        f"step {k:3}   w {path[k][0]:8.5f}   b {path[k][1]:8.5f}   C {states[k].C:.5f}   "
        f"slopes below 1e-6: {abs(g.dW[0, 0]) < 1e-6 and abs(g.db[0]) < 1e-6}"
    )

# %% [markdown]
# Seen from above, the cost is a landscape over $w$ and $b$, and the neuron walks down in it. The level lines are places
# of equal cost.

# %%
fig, (left, right) = draw.figure(2, height=3.2)
draw.plain(left, "w", "b", "the walk over the cost's landscape")
draw.landscape(left, C, np.linspace(-3, 1.5, 50), np.linspace(-2, 2, 50), path)
draw.point(left, *path[0], "start", draw.GREY)
draw.history(right, [state.C for state in states[:40]])
draw.show(
    fig,
    f"Left: level lines of the cost over w and b; the walk starts at w = 0.8, b = -0.4 "
    f"and runs left across w = 0 and bends up into the bottom of the valley, at w = "
    f"{path[-1][0]:.2f}, b = {path[-1][1]:.2f}. Right: the cost falls from "
    f"{states[0].C:.3f} within some 20 steps and then stays at {states[-1].C:.3f}.",
)

# %% [markdown]
# It does not get to 0, and it should not: no weight and bias can please evenings 2, 3 and 4 at once, which want on, off
# and on again as it gets warmer. And look at the weight: it had to give up its sign, and it did. It comes to rest where
# *both* slopes are 0, which is the bottom of the valley, and from there the update changes nothing.
#
# ## A start that barely moves
#
# Now put the bias at −12 before learning starts, and leave the rest as it was. Every $z$ is then below −10, every
# answer almost exactly 0, and the three evenings with the heater on are missed as badly as they can be.
#
# **Predict first.** Three errors $a - y$ are now the largest possible. Will the first step be larger than before, or
# smaller? What will 400 steps achieve?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
stuck = [neuron[0]._replace(b=np.array([-12.0]))]
steps = bp.descend(stuck, x[:, None], y[:, None], bp.half_squared_error, eta=1.0)
stuck_states = [next(steps) for _ in range(401)]
first = stuck_states[0]

derivation.values(
    error=first.steps[0].a_out[:, 0] - y,
    slope=bp.sigmoid.df(first.steps[0].z, first.steps[0].a_out)[:, 0],
)
derivation.values(
    C_at_0=first.C,
    C_at_400=stuck_states[400].C,
    w_moved_by=stuck_states[400].net[0].W[0, 0] - w,
)

# %% [markdown]
# Both descents in one picture, the one from before and this one:

# %%
fig, ax = draw.figure(height=2.8)
draw.history(ax, [s.C for s in states], "from b = −0.4")
draw.history(ax, [s.C for s in stuck_states], "from b = −12", draw.GREY)
draw.show(
    fig,
    f"The cost over 400 steps. From b = -0.4 it falls from {states[0].C:.2f} to "
    f"{states[400].C:.2f} within 20 steps. From b = -12 it is a flat line: {first.C:.4f} "
    f"at the start and {stuck_states[400].C:.4f} at the end.",
)

# %% [markdown]
# The errors are as large as errors get, and next to nothing happens. The three factors multiply, and the middle one,
# $a(1 - a)$, is nearly 0: the neuron is *saturated*. From far out on the flat end of the sigmoid it cannot feel which
# way is down. Being badly wrong and being able to learn from it are two different things, and squared error with a
# sigmoid is known for this trap. Lesson 3 looks at it more closely, and lesson 8 has the classic way out.
#
# ## What you can do now
#
# * say what ∂C/∂w means: the slope along one number while all others are held still;
# * measure it by two nudges, and derive it by multiplying the slopes of the stages;
# * trust the result, since every line of it ran.
#
# **The exercise** `01_one_neuron` asks you to write both parts yourself: `neuron_cost` and `neuron_gradient`. The check
# tells you which mistake you made, if you made one; the commonest three leave out a factor, forget the sum, or take the
# slope of σ at $a$ where it belongs at $z$.
#
# Lesson 2 puts several of these neurons side by side, and behind each other. Its first question: how does one write
# *from which unit to which* without losing one's mind?
