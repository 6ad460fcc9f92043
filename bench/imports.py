"""How long `import backprop` takes, beside `import numpy` and what a course might have imported at once."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from importlib.util import find_spec

from bench import at, interleaved, markdown, significant

LIGHT, HEAVY = ("numpy", "backprop"), ("matplotlib.pyplot", "ipywidgets", "sklearn.neural_network", "torch", "jax")
ROUNDS = {LIGHT: 21, HEAVY: 3}


def importing(module: str, compiled: str) -> float:
    """Processor seconds of a new interpreter that imports this and nothing else; the first time it leaves the byte code in `compiled`."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, env={**env, "PYTHONPYCACHEPREFIX": compiled})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measured() -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as compiled:
        for modules, rounds in ROUNDS.items():
            there = [module for module in ("sys", *modules) if find_spec(module.split(".")[0])]
            runs = {m: (lambda m=m: taken.setdefault(m, []).append(importing(m, compiled))) for m in there}
            interleaved(runs, rounds)
    return taken


def tables() -> str:
    taken = measured()
    idle = at(taken.pop("sys"), 0.25)  # the interpreter itself
    times = {module: at(seconds, 0.25) - idle for module, seconds in taken.items()}
    ratio = times["backprop"] / times["numpy"]
    rows = [
        [f"import {module}", significant(1000 * t), f"{t / times['numpy']:.2f}"] for module, t in sorted(times.items(), key=lambda p: p[1])
    ]
    return "\n\n".join(
        [
            "## Importing",
            markdown(["", "ms", "of import numpy"], rows),
            f"Target: `import backprop` ≤ 1.3 × `import numpy`; this run: {'reached' if ratio <= 1.3 else 'not reached'}, {ratio:.2f}. "
            f"Processor time, less the {significant(1000 * idle)} ms of the interpreter; lower quartiles.",
        ]
    )
