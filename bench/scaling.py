"""How a step of `fit` grows with the batch, the width and the depth, beside its bare matrix products; and how much memory it takes."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise

import numpy as np

import backprop as bp
from bench import at, interleaved, markdown, seconds, significant

BATCHES = (1_000, 10_000, 100_000, 1_000_000)
WIDTHS = (64, 128, 256, 512, 1024, 2048)
DEPTHS = (2, 5, 10, 20, 50)
ROUNDS = 5


def net_of(sizes: tuple[int, ...], n: int) -> tuple[list[bp.Layer], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return bp.network(sizes, rng=rng), rng.random((n, sizes[0])), rng.random((n, sizes[-1]))


def products(sizes: tuple[int, ...], n: int) -> Callable[[int], None]:
    """The matrix products of the three passes into buffers, and nothing else."""
    net, x, _ = net_of(sizes, n)
    outs = [np.zeros((n, len(layer.b))) for layer in net]
    deltas, dWs = [np.zeros_like(a) for a in outs], [np.zeros_like(layer.W) for layer in net]

    def run(steps: int) -> None:
        for _ in range(steps):
            for (W, _, _), a_in, a in zip(net, [x, *outs], outs, strict=False):
                a_in.dot(W, a)
            for k in reversed(range(len(net))):
                (outs[k - 1] if k else x).T.dot(deltas[k], dWs[k])
                if k:
                    deltas[k].dot(net[k].W.T, deltas[k - 1])

    return run


def pair(sizes: tuple[int, ...], n: int) -> tuple[float, float]:
    """Seconds of one step of `fit`, without what comes before the first, and of its products."""
    net, x, y = net_of(sizes, n)
    bare, work = products(sizes, n), n * sum(a * b for a, b in pairwise(sizes))
    steps = max(1, round(2e8 / work))

    def fit(steps: int, stamp: Callable[..., object] | None = None) -> None:
        bp.fit(net, x, y, bp.half_squared_error, 1e-9, steps, callback=stamp)

    bare(1)
    if steps == 1:
        stamps: list[float] = []
        fit(ROUNDS + 1, lambda net, history: stamps.append(time.process_time()))
        return at([b - a for a, b in pairwise(stamps)], 0.25), at([seconds(lambda: bare(1)) for _ in range(ROUNDS)], 0.25)
    runs = {"longer": lambda: fit(1 + steps), "shorter": lambda: fit(1), "bare": lambda: bare(steps)}
    times = {name: at(ts, 0.25) / steps for name, ts in interleaved(runs, ROUNDS).items()}
    return times["longer"] - times["shorter"], times["bare"]


def exponent(sizes: tuple[int, ...], times: list[float]) -> float:
    """The slope of log time over log size, by least squares over the larger half."""
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(times[half:]), 1)[0])


def series(title: str, sizes: tuple[int, ...], shape: Callable[[int], tuple[tuple[int, ...], int]]) -> str:
    pairs = [pair(*shape(size)) for size in sizes]
    fits, bares = (list(times) for times in zip(*pairs, strict=True))
    rows = [
        ["`fit`, ms a step", *(significant(1000 * t) for t in fits), f"{exponent(sizes, fits):.2f}"],
        ["products, ms", *(significant(1000 * t) for t in bares), f"{exponent(sizes, bares):.2f}"],
        ["`fit` / products", *(f"{f / b:.2f}" for f, b in pairs), ""],
    ]
    return f"### {title}\n\n" + markdown(["", *(f"{size:,}" for size in sizes), "exponent"], rows)


def peak(run: Callable[[], object]) -> int:
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


MEMORY = {
    "784-30-10, 20,000 rows, one batch": ((784, 30, 10), 20_000, None),
    "784-30-10, 20,000 rows, batches of 128": ((784, 30, 10), 20_000, 128),
    "784-512-512-10, 10,000 rows, batches of 250": ((784, 512, 512, 10), 10_000, 250),
    "64-32-10, 1,000,000 rows, one batch": ((64, 32, 10), 1_000_000, None),
    "64-32-10, 1,797 rows, batches of 32": ((64, 32, 10), 1_797, 32),
    "64-32-10, 1,797 rows, batches of 1,000 (and 797)": ((64, 32, 10), 1_797, 1_000),
}


def memory() -> str:
    rows = []
    for name, (sizes, n, batch) in MEMORY.items():
        net, x, y = net_of(sizes, n)
        parameters = sum(layer.W.size + layer.b.size for layer in net)
        allowed = 8 * (x.size + y.size + 2 * parameters + 3 * sum(sizes[1:]) * (batch or n))
        most = (
            x.nbytes
            + y.nbytes
            + peak(lambda net=net, x=x, y=y, batch=batch: bp.fit(net, x, y, bp.half_squared_error, 1e-9, 2, batch, rng=0))
        )
        verdict = "reached" if most <= 1.2 * allowed else "not reached"
        rows.append([name, significant(most / 2**20), significant(allowed / 2**20), f"{most / allowed:.2f}", verdict])
    head = ["", "peak, MiB", "sum, MiB", "peak / sum", "target ≤ 1.2"]
    return (
        "### Memory: the peak of `fit`, its data with it, beside data + 2 × parameters + 3 activations a layer of one batch\n\n"
        + markdown(head, rows)
        + "\n\nA last, smaller batch has buffers of its own, and examples of up to 131,072 numbers are copied beside a column of ones: "
        "where the data is small, these stand out."
    )


def tables() -> str:
    return "\n\n".join(
        [
            "## How a step of `fit` grows (float64)",
            series("With the batch: 64-32-10, N rows", BATCHES, lambda n: ((64, 32, 10), n)),
            series("With the width: w-w-w, N 256", WIDTHS, lambda w: ((w, w, w), 256)),
            series("With the depth: so many layers of 64, N 256", DEPTHS, lambda depth: ((64,) * (depth + 1), 256)),
            memory(),
        ]
    )
