"""How long `import backprop` takes, beside `import numpy` and what a course might have imported at once."""

from __future__ import annotations

import resource
import subprocess
import sys
from importlib.util import find_spec

from bench import at, interleaved, markdown, significant

ROUNDS = 15
MODULES = ("numpy", "backprop", "matplotlib.pyplot", "ipywidgets", "sklearn.neural_network", "torch", "jax")


def importing(module: str) -> float:
    """Processor seconds of a new interpreter that imports this and nothing else."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def tables() -> str:
    there = [module for module in MODULES if find_spec(module.split(".")[0])]
    taken: dict[str, list[float]] = {module: [] for module in ("sys", *there)}
    runs = {module: (lambda module=module: taken[module].append(importing(module))) for module in taken}
    interleaved(runs, ROUNDS)
    idle = at(taken["sys"], 0.25)  # the interpreter itself
    times = {module: at(taken[module], 0.25) - idle for module in there}
    ratio = times["backprop"] / times["numpy"]
    rows = [[f"import {module}", significant(1000 * t), f"{t / times['numpy']:.2f}"] for module, t in times.items()]
    return "\n\n".join(
        [
            "## Importing",
            markdown(["", "ms", "of import numpy"], rows),
            f"Target: `import backprop` ≤ 1.3 × `import numpy`; this run: {'reached' if ratio <= 1.3 else 'not reached'}, {ratio:.2f}. "
            f"Processor time, less the {significant(1000 * idle)} ms of the interpreter; lower quartiles of {ROUNDS}.",
        ]
    )
