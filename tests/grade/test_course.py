"""The ten exercises as they are handed out: solutions earn all, stubs nothing, and nbgrader's own four commands take them."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from classroom import grade, rows

from backprop.diagnosis import QUESTIONS, check
from backprop.folders import exercises, solutions
from backprop.grade import names
from backprop.grade.sandbox import Limits
from backprop.grade.session import Session
from backprop.grade.submission import call

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


SIGMOID = "    s = 1 / (1 + np.exp(-z))\n"
ANSWERS = [
    ("output_error", "def output_error(z, y):\n" + SIGMOID + "    return (s - y) * s * (1 - s)\n"),
    ("output_error", "def output_error(z, y):\n" + SIGMOID + "    return s - y\n"),
    ("output_error", "def output_error(z, y):\n" + SIGMOID + "    return ((s - y) * s * (1 - s)).tolist()\n"),
    ("output_error", "def output_error(z, y):\n" + SIGMOID + "    return ((s - y) * s * (1 - s)).astype(np.float32)\n"),
    ("output_error", "def output_error(z, y):\n    return np.zeros_like(z)\n"),
    ("output_error", "def output_error(z, y):\n    return 'delta'\n"),
    ("output_error", "def output_error(z, y):\n    return {1: z}\n"),
    ("output_error", "def output_error(z, y):\n    pass\n"),
    ("output_error", "def output_error(z, y):\n    z *= 0\n    return z\n"),
    ("output_error", "def output_error(z, y):\n    return z @ y\n"),
    ("output_error", "def output_error(z, y):\n    return np.random.randn(*z.shape)\n"),
    ("output_error", "def output_error(z, y):\n    raise NotImplementedError\n"),
    ("hidden_error", "def hidden_error(d, W, z):\n" + SIGMOID + "    return (d @ W) * s * (1 - s)\n"),
    ("hidden_error", "def hidden_error(d, W, z):\n    return d @ W.T\n"),
    ("layer_forward", "def layer_forward(a, W, b):\n    z = a @ W + b\n    a = z\n    a[:] = 1 / (1 + np.exp(-a))\n    return z, a\n"),
    ("bias_gradient", "def bias_gradient(delta):\n    return delta.sum(0, keepdims=True)\n"),
    ("bias_gradient", "def bias_gradient(delta):\n    return delta.mean(0)\n"),
    ("gradient_step", "def gradient_step(p, g, eta):\n    for a, b in zip(p, g):\n        a -= eta * b\n    return p\n"),
    ("gradient_step", "def gradient_step(p, g, eta):\n    return [a + eta * b for a, b in zip(p, g)]\n"),
    ("fit_partial", "def fit_partial(W, x, y, alpha):\n    W[0] -= alpha\n    return W\n"),
    ("complex_step_gradient", "def complex_step_gradient(f, theta):\n    return np.array(f(theta)) * theta\n"),
    ("find_the_slip", "def find_the_slip():\n    return {}\n"),
]


@pytest.mark.sandbox
@pytest.mark.parametrize("number", range(len(ANSWERS)), ids=[f"{number}-{ANSWERS[number][0]}" for number in range(len(ANSWERS))])
def test_the_grader_says_what_check_says(number: int, need_bwrap: str) -> None:
    question, source = ANSWERS[number]
    own: dict[str, Any] = {}
    exec("import numpy as np\n" + source, own)
    here = check(question, own[question], 3)
    cells = [("cell 1", "import numpy as np\n" + source)]
    with Session(cells, [question], names.given(QUESTIONS[question].lesson), Limits(), True) as session:
        there = check(question, partial(call, session, question), 3)
    for name in ("status", "points", "max_points", "mistakes", "candidates", "parts", "compared", "readings"):
        assert getattr(there, name) == getattr(here, name), name
    assert here.status == "raised" or there.message == here.message


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
