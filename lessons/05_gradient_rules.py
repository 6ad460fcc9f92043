# %% [markdown]
# # 5 · The rules for weights and biases
#
# **The question.** Every unit now has its error δ. But nobody can turn a unit; what can be turned is weights and
# biases. What are *their* slopes?
#
# After lesson 4 this is the easy part: two short proofs, two lines of code. What they say is worth more time than
# proving them: which weights learn fast, which hardly at all, and what changes when a whole layer shares one bias. You
# need lessons 1 to 4. We walk equations (3) and (4) of the handwritten notes on the four equations, and look at the
# bias in the lecture notes of 23 April 2024. About 35 minutes.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw

net, x, y = bp.data.small_network()
hidden, output = net
steps = bp.forward(net, x)
grads = bp.gradients(net, x, y, bp.half_squared_error)[1]

# %% [markdown]
# One example at a time, as before. A layer takes in the row $a$, which the layer in front has sent (the notes say
# $a_{\text{in}}$), and its weighted sums are
#
# $$z_j = \sum_i a_i\, W_{ij} + b_j$$
#
# | symbol | what it is | shape in the second layer |
# |---|---|---|
# | $a$ | what comes in | (4,) |
# | $W$, $b$ | what we may turn | (4, 2), (2,) |
# | $\delta = \partial C/\partial z$ | the layer's errors, known since lessons 3 and 4 | (2,) |
# | $\partial C/\partial W$ | one slope for each weight: the shape of $W$ | (4, 2) |
# | $\partial C/\partial b$ | one slope for each bias: the shape of $b$ | (2,) |
#
# The last two rows are a rule for the whole course: **a gradient has the shape of what it belongs to.**

# %%
a, delta = steps[1].a_in[0], grads[1].delta[0]

derivation.values(comes_in=a, error=delta, weights=output.W, biases=output.b)

# %% [markdown]
# ## Watch it
#
# **Predict first.** Choose a weight of the second layer in the picture. Its slope will be made of two numbers that you
# can already see, one at each of its ends. Which two, and how are they put together? Then: what is the slope of a bias?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
bp.explorer(net, x, y, bp.half_squared_error)

# %% [markdown]
# **What to have noticed.** At the step *(3)(4)* each wire's slope is the activation it carries times the error of the
# unit it ends in (added up over the examples; choose a single example in the table to see one product by itself). A
# wire that carries almost 0 has almost no slope, whatever happens at its far end. The slope of a bias is the error of
# its unit and nothing else.
#
# ## Equation (3): the bias
#
# Turn $b_j$ by a little. It reaches the cost through $z_j$, and through no other weighted sum.
#
# $$
# \begin{aligned}
# \frac{\partial C}{\partial b_j} &= \sum_m \frac{\partial C}{\partial z_m}\,\frac{\partial z_m}{\partial b_j} && \text{roads add} \\
# &= \frac{\partial C}{\partial z_j}\,\frac{\partial z_j}{\partial b_j} && b_j \text{ is in no other } z_m \\
# &= \frac{\partial C}{\partial z_j} \cdot 1 && \text{since } z_j = \dots + b_j \\
# &= \delta_j && \text{definition}
# \end{aligned}
# $$
#
# $$\frac{\partial C}{\partial b} = \delta \tag{3}$$
#
# As always, the derivatives in the first lines are nudged, and the rest must agree with them.


# %%
def C(z, y):
    return 0.5 * np.sum((bp.sigmoid.f(z) - y) ** 2)


def dC_dz(z, y):
    return (bp.sigmoid.f(z) - y) * bp.sigmoid.df(z, bp.sigmoid.f(z))  # equation (1)


# %% [markdown]
# The first three lines contain derivatives, so they are nudged; the last two are derived.


# %%
def bias_nudged(a, W, b, y):
    dz_db = np.array([bp.central_difference(lambda b, m=m: (a @ W + b)[m], b) for m in range(2)])  # m, j
    by_z = bp.central_difference(lambda z: C(z, y), a @ W + b)
    return {
        "∂C/∂b_j": bp.central_difference(lambda b: C(a @ W + b, y), b),
        "Σ_m ∂C/∂z_m · ∂z_m/∂b_j": by_z @ dz_db,
        "∂C/∂z_j · ∂z_j/∂b_j": by_z * np.diag(dz_db),
    }


def bias_derived(a, W, b, y):
    delta = dC_dz(a @ W + b, y)
    return {"∂C/∂z_j · 1": delta * 1, "δ_j": delta}


# %% [markdown]
# Run at our second layer, and at random numbers of the same shapes:

# %%
rng = np.random.default_rng(5)
random_layer = (rng.normal(size=4), rng.normal(size=(4, 2)), rng.normal(size=2), rng.random(2))
places = {"our second layer": (a, output.W, output.b, y[0]), "a random one": random_layer}

derivation.lines(bias_derived, places, bias_nudged)

# %% [markdown]
# ## Equation (4): the weight
#
# Turn $W_{ij}$ by a little. It is the wire from $i$ to $j$, so again only $z_j$ hears of it; and it is heard as loudly
# as the activation $a_i$ it is multiplied by.
#
# $$
# \begin{aligned}
# \frac{\partial C}{\partial W_{ij}} &= \sum_m \frac{\partial C}{\partial z_m}\,\frac{\partial z_m}{\partial W_{ij}} &&
# \text{roads add} \\
# &= \frac{\partial C}{\partial z_j}\,\frac{\partial z_j}{\partial W_{ij}} && W_{ij} \text{ is in no other } z_m \\
# &= \delta_j\, a_i && \text{since } z_j = \dots + a_i W_{ij} + \dots \\
# &= (a^T \delta)_{ij} && \text{a column times a row}
# \end{aligned}
# $$
#
# The handwritten notes have it as $\partial C/\partial w_{jk}^l = a_k^{l-1} \delta_j^l$ (to $j$ from $k$), and in words
# worth keeping:
#
# $$\frac{\partial C}{\partial W} = a_{\text{in}}\; \delta_{\text{out}} \tag{4}$$
#
# *activation in times error out.*


# %%
def weight_nudged(a, W, b, y):
    by_z = bp.central_difference(lambda z: C(z, y), a @ W + b)
    dz_dW = [bp.central_difference(lambda W, m=m: (a @ W + b)[m], W) for m in range(2)]  # m, i, j
    return {
        "∂C/∂W_ij": bp.central_difference(lambda W: C(a @ W + b, y), W),
        "Σ_m ∂C/∂z_m · ∂z_m/∂W_ij": sum(by_z[m] * dz_dW[m] for m in range(2)),
        "∂C/∂z_j · ∂z_j/∂W_ij": np.array([by_z[j] * dz_dW[j][:, j] for j in range(2)]).T,
    }


def weight_derived(a, W, b, y):
    delta = dC_dz(a @ W + b, y)
    return {
        "δ_j a_i": [[delta[j] * a[i] for j in range(2)] for i in range(4)],
        "aᵀ δ": a[:, None] @ delta[None],
    }


derivation.lines(weight_derived, places, weight_nudged)

# %% [markdown]
# The last line is a product of a *column* (4, 1) and a *row* (1, 2), and it comes out (4, 2). Nothing is added up in
# it; every entry of the one meets every entry of the other. It is called the **outer product**, and it has the right
# shape because it must: a slope for each wire, from each of four to each of two.

# %%
names = ["hidden 1", "hidden 2", "hidden 3", "hidden 4"]
outputs = ["output 1", "output 2"]
fig, ax = draw.figure(width=5.2, height=2.9)
draw.outer(ax, a, delta, names, outputs)
draw.show(
    fig,
    f"A multiplication table. Down the left side the activations in, four: "
    f"{draw.numbers(a)}. Along the top the errors out, two: {draw.numbers(delta, 3)}. In "
    f"the table every activation times every error, from {np.outer(a, delta).min():.3f} "
    f"to {np.outer(a, delta).max():.3f}; its first column is negative, its second "
    f"positive.",
)

# %% [markdown]
# Every *row* of the product belongs to one hidden unit, and the four rows are alike but for their size: two numbers,
# −0.135 and 0.148, scaled by what the unit sent. Every *column* belongs to one output.
#
# ## Five examples at once
#
# The cost of a batch is the sum of its examples' costs, so its slopes are the sums of their slopes. For the bias: add
# up the rows of δ. For the weights: add up five outer products. And that is what a matrix product does when the
# activations are turned so that the examples meet: $a^T \delta$ is (4, **5**) times (**5**, 2), and the index it sums
# over is the example.


# %%
def over_the_batch(x, y):
    seen = bp.forward(net, x)[1]
    delta = dC_dz(seen.z, y)
    return {
        "the sum of five outer products": sum(np.outer(seen.a_in[n], delta[n]) for n in range(5)),
        "aᵀ δ": seen.a_in.T @ delta,
        "the package": bp.gradients(net, x, y, bp.half_squared_error)[1][1].dW,
    }


# %% [markdown]
# Two nudges of each weight, with the cost of all five examples, decide:


# %%
def cost_of_batch(x, y, W, b):
    return C(bp.forward(net, x)[1].a_in @ W + b, y)


def weights_nudged(x, y):
    return bp.central_difference(lambda W: cost_of_batch(x, y, W, output.b), output.W)


batches = {"our five examples": (x, y), "random ones": (rng.normal(size=(5, 3)), rng.random((5, 2)))}
derivation.lines(over_the_batch, batches, weights_nudged)

# %% [markdown]
# And for the biases, the sum over the rows:


# %%
def biases_over_the_batch(x, y):
    delta = dC_dz(bp.forward(net, x)[1].z, y)
    return {
        "δ of each example, added up": delta[0] + delta[1] + delta[2] + delta[3] + delta[4],
        "delta.sum(axis=0)": delta.sum(axis=0),
        "the package": bp.gradients(net, x, y, bp.half_squared_error)[1][1].db,
    }


derivation.lines(
    biases_over_the_batch,
    batches,
    lambda x, y: bp.central_difference(lambda b: cost_of_batch(x, y, output.W, b), output.b),
)

# %% [markdown]
# Lesson 6 has more to say about batches. With (1) and (2) for the errors and (3) and (4) for the slopes, the package's
# way back is complete, and you have proved every line of it:

# %%
derivation.source(bp.backward)

# %% [markdown]
# ## Whoever is silent does not learn
#
# Equation (4) says: no activation, no slope. The handwritten notes draw the conclusion that *weights out of neurons
# with a low activation learn slowly*. Let us see it. We silence hidden unit 2 by setting its bias to −6, so that it
# answers almost 0 whatever comes in, and then let the whole network learn for 100 steps.
#
# **Predict first.** Four hidden units, two wires each into the output layer. How far will the eight weights have moved,
# compared with each other? Is there another group of weights that will hardly have moved, for another reason?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
silenced = [hidden._replace(b=np.array([-0.4, -6.0, 0.5, -0.1])), output]
descent = bp.descend(silenced, x, y, bp.half_squared_error, eta=0.5)
before, *_, after = [next(descent) for _ in range(101)]
moved_out = np.abs(after.net[1].W - before.net[1].W).sum(axis=1)  # out of each
moved_in = np.abs(after.net[0].W - before.net[0].W).sum(axis=0)  # into each

derivation.values(mean_activation=before.steps[0].a_out.mean(axis=0), moved_out=moved_out, moved_in=moved_in)

# %% [markdown]
# The last two rows as a picture:

# %%
fig, (left, right) = draw.figure(2, height=2.6)
draw.plain(left, title="wires out of each unit moved by")
draw.bars(left, names, moved_out)
draw.plain(right, title="wires into each unit moved by")
draw.bars(right, ["", "", "", ""], moved_in)
draw.show(
    fig,
    f"Two bar charts over the hidden units 1 to 4. After 100 steps the wires out of them "
    f"have moved by {draw.numbers(moved_out, 3)} in all, the wires into them by "
    f"{draw.numbers(moved_in, 3)}: unit 2, the silenced one, is far behind in both.",
)

# %% [markdown]
# Unit 2 is far behind on both sides, for two different reasons. Its wires *out* carry almost nothing: equation (4), low
# activation in. Its wires *in* end at a unit whose own error is tiny, because $\sigma'(z)$ is nearly 0 down there:
# equation (2), saturation. A unit that is almost always silent is hard to wake.
#
# ## One bias a unit, or one for all
#
# We have given every unit its own bias, and so do most of our notes. The lecture notes of 23 April 2024 write "$b_1,
# b_2 \in \mathbb{R}$": *one number* for the whole layer, added to every unit's sum. That is another network, and a
# legitimate one. What is its slope?
#
# A shared bias $\beta$ is in every $z_j$ of its layer. So it reaches the cost along as many roads as there are units,
# and roads add:
#
# $$
# \begin{aligned}
# \frac{\partial C}{\partial \beta} &= \sum_j \frac{\partial C}{\partial z_j}\,\frac{\partial z_j}{\partial \beta} && \text{roads add} \\
# &= \sum_j \delta_j \cdot 1 && \text{since } z_j = \dots + \beta \text{ for every } j \\
# &= \sum_j \delta_j
# \end{aligned}
# $$
#
# This is the line of those notes: "sum of the components". Side by side, for the hidden layer of our network and the
# first example:

# %%
W1, W2, b2 = hidden.W, output.W, output.b


def C_hidden(z1, y):
    return C(bp.sigmoid.f(z1) @ W2 + b2, y)


def hidden_delta(z1, y):
    a1 = bp.sigmoid.f(z1)
    return (dC_dz(a1 @ W2 + b2, y) @ W2.T) * bp.sigmoid.df(z1, a1)  # equation (2)


# %% [markdown]
# First the layer with one bias for all, at $\beta = 0.2$ and at a random place.


# %%
def shared_bias(x, beta, y):
    delta = hidden_delta(x @ W1 + beta, y)
    return {"Σ_j δ_j · 1": sum(delta_j * 1 for delta_j in delta), "Σ_j δ_j": delta.sum()}


def bias_per_unit(x, b, y):
    delta = hidden_delta(x @ W1 + b, y)
    return {"δ_j · 1": delta * 1, "δ_j": delta}


print("ONE BIAS FOR THE LAYER")
one = {
    "β = 0.2, example 1": (x[0], 0.2, y[0]),
    "a random β and x": (rng.normal(size=3), rng.normal(), y[1]),
}
derivation.lines(
    shared_bias,
    one,
    lambda x, beta, y: bp.central_difference(lambda v: C_hidden(x @ W1 + v, y), beta),
)

# %% [markdown]
# Then the layer as we know it, with a bias of its own for each unit.

# %%
print("ONE BIAS FOR EACH UNIT")
each = {
    "our biases, example 1": (x[0], hidden.b, y[0]),
    "random b and x": (rng.normal(size=3), rng.normal(size=4), y[1]),
}
derivation.lines(
    bias_per_unit,
    each,
    lambda x, b, y: bp.central_difference(lambda v: C_hidden(x @ W1 + v, y), b),
)

# %% [markdown]
# The same δ stands behind both: one number for each unit that has its own bias; their sum if the layer shares one.
#
# ## Reading the notes closely
#
# **The sum of the components.** The line is right for the network of those notes. It is often copied for the other one.
# *If each hidden unit has its own bias, as in ours, and one uses "sum of the components" all the same, what comes out,
# and what would a step of descent do to the four biases?*

# %%
delta1 = hidden_delta(x[0] @ W1 + hidden.b, y[0])

derivation.slip(3, delta1, lambda: delta1.sum())

# %% [markdown]
# **Slip 3.** One number where four are due. NumPy would subtract it from all four biases without a murmur, so they
# would all move by the same amount, unit 2 in the wrong direction. For a bias of each unit it is $\partial L/\partial
# z$ itself. (About the *output* layer of those notes there is more to say: a bias shared by all outputs of a softmax
# can never learn anything. That is for lesson 8.)
#
# **How many ones?** The same notes write the factor as $\partial z_2/\partial b_2 = (1\;\,1)^T$, and they write it for
# $\partial z_1/\partial b_1$ too. *The sum of the components of δ is δ times a column of ones. How many must there be
# for the output layer of our network, and how many for the hidden layer?*

# %%
derivation.slip(27, delta1.sum(), lambda: delta1 @ np.array([1, 1]))

# %% [markdown]
# **Slip 27.** As many ones as the layer has units: two for our output layer, where the line happens to run, and four
# for the hidden one.
#
# **A line that is not there.** López Montero's note derives $\partial E/\partial w_{ij}^k = \delta_j^k\, o_i^{k-1}$ and
# stops; for $\partial E/\partial b_j^k$ it has no line (**slip 35**). You know what belongs there: $\delta_j^k$. The
# bias is the weight of a wire that always carries 1. Read like that, (3) is a case of (4), and lesson 9 will make a
# method of it.
#
# ## What you can do now
#
# * prove (3) and (4), and with lessons 3 and 4 the whole of backpropagation, for any layer;
# * read a slope off a picture: activation in, error out;
# * say why a gradient has the shape of its variable, and which index $a^T\delta$ sums over;
# * tell why a weight does not learn: nothing comes in, or no error comes back.
#
# **The exercise** `05_gradient_rules` asks for `bias_gradient` and `weight_gradient`, both for a batch. The check knows
# the sum over the wrong axis, the mean for the sum, and the product the wrong way round.
#
# You have all four equations. Lesson 6 puts them together: one step of learning as six lines, on a problem no single
# neuron can solve.
