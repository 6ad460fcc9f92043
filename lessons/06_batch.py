# %% [markdown]
# # 6 · A batch through two layers
#
# **The question.** What is the gradient of a whole batch of examples, how many lines of code is it, and do five people who wrote it down
# in five notations mean the same thing?
#
# Lessons 3 to 5 found every part of the gradient, one example at a time: the error of the output layer, the error of the hidden layer,
# the rules for weights and biases. A real network is shown many examples before it moves.
#
# You need the four rules of lessons 3 to 5, the product of two matrices, and about 45 minutes. At the end you will have written the
# whole training step in six lines, watched it learn, seen two ways in which it fails without any mistake in the gradient, and read five
# notes as one.

# %%
import numpy as np

import backprop as bp
from backprop import derivation, draw
from backprop.notes import rosetta

# %% [markdown]
# ## Five rows instead of one
#
# The running network again: 3 inputs, 4 hidden units, 2 outputs, all sigmoid. Its data are five examples. Each example is a **row**, so
# the whole batch is one matrix $x$ of shape (5, 3), and the targets are $y$ of shape (5, 2). We write $N$ for the number of examples;
# here $N = 5$, and no other size in this network is 5, so that you can always tell from a shape who is who.
#
# **Predict first.** The first layer computes $z_1 = x W_1 + b_1$ with $W_1$ of shape (3, 4) and $b_1$ of shape (4,). What is the shape
# of $z_1$? What is the shape of $a_2$? And how often is $b_1$ added?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
net, x, y = bp.data.small_network()
for step, name in zip(bp.forward(net, x), ("hidden layer", "output layer"), strict=True):
    print(f"{name}:  a_in {step.a_in.shape}   z {step.z.shape}   a_out {step.a_out.shape}")

# %% [markdown]
# Not one line of the forward pass had to change. Row $n$ of $xW_1$ is row $n$ of $x$ times $W_1$ and nothing else: **examples never mix
# on the way forward**. The bias is one row of four numbers, and NumPy adds it to each of the five rows.
#
# The way back needs more thought, because now there are five examples and still only *one* $W_1$.
#
# ## The cost is a sum, so its slope is a sum
#
# The cost of the batch is the sum of the costs of its examples,
#
# $$C = \sum_n C_n, \qquad C_n = \tfrac12 \sum_j (a_{2,nj} - y_{nj})^2 .$$
#
# A derivative of a sum is the sum of the derivatives. So take lesson 5's rule for one example,
# $\partial C_n/\partial W_{2,ij} = a_{1,ni}\,\delta_{2,nj}$ (activation in × error out), and add it over the examples:
#
# $$\frac{\partial C}{\partial W_{2,ij}} \;=\; \sum_n \frac{\partial C_n}{\partial W_{2,ij}} \;=\; \sum_n a_{1,ni}\,\delta_{2,nj}
# \;=\; \sum_n \left(a_1^T\right)_{in}\,\delta_{2,nj} \;=\; \left(a_1^T \delta_2\right)_{ij} .$$
#
# Read the last step slowly. A matrix product adds over the index that two matrices share. In $xW$ that index was the unit. In
# $a_1^T\delta_2$ it is **the example**: (4, 5) times (5, 2) is (4, 2), and the 5 that vanished is the batch. The sum over the examples
# is hidden inside the product. (Mehmet's *Neural Network Backpropagation*, in the package `two_layer`, writes exactly this,
# $\partial L/\partial W_2 = a_1^T\delta_2$.)
#
# The next two cells evaluate each line of that chain on the running network, and then on a second network of the same shape whose
# numbers were drawn at random: a rule that holds only by luck on ours would fail there. Both are also held against the slope itself,
# measured by nudging every weight up and down.

# %%
rng = np.random.default_rng(6)
other = [layer._replace(W=rng.normal(size=layer.W.shape), b=rng.normal(size=layer.b.shape)) for layer in net]
points = {"the running network": (net, x, y), "a random point": (other, rng.normal(size=x.shape), rng.random(y.shape))}


def with_W2(net, x, y):
    """The slope by W2, measured: C as a function of W2 alone."""
    return bp.central_difference(lambda W: bp.gradients([net[0], net[1]._replace(W=W)], x, y, bp.half_squared_error)[0], net[1].W)


# %% [markdown]
# The gauge is ready: `with_W2` nudges every element of $W_2$. Now the chain, one entry for each line of the page.


# %%
def weights_of_the_batch(net, x, y):
    hidden, output = bp.forward(net, x)
    a1, delta2 = hidden.a_out, (output.a_out - y) * output.a_out * (1 - output.a_out)  # (1), every row at once
    return {
        "Σ_n ∂C_n/∂W₂, each example alone": sum(bp.gradients(net, x[[n]], y[[n]], bp.half_squared_error)[1][1].dW for n in range(5)),
        "Σ_n a₁[n] outer δ₂[n]": sum(np.outer(a1[n], delta2[n]) for n in range(5)),
        "Σ_n a₁ᵀ[i, n] δ₂[n, j]": [[sum(a1.T[i, n] * delta2[n, j] for n in range(5)) for j in range(2)] for i in range(4)],
        "a₁ᵀ δ₂": a1.T @ delta2,
    }


derivation.lines(weights_of_the_batch, points, with_W2)

# %% [markdown]
# The bias is easier. Every example meets the same bias, with the input 1, so $\partial C_n/\partial b_{2,j} = \delta_{2,nj}$ and
#
# $$\frac{\partial C}{\partial b_{2,j}} = \sum_n \delta_{2,nj} ,$$
#
# the sum of each **column** of $\delta_2$: over the batch, not over the units. It is what $a_1^T\delta_2$ would give for a unit whose
# activation is always 1, a thought that lesson 9 turns into code.
#
# A gradient has the shape of its variable, so `db2` must be (2,). If it comes out as (5, 2), the sum was forgotten, and NumPy will not
# warn you: `b2 - eta * db2` then silently becomes a (5, 2) matrix.


# %%
def biases_of_the_batch(net, x, y):
    a2 = bp.predict(net, x)
    delta2 = (a2 - y) * a2 * (1 - a2)
    return {
        "Σ_n ∂C_n/∂b₂, each example alone": sum(bp.gradients(net, x[[n]], y[[n]], bp.half_squared_error)[1][1].db for n in range(5)),
        "Σ_n δ₂[n]": sum(delta2[n] for n in range(5)),
        "1ᵀ δ₂, a row of ones": np.ones(5) @ delta2,
    }


def with_b2(net, x, y):
    return bp.central_difference(lambda b: bp.gradients([net[0], net[1]._replace(b=b)], x, y, bp.half_squared_error)[0], net[1].b)


derivation.lines(biases_of_the_batch, points, with_b2)

# %% [markdown]
# ## What 1/N would change
#
# Some costs are averages. The handwritten notes on the four equations define $C = \frac{1}{2n}\sum_x \|y - a^L\|^2$, with $n$ the number
# of examples; the handwritten regression notes use $\frac1N\sum(y-\hat y)^2$. How far does such a $\frac1N$ reach?
#
# **Predict first.** Divide the cost by $N$. Which of $\delta_2$, $\delta_1$, $\partial C/\partial W_2$, $\partial C/\partial W_1$ are
# divided by $N$? In how many places of the code do you have to write it?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %% [markdown]
# Each line of the backward pass is proportional to the error it starts from. Divide the very first error by $N$ and everything that
# follows is divided by $N$, once:
#
# $$\frac{\partial}{\partial W_2}\,\frac{C}{N} \;=\; a_1^T\,\frac{\delta_2}{N} \;=\; \frac{1}{N}\,a_1^T\delta_2 .$$


# %%
def one_over_n(net, x, y):
    hidden, output = bp.forward(net, x)
    a1, delta2 = hidden.a_out, (output.a_out - y) * output.a_out * (1 - output.a_out)
    return {
        "by the average cost": bp.gradients(net, x, y, bp.quadratic_cost)[1][1].dW,
        "a₁ᵀ (δ₂ / N)": a1.T @ (delta2 / 5),
        "(a₁ᵀ δ₂) / N": (a1.T @ delta2) / 5,
    }


derivation.lines(one_over_n, points, lambda *point: with_W2(*point) / 5)

# %% [markdown]
# One place, then: **the cost owns its 1/N**, it enters through $\partial C/\partial a$, and the rules for $W$ and $b$ stay plain sums.
# Whoever writes the $\frac1N$ a second time in `dW` gets a gradient that is $N$ times too small. It points in the right direction, so
# the network still learns, more slowly; nothing tells you.
#
# And since a step is $\eta$ times the gradient, "average cost with $\eta = 5$" and "summed cost with $\eta = 1$" are the same step when
# $N = 5$. A learning rate means nothing until you know the cost it was chosen for.
#
# ## The whole step is six lines
#
# Here is everything that lessons 3 to 5 derived, for the whole batch, in the symbols of the note `two_layer` (Mehmet, *Neural Network
# Backpropagation*). Each line of code is one line of the note:
#
# $$\begin{aligned}
# \delta_2 &= (a_2 - y)\odot\sigma'(z_2) &\text{(1)}\\
# \partial L/\partial W_2 &= a_1^T\delta_2 &\text{(4)}\\
# \partial L/\partial b_2 &= \textstyle\sum_\text{batch}\delta_2 &\text{(3)}\\
# \delta_1 &= (\delta_2W_2^T)\odot\sigma'(z_1) &\text{(2)}\\
# \partial L/\partial W_1 &= a_0^T\delta_1 &\text{(4)}\\
# \partial L/\partial b_1 &= \textstyle\sum_\text{batch}\delta_1 &\text{(3)}
# \end{aligned}$$
#
# **Predict first.** The shapes of the six, in this order, for our 3-4-2 network and $N = 5$:

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
hidden, output = bp.forward(net, x)
a0, a1, a2 = x, hidden.a_out, output.a_out
W2 = net[1].W

delta2 = (a2 - y) * a2 * (1 - a2)  # (1)
dW2 = a1.T @ delta2  # (4)
db2 = delta2.sum(axis=0)  # (3)
delta1 = (delta2 @ W2.T) * a1 * (1 - a1)  # (2)
dW1 = a0.T @ delta1  # (4)
db1 = delta1.sum(axis=0)  # (3)

derivation.values(delta2=delta2, dW2=dW2, db2=db2, delta1=delta1, dW1=dW1, db1=db1)

# %% [markdown]
# Line (2) deserves a second look, because it is the only one in which *examples* could have mixed and did not: row $n$ of
# $\delta_2W_2^T$ is made from row $n$ of $\delta_2$ alone. The examples travel back as separately as they came, and are added only where
# a weight or a bias collects them.
#
# Is it right? Hold the four gradients among the six against slopes measured by nudges, for all 26 weights and biases of this network.


# %%
def nudged(k, name):
    """The slope of C by one parameter array, `W` or `b` of layer k, measured."""

    def C(value):
        layers = [layer._replace(**{name: value}) if i == k else layer for i, layer in enumerate(net)]
        return bp.gradients(layers, x, y, bp.half_squared_error)[0]

    return bp.central_difference(C, getattr(net[k], name))


for label, ours, measured in (
    ("dW2", dW2, nudged(1, "W")),
    ("db2", db2, nudged(1, "b")),
    ("dW1", dW1, nudged(0, "W")),
    ("db1", db1, nudged(0, "b")),
):
    print(f"{label} {ours.shape!s:7} agrees with the nudges to 1e-7: {bp.relative_error(ours, measured) < 1e-7}")

# %% [markdown]
# The package does the same, for any number of layers. This is its code, shown from where it stands; look for the four numbers in the
# comments.

# %%
derivation.source(bp.backward)

# %% [markdown]
# ## A step, and what it promises
#
# Gradient descent moves every weight and bias against its slope, $W \leftarrow W - \eta\,\partial C/\partial W$ and
# $b \leftarrow b - \eta\,\partial C/\partial b$. For a small $\eta$ the cost should change by about
#
# $$C_\text{new} - C \;\approx\; -\,\eta\sum(\text{all slopes})^2 ,$$
#
# since each parameter moves by $-\eta$ times its slope, and changes the cost by its slope times that. In the table, look at the ratio of
# what came to what was promised.

# %%
C, grads = bp.gradients(net, x, y, bp.half_squared_error)
print(f"C = {C:.5f}")
squares = sum((g.dW**2).sum() + (g.db**2).sum() for g in grads)
print("   η     promised       came   came / promised")
for eta in (0.01, 0.1, 1.0, 10.0, 100.0):
    states = bp.descend(net, x, y, bp.half_squared_error, eta)
    came = [next(states).C for _ in range(2)][1] - C
    print(f"{eta:6g}  {-eta * squares:9.4f}  {came:9.4f}   {came / (-eta * squares):8.3f}")

# %% [markdown]
# The promise is kept for small steps and broken for large ones. The slope is the truth *here*; it says nothing about far away. With the
# largest $\eta$ of the table the promise is some fifteen times more than there is to gain (a cost cannot fall below 0), and what came is
# a rise.
#
# ## Watching it learn: XOR
#
# For the descent we change the data and the sizes: the four examples of *exclusive or* (the answer is 1 where exactly one of two inputs
# is 1), and a 2-3-1 network, all sigmoid, cost $\frac12\sum$. No network without a hidden layer can learn XOR, so if this one does, its
# hidden layer has learnt something, and what reached the hidden layer came through line (2).
#
# **Predict first.** Move the live network one step at a time. Before you start: which weights will move more in the first steps, those
# into the hidden layer or those into the output? Why (look at line 2: what is the hidden error multiplied by)?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
x4, y4 = bp.data.xor()
start = bp.network([2, 3, 1], rng=5)
bp.explorer(start, x4, y4, bp.half_squared_error)

# %% [markdown]
# The same descent as a table, with $\eta = 2$ (set it with the slider under the live cost curve), for a reader without the picture. Each
# row is one moment of `bp.descend`, which yields the state before every update: the cost, the answers to the four inputs (0,0) to (1,1),
# and the length of each gradient, $\sqrt{\sum \text{slopes}^2}$, as `size of dW`.

# %%
print(" step       C   (0,0)  (0,1)  (1,0)  (1,1)   size of dW1   size of dW2")
steps = bp.descend(start, x4, y4, bp.half_squared_error, eta=2.0)
states = [next(steps) for _ in range(1001)]
for state in (states[k] for k in (0, 1, 10, 25, 50, 75, 100, 150, 250, 500, 1000)):
    answers = "  ".join(f"{a:.3f}" for a in state.steps[-1].a_out[:, 0])
    sizes = [np.linalg.norm(g.dW) for g in state.grads]
    print(f"{state.iteration:5d}  {state.C:.4f}   {answers}   {sizes[0]:11.5f}   {sizes[1]:11.5f}")

# %% [markdown]
# **What to have noticed.** The error reaches the hidden layer through $W_2$ and through $\sigma'(z_1)$, which is never more than ¼, so
# the first slopes of $W_1$ are about a tenth as large as those of $W_2$. Then, for a hundred steps, nothing seems to happen: all four
# answers hang near ½, which is the best a network can do that does not tell the inputs apart. Meanwhile the slopes of $W_1$ grow, the
# hidden units come apart, and between step 100 and step 250 the cost falls from 0.49 to 0.03. A flat stretch in a cost curve is not yet
# a reason to stop.
#
# ### How large a step?
#
# **Predict first.** Four values of $\eta$: 0.05, 0.5, 5 and 15. Draw (on paper, or in your mind) their cost curves over 1500 steps.

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*


# %%
def costs_of(net, eta, steps=1500):
    states = bp.descend(net, x4, y4, bp.half_squared_error, eta)
    return [next(states).C for _ in range(steps)]


etas = (0.05, 0.5, 5.0, 15.0)
curves = [costs_of(start, eta) for eta in etas]
fig, axes = draw.figure(4, sharey=True)
for ax, eta, costs in zip(axes, etas, curves, strict=True):
    draw.history(ax, costs)
    draw.plain(ax, title=f"η = {eta:g}")
draw.show(
    fig,
    "The cost of XOR over 1500 steps for four learning rates: with 0.05 it stays flat at 0.5; with 0.5 it is flat for some hundred "
    "steps and then falls; with 5 it falls almost at once; with 15 it jumps up and down and then hangs at 0.25.",
)
for eta, costs in zip(etas, curves, strict=True):
    print(f"η = {eta:<5g} C after 100, 500, 1500 steps:  {costs[99]:.3f}  {costs[499]:.3f}  {costs[-1]:.3f}")

# %% [markdown]
# Too small, and nothing happens within your patience; too large, and a step flies past the valley onto a plain where the sigmoids are
# saturated and hardly any slope is left. **Neither is a mistake in the gradient**, and no check of the gradient will find it. The cost
# curve does.
#
# ## A start that cannot learn
#
# Now a start in which all weights are equal, ½ everywhere, with biases 0. The gradient is right, $\eta$ is good.
#
# **Predict first.** What will the three hidden units look like after 500 steps? Will XOR be learnt?

# %% [markdown]
# **Your prediction:** *(press Enter here and write)*

# %%
equal = [layer._replace(W=np.full_like(layer.W, 0.5)) for layer in start]
steps = bp.descend(equal, x4, y4, bp.half_squared_error, eta=2.0)
last = [next(steps) for _ in range(501)][-1]
fig, (left, right) = draw.figure(2, height=2.4)
draw.matrix(left, equal[0].W, "W₁ at the start", ["from 1", "from 2"], ["unit 1", "unit 2", "unit 3"])
draw.matrix(right, last.net[0].W, "W₁ after 500 steps", ["from 1", "from 2"], ["unit 1", "unit 2", "unit 3"])
draw.show(
    fig,
    "Two tables of W1. At the start all six weights are 0.50. After 500 steps the weights have changed, but the three columns, "
    "one a hidden unit, are still equal.",
)
derivation.values(**{"W₁ after 500 steps": last.net[0].W, "∂C/∂W₁ there": last.grads[0].dW, "C": last.C})

# %% [markdown]
# The columns stay equal for ever. Units with equal weights have equal activations; equal weights into the output give them equal errors;
# so their slopes are equal, and after the step they are equal again. Three hidden units do the work of one, and one is too few for XOR.
# With weights of exactly 0 it is worse at first: $\delta_2W_2^T$ is 0, and the hidden layer does not move at all in the first step.
#
# That is why `bp.network` draws its weights at random: not for any particular values, but so that **no two units are alike**. Biases may
# all start at 0, because the weights already tell the units apart.
#
# ## The Rosetta stone: five notes, one gradient
#
# This course is built from five sets of notes. They use rows and columns, $W$ and $W^T$, $z$ and $a$ for the same thing, a bias apart or
# inside the weights. The package holds each of them as code in its own symbols, and the promise is that they agree. Three of them
# describe our running network. `node_form` knows only one example, so we add its gradients over the five; `absorbed_bias` keeps each
# bias as the last row of its weight matrix, so we split it off.

# %%
(W1, b1, _), (W2, b2, _) = net
_, ours = bp.gradients(net, x, y, bp.half_squared_error)

by_mehmet = bp.notes.two_layer.gradients(x, y, W1, b1, W2, b2)
Wb = bp.notes.absorbed_bias.gradients([np.vstack([W1, b1]), np.vstack([W2, b2])], x, y)
by_four_equations = (Wb[0][:-1], Wb[0][-1], Wb[1][:-1], Wb[1][-1])
one_by_one = [bp.notes.node_form.gradients([W1, W2], [b1, b2], x_n, y_n, bp.sigmoid, bp.sigmoid) for x_n, y_n in zip(x, y, strict=True)]
by_nodes = tuple(sum(np.array(g[i][k]) for g in one_by_one) for k in (0, 1) for i in (0, 1))


# %% [markdown]
# One function compares four gradients with four others, part by part.


# %%
def compare(theirs, ours):
    for name, got, want in zip(("dW1", "db1", "dW2", "db2"), theirs, ours, strict=True):
        verdict = "agrees to 1e-12" if bp.relative_error(np.asarray(got), want) < 1e-12 else "DIFFERS"
        print(f"    {name} {np.shape(got)!s:7} {verdict}")


in_order = [part for g in ours for part in (g.dW, g.db)]
for name, theirs in (("two_layer", by_mehmet), ("absorbed_bias", by_four_equations), ("node_form, summed over the examples", by_nodes)):
    print(name)
    compare(theirs, in_order)

# %% [markdown]
# The other two describe other systems: another output activation, another cost. `regression` ends in the identity with the mean squared
# error; `softmax_classifier` ends in softmax with the cross-entropy, and writes examples as columns, so everything goes in and comes out
# transposed. Each is held against the package on *its own* system; lessons 7 and 8 walk through them. Here it is enough to see that the
# same three lines of `backward` serve them both.

# %%
linear = [net[0], net[1]._replace(act=bp.identity)]
flat = [part for g in bp.gradients(linear, x, y, bp.mean_squared_error)[1] for part in (g.dW, g.db)]
print("regression: identity output, mean squared error")
compare(bp.notes.regression.gradients(x, y, W1, b1, W2, b2, bp.sigmoid), flat)

flat = [part.T for g in bp.gradients(linear, x, y, bp.softmax_cross_entropy)[1] for part in (g.dW, g.db)]
print("softmax_classifier: softmax output, cross-entropy, in columns")
compare(bp.notes.softmax_classifier.gradients(x.T, y.T, W1.T, b1, W2.T, b2), flat)

# %% [markdown]
# Five notes, five alphabets, one gradient. When you meet a sixth, three questions translate it: *is an example a row or a column? Does
# $W_{ij}$ go from $i$ to $j$ or the other way? Which letter is the weighted sum before the activation?* Pick a note and see its symbols
# beside ours:

# %%
rosetta.picker()

# %% [markdown]
# The trap in that table is the letter $a$. In four notes it is what comes *out* of a unit; in `node_form` (Daniel López Montero) it is
# what goes *into* the activation, our $z$. Its $g'(a_j)$ is our $\sigma'(z_j)$, and whoever copies $g'(a)$ beside our $a$ has applied
# the sigmoid twice.
#
# ## What you can do now
#
# - Examples are rows. They never mix going forward, they never mix going back; they are added where a weight or a bias collects them.
# - $a_\text{in}^T\delta$ sums over the batch inside the product; $\sum_\text{batch}\delta$ does it for the bias.
# - The cost owns its $\frac1N$ and its ½. They enter once.
# - A right gradient is not enough: $\eta$ and the start decide as well.
#
# **The exercise** `06_batch` asks for the whole step: `two_layer_gradients` and `gradient_step`. `bp.check` will tell you not whether it
# learns (most wrong gradients do) but whether it is right, and if not, which mistake it is.
#
# Lesson 7 lets the network answer with any number, not only with one between 0 and 1. Watch which factor goes missing, and why it may.
