"""What an assignment asks for: its questions, their points, and the exercises as they were handed out."""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from backprop.folders import exercises, trouble


class Refused(Exception):
    """The command cannot go on; the sentence says why and what to do."""


@contextlib.contextmanager
def refusing(kept: str) -> Iterator[None]:
    """Makes a sentence of what the machine refuses, such as a full disk or a damaged file; `kept` says what stands."""
    try:
        yield
    except OSError as error:
        raise Refused(f"{trouble(error)} {kept}") from None
    except sqlite3.Error as error:
        raise Refused(f"The file of results cannot be used: {error}. {kept}") from None


def finished(work: Callable[[], str], kept: str) -> int:
    """A command's exit status: 0 when its work is done, and what it returns is printed; 2 and a sentence where it cannot be."""
    try:
        with refusing(kept):
            said = work()
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 2
    print(said)
    return 0


class Course(NamedTuple):
    """questions: lesson → {question id: points}."""

    questions: dict[str, dict[str, float]]

    @property
    def lesson_of(self) -> dict[str, str]:
        return {question: lesson for lesson, asked in self.questions.items() for question in asked}


def course(folder: Path | None = None) -> Course:
    """The questions with their points: the package's own, or those of a course's backprop.toml."""
    from backprop.diagnosis import QUESTIONS

    own = _points(folder) if folder else {}
    unknown = sorted(set(own) - set(QUESTIONS))
    if unknown:
        raise Refused(f"{folder}/backprop.toml gives points to {', '.join(unknown)}, which is no question of this course.")
    questions: dict[str, dict[str, float]] = {}
    for id, question in QUESTIONS.items():
        questions.setdefault(question.lesson, {})[id] = float(own.get(id, question.points))
    return Course(questions)


def _points(folder: Path) -> dict[str, float]:
    place = folder / "backprop.toml" if folder.is_dir() else folder
    try:
        table = tomllib.loads(place.read_text(encoding="utf-8")).get("points", {})
    except OSError as error:
        raise Refused(f"{place} cannot be read: {error.strerror}. --course takes the folder that `backprop course` made.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"{place} is not TOML: {error}.") from None
    if not isinstance(table, dict) or not all(_is_points(value) for value in table.values()):
        raise Refused(f"{place}: [points] must hold one line a question, such as hidden_error = 2, with numbers from 0 up.")
    return {question: float(value) for question, value in table.items()}


def _is_points(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


@cache
def demos(lesson: str) -> frozenset[str]:
    """The cells of an exercise, as handed out, that are tagged demo."""
    try:
        cells = json.loads((exercises() / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return frozenset()
    return frozenset("".join(cell["source"]).strip() for cell in cells if "demo" in cell.get("metadata", {}).get("tags", []))
