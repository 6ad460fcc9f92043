"""What was graded, in one SQLite file: each result is there whole or not at all, whatever is killed."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from backprop.grade.collect import Student
from backprop.grade.course import Refused

FILE = "results.sqlite"
TABLES = """
create table if not exists run(key text primary key, value text not null);
create table if not exists graded(job text primary key, seed text not null, result text not null, sources blob);
create table if not exists person(number integer primary key, student text unique, id text, first_name text, last_name text, email text);
create table if not exists grade(number integer primary key, student text, assignment text, question text, points real, max_points real,
  status text, mistakes text, flags text, message text, job text);
create table if not exists seen(job text primary key);
"""

BEGIN = "pragma synchronous = normal; pragma journal_mode = wal;" + TABLES


class Store:
    """The results of one class."""

    def __init__(self, folder: Path, new: bool = False) -> None:
        place = folder / FILE
        if not new and not place.is_file():
            raise Refused(f"{folder} holds no results. Grade first: backprop grade SUBMITTED --out {folder}")
        if new:
            folder.mkdir(parents=True, exist_ok=True)
        self.lock = _lock(place) if new else None
        try:
            self.db = sqlite3.connect(place) if new else sqlite3.connect(f"{place.resolve().as_uri()}?mode=ro", uri=True)
            self.db.executescript(BEGIN if new else "pragma schema_version;")
        except sqlite3.OperationalError as error:
            said = f"{place} cannot be {'written' if new else 'read'}: {error}."
            raise Refused(f"{said} Is there room on the disk, and is {folder} yours to write?") from None
        except sqlite3.DatabaseError as error:
            raise Refused(f"{place} is not a file of results ({error}). Move it away, or give another --out.") from None
        if not new and not self.finished():
            raise Refused(f"The run into {folder} was stopped before it had a table of grades. Run its line again; what is graded is kept.")

    def close(self) -> None:
        """Folds the write-ahead log into the file and closes it."""
        with contextlib.suppress(sqlite3.Error):
            self.db.execute("pragma journal_mode = delete")
        self.db.close()
        if self.lock is not None:
            os.close(self.lock)

    def recall(self, key: str) -> str | None:
        row = self.db.execute("select value from run where key = ?", (key,)).fetchone()
        return row[0] if row else None

    def finished(self) -> bool:
        """Whether a run came to its end here."""
        return self.recall("finished") == "yes"

    def remember(self, **values: str) -> None:
        with self.db:
            self.db.executemany("insert or replace into run values (?, ?)", values.items())

    def seed(self, wanted: int | None) -> int:
        """The run's seed: the recorded one, else the wanted one, else a fresh one, recorded before anything is graded."""
        recorded = self.recall("seed")
        if recorded is None:
            recorded = str(secrets.randbits(63) if wanted is None else wanted)
            self.remember(seed=recorded)
        if wanted is not None and int(recorded) != wanted:
            raise Refused(
                f"These results were made with seed {recorded}. Leave out --seed, or grade with seed {wanted} into another folder."
            )
        return int(recorded)

    def has(self, job: str) -> bool:
        """Whether a submission is graded for good; a result that came about by the machine's trouble is not."""
        result = self.result(job)
        return bool(result) and not result.get("again")

    def add(self, job: str, seed: int, result: dict[str, Any], sources: bytes) -> None:
        """Keeps one submission's result."""
        with self.db:
            self.db.execute("insert or replace into graded values (?, ?, ?, ?)", (job, str(seed), json.dumps(result), sources))

    def result(self, job: str) -> dict[str, Any]:
        row = self.db.execute("select result from graded where job = ?", (job,)).fetchone()
        return json.loads(row[0]) if row else {}

    def lesson(self, job: str) -> str:
        return str(self.result(job).get("lesson", ""))

    def sources(self, job: str) -> bytes:
        row = self.db.execute("select sources from graded where job = ?", (job,)).fetchone()
        return row[0] if row and row[0] else b""

    def finish(self, people: Iterable[Student], grades: Iterable[tuple[Any, ...]]) -> None:
        """Replaces the class's people and grades in one go."""
        with self.db:
            self.db.execute("delete from person")
            self.db.execute("delete from grade")
            self.db.executemany("insert into person values (null, ?, ?, ?, ?, ?)", people)
            self.db.executemany("insert into grade values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", grades)
            self.db.execute("insert or replace into run values ('finished', 'yes')")

    def grades(self, student: str | None = None) -> Iterator[dict[str, Any]]:
        """The rows of grades.csv, with the message and the job."""
        names = "student assignment question points max_points status mistakes flags message job".split()
        where, values = ("where student = ?", (student,)) if student is not None else ("", ())
        for row in self.db.execute(f"select {', '.join(names)} from grade {where} order by number", values):
            yield dict(zip(names, row, strict=True))

    def people(self) -> list[Student]:
        return [Student(*row) for row in self.db.execute("select student, id, first_name, last_name, email from person order by number")]


def _lock(place: Path) -> int | None:
    """Keeps a second run out of the same results; the lock goes with the process."""
    try:
        import fcntl
    except ImportError:  # Windows
        return None
    number = os.open(place.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(number)
        raise Refused(f"Another run is grading into {place.parent} at this moment.") from None
    return number
