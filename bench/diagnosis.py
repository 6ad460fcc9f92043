"""How honest the diagnosis is: every mistake of the catalogue, alone, in pairs, and left out of the catalogue.

python -m bench.diagnosis [--probes N] [--pairs N] [--left-out N] [--seed S]

--probes  checks of each entry alone, spread over its questions and ways (the full count is 2000)
--pairs   checks of pairs of mistakes, drawn at random over all questions
--left-out checks with an entry removed from the catalogue, its mutant alone and beside another mistake
A verdict is right (the ids made), among (ambiguous, with them among the candidates), part (a true part of them: one mistake hides the
other), open (shape, raised or unknown: nothing is claimed) or WRONG (an id that was not made).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import numpy as np

from backprop.diagnosis import check
from backprop.diagnosis.mutants import answer_of, entries, left_out, verdict
from backprop.diagnosis.questions import COMPUTED
from backprop.diagnosis.worlds import Outcome, worlds
from bench import markdown


def alone(probes: int, rng: np.random.Generator) -> Counter[str]:
    """Every entry alone; prints the entries that are not always named."""
    total: Counter[str] = Counter()
    for id, made in entries().items():
        here: Counter[str] = Counter()
        where: Counter[str] = Counter()
        for n in range(probes):
            question, outcome = made[n % len(made)]
            report = check(question.id, answer_of(question, outcome, eta=float(rng.uniform(0.01, 1))), int(rng.integers(2**31)), points=1)
            worth = verdict(report, frozenset(outcome.ids))
            here[worth] += 1
            if worth not in ("right", "among"):
                where[f"{question.id} {outcome.label}: {worth} {report.status} {report.mistakes or report.candidates}"] += 1
        total += here
        if set(here) - {"right", "among"}:
            print(f"{id}: {dict(here)}", file=sys.stderr)
            for line, count in where.most_common():
                print(f"    {count} × {line}", file=sys.stderr)
    return total


def pairs(count: int, rng: np.random.Generator) -> Counter[str]:
    """Pairs drawn at random: first a question, then two of its mistakes, then ways to make them."""
    total: Counter[str] = Counter()
    drawn = {q.id: _by_ids(worlds(q).pairs) for q in COMPUTED.values() if worlds(q).pairs}
    weights = np.array([len(p) for p in drawn.values()], dtype=float)
    for _ in range(count):
        question = COMPUTED[str(rng.choice(list(drawn), p=weights / weights.sum()))]
        by_ids = drawn[question.id]
        ways = by_ids[list(by_ids)[int(rng.integers(len(by_ids)))]]
        outcome = ways[int(rng.integers(len(ways)))]
        report = check(question.id, answer_of(question, outcome), int(rng.integers(2**31)), points=1)
        worth = verdict(report, frozenset(outcome.ids))
        total[worth] += 1
        if worth == "WRONG":
            print(f"    {question.id} {outcome.label}: {report.status} {report.mistakes or report.candidates}", file=sys.stderr)
    return total


def _by_ids(outcomes: tuple[Outcome, ...]) -> dict[frozenset[str], list[Outcome]]:
    found: dict[frozenset[str], list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault(frozenset(outcome.ids), []).append(outcome)
    return found


def without(count: int, rng: np.random.Generator) -> Counter[str]:
    """Each entry left out in turn; its mutants alone (a third of the checks) and beside each other entry."""
    total: Counter[str] = Counter()
    for id, made in entries().items():
        beside = [(q, o) for q in COMPUTED.values() for o in worlds(q).pairs if id in o.ids]
        with left_out(id):
            for n in range(count):
                question, outcome = made[n // 3 % len(made)] if n % 3 == 0 or not beside else beside[int(rng.integers(len(beside)))]
                report = check(question.id, answer_of(question, outcome), int(rng.integers(2**31)), points=1)
                worth = verdict(report, frozenset(outcome.ids))
                total[worth] += 1
                if worth == "WRONG":
                    print(
                        f"    without {id}, {question.id} {outcome.label}: {report.status} {report.mistakes or report.candidates}",
                        file=sys.stderr,
                    )
    return total


def tables(probes: int = 2000, pairs_drawn: int = 20000, left: int = 600, seed: int = 0) -> str:
    """The three counts as a table."""
    rng = np.random.default_rng(seed)
    parts = (
        (f"each entry alone, {probes} probes", alone, probes),
        (f"{pairs_drawn} pairs drawn at random", pairs, pairs_drawn),
        (f"each entry left out, {left} checks of its mutants, alone and in pairs", without, left),
    )
    rows = []
    for title, part, count in parts:
        start = time.process_time()
        found = part(count, rng)
        shares = [f"{found[worth]} ({found[worth] / max(1, found.total()):.1%})" for worth in WORTH]
        rows.append([title, found.total(), *shares, f"{1000 * (time.process_time() - start) / max(1, found.total()):.0f}"])
        print(rows[-1], file=sys.stderr, flush=True)
    return "## Honesty of the diagnosis\n\n" + NOTE + "\n\n" + markdown(["checks of", "checks", *WORTH, "ms each (processor)"], rows)


NOTE = (
    "right: exactly the mistakes made. among: several explanations fit, and the one that is true stands among them. part: one of two was "
    "named, which hides the other. open: nothing was claimed. correct: two that undo each other. A wrong name must never occur."
)
WORTH = ("right", "among", "part", "open", "WRONG", "correct")


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, default in (("probes", 2000), ("pairs", 20000), ("left-out", 600), ("seed", 0)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    print(tables(given.probes, given.pairs, given.left_out, given.seed))


if __name__ == "__main__":
    main()
