"""Neural Network Backpropagation, Mehmet: one neuron's cost, then two sigmoid layers on a batch (rows), in that note's symbols.

The cost of the two layers is not written in the note; its δ₂ is that of L = ½ Σ (a₂ − y)².
"""

from __future__ import annotations

from typing import Any

from backprop import door
from backprop.door import Array
from backprop.functions import sigmoid

σ = sigmoid.f


def dσ(x: Any) -> Any:
    """σ′(x) = σ(x)(1 − σ(x))."""
    return σ(x) * (1 - σ(x))


def neuron(w1: Any, x1: Any, b: Any, y1: Any) -> tuple[Any, Any, Any, Any, Any]:
    """One neuron's cost and its two slopes: z = w₁x₁ + b, a = σ(z), C = ½ Σ (a − y₁)².

    w1 and b are numbers; x1 and y1 are numbers or (N,). Returns (z, a, C, dC_dw1, dC_db): z and a like x1, the others one number each; no
    units but C's. Raises ValueError where x1 and y1 differ in shape. Source: section 1, (1) to (4); the chain rule line with slips 1, 2
    and 37 mended: the middle variable is z, C depends on b too, and the sum runs over the examples.
    """
    w1, b, (x1, y1) = door.one_number(w1, "w1"), door.one_number(b, "b"), _pair(x1, y1)
    z = w1 * x1 + b  # (1)
    a = σ(z)  # (2), (3)
    C = ((a - y1) ** 2).sum() / 2  # (4)
    dC_dz = (a - y1) * dσ(z)  # ∂C/∂a · ∂a/∂z
    return z, a, C, (dC_dz * x1).sum(), dC_dz.sum()  # ∂z/∂w₁ = x₁, ∂z/∂b = 1


def _pair(x1: Any, y1: Any) -> tuple[Any, Any]:
    x1, y1 = (door.finite(door.array(v, n), n) for v, n in ((x1, "x1"), (y1, "y1")))
    if x1.shape != y1.shape or x1.ndim > 1:
        raise ValueError(f"x1 and y1 must be two numbers or two arrays of shape (N,), but x1 is {x1.shape} and y1 is {y1.shape}.")
    return x1[()], y1[()]


def gradients(a0: Any, y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> tuple[Array, Array, Array, Array]:
    """Steps 1 to 4 of the note: δ₂ = (a₂ − y) ⊙ σ′(z₂), then the gradients of W₂, b₂, then δ₁ = (δ₂W₂ᵀ) ⊙ σ′(z₁), then those of W₁, b₁.

    a0 (N, n0), y (N, n2), W1 (n0, n1), b1 (n1,), W2 (n1, n2), b2 (n2,). Returns (dW1, db1, dW2, db2) shaped like their variables, in
    units of L = ½ Σ (a₂ − y)². Raises ValueError where shapes do not meet. Source: "To compute the gradients, we'll work backwards", 1 to
    4.
    """
    a0, y, (W1, b1), (W2, b2) = door.two_layers(a0, y, W1, b1, W2, b2, "a0")
    z1 = a0 @ W1 + b1
    a1 = σ(z1)
    z2 = a1 @ W2 + b2
    a2 = σ(z2)
    δ2 = (a2 - y) * dσ(z2)  # 1.
    dW2, db2 = a1.T @ δ2, δ2.sum(axis=0)  # 2.
    δ1 = (δ2 @ W2.T) * dσ(z1)  # 3.
    dW1, db1 = a0.T @ δ1, δ1.sum(axis=0)  # 4.
    return dW1, db1, dW2, db2
