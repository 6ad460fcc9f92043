# %% [markdown]
# # Exercise 10: is it right?
#
# Three ways to know: measure a slope to the last digit, read a page with a pencil in the hand, and let a network live on your own
# gradients.
#
# Each check says what is wrong; `bp.hint("complex_step_gradient")` helps on, one step a call. When a class is graded, `bp.complex_step`,
# `bp.gradients`, `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution` and all of `bp.notes` and `bp.notation` are
# withheld; `bp.central_difference` stays.

# %%
import numpy as np

import backprop as bp
from backprop import draw

# %% [markdown]
# ## `complex_step_gradient`
#
# `f` takes an array and returns one number, and it takes complex arrays as well; `theta` is a real array of any shape. Return the gradient
# of `f` at `theta`, in the shape of `theta` and right to $10^{-12}$ of its norm, which no difference of two real values reaches (there is
# no cost here but `f` itself):
#
# $$\frac{\partial f}{\partial \theta_i} = \frac{\operatorname{Im} f(\theta + \mathrm i h\, e_i)}{h} , \qquad h = 10^{-20} .$$


# %% question="complex_step_gradient"
def complex_step_gradient(f, theta):
    """∂f/∂theta: theta is real, of any shape; f takes a (complex) array of that shape and returns
    one number; the result has its shape.
    """
    ### BEGIN SOLUTION
    # Why: f(θ + ih) = f(θ) + i h f′(θ) − …, so the slope stands alone in the imaginary part and
    # nothing is subtracted; h may be so small that the next term is lost in rounding. The copy must
    # be complex, since a float array would drop the step, and fresh for each i.
    theta = np.asarray(theta, dtype=complex)
    grad = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        nudged = theta.copy()
        nudged[i] += 1e-20j
        grad[i] = np.imag(f(nudged)) / 1e-20
    return grad
    ### END SOLUTION


# %% [markdown]
# By hand: $f = \theta_0^2\, \theta_1$ at $(3, 2)$ has the slopes $2 \cdot 3 \cdot 2$ and $3^2$. The second try holds your function and two
# nudges against a slope known exactly, that of $\sum e^{\theta}$.

# %%
print("yours:  ", np.round(complex_step_gradient(lambda t: t[0] ** 2 * t[1], np.array([3.0, 2.0])), 6))
print("by hand:", np.array([12.0, 9.0]))

# %%
theta = np.array([[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]])
for name, gradient in [("your gradient", complex_step_gradient), ("two nudges", bp.central_difference)]:
    error = bp.relative_error(gradient(lambda t: np.exp(t).sum(), theta), np.exp(theta))
    print(f"{name}: right to 1e-12? {error < 1e-12}; to 1e-7? {error < 1e-7}")

# %% check="complex_step_gradient"
report = bp.check("complex_step_gradient", complex_step_gradient)
display(report)
report.points

# %% [markdown]
# ## `find_the_slip`
#
# Eight lines as they stand in our copies of the five notes, and kinds of slip, more than you need. You have met each of these lines; each
# has one slip. Return a dict from the line's id to the id of the kind that fits best, such as `{"A": "sign-turned"}` with all eight lines
# (there are no arrays here, and a line's cost is the one that it states, or that its note states before it). A wrong line costs its own
# share of the points only.

# %%
from backprop.diagnosis import slips_quiz

slips_quiz.show()


# %% question="find_the_slip"
def find_the_slip():
    """A dict from line id to slip id, one entry for each of the eight lines."""
    ### BEGIN SOLUTION
    # Why: read each line as a claim about shapes, about indices, or about one derivative, and test
    # the claim with the smallest numbers that can break it: 1 and 0 for an input, two units for a
    # layer, two examples for a batch.
    return {
        "A": "wrong-end",  # w_ij ends in node j, so its slope goes through o_j and a_j
        "B": "extra-factor",  # z = w x + b, so ∂z/∂b = 1: no x
        "C": "transpose-missing",  # a column (3, 1) cannot meet a (3, 4); W₂ᵀ (ŷ − y) can
        "D": "only-if-shared",  # the sum over the units belongs to one b for all of them
        "E": "constant-lost",  # the square brings a 2 and the cost a 1/N
        "F": "neighbouring-layer",  # what enters W² is a¹, not a⁰ with another number of units
        "G": "one-letter-twice",  # y is the target and the tanh's output in the same line
        "H": "product-kind",  # each ∂L/∂A₁ meets its own slope and no other
    }
    ### END SOLUTION


# %% [markdown]
# Some lines can be measured. Line B, with numbers worked by hand: $x = 2$, $w_1 = b_1 = 0$, so $a_1 = \tfrac12$; $w_2 = 3$, $b_2 = 0$, so
# $a_2 = \tfrac32$; the label is 1 and $L = \tfrac12 (a_2 - y)^2$. What stands there, and what is the slope?

# %%
x, y, w1, w2 = 2.0, 1.0, 0.0, 3.0
line_B = (1.5 - y) * w2 * 0.5 * (1 - 0.5) * x
two_nudges = bp.central_difference(lambda b1: (w2 * bp.sigmoid.f(w1 * x + b1) - y) ** 2 / 2, 0.0)
print("line B:", line_B, " two nudges:", np.round(two_nudges, 6))

# %%
for line, kind in find_the_slip().items():
    print(line, kind, " | ", slips_quiz.LINES.get(line, "no such line"))

# %% check="find_the_slip"
report = bp.check("find_the_slip", find_the_slip)
display(report)
report.points

# %% [markdown]
# ## Capstone: your own functions read handwriting
#
# Bring over two functions that you wrote: `gradient_step` from exercise 06 and `softmax_gradients` from exercise 08. Paste them into the
# next cell, or have it run those notebooks, with the two lines `%run 06_batch.ipynb` and `%run 08_softmax.ipynb` (a run stops at the first
# cell that fails). Nothing below computes a gradient any other way.

# %% answer="brought_over"
### BEGIN SOLUTION
# Why: what was checked alone is used here unchanged, so what is learned below rests on it. The
# outputs of the two notebooks are kept quiet.
from IPython.utils.capture import capture_output

with capture_output():
    for notebook in ("06_batch.ipynb", "08_softmax.ipynb"):
        get_ipython().run_line_magic("run", notebook)
### END SOLUTION

# %% [markdown]
# The last 360 images are held out. A network that has seen each training image once, in one place, reads about 92 % of them. Here it also
# sees every training image moved by half a pixel to each side and corner.

# %% tags=["demo"]
x, y = bp.data.digits()
images = x[:-360].reshape(-1, 8, 8)


def half_a_pixel(images, axis):
    return [images] + [(images + np.roll(images, step, axis)) / 2 for step in (1, -1)]


train_x = np.concatenate([b for a in half_a_pixel(images, 1) for b in half_a_pixel(a, 2)]).reshape(-1, 64)
train_y = np.tile(y[:-360], (9, 1))
print("images to train on:", len(train_x), " held out:", 360)

# %% [markdown]
# Predict: after 20 rounds through these images, in batches of 32, how many of the 360 held-out ones does a network with 60 hidden units
# read correctly?

# %% tags=["demo"]
rng = np.random.default_rng(3)
params = rng.normal(0, 1 / 8, (64, 60)), np.zeros(60), rng.normal(0, 60**-0.5, (60, 10)), np.zeros(10)
for _ in range(20):
    order = rng.permutation(len(train_x))
    for batch in np.array_split(order, len(order) // 32):
        params = gradient_step(params, softmax_gradients(train_x[batch], train_y[batch], *params), 0.05)

net = [bp.Layer(*params[:2], bp.sigmoid), bp.Layer(*params[2:], bp.identity)]
answers, truths = bp.predict(net, x[-360:]).argmax(axis=1), y[-360:].argmax(axis=1)
right = np.mean(answers == truths)
print(f"read correctly: {right:.0%} of the held-out images; at least 95 %: {right >= 0.95}")

# %% tags=["demo"]
wrong = np.flatnonzero(answers != truths)[:8]
fig, ax = draw.figure(height=1.8)
draw.digits(ax, x[-360:][wrong], answers[wrong], truths[wrong], title="eight that it still misreads")
draw.show(fig, "Eight held-out images that it still misreads, its answer and the truth under each.")

# %% [markdown]
# A good score does not show that a gradient is right: most wrong gradients still train. You know that yours is, because each of its parts
# was held against a measured slope.
