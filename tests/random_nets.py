"""Random networks for the tests, and a forward pass of their own: nothing here calls a formula of `backprop`.

`own_cost` is written once against a NumPy-like module: with `numpy` it takes complex numbers (the complex step), with
`autograd.numpy` it is differentiated by HIPS autograd. Both know only names, never the package's functions.
"""

from itertools import cycle, pairwise
from typing import Any, NamedTuple

import numpy as np

import backprop as bp

ACTIVATIONS = ("sigmoid", "tanh", "identity", "relu")
ON_VALUES = ("half_squared_error", "quadratic_cost", "mean_squared_error")
ON_LOGITS = ("softmax_cross_entropy", "binary_cross_entropy")
PAIRS = [(cost, output) for cost in ON_VALUES for output in ACTIVATIONS] + [(cost, "identity") for cost in ON_LOGITS]
DEPTHS = (1, 2, 3, 4, 5)

OWN_ACTIVATION = {
    "sigmoid": lambda xp, z: 1 / (1 + xp.exp(-z)),
    "tanh": lambda xp, z: (xp.exp(z) - xp.exp(-z)) / (xp.exp(z) + xp.exp(-z)),
    "identity": lambda xp, z: z,
    "relu": lambda xp, z: xp.where(xp.real(z) > 0, z, 0 * z),
}

OWN_COST = {
    "half_squared_error": lambda xp, a, y: xp.sum((a - y) ** 2) / 2,
    "quadratic_cost": lambda xp, a, y: xp.sum((y - a) ** 2) / (2 * len(y)),
    "mean_squared_error": lambda xp, a, y: xp.sum((y - a) ** 2) / len(y),
    "softmax_cross_entropy": lambda xp, z, y: xp.sum(xp.log(xp.sum(xp.exp(z), axis=1))) - xp.sum(y * z),
    "binary_cross_entropy": lambda xp, z, y: xp.sum(xp.log(1 + xp.exp(z)) - y * z),
}


class Case(NamedTuple):
    """One random network with its data: `names` of its activations, `params` as [(W, b), ...], rows `x` and `y`, and a cost."""

    names: tuple[str, ...]
    params: list[tuple[np.ndarray, np.ndarray]]
    x: np.ndarray
    y: np.ndarray
    cost: str

    @property
    def net(self) -> list[bp.Layer]:
        return [bp.Layer(W, b, getattr(bp, name)) for (W, b), name in zip(self.params, self.names, strict=True)]

    @property
    def bp_cost(self) -> bp.Cost:
        return getattr(bp, self.cost)


def random_case(rng: np.random.Generator, names: tuple[str, ...], cost: str, n: int, widest: int = 9) -> Case:
    """A network with pairwise different layer sizes, n_in >= 1, and targets that fit the cost."""
    sizes = rng.permutation(np.arange(1, max(widest, len(names) + 1) + 1))[: len(names) + 1]
    if cost == "softmax_cross_entropy" and sizes[-1] == 1:
        sizes = sizes[::-1]
    params = [(rng.normal(size=(m, k)) / np.sqrt(m), rng.normal(size=k) / 2) for m, k in pairwise(sizes)]
    y = rng.uniform(size=(n, sizes[-1]))
    if cost == "softmax_cross_entropy":
        y = y / y.sum(axis=1, keepdims=True)
    return Case(names, params, rng.normal(size=(n, sizes[0])), y, cost)


def cases_of(cost: str, output: str) -> list[Case]:
    """Every depth with every hidden activation, and one that mixes them; N walks through 1 .. 64."""
    rng = np.random.default_rng(PAIRS.index((cost, output)))
    batch = cycle((1, 64, *rng.permutation(np.arange(2, 64))))
    hidden = [tuple(rng.choice(ACTIVATIONS, size=depth - 1)) for depth in DEPTHS]
    hidden += [(name,) * (depth - 1) for depth in DEPTHS[1:] for name in ACTIVATIONS]
    return [random_case(rng, (*names, output), cost, int(next(batch))) for names in hidden]


def own_cost(xp: Any, names: tuple[str, ...], cost: str, params: Any, x: Any, y: Any) -> Any:
    """The cost of the network, written without the package: xp is numpy or autograd.numpy."""
    a = x
    for (W, b), name in zip(params, names, strict=True):
        a = OWN_ACTIVATION[name](xp, xp.dot(a, W) + b)
    return OWN_COST[cost](xp, a, y)


def own_complex_step(case: Case) -> np.ndarray:
    """The whole gradient as one vector, one complex step (h = 1e-20) a parameter."""
    params = [(W.astype(complex), b.astype(complex)) for W, b in case.params]
    slopes = []
    for array in (array for pair in params for array in pair):
        for index in np.ndindex(array.shape):
            array[index] += 1e-20j
            slopes.append(own_cost(np, case.names, case.cost, params, case.x, case.y).imag / 1e-20)
            array[index] = array[index].real
    return np.array(slopes)


def autograd_gradient(case: Case) -> np.ndarray:
    """The whole gradient as one vector, by HIPS autograd."""
    import autograd
    import autograd.numpy as anp

    slopes = autograd.grad(lambda params: own_cost(anp, case.names, case.cost, params, case.x, case.y))(case.params)
    return flat(slopes)


def flat(pairs: Any) -> np.ndarray:
    """[(dW, db), ...] as one vector, in the order W, b of the first layer, W, b of the second, ..."""
    return np.concatenate([np.ravel(array) for pair in pairs for array in pair])


def pairs_of(grads: list[bp.Grad]) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(grad.dW, grad.db) for grad in grads]


def distance(got: Any, want: Any) -> float:
    """|got - want| / |want|, Euclidean norms; 0 where both are 0. The tests' own, so that bp.relative_error has a witness."""
    got, want = np.asarray(got), np.asarray(want)
    assert got.shape == want.shape, (got.shape, want.shape)
    off, size = np.sqrt((np.abs(got - want) ** 2).sum()), np.sqrt((np.abs(want) ** 2).sum())
    return float(off if size == 0 else off / size)
