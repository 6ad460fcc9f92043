"""From results to the class's table: one row a student and question, whoever handed in what."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from backprop.grade.collect import Found, Student
from backprop.grade.course import Refused
from backprop.grade.submission import How, lesson_by_name

STATUSES = (
    "correct",
    "mistake",
    "ambiguous",
    "shape",
    "unknown",
    "raised",
    "timeout",
    "memory",
    "crashed",
    "too large",
    "not attempted",
    "unreadable",
    "missing",
)
FLAGS = ("duplicate-cells", "renamed", "not-on-roster", "not-sandboxed", "overridden")


class Override(NamedTuple):
    """What an appeal decided."""

    student: str
    question: str
    points: float
    reason: str


class Hand(NamedTuple):
    """One file of a student's: the job that graded it, the lesson it holds, and (once it is its student's turn) the result."""

    found: Found
    key: str
    lesson: str
    result: dict[str, Any] = {}  # noqa: RUF012 (never written to)


class Row(NamedTuple):
    """One row of the class's table, as the store keeps it."""

    student: str
    assignment: str
    question: str
    points: float
    max_points: float
    status: str
    mistakes: str
    flags: str
    message: str
    job: str


class Table:
    """Everything that was handed in, put in order."""

    def __init__(
        self,
        hands: list[Hand],
        people: list[Student],
        students: list[str],
        how: How,
        overrides: list[Override],
        result: Callable[[str], dict[str, Any]],
    ) -> None:
        self.how = how
        self.result = result
        self.count = 0
        self.handed_in: set[str] = set()
        self.taken: set[tuple[str, str]] = set()
        self.rostered = {person.student for person in people}
        self.has_roster = bool(people)
        extra = [name for name in students if name not in self.rostered]
        self.people = [*people, *(Student(name) for name in extra)]
        self.of: dict[str, list[Hand]] = {}
        for hand in hands:
            self.of.setdefault(hand.found.student, []).append(hand)
        self.lessons = self._lessons(hands)
        self.overrides = {(one.student, one.question): one for one in overrides}

    def _lessons(self, hands: list[Hand]) -> dict[str, list[str]]:
        """assignment → its lessons. A folder that bears a lesson's name asks for that lesson, whatever else lies in it."""
        lessons: dict[str, set[str]] = {}
        for hand in hands:
            found, lesson = hand.found.assignment, hand.lesson
            only = found if found in self.how.questions else lesson
            if found or lesson:
                lessons.setdefault(found or lesson, set()).update({only} if only else ())
        order = list(self.how.questions)
        return {name: sorted(lessons[name], key=order.index) for name in sorted(lessons)}

    def rows(self) -> Iterator[Row]:
        """Every row, one student after the other; their results are looked up only then."""
        for person in self.people:
            hands = [hand._replace(result=self.result(hand.key)) for hand in self.of.get(person.student, [])]
            for row in self._of_student(person, hands):
                self.count += 1
                self.handed_in |= {row.student} if row.status != "missing" else set()
                yield row

    def _of_student(self, person: Student, handed_in: list[Hand]) -> Iterator[Row]:
        for assignment, lessons in self.lessons.items():
            hands = [hand for hand in handed_in if hand.found.assignment in ("", assignment)]
            for lesson in lessons:
                for question, most in self.how.questions[lesson].items():
                    yield self._row(person.student, assignment, question, most, hands)
            if not lessons:
                yield from self._nameless(person.student, assignment, hands)
        if not self.lessons:
            yield from self._nameless(person.student, "", handed_in)

    def _row(self, student: str, assignment: str, question: str, most: float, hands: list[Hand]) -> Row:
        answers = [(hand, row) for hand in hands for row in hand.result.get("rows", []) if row["question"] == question]
        if answers:
            hand, row = max(answers, key=lambda answer: self._worth(*answer))
            flags = [*hand.result.get("flags", []), *row.get("flags", [])]
            return self._overridden(self._made(student, assignment, row, flags, hand.key))
        return self._overridden(self._made(student, assignment, _unanswered(question, most, assignment, hands), [], ""))

    def _worth(self, hand: Hand, row: dict[str, Any]) -> tuple[float, int, bool, str]:
        """Of several notebooks with the same question, the best answer counts; a tie goes to the one with the right name."""
        right_name = bool(lesson_by_name(hand.found.path, self.how)) and not hand.result.get("flags")
        return row["points"], -STATUSES.index(row["status"]), right_name, hand.found.path

    def _made(self, student: str, assignment: str, row: dict[str, Any], flags: list[str], key: str) -> Row:
        marks = {
            *flags,
            *(["not-on-roster"] if self.has_roster and student not in self.rostered else []),
            *(["not-sandboxed"] if key and not self.how.sandboxed else []),
        }
        ordered = ";".join(flag for flag in FLAGS if flag in marks)
        mistakes = ";".join(row["mistakes"])
        numbers = row["points"], row["max_points"]
        return Row(student, assignment, row["question"], *numbers, row["status"], mistakes, ordered, row["message"], key)

    def _overridden(self, row: Row) -> Row:
        one = self.overrides.get((row.student, row.question))
        if one is None:
            return row
        self.taken.add((row.student, row.question))
        if one.points > row.max_points:
            raise Refused(f"The override of {one.student}, {one.question} gives {one.points:g} points; the most is {row.max_points:g}.")
        flags = ";".join(filter(None, [row.flags, "overridden"]))
        return row._replace(points=one.points, flags=flags, message=f"{row.message}\nPoints set by the instructor: {one.reason}".strip())

    def unused(self) -> list[Override]:
        """The overrides that no row took."""
        return [one for key, one in self.overrides.items() if key not in self.taken]

    def _nameless(self, student: str, assignment: str, hands: list[Hand]) -> Iterator[Row]:
        """Files of which nobody knows what they ask: one row without a question, so that nothing handed in is lost."""
        for hand in hands[:1]:
            row = {"question": "", "points": 0.0, "max_points": 0.0, "mistakes": [], **_problem(hand)}
            yield self._made(student, assignment, row, [], hand.key)


def _problem(hand: Hand) -> dict[str, str]:
    return {"status": hand.result.get("status") or "unreadable", "message": hand.result.get("message", "")}


def _unanswered(question: str, most: float, assignment: str, hands: list[Hand]) -> dict[str, Any]:
    """The row of a question for which a student has no answer: a file that could not be read, or nothing."""
    row: dict[str, Any] = {"question": question, "points": 0.0, "max_points": most, "mistakes": []}
    troubled = [hand for hand in hands if hand.result.get("status") and not hand.result.get("rows")]
    other = [hand for hand in hands if hand.found.assignment == assignment and hand.result.get("lesson")]
    if troubled:
        return row | _problem(troubled[0])
    if other and len({hand.result["lesson"] for hand in other}) == len(hands) and assignment:
        held = ", ".join(sorted({hand.result["lesson"] for hand in other}))
        return row | {"status": "missing", "message": f"No notebook with this question was handed in; what was handed in is {held}."}
    return row | {"status": "missing", "message": "Nothing was handed in."}


def overrides(path: Path) -> list[Override]:
    """The appeals in a csv file: student, question, points, reason."""
    try:
        lines = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(f"The overrides {path} cannot be read: {error}.") from None
    if lines and not {"student", "question", "points", "reason"} <= set(lines[0]):
        raise Refused(f"The overrides {path} must be a csv with the columns student, question, points, reason.")
    return [_override(line, path) for line in lines]


def _override(line: dict[str, str | None], path: Path) -> Override:
    student, question, points, reason = ((line[name] or "").strip() for name in ("student", "question", "points", "reason"))
    try:
        value = float(points)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf or not student or not question:
        raise Refused(f"The overrides {path} have a line that is not student, question, points (a number from 0 up), reason: {line}.")
    return Override(student, question, value, reason)
