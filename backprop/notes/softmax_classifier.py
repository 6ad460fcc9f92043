"""Backpropagation, lecture notes of 23 April 2024: a sigmoid layer, softmax and cross-entropy, in columns and in that note's symbols.

One example is a column: Z₁ = W₁X + b₁, A₁ = σ(Z₁), Z₂ = W₂A₁ + b₂, A₂ = Softmax(Z₂), L = −Σ y log ŷ.
"""

from __future__ import annotations

from typing import Any

from backprop import door
from backprop.door import Array
from backprop.functions import sigmoid, softmax

σ = sigmoid.f


def dσ(x: Any) -> Any:
    """σ′(x) = e^(−x)/(1 + e^(−x))², written σ(x)σ(−x), which is the same and finite everywhere (slip 7)."""
    return σ(x) * σ(-x)


def Softmax(Z: Array) -> Array:
    """Softmax of every column: e^(x_i) / Σ e^(x)."""
    p: Array = softmax(Z.T)
    return p.T


def gradients(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> tuple[Array, Any, Array, Any]:
    """The note's list of derivatives from the top, with the two that it does not write: ∂L/∂W₂ = (ŷ − y)A₁ᵀ, ∂L/∂W₁ = ∂L/∂Z₁ Xᵀ.

    X (D,) or (D, N), Y (O,) or (O, N) whose columns sum to 1, W1 (h, D), W2 (O, h). b1 and b2: a scalar is one bias shared by the
    layer, as in the note; a vector (h,) or (O,) is one a unit. Returns (dW1, db1, dW2, db2) shaped like their variables, in units of L,
    summed over the examples. Raises ValueError where shapes do not meet or a column of Y does not sum to 1. Source: "Backpropagation",
    with slips 3 to 6 and 26 mended.
    """
    X, Y, W1, b1, W2, b2 = _columns(X, Y, W1, b1, W2, b2)
    Z1 = W1 @ X + _as_column(b1)
    A1 = σ(Z1)
    A2 = Softmax(W2 @ A1 + _as_column(b2))
    dZ2 = A2 - Y  # ∂L/∂z₂ = ŷ − y
    dA1 = W2.T @ dZ2  # ∂L/∂A₁, slip 26
    dZ1 = dA1 * dσ(Z1)  # ∂L/∂z₁, slip 6
    return dZ1 @ X.T, _sum(dZ1, b1), dZ2 @ A1.T, _sum(dZ2, b2)  # slip 5: W₁, W₂; slip 3: b₁, b₂


def _as_column(b: Array) -> Array:
    return b[:, None] if b.ndim else b


def _sum(dZ: Array, b: Array) -> Any:
    """A bias a unit collects its row; one scalar bias collects everything."""
    return dZ.sum(axis=1) if b.ndim else dZ.sum()


def _columns(X: Any, Y: Any, W1: Any, b1: Any, W2: Any, b2: Any) -> tuple[Array, ...]:
    X, Y = (door.finite(v[:, None] if v.ndim == 1 else v, n) for v, n in ((door.array(X, "X"), "X"), (door.array(Y, "Y"), "Y")))
    W1, W2 = door.rows(W1, "W1"), door.rows(W2, "W2")
    if W1.shape[1:] != X.shape[:1] or W2.shape[1:] != W1.shape[:1] or Y.shape != (len(W2), *X.shape[1:]):
        raise ValueError(
            f"W1 must be (h, D), W2 (O, h), X (D, N) and Y (O, N), but W1 is {W1.shape}, W2 {W2.shape}, X {X.shape} and Y {Y.shape}."
        )
    if abs(Y.sum(axis=0) - 1).max() > 1e-5:
        raise ValueError(f"every column of Y must sum to 1, which ŷ − y rests on, but the sums are {Y.sum(axis=0)}.")
    return X, Y, W1, _bias(b1, len(W1), "b1"), W2, _bias(b2, len(W2), "b2")


def _bias(b: Any, units: int, name: str) -> Array:
    checked = door.finite(door.array(b, name), name)
    if checked.shape not in ((), (units,)):
        raise ValueError(f"{name} must be one number, or one a unit of shape {(units,)}, but its shape is {checked.shape}.")
    return checked
