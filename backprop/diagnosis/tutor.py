"""`hint`, `solution` and `progress`: what helps a learner besides `check`."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backprop.diagnosis import course, diagnose
from backprop.diagnosis.questions import HINTS, QUESTIONS
from backprop.folders import solutions

_given: dict[str, int] = {}  # how many hints on each question were given in this session


class Text(str):
    """A text that a notebook shows as it is, without quotes."""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f'<div role="note" style="white-space:pre-wrap">{html.escape(self)}</div>'


class Source(Text):
    """Source text: in a notebook its letters stand under one another."""

    def _repr_html_(self) -> str:
        return f'<pre role="note" tabindex="0">{html.escape(self)}</pre>'


def hint(question: str) -> Text:
    """One hint further with each call: where to look, which rule, its shape, the line with a gap.

    question is an id such as "hidden_error". Returns a text (no units). Raises ValueError for an unknown question id. Source: the lessons.
    """
    diagnose.known(question)
    if not course.allowed("hints"):
        return Text("Hints are switched off in this course; the lesson of the same number has the rule.")
    steps = HINTS[question]
    step = min(_given.get(question, 0), len(steps) - 1)
    _given[question] = step + 1
    last = "" if step + 1 < len(steps) else f"\nThis was the last hint; bp.solution({question!r}) shows the solution."
    return Text(f"Hint {step + 1} of {len(steps)}: {steps[step]}{last if course.allowed('solutions') else ''}")


def solution(question: str) -> Text:
    """The solution of a question, as source text, on demand only.

    question is an id such as "hidden_error". Returns a text (no units). Raises ValueError for an unknown question id. Source: solutions/.
    """
    diagnose.known(question)
    if not course.allowed("solutions"):
        return Text("Solutions are switched off in this course.")
    file = solutions() / f"{QUESTIONS[question].lesson}.ipynb"
    if not file.is_file():
        return Text(f"The solutions are not here: {file.name} was not found in {file.parent.name}/.")
    return Source(_answer_cell(json.loads(file.read_text(encoding="utf-8")), question))


def _answer_cell(notebook: Mapping[str, Any], question: str) -> str:
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == question:
            lines = "".join(cell["source"]).splitlines()
            return "\n".join(line for line in lines if "SOLUTION" not in line)
    return f"No cell of the solution is named {question}."


@dataclass(frozen=True)
class Progress:
    """The questions of the exercises begun in this session: (lesson, question, points, max_points, status) each; no units."""

    rows: tuple[tuple[str, str, float, float, str], ...]

    @property
    def points(self) -> float:
        """The points so far."""
        return sum(row[2] for row in self.rows)

    def __str__(self) -> str:
        wide = max((len(row[0]) for row in self.rows), default=0)
        long = max((len(row[1]) for row in self.rows), default=0)
        lines = [
            f"{lesson:<{wide}}  {question:<{long}}  {points:>6.4g} of {most:<4.4g}  {status}"
            for lesson, question, points, most, status in self.rows
        ]
        return "\n".join([*lines, f"Together {self.points:.4g} of {sum(row[3] for row in self.rows):.4g} points."])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(lesson)}</td><th scope='row'><code>{html.escape(question)}</code></th>"
            f"<td>{points:.4g} of {most:.4g}</td><td>{html.escape(status)}</td></tr>"
            for lesson, question, points, most, status in self.rows
        )
        head = "".join(f"<th scope='col'>{word}</th>" for word in ("exercise", "question", "points", "status"))
        total = f"Together {self.points:.4g} of {sum(row[3] for row in self.rows):.4g} points"
        return f"<table><caption>{total}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def progress() -> Progress:
    """The questions, points and statuses of every exercise begun in this session; of all exercises before the first check.

    Returns a Progress, which shows itself as text or HTML (no units). Raises nothing. Source: the last `check` of each question.
    """
    reports = diagnose.reports()
    begun = {QUESTIONS[id].lesson for id in reports} or {q.lesson for q in QUESTIONS.values()}
    return Progress(tuple(_row(id, reports) for id, q in QUESTIONS.items() if q.lesson in begun))


def _row(id: str, reports: Mapping[str, Any]) -> tuple[str, str, float, float, str]:
    report = reports.get(id)
    lesson = QUESTIONS[id].lesson
    if report is None:
        return lesson, id, 0.0, course.points_of(id), "not attempted"
    return lesson, id, report.points, report.max_points, report.status
