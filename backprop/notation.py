"""From one notation to another: rows and columns, bias apart or absorbed, matrices and node indices.

Ours is rows: z = a @ W + b with W[i, j] from unit i to unit j. The notes' other conventions are translated here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from backprop import door
from backprop.core import Layer
from backprop.door import Array


def columns_to_rows(X: Any, W: Any, b: Any) -> tuple[Array, Array, Array]:
    """From Z = W @ X + b with examples as columns to z = x @ W + b with examples as rows: every matrix is transposed.

    X (n_in, N), W (n_out, n_in) "to j from k", b (n_out, 1) or (n_out,) → x (N, n_in), W (n_in, n_out), b (n_out,). No units.
    Raises ValueError where X or W is not 2-d, they do not meet, or b is not one number a unit.
    Source: softmax_classifier (columns), absorbed_bias (w_jk).
    """
    X, W, b = door.rows(X, "X"), door.rows(W, "W"), door.finite(door.array(b, "b"), "b")
    if b.shape not in ((len(W), 1), (len(W),)):
        raise ValueError(f"b must be one number a unit, shape {(len(W), 1)} or {(len(W),)}, but its shape is {b.shape}.")
    _meet(W.shape[1], len(X), f"W @ X with W {W.shape} and X {X.shape}")
    return X.T, W.T, b.reshape(-1)


def rows_to_columns(x: Any, W: Any, b: Any) -> tuple[Array, Array, Array]:
    """From z = x @ W + b with examples as rows to Z = W @ X + b with examples as columns; undoes `columns_to_rows`.

    x (N, n_in), W (n_in, n_out), b (n_out,) → X (n_in, N), W (n_out, n_in), b (n_out, 1). No units. Raises ValueError where x or W is not
    2-d, they do not meet, or b is not one number a unit. Source: softmax_classifier, forward propagation.
    """
    x, W = door.rows(x, "x"), door.rows(W, "W")
    _meet(x.shape[1], len(W), f"x @ W with x {x.shape} and W {W.shape}")
    return x.T, W.T, door.bias(b, W.shape[1], "b")[:, None]


def _meet(left: int, right: int, product: str) -> None:
    if left != right:
        raise ValueError(f"the inner sizes must be equal, but in {product} they are {left} and {right}.")


def absorb_bias(W: Any, b: Any) -> Array:
    """The bias as the last row of the weights: a @ W + b = [a, 1] @ [W; b].

    W (n_in, n_out), b (n_out,) → (n_in + 1, n_out). No units. Raises ValueError where b is not one number a unit. Source: absorbed_bias,
    its second form of a^l (slips 14 and 15: the columns meet only under the transpose).
    """
    W = door.rows(W, "W")
    return np.vstack([W, door.bias(b, W.shape[1], "b")])


def split_bias(Wb: Any) -> tuple[Array, Array]:
    """The weights and the bias row apart; undoes `absorb_bias`.

    Wb (n_in + 1, n_out) → W (n_in, n_out), b (n_out,). No units. Raises ValueError where Wb has fewer than two rows. Source:
    absorbed_bias.
    """
    Wb = door.rows(Wb, "Wb")
    if len(Wb) < 2:
        raise ValueError(f"Wb must have at least one row of weights above its bias row, but its shape is {Wb.shape}.")
    return Wb[:-1], Wb[-1]


def append_one(a: Any) -> Array:
    """The constant 1 that meets the bias row: (N, n) → (N, n + 1).

    No unit. Raises ValueError where a is not 2-d. Source: absorbed_bias, [a_1 … a_k, 1].
    """
    a = door.rows(a, "a")
    return np.hstack([a, np.ones((len(a), 1), a.dtype)])


def to_nodes(net: Sequence[Layer]) -> tuple[list[list[list[float]]], list[list[float]]]:
    """A net as node indices: w[k][i][j] from node i to node j of layer k, b[k][j], nested lists of plain numbers.

    No units. Raises as `gradients` does for a net whose shapes do not meet. Source: node_form §1 (w_ij^k from i to j: ours exactly).
    """
    net = door.layers(net)
    return [layer.W.tolist() for layer in net], [layer.b.tolist() for layer in net]


def from_nodes(w: Sequence[Any], b: Sequence[Any]) -> list[tuple[Array, Array]]:
    """Nested lists of node_form as (W, b) pairs of arrays, W (n_in, n_out), b (n_out,); undoes `to_nodes`.

    No units. Raises ValueError where w and b do not have as many layers. Source: node_form §1.
    """
    if len(w) != len(b):
        raise ValueError(f"w and b must have as many layers as each other, but w has {len(w)} and b has {len(b)}.")
    return [(door.rows(w_k, "w"), door.array(b_k, "b")) for w_k, b_k in zip(w, b, strict=True)]
