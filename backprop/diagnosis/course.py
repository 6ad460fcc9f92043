"""What an instructor's `backprop.toml` says about hints, solutions and points; without one, all is on and the points are ours."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

from backprop.diagnosis.questions import QUESTIONS


def settings(start: Path | None = None) -> dict[str, Any]:
    """The nearest backprop.toml from here upwards, as a dictionary; {} where there is none."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        file = folder / "backprop.toml"
        if file.is_file():
            return _read(file)
    return {}


def _read(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{file} is not valid TOML: {error}. Mend it or remove it.") from None
    points = table.get("points", {})
    if not isinstance(points, dict) or not all(type(value) in (int, float) and 0 <= value < math.inf for value in points.values()):
        raise ValueError(f"{file}: [points] must hold one line a question, such as hidden_error = 2, with numbers from 0 up.")
    return table


def allowed(what: str) -> bool:
    """Whether `hints` or `solutions` are switched on here."""
    return bool(settings().get(what, True))


def points_of(question: str, start: Path | None = None) -> float:
    """The points of a question, the course's own or the instructor's."""
    return float(settings(start).get("points", {}).get(question, QUESTIONS[question].points))
