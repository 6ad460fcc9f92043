"""Hints one step further each time, solutions on demand, progress, and an instructor's backprop.toml."""

from __future__ import annotations

import json

import pytest
from right_answers import RIGHT

from backprop.diagnosis import QUESTIONS, check, diagnose, hint, progress, solution, tutor
from backprop.diagnosis.questions import HINTS
from backprop.folders import solutions


@pytest.fixture(autouse=True)
def fresh(monkeypatch, tmp_path):
    monkeypatch.setattr(tutor, "_given", {})
    monkeypatch.setattr(diagnose, "_reports", {})
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("question", QUESTIONS)
def test_hints_go_one_step_further_and_end(question):
    assert question in HINTS, f"backprop/diagnosis/questions.py has no hints on {question} yet"
    seen = [str(hint(question)) for _ in range(5)]
    steps = int(seen[0].split(" of ")[1][0])
    assert 3 <= steps <= 4 and len(set(seen)) == steps
    assert "____" in seen[steps - 1] and seen[steps - 1] == seen[-1]
    assert "\nThis was the last hint" in seen[-1] and "last hint" not in seen[0]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_solution_of_every_question_is_there_and_passes(question):
    text = str(solution(question))
    assert f"def {question}(" in text and "SOLUTION" not in text and "NotImplementedError" not in text
    assert solution(question)._repr_html_().startswith("<pre")  # code, whose columns stand
    first = next(
        c for c in json.loads((solutions() / f"{QUESTIONS[question].lesson}.ipynb").read_text())["cells"] if c["cell_type"] == "code"
    )
    scope: dict[str, object] = {}
    exec("".join(first["source"]), scope)
    exec(text, scope)
    report = check(question, scope[question])
    assert report.correct, str(report)


@pytest.mark.parametrize("tell", [hint, solution])
def test_an_unknown_question_is_refused(tell):
    with pytest.raises(ValueError, match="did you mean softmax"):
        tell("softmaxx")


def test_an_instructor_can_switch_both_off_and_set_points(tmp_path, monkeypatch):
    (tmp_path / "backprop.toml").write_text("hints = false\nsolutions = false\n[points]\nbias_gradient = 7\n")
    (tmp_path / "exercises").mkdir()
    monkeypatch.chdir(tmp_path / "exercises")
    assert "switched off" in hint("softmax") and "switched off" in solution("softmax") and "def" not in solution("softmax")
    report = check("bias_gradient", RIGHT["bias_gradient"])
    assert (report.points, report.max_points) == (7, 7)
    assert check("bias_gradient", RIGHT["bias_gradient"], points=3).max_points == 3


def test_progress_shows_the_exercises_begun():
    assert len(progress().rows) == len(QUESTIONS) and progress().points == 0
    check("bias_gradient", RIGHT["bias_gradient"])
    check("weight_gradient", lambda a, d: d.T @ a)
    begun = {id: question.points for id, question in QUESTIONS.items() if question.lesson == "05_gradient_rules"}
    want = {id: (0, most, "not attempted") for id, most in begun.items()}
    want |= {"bias_gradient": (1, 1, "correct"), "weight_gradient": (0, 1, "mistake")}
    assert {row[1]: row[2:] for row in progress().rows} == want
    assert f"Together 1 of {sum(begun.values()):g} points." in str(progress())
    assert "<th scope='row'><code>weight_gradient</code></th>" in progress()._repr_html_()
