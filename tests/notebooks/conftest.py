"""A small course of its own for the notebook tool, and the child process that runs nbval."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

LESSON = """# %% [markdown]
# # A lesson
# with $\\sigma$ in it

# %%
import warnings

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np

# %%
print(np.arange(3), object())
warnings.warn("careful", stacklevel=1)

# %% tags=["raises-exception"]
np.ones((2, 3)) @ np.ones((2, 3))

# %%
fig, ax = plt.subplots()

# %%
ipywidgets.IntSlider(4)

# %%
1 + 1

# %%
1 + 1
"""

SOLUTION = '''# %% [markdown]
# # An exercise

# %%
import backprop as bp


# %% question="neuron_cost"
def neuron_cost(w, b, x, y):
    """The cost."""
    if True:
        ### BEGIN SOLUTION
        # Why: because.
        return ((bp.sigmoid.f(w * x + b) - y) ** 2).sum() / 2
        ### END SOLUTION


# %%
def twice():
    return 2 * neuron_cost(0.1, 0.2, bp.data.xor()[1][:, 0], bp.data.xor()[1][:, 0])


# %%
cost = twice()

# %%
print(f"{cost:.3g}")

# %% check="neuron_cost"
report = bp.check("neuron_cost", neuron_cost)
display(report)
report.points

# %% answer="a_line"
### BEGIN SOLUTION
line = 3
### END SOLUTION

# %%
line + 1

# %% tags=["demo"]
print("the end")
'''


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A folder with one lesson and one solution, not built."""
    for name, text in {"lessons/01_first.py": LESSON, "solutions/01_first.py": SOLUTION}.items():
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def nbval() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs pytest with nbval in a child process, from the project's root, as a person would."""
    import matplotlib.font_manager  # noqa: F401  (builds its cache here, once: a notebook would say so in its output)
    import notebooks

    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "COV_"))}
    environment |= notebooks.ONE_THREAD

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", *arguments]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)

    return run
