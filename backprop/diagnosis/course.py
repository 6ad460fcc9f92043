"""What an instructor's `backprop.toml` says about hints, solutions and points; without one, all is on and the points are ours."""

from __future__ import annotations

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
            try:
                return tomllib.loads(file.read_text(encoding="utf-8"))
            except tomllib.TOMLDecodeError as error:
                raise ValueError(f"{file} is not valid TOML: {error}. Mend it or remove it.") from None
    return {}


def allowed(what: str) -> bool:
    """Whether `hints` or `solutions` are switched on here."""
    return bool(settings().get(what, True))


def points_of(question: str, start: Path | None = None) -> float:
    """The points of a question, the course's own or the instructor's."""
    return float(settings(start).get("points", {}).get(question, QUESTIONS[question].points))
