"""The fuzz targets of tests/robustness for long, anew each time: `python -m bench.fuzz [TARGET ...] [--seconds 600]`.

Each target runs for so many seconds, or until it fails; the failing input is printed as small as it can be made, to be kept as a test in
tests/robustness/test_kept.py. The exit status is the number of targets that failed. It measures no speed, so it has no table.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
import warnings
from pathlib import Path

from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "robustness"))

import fuzzing

from backprop import lab

ROUND = 500  # examples between two looks at the clock


def run(name: str, seconds: float) -> tuple[int, BaseException | None]:
    """Runs a target until its time is up; how many examples it read, and what it failed with."""
    data, reader = fuzzing.TARGETS[name]
    count, end = 0, time.monotonic() + seconds

    def counted(value: object) -> None:
        nonlocal count
        count += 1
        reader(value)

    calm = settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    while time.monotonic() < end:
        try:
            calm(given(data())(counted))()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            return count, error
    return count, None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Hostile data for every reader, for long.")
    parser.add_argument("targets", nargs="*", metavar="target", help=f"of: {', '.join(fuzzing.TARGETS)}; default: all")
    parser.add_argument("--seconds", type=float, default=600.0, help="time for a target (600)")
    chosen = parser.parse_args()
    if unknown := set(chosen.targets) - set(fuzzing.TARGETS):
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are {', '.join(fuzzing.TARGETS)}.")
    lab.open_lab = lambda target, words: 0  # no command line of chance opens JupyterLab
    warnings.simplefilter("ignore")
    failures = 0
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        for name in chosen.targets or fuzzing.TARGETS:
            count, error = run(name, chosen.seconds)
            failures += error is not None
            print(f"{name}: {count} examples, {'no failure' if error is None else f'{type(error).__name__}: {error}'}", flush=True)
            for note in getattr(error, "__notes__", ()):
                print(f"  {note}", flush=True)
    return failures


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
