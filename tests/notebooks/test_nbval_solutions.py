"""nbval, strict, on the solutions."""

from __future__ import annotations

import subprocess
from collections.abc import Callable


def test_solutions_give_the_outputs_they_show(nbval: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nbval("--nbval", "solutions")
    assert done.returncode == 0, done.stdout[-6000:]
