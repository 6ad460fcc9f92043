"""A full disk, a folder that nobody may write, no home, odd paths, narrow terminals and none: each command says so, and nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import backprop
from backprop import cli, folders, lab
from backprop.diagnosis import QUESTIONS, shell
from backprop.grade import collect, feedback, notebook, submission, summary
from backprop.grade.course import Refused, course
from backprop.grade.main import Options, grade
from backprop.grade.sandbox import Limits, _filter_file, system_call_filter
from backprop.grade.store import Store

ODD = "Übung 1 für Ann's 'class' 100% {x} :dog: [b]"
COMMANDS = ("lab", "course", "check", "grade", "feedback", "summary")
ANSWER = "import numpy as np\ndef bias_gradient(delta):\n    return delta.sum(axis=0)\n"


def run(*words: object, env: dict[str, str] | None = None, before: tuple[str, ...] = (), **more: Any) -> subprocess.CompletedProcess[str]:
    """The command as a process, with pipes for a terminal."""
    line = [*before, sys.executable, "-m", "backprop", *map(str, words)]
    whole = {"PYTHONWARNINGS": "ignore"} | (dict(os.environ) if env is None else env)
    return subprocess.run(line, capture_output=True, text=True, encoding="utf-8", timeout=120, env=whole, **more)


def here(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    """The command in this process; its exit status."""
    monkeypatch.setattr(sys, "argv", ["backprop", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def hand_in(folder: Path, student: str, source: str = ANSWER, question: str = "bias_gradient") -> Path:
    cells = [{"cell_type": "code", "metadata": {"nbgrader": {"grade_id": question}}, "source": source}]
    place = folder / student / "05_gradient_rules" / "05_gradient_rules.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class of two in a folder of an odd name, graded, with feedback; the second student raises half a character."""
    root = tmp_path_factory.mktemp("class") / ODD
    hand_in(root / "in", "Zoë :dog:")
    hand_in(root / "in", "bob", "def bias_gradient(delta):\n    raise ValueError('\\ud800 [b] :dog: σ')\n")
    done = run("grade", root / "in", "--out", root / "out", "--unsafe", "--workers", 1)
    assert done.returncode == 0, done.stderr
    assert feedback.feedback(root / "out") == 0
    return root


@pytest.fixture
def results(graded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(graded / "out", tmp_path / "out"))


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# Odd paths and odd characters


def test_half_a_character_costs_its_author_and_nobody_else(graded: Path) -> None:
    lines = (graded / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert "Zoë :dog:,05_gradient_rules,bias_gradient,1,1,correct,," in {line.replace("not-sandboxed", "") for line in lines}
    assert any(line.startswith("bob,05_gradient_rules,bias_gradient,0,1,raised") for line in lines)
    page = (graded / "out" / "feedback" / "bob" / "feedback.html").read_text(encoding="utf-8")
    assert "ValueError: ? [b] :dog: σ" in page


def test_a_path_of_odd_characters_for_every_command(
    graded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(lab, "open_lab", lambda target, words: 0)
    for words in (["lab", tmp_path / ODD / "mine"], ["course", tmp_path / ODD / "kurs"], ["feedback", graded / "out"]):
        (tmp_path / ODD).mkdir(exist_ok=True)
        assert here(monkeypatch, *words) == 0
        assert str(words[1]) in capsys.readouterr().out
    assert here(monkeypatch, "summary", graded / "out") == 0
    assert (graded / "out" / "summary.png").read_bytes()[1:4] == b"PNG"
    said = run("check", "--json", graded / "in" / "Zoë :dog:" / "05_gradient_rules" / "05_gradient_rules.ipynb")
    assert [row["status"] for row in json.loads(said.stdout)][:2] == ["correct", "missing"]


# A full disk


def no_room(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_lesson_half_copied_is_never_taken_for_the_learner_s_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(folders.os, "replace", no_room)
        with pytest.raises(OSError, match="No space"):
            lab.copy(tmp_path / "mine")
    assert list(everything(tmp_path)) == []
    target = lab.copy(tmp_path / "mine")
    assert (target / lab.FIRST).read_bytes() == (folders.lessons() / "01_one_neuron.ipynb").read_bytes()


def test_an_answer_is_kept_when_there_is_no_room_for_a_fresh_exercise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = lab.copy(tmp_path / "mine")
    (target / "exercises" / "01_one_neuron.ipynb").write_text("my answer")
    with monkeypatch.context() as full:
        full.setattr(folders.os, "replace", no_room)
        assert lab.main(target, ["01"], False, []) == 2
    assert (target / "exercises" / "01_one_neuron.old-1.ipynb").read_text() == "my answer"


def test_a_course_that_does_not_fit_leaves_the_folder_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    with monkeypatch.context() as full:
        full.setattr(shell, "toml", no_room)
        assert shell.course(tmp_path / "kurs") == 2
    assert "No space left on device. Make room" in capsys.readouterr().err
    assert list((tmp_path / "kurs").iterdir()) == []
    assert shell.course(tmp_path / "kurs") == 0


@pytest.mark.parametrize("command", [feedback.feedback, summary.summary])
def test_what_was_there_stays_when_there_is_no_room_for_more(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, command: Callable[[Path], int]
) -> None:
    before = everything(results)
    monkeypatch.setattr(folders.os, "replace", no_room)
    assert command(results) == 2
    assert "No space left on device. Make room" in capsys.readouterr().err
    assert everything(results) == before


def test_a_full_disk_never_looks_like_an_empty_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    hand_in(tmp_path / "in", "ann")
    archive = shutil.make_archive(str(tmp_path / "c"), "zip", tmp_path / "in")
    monkeypatch.setattr(collect, "_write", no_room)
    assert grade(Path(archive), tmp_path / "out", Options(unsafe=True)) == 2
    assert "No space left on device. Make room" in capsys.readouterr().err
    assert not (tmp_path / "out" / "grades.csv").exists()


def test_a_disk_that_fills_while_a_class_is_graded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.setattr(Store, "finish", lambda *_: Store.remember(_[0], filler="x" * 10**7))
    remember = Store.remember

    def full(store: Store, **values: str) -> None:
        store.db.execute("pragma max_page_count = 20")
        remember(store, **values)

    monkeypatch.setattr(Store, "remember", full)
    assert grade(tmp_path / "in", tmp_path / "out", Options(unsafe=True)) == 2
    assert "database or disk is full. What is graded so far is kept" in capsys.readouterr().err


def test_no_student_is_blamed_when_no_process_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = hand_in(tmp_path / "in", "ann")
    monkeypatch.setattr("backprop.grade.session.sandbox.start", no_room)
    result = submission.grade(submission.Job("k", str(place), "", "", 1), submission.How(course().questions, Limits(), False))
    assert list(result) == ["broken"] and "No space left" in result["broken"]


def test_the_sandbox_s_filter_needs_no_disk(need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", no_room)
    with _filter_file() as rules:
        assert rules.read() == system_call_filter()


def test_no_answer_is_blamed_for_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr(shell, "_wait", lambda *_: 74)
    assert shell.check_notebooks([hand_in(tmp_path, "ann")]) == 2
    assert "No space left on device" in capsys.readouterr().err


FULL = """
cd "$1"; shift; python="$1 -m backprop"; submitted="$2"
dd if=/dev/zero of=filler bs=1k 2>/dev/null; truncate -s -60k filler
$python grade "$submitted" --out out --unsafe; echo "grade $?"; test -e out/grades.csv; echo "grades.csv $?"
dd if=/dev/zero of=filler2 bs=1 count=100k 2>/dev/null
$python lab mine; echo "lab $?"; find mine -name '*.ipynb'
TMPDIR=. $python check "$submitted"/*/*/*.ipynb > out.txt; echo "check $?"
rm filler filler2; $python grade "$submitted" --out out --unsafe --workers 1 2>/dev/null; echo "grade $?"; wc -l < out/grades.csv
"""


def test_a_disk_that_is_really_full(need_bwrap: str, tmp_path: Path) -> None:
    hand_in(tmp_path / "in", "ann")
    (tmp_path / "full").mkdir()
    small = [need_bwrap, "--dev-bind", "/", "/", "--size", "3000000", "--tmpfs", str(tmp_path / "full")]
    line = [*small, "bash", "-c", FULL, "bash", str(tmp_path / "full"), sys.executable, str(tmp_path / "in")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    said = [line for line in done.stdout.splitlines() if re.match(r"(grade|grades.csv|lab|check) \d$|\d+$", line)]
    asked = sum(question.lesson == "05_gradient_rules" for question in QUESTIONS.values())
    assert said == ["grade 2", "grades.csv 1", "lab 2", "check 2", "grade 0", str(1 + asked)], done.stdout + done.stderr
    assert done.stderr.count("Make room") + done.stderr.count("disk is full") + done.stderr.count("room on the disk") >= 3, done.stderr


def test_a_file_is_as_private_as_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folders.write(tmp_path / "grades.csv", b"ann,1")
    finally:
        os.umask(before)
    folders.write(tmp_path / "page.html", b"all")
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("grades.csv", "page.html")] == [0o600, 0o666 & ~before]


# A folder that nobody may write or read


def test_a_folder_that_nobody_may_write(need_bwrap: str, results: Path) -> None:
    before = everything(results)
    locked = (need_bwrap, "--dev-bind", "/", "/", "--ro-bind", str(results.parent), str(results.parent))
    done = run("feedback", results, before=locked)
    assert done.returncode == 2 and "Read-only file system. Look at its permissions" in done.stderr
    done = run("summary", results, before=locked)
    assert done.returncode == 2 and "bias_gradient" in done.stdout, "the table is shown all the same"
    assert done.stderr.startswith(f"{results / 'summary.png'}: Read-only file system.") and "Traceback" not in done.stderr
    assert everything(results) == before


def test_a_read_only_copy_of_the_course_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = lab.copy(tmp_path / "mine")
    monkeypatch.setattr(folders, "_replace", no_room)
    assert lab.copy(target) == target
    with pytest.raises(OSError, match="No space"):
        lab.copy(tmp_path / "other")


def test_a_student_s_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(tmp_path, "ann")
    hand_in(tmp_path, "bob")
    listed = os.scandir

    def locked(folder: Path) -> Any:
        if Path(folder).name in locked_names:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        return listed(folder)

    locked_names = ["bob"]
    monkeypatch.setattr(collect.os, "scandir", locked)
    found, students = collect.collect(tmp_path)
    assert [(one.student, bool(one.problem)) for one in found] == [("ann", False), ("bob", True)] and students == ["ann", "bob"]
    locked_names.append(tmp_path.name)
    with pytest.raises(PermissionError):
        collect.collect(tmp_path)


def test_a_disk_that_fails_while_a_notebook_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        fileno = staticmethod(lambda: os.open(tmp_path / "x", os.O_RDONLY))
        __enter__ = __exit__ = lambda self, *_: self if not _ else None
        read = staticmethod(lambda _: (_ for _ in ()).throw(OSError(errno.EIO, os.strerror(errno.EIO))))

    (tmp_path / "x").write_text("{}")
    monkeypatch.setattr(notebook.os, "fdopen", lambda *_: Failing())
    with pytest.raises(notebook.Unreadable, match="It cannot be read: Input/output error"):
        notebook.read_bytes(tmp_path / "x", 1)


def test_results_that_are_none(tmp_path: Path, capsys: Any) -> None:
    for content, said in ((b"not a database, but long enough to look" * 40, "not a file of results"), (b"", "no such table")):
        (tmp_path / "results.sqlite").write_bytes(content)
        for command in (feedback.feedback, summary.summary):
            assert command(tmp_path) == 2 and said in capsys.readouterr().err


# No home


def test_no_home_folder(tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if name != "HOME" and not name.startswith("XDG")}
    place = hand_in(tmp_path / "in", "ann")
    done = run("check", place, env=bare)
    assert done.returncode == 1 and "bias_gradient: correct" in done.stdout and done.stderr == ""
    done = run("lab", "~nobody-of-that-name/x", env=bare | {"HOME": "/nonexistent"})
    assert done.returncode == 2 and done.stderr == "backprop lab: Could not determine home directory.\n"


def test_jupyterlab_has_a_place_of_its_own_where_home_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "missing"))
    monkeypatch.delenv("JUPYTER_RUNTIME_DIR", raising=False)
    (tmp_path / "mine").mkdir()
    env = lab._home(tmp_path / "mine")
    assert Path(env["JUPYTER_RUNTIME_DIR"]).parent == tmp_path / "mine" / ".jupyter"
    (tmp_path / "missing").mkdir()
    assert "JUPYTER_RUNTIME_DIR" not in lab._home(tmp_path / "mine")


# Terminals, pipes, and none


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_is_whole_at_100_columns(command: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert here(monkeypatch, command, "--help") == 0
    said = capsys.readouterr().out
    assert "…" not in said and max(map(len, said.splitlines())) <= 100
    assert "Usage: " in said and not re.search(r"\[\[|\.\.\.\}", said)


def test_the_commands_and_the_version(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert here(monkeypatch, "--version") == 0
    assert capsys.readouterr().out == f"backprop {backprop.__version__}\n"
    assert here(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    assert all(re.search(rf"│ {name} ", said) for name in COMMANDS) and "--version" in said


@pytest.mark.parametrize(
    "words",
    [
        ["check", "x", "--timeout", "nan"],
        ["check", "x", "--timeout", "inf"],
        ["check", "x", "--memory-mb", "99999999999"],
        ["grade", "x", "--out", "y", "--call-seconds", "nan"],
        ["grade", "x", "--out", "y", "--workers", "-1"],
        ["lab", "x", "--in-place"],
    ],
)
def test_numbers_beyond_sense_are_refused(words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert here(monkeypatch, *words) == 2
    said = capsys.readouterr().err
    assert "is not from" in said or "takes neither" in said
    assert list(tmp_path.iterdir()) == []


def test_a_class_in_a_pipe_loses_no_word(results: Path) -> None:
    done = run("summary", results, env=dict(os.environ) | {"COLUMNS": "100"})
    assert done.returncode == 0 and "…" not in done.stdout
    assert all(word in done.stdout for word in ("05_gradient_rules", "bias_gradient", "weight_gradient", "2 missing"))


def test_an_ancient_terminal_gets_what_it_can_show(results: Path) -> None:
    done = run("summary", results, env=dict(os.environ) | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert done.returncode == 0 and "bias_gradient" in done.stdout and done.stderr == ""


def test_output_that_goes_nowhere(results: Path, tmp_path: Path) -> None:
    place = hand_in(tmp_path / "in", "ann")
    line = f'"{sys.executable}" -m backprop check "{place}"'
    for target, status, said in (("/dev/full", 2, "backprop: No space left on device"), ("&-", 1, "")):
        done = subprocess.run(["bash", "-c", f"{line} >{target}"], capture_output=True, text=True, timeout=120)
        assert done.returncode == status and done.stderr.startswith(said) and len(done.stderr.splitlines()) == bool(said), done.stderr
    done = subprocess.run(["bash", "-c", f"{line} | true; exit ${{PIPESTATUS[0]}}"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and done.stderr == ""


def test_the_wrong_backprop_toml_is_said(tmp_path: Path, capsys: Any) -> None:
    place = hand_in(tmp_path, "ann")
    for text in ("points = 3", "[points]\nbias_gradient = 'two'", "[points]\nbias_gradient = nan", "= =", "\udcff"):
        (tmp_path / "backprop.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
        assert shell.check_notebooks([place]) == 2
        assert str(tmp_path / "backprop.toml") in capsys.readouterr().err


def test_refusals_are_sentences(tmp_path: Path) -> None:
    for number in (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO):
        said = folders.trouble(OSError(number, os.strerror(number), "a b"))
        assert said.startswith(f"a b: {os.strerror(number)}.") and said.endswith(".")
    (tmp_path / "c.zip").write_bytes(b"PK\5\6" + b"\xff" * 18)
    with pytest.raises(Refused, match="damaged zip"), collect.opened(tmp_path / "c.zip", tmp_path, 1):
        pass
