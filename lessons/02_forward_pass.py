# %% [markdown]
# # 2 · The forward pass
#
# **The question.** One neuron was easy to write down. Put four of them side by side, two more behind those, and every
# sentence needs two words that the last lesson did not: *from* and *to*. How does one write who sends to whom, so that
# the same numbers come out, whoever reads it?
#
# You need lesson 1 and the product of two matrices. Two sets of notes are walked here, and they write the same thing
# differently: the opening of the handwritten notes on the four equations, and sections 1 and 2 of *Backpropagation* by
# Daniel López Montero, October 2018. By the end you can read a layer as a sum, as a row and as a column, and get the
# same numbers from each. About 40 minutes.

# %%
import numpy as np

import backprop as bp
from backprop import core, derivation, draw, notation

net, x, y = bp.data.small_network()

# %% [markdown]
# ## Three, four, two
#
# This network stays with us for most of the course. It has three inputs, a layer of four *hidden* units and a layer of
# two *output* units; we call it 3-4-2. Every unit is a neuron as in lesson 1: it adds up what comes in, each input
# times its own weight, adds its bias, and squashes the sum. The network has two layers of units, so it is a list of two
# layers.

# %%
hidden, output = net

derivation.values(
    hidden_weights=hidden.W,
    hidden_biases=hidden.b,
    output_weights=output.W,
    output_biases=output.b,
)

# %% [markdown]
# `bp.forward` sends all five examples through. The picture shows the first of them.

# %%
steps = bp.forward(net, x)
fig, ax = draw.figure(height=3.9)
draw.network(ax, net, steps)
draw.show(
    fig,
    f"Three input circles on the left, four hidden circles in the middle, two output "
    f"circles on the right; every circle is wired to every circle of the next column. "
    f"Solid blue wires are positive weights, dashed orange ones negative, thick ones "
    f"large. For the first example the inputs are {draw.numbers(x[0])}, the hidden units "
    f"answer {draw.numbers(steps[0].a_out[0])}, the outputs "
    f"{draw.numbers(steps[1].a_out[0])}.",
)

# %% [markdown]
# A number in a circle is what that unit sends on (for an input: what it is). Solid blue is a positive weight, dashed
# orange a negative one.
#
# Our friend from lesson 1 is in there. The first hidden unit takes the first input with the weight 0.8 and has the bias
# −0.4. It has two more inputs now; if those are 0, it has to answer what the neuron of lesson 1 answers. On evening 5
# that was 0.768525, for $x = 2$.

# %%
evening_5 = np.array([[2.0, 0.0, 0.0]])

derivation.values(
    first_hidden_unit=bp.forward(net, evening_5)[0].a_out[0, 0],
    neuron_of_lesson_1=bp.sigmoid.f(0.8 * 2.0 - 0.4),
)

# %% [markdown]
# ## Move a weight, follow the numbers
#
# **Predict first.** The weight from input 3 to hidden unit 2 is 1.2, the largest in the first layer. If you change it,
# which of the six units change what they answer? And if you change a weight of the second layer instead, one that ends
# in output 1?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
bp.explorer(net, x, y, bp.half_squared_error)

# %% [markdown]
# **What to have noticed.** A weight changes the unit it ends in, and everything behind that unit: the first change
# moves hidden unit 2 and both outputs, and leaves the three other hidden units alone. The second moves output 1 and
# nothing else. Numbers run from left to right, and so does every change. That is why this is called the *forward pass*.
#
# ## One unit: a sum
#
# Let us write down what hidden unit $j$ does. López Montero's note has one symbol for each quantity of each node:
# $w_{ij}^k$ is the weight **from** node $i$ **to** node $j$ of layer $k$, and
#
# $$a_j^k = b_j^k + \sum_{i=1}^{n_{k-1}} w_{ij}^k\, o_i^{k-1} \qquad\qquad o_j^k = g(a_j^k)$$
#
# Mind the letters. What that note calls $a$ is our $z$, the weighted sum; what it calls $o$, the output, is our $a$.
# Almost every text on this subject uses $a$ for one of the two, and they disagree about which. In the letters of this
# course, with the layer's number left out:
#
# $$z_j = \sum_i a_i\, W_{ij} + b_j \qquad\qquad a_j = \sigma(z_j)$$
#
# The sum runs over $i$, the units of the layer before. For the first example and hidden unit 2 (Python counts from 0,
# so its $j$ is 1):

# %%
a_in, j = x[0], 1
z_j = sum(a_in[i] * hidden.W[i, j] for i in range(3)) + hidden.b[j]

derivation.values(terms=a_in * hidden.W[:, j], bias=hidden.b[j], z=z_j, a=bp.sigmoid.f(z_j))

# %% [markdown]
# Three terms and a bias; the picture above shows the same answer in hidden unit 2.
#
# ## All units of a layer: a row times a matrix
#
# Now let $j$ run as well, and put the four results side by side in a row. The weights form a table with a row for each
# unit they come *from* and a column for each they go *to*. Adding up over $i$, the row number of that table, is what a
# row vector times a matrix does. Line by line:
#
# $$
# \begin{aligned}
# z_j &= \sum_i a_i\, W_{ij} + b_j && \text{one unit, one sum} \\
# &= (a\,W)_j + b_j && \text{the same sum, by its name: row times column } j \\
# &= (a\,W + b)_j && \text{all units at once}
# \end{aligned}
# $$
#
# | symbol | what it is | shape in the first layer |
# |---|---|---|
# | $a$ | what the layer takes in, one example: a row | (1, 3) |
# | $W$ | $W_{ij}$ goes from unit $i$ to unit $j$ | (3, 4): from 3 to 4 |
# | $b$ | one bias for each unit | (4,) |
# | $z$ | the weighted sums | (1, 4) |
#
# The shapes read like a journey: (1, **3**) times (**3**, 4) is (1, 4). The two inner numbers meet, and are gone. As in
# lesson 1, every line of the chain is run: at our network with its first example, and at random numbers of the same
# shapes.


# %%
def weighted_sums(a, W, b):
    row = a[None]
    return {
        "Σ_i a_i W_ij + b_j": [sum(a[i] * W[i, j] for i in range(len(a))) + b[j] for j in range(len(b))],
        "(a W)_j + b_j": [a @ W[:, j] + b[j] for j in range(len(b))],
        "(a W + b)_j": (row @ W + b)[0],
    }


rng = np.random.default_rng(2)
random_layer = (rng.normal(size=3), rng.normal(size=(3, 4)), rng.normal(size=4))
derivation.lines(
    weighted_sums,
    {"our hidden layer": (x[0], hidden.W, hidden.b), "a random one": random_layer},
)

# %% [markdown]
# ## All examples: the row becomes a batch
#
# Our data has five examples. Stack their rows, and the product handles each row by itself: row $n$ of $a\,W$ depends on
# row $n$ of $a$ alone. Nothing in the formula changes; `x` has the shape (5, 3), the sums have the shape (5, 4), and
# NumPy adds the row `b` to each of the five. This is why the package wants examples as rows, and why lesson 1 made its
# `x` a column of five one-number rows.


# %%
def batch(x, W, b):
    return {
        "one by one": [example @ W + b for example in x],
        "x W + b": x @ W + b,
    }


derivation.lines(
    batch,
    {
        "our hidden layer": (x, hidden.W, hidden.b),
        "random": (rng.normal(size=(5, 3)), *random_layer[1:]),
    },
)

# %% [markdown]
# ## The same layer as a column
#
# Many texts, among them three of the five notes of this course in places, stand the vectors up. An example is then a
# column, the matrix stands on the left, and it has a row for each unit it goes *to*:
#
# $$Z = W^{\text{col}}\, X + b^{\text{col}} \qquad\text{with}\qquad W^{\text{col}} = W^T$$
#
# Here $W^{\text{col}}_{jk}$ is the weight **to** unit $j$ **from** unit $k$. That is the reading of the handwritten
# notes on the four equations, whose first line is
#
# $$a_j^l = \sigma\Bigl(\sum_k w_{jk}^l\, a_k^{l-1} + b_j^l\Bigr)$$
#
# Both readings have their reasons. "To j from k" makes the matrix stand where a function stands, left of what it acts
# on. "From i to j" reads in the direction the numbers run. What one must not do is mix them. Here is one weight, the
# 1.2 from input 3 to hidden unit 2, under its three names.

# %%
W_col = hidden.W.T
w, _ = notation.to_nodes(net)  # nested lists as in the note by López Montero: w[k][i][j], from i to j

print("ours, from i to j           W[2, 1]    ", hidden.W[2, 1])
print("to j from k                 W_col[1, 2]", W_col[1, 2])
print("from node i to node j       w[0][2][1] ", w[0][2][1])

# %% [markdown]
# **Predict first.** Will sums, row and column give the same numbers to the last digit, or nearly the same ones? (They
# add the same terms, but who promises the order?)

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*


# %%
def three_ways(a, W, b):
    return {
        "a sum for each node": [sum(a[i] * W[i][j] for i in range(3)) + b[j] for j in range(4)],
        "a row times W": (a[None] @ W + b)[0],
        "W_col times a column": (W.T @ a[:, None] + b[:, None])[:, 0],
    }


derivation.lines(three_ways, {"our hidden layer": (x[0], hidden.W, hidden.b), "a random one": random_layer})

# %% [markdown]
# The same numbers to twelve digits, from three ways of writing. (The last of the sixteen digits of a Python number may
# differ, since a + b + c depends on which two are added first. That is rounding, and no error.)
#
# ## Layer behind layer
#
# The second layer takes what the first gives. That is the whole forward pass; in the package's own code it is a loop of
# five lines:

# %%
derivation.source(core._forward)

# %% [markdown]
# It keeps what it saw: for each layer a record `Step(a_in, z, a_out)`. We will need every one of the three on the way
# back. Here they are for the first example, as a table of what the picture shows.

# %%
for step in steps:
    derivation.values(a_in=step.a_in[0], z=step.z[0], a_out=step.a_out[0])

# %% [markdown]
# ## Reading the notes closely
#
# You can now write a layer three ways and know which index is which. Here are three places where our copies of the
# notes do not say what their authors must have meant.
#
# **First**, the handwritten notes on the four equations. Having defined $w_{jk}$ as *to j from k*, they write the layer
# as a row times a matrix, and the matrix they show has the rows
#
# $$\begin{bmatrix} w_{11} & w_{12} & \dots & w_{1k} \\ w_{21} & w_{22} & \dots & w_{2k} \\
# \vdots & & & \vdots \\ w_{j1} & w_{j2} & \dots & w_{jk} \end{bmatrix}$$
#
# *Row $j$ of this matrix belongs to the unit it goes to. What shape has it in our first layer, and will a row of three
# numbers meet it?* Decide, then run.

# %%
derived = x[:1] @ hidden.W + hidden.b

derivation.slip(14, derived, lambda: x[:1] @ W_col + hidden.b)

# %% [markdown]
# **Slip 14.** A row vector has to be multiplied by the *transpose* of that matrix. Here NumPy refused, because (1, 3)
# and (4, 3) do not meet. That was luck.
#
# **Predict first.** Suppose the layer had three inputs and *three* units, so that the matrix is square. What will the
# same line do then?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
square, bias = hidden.W[:, :3], hidden.b[:3]  # the first three hidden units: a 3-3 layer

derivation.slip(14, x[:1] @ square + bias, lambda: x[:1] @ square.T + bias)

# %% [markdown]
# No error, the right shape, and three wrong numbers. Nothing but the values can tell you. This is why the networks in
# this course, and the checks of its exercises, have a different number of units in every layer: *a square matrix hides
# a missing transpose.*
#
# **Second**, the handwritten regression notes. They introduce the input as $X$ with the shape $[n \times f]$, $n$
# examples in rows, $f$ features each, and the first layer as $z_1 = W_1 X + b_1$. *Take $n = 5$, $f = 3$ and four
# units. Is there a shape of $W_1$ that is a matrix of the layer's weights and fits on the left of $X$?*

# %%
derivation.slip(8, x @ hidden.W + hidden.b, lambda: W_col @ x + hidden.b[:, None])

# %% [markdown]
# **Slip 8.** With examples as rows it has to be $X W_1$; with $W_1 X$ the examples have to be the columns of $X$, which
# then has the shape $[f \times n]$. Either is fine. Both at once is not. Turn the examples, and the line runs and has
# our numbers:


# %%
def either_way(x, W, b):
    return {
        "X W₁ + b, as rows": x @ W + b,
        "W₁ X + b, columns": (W.T @ x.T + b[:, None]).T,
    }


derivation.lines(
    either_way,
    {
        "our hidden layer": (x, hidden.W, hidden.b),
        "random": (rng.normal(size=(5, 3)), *random_layer[1:]),
    },
)

# %% [markdown]
# **Third**, a line from section 4.2 of López Montero's note, where it needs the weighted sum once more:
#
# $$a_l^{k+1} = \sum_{j=1}^{n_k} w_{jl}^{k+1}\, g(a_j^k)$$
#
# *Compare it with the sum in section 2 of the same note. What is missing?*

# %%
a1 = steps[0].a_out[:1]

derivation.slip(24, a1 @ output.W + output.b, lambda: a1 @ output.W)

# %% [markdown]
# **Slip 24.** The bias $b_l$ is missing. As a forward pass the line is wrong, as you see. Where the note uses it,
# nothing happens: it is differentiated at once, and a constant that is added has the derivative 0. You will meet that
# line again in lesson 4.
#
# ## What you can do now
#
# * read $W_{ij}$ as *from i to j*, recognise *to j from k* when you meet it, and go from one to the other by a
#   transpose;
# * write a layer as a sum, as a row, as a column, and as a batch;
# * say which index is summed. Remember this one; it is the key to lesson 4.
#
# **The exercise** `02_forward_pass` asks for a layer (`layer_forward`) and for the bridge between the two notations
# (`columns_to_rows`).
#
# Lesson 3 turns round. The network has answered, and the answer is wrong: which of the two output units is to blame,
# and how much?
