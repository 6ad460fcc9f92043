# %% [markdown]
# # Exercise 01: one neuron's cost and its two slopes
#
# Lesson 01 followed one neuron from its weight to its cost and back. Now you write both directions.
#
# Write each answer in place of the two lines under its docstring, run the cell, try it on the numbers worked by hand, then run the check:
# it says which mistake was made, where to look, and how many points there are. If you are stuck, `bp.hint("neuron_cost")` goes one step
# further each time you run it; `bp.solution("neuron_cost")` shows an answer, and `bp.progress()` what you have so far.
#
# When a class is graded, `bp.half_squared_error`, `bp.gradients`, `bp.backward`, `bp.descend`, `bp.check_gradient`, `bp.fit`, `bp.solution`
# and all of `bp.notes` and `bp.notation` are withheld, so the formulas have to be yours; `bp.sigmoid` stays.

# %%
import numpy as np

import backprop as bp

# %% [markdown]
# ## The cost: `neuron_cost`
#
# The neuron takes one number $x$ and answers $a = \sigma(z)$ with $z = wx + b$; over $N$ examples its cost is
#
# $$C = \tfrac12 \sum_{n=1}^{N} \bigl(\sigma(w x_n + b) - y_n\bigr)^2 .$$
#
# Write the function that returns $C$ for numbers `w` and `b` and arrays `x` and `y` of shape `(N,)`. `bp.sigmoid.f(z)` is $\sigma$, element
# by element.


# %% question="neuron_cost"
def neuron_cost(w, b, x, y):
    """C = ½ Σ (σ(w x + b) − y)²: numbers w and b, arrays x and y of shape (N,); returns one number."""
    ### BEGIN SOLUTION
    # Why: every example adds its own square, so the sum comes last and leaves one number. The ½ is
    # there so that the 2 of the square cancels in the slope; it belongs to the cost, and leaving it
    # out doubles everything that follows.
    a = bp.sigmoid.f(w * x + b)
    return np.sum((a - y) ** 2) / 2
    ### END SOLUTION


# %% [markdown]
# Numbers worked by hand: $\sigma(0) = \tfrac12$ and $\sigma(\ln 3) = \tfrac34$. With $w = \ln 3$, $b = 0$ and two examples $x = 0, 1$ with
# targets $y = 0, 1$, the errors are $\tfrac12$ and $-\tfrac14$.

# %%
w, b = np.log(3), 0.0
x, y = np.array([0.0, 1.0]), np.array([0.0, 1.0])
print("yours:  ", np.round(neuron_cost(w, b, x, y), 6))
print("by hand:", (0.5**2 + 0.25**2) / 2)

# %% check="neuron_cost"
report = bp.check("neuron_cost", neuron_cost)
display(report)
report.points

# %% [markdown]
# ## Its slopes: `neuron_gradient`
#
# For the same neuron and the same cost $C = \tfrac12 \sum (\sigma(wx + b) - y)^2$, return the pair `(dw, db)` =
# $(\partial C/\partial w,\ \partial C/\partial b)$. Both are single numbers, whatever the length `(N,)` of `x` and `y`.


# %% question="neuron_gradient"
def neuron_gradient(w, b, x, y):
    """(∂C/∂w, ∂C/∂b) of C = ½ Σ (σ(w x + b) − y)²: numbers w and b, arrays x and y of shape (N,);
    returns two numbers.
    """
    ### BEGIN SOLUTION
    # Why: w and b reach the cost only through z, so both slopes share ∂C/∂z = (a − y) σ′(z), one
    # number an example. After that ∂z/∂w = x and ∂z/∂b = 1 are all that tells them apart, and the
    # sum over the examples is the sum in C.
    a = bp.sigmoid.f(w * x + b)
    dz = (a - y) * a * (1 - a)
    return np.sum(dz * x), np.sum(dz)
    ### END SOLUTION


# %% [markdown]
# The same two examples by hand: $\sigma'(z) = a(1 - a)$ is $\tfrac14$ and $\tfrac{3}{16}$, so $\partial C/\partial z$ is $\tfrac18$ and
# $-\tfrac{3}{64}$.

# %%
print("yours:  ", np.round(neuron_gradient(w, b, x, y), 6))
print("by hand:", np.array([0 / 8 - 1 * 3 / 64, 1 / 8 - 3 / 64]))

# %% [markdown]
# A second opinion needs no formula at all: nudge each number a little up and a little down, and see how much the cost changes.

# %%
print("two nudges of w:", np.round(bp.central_difference(lambda w: neuron_cost(w, b, x, y), w), 6))
print("two nudges of b:", np.round(bp.central_difference(lambda b: neuron_cost(w, b, x, y), b), 6))

# %% check="neuron_gradient"
report = bp.check("neuron_gradient", neuron_gradient)
display(report)
report.points
