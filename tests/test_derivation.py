"""The evaluator of derivations is held to its word: it must catch a planted wrong line, and a slip that is none."""

import numpy as np
import pytest

import backprop as bp
from backprop import derivation

POINTS = {"here": (0.8, -0.4), "a random point": (1.3, 0.2)}


def chain(w, b):
    a = bp.sigmoid.f(w + b)
    return {"σ′(z) x": bp.sigmoid.df(w + b, a), "a (1 − a) x": a * (1 - a)}


def measured(w, b):
    return bp.central_difference(lambda w: bp.sigmoid.f(w + b), w)


def test_right_lines_are_printed_and_agree(capsys):
    derivation.lines(chain, POINTS, measured)
    out = capsys.readouterr().out
    assert out.count("both lines agree to 1e-12, and with the two nudges to 1e-7") == 2
    assert out.count("0.240261") == 3 and "a random point" in out


@pytest.mark.parametrize("wrong", [1.01, 1 + 1e-10, -1.0])
def test_a_planted_wrong_line_is_caught(wrong):
    with pytest.raises(derivation.LineDiffers, match="here: the line 'planted' does not agree with"):
        derivation.lines(lambda w, b: {**chain(w, b), "planted": wrong * chain(w, b)["σ′(z) x"]}, POINTS)


def test_lines_that_agree_among_themselves_but_not_with_the_slope_are_caught():
    with pytest.raises(derivation.LineDiffers, match="measured by two nudges"):
        derivation.lines(chain, POINTS, lambda w, b: 1.000001 * measured(w, b))


def test_a_line_wrong_at_one_point_only_is_caught():
    with pytest.raises(derivation.LineDiffers, match="a random point"):
        derivation.lines(lambda w, b: {"1": 1.0, "0.8 / w": 0.8 / w}, POINTS)


def test_a_line_of_another_shape_is_caught():
    with pytest.raises(derivation.LineDiffers):
        derivation.lines(lambda: {"row": np.ones(2), "column": np.ones((2, 1))}, {"here": ()})


def test_one_line_is_no_chain():
    with pytest.raises(ValueError, match="at least two lines"):
        derivation.lines(lambda: {"only": 1.0}, {"here": ()})


def test_a_slip_shows_another_value(capsys):
    derivation.slip(11, 0.5, lambda: 0.25)
    out = capsys.readouterr().out
    assert "slip 11" in out and "0.25" in out and "0.5" in out and "differs" in out


def test_a_slip_shows_another_shape(capsys):
    derivation.slip(3, np.ones(2), lambda: 2.0)
    assert "differs: its shape is (), the derived one is (2,)" in capsys.readouterr().out


def test_a_slip_shows_the_error(capsys):
    derivation.slip(14, 0.5, lambda: np.ones((1, 3)) @ np.ones((4, 3)))
    out = capsys.readouterr().out
    assert "slip 14: as it stands in our copy it raises ValueError:\n  the shapes do not meet (size 4 is different from 3)\n" in out


def test_a_slip_that_cannot_be_stacked_says_the_sizes(capsys):
    derivation.slip(15, 0.5, lambda: np.vstack([np.ones((4, 3)), np.ones(4)]))
    assert "raises ValueError:\n  the rows have different lengths (3 and 4)\n" in capsys.readouterr().out


def test_a_sentence_is_wrapped(capsys):
    derivation.sentence("a word " * 20)
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2 and all(row.startswith("     ") and len(row) <= 76 for row in rows)


def test_a_slip_that_is_none_raises():
    with pytest.raises(derivation.LineDiffers, match="slip 11"):
        derivation.slip(11, 0.5, lambda: 0.5 * (1 + 1e-9))


def test_six_digits_and_no_noise(capsys):
    derivation.values(z=0.123456789, deltas=np.array([1.0, 1e-17, -2 / 3, 1.23456789e-5]))
    assert capsys.readouterr().out == "z       0.123457\ndeltas  [ 1.00000   0.00000  -0.66667   0.00001]\n"


def test_the_source_is_shown_without_its_docstring(capsys):
    derivation.source(bp.notes.two_layer.neuron)
    out = capsys.readouterr().out
    assert out.startswith("def neuron(w1") and "    z = w1 * x1 + b  # (1)" in out and '"""' not in out


def test_a_function_without_docstring_is_shown_whole(capsys):
    derivation.source(chain)
    assert capsys.readouterr().out.startswith("def chain(w, b):\n    a = bp.sigmoid.f(w + b)\n    return {")


def test_matrices_stand_in_columns(capsys):
    derivation.values(W=np.array([[1.0, -0.25], [-10.5, 3.0]]))
    assert capsys.readouterr().out == "W  [  1.00  -0.25]\n   [-10.50   3.00]\n"


def test_further_points_show_one_row_of_a_matrix(capsys):
    derivation.lines(lambda M: {"M": M, "2 M / 2": 2 * M / 2}, {"here": (np.eye(3),), "there": (np.ones((3, 1)),)})
    out = capsys.readouterr().out
    assert "[0  0  1]" in out and "[1] and 2 more rows" in out


def test_several_measured_lines_are_each_held(capsys):
    two = {"by definition": 0.24026074, "by stages": 0.2402606}
    derivation.lines(
        lambda: {"σ′": 0.24026074574152914, "a (1 − a)": 0.24026074574152914}, {"here": ()}, lambda: {"by definition": 0.24026074}
    )
    assert "by definition  0.240261" in capsys.readouterr().out
    with pytest.raises(derivation.LineDiffers, match="by stages"):
        derivation.lines(lambda: {"σ′": 0.24026074574152914, "a (1 − a)": 0.24026074574152914}, {"here": ()}, lambda: two)


def test_rows_of_one_length_stand_in_columns(capsys):
    derivation.values(x=np.array([-2.0, 0.0]), a=np.array([0.25, 0.5]), C=1e-9)
    assert capsys.readouterr().out == "x  [  -2     0]\na  [0.25  0.50]\nC  1e-09\n"
