"""Lessons 01 to 05: a wrong line in any derivation stops the notebook; one network runs through them, and lesson 01's neuron is in it."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
import numpy as np
import pytest

import backprop as bp
from backprop import derivation

ROOT = Path(__file__).resolve().parents[2]

LESSONS = ["01_one_neuron", "02_forward_pass", "03_output_error", "04_hidden_error", "05_gradient_rules"]
PLANTED = [  # lesson, a line of a derivation, the same line with an error
    ("01_one_neuron", '"σ(z) (1 − σ(z))": s * (1 - s)', '"σ(z) (1 − σ(z))": s * (1 + s)'),
    (
        "01_one_neuron",
        '"Σ (a − y) a (1 − a) x": np.sum((a - y) * a * (1 - a) * x)',
        '"Σ (a − y) a (1 − a) x": np.sum((y - a) * a * (1 - a) * x)',
    ),
    ("01_one_neuron", '"Σ (a − y) σ′(z) · 1": np.sum((a - y)', '"Σ (a − y) σ′(z) · 1": 1.0001 * np.sum((a - y)'),
    ("02_forward_pass", '"(a W)_j + b_j": [a @ W[:, j] + b[j]', '"(a W)_j + b_j": [a @ W[:, j]'),
    (
        "02_forward_pass",
        '"W_col times a column": (W.T @ a[:, None] + b[:, None])',
        '"W_col times a column": (W.T @ a[:, None] - b[:, None])',
    ),
    ("03_output_error", '"∂C/∂a_j · σ′(z_j)": dC_da * bp.sigmoid.df(z, a)', '"∂C/∂a_j · σ′(z_j)": dC_da * bp.sigmoid.df(z, a) * 2'),
    ("03_output_error", "dC_da * da_dz", "dC_da * da_dz[::-1]"),
    ("04_hidden_error", "sum(delta[m] * W[j, m] * slope[j] for m in range(2))", "sum(delta[m] * W[j, m] * slope[j] for m in range(1))"),
    ("04_hidden_error", "one_by_one = [[slope[j] * W[j, m]", "one_by_one = [[slope[m] * W[j, m]"),
    ("04_hidden_error", "sum(dC_dz[m] * dz_dz[j, m] for m in range(2))", "sum(dC_dz[m] + dz_dz[j, m] for m in range(2))"),
    ("04_hidden_error", '"δ′ W′ᵀ": (delta[None] @ W.T)[0]', '"δ′ W′ᵀ": (delta[None] @ W.T)[0] / 2'),
    ("05_gradient_rules", '"∂C/∂z_j · 1": delta * 1', '"∂C/∂z_j · 1": delta * 1.0000001'),
    ("05_gradient_rules", '"aᵀ δ": seen.a_in.T @ delta', '"aᵀ δ": seen.a_in.T @ delta / 5'),
    ("05_gradient_rules", '"delta.sum(axis=0)": delta.sum(axis=0)', '"delta.sum(axis=0)": delta.mean(axis=0)'),
    ("05_gradient_rules", '"Σ_j δ_j": delta.sum()', '"Σ_j δ_j": delta.mean()'),
]


def code(lesson: str) -> str:
    """The lesson's code as one text."""
    return "\n\n".join(cell.source for cell in jupytext.read(ROOT / f"lessons/{lesson}.py").cells if cell.cell_type == "code")


@pytest.mark.parametrize(("lesson", "right", "wrong"), PLANTED)
def test_a_wrong_line_stops_the_notebook(lesson: str, right: str, wrong: str) -> None:
    text = code(lesson)
    assert text.count(right) == 1, f"{lesson} no longer holds {right!r}"
    with pytest.raises(derivation.LineDiffers):
        exec(compile(text.replace(right, wrong), lesson, "exec"), {})


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_short_and_prose_stands_between_them(lesson: str) -> None:
    cells = jupytext.read(ROOT / f"lessons/{lesson}.py").cells
    for n, cell in enumerate(cells):
        if cell.cell_type == "code":
            lines = re.sub(r"draw\.show\(.*?\n\)", "draw.show(...)", cell.source, flags=re.DOTALL).split("\n")
            assert len([line for line in lines if line.strip()]) <= 16, cell.source
            assert n == 0 or cells[n - 1].cell_type == "markdown", f"two code cells in a row: {cell.source[:80]}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_agreement_is_a_verdict_and_never_a_residual(lesson: str) -> None:
    nb = nbformat.read(ROOT / f"lessons/{lesson}.ipynb", as_version=4)
    texts = [o.get("text", "") for cell in nb.cells if cell.cell_type == "code" for o in cell.outputs]
    assert "agree to 1e-12" in "".join(texts)
    assert not re.search(r"\de-1[0-9]\b", "".join(texts).replace("agree to 1e-12", ""))


@pytest.mark.parametrize("lesson", LESSONS[1:])
def test_one_network_runs_through(lesson: str) -> None:
    assert "net, x, y = bp.data.small_network()" in code(lesson)


@pytest.mark.parametrize("lesson", LESSONS)
def test_lessons_before_the_tenth_check_by_two_nudges(lesson: str) -> None:
    assert "complex_step" not in code(lesson) and "check_gradient" not in code(lesson)


def test_lesson_01s_neuron_is_the_first_hidden_unit() -> None:
    scope: dict = {}
    exec(compile(code("01_one_neuron").split("derivation.lines(slope_of_sigmoid")[0], "01", "exec"), scope)
    net, _, _ = bp.data.small_network()
    inputs = np.column_stack([scope["x"], np.zeros((5, 2))])
    assert np.allclose(bp.forward(net, inputs)[0].a_out[:, 0], scope["a"], rtol=1e-15)


def test_lesson_01_comes_to_rest_and_the_saturated_start_does_not_move() -> None:
    scope: dict = {}
    exec(compile(code("01_one_neuron"), "01", "exec"), scope)
    states, stuck = scope["states"], scope["stuck_states"]
    assert states[400].C < 0.4 * states[0].C and np.abs(states[400].grads[0].dW).max() < 1e-10
    assert stuck[400].C > 0.9999 * stuck[0].C and stuck[0].C > states[0].C
