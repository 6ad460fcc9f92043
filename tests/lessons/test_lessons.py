"""The ten lessons: a wrong line in any derivation stops the notebook, and what the prose says of a picture is true of its numbers."""

from __future__ import annotations

import contextlib
import io
import re
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import numpy as np
import pytest

import backprop as bp
from backprop import derivation, draw

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "lessons").glob("[0-9]*.py"))

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
    ("06_batch", '"a₁ᵀ δ₂": a1.T @ delta2,', '"a₁ᵀ δ₂": a1.T @ delta2 / 5,'),
    ("06_batch", "sum(np.outer(a1[n], delta2[n]) for n in range(5))", "sum(np.outer(a1[n], delta2[n]) for n in range(4))"),
    ("06_batch", '"1ᵀ δ₂, a row of ones": np.ones(5) @ delta2', '"1ᵀ δ₂, a row of ones": np.ones(5) @ delta2 / 5'),
    ("06_batch", '"(a₁ᵀ δ₂) / N": (a1.T @ delta2) / 5', '"(a₁ᵀ δ₂) / N": (a1.T @ delta2 / 5) / 5'),
    ("07_regression", '"2 (a₂ − y) a₁": 2 * (a2 - y) * a1', '"2 (a₂ − y) a₁": (a2 - y) * a1'),
    ("07_regression", '"2 (a₂ − y)": 2 * (a2 - y)', '"2 (a₂ − y)": 2 * (y - a2)'),
    (
        "07_regression",
        '"2 (a₂ − y) · w₂ · a₁(1 − a₁) · x": 2 * (a2 - y) * w2 * a1 * (1 - a1) * x',
        '"2 (a₂ − y) · w₂ · a₁(1 − a₁) · x": 2 * (a2 - y) * w2 * a1 * (1 - a2) * x',
    ),
    ("07_regression", 'w₂ a₁(1 − a₁)": 2 * (a2 - y) * w2 * a1 * (1 - a1),', 'w₂ a₁(1 − a₁)": 2 * (a2 - y) * w2 * a1 * (1 - a1) * x,'),
    ("07_regression", '"a₁ᵀ δ₂": a1.T @ (2 / len(X) * error)', '"a₁ᵀ δ₂": a1.T @ (1 / len(X) * error)'),
    ("07_regression", '"Xᵀ δ₁": X.T @ delta1', '"Xᵀ δ₁": X.T @ delta1[::-1]'),
    ("07_regression", '"1 − a²": 1 - a**2', '"1 − a²": a * (1 - a)'),
    ("08_softmax", '"e^(z+c) / Σ e^(z+c)": np.exp(z + c) / np.exp(z + c).sum()', '"e^(z+c) / Σ e^(z+c)": np.exp(z + c) / np.exp(z).sum()'),
    ("08_softmax", '"log Σ e^z − Σ y z": np.log(total) - (y * z).sum()', '"log Σ e^z − Σ y z": np.log(total) - (y * p).sum()'),
    ("08_softmax", '"e^z / Σ e^z − y": np.exp(z) / np.exp(z).sum() - y', '"e^z / Σ e^z − y": np.exp(z) / np.exp(z).max() - y'),
    ("08_softmax", '"diag(ŷ) − ŷ ŷᵀ": np.diag(p) - np.outer(p, p)', '"diag(ŷ) − ŷ ŷᵀ": np.diag(p * (1 - p))'),
    ("08_softmax", '"−y_j + ŷ_j Σ y_i": -y + p * y.sum()', '"−y_j + ŷ_j Σ y_i": -y + p * p.sum() ** 2 * 1.001'),
    ("08_softmax", '"W₂ᵀ ∂L/∂z₂": W2.T @ dz2', '"W₂ᵀ ∂L/∂z₂": W2.T @ dz2 * 0.99'),
    ("08_softmax", '"diag(σ′(Z₁)) dA": np.diag(s[:, 0]) @ dA', '"diag(σ′(Z₁)) dA": np.diag(s[::-1, 0]) @ dA'),
    ("08_softmax", '"∂L/∂z₁ Xᵀ": dZ1 @ X.T', '"∂L/∂z₁ Xᵀ": dZ1[::-1] @ X.T'),
    ("08_softmax", '"(ŷ − y) A₁ᵀ": dZ2 @ A1.T', '"(ŷ − y) A₁ᵀ": dZ2 @ A1.T + 1e-9'),
    ("08_softmax", '"sum of the components of ∂L/∂z₁": dZ1.sum()', '"sum of the components of ∂L/∂z₁": dZ1.mean()'),
    ("09_any_depth", '"[a, 1] [W; b]": with_one(a) @ np.vstack([W, b])', '"[a, 1] [W; b]": with_one(a)[:, ::-1] @ np.vstack([W, b])'),
    ("09_any_depth", "np.vstack([a_in.T @ delta, delta.sum(axis=0)])", "np.vstack([a_in.T @ delta, delta.mean(axis=0)])"),
    ("09_any_depth", '"drop the last row first": delta2 @ Wb2[:-1].T * slope', '"drop the last row first": delta2 @ Wb2[1:].T * slope'),
    ("09_any_depth", '"δ³(W³)ᵀ ⊙ a² ⊙ (1 − a²)": delta3 @ W3.T * a2 * (1 - a2)', '"δ³(W³)ᵀ ⊙ a² ⊙ (1 − a²)": delta3 @ W3.T * a2'),
    ("09_any_depth", '"δ²(W²)ᵀ ⊙ σ′(x W¹)": delta2 @ W2.T * dsigmoid(x @ W1)', '"δ²(W²)ᵀ ⊙ σ′(x W¹)": delta2 @ W2.T * dsigmoid(x @ W1.T)'),
    ("09_any_depth", '"W − α aᵀ δ": W - alpha * a_in.T @ delta', '"W − α aᵀ δ": W + alpha * a_in.T @ delta'),
    ("10_is_it_right", '"3θ² + 3θε + ε²": 3 * t**2 + 3 * t * e + e**2', '"3θ² + 3θε + ε²": 3 * t**2 + 3 * t * e'),
    ("10_is_it_right", '"3θ² + ε²": 3 * t**2 + e**2', '"3θ² + ε²": 3 * t**2'),
    ("10_is_it_right", '"3θ² − h²": 3 * t**2 - h**2', '"3θ² − h²": 3 * t**2 + h**2'),
    ("10_is_it_right", '"a₀ᵀ δ₁": x.T @ delta1', '"a₀ᵀ δ₁": x.T @ delta1 * (1 + 1e-11)'),
]


def cells(lesson: str) -> list[nbformat.NotebookNode]:
    return list(jupytext.read(ROOT / f"lessons/{lesson}.py").cells)


def code(lesson: str) -> str:
    """The lesson's code as one text."""
    return "\n\n".join(cell.source for cell in cells(lesson) if cell.cell_type == "code")


def code_until(lesson: str, line: str | None = None) -> str:
    """The lesson's code, to the end of the first cell that runs the derivation in which `line` stands; pictures and widgets left out."""
    texts: list[str] = []
    found = line is None
    for cell in cells(lesson):
        if cell.cell_type == "code" and "bug_lab" not in re.sub(r"import .*", "", cell.source):
            texts.append(re.sub(r"^bp\.explorer\(.*\)$", "", cell.source, flags=re.MULTILINE))
            found = found or (line is not None and line in cell.source)
            if line is not None and found and "derivation.lines(" in cell.source:
                break
    return "\n\n".join(texts)


@cache
def scope_of(lesson: str) -> dict[str, Any]:
    """The names that the lesson's code leaves behind."""
    scope: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(draw, "show", lambda fig, alt: None)
        exec(compile(code_until(lesson), lesson, "exec"), scope)
    return scope


@pytest.mark.parametrize(("lesson", "right", "wrong"), PLANTED)
def test_a_wrong_line_stops_the_notebook(lesson: str, right: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "show", lambda fig, alt: None)
    text = code_until(lesson, right)
    assert text.count(right) == 1, f"{lesson} no longer holds {right!r}"
    with pytest.raises(derivation.LineDiffers):
        exec(compile(text.replace(right, wrong), lesson, "exec"), {})


def test_every_derivation_has_a_planted_error() -> None:
    for lesson in LESSONS:
        blocks = re.findall(r"derivation\.lines\((\w+)", code(lesson))
        assert len(blocks) <= sum(name == lesson for name, _, _ in PLANTED) + 1, f"{lesson}: plant an error in each of {blocks}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_code_cells_are_short_and_prose_stands_between_them(lesson: str) -> None:
    before = None
    for cell in cells(lesson):
        if cell.cell_type == "code":
            lines = re.sub(r"draw\.show\(.*?\n\)", "draw.show(...)", cell.source, flags=re.DOTALL).split("\n")
            assert len([line for line in lines if line.strip()]) <= 16, cell.source
            assert before is None or before == "markdown", f"two code cells in a row: {cell.source[:80]}"
        before = cell.cell_type


@pytest.mark.parametrize("lesson", LESSONS[:5])
def test_an_agreement_is_a_verdict_and_never_a_residual(lesson: str) -> None:
    nb = nbformat.read(ROOT / f"lessons/{lesson}.ipynb", as_version=4)
    texts = [o.get("text", "") for cell in nb.cells if cell.cell_type == "code" for o in cell.outputs]
    assert "agree to 1e-12" in "".join(texts)
    assert not re.search(r"\de-1[0-9]\b", "".join(texts).replace("agree to 1e-12", ""))


@pytest.mark.parametrize("lesson", LESSONS[1:5])
def test_one_network_runs_through(lesson: str) -> None:
    assert "net, x, y = bp.data.small_network()" in code(lesson)


@pytest.mark.parametrize("lesson", LESSONS[:9])
def test_lessons_before_the_tenth_check_by_two_nudges(lesson: str) -> None:
    assert "complex_step" not in code(lesson) and "check_gradient" not in code(lesson)


def test_01_its_neuron_is_the_first_hidden_unit() -> None:
    scope = scope_of("01_one_neuron")
    net, _, _ = bp.data.small_network()
    inputs = np.column_stack([scope["x"], np.zeros((5, 2))])
    assert np.allclose(bp.forward(net, inputs)[0].a_out[:, 0], scope["a"], rtol=1e-15)


def test_01_comes_to_rest_and_the_saturated_start_does_not_move() -> None:
    scope = scope_of("01_one_neuron")
    states, stuck = scope["states"], scope["stuck_states"]
    assert states[400].C < 0.4 * states[0].C and np.abs(states[400].grads[0].dW).max() < 1e-10
    assert stuck[400].C > 0.9999 * stuck[0].C and stuck[0].C > states[0].C


def test_06_the_units_of_the_symmetric_start_stay_alike_and_the_four_rates_do_what_the_prose_says() -> None:
    scope = scope_of("06_batch")
    W = scope["last"].net[0].W
    assert np.allclose(W[:, 0], W[:, 1]) and np.allclose(W[:, 0], W[:, 2]) and abs(W[0, 0] - 0.5) > 1 and scope["last"].C > 0.3
    slow, good, fast, wild = scope["curves"]
    assert slow[-1] > 0.49 and good[-1] < 0.02 and fast[500] < 0.01 and 0.2 < wild[-1] < 0.3
    first = scope["states"][0].grads
    assert 5 < np.linalg.norm(first[1].dW) / np.linalg.norm(first[0].dW) < 15  # "about a tenth as large"


def test_07_tanh_stops_flat_at_the_noise_and_the_sigmoid_runs_out_of_steps() -> None:
    fits, cars = scope_of("07_regression")["fits"], scope_of("07_regression")
    assert fits["tanh"][2].startswith("flat") and 0.008 < fits["tanh"][0].C < 0.011
    assert fits["sigmoid"][2].startswith("not converged") and fits["sigmoid"][0].C > 0.015
    unseen = [np.mean((guess - cars["mpg"])[cars["unseen"]] ** 2) for guess in (cars["with_one"] @ cars["line"], cars["guess"])]
    assert 0.5 < unseen[1] / unseen[0] < 0.7  # "little more than half of what the line leaves"


def test_08_the_diagonal_alone_leaves_the_other_classes_without_an_error() -> None:
    scope = scope_of("08_softmax")
    p, y = scope["bp"].softmax(scope["logits"]), scope["one_hot"]
    assert np.count_nonzero(-y * (1 - p)) == 1 and np.isclose((-y * (1 - p))[1], (p - y)[1])


def test_09_the_wrong_row_trains_and_the_deep_sigmoid_net_does_not() -> None:
    scope = scope_of("09_any_depth")
    wrong, right = scope["wrong"], scope["learn"](lambda Wb: Wb[:-1])
    assert wrong[-1] < wrong[0] / 300 and wrong[100] > 2 * right[100]
    sizes = scope["sizes"]
    assert sizes["sigmoid"][-1] / sizes["sigmoid"][0] > 5000 and max(sizes["tanh"]) / min(sizes["tanh"]) < 5
    assert scope["runs"]["sigmoid"][1000].C > 0.49 and scope["runs"]["tanh"][100].C < 0.01


def test_10_seven_of_the_fourteen_lines_are_wrong_and_two_show_in_their_shapes() -> None:
    hunt, numbers = scope_of("10_is_it_right")["hunt"], scope_of("10_is_it_right")["numbers"]
    verdicts: dict[str, Any] = {}
    for letter, (line, want) in hunt.items():
        try:
            verdicts[letter] = bp.relative_error(line(), np.asarray(want)) < 1e-12
        except ValueError:
            verdicts[letter] = "shapes"
    assert sorted(letter for letter, verdict in verdicts.items() if verdict is not True) == sorted(numbers) and len(hunt) == 14
    assert [letter for letter, verdict in verdicts.items() if verdict == "shapes"] == ["D", "J"]
