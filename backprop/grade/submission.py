"""One submission from file to points: read here, run in the sandbox, judged here."""

from __future__ import annotations

import base64
import json
import re
import time
import zlib
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from backprop.folders import trouble
from backprop.grade import course, names, notebook
from backprop.grade.sandbox import Limits
from backprop.grade.session import ENDLESS, Broken, Session, Stopped

COPY = re.compile(r"(-\d+| ?\(\d+\)|-Copy\d+)+$")
OUT_OF_MEMORY = ("MemoryError", "_ArrayMemoryError")
MAX_SOURCES, MAX_TOLD = 1_000_000, 4_000


class How(NamedTuple):
    """How the whole class is graded: lesson → question → points, limits, and whether there is a sandbox."""

    questions: dict[str, dict[str, float]]
    limits: Limits
    sandboxed: bool

    def to_json(self) -> str:
        return json.dumps(self)

    @staticmethod
    def from_json(text: str) -> How:
        questions, limits, sandboxed = json.loads(text)
        return How(questions, Limits(*limits), sandboxed)


class Job(NamedTuple):
    """One file to grade."""

    key: str
    path: str
    assignment: str
    problem: str
    seed: int


def grade(job: Job, how: How) -> dict[str, Any]:
    """The result of one submission: its lesson, flags, one row a question, and its sources for the feedback."""
    if job.problem:
        return failed(job, how, "unreadable", job.problem)
    try:
        data = notebook.read_bytes(Path(job.path), how.limits.notebook)
    except notebook.Unreadable as error:  # it may be readable when the next run looks
        return failed(job, how, error.status, error.message) | {"again": True}
    return grade_bytes(job, data, how)


def grade_bytes(job: Job, data: bytes, how: How) -> dict[str, Any]:
    """The same for a file that was already read."""
    start = time.perf_counter()
    try:
        result = _graded(notebook.parse(data), job, how)
    except Broken as error:
        return {"broken": str(error)}
    except OSError as error:  # student code ends in a sandbox: what fails here is this machine
        return {"broken": f"This machine cannot start a process: {trouble(error)}"}
    except notebook.Unreadable as error:
        return failed(job, how, error.status, error.message)
    return result | {"seconds": round(time.perf_counter() - start, 3)}


def failed(job: Job, how: How, status: str, message: str) -> dict[str, Any]:
    """The result of a submission that could not be graded at all. With "again": True it stands until the next run, which tries anew."""
    lesson = lesson_by_name(job.path, how) or _by_assignment(job, how)
    rows = [_row(question, points, 0.0, status, message) for question, points in how.questions.get(lesson, {}).items()]
    return {"lesson": lesson, "status": status, "message": message, "rows": rows, "flags": [], "sources": "", "seconds": 0.0}


def _row(question: str, most: float, points: float, status: str, message: str, mistakes: tuple[str, ...] = ()) -> dict[str, Any]:
    message = message[:MAX_TOLD].encode("utf-8", "replace").decode()  # an exception may hold half a character, which no file can
    return {"question": question, "points": points, "max_points": most, "status": status, "message": message, "mistakes": list(mistakes)}


def _by_assignment(job: Job, how: How) -> str:
    return job.assignment if job.assignment in how.questions else ""


def lesson_by_name(path: str, how: How) -> str:
    """The lesson a file's name speaks of, whatever stands before it."""
    stem = COPY.sub("", Path(path).stem)
    return next((lesson for lesson in how.questions if stem == lesson or stem.endswith(f"_{lesson}")), "")


def _graded(content: notebook.Notebook, job: Job, how: How) -> dict[str, Any]:
    lesson = content.lesson(how.questions)
    if not lesson:
        message = "It holds no question of this course: no answer cell, and no function of a question's name."
        raise notebook.Unreadable(message)
    flags = [] if lesson_by_name(job.path, how) == lesson else ["renamed"]
    rows = _questions(content, lesson, job, how)
    result = {"lesson": lesson, "status": "", "message": "", "rows": rows, "flags": flags, "sources": _sources(content)}
    return result | ({"again": True} if any(row.pop("again", False) for row in rows) else {})


def _sources(content: notebook.Notebook) -> str:
    """The cells' texts, small enough to keep; for the annotated notebook."""
    cells = [(cell.code, cell.source, cell.grade_id) for cell in content.cells]
    packed = zlib.compress(json.dumps(cells).encode("ascii"))
    return base64.b64encode(packed).decode() if len(packed) <= MAX_SOURCES else ""


def _questions(content: notebook.Notebook, lesson: str, job: Job, how: How) -> list[dict[str, Any]]:
    asked = how.questions[lesson]
    twice = content.duplicates()
    cells = content.program(course.demos(lesson))
    with Session(cells, list(asked), names.given(lesson), how.limits, how.sandboxed) as session:
        rows = [_question(session, content, question, points, job.seed) for question, points in asked.items()]
    return [row | {"flags": ["duplicate-cells"] if row["question"] in twice else []} for row in rows]


def _question(session: Session, content: notebook.Notebook, question: str, points: float, seed: int) -> dict[str, Any]:
    from backprop import diagnosis

    try:
        there = session.defined([question])
    except Stopped as stop:
        return _row(question, points, 0.0, stop.status, stop.message)
    if not there:
        return _absent(session, content, question, points)
    try:
        report = diagnosis.check(question, partial(call, session, question), seed, points=points)
    except OSError:
        raise
    except Exception as error:  # whatever an answer makes of our own code ends this question, not the class
        said = f"The check itself failed on this answer ({type(error).__name__}): please tell us. The next run tries it anew."
        return _row(question, points, 0.0, "crashed", said) | {"again": True}
    earned = min(max(float(report.points), 0.0), points)
    return _row(question, points, earned, report.status, told(report), report.mistakes)


def told(report: Any) -> str:
    """What a report tells a student of a class: its words, without the hidden input and the expected values."""
    lines = [report.message[:1].upper() + report.message[1:], *report.details]
    for reading in report.readings:
        lines += [reading.says] if len(report.readings) > 1 else []
        lines += [f"Where to look: {reading.look}", f"Why: {reading.why}"]
    parts = ", ".join(f"{name} {'right' if right else 'not yet'}" for name, right in report.parts)
    lines += [f"Parts: {parts}."] if parts and not report.correct else []
    return "\n".join(str(line) for line in lines)[:MAX_TOLD]


def _absent(session: Session, content: notebook.Notebook, question: str, points: float) -> dict[str, Any]:
    """A question without its function: the cell is gone, or it raised, or it was passed over."""
    cells = {f"cell {number}" for number, cell in enumerate(content.cells, 1) if cell.grade_id == question}
    if not cells:
        return _row(question, points, 0.0, "missing", f"The answer cell of {question} is not in the notebook.")
    errors = [error for name in sorted(cells) for _, error in session.errors.get(name, [])]
    if any(name in session.skip for name in cells):
        late = f"The answer cell of {question} did not end within {session.limits.cell:g} s, or it ended the notebook's process. {ENDLESS}"
        return _row(question, points, 0.0, "timeout", late)
    if not errors:
        return _row(question, points, 0.0, "missing", f"The notebook defines no function {question}.")
    status = "memory" if str(errors[0].get("type")) in OUT_OF_MEMORY else "raised"
    said = f"The notebook defines no function {question}. It raised {sentence(errors[0], session.limits.memory)}"
    return _row(question, points, 0.0, status, said)


def sentence(error: dict[str, Any], memory: int) -> str:
    """An error that the worker told of, with the student's own line; one about memory says how much there is."""
    line = f" ({error.get('where')}, line {error.get('line')}: {error.get('text')})" if error.get("line") else ""
    if str(error.get("type")) in OUT_OF_MEMORY:
        return f"MemoryError: it asked for more memory than its {memory} MB{line}. Does a list grow without end, or is a shape too large?"
    return f"{error.get('type')}: {error.get('message')}{line}."


def call(session: Session, name: str, *args: Any) -> Any:
    """Calls a student's function in the sandbox; raises AnswerFailed where it cannot return."""
    from backprop.diagnosis import AnswerFailed

    try:
        said = session.call(name, args)
    except Stopped as stop:
        raise AnswerFailed(stop.status, stop.message) from None
    if "large" in said:
        raise AnswerFailed("too large", str(said["large"]))
    if "value" not in said:
        raise AnswerFailed(*_status_and_sentence(said.get("error"), session.limits.memory))
    if "args" in said:
        copy_back(args, said["args"])
    return said["value"]


def _status_and_sentence(error: Any, memory: int) -> tuple[str, str]:
    error = error if isinstance(error, dict) else {}
    statuses = {"NotImplementedError": "not attempted"} | dict.fromkeys(OUT_OF_MEMORY, "memory")
    return statuses.get(str(error.get("type")), "raised"), sentence(error, memory)


def copy_back(ours: Any, theirs: Any) -> None:
    """Makes our arguments what the student's code made of its own."""
    if isinstance(ours, np.ndarray):
        if isinstance(theirs, np.ndarray) and theirs.shape == ours.shape:
            np.copyto(ours, theirs, casting="unsafe")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) != len(theirs):
        ours[:] = theirs
    elif isinstance(ours, list | tuple) and isinstance(theirs, list | tuple):
        for number, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            if isinstance(ours, list) and not isinstance(one, list | tuple | np.ndarray):
                ours[number] = other
            copy_back(one, other)
