"""Descent: W ← W − η ∂C/∂W, b ← b − η ∂C/∂b, over and over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from backprop import door
from backprop.core import Grad, Layer, Step, forward, gradients
from backprop.door import Array
from backprop.functions import Cost


class State(NamedTuple):
    """Everything about one moment of a descent: the net, its forward steps, the cost C, the gradient, the number of updates made so far.

    Shapes as in Layer, Step and Grad; C in its own unit; iteration from 0. Raises nothing. Source: two_layer, gradient descent.
    """

    net: list[Layer]
    steps: list[Step]
    C: Any
    grads: list[Grad]
    iteration: int


class Fit(NamedTuple):
    """What `fit` reached: the net, history (the cost of each step's batch before its update, (steps,)), and why it stopped, in words.

    Raises nothing. Source: regression, "repeat until convergence".
    """

    net: list[Layer]
    history: Array
    reason: str


def descend(net: Sequence[Layer], x: Any, y: Any, cost: Cost, eta: float) -> Iterator[State]:
    """Gradient descent as a stream of states, for ever: W ← W − η ∂C/∂W, b ← b − η ∂C/∂b.

    net, x (N, n_in), y (N, n_out) and cost as for `gradients`; eta > 0, in units of parameter² per cost. The first State is the untouched net,
    iteration 0. Raises ValueError as `gradients` does, and for an eta that is not a positive number. Source: two_layer, its last two update lines.
    """
    door.positive(eta, "eta")
    net = door.layers(net)
    iteration = 0
    while True:
        C, grads = gradients(net, x, y, cost)
        yield State(net, forward(net, x), C, grads, iteration)
        net = [layer._replace(W=layer.W - eta * g.dW, b=layer.b - eta * g.db) for layer, g in zip(net, grads, strict=True)]
        iteration += 1


def fit(
    net: Sequence[Layer],
    x: Any,
    y: Any,
    cost: Cost,
    eta: float,
    epochs: int,
    batch_size: int | None = None,
    rng: int | np.random.Generator | None = None,
    progress: bool = False,
    callback: Callable[[Any], Any] | None = None,
    stop: Any = None,
) -> Fit:
    """Plain descent for a number of epochs."""
    history = []
    x, y = np.asarray(x), np.asarray(y)
    rng = np.random.default_rng(rng)
    size = batch_size or len(x)
    net = door.layers(net)
    for _ in range(epochs):
        order = rng.permutation(len(x)) if batch_size else np.arange(len(x))
        for start in range(0, len(x), size):
            batch = order[start : start + size]
            C, grads = gradients(net, x[batch], y[batch], cost)
            history.append(C)
            net = [layer._replace(W=layer.W - eta * g.dW, b=layer.b - eta * g.db) for layer, g in zip(net, grads, strict=True)]
    return Fit(net, np.array(history), f"all {epochs} epochs done")
