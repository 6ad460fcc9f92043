"""The four equations of backpropagation, readable in one sitting.

Examples are rows: a is (N, n_in), W is (n_in, n_out), W[i, j] goes from unit i to unit j, b is (n_out,), z = a @ W + b and
delta = dC/dz. Every gradient has the shape of its variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np

from backprop import door
from backprop.door import Array
from backprop.functions import Activation, Cost, sigmoid


class Layer(NamedTuple):
    """One layer: z = a_in @ W + b, a_out = act.f(z).

    W is (n_in, n_out), W[i, j] from unit i to unit j; b is (n_out,); act is an Activation; none has a unit. Raises nothing by itself:
    `forward` and `gradients` check. Source: two_layer (1) and (2); absorbed_bias, its opening lines (there W is transposed).
    """

    W: Array
    b: Array
    act: Activation


class Step(NamedTuple):
    """What one layer did with a batch on the way forward: a_in (N, n_in), then z = a_in @ W + b and a_out = f(z), both (N, n_out).

    No units. Raises nothing. Source: node_form §2 (its a is our z, its o our a_out).
    """

    a_in: Array
    z: Array
    a_out: Array


class Grad(NamedTuple):
    """One layer's part of the gradient: delta = dC/dz (N, n_out), dW = dC/dW (n_in, n_out), db = dC/db (n_out,).

    Units: those of C. Raises nothing. Source: absorbed_bias (1) to (4).
    """

    delta: Array
    dW: Array
    db: Array


def network(
    sizes: Sequence[int], hidden: Activation = sigmoid, output: Activation = sigmoid, rng: int | np.random.Generator | None = None
) -> list[Layer]:
    """A fresh network: W ~ N(0, 1/n_in), b = 0.

    sizes is (n_in, hidden units …, n_out), at least two whole numbers from 1 up; layer k gets W (sizes[k-1], sizes[k]) and b (sizes[k],),
    float64, without unit, and the activation `hidden`, the last one `output`; `rng` is a seed or a Generator, None is fresh. Raises
    ValueError for sizes that are not that. Source: two_layer, its two-layer network; weights of variance 1/n_in keep z near 1 in size.
    """
    sizes = list(sizes)
    if len(sizes) < 2 or any(not isinstance(n, int | np.integer) or isinstance(n, bool) or n < 1 for n in sizes):
        raise ValueError(f"sizes must be at least two whole numbers from 1 up, such as (3, 4, 2), but it is {sizes}.")
    draw = np.random.default_rng(rng).standard_normal
    acts = [hidden] * (len(sizes) - 2) + [output]
    return [Layer(draw((i, j)) / np.sqrt(i), np.zeros(j), act) for (i, j), act in zip(pairwise(sizes), acts, strict=True)]


def forward(net: Sequence[Layer], x: Any) -> list[Step]:
    """Carries a batch through the net: z = a @ W + b, a = f(z), layer by layer.

    net is a list of Layer; x is (N, n_in), one example a row, without unit. One Step a layer, first layer first; its z and a_out are (N,
    n_out). Raises ValueError where shapes do not meet or a number is not finite, TypeError where something is not an array of numbers.
    Source: two_layer (1), (2); node_form §2.
    """
    net = door.layers(net)
    return _forward(net, door.rows(x, "x", columns=net[0].W.shape[0]))


def _forward(net: Sequence[Layer], a: Array) -> list[Step]:
    steps = []
    for W, b, act in net:
        z = a @ W + b
        a_out = act.f(z)
        steps.append(Step(a, z, a_out))
        a = a_out
    return steps


def backward(net: Sequence[Layer], steps: Sequence[Step], dC_da: Array) -> Iterator[Grad]:
    """Carries the error back through the net and yields one Grad a layer, last layer first.

    (1) δ = ∂C/∂a ⊙ f′(z) at the output; (2) δ = (δ_next @ W_next.T) ⊙ f′(z) below it; (3) ∂C/∂b = Σ_examples δ; (4) ∂C/∂W = a_in.T @ δ.
    `steps` come from `forward`; dC_da is (N, n_out), the slope of the cost at the output, in units of C. Shapes of the results: see Grad.
    Raises ValueError where net and `steps` are not of one length or dC_da has another shape. Source: absorbed_bias (1) to (4); two_layer,
    steps 1 to 4.
    """
    dC_da = door.slopes_at_output(net, steps, dC_da)
    da = dC_da
    for (W, _, act), (a_in, z, a_out) in zip(reversed(net), reversed(steps), strict=True):
        delta = da * act.df(z, a_out)  # (1), (2)
        yield Grad(delta, a_in.T @ delta, delta.sum(axis=0))  # (4), (3)
        da = delta @ W.T  # (2)


def gradients(net: Sequence[Layer], x: Any, y: Any, cost: Cost) -> tuple[Any, list[Grad]]:
    """The cost of a batch and its gradient by every weight and bias: `forward`, then `backward` from ∂C/∂a = cost.df(a, y).

    net is a list of Layer; x is (N, n_in), y is (N, n_out), never broadcast; without unit. Returns (C, grads): C one number, grads one
    Grad a layer, first layer first, dW and db plain sums over the examples (a 1/N or a ½ belongs to the cost). Raises ValueError where
    shapes do not meet, a number is not finite, or a cost on logits stands over an output that is not the identity; TypeError where
    something is not numbers. Source: absorbed_bias (1) to (4).
    """
    net = door.layers(net)
    door.cost_fits(net, cost)
    steps = _forward(net, door.rows(x, "x", columns=net[0].W.shape[0]))
    a = steps[-1].a_out
    y = door.targets(y, a.shape)
    grads = list(islice(backward(net, steps, cost.df(a, y)), len(net)))  # not asked once more, it leaves out the slope by x
    return cost.f(a, y), grads[::-1]


def predict(net: Sequence[Layer], x: Any) -> Array:
    """The network's answer: a of the last layer.

    net is a list of Layer, x (N, n_in); the result (N, n_out), logits where the cost is on logits (then `softmax` or `sigmoid.f` of it
    are probabilities); no unit. Raises as `forward` does. Source: regression, "final prediction".
    """
    return forward(net, x)[-1].a_out
