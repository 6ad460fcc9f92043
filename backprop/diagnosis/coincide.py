"""Finds the outcomes that no probe can tell apart, and writes them to coincidences.json: `python -m backprop.diagnosis.coincide`.

`check` reads the table, so that a mistake that looks like another is reported as one of both even where only one of them is tried.
A test builds it again and compares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from backprop.diagnosis.explain import Explanation, Sizes, smallest, table_name
from backprop.diagnosis.questions import COMPUTED, Question
from backprop.diagnosis.stages import Raised, Values
from backprop.diagnosis.worlds import Outcome, worlds

FILE = Path(__file__).with_name("coincidences.json")
Mark = tuple[Any, ...]


def build() -> dict[str, list[list[str]]]:
    """For each question (and each group of its squares) the classes of labels that give the same values but name different mistakes."""
    tables: dict[str, list[list[str]]] = {}
    for question in COMPUTED.values():
        ordinary = tuple(family[0] for family in question.rectangles)
        failing = _failing(question, ordinary)
        tables[table_name(question.id, None)] = _alike(question, ordinary, lambda ids: True)
        for group in question.squares:
            tables[table_name(question.id, group)] = _alike(question, group, failing.__contains__)
    return {name: rows for name, rows in tables.items() if rows}


def _failing(question: Question, sizes: Sizes) -> set[Explanation]:
    """What raises on ordinary sizes: only that is looked for on squares."""
    marks = _Marks(question, sizes)
    return {frozenset(o.ids) for o in (*marks.here.singles, *marks.here.pairs) if None in marks.of(o)}


def _alike(question: Question, sizes: Sizes, wanted: Callable[[Explanation], bool]) -> list[list[str]]:
    marks = _Marks(question, sizes)
    groups: dict[Mark, list[Outcome]] = {}
    for outcome in (*marks.here.singles, *marks.here.pairs):
        exact = not (outcome.fitted or outcome.within) and wanted(frozenset(outcome.ids))
        mark = marks.of(outcome) if exact else marks.right
        if mark != marks.right and any(part is not None for part in mark):
            groups.setdefault(mark, []).append(outcome)
    several = (g for g in groups.values() if len(smallest(frozenset(o.ids) for o in g)) > 1)
    return sorted(_fewest(g) for g in several)


def _fewest(group: Iterable[Outcome]) -> list[str]:
    """The labels of a class whose ids are among the smallest explanations, one label for each set of ids that is not needed as a key."""
    least = set(smallest(frozenset(o.ids) for o in group))
    return sorted(o.label for o in group if frozenset(o.ids) in least)


class _Marks:
    """The fingerprints of outcomes on a few probes: values rounded to eight digits."""

    def __init__(self, question: Question, sizes: Sizes) -> None:
        self.question = question
        arguments = [question.probe(np.random.default_rng(seed), s) for seed, s in enumerate(sizes, start=11)]
        if question.extremes:
            arguments += question.extremes(np.random.default_rng(13), (2, 3))
        self.here = worlds(question, len(arguments[0][0]) if "absorbed" in question.tags else question.layers)
        self.values = [Values(self.here.graph, question.given(*a)) for a in arguments]
        self.kept: dict[tuple[int, int], Any] = {}
        self.right = self.mark(list(self.here.right))

    def of(self, outcome: Outcome) -> Mark:
        return self.mark([self.here.node(outcome, part) for part in range(len(self.here.results))])

    def mark(self, nodes: list[int]) -> Mark:
        """One fingerprint a probe, None for a probe on which the outcome raises."""
        return tuple(self._probe(probe, nodes) for probe in range(len(self.values)))

    def _probe(self, probe: int, nodes: list[int]) -> Any:
        ones = tuple(self.one(probe, node) for node in nodes)
        return None if None in ones else ones

    def one(self, probe: int, node: int) -> Any:
        if (probe, node) not in self.kept:
            with np.errstate(all="ignore"):
                self.kept[probe, node] = self._rounded(self.values[probe][node])
        return self.kept[probe, node]

    def _rounded(self, value: Any) -> Any:
        if isinstance(value, Raised):
            return None
        array = np.asarray(self.question.shape(value), dtype=np.float64)
        if not np.isfinite(array).all():
            return ("not finite", array.shape)
        return (array.shape, tuple(_digits(v) for v in array.ravel().tolist()))


def _digits(value: float) -> float:
    return float(f"{value:.8e}") if abs(value) > 1e-13 else 0.0


def write() -> None:
    """Writes the table."""
    FILE.write_text(json.dumps(build(), indent=0, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
