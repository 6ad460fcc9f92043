"""The silent-bug lab: its mistakes are real, most of them train, and the check sees every one."""

from __future__ import annotations

import re

import numpy as np
import pytest

import backprop as bp
from backprop.diagnosis.catalogue import MISTAKES
from backprop.live import bug_lab


def test_every_mistake_is_of_the_catalogue_and_is_caught_by_the_check():
    runs = bug_lab.table().runs
    assert len(runs) >= 15 and {r.mistake for r in runs} <= set(MISTAKES)
    assert all(r.error > 1e-3 and max(r.errors.values()) > 1e-3 for r in runs)


def test_most_mistakes_train_all_the_same_and_the_wrong_sign_does_not():
    runs = bug_lab.table().runs
    assert sum(r.falls for r in runs) > 0.8 * len(runs)
    assert not bug_lab.run("sign").falls and bug_lab.run("bias-missing").falls


def test_a_run_makes_the_very_mistake():
    net, x, y = bp.data.small_network()
    errors = bug_lab.run("bias-missing").errors
    assert errors["db1"] == 1.0 or errors["db2"] == 1.0
    assert errors["dW1"] < 1e-12 and errors["dW2"] < 1e-12
    C, _ = bp.gradients(net, x, y, bp.half_squared_error)
    assert np.isclose(bug_lab.run("bias-missing").costs[0], C) and len(bug_lab.run("bias-missing").right) == bug_lab.STEPS + 1


def test_one_example_hides_what_a_sum_over_examples_would_show():
    net, x, y = bp.data.small_network()
    assert bug_lab.hidden(net, x, y) == []
    assert set(bug_lab.hidden(net, x[:1], y[:1])) >= {"bias-mean", "extra-1-over-n", "last-example-only"}


def test_the_widget_shows_the_chosen_mistake_and_explains_it_when_asked():
    lab = bug_lab.lab()
    before = lab.curves.value
    lab.choice.value = "factor-two"
    assert lab.curves.value != before and lab.verdict.value == ""
    assert re.search(r'<img alt="The cost starts at [^"]+" src="data:image/png', lab.curves.value)
    lab.check.click()
    assert "The gradient is wrong." in lab.verdict.value and "off by" in lab.verdict.value
    lab.choice.value = "sign"
    assert lab.verdict.value == ""


def test_without_widgets_the_lab_says_where_the_facts_stand():
    bundle = bug_lab.lab()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "table below" in data["text/plain"] and "base64" not in data["text/plain"]


def test_an_unknown_mistake_is_refused_with_the_list():
    with pytest.raises(ValueError, match="factor-two"):
        bug_lab.run("factor-three")
