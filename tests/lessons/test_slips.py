"""The lessons and the table of slips hold together: each slip is caught, or named beside its line, in its lesson (a remark is named)."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from backprop.notes.slips import SLIPS

LESSONS = Path(__file__).resolve().parents[2] / "lessons"
SHOWN_IN = {  # lesson -> the slips it must hold
    "01_one_neuron": (1, 2, 37),
    "02_forward_pass": (8, 14, 24),
    "03_output_error": (22, 25, 30, 34, 36),
    "04_hidden_error": (16, 23, 26, 31, 32, 33),
    "05_gradient_rules": (3, 27, 35),
    "07_regression": (8, 9, 10, 11, 12, 13, 28, 29),
    "08_softmax": (3, 4, 5, 6, 7, 26),
    "09_any_depth": (15, 18, 19, 20, 21),
}
PLACES = [(lesson, number) for lesson, numbers in SHOWN_IN.items() for number in numbers]


def words_of(nb: nbformat.NotebookNode) -> str:
    return "\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


def outputs_of(nb: nbformat.NotebookNode) -> list[str]:
    """The text of every output."""
    outputs = [o for cell in nb.cells if cell.cell_type == "code" for o in cell.outputs]
    return [o.get("text") or o.get("data", {}).get("text/plain") or "\n".join(o.get("traceback", [])) for o in outputs]


def caught(number: int, outputs: list[str]) -> bool:
    """Whether an output shows the slip: from its name up to the next slip's there is a verdict that it differs or raises."""
    pieces = [piece for text in outputs for piece in re.split(r"(?=\bslip \d+\b)", text)]
    return any(re.match(rf"slip {number}\b", piece) and re.search(r"\bdiffers?\b|\braises\b", piece) for piece in pieces)


def named(number: int, words: str) -> bool:
    """Whether the prose names the slip by its number, "slip 11" or in "slips 3, 11 and 12"."""
    return any(
        str(number) in re.findall(r"\d+", run) for run in re.findall(r"\b(?:[Ss]lips?|[Rr]emark)\s+(\d+(?:(?:,| and| to)\s+\d+)*)", words)
    )


@pytest.mark.parametrize(("lesson", "number"), PLACES)
def test_the_lesson_holds_its_slip(lesson: str, number: int) -> None:
    nb = nbformat.read(LESSONS / f"{lesson}.ipynb", as_version=4)
    if SLIPS[number].mark in ("∂", "#") and not SLIPS[number].remark:
        assert caught(number, outputs_of(nb)), f"no output of {lesson} shows that slip {number} differs or raises"
    assert named(number, words_of(nb)), f"the prose of {lesson} does not name slip {number}"


def test_every_slip_has_a_lesson() -> None:
    assert {number for _, number in PLACES} == {number for number, slip in SLIPS.items() if not (slip.remark and not slip.mark)}


def test_a_slip_that_is_not_shown_is_missed() -> None:
    outputs = ["slip 3\n  as it stands in our copy  1\n", "slip 30\n  differs\n", "slip 4: it raises ValueError"]
    assert [caught(n, outputs) for n in (3, 30, 4, 5)] == [False, True, True, False]
    assert [named(n, "**Slip 11** and slips 3, 12 and 13; slip 110") for n in (11, 3, 13, 1, 10)] == [True, True, True, False, False]
