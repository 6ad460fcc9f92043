"""Every speed claim as a command that prints ratios against peers: `python -m bench` prints all tables, `python -m bench steps` one.

A module in this folder is a part of it: its function `tables() -> str` (Markdown), or else what it prints when run. Before NumPy is
imported everything is held to one thread, and what compares speed, where the system can, to one core: peers shall differ by what they do
and not by how many cores they find.
"""

from __future__ import annotations

import contextlib
import os
import platform
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """Keeps this process, and the threads it starts meanwhile, on one core."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    yield
    os.sched_setaffinity(0, cores)


def seconds(run: Callable[[], object]) -> float:
    """Processor seconds of this process, all its threads together: what other programs on the machine take is not in it."""
    start = time.process_time()
    run()
    return time.process_time() - start


def interleaved(runs: Mapping[str, Callable[[], object]], rounds: int, seed: int = 0) -> dict[str, list[float]]:
    """Seconds of every run, `rounds` times, each round in a new random order, so that a slow moment of the machine meets all alike."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    order, shuffle = list(runs), random.Random(seed).shuffle
    for _ in range(rounds):
        shuffle(order)
        for name in order:
            times[name].append(seconds(runs[name]))
    return times


def at(times: Sequence[float], fraction: float) -> float:
    """The quantile: 0.25 for the lower quartile, 0.5 for the median."""
    return sorted(times)[int(fraction * (len(times) - 1))]


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def significant(value: float) -> str:
    """Three significant digits without an exponent where that is short."""
    text = f"{value:.3g}"
    return f"{value:.0f}" if "e+" in text and value < 1e7 else text


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def blas_kernels() -> str:
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown (threadpoolctl is not installed)"
    import numpy  # noqa: F401  (its BLAS must be loaded to be seen)

    found = {
        f"{i['internal_api']} {i.get('version')} {i.get('architecture', '')}".strip() for i in threadpool_info() if i["user_api"] == "blas"
    }
    return "; ".join(sorted(found)) or "unknown"


def processor() -> str:
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return platform.processor() or platform.machine()


def machine() -> str:
    """What it ran on: versions, threads and BLAS kernel."""
    packages = ("numpy", "torch", "jax", "scikit-learn", "autograd")
    rows = [
        ("when", time.strftime("%Y-%m-%d %H:%M")),
        ("processor", f"{processor()}, {os.cpu_count()} cores"),
        ("system", f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"),
        ("packages", ", ".join(f"{package} {_version(package)}" for package in packages)),
        ("BLAS kernel of NumPy", blas_kernels()),
        ("threads", "1, on one core"),
        ("load while it began", f"{os.getloadavg()[0]:.1f} processes" if hasattr(os, "getloadavg") else "unknown"),
    ]
    return markdown(("what", "this run"), rows)
