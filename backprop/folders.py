"""Where lessons, exercises and solutions lie: beside the package in a clone, inside it in an installed wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def course_root() -> Path:
    """The folder that holds lessons/, exercises/ and solutions/."""
    inside = PACKAGE / "_course"
    return inside if inside.is_dir() else PACKAGE.parent


def lessons() -> Path:
    """The folder of the ten lessons."""
    return course_root() / "lessons"


def exercises() -> Path:
    """The folder of the ten exercises."""
    return course_root() / "exercises"


def solutions() -> Path:
    """The folder of the ten solutions."""
    return course_root() / "solutions"
