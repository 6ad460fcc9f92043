"""The catalogue as data: every row that an answer can show is there, a new mistake is one record, coincidences are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from right_answers import RIGHT
from rows import ROWS

from backprop.diagnosis import MISTAKES, check
from backprop.diagnosis.catalogue import Mistake, Way
from backprop.diagnosis.coincide import FILE, build
from backprop.diagnosis.explain import coincidences, ids_of, smallest
from backprop.diagnosis.mutants import entries, left_out
from backprop.diagnosis.questions import COMPUTED
from backprop.diagnosis.worlds import ways, worlds

LESSON_TEXT = {"broadcast-target", "symmetric-start"}  # no answer shows these


def test_every_row_that_an_answer_can_show_is_an_entry():
    assert set(ROWS) <= set(MISTAKES) and not LESSON_TEXT & set(MISTAKES)
    assert set(entries()) == set(MISTAKES) - {"not-reset", "in-place"}  # these two show in behaviour


def test_every_way_can_be_made_in_each_of_its_questions():
    made = {(q.id, o.made[0].label.split("@")[0]) for found in entries().values() for q, o in found}
    named = {(q, f"{m.id}.{n}") for m in MISTAKES.values() for n, way in enumerate(m.ways) for q in way.questions}
    assert named == made, f"a question's id, a stage's name or `at` does not exist there: {sorted(named - made)}"
    assert {q for q, _ in named} <= set(COMPUTED)


def test_the_table_of_coincidences_is_what_the_catalogue_gives():
    assert json.loads(FILE.read_text(encoding="utf-8")) == build(), "run: python -m backprop.diagnosis.coincide"


def test_known_coincidences_are_candidates_even_with_one_of_them_left_out():
    def neuron_gradient(w, b, x, y):
        dw, _ = RIGHT["neuron_gradient"](w, b, x, y)
        return dw, dw

    both = (("bias-from-weights",), ("bias-times-input",))
    assert check("neuron_gradient", neuron_gradient).candidates == both
    for id in ("bias-from-weights", "bias-times-input"):
        with left_out(id):
            report = check("neuron_gradient", neuron_gradient)
            assert (report.status, report.mistakes, report.candidates) == ("ambiguous", (), both)
            assert report.message


def test_bias_mean_is_an_extra_1_over_n_in_bias_gradient():
    report = check("bias_gradient", lambda delta: delta.mean(axis=0))
    assert set(report.candidates) == {("bias-mean",), ("extra-1-over-n",)}


def test_a_new_mistake_is_one_record():
    def weight_gradient(a_in, delta):
        return a_in.T @ np.tanh(delta)

    assert check("weight_gradient", weight_gradient, 1).status == "unknown"
    record = Mistake(
        "tanh-of-delta", "δ was squashed.", "δ.", "It is no activation.",
        (Way(("weight_gradient",), {"dW": lambda a_in, delta: a_in.T @ np.tanh(delta)}),),
    )  # fmt: skip
    MISTAKES[record.id] = record
    try:
        report = check("weight_gradient", weight_gradient, 1)
        assert (report.mistakes, report.message) == (("tanh-of-delta",), "δ was squashed.")
    finally:
        del MISTAKES[record.id]


def test_a_way_is_made_in_the_layers_it_names():
    def places(at):
        record = Mistake("tried", "s", "l", "w", (Way(("fit_partial",), {"delta": lambda delta: 3 * delta}, at),))
        fit_partial = COMPUTED["fit_partial"]
        return [label.split("@")[1] for label, *_ in ways(record, fit_partial, worlds(fit_partial).graph, 3)]

    assert places("all") == ["123"] and places("hidden") == ["1", "2", "12"] and places(((3,), (1, 2))) == ["3", "12"]
    assert places("each") == ["1", "2", "3", "12", "13", "23", "123"]
    with pytest.raises(ValueError, match="'each', 'all', 'hidden'"):
        places("every")


def test_smallest_keeps_what_contains_no_other():
    a, b, ab, cd = frozenset("a"), frozenset("b"), frozenset("ab"), frozenset("cd")
    assert smallest([ab, a, cd]) == [a, cd] and smallest([ab, cd]) == [ab, cd] and smallest([b, a, ab]) == [a, b]


def test_labels_name_their_ids():
    assert ids_of("sign.0@12 + bias-mean.0@1") == ("sign", "bias-mean")
    assert all(id in MISTAKES for table in coincidences().values() for label in table for id in ids_of(label))


@pytest.mark.parametrize("eta", [0.01, 0.1, 1.0])
def test_an_early_update_is_found_for_any_learning_rate(eta):
    def two_layer_gradients(x, y, W1, b1, W2, b2):
        right = RIGHT["two_layer_gradients"](x, y, W1, b1, W2, b2)
        a1 = 1 / (1 + np.exp(-(x @ W1 + b1)))
        a2 = 1 / (1 + np.exp(-(a1 @ W2 + b2)))
        delta2 = (a2 - y) * a2 * (1 - a2)
        delta1 = delta2 @ (W2 - eta * right[2]).T * a1 * (1 - a1)
        return x.T @ delta1, delta1.sum(axis=0), right[2], right[3]

    assert check("two_layer_gradients", two_layer_gradients).mistakes == ("updated-weight",)
