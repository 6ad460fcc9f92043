"""How to know that a gradient is right: two ways to measure a slope, and one to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop import door
from backprop.core import Grad, Layer, _forward, gradients
from backprop.door import Array
from backprop.functions import Cost


def central_difference(f: Callable[[Any], Any], theta: Any, eps: float = 1e-5) -> Any:
    """The slope of f by two nudges: (f(θ + ε) − f(θ − ε)) / 2ε, one element of θ after the other.

    theta is a real number or an array of any shape, f takes the like and returns one real number; the result has theta's shape and the
    unit of f per unit of theta. The error is about ε² from the curve and 1e-16/ε from rounding: 1e-9 to 1e-11 of the gradient at ε =
    1e-5, so a gradient is right "to 1e-7". Raises ValueError where f returns anything but one real number or eps is not positive. Source:
    none of the notes checks; the definition of ∂.
    """
    door.positive(eps, "eps")
    theta = _real(theta)
    grad = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        up, down = theta.copy(), theta.copy()
        up[i] += eps
        down[i] -= eps
        grad[i] = (_one_number(f(up[()])) - _one_number(f(down[()]))) / (2 * eps)
    return grad[()]


def complex_step(f: Callable[[Any], Any], theta: Any) -> Any:
    """The slope of f by one nudge in the imaginary direction: Im f(θ + ih) / h with h = 1e-20, one element of θ after the other.

    Nothing is subtracted, so it is right to rounding (1e-16 of the gradient). theta is a real number or an array of any shape, f takes
    the complex like and returns one complex number; the result has theta's shape and the unit of f per unit of theta. Raises ValueError
    where f drops the imaginary part (abs, norms, comparisons' branches, a float64 buffer) or returns more than one number. Source: Squire
    and Trapp 1998; no note.
    """
    theta = _real(theta)
    h, grad = 1e-20, np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        nudged = theta.astype(np.complex128)
        nudged[i] += 1j * h
        grad[i] = _one_complex(f(nudged[()])).imag / h
    return grad[()]


def relative_error(got: Any, want: Any) -> float:
    """How far `got` is from `want`, norm-wise: ‖got − want‖ / ‖want‖.

    Both are numbers or arrays of one shape; the result is a number without unit, 0 where both are 0, infinite where only `want` is.
    Element-wise errors would call rounding noise in a near-zero element an error. Raises ValueError where the shapes differ. Source: no
    note.
    """
    got, want = door.array(got, "got"), door.array(want, "want")
    if got.shape != want.shape:
        raise ValueError(f"got and want must have the same shape, but got is {got.shape} and want is {want.shape}.")
    error, size = np.linalg.norm((got - want).ravel()), np.linalg.norm(want.ravel())
    if error == 0:
        return 0.0
    return float(error / size) if size else float("inf")


def check_gradient(net: Sequence[Layer], x: Any, y: Any, cost: Cost, grads: Sequence[Any] | None = None) -> float:
    """The largest error of a gradient: over all dW and db, max ‖g − g_cs‖ / max(‖g_cs‖, 1e-3 ‖whole g_cs‖), g_cs from the complex step.

    net, x (N, n_in), y (N, n_out) and cost as for `gradients`; grads is a list of Grad or of (dW, db), first layer first, shaped as the
    layers' W and b; default: what `gradients` returns. The result has no unit: about 1e-15 for a right gradient, 0 where all is 0. Raises
    ValueError where shapes do not meet, and as `gradients` does. Source: no note has a check.
    """
    net = door.layers(net)
    pairs = [_pair(g) for g in (gradients(net, x, y, cost)[1] if grads is None else grads)]
    wants = _measured(net, x, y, cost)
    if len(pairs) != len(wants):
        raise ValueError(f"grads must hold one entry a layer, {len(wants)} of them, but it holds {len(pairs)}.")
    whole = np.sqrt(sum(np.linalg.norm(w) ** 2 for want in wants for w in want))
    errors = [_error(g, w, 1e-3 * whole) for pair, want in zip(pairs, wants, strict=True) for g, w in zip(pair, want, strict=True)]
    return max(errors)


def _pair(g: Any) -> tuple[Any, Any]:
    pair = (g.dW, g.db) if isinstance(g, Grad) else tuple(g)
    if len(pair) != 2:
        raise ValueError(f"grads must hold a Grad or a pair (dW, db) for each layer, but one entry holds {len(pair)} things.")
    return pair


def _error(g: Any, want: Array, floor: float) -> float:
    g = door.finite(door.array(g, "grads"), "grads")
    if g.shape != want.shape:
        raise ValueError(f"a gradient has the shape of its variable, {want.shape}, but its shape is {g.shape}.")
    error, size = float(np.linalg.norm(g - want)), max(float(np.linalg.norm(want)), floor)
    return error if error == 0 else error / size if size else float("inf")


def _measured(net: list[Layer], x: Any, y: Any, cost: Cost) -> list[tuple[Array, Array]]:
    """dW and db of every layer by the complex step."""
    door.cost_fits(net, cost)

    x = door.rows(x, "x", columns=net[0].W.shape[0])
    y = door.targets(y, (x.shape[0], net[-1].W.shape[1]))

    def slope(k: int, field: str) -> Array:
        def C(theta: Array) -> Any:
            return cost.f(_forward([*net[:k], net[k]._replace(**{field: theta}), *net[k + 1 :]], x)[-1].a_out, y)  # type: ignore[arg-type]

        return complex_step(C, getattr(net[k], field))  # type: ignore[no-any-return]

    return [(slope(k, "W"), slope(k, "b")) for k in range(len(net))]


def _real(theta: Any) -> Array:
    a = door.finite(door.array(theta, "theta"), "theta")
    if a.dtype.kind == "c":
        raise ValueError("theta must be real, but it is complex; the step into the complex plane is made here.")
    return a.astype(np.float64)


def _one_number(value: Any) -> float:
    a = door.array(value, "f(theta)")
    if a.size != 1 or a.dtype.kind == "c":
        raise ValueError(f"f must return one real number, but it returned an array of shape {a.shape} and type {a.dtype}.")
    return float(a.reshape(())[()])


def _one_complex(value: Any) -> complex:
    a = np.asarray(value)
    if a.size != 1:
        raise ValueError(f"f must return one number, but it returned an array of shape {a.shape}.")
    if a.dtype.kind != "c":
        raise ValueError(
            f"f returned a real number ({a.dtype}) for a complex theta: something in it (abs, a norm, a float64 buffer) dropped "
            "the imaginary part. Write f without it, or use central_difference."
        )
    return complex(a.reshape(())[()])
