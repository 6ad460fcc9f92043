"""`check_gradient` against central differences in a loop, on the digits' net; and `check_direction` on one far too large for either."""

from __future__ import annotations

import numpy as np

import backprop as bp
from backprop.verify import check_direction
from bench import at, interleaved, markdown, significant

Pairs = list[tuple[np.ndarray, np.ndarray]]


def forward(params: Pairs, x: np.ndarray) -> np.ndarray:
    a = x
    for W, b in params:
        a = 1 / (1 + np.exp(-(a @ W + b)))
    return a


def by_loop(net: list[bp.Layer], x: np.ndarray, y: np.ndarray, eps: float = 1e-5) -> Pairs:
    """Two forward passes a parameter, in place, with nothing in the loop that need not be there."""
    params = [(layer.W.copy(), layer.b.copy()) for layer in net]
    grads = [(np.empty_like(W), np.empty_like(b)) for W, b in params]
    for part, grad in ((p, g) for ps, gs in zip(params, grads, strict=True) for p, g in zip(ps, gs, strict=True)):
        flat, slopes = part.reshape(-1), grad.reshape(-1)
        for i, was in enumerate(flat.tolist()):
            flat[i] = was + eps
            up = forward(params, x) - y
            flat[i] = was - eps
            down = forward(params, x) - y
            flat[i] = was
            slopes[i] = (np.vdot(up, up) - np.vdot(down, down)) / (4 * eps)
    return grads


def row(n: int) -> list[str]:
    net = bp.network((64, 32, 10), rng=0)
    x, y = (part[:n] for part in bp.data.digits())
    cost = bp.half_squared_error
    times = interleaved({"check": lambda: bp.check_gradient(net, x, y, cost), "loop": lambda: by_loop(net, x, y)}, rounds=7)
    check, loop = (at(times[name], 0.25) for name in ("check", "loop"))
    ours, theirs = bp.check_gradient(net, x, y, cost), bp.check_gradient(net, x, y, cost, by_loop(net, x, y))
    reached = check <= 1.5 * loop and theirs >= 1e5 * ours
    errors = [f"{ours:.0e}", f"{theirs:.0e}", f"{theirs / ours:.0e}"]
    return [
        str(n),
        significant(1000 * check),
        significant(1000 * loop),
        f"{check / loop:.2f}",
        *errors,
        "reached" if reached else "not reached",
    ]


def large() -> str:
    net = bp.network((784, 512, 512, 10), rng=0)
    rng = np.random.default_rng(0)
    x, y = rng.random((256, 784)), rng.random((256, 10))
    grads = bp.gradients(net, x, y, bp.half_squared_error)[1]
    runs = {
        "gradients": lambda: bp.gradients(net, x, y, bp.half_squared_error),
        "check": lambda: check_direction(net, x, y, bp.half_squared_error, grads, rng=0),
    }
    times = {name: at(ts, 0.25) for name, ts in interleaved(runs, rounds=5).items()}
    count = sum(layer.W.size + layer.b.size for layer in net)
    return (
        f"`check_direction` of 784-512-512-10 with N 256 ({count:,} parameters) takes {significant(1000 * times['check'])} ms, "
        f"as long as {times['check'] / times['gradients']:.0f} gradients, and finds an error of "
        f"{check_direction(net, x, y, bp.half_squared_error, grads, rng=0):.0e}."
    )


def tables() -> str:
    head = [
        "N",
        "check_gradient, ms",
        "central differences, ms",
        "ratio",
        "error",
        "their error",
        "closer by",
        "target: ≤ 1.5 × the time, 1e5 × closer",
    ]
    return "\n\n".join(
        [
            "## Checking a gradient: 64-32-10, 2,410 parameters",
            markdown(head, [row(n) for n in (8, 32, 128)]),
            "The error is that of the gradient `backprop.gradients` returns as each measure sees it, norm-wise over every dW and db.",
            large(),
        ]
    )
