"""The commands: grade a class, give feedback, see the class at a glance."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import backprop
from backprop.grade import collect, export, pool, sandbox
from backprop.grade import course as courses
from backprop.grade import table as tables
from backprop.grade.course import Refused, finished
from backprop.grade.notebook import Unreadable, read_bytes
from backprop.grade.store import Store
from backprop.grade.submission import How, Job

Scheduler = Callable[[Iterable[Job], How, int], Iterator[tuple[Job, dict[str, Any]]]]


class Options(NamedTuple):
    """What the command line said, beyond where the submissions are and where the results go."""

    roster: Path | None = None
    course: Path | None = None
    pattern: str = ""
    overrides: Path | None = None
    seed: int | None = None
    workers: int = 0
    unsafe: bool = False
    form: str = ""
    dask: str = ""
    limits: sandbox.Limits = sandbox.Limits()


def grade(submitted: Path, out: Path, options: Options) -> int:
    """Grades a class; 0 whenever the run finished, 2 where it could not begin."""
    return finished(lambda: _grade(submitted, out, options), "What is graded so far is kept: run the same line again.")


def _grade(submitted: Path, out: Path, options: Options) -> str:
    if options.form and options.form not in export.FORMATS:
        raise Refused(f"--format knows {' and '.join(export.FORMATS)}, not {options.form!r}.")
    if not submitted.exists():
        raise Refused(f"There is no {submitted}.")
    if submitted.resolve() in (out.resolve(), *out.resolve().parents):
        raise Refused(f"{out} lies in {submitted}, where it would be taken for a student. Give another --out.")
    how = How(courses.course(options.course).questions, options.limits, _sandboxed(options))
    people = collect.roster(options.roster) if options.roster else []
    appeals = tables.overrides(options.overrides) if options.overrides else []
    with _opened(out, submitted, options) as (store, root):
        found, students = collect.collect(root, options.pattern)
        planned = _plan(found, root, how, store.seed(options.seed))
        todo = {job.key: job for _, job in planned if not store.has(job.key)}  # the same file in two places is one job
        _run(list(todo.values()), how, store, options)
        hands = [tables.Hand(one, job.key, store.lesson(job.key)) for one, job in planned]
        return _finish(store, out, tables.Table(hands, people, students, how, appeals, store.result), options)


@contextlib.contextmanager
def _opened(out: Path, submitted: Path, options: Options) -> Iterator[tuple[Store, Path]]:
    """The store and the folder of submissions, for as long as the run takes."""
    store = Store(out, new=True)
    try:
        export.tidy(out)
        with collect.opened(submitted, out, options.limits.notebook) as (root, refused):
            for name in refused[:10]:
                print(f"Passed over in the zip: {name!r}. It leaves its folder, or no file of that name can be made here.", file=sys.stderr)
            yield store, root
    finally:
        store.close()


def _sandboxed(options: Options) -> bool:
    """Whether there is a sandbox; refuses to go on without one unless told to."""
    if sys.platform == "win32":
        raise Refused("Grading needs Linux (or macOS with --unsafe). On Windows run it in WSL, where bubblewrap works.")
    reason = "" if options.dask else sandbox.why_not()
    if reason and not options.unsafe:
        raise Refused(f"{reason}\nStudents' code would run as you, with your files. If you trust it all, say --unsafe.")
    if not reason:
        sandbox.prepare()
    return not reason


def _plan(found: list[collect.Found], root: Path, how: How, seed: int) -> list[tuple[collect.Found, Job]]:
    """What there is to grade. A job is known by the student, the content and everything that decides the grade."""
    manner = f"{backprop.__version__}|{how.to_json()}|{seed}"
    return [(one, _job(one, root, how, manner, seed)) for one in found]


def _job(one: collect.Found, root: Path, how: How, manner: str, seed: int) -> Job:
    who = json.dumps([one.student, one.assignment, os.path.basename(one.path)])
    content = one.problem or _content(root / one.path, how.limits.notebook)
    key = hashlib.sha256(json.dumps([who, content, manner]).encode()).hexdigest()
    own_seed = int.from_bytes(hashlib.sha256(f"{seed}|{who}".encode()).digest()[:6])
    return Job(key, str(root / one.path), one.assignment, one.problem, own_seed)


def _content(path: Path, limit: int) -> str:
    try:
        return hashlib.sha256(read_bytes(path, limit)).hexdigest()
    except Unreadable as error:
        return f"{error.status}: {error.message}"


def _run(jobs: list[Job], how: How, store: Store, options: Options) -> None:
    """Grades what is not graded yet; each result is kept as it comes."""
    if not jobs:
        return
    scheduler, workers = _scheduler(options)
    with _progress(len(jobs)) as step:
        for job, result in scheduler(jobs, how, workers):
            if "broken" in result:
                raise Refused(f"{result['broken']} What is graded is kept: run the same line again when it works.")
            sources = result.pop("sources", "")
            store.add(job.key, job.seed, result, sources.encode())
            step()


def _scheduler(options: Options) -> tuple[Scheduler, int]:
    if options.dask:
        from backprop.grade.cluster import scheduler

        return scheduler(options.dask), 0
    return pool.local, options.workers or os.cpu_count() or 1


class _progress:
    """A bar with the rate and the time left, on standard error."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        rate = TextColumn("{task.fields[rate]}")
        columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
        self.bar = Progress(*columns, console=Console(stderr=True))
        self.task = self.bar.add_task("grading", total=total, rate="")

    def __enter__(self) -> Callable[[], None]:
        self.bar.__enter__()
        return self.step

    def step(self) -> None:
        speed = self.bar.tasks[0].finished_speed or self.bar.tasks[0].speed or 0.0
        self.bar.update(self.task, advance=1, rate=f"{speed:.1f}/s" if speed else "")

    def __exit__(self, *error: Any) -> None:
        self.bar.__exit__(*error)


def _finish(store: Store, out: Path, table: tables.Table, options: Options) -> str:
    store.finish(table.people, table.rows())
    export.everything(store, out, options.form)
    for one in table.unused():
        print(f"No row for the override of {one.student}, {one.question}: is it spelled as in grades.csv?", file=sys.stderr)
    return f"{table.count} grades of {len(table.people)} students ({len(table.handed_in)} handed in): {out / 'grades.csv'}"
