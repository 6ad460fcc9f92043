"""The one small network that runs through the lessons."""

from __future__ import annotations

import numpy as np

from backprop.core import Layer
from backprop.door import Array
from backprop.functions import sigmoid


def small_network() -> tuple[list[Layer], Array, Array]:
    """The 3-4-2 network of lessons 02 to 06 and 08, all sigmoid, with its five examples.

    Returns (net, x, y): W (3, 4) and (4, 2), x (5, 3), y (5, 2) whose rows sum to 1; no units. Its first hidden unit has lesson 01's
    weight 0.8 from the first input and lesson 01's bias −0.4: with the other inputs 0 it is that neuron. Raises nothing. Source: made
    here, numbers of one decimal.
    """
    hidden = Layer(
        np.array([[0.8, -0.5, 0.3, 0.9], [-0.6, 0.7, -0.2, 0.4], [0.1, 1.2, -0.7, -0.8]]),
        np.array([-0.4, 0.2, 0.5, -0.1]),
        sigmoid,
    )
    output = Layer(np.array([[-1.1, 0.6], [0.9, -0.3], [0.5, 1.3], [-0.7, 0.2]]), np.array([0.3, -0.6]), sigmoid)
    x = np.array([[0.9, 0.2, -0.6], [-0.4, 1.1, 0.3], [1.5, -0.8, 0.7], [0.1, 0.5, 1.2], [-1.3, -0.2, 0.4]])
    y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    return [hidden, output], x, y
