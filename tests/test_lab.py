"""backprop lab: a copy that never loses what the learner wrote, and the words after -- that are JupyterLab's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backprop import cli, folders, lab


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A little course of its own, so that the tests can change it."""
    root = tmp_path / "course"
    for name in ("lessons/01_one_neuron", "lessons/02_forward_pass", "exercises/01_one_neuron"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / f"{name}.ipynb").write_text(f'{{"it": "{name}"}}')
    monkeypatch.setattr(folders, "course_root", lambda: root)
    return root


@pytest.fixture
def jupyter(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], Path]]:
    """Catches the JupyterLab command and its folder instead of running it."""
    calls: list[tuple[list[str], Path]] = []

    def run(command: list[str], folder: Path, environment: dict[str, str]) -> int:
        calls.append((command, folder))
        return 0

    monkeypatch.setattr(lab, "run", run)
    return calls


def test_copies_lessons_and_exercises(course: Path, tmp_path: Path) -> None:
    target = lab.copy(tmp_path / "mine")
    for path in course.rglob("*.ipynb"):
        assert (target / path.relative_to(course)).read_text() == path.read_text()


def test_keeps_a_changed_file_and_says_so(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = lab.copy(tmp_path / "mine")
    mine = target / "exercises/01_one_neuron.ipynb"
    mine.write_text("my answer")
    (course / "lessons/01_one_neuron.ipynb").write_text("a better lesson")
    lab.copy(target)
    assert mine.read_text() == "my answer"
    assert (target / "lessons/01_one_neuron.ipynb").read_text() == "a better lesson"  # untouched, so it may be renewed
    assert "kept your exercises/01_one_neuron.ipynb" in capsys.readouterr().out


def test_a_file_that_was_there_before_is_kept(course: Path, tmp_path: Path) -> None:
    old = tmp_path / "mine/lessons/01_one_neuron.ipynb"
    old.parent.mkdir(parents=True)
    old.write_text("from somewhere else")
    lab.copy(tmp_path / "mine")
    assert old.read_text() == "from somewhere else"


def test_fresh_renews_one_exercise_and_keeps_the_old(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = lab.copy(tmp_path / "mine")
    mine = target / "exercises/01_one_neuron.ipynb"
    for answer in ("first try", "second try"):
        mine.write_text(answer)
        lab.copy(target, ["1"])
        assert json.loads(mine.read_text()) == {"it": "exercises/01_one_neuron"}
    assert mine.with_name("01_one_neuron.old-1.ipynb").read_text() == "first try"
    assert mine.with_name("01_one_neuron.old-2.ipynb").read_text() == "second try"
    assert "01_one_neuron.old-2.ipynb" in capsys.readouterr().out


def test_fresh_of_an_unknown_number_is_a_sentence(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(tmp_path / "mine", ["12"], False, []) == 2
    assert "there is no exercise '12'" in capsys.readouterr().err


def test_a_file_is_no_folder(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("x")
    assert lab.main(tmp_path / "notes.txt", [], False, []) == 2
    assert "is a file; name a folder" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_a_sentence(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("x")
    assert lab.main(tmp_path / "notes.txt" / "deeper", [], False, []) == 2
    assert capsys.readouterr().err.startswith("backprop lab: ")


def run_cli(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["backprop", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        (["lab", "--", "--no-browser", "elsewhere"], "backprop-course"),
        (["lab", "my course", "--", "--no-browser"], "my course"),
        (["lab"], "backprop-course"),
        (["lab", "übung", "--fresh", "01"], "übung"),
    ],
)
def test_nothing_after_two_dashes_is_the_folder(
    course: Path, jupyter: list[tuple[list[str], Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_cli(monkeypatch, *words) == 0
    command, where = jupyter[0]
    assert where == tmp_path / folder
    assert (where / "lessons/01_one_neuron.ipynb").is_file()
    after = words[words.index("--") + 1 :] if "--" in words else []
    assert [word for word in command if word in after] == after
    assert "--LabApp.default_url=/lab/tree/lessons/01_one_neuron.ipynb" in command


def test_root_is_told(
    course: Path, jupyter: list[tuple[list[str], Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for user, allowed in ((0, True), (1000, False)):
        monkeypatch.setattr(lab.os, "geteuid", lambda user=user: user, raising=False)
        assert lab.main(tmp_path / "mine", [], False, []) == 0
        assert ("--allow-root" in jupyter[-1][0]) is allowed
        assert ("You are root" in capsys.readouterr().out) is allowed


def test_in_place_opens_the_clone(jupyter: list[tuple[list[str], Path]], root: Path) -> None:
    assert lab.main(None, [], True, []) == 0
    assert jupyter[0][1] == root


def test_in_place_without_a_clone_is_a_sentence(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(None, [], True, []) == 2
    assert "--in-place needs a clone" in capsys.readouterr().err


def test_a_broken_record_loses_nothing(course: Path, tmp_path: Path) -> None:
    target = lab.copy(tmp_path / "mine")
    (target / "exercises/01_one_neuron.ipynb").write_text("my answer")
    (target / lab.RECORD).write_text("{half")
    lab.copy(target)
    assert (target / "exercises/01_one_neuron.ipynb").read_text() == "my answer"


def test_it_is_the_process_that_was_started(tmp_path: Path) -> None:
    """Ending it by its id ends JupyterLab: nothing is left behind."""
    script = (
        "import os, sys; from pathlib import Path; from backprop import lab; "
        "lab.run([sys.executable, '-c', TELL], Path(sys.argv[1]), dict(os.environ))"
    )
    tell = "import os; print(os.getpid(), os.getcwd())"
    process = subprocess.Popen([sys.executable, "-c", script.replace("TELL", repr(tell)), str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.communicate(timeout=60)[0].split() == [str(process.pid), str(tmp_path)]
