"""The ten exercises as they are handed out: solutions earn all, stubs nothing, and nbgrader's own four commands take them."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from classroom import grade, rows

from backprop.diagnosis import QUESTIONS
from backprop.folders import exercises, solutions
from backprop.grade import names

LESSONS = sorted(path.stem for path in solutions().glob("[0-9]*.py"))


@pytest.mark.sandbox
def test_solutions_earn_all_and_stubs_nothing(tmp_path: Path, need_bwrap: str) -> None:
    for lesson in LESSONS:
        for student, folder in (("all", solutions()), ("none", exercises())):
            place = tmp_path / "in" / student / lesson
            place.mkdir(parents=True)
            shutil.copy(folder / f"{lesson}.ipynb", place)
    grade(tmp_path / "in", tmp_path / "out")
    got = {(row["student"], row["question"]): (row["status"], float(row["points"]), row["flags"]) for row in rows(tmp_path / "out")}
    assert got == {
        **{("all", id): ("correct", float(question.points), "") for id, question in QUESTIONS.items()},
        **{("none", id): ("not attempted", 0.0, "") for id in QUESTIONS},
    }


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_exercise_says_what_is_withheld_when_it_is_graded(lesson: str) -> None:
    cells = json.loads((exercises() / f"{lesson}.ipynb").read_text(encoding="utf-8"))["cells"]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    missing = [name for name in names.blocked(lesson) if f"bp.{name}" not in prose]
    assert missing == []


def nbgrader(folder: Path, *words: str) -> str:
    """Runs a command of nbgrader's as its documentation says; its own scripts must be on the PATH."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"PATH": path, "PYTHONWARNINGS": "ignore", "JUPYTER_CONFIG_DIR": str(folder / ".jupyter"), "IPYTHONDIR": str(folder / ".ipython")}
    line = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(line, cwd=folder, env=os.environ | own, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


COMMANDS = [
    ["generate_assignment", "01_one_neuron", "--create"],
    ["autograde", "01_one_neuron", "--create"],
    ["generate_feedback", "01_one_neuron"],
    ["export"],
]
WRONG = "def neuron_gradient(w, b, x, y):\n    a = bp.sigmoid.f(w * x + b)\n    return ((a - y) * x).sum(), (a - y).sum()\n"


def test_the_instructors_page_gives_the_same_four_commands(root: Path) -> None:
    page = (root / "site" / "instructors.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```bash\n(.*?)^```", page, re.M | re.S)
    assert [line.split()[1:] for line in block.splitlines()] == COMMANDS


def test_the_four_commands_of_nbgrader(tmp_path: Path) -> None:
    lesson = "01_one_neuron"
    place = tmp_path / "source" / lesson
    place.mkdir(parents=True)
    shutil.copy(solutions() / f"{lesson}.ipynb", place)
    nbgrader(tmp_path, *COMMANDS[0])
    released = json.loads((tmp_path / "release" / lesson / f"{lesson}.ipynb").read_text())
    assert "BEGIN SOLUTION" not in json.dumps(released) and "NotImplementedError" in json.dumps(released)
    solved = json.loads((solutions() / f"{lesson}.ipynb").read_text())
    right = {cell["metadata"]["nbgrader"]["grade_id"]: cell["source"] for cell in solved["cells"] if "nbgrader" in cell["metadata"]}
    for student, answers in (("ann", right), ("bob", right | {"neuron_gradient": WRONG}), ("cid", {})):
        for cell in released["cells"]:
            id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            cell["source"] = answers.get(id, cell["source"])
        handed_in = tmp_path / "submitted" / student / lesson
        handed_in.mkdir(parents=True)
        (handed_in / f"{lesson}.ipynb").write_text(json.dumps(released))
        released = json.loads((tmp_path / "release" / lesson / f"{lesson}.ipynb").read_text())
    for words in COMMANDS[1:]:
        nbgrader(tmp_path, *words)
    scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader((tmp_path / "grades.csv").read_text().splitlines())}
    assert scores == {"ann": 3.0, "bob": 1.0, "cid": 0.0}
    assert (tmp_path / "feedback" / "bob" / lesson / f"{lesson}.html").stat().st_size > 10_000
