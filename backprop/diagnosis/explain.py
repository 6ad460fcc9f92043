"""Which known mistakes explain what an answer did: an explanation is a set of one or two ids."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from backprop.diagnosis.compare import Evidence
from backprop.diagnosis.stages import Raised, Values
from backprop.diagnosis.worlds import Outcome, Variant

Explanation = frozenset[str]
Sizes = tuple[tuple[int, ...], ...]


def explanations(evidence: Sequence[Evidence], squares: Sizes | None = None) -> list[Explanation]:
    """Every smallest explanation that fits all the evidence, and those known to look the same on such sizes."""
    with np.errstate(all="ignore"):
        found = _fitting(evidence)
    same = coincidences().get(table_name(evidence[0].question.id, squares), {})
    return smallest(frozenset(ids) for o in found for ids in [o.ids, *same.get(o.label, ())])


def table_name(question_id: str, squares: Sizes | None) -> str:
    """Where the table of coincidences keeps what looks alike: on ordinary sizes, or on this group of squares."""
    return question_id if squares is None else f"{question_id} on {'-'.join(map(str, squares[0]))}"


def would_fail(explanation: Explanation, evidence: Sequence[Evidence]) -> bool:
    """Whether these mistakes, made in some way, do on these probes what the answer did there."""
    here = evidence[0].worlds
    with np.errstate(all="ignore"):
        return any(all(e.fits(o) for e in evidence) for o in (*here.singles, *here.pairs) if frozenset(o.ids) == explanation)


def _fitting(evidence: Sequence[Evidence]) -> list[Outcome]:
    """The outcomes that fit every probe."""
    here = evidence[0].worlds
    return [o for o in (*here.singles, *here.pairs) if _fits_all(o, evidence)]


EVERYWHERE = "∀"  # a factor of the output's error, which all gradients have as well


def whereabouts(explanation: Explanation, evidence: Sequence[Evidence]) -> dict[str, set[str]]:
    """For each id, the layers (as "1", "12", or EVERYWHERE) in which it was made in an outcome that fits."""
    here, found = evidence[0].worlds, dict[str, set[str]]()
    with np.errstate(all="ignore"):
        for o in (*here.singles, *here.pairs):
            if frozenset(o.ids) == explanation and _fits_all(o, evidence):
                for variant in o.made:
                    found.setdefault(variant.id, set()).add(_layers(variant))
    return found


def _layers(variant: Variant) -> str:
    if all(change.stage.startswith("error") for change in variant.changes) and variant.id in FACTORS:
        return EVERYWHERE
    return variant.label.partition("@")[2]


FACTORS = {"sign", "factor-two", "missing-1-over-n", "extra-1-over-n", "wrong-n"}


def _fits_all(outcome: Outcome, evidence: Sequence[Evidence]) -> bool:
    if outcome.fitted:
        return _fits_some_eta(outcome, evidence)
    for e in evidence:
        if not e.fits(outcome):
            return False
    return True


def _fits_some_eta(outcome: Outcome, evidence: Sequence[Evidence]) -> bool:
    """Whether one learning rate, the same on every probe, makes this outcome fit."""
    if any(not isinstance(e.got, list) for e in evidence) or not _fits_before_eta(outcome, evidence):
        return False
    etas = [eta for e in evidence if (eta := _eta(outcome, e)) is not None and 1e-6 < eta < 100]
    if len(etas) < len(evidence) or np.ptp(etas) > 1e-6 * max(etas):
        return False
    return all(e.fits_values(_at(outcome, e, eta)) for e, eta in zip(evidence, etas, strict=True))


def _fits_before_eta(outcome: Outcome, evidence: Sequence[Evidence]) -> bool:
    """A quick look at the parts that eta does not touch: those of the last layer."""
    return all(e.fits_part(outcome, part) for e in evidence for part in e.order[:2])


def _at(outcome: Outcome, e: Evidence, eta: float) -> list[Any]:
    values = Values(e.values.graph, {**e.values.given, "eta": eta})
    return [v if isinstance(v, Raised) else e.question.shape(v) for v in (values[e.worlds.node(outcome, p)] for p in range(len(e.right)))]


def _eta(outcome: Outcome, e: Evidence) -> float | None:
    """The learning rate that comes nearest: the gradients depend on it along a straight line."""
    at0, at1 = _at(outcome, e, 0.0), _at(outcome, e, 1.0)
    assert isinstance(e.got, list)
    if any(isinstance(v, Raised) or np.shape(v) != np.shape(g) for v, g in zip(at0 + at1, [*e.got, *e.got], strict=True)):
        return None
    slope = np.concatenate([np.ravel(b - a) for a, b in zip(at0, at1, strict=True)])
    offset = np.concatenate([np.ravel(g - a) for g, a in zip(e.got, at0, strict=True)])
    return float(slope @ offset / (slope @ slope)) if slope.any() else None


def smallest(explanations: Iterable[Explanation]) -> list[Explanation]:
    """Those that contain no other: a mistake that hides another one explains the answer alone."""
    every = set(explanations)
    return sorted((e for e in every if not any(other < e for other in every)), key=lambda e: (len(e), sorted(e)))


@cache
def coincidences() -> dict[str, dict[str, list[tuple[str, ...]]]]:
    """For each question, the outcomes that others cannot be told apart from (`coincide` makes the table)."""
    path = files("backprop.diagnosis") / "coincidences.json"
    if not path.is_file():
        return {}
    classes = json.loads(path.read_text(encoding="utf-8"))
    return {q: _by_label(rows) for q, rows in classes.items()}


def _by_label(rows: list[list[str]]) -> dict[str, list[tuple[str, ...]]]:
    table: dict[str, list[tuple[str, ...]]] = {}
    for labels in rows:
        ids = [ids_of(label) for label in labels]
        for label in labels:
            table.setdefault(label, []).extend(ids)
    return table


def ids_of(label: str) -> tuple[str, ...]:
    """The ids in an outcome's label: "sign.0@12 + bias-mean.0@1" -> (sign, bias-mean)."""
    return tuple(one.split(".")[0] for one in label.split(" + "))
