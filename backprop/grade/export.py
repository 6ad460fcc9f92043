"""The files an instructor gets: grades.csv, summary.csv in nbgrader's columns, and what Canvas and Moodle import."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from backprop.folders import write
from backprop.grade.collect import Student
from backprop.grade.store import Store

GRADES = ("student", "assignment", "question", "points", "max_points", "status", "mistakes", "flags")
SUMMARY = (
    "assignment duedate timestamp student_id last_name first_name email raw_score late_submission_penalty score max_score".split()
)  # nbgrader 0.9.6, plugins/export.py
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Total(NamedTuple):
    """A student's points in an assignment."""

    person: Student
    assignment: str
    points: float
    max_points: float


def number(value: float) -> str:
    """A number of points as text: 2, 1.5, 0.3333333333."""
    return f"{value:.10g}"


def safe(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    if isinstance(value, int | float):
        return number(value)
    text = str(value)
    return f"'{text}" if text.lstrip().startswith(FORMULA) or text.startswith(FORMULA) else text


def write_csv(path: Path, names: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
    """A CSV file of `names` and `rows`, safe to open in a spreadsheet."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow([safe(name) for name in names])
    table.writerows([safe(value) for value in row] for row in rows)
    write(path, text.getvalue().encode("utf-8"))


def totals(store: Store) -> list[Total]:
    """Every student's points in every assignment."""
    people = {person.student: person for person in store.people()}
    sums: dict[tuple[str, str], list[float]] = {}
    for row in store.grades():
        both = sums.setdefault((row["student"], row["assignment"]), [0.0, 0.0])
        both[0] += row["points"]
        both[1] += row["max_points"]
    return [Total(people[student], assignment, *both) for (student, assignment), both in sums.items()]


def grades_csv(store: Store, folder: Path) -> None:
    """grades.csv: one row per question and student."""
    write_csv(folder / "grades.csv", GRADES, ([row[name] for name in GRADES] for row in store.grades()))


def summary_csv(store: Store, folder: Path) -> None:
    """summary.csv: one row per assignment and student, in nbgrader's columns."""
    rows = [
        [one.assignment, "", "", who.student, who.last_name, who.first_name, who.email, one.points, 0.0, one.points, one.max_points]
        for one in sorted(totals(store), key=lambda one: one.assignment)
        for who in [one.person]
    ]
    write_csv(folder / "summary.csv", SUMMARY, rows)


def _by_student(store: Store) -> tuple[dict[str, float], list[tuple[Student, dict[str, float]]]]:
    """The assignments with their points, and each student with what they got in each."""
    most: dict[str, float] = {}
    got: dict[str, tuple[Student, dict[str, float]]] = {}
    for one in totals(store):
        most[one.assignment] = one.max_points
        got.setdefault(one.person.student, (one.person, {}))[1][one.assignment] = one.points
    return dict(sorted(most.items())), list(got.values())


def _name(person: Student) -> str:
    both = ", ".join(filter(None, [person.last_name, person.first_name]))
    return both or person.student


def canvas(store: Store, folder: Path) -> None:
    """canvas.csv, for Canvas' Gradebook → Import: rows are matched by ID, or by SIS Login ID where the roster gives no id."""
    most, students = _by_student(store)
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *most)
    rows: list[list[Any]] = [["    Points Possible", "", "", "", "", *most.values()]]
    rows += [[_name(who), who.id, "", who.student, "", *(got.get(name, 0.0) for name in most)] for who, got in students]
    write_csv(folder / "canvas.csv", head, rows)


def moodle(store: Store, folder: Path) -> None:
    """moodle.csv, for Moodle's Grades → Import → CSV file: rows are matched by any of the first three columns."""
    most, students = _by_student(store)
    head = ("Username", "ID number", "Email address", "First name", "Last name", *most)
    people = [
        [who.student, who.id, who.email, who.first_name, who.last_name, *(got.get(name, 0.0) for name in most)] for who, got in students
    ]
    write_csv(folder / "moodle.csv", head, people)


FORMATS = {"canvas": canvas, "moodle": moodle}


def tidy(folder: Path) -> None:
    """Takes away what a run that was killed left half written."""
    shutil.rmtree(folder / ".unpacked", ignore_errors=True)
    for name in ("grades", "summary", *FORMATS):
        for path in folder.glob(f".{name}.csv.*"):
            path.unlink(missing_ok=True)


def everything(store: Store, folder: Path, form: str = "") -> None:
    """grades.csv and summary.csv, and the platform's file if one is asked for."""
    grades_csv(store, folder)
    summary_csv(store, folder)
    if form:
        FORMATS[form](store, folder)
