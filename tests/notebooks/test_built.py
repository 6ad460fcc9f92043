"""The course's own notebooks: in step with their sources, clean, and what an exercise promises."""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
import notebooks
import numpy as np
import pytest

import backprop as bp
from backprop.diagnosis import QUESTIONS
from backprop.grade.names import blocked

ROOT = Path(__file__).resolve().parents[2]
LESSONS, NAMES = ([path.stem for path in sorted((ROOT / folder).glob("*.py"))] for folder in ("lessons", "solutions"))
SOURCES = [ROOT / "lessons" / f"{name}.py" for name in LESSONS] + [ROOT / "solutions" / f"{name}.py" for name in NAMES]
RESIDUAL = re.compile(r"(?<![\w.])(?!1e-)\d(\.\d+)?e-1[4-7]\b")  # what rounding leaves of a number near 1; "1e-14" is a verdict
LONG_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d+(?![\w.])")


def code_cells(notebook: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]


def outputs(notebook: Path) -> list[str]:
    texts = []
    for cell in code_cells(notebook):
        for output in cell.outputs:
            texts += [output.get("text", ""), *output.get("data", {}).values(), output.get("evalue", "")]
    return texts


def between_cells(text: str) -> str:
    """The text with one empty line between cells."""
    return re.sub(r"\n{2,}# %%", "\n\n# %%", text)


def by_grade_id(notebook: Path) -> dict[str, str]:
    return {c.metadata.nbgrader.grade_id: c.source for c in code_cells(notebook) if "nbgrader" in c.metadata}


def test_the_sources_are_all_there_and_nothing_else() -> None:
    assert notebooks.sources(ROOT) == SOURCES and len(NAMES) >= 10
    assert [name[:2] for name in LESSONS] == [f"{number:02}" for number in range(1, len(LESSONS) + 1)], "lessons are numbered without a gap"
    assert set(NAMES) <= set(LESSONS), "an exercise has the name of its lesson"


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: notebooks.shown(p))
def test_a_source_is_in_the_form_that_pull_writes(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert between_cells(notebooks.to_source(notebooks.read_source(source), source)) == between_cells(text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda p: notebooks.shown(p))
def test_printed_numbers_are_short_and_no_residual_is_printed(source: Path) -> None:
    for text in outputs(source.with_suffix(".ipynb")):
        if "<" in text and "style" in text:
            continue  # a report's HTML says what its text says
        assert not RESIDUAL.search(text), text
        for number in LONG_NUMBER.findall(text):
            assert len(number.lstrip("-").replace(".", "").lstrip("0")) <= 6, f"{number} in {text}"


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_is_what_nbgrader_would_cut(name: str) -> None:
    from nbgrader.preprocessors import ClearSolutions

    solution = nbformat.read(ROOT / "solutions" / f"{name}.ipynb", as_version=4)
    released, _ = ClearSolutions().preprocess(solution, {})
    exercise = nbformat.read(ROOT / "exercises" / f"{name}.ipynb", as_version=4)
    assert [c.source for c in released.cells] == [c.source for c in exercise.cells]


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_asks_the_questions_of_its_lesson(name: str) -> None:
    asked = [grade_id for grade_id in by_grade_id(ROOT / "exercises" / f"{name}.ipynb") if grade_id.removesuffix("-check") in QUESTIONS]
    here = [q for q, question in QUESTIONS.items() if question.lesson in (name, name[:2])]
    assert here and asked == [grade_id for q in here for grade_id in (q, f"{q}-check")]
    for q, source in by_grade_id(ROOT / "exercises" / f"{name}.ipynb").items():
        if q.endswith("-check"):
            q = q.removesuffix("-check")
            assert source == f'report = bp.check("{q}", {q})\ndisplay(report)\nreport.points'


@pytest.mark.parametrize("name", NAMES)
def test_solutions_earn_all_points_and_stubs_none_with_the_import_cell_alone(name: str) -> None:
    for folder in ("solutions", "exercises"):
        notebook = ROOT / folder / f"{name}.ipynb"
        for question, source in by_grade_id(notebook).items():
            if question in QUESTIONS:
                namespace: dict[str, object] = {}
                exec(code_cells(notebook)[0].source, namespace)
                exec(source, namespace)
                report = bp.check(question, namespace[question])
                assert report.max_points == QUESTIONS[question].points
                right = folder == "solutions"
                assert (report.status, report.points) == (("correct", report.max_points) if right else ("not attempted", 0)), report


@pytest.mark.parametrize("name", NAMES)
def test_an_exercise_says_which_names_are_withheld(name: str) -> None:
    text = "\n".join(c.source for c in nbformat.read(ROOT / "exercises" / f"{name}.ipynb", as_version=4).cells)
    (sentence,) = re.findall(r"When\s+a\s+class\s+is\s+graded,((?:.|\n)*?)are\s+withheld", text)
    named = set(re.findall(r"`bp\.(\w+)`", sentence))
    assert named == {*blocked(name), "notes", "notation"}


def test_a_question_has_a_stub_with_a_docstring() -> None:
    for name in NAMES:
        for question, source in by_grade_id(ROOT / "exercises" / f"{name}.ipynb").items():
            if question in QUESTIONS:
                namespace: dict[str, object] = {"bp": bp, "np": np}
                exec(source, namespace)
                assert (namespace[question].__doc__ or "").strip().endswith(".")
                assert source.endswith("    # YOUR CODE HERE\n    raise NotImplementedError()")


def test_sources_are_jupytext_percent_without_a_header() -> None:
    for source in SOURCES:
        assert source.read_text(encoding="utf-8").startswith("# %% [markdown]\n# # "), source
        assert jupytext.read(source, fmt="py:percent").cells
