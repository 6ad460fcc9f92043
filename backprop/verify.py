"""How to know that a gradient is right: two ways to measure a slope, and one to compare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from backprop import door
from backprop.core import Grad, Layer, Step, _forward, gradients
from backprop.door import Array
from backprop.functions import Cost

H = 1e-20  # the imaginary nudge: so small that its square is lost beside any real part
STACK = 2**16  # numbers of one layer's activations in a stacked forward pass: about a megabyte, which a cache holds


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
    grad = np.zeros(theta.shape)
    for i in np.ndindex(theta.shape):
        nudged = theta.astype(np.complex128)
        nudged[i] += 1j * H
        grad[i] = _one_complex(f(nudged[()])).imag / H
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
    pairs = _pairs(net, gradients(net, x, y, cost)[1] if grads is None else grads)
    wants = _measured(net, x, y, cost)
    whole = np.sqrt(sum(np.linalg.norm(w) ** 2 for want in wants for w in want))
    errors = [_error(g, w, 1e-3 * whole) for pair, want in zip(pairs, wants, strict=True) for g, w in zip(pair, want, strict=True)]
    return max(errors)


def check_direction(
    net: Sequence[Layer], x: Any, y: Any, cost: Cost, grads: Sequence[Any] | None = None, rng: int | np.random.Generator | None = None
) -> float:
    """The error of a gradient along one random direction v of all parameters: |g · v − C′| / |C′|, C′ = Im C(θ + ihv) / h.

    One forward pass, whatever the size of the net, where `check_gradient` needs one for each parameter; it sees whether anything is wrong
    and not where. Arguments as for `check_gradient`; `rng` draws v, a seed or a Generator, None is fresh. The result has no unit: 1e-16 to
    1e-12 for a right gradient, 0 where both are 0. Raises as `check_gradient` does. Source: no note has a check.
    """
    net = door.layers(net)
    pairs = _pairs(net, gradients(net, x, y, cost)[1] if grads is None else grads)
    net, x, y = _in_double(net, x, y, cost)
    draw = np.random.default_rng(rng).standard_normal
    directions = [(draw(layer.W.shape), draw(layer.b.shape)) for layer in net]
    moved = [layer._replace(W=layer.W + 1j * H * v, b=layer.b + 1j * H * u) for layer, (v, u) in zip(net, directions, strict=True)]
    slope = _slope(cost, _forward(net, x)[-1].a_out, _forward(moved, x)[-1].a_out, y)
    along: Any = sum(np.vdot(g, v) for pair, ways in zip(pairs, directions, strict=True) for g, v in zip(pair, ways, strict=True))
    return relative_error(along, slope)


def _pairs(net: list[Layer], grads: Sequence[Any]) -> list[tuple[Array, Array]]:
    """grads as (dW, db), one pair a layer, each of its variable's shape."""
    grads = list(grads)
    if len(grads) != len(net):
        raise ValueError(f"grads must hold one entry a layer, {len(net)} of them, but it holds {len(grads)}.")
    pairs = [_pair(g) for g in grads]
    return [(_shaped(dW, layer.W), _shaped(db, layer.b)) for (dW, db), layer in zip(pairs, net, strict=True)]


def _pair(g: Any) -> tuple[Any, Any]:
    pair = (g.dW, g.db) if isinstance(g, Grad) else tuple(g)
    if len(pair) != 2:
        raise ValueError(f"grads must hold a Grad or a pair (dW, db) for each layer, but one entry holds {len(pair)} things.")
    return pair


def _shaped(value: Any, variable: Array) -> Array:
    g: Array = door.finite(door.array(value, "grads"), "grads")
    if g.shape != variable.shape:
        raise ValueError(f"a gradient has the shape of its variable, {variable.shape}, but its shape is {g.shape}.")
    return g


def _error(g: Array, want: Array, floor: float) -> float:
    error, size = float(np.linalg.norm(g - want)), max(float(np.linalg.norm(want)), floor)
    return error if error == 0 else error / size if size else float("inf")


def _measured(net: list[Layer], x: Any, y: Any, cost: Cost) -> list[tuple[Array, Array]]:
    """dW and db of every layer by the complex step, many nudged parameters in one forward pass."""
    net, x, y = _in_double(net, x, y, cost)
    steps = _forward(net, x)
    return [_measured_layer(net[k:], step, steps[-1].a_out, y, cost) for k, step in enumerate(steps)]


def _measured_layer(net: list[Layer], step: Step, answer: Array, y: Array, cost: Cost) -> tuple[Array, Array]:
    """dW and db of the first layer of `net`, where `step` is what it does with the batch and `answer` what comes out at the end.

    A nudge ih of W[i, j] moves z[:, j] by ih a_in[:, i], one of b[j] moves it by ih: only that column is squashed anew.
    """
    n_in, n_out = net[0].W.shape
    moves = 1j * H * np.vstack([step.a_in.T, np.ones(len(y))])
    slopes = np.empty((n_in + 1) * n_out)
    at_once = max(1, STACK // (len(y) * max(len(layer.b) for layer in net)))
    for start in range(0, slopes.size, at_once):
        i, j = np.divmod(np.arange(start, min(start + at_once, slopes.size)), n_out)
        a = np.repeat(step.a_out[None].astype(np.complex128), len(i), axis=0)
        a[np.arange(len(i)), :, j] = _still_complex(net[0].act.f(step.z.T[j] + moves[i]), net[0].act.name)
        out = _forward(net[1:], a)[-1].a_out if net[1:] else a
        slopes[start : start + at_once] = [_slope(cost, answer, each, y) for each in out]
    return slopes[:-n_out].reshape(n_in, n_out), slopes[-n_out:]


def _slope(cost: Cost, answer: Array, nudged: Array, y: Array) -> float:
    """Im C / h. So small a nudge leaves the real part as it was: taken from the plain pass, a cost at its minimum has slope 0 exactly."""
    return _one_complex(cost.f(answer + 1j * _still_complex(nudged, "the network").imag, y)).imag / H


def _in_double(net: list[Layer], x: Any, y: Any, cost: Cost) -> tuple[list[Layer], Array, Array]:
    door.cost_fits(net, cost)
    x = door.rows(x, "x", columns=net[0].W.shape[0]).astype(np.float64)
    y = door.targets(y, (len(x), len(net[-1].b))).astype(np.float64)
    return [layer._replace(W=layer.W.astype(np.float64), b=layer.b.astype(np.float64)) for layer in net], x, y


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
    return complex(_still_complex(a, "f").reshape(())[()])


def _still_complex(a: Array, name: str) -> Array:
    if a.dtype.kind != "c":
        raise ValueError(
            f"{name} returned a real number ({a.dtype}) for a complex theta: something in it (abs, a norm, a float64 buffer) dropped "
            "the imaginary part. Write it without that, or use central_difference."
        )
    return a
