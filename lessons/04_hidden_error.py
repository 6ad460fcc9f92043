# %% [markdown]
# # 4 · The error of a hidden layer
#
# **The question.** An output unit is wrong if it misses its target. A hidden unit has no target; nobody ever said what
# it should answer. How can it be wrong? And how could one know *how* wrong?
#
# The answer is the idea that gave backpropagation its name. You need lessons 1 to 3. We walk equation (2) of the
# handwritten notes on the four equations, with its proof, and section 4.2 of *Backpropagation* by Daniel López Montero.
# This is the longest derivation of the course; take it a line at a time. About 50 minutes.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

net, x, y = bp.data.small_network()
hidden, output = net
steps = bp.forward(net, x)

# %% [markdown]
# ## A nudge that takes two roads
#
# The definition from lesson 3 does not mention a target: $\delta_j = \partial C/\partial z_j$, the slope of the cost
# along the unit's weighted sum. It makes sense for a hidden unit as it stands. What is new is how the nudge travels.
# Hidden unit 2 sends its answer to *both* outputs, along two wires with the weights 0.9 and −0.3. A nudge of its $z$
# splits, takes both roads, and both arrive in the cost.

# %%
fig, ax = draw.figure(height=3.9)
draw.network(ax, net, steps, unit=(1, 1))
draw.show(
    fig,
    "The 3-4-2 network with hidden unit 2 in violet. Three wires come into it from the "
    "inputs, with the weights -0.50, 0.70 and 1.20; two go out, to output 1 with the "
    "weight 0.90 and to output 2, dashed, with the weight -0.30.",
)

# %% [markdown]
# What is a slope along two roads? Measure it. Below, the first example has been carried to the output layer. We nudge
# what output 1 receives *as if* hidden unit 2 had been nudged and the other wire cut; then the same for output 2; then
# both at once.
#
# **Predict first.** Call the slope by the first wire alone $s_1$, by the second alone $s_2$. What will come out when
# both wires are live: the larger of the two, their mean, their sum, or their product?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*


# %%
def C(z_out, y):
    return 0.5 * np.sum((bp.sigmoid.f(z_out) - y) ** 2)


def cost_with_wires(nudge, wires, j=1):
    z_nudged = steps[0].z[0, j] + nudge
    change = bp.sigmoid.f(z_nudged) - steps[0].a_out[0, j]  # how the answer of hidden unit j changes
    return C(steps[1].z[0] + change * output.W[j] * np.array(wires), y[0])


# %% [markdown]
# `wires` says which of the two is live: 1 for live, 0 for cut.

# %%
for name, wires in (("wire to output 1", [1, 0]), ("wire to output 2", [0, 1]), ("both wires", [1, 1])):
    slope = bp.central_difference(lambda nudge, live=wires: cost_with_wires(nudge, live), 0.0)
    print(f"{name}: slope {slope:.5f}")

# %% [markdown]
# They add. And it has to be so. For a nudge so small that everything it meets is as good as straight, the cost changes
# by (its slope along $z_1^{\text{out}}$) times (what $z_1^{\text{out}}$ changes by), *plus* the same for
# $z_2^{\text{out}}$: the change by the second road is the same whether or not the first has been taken a moment before.
# Slopes of stages multiply; **slopes of roads add**. That is the chain rule over several paths:
#
# $$\frac{\partial C}{\partial t} = \sum_{m} \frac{\partial C}{\partial u_m}\,\frac{\partial u_m}{\partial t}$$
#
# if $t$ reaches $C$ through $u_1, u_2, \dots$ and in no other way. It is the only new fact of this lesson. Here it is
# once more, on a function that has nothing to do with networks: $f=u^2v$ with $u = \sin t$ and $v = e^t$.


# %%
def two_roads(t):
    u, v = np.sin(t), np.exp(t)
    return {
        "∂f/∂u · u′ + ∂f/∂v · v′": 2 * u * v * np.cos(t) + u**2 * np.exp(t),
        "the derivative of e^t sin² t": np.exp(t) * (np.sin(t) ** 2 + 2 * np.sin(t) * np.cos(t)),
    }


derivation.lines(
    two_roads,
    {"t = 0.7": (0.7,), "t = −1.9": (-1.9,)},
    lambda t: bp.central_difference(lambda t: np.sin(t) ** 2 * np.exp(t), t),
)

# %% [markdown]
# ## Watch it
#
# **Predict first.** Step the picture to *(2) hidden error* and choose hidden unit 2. Its two outputs have the errors
# −0.135 and 0.148 for the first example, its wires the weights 0.9 and −0.3. Which sign will its own error have? And if
# you set the weight 0.9 to 0: will the unit still have an error?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
bp.explorer(net, x, y, bp.half_squared_error)

# %% [markdown]
# **What to have noticed.** Each output sends its error back along the wire by which it was reached, multiplied by the
# wire's weight: −0.135 · 0.9 and 0.148 · (−0.3). Both terms are negative, so the unit's error is. With the first weight
# at 0, that output has nothing to say to this unit, and the other is still heard. And the sum is multiplied by the
# unit's own $\sigma'(z)$ before it is called δ. A hidden unit is wrong *through* the units it feeds, and in no other
# way.
#
# ## Equation (2), line by line
#
# Now the proof. Take one hidden unit $j$ of a layer, and let $m$ run over the units of the layer behind it. (The letter
# is $m$ because $l$ looks like 1, and $k$ will be wanted for layers.) A dash marks what belongs to the layer behind:
# $z_m'$ is a weighted sum there, $\delta_m'$ an error, $W'$ its weights, (4, 2) in our network, with $W'_{jm}$ *from*
# $j$ *to* $m$.
#
# **First a small piece:** how does the weighted sum behind change when ours does?
#
# $$
# \begin{aligned}
# z_m' &= \sum_i a_i\, W'_{im} + b_m' && \text{forward pass} \\
# &= \sum_i \sigma(z_i)\, W'_{im} + b_m' && \text{since } a_i = \sigma(z_i) \\
# \frac{\partial z_m'}{\partial z_j} &= \sigma'(z_j)\, W'_{jm} && \text{only the term } i = j \text{ moves}
# \end{aligned}
# $$
#
# A table of four times two slopes, one for each wire. Every line is evaluated for all of them: first the two forms of
# $z'$ at our network and at a random one, then the slope against two nudges of one $z_j$ at a time.


# %%
def z_next(z, W, b):
    a = bp.sigmoid.f(z)
    terms = [[sum(bp.sigmoid.f(z[i]) * W[i, m] for i in range(len(z))) + b[m] for m in range(len(b))]]
    return {"Σ_i a_i W′_im + b′_m": a[None] @ W + b, "Σ_i σ(z_i) W′_im + b′_m": np.array(terms)}


rng = np.random.default_rng(4)
z1, random_z = steps[0].z[0], rng.normal(size=4)
random_W, random_b, random_y = rng.normal(size=(4, 2)), rng.normal(size=2), rng.random(2)
derivation.lines(
    z_next,
    {"our network": (z1, output.W, output.b), "a random one": (random_z, random_W, random_b)},
)


# %% [markdown]
# Both forms of $z'$ are the same. Now differentiate the second: what is left of the sum is its one moving term.


# %%
def wire_slopes(z, W, b):
    slope = bp.sigmoid.df(z, bp.sigmoid.f(z))
    one_by_one = [[slope[j] * W[j, m] for m in range(2)] for j in range(4)]
    return {"σ′(z_j) W′_jm": np.array(one_by_one), "the same as a table": slope[:, None] * W}


def nudged_wires(z, W, b):
    one_out = [bp.central_difference(lambda z, m=m: bp.sigmoid.f(z) @ W[:, m] + b[m], z) for m in range(2)]
    return {"∂z′_m/∂z_j, nudged": np.array(one_out).T}


derivation.lines(
    wire_slopes,
    {"our network": (z1, output.W, output.b), "a random one": (random_z, random_W, random_b)},
    nudged_wires,
)

# %% [markdown]
# Row $j$ of that table says how strongly hidden unit $j$ is heard by each output. The sum behind the layer has four
# terms, but a nudge of $z_j$ finds only one of them moving.
#
# **Now the proof itself.** It starts from the definition, uses the chain rule over the roads $m$, recognises the error
# of the layer behind, and puts in the small piece.
#
# $$
# \begin{aligned}
# \delta_j &= \frac{\partial C}{\partial z_j} && \text{definition} \\
# &= \sum_m \frac{\partial C}{\partial z_m'}\,\frac{\partial z_m'}{\partial z_j} && \text{roads add: } z_j \text{
# reaches } C \text{ through the } z_m' \\
# &= \sum_m \delta_m'\,\frac{\partial z_m'}{\partial z_j} && \text{definition of } \delta_m' \\
# &= \sum_m \delta_m'\, W'_{jm}\, \sigma'(z_j) && \text{the small piece} \\
# &= \sigma'(z_j) \sum_m W'_{jm}\, \delta_m' && \sigma'(z_j) \text{ does not depend on } m
# \end{aligned}
# $$
#
# Five lines, and each runs, for all four hidden units at once. The first two have derivatives in them and are nudged:
# the first nudges the hidden $z$ and looks at the cost, the second measures the two factors apart.


# %%
def first_lines(z, W, b, y):
    dC_dz = bp.central_difference(lambda z_out: C(z_out, y), bp.sigmoid.f(z) @ W + b)
    dz_dz = nudged_wires(z, W, b)["∂z′_m/∂z_j, nudged"]
    return {
        "∂C/∂z_j": bp.central_difference(lambda z: C(bp.sigmoid.f(z) @ W + b, y), z),
        "Σ_m ∂C/∂z′_m · ∂z′_m/∂z_j": [sum(dC_dz[m] * dz_dz[j, m] for m in range(2)) for j in range(4)],
    }


# %% [markdown]
# The other three lines hold no derivative any more: δ′ comes from equation (1), the rest from the weights and from the
# hidden $z$.


# %%
def next_lines(z, W, b, y):
    a_out = bp.sigmoid.f(bp.sigmoid.f(z) @ W + b)
    delta = (a_out - y) * a_out * (1 - a_out)  # δ′ by equation (1)
    slope = bp.sigmoid.df(z, bp.sigmoid.f(z))
    wires = slope[:, None] * W
    return {
        "Σ_m δ′_m · ∂z′_m/∂z_j": [sum(delta[m] * wires[j, m] for m in range(2)) for j in range(4)],
        "Σ_m δ′_m W′_jm σ′(z_j)": [sum(delta[m] * W[j, m] * slope[j] for m in range(2)) for j in range(4)],
        "σ′(z_j) Σ_m W′_jm δ′_m": [slope[j] * sum(W[j, m] * delta[m] for m in range(2)) for j in range(4)],
    }


places = {
    "our network, example 1": (z1, output.W, output.b, y[0]),
    "a random one": (random_z, random_W, random_b, random_y),
}
derivation.lines(next_lines, places, first_lines)

# %% [markdown]
# There are the four hidden errors. The last line is the one of section 4.2 in López Montero's note, $\delta_j^k =
# g'(a_j^k) \sum_l w_{jl}^{k+1} \delta_l^{k+1}$ (his $a$ is our $z$), and it says in symbols what you saw in the
# picture.
#
# ## From sums to a matrix, and why it is transposed
#
# Four sums over $m$ want to be one product. On the way forward the sum ran over the index a wire comes *from*; here it
# runs over the index it goes *to*. Put the two side by side:
#
# $$\text{forward:}\quad z_m' = \sum_{\boldsymbol i} a_{\boldsymbol i}\, W'_{{\boldsymbol i} m} + b_m' \qquad\qquad
# \text{back:}\quad \sum_{\boldsymbol m} \delta_{\boldsymbol m}'\, W'_{j {\boldsymbol m}}$$
#
# A row times a matrix adds up over the matrix's *rows*, its first index. Forward, that is the index we want. Backward
# it is the other one, so rows and columns have to change places first, and that is all the transpose is:
#
# $$\sum_m \delta_m'\, W'_{jm} = \sum_m \delta_m'\, (W'^T)_{mj} = (\delta'\, W'^T)_j$$
#
# The shapes confirm it: δ′ is (1, **2**), $W'$ is (4, 2), $W'^T$ is (**2**, 4), and the product is (1, 4), an entry for
# each hidden unit. $\delta' W'$ would be (1, 2) times (4, 2), which do not meet. Nothing is inverted and no signal is
# undone: the same weights, each wire walked the other way.


# %%
def transposed(delta, W):
    return {
        "Σ_m δ′_m W′_jm": [sum(delta[m] * W[j, m] for m in range(2)) for j in range(4)],
        "Σ_m δ′_m (W′ᵀ)_mj": [sum(delta[m] * W.T[m, j] for m in range(2)) for j in range(4)],
        "δ′ W′ᵀ": (delta[None] @ W.T)[0],
        "W′ δ′, as columns": (W @ delta[:, None])[:, 0],
    }


a2 = steps[1].a_out[0]
delta2 = (a2 - y[0]) * a2 * (1 - a2)
derivation.lines(transposed, {"our network": (delta2, output.W), "a random one": (random_y, random_W)})

# %% [markdown]
# The fourth line is for readers of columns, who have the weights "to j from k": for them the matrix is $W^{\text{col}}
# = W'^T$, the product is $(W^{\text{col}})^T \delta'$, and it too has a transpose, since forward it had none. Whatever
# the convention, *one of the two directions is transposed*.
#
# With ⊙ for the last factor, the whole layer becomes the second of the four equations. In our letters and in those of
# the handwritten notes:
#
# $$\delta = \bigl(\delta'\, W'^T\bigr) \odot \sigma'(z) \qquad\qquad \delta^l = \bigl((W^{l+1})^T \delta^{l+1}\bigr)
# \odot \sigma'(z^l) \tag{2}$$


# %%
def equation_2(x, y, W1, b1, W2, b2):
    z1 = x @ W1 + b1
    a2 = bp.sigmoid.f(bp.sigmoid.f(z1) @ W2 + b2)
    delta2 = (a2 - y) * a2 * (1 - a2)  # (1)
    small = [bp.Layer(W1, b1, bp.sigmoid), bp.Layer(W2, b2, bp.sigmoid)]
    return {
        "(δ′ W′ᵀ) ⊙ σ′(z)": (delta2 @ W2.T) * bp.sigmoid.df(z1, bp.sigmoid.f(z1)),
        "the package": bp.gradients(small, x, y, bp.half_squared_error)[1][0].delta,
    }


# %% [markdown]
# As before, two nudges have the last word: of every hidden $z$, of every example.


# %%
def nudged_z1(x, y, W1, b1, W2, b2):
    return bp.central_difference(lambda z1: C(bp.sigmoid.f(z1) @ W2 + b2, y), x @ W1 + b1)


ours = (x, y, hidden.W, hidden.b, output.W, output.b)
anything = tuple(rng.normal(size=np.shape(part)) for part in ours)
derivation.lines(
    equation_2,
    {"all five examples": ours, "random numbers of the same shapes": anything},
    nudged_z1,
)

# %% [markdown]
# All five examples at once, one row each, and the package agrees. Two lines of its code are this lesson: the error goes
# back through `W.T`, and in the layer before it meets the slope of the activation.

# %%
derivation.source(bp.backward)

# %% [markdown]
# ## The error, flowing back
#
# Here is the first example before and after. On the left the network has answered, and only the output errors are
# known. On the right equation (2) has been used once.

# %%
grads = bp.gradients(net, x, y, bp.half_squared_error)[1]
not_yet = [grads[0]._replace(delta=None), grads[1]]
fig, (left, right) = draw.figure(2, width=9.6, height=3.3)
draw.network(left, net, steps, not_yet)
draw.network(right, net, steps, grads, unit=(1, 1))
draw.bare(left, "the output errors are known")
draw.bare(right, "every unit knows its own")
draw.show(
    fig,
    f"The network twice, for the first example. Left: the errors stand under the two "
    f"outputs only, {draw.numbers(grads[1].delta[0], 3)}. Right: the hidden units have "
    f"theirs as well, {draw.numbers(grads[0].delta[0], 3)}; hidden unit 2 is marked, with "
    f"its two wires to the outputs, 0.90 and -0.30.",
)

# %% [markdown]
# Two things to see. The hidden errors are several times smaller than the output errors: each was multiplied by a
# $\sigma'(z)$, which is ¼ at best. Put ten such layers behind each other, and little is left for the first; lesson 9
# lives through that. And for the way back nothing was needed but the way forward's own numbers: the weights and, for
# the slopes, the activations. This is why *all* slopes together cost no more than a few forward passes.
#
# ## Reading the notes closely
#
# **A column and a matrix.** The lecture notes of 23 April 2024 (*Backpropagation*, no author given) write everything as
# columns, with $W_2$ of the shape $O \times h$, *to* from *from*. Their line for the step back is
#
# $$\frac{\partial L}{\partial A_1} = \frac{\partial L}{\partial z_2} \cdot W_2$$
#
# *$\partial L/\partial z_2$ is a column here. Write down the two shapes for our network, and say what will happen.*

# %%
column, W_col = delta2[:, None], output.W.T  # (2, 1), and (2, 4): to from

derivation.slip(26, W_col.T @ column, lambda: column @ W_col)

# %% [markdown]
# **Slip 26.** (2, 1) and (2, 4) do not meet; it has to be $W_2^T\, \partial L/\partial z_2$. (Had the error been a
# *row*, the line would be right as it stands. Everything else in those notes is a column.) This is the best answer to
# "why the transpose" in the five notes: without it there is nothing to compute. Unless the vector is a plain list of
# numbers, neither column nor row, as NumPy allows, and the layer is square once again:

# %%
square = output.W[:2]  # pretend: two hidden units and two outputs

derivation.slip(26, delta2 @ square.T, lambda: delta2 @ square)

# %% [markdown]
# **The capital L.** The handwritten notes state (2) in a box with $l$ and $l + 1$, as above. When they come to the
# proof, and in the summary before it, both are written with a capital: $\delta_j^L = ((W^{L+1})^T \delta^{L+1}) \odot
# \sigma'(z_j^L)$. *$L$ is the last layer. What is $W^{L+1}$?*

# %%
L = len(net) - 1  # Python counts from 0

derivation.slip(
    16,
    grads[0].delta,
    lambda: (grads[L + 1].delta @ net[L + 1].W.T) * bp.sigmoid.df(steps[L].z, steps[L].a_out),
)

# %% [markdown]
# **Slip 16.** There is no layer behind the last; it is a small $l$. (The line also sets one component, $\delta_j$,
# equal to the errors of a whole layer.) If you start coding at this line, you run over the end of a list.
#
# **Four more by reading.** They change no number, and whoever copies them into code can still lose an evening:
#
# * The box has $\varphi'(z^l)$ where everything else has $\sigma'(z^l)$ (**slip 31**). One function, one letter.
# * Under the small piece of the proof stands: after differentiating, all terms "not equal to 0" become 0 (**slip 32**).
#   What vanishes is the terms whose *index is not $j$*. And in $\sum_j w_{kj}\, \sigma(z_j)$, differentiated by $z_j$,
#   the $j$ that runs and the $j$ that is held are one letter; above, the running one was called $i$.
# * The factor $\odot\, \sigma'(z^l)$ is explained as passing the error "into the activation function" (**slip 33**).
#   The error is *multiplied by the activation's slope*. Sending δ through σ is another computation, and a common
#   mistake:
#
# $$\sigma(\delta' W'^T) \;\ne\; (\delta' W'^T) \odot \sigma'(z)$$

# %%
derivation.slip(33, grads[0].delta[0], lambda: bp.sigmoid.f(delta2 @ output.W.T))

# %% [markdown]
# * López Montero's section 4.2 lets $l$ run "from 1 to $r_{k+1}$"; one line further on the sum goes to $n_{k+1}$, the
#   number of nodes in the next layer, and that is what is meant (**slip 23**). Its $l$ is a node here, where in section
#   4.1 it was a layer. And you have met its $a_l^{k+1} = \sum_j w_{jl}\, g(a_j)$ in lesson 2, without the bias: here
#   you see why that slip (24) does no harm. The bias is a constant, and the next line differentiates.
#
# ## What you can do now
#
# * say how a hidden unit can be wrong: through the units it feeds, by as much as each of them is wrong, times the
#   weight of the wire, all of it added up;
# * prove equation (2) from the definition of δ, and know which line uses what;
# * explain the transpose by the index that is summed, and not by shapes alone;
# * carry errors back through as many layers as you like: (1) once, then (2) again and again.
#
# **The exercise** `04_hidden_error` asks for the row form, `hidden_error`, and for one unit by itself with its sum
# written out, `hidden_error_by_node`. The mistakes it knows: the transpose forgotten, one road taken instead of all,
# the slope left out, the slope of the wrong layer.
#
# The errors are all known now, of every unit in the network. Lesson 5 turns them into what we wanted all along: the
# slope of every weight and every bias. It is the easiest step of the four.
