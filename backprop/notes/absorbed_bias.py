"""The handwritten notes on the four equations: any depth, the bias absorbed as the last row of W, one training step `fit_partial`.

W^l here is (n_in + 1, n_out), as the note's code multiplies it: a row [a₁ … a_k, 1] times W^l (slips 14 and 15). The cost of
`fit_partial` is ½ Σ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop import door
from backprop.door import Array
from backprop.functions import sigmoid

σ = sigmoid.f


def dσ(z: Any) -> Any:
    """The note's sigmoid-derivative: σ′(z) = σ(z)(1 − σ(z))."""
    return σ(z) * (1 - σ(z))


def _with_1(a: Array) -> Array:
    return np.hstack([a, np.ones((len(a), 1), a.dtype)])


def gradients(W: Sequence[Any], x: Any, y: Any) -> list[Array]:
    """∂C/∂W of every layer, the bias row included.

    (1) δ^L = (a^L − y) ⊙ σ′(z^L); (2) δ^l = (δ^(l+1) (W^(l+1))ᵀ without its last column) ⊙ σ′(z^l); (3), (4) ∂C/∂W^l = [a^(l−1), 1]ᵀ δ^l.

    W is a list of (n_in + 1, n_out), x (n_in,) or (N, n_in) without the 1, y (n_out,) or (N, n_out). Returns a list shaped like W, in
    units of C = ½ Σ (y − a^L)² (for the note's 1/(2n) Σ divide by n). Raises ValueError where shapes do not meet. Source: (1) to (4), and
    fit-partial with slips 18 to 21 mended: the 1 is appended in every layer, and its row is dropped on the way back.
    """
    W, a, y = _checked(W, x, y)
    layer_output = []
    for Wl in W:
        layer_output.append(_with_1(a))
        a = σ(layer_output[-1] @ Wl)
    z = [out @ Wl for out, Wl in zip(layer_output, W, strict=True)]
    layer_gradient = [(a - y) * dσ(z[-1])]  # (1)
    for Wl, zl in zip(W[:0:-1], z[-2::-1], strict=True):
        layer_gradient.append(layer_gradient[-1] @ Wl[:-1].T * dσ(zl))  # (2), slip 21: Wl[:-1] drops the bias row
    return [out.T @ δ for out, δ in zip(layer_output, reversed(layer_gradient), strict=True)]  # (3), (4), slip 20: reversed


def fit_partial(W: Sequence[Any], x: Any, y: Any, alpha: float) -> list[Array]:
    """One training step: W^l ← W^l − α ∂C/∂W^l, every δ from the old W.

    W, x, y as for `gradients`; alpha a positive number, in units of weight² per cost. Returns a new list of W; the old ones stay
    untouched. Raises ValueError where shapes do not meet or alpha is not positive. Source: "Weight update".
    """
    alpha = door.positive(alpha, "alpha")
    return [door.array(Wl, "W") - alpha * dW for Wl, dW in zip(W, gradients(W, x, y), strict=True)]


def _checked(W: Sequence[Any], x: Any, y: Any) -> tuple[list[Array], Array, Array]:
    W = [door.rows(Wl, f"W[{k}]") for k, Wl in enumerate(W)]
    x, y = door.array(x, "x"), door.array(y, "y")
    if x.ndim == 1:  # one example
        x, y = x[None], y[None] if y.ndim == 1 else y
    x = door.rows(x, "x")
    sizes = [x.shape[1], *(Wl.shape[1] for Wl in W)]
    if not W or any(len(Wl) != n + 1 for Wl, n in zip(W, sizes, strict=False)):
        raise ValueError(
            f"each W must have one row more than the layer before has units, for the bias: with x {x.shape} the W are "
            f"{[Wl.shape for Wl in W]}; the rows should be {[n + 1 for n in sizes[:-1]]}."
        )
    return W, x, door.targets(y, (len(x), sizes[-1]))
