"""`backprop check` and `backprop course`: the diagnosis from the shell."""

from __future__ import annotations

import csv
import errno
import json as json_format
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backprop import folders
from backprop.diagnosis.alone import CANNOT_WRITE, is_answer, readable
from backprop.diagnosis.course import points_of
from backprop.diagnosis.questions import QUESTIONS
from backprop.diagnosis.report import Compared, Reading, Report

Found = list[tuple[str, Report]]


def check_notebooks(paths: Sequence[Path], timeout: float = 10.0, memory: int = 2048, json: bool = False) -> int:
    """Checks every question of these notebooks, each in a process of its own, and prints the reports; 0 only when all are correct.

    `timeout` is in seconds a question, `memory` in MB. 1 where something is not correct, 2 where a path is no file.
    """
    lost = [str(path) for path in paths if not Path(path).is_file()]
    if lost or not paths:
        print(f"There is no file {', '.join(lost)}." if lost else "Name a notebook to check.", file=sys.stderr)
        return 2
    try:
        found = [(str(path), report) for path in paths for report in check_notebook(Path(path), timeout, memory)]
    except (OSError, ValueError) as error:  # a full disk, or a backprop.toml that nobody can read
        print(f"backprop check: {folders.trouble(error) if isinstance(error, OSError) else error}", file=sys.stderr)
        return 2
    print(json_format.dumps([{"notebook": name, **report.to_dict()} for name, report in found], indent=1) if json else _told(found))
    return 0 if all(report.correct for _, report in found) else 1


def check_notebook(path: Path, timeout: float, memory: int) -> list[Report]:
    """The reports on one notebook's questions, those of its exercise that are not there included."""
    try:
        cells = readable(json_format.loads(path.read_text(encoding="utf-8"))["cells"])
        present = [id for id in QUESTIONS if any(is_answer(cell, id) for cell in cells)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [_report("notebook", "unreadable", f"{path.name} is not a notebook that can be read.", 0.0)]
    if not present:
        return [_report("notebook", "missing", f"{path.name} answers no question of this course.", 0.0)]
    lessons = {QUESTIONS[id].lesson for id in present}
    asked = [id for id, q in QUESTIONS.items() if q.lesson in lessons]
    return [check_alone(path, id, timeout, memory) if id in present else _missing(path, id) for id in asked]


def _missing(path: Path, id: str) -> Report:
    return _report(id, "missing", "its answer cell is not in the notebook.", points_of(id, path.parent))


def check_alone(path: Path, question: str, timeout: float, memory: int) -> Report:
    """One question in a fresh process that ends with it."""
    most = points_of(question, path.parent)
    with tempfile.TemporaryDirectory(prefix="backprop-") as folder:
        answer = Path(folder) / "report.json"
        command = [sys.executable, "-m", "backprop.diagnosis.alone", str(path.resolve()), question, str(memory), str(answer)]
        ended = _wait(command, path.resolve().parent, timeout)
        if ended == CANNOT_WRITE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), tempfile.gettempdir())
        report = _written(answer)
        if report is not None:  # also where a second look, after slower cells, did not end
            return report
    if ended is None:
        return _report(question, "timeout", f"it did not end within {timeout:g} s. Is there a loop that never stops?", most)
    return _report(question, "crashed", "it ended the process that it ran in (by os._exit, a crash, or too much memory).", most)


def _written(file: Path) -> Report | None:
    """The report in a file; None where there is none, or something else (the answer's process may write what it likes)."""
    try:
        return report_of(json_format.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _wait(command: Sequence[str], folder: Path, timeout: float) -> int | None:
    """The exit status of a command; None where its time ran out, and then nothing of it is left."""
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    process = subprocess.Popen(command, cwd=folder, env=os.environ | one_thread, start_new_session=True, **quiet)
    try:
        return int(process.wait(timeout))
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError, AttributeError):
        process.kill()
    process.wait()


def _report(question: str, status: str, message: str, most: float) -> Report:
    return Report(question, status, 0.0, most, message)


def report_of(data: dict[str, Any]) -> Report:
    """A report from its plain data."""
    data = {key: value for key, value in data.items() if key != "correct"}
    data |= {key: tuple(data[key]) for key in ("mistakes", "details")}
    data |= {key: tuple(map(tuple, data[key])) for key in ("candidates", "parts")}
    compared = data["compared"] and Compared(**data["compared"])
    return Report(**(data | {"compared": compared, "readings": tuple(Reading(**r) for r in data["readings"])}))


def _told(found: Found) -> str:
    """The reports as text, a heading a notebook, the points at the end."""
    lines: list[str] = []
    for name in dict.fromkeys(name for name, _ in found):
        lines += [name, *(str(report) for other, report in found if other == name), ""]
    points, most = sum(r.points for _, r in found), sum(r.max_points for _, r in found)
    return "\n".join([*lines, f"Together {points:.4g} of {most:.4g} points."])


# --- the folder an instructor hands out -------------------------------------------------------------------------------------------


def course(dir: Path, no_solutions: bool = False, points: Path | None = None) -> int:
    """Writes the course as an instructor hands it out to `dir`; 0 when it is done, 2 where that cannot be.

    Lessons, exercises, solutions (unless `no_solutions`), and backprop.toml, which `check`, `hint` and `solution` obey. `points` is a csv
    with the columns question and points.
    """
    try:
        given = read_points(points) if points else {}
        target = _empty(Path(dir).expanduser())
        _fill(target, given, no_solutions)
    except (OSError, ValueError, RuntimeError) as error:
        print(f"backprop course: {folders.trouble(error) if isinstance(error, OSError) else error}", file=sys.stderr)
        return 2
    print(f"The course is in {target}. backprop.toml says what is handed out: hints, solutions, points.")
    return 0


def _fill(target: Path, points: dict[str, float], no_solutions: bool) -> None:
    """Writes everything into an empty folder; where that fails, it is empty again, so that the same line works later."""
    try:
        for folder in ("lessons", "exercises", *(() if no_solutions else ("solutions",))):
            _hand_out(folders.course_root() / folder, target / folder, points)
        folders.write(target / "backprop.toml", toml(points, solutions=not no_solutions).encode())
    except OSError:
        for folder in ("lessons", "exercises", "solutions"):
            shutil.rmtree(target / folder, ignore_errors=True)
        raise


def _empty(target: Path) -> Path:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ValueError(f"{target} is not empty; name a folder that does not exist yet.")
    target.mkdir(parents=True, exist_ok=True)
    return target


def _hand_out(source: Path, target: Path, points: dict[str, float]) -> None:
    notebooks = sorted(source.glob("*.ipynb"))
    if not notebooks:
        raise ValueError(f"no notebooks were found in {source}; install the package again.")
    target.mkdir()
    for file in notebooks:
        if points and target.name != "lessons":
            _with_points(file, target / file.name, points)
        else:
            folders.write(target / file.name, file.read_bytes())


def _with_points(source: Path, target: Path, points: dict[str, float]) -> None:
    """Copies a notebook with the instructor's points in its check cells, where nbgrader reads them."""
    notebook = json_format.loads(source.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        id = str(mark.get("grade_id", "")).removesuffix("-check")
        if mark.get("grade") and id in points:
            mark["points"] = _plain(points[id])
    folders.write(target, (json_format.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode())


def _plain(points: float) -> float | int:
    return int(points) if points == int(points) else points


def toml(points: dict[str, float], solutions: bool) -> str:
    """The text of backprop.toml."""
    lines = ["# What bp.hint and bp.solution may show, and the points of each question.", "hints = true"]
    lines += [f"solutions = {'true' if solutions else 'false'}", "", "[points]"]
    return "\n".join([*lines, *(f"{id} = {_plain(points.get(id, q.points))}" for id, q in QUESTIONS.items())]) + "\n"


def read_points(file: Path) -> dict[str, float]:
    """The points in a csv with the columns question and points."""
    try:
        with Path(file).open(newline="", encoding="utf-8-sig") as stream:
            rows = list(csv.DictReader(stream))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{file} is not a csv in UTF-8: {error}.") from None
    if not rows or not {"question", "points"} <= set(rows[0]):
        raise ValueError(f"{file} must have the columns question, points and at least one row.")
    return {row["question"]: _points(row, file) for row in rows}


def _points(row: dict[str, str], file: Path) -> float:
    if row["question"] not in QUESTIONS:
        raise ValueError(f"{file}: there is no question {row['question']!r}; the questions are {', '.join(QUESTIONS)}.")
    try:
        value = float(row["points"])
    except (TypeError, ValueError):
        value = -1.0
    if not 0 <= value < 1e6:
        raise ValueError(f"{file}: the points of {row['question']} must be a number from 0 up, but they are {row['points']!r}.")
    return value
