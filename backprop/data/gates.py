"""The logic gates: four examples of two inputs, one output. Facts of logic; nobody's property."""

from __future__ import annotations

import numpy as np

from backprop.door import Array

_INPUTS = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


def _gate(*answers: int) -> tuple[Array, Array]:
    return np.array(_INPUTS), np.array(answers, dtype=float)[:, None]


def xor() -> tuple[Array, Array]:
    """Exclusive or: y = 1 where exactly one input is 1. No net without a hidden layer can learn it.

    Returns x (4, 2), y (4, 1), zeros and ones. Raises nothing. Source: logic.
    """
    return _gate(0, 1, 1, 0)


def and_() -> tuple[Array, Array]:
    """And: y = 1 where both inputs are 1.

    Returns x (4, 2), y (4, 1), zeros and ones. Raises nothing. Source: logic.
    """
    return _gate(0, 0, 0, 1)


def or_() -> tuple[Array, Array]:
    """Or: y = 1 where at least one input is 1.

    Returns x (4, 2), y (4, 1), zeros and ones. Raises nothing. Source: logic.
    """
    return _gate(0, 1, 1, 1)
