"""Backpropagation, Daniel López Montero, October 2018: every quantity per node, in that note's symbols; loops, no matrix product.

w[k][i][j] is w_ij^k: into node j of layer k from node i. a is the product sum plus bias (our z), o = g(a) the output (our a_out).
The cost is E = ½ Σ_j (y_j − o_j)², one example (slip 25).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backprop import door
from backprop.functions import Activation

Nodes = list[float]


def feed_forward(w: Sequence[Any], b: Sequence[Any], x: Sequence[Any], g: Activation, g_o: Activation) -> tuple[list[Nodes], list[Nodes]]:
    """a_j^k = b_j^k + Σ_i w_ij^k o_i^(k−1), o_j^k = g(a_j^k), with g_o in the output layer (slip 36).

    w, b, x as for `gradients`. Returns (a, o): a[k][j], and o[k][j] with o[0] = x; no units. Raises ValueError where lengths do not meet.
    Source: §2.
    """
    a: list[Nodes] = []
    o: list[Nodes] = [list(x)]
    for k, (w_k, b_k) in enumerate(zip(w, b, strict=True), start=1):
        act = g_o if k == len(w) else g
        a.append([b_k[j] + sum(w_k[i][j] * o_i for i, o_i in enumerate(o[-1])) for j in range(len(b_k))])
        o.append([act.f(a_j) for a_j in a[-1]])
    return a, o


def gradients(
    w: Sequence[Any], b: Sequence[Any], x: Sequence[Any], y: Sequence[Any], g: Activation, g_o: Activation
) -> tuple[list[list[Nodes]], list[Nodes]]:
    """∂E/∂w_ij^k = δ_j^k o_i^(k−1) and ∂E/∂b_j^k = δ_j^k (slip 35), node by node.

    w[k][i][j] from i to j, b[k][j], x (n_0 numbers), y (n_last numbers): nested lists or arrays, one example; g is the hidden activation,
    g_o the output's. Returns (dw, db), nested lists shaped like w and b, in units of E. Raises ValueError where lengths do not meet.
    Source: §4, with slips 22 to 25 and 34 to 36 mended.
    """
    _check(w, b, x, y)
    a, o = feed_forward(w, b, x, g, g_o)
    δ = [[(o_j - y_j) * g_o.df(a_j, o_j) for a_j, o_j, y_j in zip(a[-1], o[-1], y, strict=True)]]  # §4.1
    for w_next, a_k, o_k in zip(reversed(w[1:]), reversed(a[:-1]), reversed(o[1:-1]), strict=True):
        δ.append([g.df(a_j, o_j) * _back(w_j, δ[-1]) for a_j, o_j, w_j in zip(a_k, o_k, w_next, strict=True)])  # §4.2
    δ.reverse()
    return [[[δ_j * o_i for δ_j in δ_k] for o_i in o_in] for δ_k, o_in in zip(δ, o[:-1], strict=True)], δ


def _back(w_j: Sequence[Any], δ_next: Nodes) -> Any:
    """Σ_m w_jm^(k+1) δ_m^(k+1), m from 1 to n_(k+1) (slip 23)."""
    return sum(w_jm * δ_m for w_jm, δ_m in zip(w_j, δ_next, strict=True))


def _check(w: Sequence[Any], b: Sequence[Any], x: Sequence[Any], y: Sequence[Any]) -> None:
    if len(w) != len(b) or not len(w):
        raise ValueError(f"w and b must have as many layers as each other, at least one, but w has {len(w)} and b has {len(b)}.")
    sizes = [_how_many(x, "x"), *(_how_many(b_k, f"b[{k}]") for k, b_k in enumerate(b))]
    for k, w_k in enumerate(w):
        want, got = (sizes[k], sizes[k + 1]), door.rows(w_k, f"w[{k}]").shape
        if got != want:
            raise ValueError(
                f"w[{k}][i][j], from node i to j, must be {want[0]} rows of {want[1]} numbers, but it is {got[0]} rows of {got[1]}."
            )
    if _how_many(y, "y") != sizes[-1]:
        raise ValueError(f"y must hold one number an output node, {sizes[-1]}, but it holds {len(y)}.")


def _how_many(values: Sequence[Any], name: str) -> int:
    """The length of a list of finite numbers."""
    numbers = door.finite(door.array(values, name), name)
    if numbers.ndim != 1:
        raise ValueError(f"{name} must be a list of numbers, one a node, but its shape is {numbers.shape}.")
    return len(numbers)
