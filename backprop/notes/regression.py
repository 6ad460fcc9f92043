"""The handwritten regression notes: one hidden layer, an identity output, mean squared error, in those notes' symbols (rows).

z₁ = XW₁ + b₁ (slip 8), a₁ = g(z₁), ŷ = a₂ = z₂ = a₁W₂ + b₂ (slip 9), L = (1/N) Σ (y − ŷ)².
"""

from __future__ import annotations

from typing import Any

from backprop import door
from backprop.door import Array
from backprop.functions import Activation, sigmoid, tanh

SLOPES = {"sigmoid": lambda a1: a1 * (1 - a1), "tanh": lambda a1: 1 - a1**2}  # slip 12: 1 − a₁², not 1 − y²


def gradients(X: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any, hidden: Activation) -> tuple[Array, Array, Array, Array]:
    """∂L/∂w₂ = (2/N) Σ (a₂ − y) a₁ and so on down the chain ∂L/∂a₂ · ∂a₂/∂z₂ · ∂z₂/∂a₁ · ∂a₁/∂z₁ · ∂z₁/∂w₁, with the 2/N kept (slip 10).

    X (N, f), y (N, o), W1 (f, h), b1 (h,), W2 (h, o), b2 (o,); hidden is backprop.sigmoid or backprop.tanh. Returns (dW1, db1, dW2, db2)
    shaped like their variables, in units of L. Raises ValueError where shapes do not meet or hidden is another activation. Source: the
    chain rule of ∂L/∂w₁, first with g the sigmoid, then tanh; slips 8 to 13, 28 and 29 mended.
    """
    if hidden not in (sigmoid, tanh):
        raise ValueError(f"hidden must be backprop.sigmoid or backprop.tanh, the two of the note, but it is {hidden!r}.")
    X, y, (W1, b1), (W2, b2) = door.two_layers(X, y, W1, b1, W2, b2, "X")
    a1 = hidden.f(X @ W1 + b1)
    a2 = a1 @ W2 + b2
    dL_dz2 = (a2 - y) * (2 / len(X))  # ∂L/∂a₂ · ∂a₂/∂z₂, and ∂a₂/∂z₂ = 1
    dL_dz1 = dL_dz2 @ W2.T * SLOPES[hidden.name](a1)  # · ∂z₂/∂a₁ · ∂a₁/∂z₁
    return X.T @ dL_dz1, dL_dz1.sum(axis=0), a1.T @ dL_dz2, dL_dz2.sum(axis=0)  # slip 11: no x in ∂L/∂b₁
