"""How fast `check` is: python -m bench check

Processor milliseconds for a correct answer to the largest question, for wrong answers with the full diagnosis, pairs included (over every
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
from bench import markdown

REPEAT = 15

FIRST = """
import time, numpy as np
from backprop.diagnosis import check
from backprop.notes.absorbed_bias import fit_partial
wrong = lambda W, x, y, alpha: [1.3 * Wk for Wk in fit_partial(W, x, y, alpha)]
start = time.process_time()
check("fit_partial", wrong, 1)
print(1000 * (time.process_time() - start))
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
    start = time.process_time()
    run()
    return 1000 * (time.process_time() - start)


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


def tables() -> str:
    """All figures beside their targets."""
    right = [milliseconds(lambda: check("fit_partial", fit_partial)) for _ in range(REPEAT)][1:]
    known = [ms for id, outcome in wrong_answers() for ms in _times(id, answer_of(COMPUTED[id], outcome))]
    unknown = _times("fit_partial", lambda *args: [1.3 * Wk for Wk in fit_partial(*args)])
    first = statistics.median(run_apart(FIRST) for _ in range(3))
    rows = [
        ["a correct answer to the largest question", *_two(right), "30"],
        ["a wrong answer, one or two known mistakes, every question", *_two(known), "median 150, most 300"],
        ["a wrong answer, no known mistake, the largest question", *_two(unknown), "median 150, most 300"],
        ["the same, first in a fresh process", f"{first:.0f}", "", "300"],
    ]
    table = markdown(["check of", "median ms", "most ms", "target"], rows)
    return f"## Speed of `check`\n\n{table}\n\nMemory above NumPy after 20 checks: {run_apart(MEMORY):.0f} MB (target: under 50)."


def _times(id: str, answer: Callable[..., object]) -> list[float]:
    return [milliseconds(lambda: check(id, answer)) for _ in range(REPEAT)][1:]


def _two(times: list[float]) -> tuple[str, str]:
    return f"{statistics.median(times):.0f}", f"{max(times):.0f}"


if __name__ == "__main__":
    print(tables())
