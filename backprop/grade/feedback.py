"""What a student gets back: one page, and each notebook with the words of `check` under the answers. No input, no answer of ours."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import json
import re
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backprop.folders import write
from backprop.grade.collect import Student
from backprop.grade.course import finished
from backprop.grade.export import number
from backprop.grade.store import Store

Grade = dict[str, Any]

STYLE = """
:root{color-scheme:light dark;--ink:#1d2330;--ground:#fff;--quiet:#5b6472;--line:#d6dae2;--good:#1a7f4b;--bad:#b3471d}
@media (prefers-color-scheme:dark){:root{--ink:#e8ebf1;--ground:#171b22;--quiet:#a7afbd;--line:#3a4150;--good:#6fd3a0;--bad:#f0a27c}}
body{font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1rem;margin:0}
section{border-top:1px solid var(--line);padding:.8rem 0}.quiet{color:var(--quiet);margin:.2rem 0}
.good{color:var(--good)}.bad{color:var(--bad)}p{margin:.3rem 0;overflow-wrap:anywhere}
"""


def feedback(results: Path) -> int:
    """Writes RESULTS/feedback anew, one folder a student; 0 when it is done."""
    return finished(lambda: _feedback(results), "Nothing of an older feedback was changed.")


def _feedback(results: Path) -> str:
    """All of it is written beside what was there before and then takes its place; says for how many students."""
    new, target = results / ".feedback", results / "feedback"
    with contextlib.closing(Store(results)) as store:
        people = store.people()
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir()
            for person in people:
                _student(store, person, new / folder_name(person.student))
            _take_place(new, target)
        finally:
            shutil.rmtree(new, ignore_errors=True)
    return f"Feedback for {len(people)} students: {target}"


def _take_place(new: Path, target: Path) -> None:
    """Puts a folder where another may be, which goes only when the new one is there."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def folder_name(student: str) -> str:
    """A folder for a student's name, whatever it holds: never another folder, never another student's."""
    plain = re.sub(r"[^\w@+ -]|^ | $", "_", student)[:80]
    return plain if plain and plain == student else f"{plain}-{hashlib.sha256(student.encode()).hexdigest()[:8]}"


def _student(store: Store, person: Student, folder: Path) -> None:
    folder.mkdir(parents=True)
    grades = list(store.grades(person.student))
    write(folder / "feedback.html", page(person, grades).encode())
    for job in dict.fromkeys(grade["job"] for grade in grades if grade["job"]):
        own = [grade for grade in grades if grade["job"] == job]
        cells = _sources(store.sources(job))
        if cells:
            name = folder_name(store.result(job).get("lesson", "") or own[0]["assignment"])
            write(_free(folder, name), json.dumps(annotated(cells, own), indent=1, ensure_ascii=False).encode("utf-8", "replace"))


def _free(folder: Path, name: str) -> Path:
    """A path of this name that is not taken (several notebooks of one lesson)."""
    tries = (folder / f"{name}{'' if k == 1 else f'-{k}'}.ipynb" for k in range(1, 1000))
    return next(path for path in tries if not path.exists())


def _sources(packed: bytes) -> list[list[Any]]:
    return json.loads(zlib.decompress(base64.b64decode(packed))) if packed else []


def points(grades: list[Grade]) -> str:
    """1.5 of 4 points."""
    got, most = sum(grade["points"] for grade in grades), sum(grade["max_points"] for grade in grades)
    return f"{number(got)} of {number(most)} point{'' if most == 1 else 's'}"


def page(person: Student, grades: list[Grade]) -> str:
    """A student's page."""
    name = html.escape(" ".join(filter(None, [person.first_name, person.last_name])) or person.student)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Feedback for {name}</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body><main><h1>Feedback for {name}</h1>' + (
        "".join(_assignments(grades)) + "</main></body></html>\n"
    )


def _assignments(grades: list[Grade]) -> Iterator[str]:
    for assignment in dict.fromkeys(grade["assignment"] for grade in grades):
        own = [grade for grade in grades if grade["assignment"] == assignment]
        yield f"<h2>{html.escape(assignment)}: {points(own)}</h2>"
        yield from map(_section, own)


def _section(grade: Grade) -> str:
    kind = "good" if grade["status"] == "correct" else "bad"
    flags = f" · {html.escape(grade['flags'].replace(';', ', '))}" if grade["flags"] else ""
    words = "".join(f"<p>{html.escape(line)}</p>" for line in grade["message"].splitlines())
    title = f'<h3><code>{html.escape(grade["question"])}</code>: <span class="{kind}">{html.escape(grade["status"])}</span></h3>'
    return f'<section>{title}<p class="quiet">{points([grade])}{flags}</p>{words}</section>'


def annotated(cells: list[list[Any]], grades: list[Grade]) -> dict[str, Any]:
    """The student's notebook, outputs left out, with a cell of feedback under each answer."""
    last = {grade_id: number for number, (_, _, grade_id) in enumerate(cells)}
    under = {last[grade["question"]]: grade for grade in grades if grade["question"] in last}
    built = [_markdown(f"**Feedback: {points(grades)}**")]
    for number_, (code, source, _) in enumerate(cells):
        built.append(_code(source) if code else _markdown(source, "student"))
        built += [_markdown(_words(under[number_]))] if number_ in under else []
    built += [_markdown(_words(grade)) for grade in grades if grade["question"] not in last]
    for number_, cell in enumerate(built):
        cell["id"] = f"f{number_:07d}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {"cells": built, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


def _words(grade: Grade) -> str:
    """A question's feedback as Markdown; what a student's code said stays literal."""
    lines = "\n".join(f"    {line}" for line in grade["message"].splitlines())
    return f"**`{grade['question']}`: {grade['status']}, {points([grade])}**\n\n{lines}"


def _markdown(text: str, tag: str = "feedback") -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {"tags": [tag]}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text}
