"""Grading on a Dask cluster: the same jobs, the same function, each with its own sandbox over there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import backprop
from backprop.grade import sandbox
from backprop.grade.course import Refused
from backprop.grade.notebook import Unreadable, read_bytes
from backprop.grade.submission import How, Job, failed, grade_bytes

AHEAD = 4  # jobs on their way for each thread of the cluster

Scheduler = Callable[[Iterable[Job], How, int], Iterator[tuple[Job, dict[str, Any]]]]


class NoSandbox(RuntimeError):
    """A worker of the cluster cannot make a sandbox."""


def read(job: Job, how: How) -> tuple[bytes, dict[str, Any] | None]:
    """The file's bytes, which travel with the job since a cluster need not see our disk; or the result where they cannot be read."""
    if job.problem:
        return b"", failed(job, how, "unreadable", job.problem)
    try:
        return read_bytes(Path(job.path), how.limits.notebook), None
    except Unreadable as error:
        return b"", failed(job, how, error.status, error.message) | {"again": True}


def grade_there(job: Job, data: bytes, how: How) -> dict[str, Any]:
    """One submission, on a worker of the cluster; refuses where that worker has no sandbox."""
    reason = _why_not() if how.sandboxed else ""
    if reason:
        raise NoSandbox(reason)
    return grade_bytes(job, data, how)


@cache
def _why_not() -> str:
    return sandbox.why_not()


def scheduler(address: str) -> Scheduler:
    """A scheduler that sends jobs to the cluster at this address."""
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise Refused("--dask needs dask.distributed: pip install 'backprop-course[cluster]'") from None
    try:
        client = distributed.Client(address, timeout=8, set_as_default=False)
        client.wait_for_workers(1, timeout=30)
    except (OSError, TimeoutError, ValueError) as error:
        raise Refused(f"No Dask scheduler with a worker answers at {address}: {error}") from None
    probe(client)
    return lambda jobs, how, workers: _results(client, jobs, how)


def version() -> str:
    """The version of backprop here, asked of every worker too."""
    return backprop.__version__


def probe(client: Any) -> None:
    """Refuses a cluster that cannot grade before a class is sent there: nobody's notebook is to blame."""
    ours = f"its scheduler and every worker need backprop-course {version()}"
    try:
        theirs = {*client.run(version).values(), client.submit(version, pure=False).result(timeout=60)}
    except Exception as error:
        raise Refused(f"The cluster cannot grade: {ours} ({type(error).__name__}).") from None
    if theirs != {version()}:
        raise Refused(f"The cluster grades otherwise: {ours}, and there is {', '.join(sorted(theirs - {version()}))}.")


def _results(client: Any, jobs: Iterable[Job], how: How) -> Iterator[tuple[Job, dict[str, Any]]]:
    """Every job with its result, a few jobs ahead of the cluster's threads; a worker that dies loses nothing."""
    order = import_module("distributed").as_completed(loop=client.loop)
    sent: dict[str, Job] = {}

    def send(job: Job, data: bytes) -> None:
        future = client.submit(grade_there, job, data, how, key=f"grade-{job.key}", pure=False, retries=2)
        sent[future.key] = job
        order.add(future)

    with client:
        ahead = AHEAD * max(1, sum(client.nthreads().values()))
        for job in jobs:
            data, result = read(job, how)
            if result is not None:
                yield job, result
                continue
            send(job, data)
            if len(sent) >= ahead:
                yield _next(order, sent, how)
        while sent:
            yield _next(order, sent, how)


def _next(order: Any, sent: dict[str, Job], how: How) -> tuple[Job, dict[str, Any]]:
    """The next job that ended."""
    future = next(order)
    job = sent.pop(future.key)
    return job, _result(future, job, how)


def _result(future: Any, job: Job, how: How) -> dict[str, Any]:
    try:
        result: dict[str, Any] = future.result()
        return result
    except NoSandbox as error:
        raise Refused(f"A worker of the cluster cannot grade. {error}") from None
    except CancelledError:
        raise Refused("The connection to the cluster was lost. What is graded is kept: run the same line again.") from None
    except Exception as error:
        said = f"The cluster lost this notebook again and again ({type(error).__name__}). The next run tries it anew."
        return failed(job, how, "crashed", said) | {"again": True}
