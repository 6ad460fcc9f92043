"""Descent, twice: `descend` shows every state of it, `fit` makes the same steps without allocating anything.

How `fit` works. A training step is a list of operations, made once: each is a NumPy call with the buffers it reads and the buffer it
writes. To train is to run the list again and again. The equations are those of `core`, (1) to (4), with four changes that save calls:

- the bias is absorbed as in the note absorbed_bias: b is the last row of its layer's `W` and a row of ones stands below every `a`, so that
  one product gives z = Wᵀ a + b and one gives ∂C/∂W and ∂C/∂b;
- examples are columns, so that `a` without its ones is still one piece of memory;
- the cost's slope is multiplied by −η at the start. Every product after it carries that factor, and the update is a plain sum;
- σ(z) needs e^−z, so a sigmoid layer keeps −W and −b while it trains, and its product is −z at once.

The sum is written over the gradient, which then is the new parameters, while the old ones stay behind and receive the next gradient. So a
step exists twice, there and back, and the parameters before the last update are still there if the cost turns out to be infinite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial as to
from itertools import accumulate, count, cycle, groupby, islice
from math import inf, isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy import add, divide, exp, log, logaddexp, maximum, multiply, negative, reciprocal, sign, subtract

from backprop import door, functions
from backprop.core import Grad, Layer, Step, forward, gradients
from backprop.door import Array
from backprop.functions import Activation, Cost


class State(NamedTuple):
    """Everything about one moment of a descent: the net, its forward steps, the cost C, the grads, and as iteration the updates so far.

    Shapes as in Layer, Step and Grad; C in its own unit; iteration from 0. Raises nothing. Source: two_layer, gradient descent.
    """

    net: list[Layer]
    steps: list[Step]
    C: Any
    grads: list[Grad]
    iteration: int


class Fit(NamedTuple):
    """What `fit` reached: the net, its history (the cost of each step's batch before its update, (steps,)) and the reason why it stopped.

    Raises nothing. Source: regression, "repeat until convergence".
    """

    net: list[Layer]
    history: Array
    reason: str


def descend(net: Sequence[Layer], x: Any, y: Any, cost: Cost, eta: float) -> Iterator[State]:
    """Gradient descent as a stream of states, for ever: W ← W − η ∂C/∂W, b ← b − η ∂C/∂b.

    net, x (N, n_in), y (N, n_out) and cost as for `gradients`; eta > 0, in units of parameter² per cost. The first State is the untouched
    net, iteration 0. Raises ValueError as `gradients` does, and for an eta that is not a positive number. Source: two_layer, its last two
    update lines.
    """
    door.positive(eta, "eta")
    gradients(net, x, y, cost)  # refuses at the call what the first step would refuse
    return _states(door.layers(net), x, y, cost, eta)


def _states(net: list[Layer], x: Any, y: Any, cost: Cost, eta: float) -> Iterator[State]:
    for iteration in count():
        C, grads = gradients(net, x, y, cost)
        yield State(net, forward(net, x), C, grads, iteration)
        net = [layer._replace(W=layer.W - eta * g.dW, b=layer.b - eta * g.db) for layer, g in zip(net, grads, strict=True)]


Operation = Callable[[], Any]
Rule = float | Callable[[list[Layer], list[float]], Any]


def fit(
    net: Sequence[Layer],
    x: Any,
    y: Any,
    cost: Cost,
    eta: float,
    epochs: int,
    batch_size: int | None = None,
    rng: int | np.random.Generator | None = None,
    progress: bool = False,
    callback: Callable[[list[Layer], list[float]], Any] | None = None,
    stop: Rule | None = None,
) -> Fit:
    """The steps of `descend` at the machine's speed, for a number of epochs: W ← W − η ∂C/∂W, b ← b − η ∂C/∂b.

    net, x (N, n_in), y (N, n_out), cost and eta as for `descend`; the net's own type, float64 or float32, is computed in. Without
    `batch_size` an epoch is one step on all examples in their order. With it the examples are shuffled each epoch by `rng` (a seed or a
    Generator, None is fresh) and cut into batches of that size; the last is smaller where they do not come out even. After each epoch
    `callback(net, history)` gets a copy of the net and the costs so far, and `stop` is asked: a number stops as soon as the last cost is
    no larger, a function stop(net, history) by returning the reason, or True. `progress` shows a bar. Ctrl-C, or a cost that is not
    finite, ends the run early: the Fit holds what was reached (the last finite net) and its `reason` says so. `net` is not changed. Raises
    as `descend` does, and ValueError for epochs or a batch_size that are not whole numbers. Source: two_layer, gradient descent;
    regression, "repeat until convergence".
    """
    net, x, y = _checked(net, x, y, cost)
    eta, epochs = door.positive(eta, "eta"), _whole(epochs, "epochs", least=0)
    size = len(x) if batch_size is None else min(_whole(batch_size, "batch_size", least=1), len(x))
    parameters = _parameters(net)
    history: list[float] = []
    steps = _steps(net, parameters, x, y, cost, eta, size, epochs, np.random.default_rng(rng))
    with _bar(epochs, progress) as watchers:
        watchers += _watchers(net, parameters, history, callback, stop)
        reason, last = _run(steps, -(-len(x) // size), watchers, history)
    del steps  # its buffers make room for the copy of the net
    if not np.isfinite(parameters[last % 2]).all():  # a squashed infinity can leave the cost finite
        parameters, last, reason = (
            _parameters(net),
            0,
            "the parameters became infinite; the net is the one it began with; try a smaller eta",
        )
    return Fit(_unpacked(net, parameters[last % 2]), np.array(history, dtype=float), reason or f"all {epochs} epochs done")


def settled(tolerance: float = 1e-6, patience: int = 10) -> Callable[[list[Layer], list[float]], str | None]:
    """A rule for `fit`'s stop: enough once `patience` epochs in a row bring no cost below (1 − tolerance) × the best before them.

    tolerance is a fraction without unit, patience a number of epochs; an epoch's cost is the mean over its steps. Use a fresh rule for each
    fit. Raises ValueError where they are not positive. Source: regression, "repeat until convergence".
    """
    door.positive(tolerance, "tolerance")
    _whole(patience, "patience", least=1)
    best, waited, seen = inf, 0, 0

    def stop(net: list[Layer], history: list[float]) -> str | None:
        nonlocal best, waited, seen
        C, seen = sum(history[seen:]) / (len(history) - seen), len(history)
        waited = 0 if C < (1 - tolerance) * best else waited + 1
        best = min(best, C)
        return f"settled: {patience} epochs brought the cost no further than {best:.6g}" if waited >= patience else None

    return stop


# The run: epochs of steps.


class _Diverged(ArithmeticError):
    """A cost that is not finite."""


def _run(steps: Iterable[_Step], in_an_epoch: int, watchers: list[Operation], history: list[float]) -> tuple[str | None, int]:
    """Trains; returns why it stopped early, if it did, and the number of the update whose net counts."""
    try:
        with np.errstate(all="ignore"):  # e^−z may overflow: 1 / (1 + ∞) is the 0 it should be
            for step in steps:
                history.append(_take(step))
                if watchers and len(history) % in_an_epoch == 0 and (reason := _first(watchers)):
                    return reason, len(history)
    except KeyboardInterrupt:
        return f"interrupted after {len(history)} steps", len(history)
    except _Diverged as error:
        k = len(history)
        which = (
            f"the net is that of step {k - 1}, the last with a finite cost; try a smaller eta" if k else "the net is the one it began with"
        )
        return f"stopped at step {k}: the cost became {error}; {which}", max(k - 1, 0)
    return None, len(history)


def _take(step: _Step) -> float:
    forward, cost, backward = step
    for operation in forward:
        operation()
    C = float(cost())
    if not isfinite(C):
        raise _Diverged(C)
    for operation in backward:
        operation()
    return C


def _first(watchers: list[Operation]) -> str | None:
    """Asks the watchers in turn; the first that gives a reason ends the run."""
    return next(filter(None, (watch() for watch in watchers)), None)


def _watchers(net: list[Layer], parameters: Array, history: list[float], callback: Any, stop: Any) -> list[Operation]:
    """What happens after each epoch; one that returns a reason ends the run."""
    errors = np.geterr()

    def called(f: Any) -> Any:
        with np.errstate(**errors):
            return f(_unpacked(net, parameters[len(history) % 2]), history)

    def reached() -> str | None:
        return f"the cost {history[-1]:.6g} is no larger than {stop:g}" if history[-1] <= stop else None

    def stopped() -> str | None:
        reason = called(stop)
        return str(reason if isinstance(reason, str) else "the stopping rule said so") if reason else None

    watchers: list[Operation] = [] if callback is None else [lambda: called(callback) and None]
    if stop is not None and not callable(stop) and not isinstance(stop, int | float | np.number):
        raise TypeError(f"stop must be a number (a cost small enough) or a function stop(net, history), but it is {stop!r}.")
    return watchers if stop is None else [*watchers, stopped if callable(stop) else reached]


@contextmanager
def _bar(epochs: int, shown: bool) -> Iterator[list[Operation]]:
    """The watchers that move a progress bar: none, where none is shown."""
    if not shown:
        yield []
        return
    from rich.progress import Progress

    with Progress() as bar:
        yield [to(bar.advance, bar.add_task("fit", total=epochs))]


def _steps(
    net: list[Layer], parameters: Array, x: Array, y: Array, cost: Cost, eta: float, size: int, epochs: int, rng: np.random.Generator
) -> Iterator[_Step]:
    """The steps of all epochs, each to be taken before the next: all examples as they lie, or shuffled and gathered into buffers."""
    x, y = _with_ones(x.astype(parameters.dtype, order="C", copy=False)), y.T.astype(parameters.dtype, order="C")
    if size == len(x):
        return islice(cycle(_batch(net, parameters, x, y, cost, eta).steps), epochs)
    return _shuffled(x, y, size, epochs, rng, lambda x, y: _batch(net, parameters, x, y, cost, eta))


def _shuffled(
    x: Array, y: Array, size: int, epochs: int, rng: np.random.Generator, batch_of: Callable[[Array, Array], _Batch]
) -> Iterator[_Step]:
    batches = {n: batch_of(np.ones_like(x[:n]), np.ones_like(y[:, :n])) for n in {size, len(x) % size} - {0}}
    there_or_back = cycle((0, 1))
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), size):
            rows = order[start : start + size]
            batch = batches[len(rows)]
            x.take(rows, 0, batch.x, "clip")  # "clip" only because it writes into the buffer at once
            y.take(rows, 1, batch.y, "clip")
            yield batch.steps[next(there_or_back)]


# A step: the four equations as operations on buffers. Here examples are columns.


class _Step(NamedTuple):
    """Forward, then the cost and −η times its slope by the output, then backward and the update."""

    forward: list[Operation]
    cost: Callable[[], Any]
    backward: list[Operation]


class _Batch(NamedTuple):
    """The buffers a batch is put into, x (N, n_in) or (N, n_in + 1) and y (n_out, N), and the step there and the step back."""

    x: Array
    y: Array
    steps: tuple[_Step, _Step]


class _Part(NamedTuple):
    """One layer in a step: W and dW are (n_in + 1, n_out) with the bias as last row; a_in and a1 are (n + 1, N), or a_in without its ones;
    z, a (a1 without its ones), slope and delta are (n_out, N). Where f works in place, z is a."""

    W: Array
    dW: Array
    a_in: Array
    z: Array
    a1: Array
    slope: Array
    delta: Array
    act: Activation

    @property
    def a(self) -> Array:
        return self.a1[:-1]


def _batch(net: list[Layer], parameters: Array, x: Array, y: Array, cost: Cost, eta: float) -> _Batch:
    rows = [len(layer.b) + 1 for layer in net]
    a = np.ones((sum(rows), len(x)), x.dtype)  # every layer's a, each above its ones
    slope, delta = np.empty_like(a), np.empty((a.shape[0] - len(net), len(x)), x.dtype)
    z = a if all(layer.act in ACTIVATIONS for layer in net) else np.ones_like(a)
    outs, slopes, deltas = _cut(a, rows), [s[:-1] for s in _cut(slope, rows)], _cut(delta, [n - 1 for n in rows])
    zs = [(u if layer.act in ACTIVATIONS else own)[:-1] for u, own, layer in zip(outs, _cut(z, rows), net, strict=True)]
    C = COSTS.get(cost, _any_cost(cost))(outs[-1][:-1], y, deltas[-1], eta)

    def step(theta: Array, after: Array) -> _Step:
        acts, ins = [layer.act for layer in net], [x.T, *outs[:-1]]
        parts = [_Part(*p) for p in zip(_layers(net, theta), _layers(net, after), ins, zs, outs, slopes, deltas, acts, strict=True)]
        return _Step(_forward(parts), C, [*_slopes(parts, z, a, slope), *_backward(parts), to(add, theta, after, after)])

    return _Batch(x, y, (step(*parameters), step(*parameters[::-1])))


def _cut(memory: Array, rows: list[int]) -> list[Array]:
    """`memory` in pieces of so many rows, views of it."""
    return [memory[end - n : end] for n, end in zip(rows, accumulate(rows), strict=True)]


def _forward(parts: list[_Part]) -> list[Operation]:
    todo: list[Operation] = []
    for p in parts:
        todo += _weighted_sum(p)  # z = Wᵀ a_in + b
        todo += _kernel(p.act).f(p.z, p.a)  # a = f(z)
    return todo


def _slopes(parts: list[_Part], z: Array, a: Array, slope: Array) -> list[Operation]:
    """f′ of all layers, those of neighbours with one activation in one go (their ones take part, and nobody looks)."""
    todo: list[Operation] = []
    start = 0
    for act, group in groupby(parts, key=lambda p: p.act):
        stop = start + sum(len(p.a1) for p in group)
        u, here, s = (m[start:stop] for m in (a if act in ACTIVATIONS else z, a, slope))
        todo += _kernel(act).df(u, here, s)
        start = stop
    return todo


def _backward(parts: list[_Part]) -> list[Operation]:
    todo: list[Operation] = []
    for p, below in zip(parts[::-1], [*parts[-2::-1], None], strict=True):
        if p.act != functions.identity:
            todo += [to(multiply, p.delta, p.slope, p.delta)]  # (1), (2)  δ = ∂C/∂a ⊙ f′(z)
        todo += _products(p)  # (4), (3)
        if below is not None:
            todo += [to(p.W[:-1].dot, p.delta, below.delta)]  # (2)  ∂C/∂a below = W δ
    return todo


def _weighted_sum(p: _Part) -> list[Operation]:
    if len(p.a_in) == len(p.W):
        return [to(p.W.T.dot, p.a_in, p.z)]
    return [to(p.W[:-1].T.dot, p.a_in, p.z), to(add, p.z, p.W[-1][:, None], p.z)]


def _products(p: _Part) -> list[Operation]:
    if len(p.a_in) == len(p.dW):
        return [to(p.a_in.dot, p.delta.T, p.dW)]  # (4) with (3) as its last row: the ones times δ
    ones = np.ones(p.delta.shape[1], p.delta.dtype)
    return [to(p.a_in.dot, p.delta.T, p.dW[:-1]), to(p.delta.dot, ones, p.dW[-1])]  # (4), (3)


# What works in place: each activation and cost of `functions` beside the operations that do the same without allocating. One that is not
# listed here works too: its own f and df are called.


class _Kernel(NamedTuple):
    f: Callable[[Array, Array], list[Operation]]  # of u and a, where u = sign · z
    df: Callable[[Array, Array, Array], list[Operation]]  # of u, a and s, where the slope da/du goes
    sign: int = 1  # a layer keeps sign · W and sign · b, so that its product is u


def _inverted(a: Array) -> Operation:
    """a ← 1 / a: the call for it is the shorter one, a division the faster one where there is much to divide."""
    return to(reciprocal, a, a) if a.size < 256 else to(divide, _number(1, a), a, a)


def _number(value: float, like: Array) -> Array:
    return np.full((), value, like.dtype)  # a NumPy call converts a Python number each time, which costs as much as the call


ACTIVATIONS = {
    functions.sigmoid: _Kernel(  # 1 / (1 + e^u) for u = −z, (a − 1) a
        lambda u, a: [to(exp, u, a), to(add, a, _number(1, a), a), _inverted(a)],
        lambda u, a, s: [to(subtract, a, _number(1, a), s), to(multiply, a, s, s)],
        sign=-1,
    ),
    functions.tanh: _Kernel(  # tanh z, 1 − a²
        lambda z, a: [to(np.tanh, z, a)],
        lambda z, a, s: [to(multiply, a, a, s), to(subtract, _number(1, a), s, s)],
    ),
    functions.identity: _Kernel(lambda z, a: [], lambda z, a, s: []),  # a is z's memory
    functions.relu: _Kernel(  # max(z, 0), 1 where a > 0
        lambda z, a: [to(maximum, z, _number(0, a), out=a)],
        lambda z, a, s: [to(sign, a, s)],
    ),
}


def _kernel(act: Activation) -> _Kernel:
    return ACTIVATIONS.get(act) or _Kernel(lambda z, a: [to(_put, a, act.f, z)], lambda z, a, s: [to(_put, s, act.df, z, a)])


def _put(out: Array, f: Callable[..., Any], *args: Array) -> None:
    out[...] = f(*args)


def _squares(a: Array, y: Array, delta: Array, eta: float, weight: float) -> Operation:
    flat, rate = delta.reshape(-1), _number(-eta * 2 * weight, a)

    def cost() -> Any:
        subtract(a, y, delta)
        C = weight * flat.dot(flat)
        multiply(delta, rate, delta)
        return C

    return cost


def _softmax_cross_entropy(z: Array, y: Array, delta: Array, eta: float) -> Operation:
    top, total, mass = np.empty((3, z.shape[1]), z.dtype)
    classes, rate = np.ones(len(z), z.dtype), _number(-eta, z)
    y_flat, p_flat, p = y.reshape(-1), delta.reshape(-1), delta
    spread = np.empty_like(z)
    row, column = top[None], classes[:, None]  # column @ row puts a row under each class, quicker than broadcasting does

    def cost() -> Any:
        maximum.reduce(z, axis=0, out=top)
        subtract(z, column.dot(row, spread), p)
        minus_C = y_flat.dot(p_flat)  # Σ y (z − max z), and below − Σ y log Σ e^(z − max z)
        exp(p, p)
        classes.dot(p, total)
        classes.dot(y, mass)  # 1, where the targets are probabilities
        divide(mass, total, top)
        multiply(p, column.dot(row, spread), p)  # softmax(z)
        log(total, total)
        subtract(p, y, p)
        multiply(p, rate, p)
        return mass.dot(total) - minus_C

    return cost


def _binary_cross_entropy(z: Array, y: Array, delta: Array, eta: float) -> Operation:
    squashed: list[Operation] = [to(negative, z, delta), *ACTIVATIONS[functions.sigmoid].f(delta, delta)]
    term, zero, rate = np.empty_like(z), _number(0, z), _number(-eta, z)

    def cost() -> Any:
        logaddexp(zero, z, term)
        multiply(y, z, delta)
        subtract(term, delta, term)  # log(1 + e^z) − y z
        for operation in squashed:
            operation()
        subtract(delta, y, delta)
        multiply(delta, rate, delta)
        return term.sum()

    return cost


def _any_cost(cost: Cost) -> Callable[[Array, Array, Array, float], Operation]:
    def in_place(a: Array, y: Array, delta: Array, eta: float) -> Operation:
        def C() -> Any:
            multiply(cost.df(a.T, y.T).T, -eta, delta)
            return cost.f(a.T, y.T)

        return C

    return in_place


COSTS: dict[Cost, Callable[[Array, Array, Array, float], Operation]] = {
    functions.half_squared_error: lambda a, y, delta, eta: _squares(a, y, delta, eta, 1 / 2),
    functions.quadratic_cost: lambda a, y, delta, eta: _squares(a, y, delta, eta, 1 / (2 * a.shape[1])),
    functions.mean_squared_error: lambda a, y, delta, eta: _squares(a, y, delta, eta, 1 / a.shape[1]),
    functions.softmax_cross_entropy: _softmax_cross_entropy,
    functions.binary_cross_entropy: _binary_cross_entropy,
}


# The parameters: one flat vector, and the layers as views of it.

ROOM = 2**17  # examples of up to so many numbers are copied beside a column of ones: it spares small steps two calls


def _with_ones(x: Array) -> Array:
    return np.hstack([x, np.ones((len(x), 1), x.dtype)]) if x.size <= ROOM else x


def _parameters(net: list[Layer]) -> Array:
    """(2, P): the parameters, and room for as many."""
    dtype = np.result_type(*(part for layer in net for part in (layer.W, layer.b)))
    parameters = np.empty((2, sum(layer.W.size + layer.b.size for layer in net)), dtype)
    for Wb, layer in zip(_layers(net, parameters[0]), net, strict=True):
        multiply(layer.W, _kernel(layer.act).sign, Wb[:-1])
        multiply(layer.b, _kernel(layer.act).sign, Wb[-1])
    return parameters


def _layers(net: list[Layer], flat: Array) -> list[Array]:
    """Views of `flat`, one a layer: (n_in + 1, n_out), W above b."""
    parts = _cut(flat, [layer.W.size + layer.b.size for layer in net])
    return [part.reshape(-1, len(layer.b)) for part, layer in zip(parts, net, strict=True)]


def _unpacked(net: list[Layer], flat: Array) -> list[Layer]:
    signed = [_kernel(layer.act).sign * Wb for Wb, layer in zip(_layers(net, flat), net, strict=True)]
    return [Layer(Wb[:-1], Wb[-1], layer.act) for Wb, layer in zip(signed, net, strict=True)]


# What comes in.


def _checked(net: Sequence[Layer], x: Any, y: Any, cost: Cost) -> tuple[list[Layer], Array, Array]:
    net = door.layers(net)
    door.cost_fits(net, cost)
    x = door.rows(x, "x", columns=net[0].W.shape[0])
    return net, x, door.targets(y, (len(x), len(net[-1].b)))


def _whole(value: Any, name: str, least: int) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < least:
        raise ValueError(f"{name} must be a whole number from {least} up, but it is {value!r}.")
    return int(value)
