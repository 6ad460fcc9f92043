"""Checks at the door: every public function says in one sentence what it expected, what came, and what to do.

Nothing is broadcast or converted silently, but for integers, which become float64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from backprop.core import Layer, Step

Array = NDArray[Any]


def array(value: ArrayLike, name: str) -> Array:
    """`value` as a floating (or complex) array: integers and booleans become float64, anything without numbers is refused."""
    try:
        a = np.asarray(value)
    except ValueError:  # rows of different lengths
        a = np.asarray(None)
    if a.dtype.kind in "fc":
        return a
    if a.dtype.kind not in "biu":
        came = "text" if a.dtype.kind in "US" else "None" if value is None else f"a {type(value).__name__} of other things"
        raise TypeError(f"{name} must be an array of numbers, but it is {came}; give it numbers, in rows of equal length.")
    return a.astype(np.float64)


def finite(a: Array, name: str) -> Array:
    """`a`, unless it holds NaN or infinity."""
    # the sum of squares is a cheap first look: it is finite only if every element is
    if not math.isfinite(abs(np.vdot(a, a))) and not np.isfinite(a).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(a))[0])
        raise ValueError(f"{name} must be finite, but {name}[{', '.join(map(str, where))}] is {a[where]}.")
    return a


def rows(value: ArrayLike, name: str, columns: int | None = None) -> Array:
    """A finite 2-d array, one example a row, of `columns` columns where that is known."""
    a = array(value, name)
    if a.ndim == 1:
        raise ValueError(
            f"{name} must be 2-d, one example a row, but its shape is {a.shape}; "
            f"one example is {name}[None], one feature is {name}[:, None]."
        )
    if a.ndim != 2 or 0 in a.shape:
        raise ValueError(f"{name} must be 2-d, one example a row, with at least one row and one column, but its shape is {a.shape}.")
    if columns is not None and a.shape[1] != columns:
        raise ValueError(f"{name} must have {columns} columns, one for each unit it meets, but its shape is {a.shape}.")
    return finite(a, name)


def same_shape(a: Any, y: Any) -> tuple[Any, Any]:
    """`a` and `y` as arrays, unless their shapes differ: a (N,) beside an (N, 1) would be broadcast to (N, N)."""
    a, y = array(a, "a"), array(y, "y")
    if a.shape != y.shape:
        hint = "; write y[:, None]" if y.ndim == 1 and a.ndim == 2 and a.shape == (*y.shape, 1) else ""
        raise ValueError(f"a and y must have the same shape, but a is {a.shape} and y is {y.shape}{hint}.")
    return a, y


def layers(net: Sequence[Layer]) -> list[Layer]:
    """`net` as a list of layers whose W, b are finite float arrays with shapes that meet."""
    if not isinstance(net, Sequence) or hasattr(net, "W"):
        raise TypeError(f"a network must be a list of Layer, but it is a {type(net).__name__}; one layer is [layer].")
    if not net:
        raise ValueError("a network must be a list of at least one Layer, but it is empty.")
    checked = [_layer(layer, k) for k, layer in enumerate(net, start=1)]
    for k, (here, after) in enumerate(pairwise(checked), start=1):
        if here.W.shape[1] != after.W.shape[0]:
            raise ValueError(
                f"layer {k} has {here.W.shape[1]} units but layer {k + 1} takes {after.W.shape[0]} inputs: "
                f"W of layer {k} is {here.W.shape}, W of layer {k + 1} is {after.W.shape}."
            )
    return checked


def _layer(layer: Layer, k: int) -> Layer:
    if not (hasattr(layer, "W") and hasattr(layer, "b") and hasattr(layer, "act")):
        raise TypeError(f"layer {k} must be a backprop.Layer(W, b, act), but it is a {type(layer).__name__}.")
    if not hasattr(layer.act, "df"):
        raise TypeError(f"act of layer {k} must be an Activation such as backprop.sigmoid, but it is {layer.act!r}.")
    W = rows(layer.W, f"W of layer {k}")
    b = bias(layer.b, W.shape[1], f"b of layer {k}")
    return layer if W is layer.W and b is layer.b else layer._replace(W=W, b=b)


def targets(y: ArrayLike, shape: tuple[int, ...]) -> Array:
    """`y` as a finite array of the output's shape, never broadcast."""
    a = array(y, "y")
    if a.shape != shape:
        hint = " (write y[:, None])" if a.ndim == 1 and shape == (*a.shape, 1) else ""
        raise ValueError(f"y must have the shape of the network's output, {shape}, but its shape is {a.shape}{hint}.")
    return finite(a, "y")


def two_layers(
    x: ArrayLike, y: ArrayLike, W1: Any, b1: Any, W2: Any, b2: Any, name: str
) -> tuple[Array, Array, tuple[Array, Array], tuple[Array, Array]]:
    """The parts of a two-layer network, checked against one another: x (N, n0), `name` in its note, y (N, n2), (W1, b1), (W2, b2)."""
    x, W1, W2 = rows(x, name), rows(W1, "W1"), rows(W2, "W2")
    b1, b2 = finite(array(b1, "b1"), "b1"), finite(array(b2, "b2"), "b2")
    if x.shape[1] != W1.shape[0] or W1.shape[1] != W2.shape[0] or b1.shape != W1.shape[1:] or b2.shape != W2.shape[1:]:
        raise ValueError(
            f"shapes must be {name} (N, n0), W1 (n0, n1), b1 (n1,), W2 (n1, n2), b2 (n2,), "
            f"but they are {name} {x.shape}, W1 {W1.shape}, b1 {b1.shape}, W2 {W2.shape}, b2 {b2.shape}."
        )
    return x, targets(y, (len(x), W2.shape[1])), (W1, b1), (W2, b2)


def slopes_at_output(net: Sequence[Layer], steps: Sequence[Step], dC_da: ArrayLike) -> Array:
    """dC_da as an array of the output's shape, one step a layer: neither is broadcast or cut short."""
    if len(steps) != len(net):
        raise ValueError(f"backward needs one step a layer, but there are {len(net)} layers and {len(steps)} steps; `forward` makes them.")
    da, shape = array(dC_da, "dC_da"), steps[-1].a_out.shape
    if da.shape != shape:
        raise ValueError(f"dC_da must have the shape of the network's output, {shape}, but its shape is {da.shape}.")
    return da


def one_number(value: Any, name: str) -> Any:
    """`value` as one finite floating number."""
    a = finite(array(value, name), name)
    if a.ndim:
        raise ValueError(f"{name} must be one number, but its shape is {a.shape}.")
    return a[()]


def bias(b: Any, units: int, name: str) -> Array:
    """A finite bias (units,): one number a unit."""
    one_a_unit = finite(array(b, name), name)
    if one_a_unit.shape != (units,):
        raise ValueError(f"{name} must be one number a unit, shape {(units,)}, but its shape is {one_a_unit.shape}.")
    return one_a_unit


def cost_fits(net: Sequence[Layer], cost: Any) -> None:
    """Refuses a cost on logits above an output layer that squashes."""
    if not hasattr(cost, "on_logits"):
        raise TypeError(f"cost must be a Cost such as backprop.half_squared_error, but it is {cost!r}.")
    if cost.on_logits and net[-1].act.name != "identity":
        raise ValueError(
            f"{cost.name} is taken on logits and squashes them itself, so the output layer must be backprop.identity, "
            f"but it is {net[-1].act.name}; put output=backprop.identity."
        )


def positive(value: float, name: str) -> float:
    """`value`, if it is a positive finite number."""
    if not isinstance(value, int | float | np.number) or not math.isfinite(value) or value <= 0:
        raise ValueError(f"{name} must be a positive number, but it is {value!r}.")
    return float(value)
