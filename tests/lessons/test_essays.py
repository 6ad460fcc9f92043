"""What every lesson keeps to: an essay whose derivations run, whose pictures are asked about first, and whose words are kind."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "lessons").glob("*.py"))
UNKIND = r"\b(simply|obviously|trivial(ly)?|clearly|of course|as everyone knows|it is easy to see)\b"


@pytest.fixture(params=NAMES)
def nb(request: pytest.FixtureRequest) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "lessons" / f"{request.param}.ipynb", as_version=4)


def printed(nb: nbformat.NotebookNode) -> list[str]:
    outputs = [o for cell in nb.cells if cell.cell_type == "code" for o in cell.outputs]
    return [o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs]


def test_no_unkind_word(nb: nbformat.NotebookNode) -> None:
    found = [m.group() for cell in nb.cells if cell.cell_type == "markdown" for m in re.finditer(UNKIND, cell.source, re.IGNORECASE)]
    assert found == []


def test_lessons_import_the_package_numpy_and_matplotlib_and_no_more(nb: nbformat.NotebookNode) -> None:
    code = "\n".join(cell.source for cell in nb.cells if cell.cell_type == "code")
    modules = set(re.findall(r"^\s*(?:from|import) (\w+)", code, re.MULTILINE))
    assert modules <= {"backprop", "numpy", "matplotlib"}, modules


def test_a_live_picture_has_a_question_before_and_an_answer_after(nb: nbformat.NotebookNode) -> None:
    places = [n for n, cell in enumerate(nb.cells) if cell.cell_type == "code" and "bp.explorer(" in cell.source]
    assert places, "a lesson has a picture to move: a cell with bp.explorer(...)"
    for n in places:
        before = " ".join(cell.source for cell in nb.cells[max(0, n - 3) : n] if cell.cell_type == "markdown")
        assert "Predict" in before and "Your prediction" in before, f"cell {n}"
        after = " ".join(cell.source for cell in nb.cells[n + 1 : n + 5] if cell.cell_type == "markdown")
        assert "noticed" in after, f"cell {n}"


def test_every_chain_of_equalities_is_run(nb: nbformat.NotebookNode) -> None:
    """Between a displayed chain (an aligned block with a line that goes on with =) and the next one stands a cell that evaluates it."""
    chains = [
        n for n, cell in enumerate(nb.cells) if cell.cell_type == "markdown" and re.search(r"\\begin{aligned}[^$]*\n\s*&=", cell.source)
    ]
    for n, after in pairwise([*chains, len(nb.cells)]):
        code = "\n".join(cell.source for cell in nb.cells[n:after] if cell.cell_type == "code")
        assert "derivation.lines(" in code, f"cell {n}: {nb.cells[n].source[:200]}"


def test_every_figure_has_words(nb: nbformat.NotebookNode) -> None:
    for cell in nb.cells:
        if cell.cell_type == "code" and "draw.show(" in cell.source:
            assert any(len(o.get("data", {}).get("text/plain", "")) > 60 for o in cell.outputs), f"more words: {cell.source}"


def test_numbers_have_at_most_six_digits(nb: nbformat.NotebookNode) -> None:
    for text in printed(nb):
        for number in re.findall(r"(?<![\w.])-?(\d+\.\d+)(?:e-?\d+)?", text):
            assert len(number.replace(".", "").lstrip("0")) <= 7, number
