"""Grading on this machine: a few processes of ours, each with one submission at a time; one that dies is replaced."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from backprop.grade.clock import MOST_PATIENCE, Clock
from backprop.grade.course import Refused
from backprop.grade.submission import How, Job, failed

SLACK, FALSE_STARTS, LOOK = 60.0, 5, 5.0


class Process:
    """One grading process, and the job it is at."""

    def __init__(self, how: How) -> None:
        self.process = subprocess.Popen([sys.executable, "-m", "backprop.grade.pool"], stdin=-1, stdout=-1)
        self.job: Job | None = None
        self.since = 0.0
        self.rest = b""
        self.ready = False
        self.say(how.to_json())

    def say(self, line: str) -> None:
        assert self.process.stdin
        with contextlib.suppress(OSError):  # a dead one is found by its closed output
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def take(self, job: Job, now: float) -> None:
        self.job, self.since = job, now
        self.say(json.dumps(job))

    def lines(self) -> list[bytes] | None:
        """The whole lines it said; None when it is gone."""
        assert self.process.stdout
        part = os.read(self.process.stdout.fileno(), 1 << 20)
        *whole, self.rest = (self.rest + part).split(b"\n")
        return whole if part else None

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in filter(None, (self.process.stdin, self.process.stdout)):
            with contextlib.suppress(OSError):
                pipe.close()


class Pool:
    """As many processes as there are workers, kept busy."""

    def __init__(self, jobs: Iterable[Job], how: How, workers: int) -> None:
        self.how = how
        self.jobs = deque(jobs)
        self.again: set[str] = set()
        self.false_starts = 0
        self.clock = Clock(LOOK)
        self.selector = selectors.DefaultSelector()
        for _ in range(min(workers, len(self.jobs))):
            self._hire()

    def _hire(self) -> None:
        process = Process(self.how)
        assert process.process.stdout
        self.selector.register(process.process.stdout, selectors.EVENT_READ, process)
        process.take(self.jobs.popleft(), self.clock.now())

    def _dismiss(self, process: Process) -> None:
        assert process.process.stdout
        self.selector.unregister(process.process.stdout)
        process.end()

    def results(self) -> Iterator[tuple[Job, dict[str, Any]]]:
        while self.selector.get_map():
            for key, _ in self.selector.select(1.0):
                yield from self._hear(key.data)
            for key in list(self.selector.get_map().values()):
                if self.clock.now() - key.data.since > self.how.limits.submission * MOST_PATIENCE + SLACK:
                    key.data.process.kill()

    def _hear(self, process: Process) -> Iterator[tuple[Job, dict[str, Any]]]:
        lines = process.lines()
        job = process.job
        assert job
        if lines is None:
            self._dismiss(process)
            yield from self._lost(job) if process.ready else self._false_start(job)
            if self.jobs:
                self._hire()
        for line in lines or []:
            if not process.ready:
                process.ready, self.false_starts = True, 0
                continue
            if self.jobs:
                process.take(self.jobs.popleft(), self.clock.now())
            else:
                self._dismiss(process)
            yield job, json.loads(line)

    def _lost(self, job: Job) -> Iterator[tuple[Job, dict[str, Any]]]:
        """The process died at this job: it is tried once more before it counts as crashed."""
        if job.key in self.again:
            said = "The process that graded this notebook was ended twice. The next run tries it anew."
            yield job, failed(job, self.how, "crashed", said) | {"again": True}
        else:
            self.again.add(job.key)
            self.jobs.appendleft(job)

    def _false_start(self, job: Job) -> Iterator[tuple[Job, dict[str, Any]]]:
        """The process died before it had begun: no notebook is to blame."""
        self.false_starts += 1
        if self.false_starts > FALSE_STARTS:
            raise Refused(
                f"Grading processes do not start: try {sys.executable} -m backprop.grade.pool to see why. What is graded is kept."
            )
        self.jobs.appendleft(job)
        yield from ()

    def close(self) -> None:
        for key in list(self.selector.get_map().values()):
            self._dismiss(key.data)
        self.selector.close()


def local(jobs: Iterable[Job], how: How, workers: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Every job with its result, in the order in which they end."""
    pool = Pool(jobs, how, workers)
    try:
        yield from pool.results()
    finally:
        pool.close()


def _die_with_parent() -> None:
    """On Linux: this process ends when the one that started it does, however that ended."""
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(1, 9)


def main() -> None:
    """A grading process: one line says how, each further line is a job, each answer is a line."""
    _die_with_parent()
    from backprop.grade.submission import grade

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print("{}", file=out, flush=True)
    how = How.from_json(sys.stdin.readline())
    for line in sys.stdin:
        print(json.dumps(grade(Job(*json.loads(line)), how)), file=out, flush=True)


if __name__ == "__main__":
    main()
