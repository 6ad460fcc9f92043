"""nbval, lax, on the exercises: Run All on an untouched one goes to the end."""

from __future__ import annotations

import subprocess
from collections.abc import Callable


def test_untouched_exercises_run_to_the_end(nbval: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = nbval("--nbval-lax", "exercises")
    assert done.returncode == 0, done.stdout[-6000:]
