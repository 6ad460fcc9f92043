"""Activations and costs: a table of (value, derivative). Every one takes real or complex arrays and keeps float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from backprop.door import Array, array, same_shape


class Activation(NamedTuple):
    """An activation function and its slope, both element-wise.

    `name` is its Python name. a = f(z) and da/dz = df(z, a), for z of any shape (plain numbers too); a and da/dz have z's shape and no
    unit. `f` takes complex z, since the complex step needs it. `df` gets both z and a, because the slope is often cheapest in a: σ′(z)
    = a (1 − a). Raises TypeError where z is not numbers. Source: every note; `f` is σ in two_layer, g in regression and node_form.
    """

    name: str
    f: Callable[[Any], Any]
    df: Callable[[Any, Any], Any]

    def __repr__(self) -> str:
        return f"backprop.{self.name}"


class Cost(NamedTuple):
    """A cost C and its derivative with respect to what it is taken on.

    `name` is its Python name. C = f(a, y) is one number; dC/da = df(a, y) has a's shape; a and y are (N, n_out) and must have the same
    shape. With `on_logits` the cost squashes by itself and `a` stands for the logits z of an identity output layer. Raises ValueError
    where the shapes differ. Source: the cost lines of the five notes.
    """

    name: str
    f: Callable[[Any, Any], Any]
    df: Callable[[Any, Any], Any]
    on_logits: bool = False

    def __repr__(self) -> str:
        return f"backprop.{self.name}"


def _sigmoid(z: Any) -> Any:
    """σ(z) = 1 / (1 + e^−z), between 0 and 1; its slope is a (1 − a)."""
    z = array(z, "z")
    if z.dtype.kind == "f":
        with np.errstate(over="ignore"):  # e^−z is ∞ below z = −709, and 1 / ∞ the 0 it should be
            return 1 / (1 + np.exp(-z))
    e = np.exp(np.where(z.real > 0, -z, z))  # a complex ∞ would give nan: here the exponent is never positive
    return (np.where(z.real > 0, 1, e) / (1 + e))[()]


def _tanh(z: Any) -> Any:
    """tanh z = (e^z − e^−z) / (e^z + e^−z), between −1 and 1; its slope is 1 − a²."""
    return np.tanh(array(z, "z"))


def _identity(z: Any) -> Any:
    """a = z; its slope is 1."""
    return array(z, "z")[()]


def _relu(z: Any) -> Any:
    """max(z, 0); its slope is 1 above 0, and 0 from 0 down."""
    z = array(z, "z")
    return np.where(z.real > 0, z, 0)[()]  # not np.maximum, whose complex step has slope 1 at exactly 0


def _relu_slope(z: Any, a: Any) -> Any:
    z = array(z, "z")
    return (z.real > 0).astype(z.real.dtype)[()]


sigmoid = Activation("sigmoid", _sigmoid, lambda z, a: a * (1 - a))
tanh = Activation("tanh", _tanh, lambda z, a: 1 - a * a)
identity = Activation("identity", _identity, lambda z, a: np.ones_like(array(z, "z"))[()])
relu = Activation("relu", _relu, _relu_slope)

ACTIVATIONS = {act.name: act for act in (sigmoid, tanh, identity, relu)}


def softmax(z: Any) -> Any:
    """Probabilities from logits, row by row: p_j = e^{z_j} / Σ_k e^{z_k}.

    z is (N, n_out) or one row (n_out,), without unit; p has its shape and each row sums to 1. The row's largest logit is subtracted
    first, which changes nothing but keeps e^z finite. It is a function and not an Activation, since its derivative is not element-wise.
    Raises TypeError where z is not numbers, ValueError for a single number. Source: softmax_classifier, forward propagation (A₂), with
    slip 7 mended.
    """
    e = np.exp(_shifted(z))
    return e / e.sum(axis=-1, keepdims=True)


def _shifted(z: Any) -> Array:
    z = array(z, "z")
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"softmax needs a row of logits, shape (n_out,) or (N, n_out), but the shape is {z.shape}.")
    shifted: Array = z - z.real.max(axis=-1, keepdims=True)
    return shifted


def _squares(a: Array, y: Array) -> Any:
    d = a - y
    return (d * d).sum()


def _half_squared_error(a: Any, y: Any) -> Any:
    """C = ½ Σ (a − y)², over outputs and examples."""
    return _squares(*same_shape(a, y)) / 2


def _half_squared_error_slope(a: Any, y: Any) -> Any:
    a, y = same_shape(a, y)
    return a - y


def _rows(a: Array) -> int:
    return a.shape[0] if a.ndim else 1


def _quadratic_cost(a: Any, y: Any) -> Any:
    """C = 1/(2N) Σ ‖a − y‖², N the number of examples."""
    a, y = same_shape(a, y)
    return _squares(a, y) / (2 * _rows(a))


def _quadratic_cost_slope(a: Any, y: Any) -> Any:
    a, y = same_shape(a, y)
    return (a - y) / _rows(a)


def _mean_squared_error(a: Any, y: Any) -> Any:
    """C = (1/N) Σ (a − y)², summed over outputs; N is the number of examples."""
    a, y = same_shape(a, y)
    return _squares(a, y) / _rows(a)


def _mean_squared_error_slope(a: Any, y: Any) -> Any:
    a, y = same_shape(a, y)
    return (a - y) * (2 / _rows(a))


def _softmax_cross_entropy(z: Any, y: Any) -> Any:
    """C = −Σ y log softmax(z), summed over the examples, on logits z: the output layer is the identity."""
    z, y = same_shape(z, y)
    s = _shifted(z)
    return (y * (np.log(np.exp(s).sum(axis=-1, keepdims=True)) - s)).sum()  # −log p = log Σ e^z − z


def _softmax_cross_entropy_slope(z: Any, y: Any) -> Any:
    z, y = same_shape(z, y)
    return softmax(z) * y.sum(axis=-1, keepdims=True) - y  # p − y, since Σ y = 1


def _binary_cross_entropy(z: Any, y: Any) -> Any:
    """C = Σ log(1 + e^z) − y z, on logits z: the output layer is the identity."""
    z, y = same_shape(z, y)
    return (_relu(z) + np.log1p(np.exp(np.where(z.real > 0, -z, z))) - y * z).sum()  # log(1 + e^z) without e^z of a large z


def _binary_cross_entropy_slope(z: Any, y: Any) -> Any:
    z, y = same_shape(z, y)
    return _sigmoid(z) - y


half_squared_error = Cost("half_squared_error", _half_squared_error, _half_squared_error_slope)
quadratic_cost = Cost("quadratic_cost", _quadratic_cost, _quadratic_cost_slope)
mean_squared_error = Cost("mean_squared_error", _mean_squared_error, _mean_squared_error_slope)
softmax_cross_entropy = Cost("softmax_cross_entropy", _softmax_cross_entropy, _softmax_cross_entropy_slope, on_logits=True)
binary_cross_entropy = Cost("binary_cross_entropy", _binary_cross_entropy, _binary_cross_entropy_slope, on_logits=True)

COSTS = {cost.name: cost for cost in (half_squared_error, quadratic_cost, mean_squared_error, softmax_cross_entropy, binary_cross_entropy)}
