"""A class to grade: notebooks made from a few answers, and the command run on them."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NEURON_COST = """def neuron_cost(w, b, x, y):
    a = 1 / (1 + np.exp(-(w * x + b)))
    return ((a - y) ** 2).sum() / 2
"""
NEURON_GRADIENT = """def neuron_gradient(w, b, x, y):
    a = 1 / (1 + np.exp(-(w * x + b)))
    delta = (a - y) * a * (1 - a)
    return (delta * x).sum(), delta.sum()
"""
OUTPUT_ERROR = """def output_error(z, y):
    a = 1 / (1 + np.exp(-z))
    return (a - y) * a * (1 - a)
"""
NO_SLOPE = """def output_error(z, y):
    return 1 / (1 + np.exp(-z)) - y
"""
STUB = 'def {}(*args):\n    """To do."""\n    raise NotImplementedError\n'
RIGHT = {"neuron_cost": NEURON_COST, "neuron_gradient": NEURON_GRADIENT}


def cell(source: str, grade_id: str = "", *tags: str, kind: str = "code") -> dict[str, Any]:
    metadata: dict[str, Any] = {"tags": list(tags)} if tags else {}
    if grade_id:
        metadata["nbgrader"] = {"schema_version": 3, "grade_id": grade_id, "grade": grade_id.endswith("-check"), "solution": True}
    extra = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"c{abs(hash((source, grade_id))) % 10**7}", "metadata": metadata, "source": source, **extra}


def check_cell(question: str) -> dict[str, Any]:
    return cell(f'report = bp.check("{question}", {question})\ndisplay(report)\nreport.points', f"{question}-check")


def notebook(answers: dict[str, str], *more: dict[str, Any], first: str = "import numpy as np\nimport backprop as bp") -> dict[str, Any]:
    """A notebook with an answer cell and a check cell a question, and more cells after them."""
    cells = [cell("# An exercise", kind="markdown"), cell(first)]
    for question, source in answers.items():
        cells += [cell(source, question), check_cell(question)]
    return {"cells": [*cells, *more], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def hand_in(folder: Path, student: str, lesson: str, content: dict[str, Any] | str | bytes) -> Path:
    """Puts a student's notebook into nbgrader's layout."""
    place = folder / student / lesson / f"{lesson}.ipynb"
    place.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(content) if isinstance(content, dict) else content
    place.write_bytes(data.encode() if isinstance(data, str) else data)
    return place


def neuron(folder: Path, student: str, cost: str = NEURON_COST, gradient: str = NEURON_GRADIENT, *more: dict[str, Any]) -> Path:
    """A hand-in of lesson 01."""
    return hand_in(folder, student, "01_one_neuron", notebook({"neuron_cost": cost, "neuron_gradient": gradient}, *more))


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "backprop.cli", *map(str, words)]


def grade(submitted: Path, out: Path, *options: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Runs `backprop grade` as an instructor would."""
    few = sum(1 for _ in submitted.rglob("*.ipynb")) < 8  # not worth a second process
    line = command("grade", submitted, "--out", out, *(["--workers", 1] if few else []), *options)
    done = subprocess.run(line, capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    assert done.returncode == code, done.stdout + done.stderr
    return done


def rows(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines()))


def by_question(out: Path) -> dict[tuple[str, str], dict[str, str]]:
    return {(row["student"], row["question"]): row for row in rows(out)}


def points(out: Path) -> dict[str, float]:
    """Each student's points in all."""
    sums: dict[str, float] = {}
    for row in rows(out):
        sums[row["student"]] = sums.get(row["student"], 0.0) + float(row["points"])
    return sums


def tree(pid: int) -> list[int]:
    """A process and all that came from it, by asking each process for its parent: not as `clock.family` finds it, which is under test."""
    found, parents = [pid], {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(place.parent.name)] = int(place.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def sandbox_under(run: subprocess.Popen[bytes]) -> int:
    """The first worker that a run starts, once it is at work."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for pid in tree(run.pid):
            if is_worker(pid):
                time.sleep(1)
                return pid
        time.sleep(0.02)
    raise AssertionError("no sandbox was started")


def is_worker(pid: int) -> bool:
    """Whether it is process 2 of a sandbox: of one in the fork server's, or of one that was started anew."""
    inside = len(numbers(pid)) - len(numbers(os.getpid()))
    with contextlib.suppress(OSError):
        anew = inside == 1 and b"worker.main()" in Path(f"/proc/{pid}/cmdline").read_bytes()
        return numbers(pid)[-1:] == ["2"] and (inside == 2 or anew)
    return False


def numbers(pid: int) -> list[str]:
    """The numbers of a process, from our namespace to its own."""
    return status(pid).get("NSpid", "").split()


def status(pid: int) -> dict[str, str]:
    """What the system tells of a process; nothing of one that is gone."""
    with contextlib.suppress(OSError):
        return {key: value.strip() for key, _, value in (line.partition(":") for line in open(f"/proc/{pid}/status"))}
    return {}


def until_one_is_graded(out: Path) -> None:
    """Waits until a run into this folder has kept its first result: it is connected and at work, however slow the machine."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            with contextlib.closing(sqlite3.connect(f"{(out / 'results.sqlite').as_uri()}?mode=ro", uri=True)) as db:
                if db.execute("select 1 from graded").fetchone():
                    return
        except sqlite3.OperationalError:
            pass  # not made yet, or being written
        time.sleep(0.05)
    raise AssertionError("nothing was graded within two minutes")
