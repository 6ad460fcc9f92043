"""`backprop check` and `backprop course`, run as commands: what an answer does ends its question, not the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backprop.diagnosis import QUESTIONS, solution
from backprop.diagnosis.shell import course, read_points, report_of
from backprop.folders import exercises, solutions

HERE = ("bias_gradient", "weight_gradient")  # what these tests ask of exercise 05
FIVE = [id for id, question in QUESTIONS.items() if question.lesson == "05_gradient_rules"]  # all that it asks


def notebook(path: Path, **answers: str) -> Path:
    """A notebook with these answer cells, one a question; what exercise 05 asks besides is answered rightly."""
    answers |= {id: str(solution(id)) for id in FIVE if id not in HERE}
    cells = [{"cell_type": "code", "metadata": {}, "source": "import numpy as np\nimport backprop as bp"}]
    for id, source in answers.items():
        meta = {"nbgrader": {"grade_id": id, "solution": True, "grade": False}} if id in QUESTIONS else {}
        cells.append({"cell_type": "code", "metadata": meta, "source": source.splitlines(True)})
        if meta:
            check = {"nbgrader": {"grade_id": f"{id}-check", "solution": False, "grade": True}}
            cells.append({"cell_type": "code", "metadata": check, "source": f'report = bp.check("{id}", {id})\nraise SystemExit'})
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def backprop(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "backprop.cli", *map(str, args)], capture_output=True, text=True, timeout=120)


def statuses(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {row["question"]: row["status"] for row in json.loads(done.stdout) if row["question"] in (*HERE, "notebook")}


def test_a_solution_is_all_correct_and_the_exit_status_0():
    done = backprop("check", solutions() / "05_gradient_rules.ipynb")
    assert done.returncode == 0, done.stdout
    points = sum(QUESTIONS[id].points for id in FIVE)
    assert done.stdout.count("correct") == len(FIVE) >= 2 and f"Together {points:g} of {points:g} points." in done.stdout


def test_an_untouched_exercise_is_not_attempted_and_the_exit_status_1():
    done = backprop("check", "--json", exercises() / "05_gradient_rules.ipynb")
    assert done.returncode == 1
    rows = json.loads(done.stdout)
    assert [(row["question"], row["status"], row["points"]) for row in rows] == [(id, "not attempted", 0) for id in FIVE]


ENDINGS = {
    "while True: pass": "timeout",
    "import sys; sys.exit(3)": "raised",
    "import os; os._exit(0)": "crashed",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "crashed",
    "return np.ones((40_000, 40_000)).sum(axis=0)": "memory",
    "print('x' * 100_000_000); return delta.sum(axis=0)": "correct",
    "return delta.mean(axis=0)": "ambiguous",
    "return deltas.sum(axis=0)": "raised",
}


@pytest.mark.parametrize("body", ENDINGS)
def test_whatever_an_answer_does_ends_that_question_only(tmp_path, body):
    answers = {
        "bias_gradient": f"def bias_gradient(delta):\n    {body}",
        "weight_gradient": "def weight_gradient(a, d):\n    return a.T @ d",
    }
    done = backprop("check", "--json", "--timeout", 6, "--memory-mb", 1500, notebook(tmp_path / "x.ipynb", **answers))
    assert statuses(done) == {"bias_gradient": ENDINGS[body], "weight_gradient": "correct"}, done.stderr
    assert done.returncode == (0 if ENDINGS[body] == "correct" else 1)


def test_a_cell_that_never_ends_or_ends_the_process_costs_its_question(tmp_path):
    answers = {"bias_gradient": "while True: pass\ndef bias_gradient(delta): pass", "weight_gradient": "import sys\nsys.exit()"}
    done = backprop("check", "--json", "--timeout", 5, notebook(tmp_path / "x.ipynb", **answers))
    assert statuses(done) == {"bias_gradient": "timeout", "weight_gradient": "raised"}


def test_answers_may_use_each_other_and_helper_cells_but_no_slow_cell_runs(tmp_path):
    answers = {
        "slow": "import time\ntime.sleep(60)",
        "helper": "total = sum\ndef add(a):\n    return a.sum(axis=0)\nmade = dict(axis=0)",
        "bias_gradient": "%matplotlib inline\ndef bias_gradient(delta):\n    return add(delta)",
        "weight_gradient": "def weight_gradient(a_in, delta):\n    assert bias_gradient(delta).any()\n    return a_in.T @ delta",
    }
    done = backprop("check", "--json", "--timeout", 20, notebook(tmp_path / "x.ipynb", **answers))
    assert statuses(done) == {"bias_gradient": "correct", "weight_gradient": "correct"}


def test_a_name_made_by_a_call_is_found_on_a_second_look(tmp_path):
    answers = {"setup": "keep = dict(axis=0)", "bias_gradient": "def bias_gradient(delta):\n    return delta.sum(**keep)"}
    done = backprop("check", "--json", "--timeout", 20, notebook(tmp_path / "x.ipynb", **answers))
    assert statuses(done) == {"bias_gradient": "correct", "weight_gradient": "missing"}


def test_what_is_no_notebook_is_said(tmp_path):
    (tmp_path / "broken.ipynb").write_text("{")
    assert statuses(backprop("check", "--json", tmp_path / "broken.ipynb")) == {"notebook": "unreadable"}
    done = backprop("check", tmp_path / "nothing.ipynb")
    assert done.returncode == 2 and "nothing.ipynb" in done.stderr


def test_reports_survive_the_way_through_json():
    from loop_answers import ANSWERS

    from backprop.diagnosis import check

    report = check("neuron_gradient", ANSWERS["neuron_gradient"]["bias-times-input"], 1)
    assert report_of(json.loads(json.dumps(report.to_dict()))) == report


# --- course ---


def test_the_folder_to_hand_out(tmp_path):
    (tmp_path / "points.csv").write_text("question,points\nhidden_error,5\nsoftmax,0.5\n")
    done = backprop("course", tmp_path / "class", "--no-solutions", "--points", tmp_path / "points.csv")
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "class").iterdir()) == ["backprop.toml", "exercises", "lessons"]
    given = sorted(path.name for path in (tmp_path / "class" / "exercises").glob("*.ipynb"))
    assert given == sorted(path.name for path in exercises().glob("*.ipynb")) and len(given) >= 10
    cells = json.loads((tmp_path / "class" / "exercises" / "04_hidden_error.ipynb").read_text())["cells"]
    marks = {c["metadata"]["nbgrader"]["grade_id"]: c["metadata"]["nbgrader"].get("points") for c in cells if "nbgrader" in c["metadata"]}
    assert marks["hidden_error-check"] == 5 and marks["hidden_error_by_node-check"] == 2
    done = backprop("check", "--json", tmp_path / "class" / "exercises" / "04_hidden_error.ipynb")
    assert [(row["question"], row["max_points"]) for row in json.loads(done.stdout)] == [("hidden_error", 5), ("hidden_error_by_node", 2)]
    script = "import backprop as bp; print(bp.solution('softmax')); print(bp.hint('softmax'))"
    said = subprocess.run([sys.executable, "-c", script], cwd=tmp_path / "class" / "lessons", capture_output=True, text=True).stdout
    assert "switched off" in said.splitlines()[0] and said.splitlines()[1].startswith("Hint 1")


def test_with_solutions_and_never_over_something(tmp_path, capsys):
    assert course(tmp_path / "class") == 0
    assert (tmp_path / "class" / "solutions" / "01_one_neuron.ipynb").is_file()
    assert course(tmp_path / "class") == 2 and "not empty" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("question,points\nsoftmaxx,1\n", "no question 'softmaxx'"),
        ("question,points\nsoftmax,-1\n", "from 0 up"),
        ("a,b\n1,2\n", "columns"),
    ],
)
def test_points_that_make_no_sense_are_refused(tmp_path, text, words):
    (tmp_path / "points.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        read_points(tmp_path / "points.csv")
