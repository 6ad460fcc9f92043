"""One training step: the same data and the same start for everybody, first proved to be the same step.

The net is sigmoid throughout with C = 1/2 sum (a - y)^2 on a full batch. scikit-learn has no such net: it is given its own (identity
output, half mean squared error) and is compared with `fit` on that.
"""

from __future__ import annotations

import gc
import math
import random
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

import backprop as bp
from bench import at, interleaved, markdown, seconds, significant

SIZES = {
    "xor 2-2-1, N 4": ((2, 2, 1), 4),
    "3-3-2-1, N 1": ((3, 3, 2, 1), 1),
    "4-8-3, N 150": ((4, 8, 3), 150),
    "64-32-10, N 32": ((64, 32, 10), 32),
    "64-32-10, N 1797": ((64, 32, 10), 1797),
    "784-30-10, N 10": ((784, 30, 10), 10),
    "784-30-10, N 128": ((784, 30, 10), 128),
    "784-512-512-10, N 256": ((784, 512, 512, 10), 256),
}
ETA = 1e-3
ROUNDS = 9
MOMENT = 0.02  # seconds a run should last

Params = list[tuple[np.ndarray, np.ndarray]]
Run = Callable[[int], Params]  # so many steps from the same start; the parameters after them


class Problem(NamedTuple):
    net: list[bp.Layer]
    x: np.ndarray
    y: np.ndarray
    cost: bp.Cost

    @property
    def start(self) -> Params:
        return [(layer.W, layer.b) for layer in self.net]


def problem(sizes: tuple[int, ...], n: int, dtype: type, linear: bool = False) -> Problem:
    rng = np.random.default_rng(0)
    net = bp.network(sizes, output=bp.identity if linear else bp.sigmoid, rng=rng)
    net = [bp.Layer(layer.W.astype(dtype), rng.normal(size=layer.b.shape).astype(dtype), layer.act) for layer in net]
    x, y = rng.random((n, sizes[0])).astype(dtype), rng.random((n, sizes[-1])).astype(dtype)
    return Problem(net, x, y, bp.quadratic_cost if linear else bp.half_squared_error)


# What the package does.


def fit(p: Problem) -> Run:
    return lambda steps: [(layer.W, layer.b) for layer in bp.fit(p.net, p.x, p.y, p.cost, ETA, epochs=steps).net]


def core(p: Problem) -> Run:
    def run(steps: int) -> Params:
        net = p.net
        for _ in range(steps):
            _, grads = bp.gradients(net, p.x, p.y, p.cost)
            net = [layer._replace(W=layer.W - ETA * g.dW, b=layer.b - ETA * g.db) for layer, g in zip(net, grads, strict=True)]
        return [(layer.W, layer.b) for layer in net]

    return run


# The limits: NumPy written out for one shape, every buffer made before and every object a local name.


def written_out(p: Problem, lines: list[str], names: dict[str, Any], theta: np.ndarray, result: Callable[[], Params]) -> Run:
    start = theta.copy()
    body = "\n        ".join(lines)
    space: dict[str, Any] = {}
    exec(f"def run(steps, {', '.join(f'{n}={n}' for n in names)}):\n    for _ in range(steps):\n        {body}\n", names, space)

    def run(steps: int) -> Params:
        theta[:] = start
        with np.errstate(all="ignore"):
            space["run"](steps)
        return result()

    return run


def flat(p: Problem, bias: int) -> tuple[np.ndarray, list[np.ndarray]]:
    shapes = [(W.shape[0] + bias, W.shape[1]) for W, _ in p.start]
    theta = np.empty(sum(math.prod(s) for s in shapes), p.x.dtype)
    parts = np.split(theta, np.cumsum([math.prod(s) for s in shapes])[:-1])
    return theta, [part.reshape(s) for part, s in zip(parts, shapes, strict=True)]


def straight_line(p: Problem) -> Run:
    """The same tricks as `fit`, without its lists: what is left between the two is what the lists cost."""
    (theta, blocks), (grad, dblocks) = flat(p, 1), flat(p, 1)
    for block, (W, b) in zip(blocks, p.start, strict=True):
        block[:-1], block[-1] = -W, -b
    n, depth = len(p.x), len(blocks)
    ones = np.ones((n, 1), p.x.dtype)
    acts = [np.hstack([p.x, ones]).T, *(np.ones((len(b) + 1, n), p.x.dtype) for _, b in p.start)]
    names: dict[str, Any] = {name: getattr(np, name) for name in ("exp", "add", "subtract", "multiply", "reciprocal", "divide")}
    names |= {"theta": theta, "grad": grad, "one": np.ones((), p.x.dtype), "rate": np.full((), -ETA, p.x.dtype), "isfinite": math.isfinite}
    lines = []
    for k, block in enumerate(blocks):
        a = acts[k + 1][:-1]
        names |= {f"forward{k}": block.T.dot, f"in{k}": acts[k], f"a{k}": a, f"s{k}": np.empty_like(a), f"d{k}": np.empty_like(a)}
        names |= {f"product{k}": acts[k].dot, f"dT{k}": names[f"d{k}"].T, f"dW{k}": dblocks[k], f"back{k}": block[:-1].dot}
        lines += [f"forward{k}(in{k}, a{k})", f"exp(a{k}, a{k})", f"add(a{k}, one, a{k})"]
        lines += [f"reciprocal(a{k}, a{k})" if a.size < 256 else f"divide(one, a{k}, a{k})"]
    last = depth - 1
    names |= {"y": np.ascontiguousarray(p.y.T), "d": names[f"d{last}"].reshape(-1), "history": []}
    names["history_append"], names["square"] = names["history"].append, names["d"].dot
    lines += [f"subtract(a{last}, y, d{last})", "C = 0.5 * square(d)", "if not isfinite(C): break", "history_append(C)"]
    lines += [f"multiply(d{last}, rate, d{last})"]
    for k in reversed(range(depth)):
        lines += [f"subtract(a{k}, one, s{k})", f"multiply(s{k}, a{k}, s{k})", f"multiply(d{k}, s{k}, d{k})", f"product{k}(dT{k}, dW{k})"]
        lines += [f"back{k}(d{k}, d{k - 1})"] if k else []
    lines += ["add(theta, grad, theta)"]
    return written_out(p, lines, names, theta, lambda: [(-block[:-1], -block[-1]) for block in blocks])


def limit(p: Problem, columns: bool) -> Run:
    """The matrix products of the three passes, one exp a layer and the update: no bias, no slope, no cost. It learns nothing."""
    (theta, Ws), (grad, dWs) = flat(p, 0), flat(p, 0)
    for block, (W, _) in zip(Ws, p.start, strict=True):
        block[:] = W
    order = "F" if columns else "C"
    acts = [p.x, *(np.zeros((len(p.x), len(b)), p.x.dtype, order=order) for _, b in p.start)]
    deltas = [np.zeros_like(a) for a in acts[1:]]
    names: dict[str, Any] = {"exp": np.exp, "subtract": np.subtract, "theta": theta, "grad": grad}
    lines, back = [], []
    for k, W in enumerate(Ws):
        a_in, a, d = (m.T if columns else m for m in (acts[k], acts[k + 1], deltas[k]))
        below = deltas[k - 1].T if columns else deltas[k - 1]
        names |= {f"in{k}": a_in, f"W{k}": W, f"WT{k}": W.T, f"a{k}": a, f"d{k}": d, f"dT{k}": d.T, f"inT{k}": a_in.T, f"dW{k}": dWs[k]}
        lines += [f"WT{k}.dot(in{k}, a{k})" if columns else f"in{k}.dot(W{k}, a{k})", f"exp(a{k}, a{k})"]
        back = [f"in{k}.dot(dT{k}, dW{k})" if columns else f"inT{k}.dot(d{k}, dW{k})", *back]
        if k:
            names |= {f"below{k}": below}
            back = [f"W{k}.dot(d{k}, below{k})" if columns else f"d{k}.dot(WT{k}, below{k})", *back]
    return written_out(p, [*lines, *back, "subtract(theta, grad, theta)"], names, theta, lambda: [])


def clean_numpy(p: Problem) -> Run:
    """About twenty clean lines that allocate: what a learner writes after lesson 09."""

    def run(steps: int) -> Params:
        params = p.start
        for _ in range(steps):
            acts = [p.x]
            for W, b in params:
                acts.append(1 / (1 + np.exp(-(acts[-1] @ W + b))))
            delta = acts[-1] - p.y
            after = []
            for (W, b), a_in, a in zip(params[::-1], acts[-2::-1], acts[::-1], strict=False):
                delta = delta * a * (1 - a)
                after.append((W - ETA * (a_in.T @ delta), b - ETA * delta.sum(axis=0)))
                delta = delta @ W.T
            params = after[::-1]
        return params

    return run


def pure_python(p: Problem) -> Run | None:
    """Lists and loops, for the two smallest nets."""
    if sum(W.size for W, _ in p.start) > 20:
        return None
    xs, ys = p.x.tolist(), p.y.tolist()

    def run(steps: int) -> Params:
        params = [(W.tolist(), b.tolist()) for W, b in p.start]
        for _ in range(steps):
            grads = [([[0.0] * len(b) for _ in W], [0.0] * len(b)) for W, b in params]
            for x, y in zip(xs, ys, strict=True):
                _one_example(params, grads, x, y)
            for (W, b), (dW, db) in zip(params, grads, strict=True):
                for j, g in enumerate(db):
                    b[j] -= ETA * g
                for row, drow in zip(W, dW, strict=True):
                    for j, g in enumerate(drow):
                        row[j] -= ETA * g
        return [(np.array(W, p.x.dtype), np.array(b, p.x.dtype)) for W, b in params]

    return run


def _one_example(params: Any, grads: Any, x: list[float], y: list[float]) -> None:
    acts = [x]
    for W, b in params:
        acts.append([1 / (1 + math.exp(-sum((a * row[j] for a, row in zip(acts[-1], W, strict=True)), b[j]))) for j in range(len(b))])
    da = [a - t for a, t in zip(acts[-1], y, strict=True)]
    for k in reversed(range(len(params))):
        (W, _), (dW, db) = params[k], grads[k]
        delta = [d * a * (1 - a) for d, a in zip(da, acts[k + 1], strict=True)]
        for j, d in enumerate(delta):
            db[j] += d
            for i, a in enumerate(acts[k]):
                dW[i][j] += a * d
        da = [sum(w * d for w, d in zip(row, delta, strict=True)) for row in W] if k else []


# The peers. Each is None where it is not installed or does not exist at this size.


def torch_lean(p: Problem) -> Run | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    x, y = torch.tensor(p.x), torch.tensor(p.y)

    def run(steps: int) -> Params:
        params = [torch.tensor(part, requires_grad=True) for pair in p.start for part in pair]
        for _ in range(steps):
            grads = torch.autograd.grad(_torch_cost(params, x, y), params)
            with torch.no_grad():
                torch._foreach_sub_(params, grads, alpha=ETA)
        return [(W.detach().numpy(), b.detach().numpy()) for W, b in zip(params[::2], params[1::2], strict=True)]

    return run


def _torch_cost(params: Any, x: Any, y: Any) -> Any:
    import torch

    a = x
    for W, b in zip(params[::2], params[1::2], strict=True):
        a = torch.sigmoid(torch.addmm(b, a, W))
    return 0.5 * ((a - y) ** 2).sum()


def torch_nn(p: Problem) -> Run | None:
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)
    x, y = torch.tensor(p.x), torch.tensor(p.y)

    def run(steps: int) -> Params:
        linears = [torch.nn.Linear(*W.shape, dtype=x.dtype) for W, _ in p.start]
        with torch.no_grad():
            for linear, (W, b) in zip(linears, p.start, strict=True):
                linear.weight.copy_(torch.tensor(W.T))
                linear.bias.copy_(torch.tensor(b))
        model = torch.nn.Sequential(*(layer for linear in linears for layer in (linear, torch.nn.Sigmoid())))
        optimizer, loss = torch.optim.SGD(model.parameters(), lr=ETA), torch.nn.MSELoss(reduction="sum")
        for _ in range(steps):
            optimizer.zero_grad()
            (0.5 * loss(model(x), y)).backward()
            optimizer.step()
        return [(linear.weight.detach().numpy().T, linear.bias.detach().numpy()) for linear in linears]

    return run


def torch_compile(p: Problem) -> Run | None:
    try:
        import torch
    except ImportError:
        return None
    if p.x.dtype == np.float32:
        return None  # compiling takes longer than all the rest; once, in float64, is enough
    torch.set_num_threads(1)
    torch._dynamo.reset()
    x, y = torch.tensor(p.x), torch.tensor(p.y)

    @torch.compile(dynamic=False)
    def step(params: Any) -> Any:
        grads, C = torch.func.grad_and_value(_torch_cost)(params, x, y)
        return [q - ETA * g for q, g in zip(params, grads, strict=True)], C

    def run(steps: int) -> Params:
        params = [torch.tensor(part) for pair in p.start for part in pair]
        with torch.no_grad():
            for _ in range(steps):
                params, _ = step(params)
        return [(W.numpy(), b.numpy()) for W, b in zip(params[::2], params[1::2], strict=True)]

    try:
        run(1)
    except Exception as error:  # no C++ compiler, most of all
        warnings.warn(f"torch.compile is left out: {type(error).__name__}", stacklevel=2)
        return None
    return run


def jax_jit(p: Problem, many: bool = False, one_vector: bool = False) -> Run | None:
    """`many`: a scan over all steps inside one call; `one_vector`: parameters in one donated vector instead of a list of arrays."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jnp, x, y = jax.numpy, jax.numpy.asarray(p.x), jax.numpy.asarray(p.y)
    sizes = [part.size for pair in p.start for part in pair]
    shapes = [part.shape for pair in p.start for part in pair]

    def parts(theta: Any) -> Any:
        cuts = jnp.split(theta, np.cumsum(sizes)[:-1].tolist())
        return [cut.reshape(shape) for cut, shape in zip(cuts, shapes, strict=True)]

    def C(params: Any, x: Any, y: Any) -> Any:
        params, a = parts(params) if one_vector else params, x
        for W, b in zip(params[::2], params[1::2], strict=True):
            a = jax.nn.sigmoid(a @ W + b)
        return 0.5 * ((a - y) ** 2).sum()

    def step(params: Any, x: Any, y: Any) -> Any:
        value, grads = jax.value_and_grad(C)(params, x, y)
        return jax.tree.map(lambda q, g: q - ETA * g, params, grads), value

    def scan(params: Any, x: Any, y: Any, steps: int) -> Any:
        return jax.lax.scan(lambda q, _: step(q, x, y), params, length=steps)

    once, all_at_once = jax.jit(step, donate_argnums=0), jax.jit(scan, static_argnums=3)

    def run(steps: int) -> Params:
        pieces = [part for pair in p.start for part in pair]
        params = jnp.array(np.concatenate([q.ravel() for q in pieces])) if one_vector else [jnp.array(q) for q in pieces]
        if many:
            params, _ = all_at_once(params, x, y, steps)
        else:
            for _ in range(steps):
                params, _ = once(params, x, y)
        params = [np.asarray(q) for q in (parts(params) if one_vector else params)]
        return list(zip(params[::2], params[1::2], strict=True))

    return run


def hips_autograd(p: Problem) -> Run | None:
    try:
        import autograd
        from autograd import numpy as anp
    except ImportError:
        return None

    def C(params: Any) -> Any:
        a = p.x
        for W, b in params:
            a = 1 / (1 + anp.exp(-(anp.dot(a, W) + b)))
        return 0.5 * anp.sum((a - p.y) ** 2)

    step = autograd.value_and_grad(C)

    def run(steps: int) -> Params:
        params = p.start
        for _ in range(steps):
            _, grads = step(params)
            params = [(W - ETA * dW, b - ETA * db) for (W, b), (dW, db) in zip(params, grads, strict=True)]
        return params

    return run


def sklearn_mlp(p: Problem) -> Run | None:
    """One epoch of `fit` with the batch as large as the data is one step; the start is put in by warm_start."""
    try:
        from sklearn.neural_network import MLPRegressor
    except ImportError:
        return None
    hidden = tuple(len(b) for _, b in p.start[:-1])
    y = p.y[:, 0] if p.y.shape[1] == 1 else p.y
    fixed = {"activation": "logistic", "solver": "sgd", "alpha": 0.0, "momentum": 0.0, "nesterovs_momentum": False, "tol": 0.0}

    def run(steps: int) -> Params:
        model = MLPRegressor(
            hidden_layer_sizes=hidden, **fixed, batch_size=len(p.x), shuffle=False, warm_start=True, max_iter=1, n_iter_no_change=10**9
        )
        model.learning_rate_init = ETA
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(p.x, y)
            model.coefs_, model.intercepts_ = ([part.copy() for part in parts] for parts in zip(*p.start, strict=True))
            model.set_params(max_iter=steps).fit(p.x, y)
        return list(zip(model.coefs_, model.intercepts_, strict=True))

    return run


PEERS: dict[str, Callable[[Problem], Run | None]] = {
    "limit, rows": partial(limit, columns=False),
    "limit, columns": partial(limit, columns=True),
    "NumPy written out": straight_line,
    "fit": fit,
    "core.gradients + update": core,
    "20 clean lines of NumPy": clean_numpy,
    "pure Python": pure_python,
    "PyTorch eager": torch_lean,
    "PyTorch nn + optim": torch_nn,
    "torch.compile": torch_compile,
    "JAX jit": jax_jit,
    "JAX jit, one donated vector": partial(jax_jit, one_vector=True),
    "JAX scan, all steps in a call": partial(jax_jit, many=True),
    "HIPS autograd": hips_autograd,
}
LINEAR: dict[str, Callable[[Problem], Run | None]] = {"fit, linear": fit, "scikit-learn": sklearn_mlp}


def contestants(sizes: tuple[int, ...], n: int, dtype: type) -> Iterator[tuple[str, Run]]:
    """The runs of one size, each proved to make the step of `descend` (but the limit, which is no training step)."""
    for peers, linear in ((PEERS, False), (LINEAR, True)):
        p = problem(sizes, n, dtype, linear)
        want = next(islice(bp.descend(p.net, p.x, p.y, p.cost, ETA), 3, None)).net
        for name, peer in peers.items():
            run = peer(p)
            if run is not None:
                if not name.startswith("limit"):
                    prove(name, run(3), want, 1e-10 if dtype is np.float64 else 1e-4)
                yield name, run


def prove(name: str, got: Params, want: list[bp.Layer], tolerance: float) -> None:
    errors = [bp.relative_error(g, w) for pair, layer in zip(got, want, strict=True) for g, w in zip(pair, layer[:2], strict=True)]
    if max(errors) > tolerance:
        raise SystemExit(f"{name} did not make the same step: its parameters are {max(errors):.1e} away.")


def measure(sizes: tuple[int, ...], n: int, dtype: type) -> dict[str, list[float]]:
    """Seconds a step, so many times; a run lasts about MOMENT, and at least 20 steps so that what comes before the first does not count."""
    runs = dict(contestants(sizes, n, dtype))
    steps = {name: _steps(run, name) for name, run in runs.items()}
    gc.collect()
    times = interleaved({name: partial(run, steps[name]) for name, run in runs.items()}, ROUNDS, seed=random.getrandbits(16))
    return {name: [t / steps[name] for t in ts] for name, ts in times.items()}


def _steps(run: Run, name: str) -> int:
    if "scan" in name:  # the number of steps is compiled in
        run(200)
        return 200
    run(2)
    return max(20, int(12 * MOMENT / seconds(partial(run, 12))))


# The tables.

TARGETS = (
    # figure, against, at most, at which sizes (None: all)
    ("PyTorch eager", 1.0, None),
    ("PyTorch eager", 0.2, tuple(SIZES)[:4]),
    ("torch.compile", 1.0, None),
    ("scikit-learn", 1.0, None),
    ("HIPS autograd", 1.0, None),
    ("JAX jit", 1.0, tuple(s for s in SIZES if s != "3-3-2-1, N 1")),
    ("JAX jit", 1.3, ("3-3-2-1, N 1",)),
    ("limit", 1.1, ("784-512-512-10, N 256", "784-30-10, N 128")),
    ("limit", 1.4, ("64-32-10, N 1797",)),
    ("NumPy written out", 1.25, None),
)


def ratio(times: dict[str, list[float]], peer: str, fraction: float = 0.25) -> float | None:
    """`fit` / peer, of the lower quartiles or the medians."""
    mine = times["fit, linear" if peer == "scikit-learn" else "fit"]
    names = ["limit, rows", "limit, columns"] if peer == "limit" else [peer]
    theirs = [at(times[name], fraction) for name in names if name in times]
    return at(mine, fraction) / min(theirs) if theirs else None


def _cell(times: dict[str, list[float]], peer: str) -> str:
    quartile, median = ratio(times, peer), ratio(times, peer, 0.5)
    return "-" if quartile is None or median is None else f"{quartile:.2f} ({median:.2f})"


def _verdicts(results: dict[str, dict[str, list[float]]]) -> list[list[str]]:
    rows = []
    for peer, most, sizes in TARGETS:
        ratios = {s: ratio(results[s], peer) for s in sizes or SIZES}
        over = [f"{r:.2f} at {s}" for s, r in ratios.items() if r is not None and r > most]
        missing = all(r is None for r in ratios.values())
        where = "every size" if sizes is None else "; ".join(sizes)
        rows.append(
            [f"fit / {peer}", where, f"≤ {most:g}", "not measured" if missing else "not reached: " + "; ".join(over) if over else "reached"]
        )
    for most, sizes in ((4.0, tuple(SIZES)[:1]), (1.5, ("64-32-10, N 1797", "784-30-10, N 128", "784-512-512-10, N 256"))):
        ratios = {s: 1 / (ratio(results[s], "core.gradients + update") or 1) for s in sizes}
        over = [f"{r:.2f} at {s}" for s, r in ratios.items() if r > most]
        rows.append(
            ["core.gradients + update / fit", "; ".join(sizes), f"≤ {most:g}", "not reached: " + "; ".join(over) if over else "reached"]
        )
    return rows


def _tables(dtype: type) -> str:
    results = {size: measure(*shape, dtype) for size, shape in SIZES.items()}
    peers = [name for name in PEERS | LINEAR if any(name in times for times in results.values())]
    micro = [[name, *(significant(1e6 * at(t[name], 0.25)) if name in t else "-" for t in results.values())] for name in peers]
    against = ["limit", *(name for name in peers if not name.startswith(("limit", "fit")))]
    ratios = [[name, *(_cell(times, name) for times in results.values())] for name in against]
    missing = sorted(set(PEERS | LINEAR) - set(peers))
    return "\n\n".join(
        [
            f"### One training step, {np.dtype(dtype).name}: µs, lower quartile of {ROUNDS} interleaved runs",
            markdown(["", *SIZES], micro),
            f"### `fit` / peer, {np.dtype(dtype).name}: lower quartiles (medians); below 1 `fit` is faster",
            markdown(["", *SIZES], ratios),
            *(
                [f"Left out: {', '.join(missing)} (not installed, not working here, or too long to compile for a second table)."]
                if missing
                else []
            ),
            *([markdown(["figure", "where", "target", "this run"], _verdicts(results))] if dtype is np.float64 else []),
        ]
    )


def tables() -> str:
    return "## One training step\n\n" + "\n\n".join(_tables(dtype) for dtype in (np.float64, np.float32))
