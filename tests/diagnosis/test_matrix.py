"""Every question × every mistake that an answer to it can show × two ways of writing it × seeds: the right verdict, never a wrong id."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from loop_answers import ANSWERS
from right_answers import RIGHT
from rows import ROWS

from backprop.diagnosis import MISTAKES, QUESTIONS, check
from backprop.diagnosis.mutants import answer_of, entries, left_out, verdict
from backprop.diagnosis.questions import COMPUTED
from backprop.diagnosis.worlds import outcome_of, worlds

NAMED = {"right", "among"}
BY_BEHAVIOUR = {"not-reset", "in-place"}  # tests/diagnosis/test_contracts.py
LOOPS = [(question, id) for question, ids in ANSWERS.items() for id in ids]


def told(question: str, outcome: object, seed: int) -> str:
    """What the report on this mutant is worth, with everything needed to see why."""
    report = check(question, answer_of(COMPUTED[question], outcome), seed)
    return verdict(report, frozenset(outcome.ids))


@pytest.mark.parametrize("question", RIGHT)
def test_a_right_answer_is_correct_with_all_points(question):
    for seed in range(6):
        report = check(question, RIGHT[question], seed)
        assert (report.status, report.points) == ("correct", QUESTIONS[question].points), str(report)


@pytest.mark.parametrize("question", list(COMPUTED))
def test_every_way_of_every_mistake_in_numpy(question):
    wrong = [(o.label, worth) for o in worlds(COMPUTED[question]).singles for worth in [told(question, o, 3)] if worth not in NAMED]
    assert wrong == [], "a way that is 'correct' changes nothing in that layer: its `at` should leave the layer out"


@pytest.mark.parametrize("id", sorted(set(MISTAKES) - BY_BEHAVIOUR))
def test_twenty_probes_an_entry(id):
    made = entries()[id]
    picked = np.random.default_rng(sum(map(ord, id))).integers(len(made), size=20)
    found = Counter(told(made[i][0].id, made[i][1], seed) for seed, i in enumerate(picked))
    assert set(found) <= NAMED, found


@pytest.mark.parametrize(("question", "id"), LOOPS)
def test_every_mistake_in_loops(question, id):
    for seed in (5, 6):
        report = check(question, ANSWERS[question][id], seed)
        assert report.correct if not id else verdict(report, frozenset({id})) in NAMED, str(report)


def test_the_loops_cover_the_catalogue():
    """What loops cannot make: an inverse, a product for ⊙ or the reverse, softmax over the batch in a network, a row too many."""
    looped = {id for ids in ANSWERS.values() for id in ids} - {""}
    only_numpy = {"inverse-not-transpose", "dot-for-hadamard", "hadamard-for-dot", "bias-row-kept"}
    assert set(ROWS) - BY_BEHAVIOUR - looped == only_numpy


def test_pairs_are_named_or_among_the_candidates():
    rng = np.random.default_rng(7)
    found: Counter[str] = Counter()
    everything = [(q.id, o) for q in COMPUTED.values() for o in worlds(q).pairs]
    for i in rng.integers(len(everything), size=250):
        question, outcome = everything[i]
        worth = told(question, outcome, int(i))
        assert worth != "WRONG", (question, outcome.label)
        found[worth] += 1
    assert found["right"] + found["among"] >= 0.85 * found.total(), found


@pytest.mark.parametrize("id", sorted(set(MISTAKES) - BY_BEHAVIOUR))
def test_left_out_of_the_catalogue_it_is_never_given_a_wrong_name(id):
    made = entries()[id]
    beside = [(q, o) for q in COMPUTED.values() for o in worlds(q).pairs if id in o.ids]
    rng = np.random.default_rng(sum(map(ord, id)))
    with left_out(id):
        tried = [made[i] for i in rng.integers(len(made), size=2)] + [beside[i] for i in rng.integers(len(beside), size=4) if beside]
        worth = [(q.id, o.label, told(q.id, o, seed)) for seed, (q, o) in enumerate(tried)]
    assert [w for w in worth if w[2] == "WRONG"] == []


def test_three_mistakes_at_once_are_never_given_a_wrong_name():
    rng = np.random.default_rng(3)
    for seed in range(60):
        question = COMPUTED[str(rng.choice(["two_layer_gradients", "regression_gradients", "softmax_gradients", "neuron_gradient"]))]
        three = [worlds(question).variants[i] for i in rng.choice(len(worlds(question).variants), 3, replace=False)]
        if len({v.id for v in three}) == 3:
            assert told(question.id, outcome_of(*three), seed) != "WRONG", [v.label for v in three]


def test_mistakes_in_float32_are_named_as_well():
    for question in ("two_layer_gradients", "fit_partial", "cross_entropy"):
        for outcome in worlds(COMPUTED[question]).singles[::9]:
            answer = answer_of(COMPUTED[question], outcome)
            report = check(question, lambda *args, answer=answer: _narrow(answer(*args)), 4)
            assert verdict(report, frozenset(outcome.ids)) in NAMED, (outcome.label, str(report))


def _narrow(value):
    return type(value)(map(_narrow, value)) if isinstance(value, tuple | list) else np.float32(value)


def test_the_verdict_can_fail():
    """The tester is tested: a report with another id is WRONG."""
    report = check("two_layer_gradients", ANSWERS["two_layer_gradients"]["sign"], 1)
    assert verdict(report, frozenset({"sign"})) == "right"
    assert verdict(report, frozenset({"factor-two"})) == "WRONG"
