"""Answers that make known mistakes: what the tests and the benchmark give to `check`, and what a new entry is tried on."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from backprop.diagnosis.catalogue import MISTAKES, Mistake
from backprop.diagnosis.questions import COMPUTED, Question
from backprop.diagnosis.report import Report
from backprop.diagnosis.stages import Raised, Values
from backprop.diagnosis.worlds import Outcome, worlds


def answer_of(question: Question, outcome: Outcome, eta: float = 0.1) -> Callable[..., Any]:
    """An answer that makes the mistakes of this outcome; where its shapes do not meet it raises ValueError, as NumPy does.

    `eta` is the learning rate of an answer that updates too early.
    """
    changes = [change for variant in outcome.made for change in variant.changes]

    def answer(*arguments: Any) -> Any:
        layers = len(arguments[0]) if "absorbed" in question.tags else question.layers
        here = worlds(question, layers)
        results = here.results
        given = question.given(*arguments)
        values = Values(here.graph, given | ({"eta": eta} if outcome.fitted else {}))
        present = [c for c in changes if c.stage in here.graph.stages]
        with np.errstate(all="ignore"):
            parts = [_returned(question, values[node]) for node in here.graph.world(present, results)]
        return parts[0] if len(parts) == 1 else parts if "absorbed" in question.tags else tuple(parts)

    return answer


def _returned(question: Question, value: Any) -> Any:
    if isinstance(value, Raised):
        raise ValueError(value.text)
    shaped = question.shape(value)
    return float(shaped) if np.ndim(shaped) == 0 else np.array(shaped)


def verdict(report: Report, made: frozenset[str]) -> str:
    """What a report on an answer that makes these mistakes is worth."""
    if report.status == "correct":
        return "correct"
    if report.mistakes:
        named = frozenset(report.mistakes)
        return "right" if named == made else "part" if named < made else "WRONG"
    if report.candidates:
        sets = [frozenset(c) for c in report.candidates]
        return "among" if made in sets else "part" if any(s < made for s in sets) else "WRONG"
    return "open"


@contextlib.contextmanager
def left_out(id: str) -> Iterator[Mistake]:
    """The catalogue without one entry."""
    before = dict(MISTAKES)
    del MISTAKES[id]
    try:
        yield before[id]
    finally:
        MISTAKES.clear()
        MISTAKES.update(before)


def entries() -> dict[str, list[tuple[Question, Outcome]]]:
    """For each mistake, the questions and ways in which it can be made."""
    found: dict[str, list[tuple[Question, Outcome]]] = {}
    for question in COMPUTED.values():
        for outcome in worlds(question).singles:
            found.setdefault(outcome.ids[0], []).append((question, outcome))
    return found
