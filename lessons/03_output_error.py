# %% [markdown]
# # 3 · The error of the output layer
#
# **The question.** The network has answered, and the answer is wrong. Two output units took part. Which one is to
# blame, and how much?
#
# "To blame" has to become a number before anything can be done about it. This lesson defines that number, derives it
# for the output layer, and shows the two places where it lies to you. You need lessons 1 and 2. We walk equation (1) of
# the handwritten notes on the four equations and section 4.1 of *Backpropagation* by Daniel López Montero. About 35
# minutes.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

net, x, y = bp.data.small_network()
steps = bp.forward(net, x)

# %% [markdown]
# ## What the cost may depend on
#
# We look at one example for now; the cost of all five is the sum of their costs, and so are its slopes. The handwritten
# notes make two assumptions about the cost, and both are used all the time without being said:
#
# 1. The cost of several examples is a sum (or an average) of the costs of single ones. So we may study one example, and
#    treat its $x$ and $y$ as constants.
# 2. The cost depends on the network only through its answer $a^L$, the activations of the last layer. ($L$ is the
#    number of layers, here 2.) What happens inside the network counts as far as it reaches the outputs, and no further.
#
# Our cost fulfils both. For one example it is half the sum of squared differences over the output units $j$:
#
# $$C = \tfrac12 \sum_j (a_j - y_j)^2$$

# %%
a, target = steps[-1].a_out[0], y[0]

derivation.values(answer=a, target=target, difference=a - target, C=0.5 * np.sum((a - target) ** 2))

# %% [markdown]
# ## The error, defined
#
# Imagine you could add a tiny bit $\varepsilon$ to the weighted sum $z_j$ of one unit, just before it is squashed, and
# leave everything else alone. The cost would answer. How strongly it answers is called the **error** of that unit,
# written $\delta_j$ (delta):
#
# $$\delta_j = \frac{\partial C}{\partial z_j}$$
#
# | symbol | what it is | shape for one example, output layer |
# |---|---|---|
# | $z$ | the weighted sums of a layer | (2,) |
# | $a = \sigma(z)$ | its activations | (2,) |
# | $\delta = \partial C/\partial z$ | its errors: one for each unit, like $z$ | (2,) |
#
# So δ is not the difference between answer and target, though it will contain it. It is a slope, and like every slope
# it can be measured by two nudges.


# %%
def C(z, y):
    return 0.5 * np.sum((bp.sigmoid.f(z) - y) ** 2)


z = steps[-1].z[0]
derivation.values(delta_measured=bp.central_difference(lambda z: C(z, target), z))

# %% [markdown]
# **Why z, and not a?** One could have asked how the cost answers to a nudge of $a_j$. But what we are free to turn is
# weights and biases, and they reach the cost through $z$: a bias *is* a nudge of $z$, since $z_j = \dots + b_j$. So
# once δ is known, the bias has its slope without any more work, and the weights nearly so (lesson 5). With $\partial
# C/\partial a$ every weight would have to drag the slope of the sigmoid along. Here is the first half of that claim,
# measured: nudge the two output *biases* of the network, and the same two numbers come out.


# %%
def C_of_biases(b):
    return C(steps[-1].a_in[0] @ net[-1].W + b, target)


derivation.values(nudging_the_biases=bp.central_difference(C_of_biases, net[-1].b))

# %% [markdown]
# ## Watch it
#
# **Predict first.** The first example wants (1, 0) and got (0.45, 0.68). Output 1 should go up, output 2 should go
# down. What sign has each δ? Output 2 is further from its target than output 1: will its δ be larger in size as well?
# Then choose a weight into output 1 and drive that unit's answer towards 0, the wrong end. Will its δ grow all the way?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
bp.explorer(net, x, y, bp.half_squared_error)

# %% [markdown]
# **What to have noticed.** Step to *(1) output error*. Output 1 has a negative δ: raising its $z$ would *lower* the
# cost. Output 2 has a positive one, and a slightly larger one: 0.148 against 0.135 in size. δ points uphill, as every
# slope does, so the unit has to go against its sign. And if you drive an output towards the wrong end, its δ grows at
# first, stops growing, and then shrinks again, while the answer gets worse and worse. The next two sections say why.
#
# ## Equation (1), line by line
#
# Hold the other unit's $z$ still. Then a nudge of $z_j$ changes $a_j$ and nothing else, and $a_j$ changes the cost: one
# path, two stages, and the chain rule of lesson 1 is all we need.
#
# $$
# \begin{aligned}
# \delta_j &= \frac{\partial C}{\partial z_j} && \text{definition} \\
# &= \frac{\partial C}{\partial a_j} \cdot \frac{\partial a_j}{\partial z_j} && \text{chain rule along the one path} \\
# &= \frac{\partial C}{\partial a_j} \cdot \sigma'(z_j) && \text{since } a_j = \sigma(z_j) \\
# &= (a_j - y_j)\, \sigma'(z_j) && \text{for our cost}
# \end{aligned}
# $$
#
# For the last line, $C = \frac12 \sum_j (a_j - y_j)^2$ is differentiated by one $a_j$: the terms of the other units are
# constants, the square brings a 2, the ½ takes it away.
#
# All four lines are evaluated. In the first two the derivatives are taken by two nudges, as the line says them: the
# first nudges $z$, the second nudges each stage by itself.


# %%
def nudged_lines(z, y):
    a = bp.sigmoid.f(z)
    dC_da = bp.central_difference(lambda a: 0.5 * np.sum((a - y) ** 2), a)
    da_dz = np.array([bp.central_difference(bp.sigmoid.f, z_j) for z_j in z])
    return {
        "∂C/∂z_j, nudged": bp.central_difference(lambda z: C(z, y), z),
        "∂C/∂a_j · ∂a_j/∂z_j, nudged": dC_da * da_dz,
    }


def derived_lines(z, y):
    a = bp.sigmoid.f(z)
    dC_da = bp.half_squared_error.df(a, y)
    return {
        "∂C/∂a_j · σ′(z_j)": dC_da * bp.sigmoid.df(z, a),
        "(a_j − y_j) σ′(z_j)": (a - y) * a * (1 - a),
    }


# %% [markdown]
# Two places again: our first example, and random numbers.

# %%
rng = np.random.default_rng(3)
places = {"our first example": (z, target), "a random one": (rng.normal(size=2), rng.random(2))}

derivation.lines(derived_lines, places, nudged_lines)

# %% [markdown]
# ## Both units at once: ⊙
#
# Written for the whole layer, every symbol becomes a row of two numbers, and the rows are multiplied *unit by unit*.
# The handwritten notes write this product with a ringed dot, and give an example: (1, 2) ⊙ (3, 4) = (3, 8). The row of
# the $\partial C/\partial a_j$ is written $\nabla_a C$ ("the gradient of C by a"). So:
#
# $$\delta^L = \nabla_a C \odot \sigma'(z^L) \tag{1}$$
#
# This is the first of the four equations of backpropagation. ⊙ keeps the shape. NumPy writes it `*`; its `@` is the
# matrix product of lesson 2, which adds up, and does something else entirely.

# %%
print("(1, 2) ⊙ (3, 4) =", np.array([1, 2]) * np.array([3, 4]))
print("(1, 2) @ (3, 4) =", np.array([1, 2]) @ np.array([3, 4]))


# %% [markdown]
# So equation (1) can be computed unit after unit, or all at once:


# %%
def vector_form(z, y):
    a = bp.sigmoid.f(z)
    return {
        "(a_j − y_j) σ′(z_j), j after j": [(a[j] - y[j]) * a[j] * (1 - a[j]) for j in range(len(z))],
        "∇_a C ⊙ σ′(z)": bp.half_squared_error.df(a, y) * bp.sigmoid.df(z, a),
    }


derivation.lines(vector_form, places, lambda z, y: bp.central_difference(lambda z: C(z, y), z))

# %% [markdown]
# For all five examples the same line serves: each row of `z` has its own row of δ. And it is the line the package runs;
# `bp.gradients` hands back the δ of every layer, of which the last is ours.


# %%
def all_rows(x, y):
    z, a = bp.forward(net, x)[-1][1:]
    return {
        "(a − y) ⊙ σ′(z)": (a - y) * bp.sigmoid.df(z, a),
        "the package's δ of the last layer": bp.gradients(net, x, y, bp.half_squared_error)[1][-1].delta,
    }


derivation.lines(
    all_rows,
    {
        "our five examples": (x, y),
        "five random ones": (rng.normal(size=(5, 3)), rng.random((5, 2))),
    },
)

# %% [markdown]
# ## Where δ goes silent
#
# δ is a product of two factors: how wrong the answer is, and how much the unit still responds. In lesson 1 you saw the
# second factor strangle the first. Here is the whole picture for one output unit: its error against its weighted sum,
# once for a target of 1, once for a target of 0.
#
# **Predict first.** Take the target 1. Far on the right the answer is right, and δ must be 0. Far on the left the
# answer is as wrong as can be. Where will δ be largest in size: at the far left, in the middle, or somewhere between?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
sums = np.linspace(-8, 8, 321)
answers = bp.sigmoid.f(sums)
slopes = answers * (1 - answers)
fig, ax = draw.figure(height=3.2)
draw.plain(ax, "z", "δ", "the error of one output unit, (a − y) σ′(z)")
draw.curve(ax, sums, (answers - 1) * slopes, "target 1", draw.VIOLET, at=0.33, offset=(-60, -8))
draw.curve(ax, sums, answers * slopes, "target 0", draw.VIOLET, True, at=0.67, offset=(12, 8))
draw.point(ax, z[0], (a[0] - 1) * a[0] * (1 - a[0]), "output 1", offset=(10, -6))
draw.point(ax, z[1], a[1] * a[1] * (1 - a[1]), "output 2", offset=(10, 2))
draw.show(
    fig,
    f"For target 1 the error is negative: almost 0 left of z = -6, lowest with -0.148 "
    f"near z = -0.7, almost 0 again right of z = 4. For target 0 it is the mirror image, "
    f"positive, highest with 0.148 near z = 0.7. Our outputs lie near the peaks: output 1 "
    f"at z = {z[0]:.2f} on the curve of target 1, output 2 at z = {z[1]:.2f} on that of "
    f"target 0.",
)

# %% [markdown]
# And the solid curve as a table:

# %%
for s in (-8.0, -4.0, -2.0, -0.6931, 0.0, 2.0, 4.0):
    answer = bp.sigmoid.f(s)
    wrong, slope = answer - 1, answer * (1 - answer)
    print(f"z {s:7.4f}   a {answer:.5f}   wrong by {wrong:8.5f}   slope {slope:.5f}   δ {wrong * slope:8.5f}")

# %% [markdown]
# The table reads target 1. At $z = -8$ the answer is 0.0003 where it should be 1, and yet δ is as small as at $z = 4$,
# where the answer is good. The error is largest at $a = \frac13$, and falls off on *both* sides: on the right because
# there is little left to mend, on the left because the unit is saturated. The first is what one wants; the second is a
# fault of combining this cost with this squashing, and δ cannot tell you which of the two it is. Lesson 8 mends it.
#
# The handwritten notes say of this that weights into an output neuron with *low activation* learn slowly. The line
# above that sentence names both ends, σ ≈ 0 and σ ≈ 1, and the picture agrees with that line (remark 17 in the course's
# table). What counts is saturation, at either end.
#
# ## Reading the notes closely
#
# Five lines on the output layer deserve a second look. None of them spoils a result; each is a letter, and letters are
# what one copies into code.
#
# **Two lines about the nodes.** Section 4 of López Montero's note begins, for the weight from node $i$ to node $j$,
#
# $$\frac{\partial E}{\partial w_{ij}^k} =
# \frac{\partial E}{\partial o_i^k}\,\frac{\partial o_i^k}{\partial a_i^k}\,\frac{\partial a_i^k}{\partial w_{ij}^k}$$
#
# *The weight runs from $i$ to $j$. Whose output does it change?* You saw it in lesson 2: the unit it ends in, which is
# $j$. So it has to be $o_j$ and $a_j$ (**slip 22**), and the last factor is $\partial a_j/\partial w_{ij} = o_i$, what
# comes in. Read with $i$, for the weight from hidden unit 3 to output 1, the chain would start at an output 3, and
# there is none:

# %%
i, j = 2, 0  # from hidden unit 3 to output 1
a_in = steps[-1].a_in[0]
delta = (a - target) * a * (1 - a)

derivation.slip(22, delta[j] * a_in[i], lambda: (a - target)[i] * (a * (1 - a))[i] * a_in[i])

# %% [markdown]
# In the same section the cost is $E = \frac12 (y - o_i^k)^2$, for one node and with a $y$ that has no index, and δ is
# written with one $y$ as well. *What does a network with two outputs do with that?* The cost has to be a sum over the
# output nodes, and each needs its own target $y_j$ (**slip 25**). With one $y$ for both, say the first, the second
# error is another number:

# %%
derivation.slip(25, delta, lambda: (a - target[0]) * a * (1 - a))

# %% [markdown]
# Its section 4.1 then writes $\delta_j^k = (g_o(a_j^l) - y)\,g_o'(a_j^l)$ and $o_i^{l-1}$ beside $o_i^{k-1}$: $k$ and
# $l$ are the same layer under two letters (**slip 34**). One letter will do. It matters because two lines later, in
# section 4.2, $l$ is a *node*.
#
# And its section 2 says $o = g(a)$ for every node, where section 1 has kept two functions apart: $g$ for hidden nodes
# and $g_o$ for the output layer. In the output layer it has to be $o = g_o(a)$ (**slip 36**). As long as both are the
# sigmoid nobody notices. In lesson 7 the output will be the identity, and then:

# %%
derivation.slip(36, bp.identity.f(z), lambda: bp.sigmoid.f(z))

# %% [markdown]
# **One line of the handwritten notes on the four equations**: $z_j^L$ is to be computed "from $xW + b$". *What is
# multiplied by the weights of the last layer?* In a network of one layer it is $x$. In ours it is what the hidden layer
# gives, $a^{L-1}W^L + b^L$ (**slip 30**). Take the sentence at its word, and the shapes protest:

# %%
derivation.slip(30, z, lambda: x[0] @ net[-1].W + net[-1].b)

# %% [markdown]
# ## What you can do now
#
# * say what δ is: the slope of the cost along the weighted sum $z$ of a unit, the rest held still;
# * derive (1), $\delta^L = \nabla_a C \odot \sigma'(z^L)$, and read its two factors;
# * tell ⊙ from @;
# * distrust a small δ: it means "nothing to mend" or "cannot feel anything".
#
# **The exercise** `03_output_error` asks for one function, `output_error`. The mistakes it knows by name are those of
# this lesson: the slope left out, the slope taken at $a$ where it belongs at $z$, the sign turned round, @ for ⊙.
#
# For the output units there was a target to compare with. A hidden unit has none. How can it be wrong? That is lesson
# 4, and the heart of the course.
