"""Random arguments for the questions: unsaturated z, biases that are not zero, sizes that are pairwise different unless asked otherwise.

Every maker takes (rng, sizes) and returns the arguments of one call, float64, in the order of the answer's signature.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

Generator = np.random.Generator
Sizes = tuple[int, ...]
Arguments = tuple[Any, ...]


def _weights(rng: Generator, n_in: int, n_out: int) -> Any:
    return rng.uniform(0.3, 1.2, (n_in, n_out)) * rng.choice([-1.0, 1.0], (n_in, n_out))


def _values(rng: Generator, *shape: int) -> Any:
    """Numbers between 0.2 and 1.2 in size, either sign: none so near 0 that a term is lost."""
    return rng.uniform(0.2, 1.2, shape) * rng.choice([-1.0, 1.0], shape)


def _targets(rng: Generator, *shape: int) -> Any:
    return rng.uniform(0.05, 0.95, shape)


def neuron(rng: Generator, sizes: Sizes) -> Arguments:
    """(w, b, x, y) with x, y (N,)."""
    (N,) = sizes
    w, b = (float(v) for v in _values(rng, 2))
    return w, b, _values(rng, N), _targets(rng, N)


def layer(rng: Generator, sizes: Sizes) -> Arguments:
    """(a_in, W, b)."""
    N, n_in, n_out = sizes
    return _values(rng, N, n_in), _weights(rng, n_in, n_out), _values(rng, n_out)


def columns(rng: Generator, sizes: Sizes) -> Arguments:
    """(X, W, b) with examples as columns: X (n_in, N), W (n_out, n_in), b (n_out, 1)."""
    N, n_in, n_out = sizes
    return _values(rng, n_in, N), _weights(rng, n_out, n_in), _values(rng, n_out, 1)


def output(rng: Generator, sizes: Sizes) -> Arguments:
    """(z, y)."""
    N, n_out = sizes
    return 1.5 * _values(rng, N, n_out), _targets(rng, N, n_out)


def hidden(rng: Generator, sizes: Sizes) -> Arguments:
    """(delta_next, W_next, z)."""
    N, h, n_next = sizes
    return _values(rng, N, n_next), _weights(rng, h, n_next), 1.5 * _values(rng, N, h)


def node(rng: Generator, sizes: Sizes) -> Arguments:
    """(delta_next, w_next, z, j), nested lists, one example."""
    h, n_next, j = sizes
    return _values(rng, n_next).tolist(), _weights(rng, h, n_next).tolist(), (1.5 * _values(rng, h)).tolist(), j


def delta(rng: Generator, sizes: Sizes) -> Arguments:
    """(delta,)."""
    return (_values(rng, *sizes),)


def weight(rng: Generator, sizes: Sizes) -> Arguments:
    """(a_in, delta)."""
    N, n_in, n_out = sizes
    return _values(rng, N, n_in), _values(rng, N, n_out)


def two_layers(rng: Generator, sizes: Sizes) -> Arguments:
    """(x, y, W1, b1, W2, b2)."""
    N, n_in, h, n_out = sizes
    W1, W2 = _weights(rng, n_in, h) / np.sqrt(n_in), _weights(rng, h, n_out)
    return _values(rng, N, n_in), _targets(rng, N, n_out), W1, _values(rng, h), W2, _values(rng, n_out)


def regression(rng: Generator, sizes: Sizes) -> Arguments:
    """(x, y, W1, b1, W2, b2), targets of any sign."""
    x, y, *weights = two_layers(rng, sizes)
    return x, 4 * y - 2, *weights


def classes(rng: Generator, sizes: Sizes) -> Arguments:
    """(x, y, W1, b1, W2, b2), each row of y sums to 1."""
    x, y, *weights = two_layers(rng, sizes)
    return x, _rows_of_one(y), *weights


def _rows_of_one(y: Any) -> Any:
    return y / y.sum(axis=1, keepdims=True)


def step(rng: Generator, sizes: Sizes) -> Arguments:
    """(params, grads, eta)."""
    n_in, h, n_out = sizes
    shapes = (n_in, h), (h,), (h, n_out), (n_out,)
    return tuple(_values(rng, *s) for s in shapes), tuple(_values(rng, *s) for s in shapes), float(rng.uniform(0.1, 0.9))


def logits(rng: Generator, sizes: Sizes) -> Arguments:
    """(z,)."""
    return (2 * _values(rng, *sizes),)


def logits_and_targets(rng: Generator, sizes: Sizes) -> Arguments:
    """(z, y), each row of y sums to 1."""
    return 2 * _values(rng, *sizes), _rows_of_one(_targets(rng, *sizes))


def extreme_logits(rng: Generator, sizes: Sizes) -> list[Arguments]:
    """Logits near 1000, near −1000, both in one batch, and a row that holds both."""
    z = _values(rng, *sizes)
    sides = np.where(np.arange(len(z))[:, None] % 2, 1000.0, -1000.0)
    apart = np.where(np.arange(z.shape[1]) % 2, 1000.0, -1000.0)
    return [(z + 1000,), (z - 1000,), (z + sides,), (z + apart,)]


def extreme_logits_and_targets(rng: Generator, sizes: Sizes) -> list[Arguments]:
    """The same with targets."""
    return [(z, _rows_of_one(_targets(rng, *sizes))) for (z,) in extreme_logits(rng, sizes)]


def absorb(rng: Generator, sizes: Sizes) -> Arguments:
    """(W, b)."""
    n_in, n_out = sizes
    return _weights(rng, n_in, n_out), _values(rng, n_out)


def absorbed(rng: Generator, sizes: Sizes) -> Arguments:
    """(W, x, y, alpha): W a list of (n_in + 1, n_out), the bias as last row."""
    N, *units = sizes
    W = [np.vstack([_weights(rng, i, j) / np.sqrt(i), _values(rng, 1, j)]) for i, j in itertools.pairwise(units)]
    return W, _values(rng, N, units[0]), _targets(rng, N, units[-1]), float(rng.uniform(0.2, 0.9))


def alone(batch: Arguments) -> Arguments:
    """The arguments of `absorbed` for a batch of one, with its one example as 1-d x and y."""
    W, x, y, alpha = batch
    return W, x[0], y[0], alpha


class Source:
    """A function made from its source text, which it carries as `.source` (a text that defines f)."""

    def __init__(self, source: str) -> None:
        self.source = source
        scope: dict[str, Any] = {}
        exec(source, scope)
        self._f = scope["f"]

    def __call__(self, theta: Any) -> Any:
        return self._f(theta)


_FUNCTION = """import numpy as np

def f(theta):
    c = np.array({coefficients})
    return np.exp({u} * np.sum(c * theta)) + np.sum(np.sin(c * theta) * theta ** 2) + np.sum(theta) ** 3 / {v}
"""


def function(rng: Generator, sizes: Sizes) -> Arguments:
    """(f, theta): f from its source, smooth and free of abs, theta of the shape `sizes`."""
    c = np.round(_values(rng, *sizes), 1)
    source = _FUNCTION.format(coefficients=c.tolist(), u=round(float(rng.uniform(0.2, 0.6)), 1), v=round(float(rng.uniform(3, 9)), 1))
    return Source(source), _values(rng, *sizes)
