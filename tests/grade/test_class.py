"""A whole class: who gets which rows, what changes what, and that nothing is lost whatever is killed."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from classroom import (
    NEURON_COST,
    NEURON_GRADIENT,
    NO_SLOPE,
    OUTPUT_ERROR,
    RIGHT,
    STUB,
    by_question,
    cell,
    command,
    grade,
    hand_in,
    neuron,
    notebook,
    points,
    rows,
    sandbox_under,
    tree,
)

from backprop.grade import export, feedback, summary, table
from backprop.grade.collect import Student
from backprop.grade.course import Refused
from backprop.grade.store import Store

pytestmark = pytest.mark.sandbox
ROSTER = "student,id,first_name,last_name,email\nann,7,Ann,Lee,ann@x.org\nbob,8,Bob,=1+1,bob@x.org\ncid,9,Cid,O'Hara,\n"


def listed(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, need_bwrap: str) -> Path:
    """ann did all well, bob one assignment with a mistake, cid nothing; dan is not on the roster."""
    root = tmp_path_factory.mktemp("class")
    neuron(root / "in", "ann")
    hand_in(root / "in", "ann", "03_output_error", notebook({"output_error": OUTPUT_ERROR}))
    hand_in(root / "in", "bob", "03_output_error", notebook({"output_error": NO_SLOPE}))
    neuron(root / "in", "dan", cost=STUB.format("neuron_cost"), gradient="x = 1")
    appeals = listed(root / "o.csv", "student,question,points,reason\ndan,neuron_gradient,1.5,shown on paper\n")
    grade(root / "in", root / "out", "--roster", listed(root / "r.csv", ROSTER), "--overrides", appeals, "--format", "canvas")
    return root


def test_columns_and_rows(graded: Path) -> None:
    head = (graded / "out" / "grades.csv").read_text().splitlines()[0]
    assert head == "student,assignment,question,points,max_points,status,mistakes,flags"
    got = [
        (row["student"], row["assignment"], row["question"], row["points"], row["status"], row["mistakes"], row["flags"])
        for row in rows(graded / "out")
    ]
    assert got == [
        ("ann", "01_one_neuron", "neuron_cost", "1", "correct", "", ""),
        ("ann", "01_one_neuron", "neuron_gradient", "2", "correct", "", ""),
        ("ann", "03_output_error", "output_error", "2", "correct", "", ""),
        ("bob", "01_one_neuron", "neuron_cost", "0", "missing", "", ""),
        ("bob", "01_one_neuron", "neuron_gradient", "0", "missing", "", ""),
        ("bob", "03_output_error", "output_error", "0", "mistake", "missing-output-derivative", ""),
        ("cid", "01_one_neuron", "neuron_cost", "0", "missing", "", ""),
        ("cid", "01_one_neuron", "neuron_gradient", "0", "missing", "", ""),
        ("cid", "03_output_error", "output_error", "0", "missing", "", ""),
        ("dan", "01_one_neuron", "neuron_cost", "0", "not attempted", "", "not-on-roster"),
        ("dan", "01_one_neuron", "neuron_gradient", "1.5", "missing", "", "not-on-roster;overridden"),
        ("dan", "03_output_error", "output_error", "0", "missing", "", "not-on-roster"),
    ]


def test_summary_and_gradebooks(graded: Path) -> None:
    from nbgrader.plugins import export as theirs

    columns = (graded / "out" / "summary.csv").read_text().splitlines()[0].split(",")
    source = Path(theirs.__file__).read_text()
    assert [source.index(f'"{name}"') for name in columns] == sorted(source.index(f'"{name}"') for name in columns) and len(columns) == 11
    first = next(csv.DictReader((graded / "out" / "summary.csv").read_text().splitlines()))
    assert (first["student_id"], first["first_name"], first["score"], first["max_score"]) == ("ann", "Ann", "3", "3")
    canvas = list(csv.DictReader((graded / "out" / "canvas.csv").read_text().splitlines()))
    assert canvas[0]["Student"].strip() == "Points Possible" and canvas[0]["03_output_error"] == "2"
    assert canvas[2]["Student"] == "'=1+1, Bob" and canvas[2]["ID"] == "8"
    store = Store(graded / "out")
    export.everything(store, graded / "out", "moodle")
    store.close()
    moodle = list(csv.DictReader((graded / "out" / "moodle.csv").read_text().splitlines()))
    assert moodle[0] == {
        "Username": "ann", "ID number": "7", "Email address": "ann@x.org", "First name": "Ann", "Last name": "Lee", "01_one_neuron": "3",
        "03_output_error": "2",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert export.safe(text) == "'" + text
    assert export.safe("ann") == "ann" and export.safe(-0.5) == "-0.5" and export.safe(1 / 3) == "0.3333333333"


def test_feedback_says_what_check_says_and_hides_the_rest(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert feedback.feedback(graded / "out") == 0
    folder = graded / "out" / "feedback"
    assert sorted(path.name for path in folder.iterdir()) == ["ann", "bob", "cid", "dan"]
    page = (folder / "bob" / "feedback.html").read_text()
    assert "The slope σ′(z) of the output is missing" in page and "0 of 2 points" in page and "Where to look" in page
    assert "<h1>Feedback for Bob =1+1</h1>" in page and "expected" not in page.lower() and "np.array" not in page
    import nbformat

    mine = nbformat.read(folder / "bob" / "03_output_error.ipynb", as_version=4)
    nbformat.validate(mine)
    at = [number for number, one in enumerate(mine.cells) if "def output_error" in one.source]
    assert "missing" in mine.cells[at[0] + 1].source and mine.cells[at[0] + 1].cell_type == "markdown"
    assert sorted(path.name for path in (folder / "ann").iterdir()) == ["01_one_neuron.ipynb", "03_output_error.ipynb", "feedback.html"]
    assert [path.name for path in (folder / "cid").iterdir()] == ["feedback.html"]
    assert "shown on paper" in (folder / "dan" / "feedback.html").read_text()


@pytest.mark.parametrize("student", ["../../x", "..", ".", "a/b", "CON", "<script>alert(1)</script>", "", "a" * 300, "ü ö"])
def test_no_name_leads_elsewhere(student: str) -> None:
    name = feedback.folder_name(student)
    assert name not in ("", ".", "..") and "/" not in name and "<" not in name and len(name) < 100
    page = feedback.page(Student(student), [])
    assert "<script>" not in page


def test_the_words_of_students_stay_words() -> None:
    row = {
        "assignment": "a",
        "question": "q",
        "points": 0.0,
        "max_points": 1.0,
        "status": "raised",
        "flags": "",
        "message": "<script>x</script>\n# big",
    }
    assert "<script>" not in feedback.page(Student("ann"), [row])
    built = feedback.annotated([[True, "x = 1", "q"]], [row])
    assert built["cells"][2]["source"].endswith("\n\n    <script>x</script>\n    # big")


def test_the_class_at_a_glance(graded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert summary.summary(graded / "out") == 0
    said = capsys.readouterr().out
    assert "1 of 2 in output_error" in said and "missing-output-derivative" in said
    store = Store(graded / "out")
    lines, slips = summary.glance(store)
    store.close()
    assert [(line.question, line.students, line.answered, line.mean) for line in lines] == [
        ("neuron_cost", 4, 1, 0.25),
        ("neuron_gradient", 4, 1, 0.875),
        ("output_error", 4, 2, 0.5),
    ]
    assert [tuple(slip) for slip in slips] == [("missing-output-derivative", "output_error", 1, 2)]
    assert (graded / "out" / "summary.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page = (graded / "out" / "summary.html").read_text()
    assert "data:image/png;base64," in page and 'alt="Mean points: neuron_cost 0.25 of 1;' in page and "1 of 2 in output_error" in page


@pytest.mark.parametrize("width", [200, 80, 60, 30])
def test_the_glance_cuts_nothing_short(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    statuses = (("correct", 3980), ("mistake", 1000), ("not attempted", 20))
    lines = [summary.Line("10_is_it_right [b]", id, 5000, 4980, 1.2345, 2.0, statuses) for id in ("complex_step_gradient", "find_the_slip")]
    summary.show(lines, [], width)
    said = capsys.readouterr().out
    assert max(map(len, said.splitlines())) <= width
    assert ("complex_step_gradient" in said) == (width >= 80)
    summary.show(lines, [], 500)
    whole = capsys.readouterr().out
    assert all(said.count(letter) == whole.count(letter) for letter in set(whole) - set(" ─\n")) and "[b]" in whole


def test_duplicates_renamed_and_several_files(tmp_path: Path, need_bwrap: str) -> None:
    twice = notebook(RIGHT)
    twice["cells"].append(cell("def neuron_cost(w, b, x, y):\n    return 0.0", "neuron_cost"))
    hand_in(tmp_path / "in", "last counts", "01_one_neuron", twice)
    other = hand_in(tmp_path / "in", "renamed", "01_one_neuron", notebook(RIGHT))
    other.rename(other.with_name("my homework.ipynb"))
    neuron(tmp_path / "in", "two files", cost=STUB.format("neuron_cost"))
    copy = neuron(tmp_path / "in", "two files x")
    copy.rename(tmp_path / "in" / "two files" / "01_one_neuron" / "01_one_neuron-Copy1.ipynb")
    shutil.rmtree(tmp_path / "in" / "two files x")
    gone = notebook(RIGHT)
    gone["cells"] = [one for one in gone["cells"] if one["metadata"].get("nbgrader", {}).get("grade_id") != "neuron_cost"]
    hand_in(tmp_path / "in", "cell gone", "01_one_neuron", gone)
    hand_in(tmp_path / "in", "wrong one", "01_one_neuron", notebook({"output_error": OUTPUT_ERROR}))
    hand_in(tmp_path / "in", "no answers", "01_one_neuron", notebook({}))
    grade(tmp_path / "in", tmp_path / "out")
    got = {key: (row["points"], row["status"], row["flags"]) for key, row in by_question(tmp_path / "out").items()}
    assert got["last counts", "neuron_cost"] == ("0", "unknown", "duplicate-cells")
    assert got["last counts", "neuron_gradient"] == ("2", "correct", "")
    assert got["renamed", "neuron_cost"] == ("1", "correct", "renamed")
    assert got["two files", "neuron_cost"] == ("1", "correct", "")
    assert got["cell gone", "neuron_cost"] == ("0", "missing", "")
    assert got["wrong one", "neuron_cost"][1] == "missing"
    assert got["no answers", "neuron_cost"][1] == "unreadable"
    assert ("wrong one", "output_error") not in got


def test_a_flat_folder_a_zip_and_points_of_a_course(tmp_path: Path, need_bwrap: str) -> None:
    for student, answers in (("ann", RIGHT), ("bob", {"output_error": OUTPUT_ERROR})):
        lesson = "01_one_neuron" if "neuron_cost" in answers else "03_output_error"
        (tmp_path / "flat").mkdir(exist_ok=True)
        (tmp_path / "flat" / f"{student}_123_{lesson}.ipynb").write_text(json.dumps(notebook(answers)))
    with zipfile.ZipFile(tmp_path / "class.zip", "w") as archive:
        for path in (tmp_path / "flat").iterdir():
            archive.write(path, path.name)
        archive.writestr("../up_01_one_neuron.ipynb", "{}")
    (tmp_path / "course").mkdir()
    listed(tmp_path / "course" / "backprop.toml", "hints = true\n[points]\nneuron_cost = 5\n")
    for number, submitted in enumerate((tmp_path / "flat", tmp_path / "class.zip")):
        done = grade(submitted, tmp_path / f"out{number}", "--course", tmp_path / "course", "--seed", 3)
        assert ("up_01_one_neuron" in done.stderr) == (number == 1)
        assert points(tmp_path / f"out{number}") == {"ann": 7.0, "bob": 2.0}
        assert by_question(tmp_path / f"out{number}")["bob", "neuron_cost"]["status"] == "missing"
    assert (tmp_path / "out0" / "grades.csv").read_bytes() == (tmp_path / "out1" / "grades.csv").read_bytes()
    assert sorted(path.name for path in tmp_path.rglob("*.ipynb")) == ["ann_123_01_one_neuron.ipynb", "bob_123_03_output_error.ipynb"]
    assert sorted(path.name for path in (tmp_path / "out1").iterdir()) == ["grades.csv", "results.sqlite", "summary.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--roster", "no.csv"), "no.csv cannot be read"),
        (("--course", "nowhere"), "cannot be read"),
        (("--pattern", "*.ipynb"), "must contain {student}"),
        (("--format", "excel"), "knows canvas and moodle"),
        (("--overrides", "no.csv"), "cannot be read"),
    ],
)
def test_what_cannot_begin_says_why(tmp_path: Path, options: tuple[str, ...], said: str, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann")
    assert said in grade(tmp_path / "in", tmp_path / "out", *options, code=2).stderr
    assert "There is no" in grade(tmp_path / "nothing", tmp_path / "out", code=2).stderr


@pytest.mark.parametrize("line", ["ann,neuron_cost,nan,x", "ann,neuron_cost,-1,x", "ann,neuron_cost,one,x", ",neuron_cost,1,x"])
def test_a_line_of_appeals_that_is_none(tmp_path: Path, line: str) -> None:
    with pytest.raises(Refused, match="a number from 0 up"):
        table.overrides(listed(tmp_path / "o.csv", f"student,question,points,reason\n{line}\n"))


def test_overrides_are_checked(tmp_path: Path, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann")
    appeals = listed(tmp_path / "o.csv", "student,question,points,reason\nanne,neuron_cost,1,x\n")
    assert "No row for the override of anne" in grade(tmp_path / "in", tmp_path / "out", "--overrides", appeals).stderr
    listed(appeals, "student,question,points,reason\nann,neuron_cost,9,x\n")
    assert "the most is 1" in grade(tmp_path / "in", tmp_path / "out", "--overrides", appeals, code=2).stderr


def jobs(out: Path) -> dict[str, tuple[str, str]]:
    db = sqlite3.connect(out / "results.sqlite")
    found = {job: (seed, result) for job, seed, result in db.execute("select job, seed, result from graded")}
    db.close()
    return found


def test_a_second_run_grades_only_what_changed_and_a_seed_repeats(tmp_path: Path, need_bwrap: str) -> None:
    for student in ("ann", "bob", "cid"):
        neuron(tmp_path / "in", student)
    grade(tmp_path / "in", tmp_path / "out")
    first, table = jobs(tmp_path / "out"), (tmp_path / "out" / "grades.csv").read_bytes()
    grade(tmp_path / "in", tmp_path / "out")
    assert jobs(tmp_path / "out") == first and (tmp_path / "out" / "grades.csv").read_bytes() == table
    neuron(tmp_path / "in", "bob", cost=STUB.format("neuron_cost"))
    grade(tmp_path / "in", tmp_path / "out")
    second = jobs(tmp_path / "out")
    assert len(second) == 4 and all(second[job] == first[job] for job in first)
    assert by_question(tmp_path / "out")["bob", "neuron_cost"]["status"] == "not attempted"
    shutil.rmtree(tmp_path / "in" / "cid")
    grade(tmp_path / "in", tmp_path / "out")
    assert {row["student"] for row in rows(tmp_path / "out")} == {"ann", "bob"}
    said = grade(tmp_path / "in", tmp_path / "out", "--seed", 5, code=2).stderr
    assert "were made with seed" in said
    grade(tmp_path / "in", tmp_path / "five", "--seed", 5)
    grade(tmp_path / "in", tmp_path / "again", "--seed", 5)
    seeds = [sorted(seed for seed, _ in jobs(tmp_path / name).values()) for name in ("five", "again", "out")]
    assert seeds[0] == seeds[1] and seeds[0] != seeds[2]


def test_without_a_sandbox_it_refuses_unless_told(tmp_path: Path) -> None:
    neuron(tmp_path / "in", "ann")
    (tmp_path / "bin").mkdir()
    line = command("grade", tmp_path / "in", "--out", tmp_path / "out")
    bare = os.environ | {"PATH": str(tmp_path / "bin")}
    done = subprocess.run(line, capture_output=True, text=True, env=bare, timeout=60)
    assert done.returncode == 2 and "apt-get install bubblewrap" in done.stderr and "--unsafe" in done.stderr
    broken = tmp_path / "bin" / "bwrap"
    broken.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    broken.chmod(0o755)
    done = subprocess.run(line, capture_output=True, text=True, env=bare | {"PATH": f"{tmp_path}/bin:/bin"}, timeout=60)
    assert done.returncode == 2 and "uid map: Permission denied" in done.stderr and "apparmor_restrict_unprivileged_userns=0" in done.stderr
    done = subprocess.run([*line, "--unsafe"], capture_output=True, text=True, env=bare, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [(row["points"], row["flags"]) for row in rows(tmp_path / "out")] == [("1", "not-sandboxed"), ("2", "not-sandboxed")]


def disturbed(root: Path, out: Path, chance: random.Random) -> int:
    """Starts a run, kills something of it at some moment, and says how often until a run ended by itself."""
    kills = 0
    while True:
        run = subprocess.Popen(command("grade", root / "in", "--out", out, "--seed", 11), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + 0.7 + 1.3 * chance.random()
        while kills < 3 and run.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        if kills >= 3 or run.poll() is not None:
            _, said = run.communicate(timeout=120)
            assert run.returncode in (0, -9), said
            if run.returncode == 0:
                return kills
        family = tree(run.pid)
        victim = chance.choice(family) if chance.random() < 0.6 else run.pid
        os.kill(victim, signal.SIGKILL)
        kills += 1
        if victim == run.pid:
            run.communicate(timeout=60)
        else:
            run.communicate(timeout=120)


def test_whatever_is_killed_the_result_is_that_of_an_undisturbed_run(tmp_path: Path, need_bwrap: str) -> None:
    before = set(tree(os.getpid()))
    for number in range(6):
        wrong = number % 3 == 0
        gradient = NEURON_GRADIENT.replace(" * a * (1 - a)", "") if wrong else NEURON_GRADIENT
        neuron(tmp_path / "in", f"s{number}", NEURON_COST, gradient, cell("import time\ntime.sleep(0.5)"))
    grade(tmp_path / "in", tmp_path / "calm", "--seed", 11)
    calm = {key: {k: v for k, v in json.loads(result).items() if k != "seconds"} for key, (_, result) in jobs(tmp_path / "calm").items()}
    kills = 0
    for number in range(3):
        out = tmp_path / f"out{number}"
        kills += disturbed(tmp_path, out, random.Random(number))
        assert (out / "grades.csv").read_bytes() == (tmp_path / "calm" / "grades.csv").read_bytes()
        got = {key: {k: v for k, v in json.loads(result).items() if k != "seconds"} for key, (_, result) in jobs(out).items()}
        assert got == calm
        assert {path.name for path in out.iterdir()} <= {"grades.csv", "summary.csv", "results.sqlite"}
    assert kills >= 3
    end = time.monotonic() + 30
    while left := set(tree(os.getpid())) - before:
        assert time.monotonic() < end, left
        time.sleep(0.05)


def test_a_worker_that_vanished_is_tried_once_more(tmp_path: Path, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann", NEURON_COST, NEURON_GRADIENT, cell("import time\ntime.sleep(3)"))
    line = command("grade", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1)
    run = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.kill(sandbox_under(run), signal.SIGKILL)
    assert run.wait(timeout=120) == 0
    assert points(tmp_path / "out") == {"ann": 3.0}


def test_no_student_is_blamed_when_the_machinery_breaks(tmp_path: Path, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann")
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\ncase "$*" in *"main()"*) exit 1;; esac\nexec {need_bwrap} "$@"\n')
    fake.chmod(0o755)
    own = os.environ | {"PATH": f"{fake.parent}:{os.environ['PATH']}"}
    line = command("grade", tmp_path / "in", "--out", tmp_path / "out")
    done = subprocess.run(line, capture_output=True, text=True, env=own, timeout=60)
    assert done.returncode == 2 and "The sandbox stopped working" in done.stderr
    grade(tmp_path / "in", tmp_path / "out")
    assert points(tmp_path / "out") == {"ann": 3.0}


def test_results_among_the_submissions(tmp_path: Path, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann")
    assert "taken for a student" in grade(tmp_path / "in", tmp_path / "in" / "results", code=2).stderr
