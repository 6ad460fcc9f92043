"""How fast `check` is: python bench/check.py

Prints milliseconds for a correct answer to the largest question, for wrong answers with the full diagnosis, pairs included (over every
question, warm; and the first of a process), and the memory above NumPy's own. Targets: 30, 300 at most and 150 in the median, 50 MB.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from backprop.diagnosis import check
from backprop.diagnosis.mutants import answer_of
from backprop.diagnosis.questions import COMPUTED
from backprop.diagnosis.worlds import Outcome, worlds
from backprop.notes.absorbed_bias import fit_partial

REPEAT = 15

FIRST = """
import time, numpy as np
from backprop.diagnosis import check
from backprop.notes.absorbed_bias import fit_partial
wrong = lambda W, x, y, alpha: [1.3 * Wk for Wk in fit_partial(W, x, y, alpha)]
start = time.perf_counter()
check("fit_partial", wrong, 1)
print(1000 * (time.perf_counter() - start))
"""

MEMORY = """
import os, numpy as np
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
np.ones((9, 9)) @ np.ones((9, 9))
before = resident()
from backprop.diagnosis import check, QUESTIONS
from backprop.notes.absorbed_bias import fit_partial
for n in range(20):
    check("fit_partial", lambda W, x, y, alpha: [1.3 * Wk for Wk in fit_partial(W, x, y, alpha)], n)
print(resident() - before)
"""


def milliseconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return 1000 * (time.perf_counter() - start)


def wrong_answers() -> list[tuple[str, Outcome]]:
    """For each question a single mistake, a pair, where there are any; the unknown ones are timed apart."""
    found = []
    for question in COMPUTED.values():
        known = worlds(question)
        found += [(question.id, known.singles[len(known.singles) // 2])]
        found += [(question.id, known.pairs[len(known.pairs) // 2])] if known.pairs else []
    return found


def run_apart(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


def main() -> None:
    right = [milliseconds(lambda: check("fit_partial", fit_partial)) for _ in range(REPEAT)]
    print(f"correct, the largest question: median {statistics.median(right[1:]):.1f} ms, at most {max(right[1:]):.1f} (target 30)")
    wrong = []
    for id, outcome in wrong_answers():
        answer = answer_of(COMPUTED[id], outcome)
        wrong += [milliseconds(lambda id=id, answer=answer: check(id, answer)) for _ in range(REPEAT)][1:]  # type: ignore[misc]
    print(f"wrong, known, every question: median {statistics.median(wrong):.1f} ms, at most {max(wrong):.1f} (targets 150, 300)")
    unknown = [milliseconds(lambda: check("fit_partial", lambda *args: [1.3 * Wk for Wk in fit_partial(*args)])) for _ in range(REPEAT)]
    print(f"wrong, unknown, the largest question: median {statistics.median(unknown[1:]):.1f} ms, at most {max(unknown[1:]):.1f}")
    print(f"wrong, the first in a fresh process: {statistics.median(run_apart(FIRST) for _ in range(3)):.1f} ms")
    print(f"memory above NumPy: {run_apart(MEMORY):.1f} MB (target 50)")


if __name__ == "__main__":
    main()
