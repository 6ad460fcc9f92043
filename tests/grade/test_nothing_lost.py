"""What the machine does to a run costs no student a point: a lost process, a stop, a stray file, a file handed in twice."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from classroom import NEURON_COST, NEURON_GRADIENT, by_question, command, grade, hand_in, neuron, notebook, points, sandbox_under

from backprop import diagnosis
from backprop.grade import clock, feedback, pool, sandbox, session, submission, summary
from backprop.grade.collect import Student
from backprop.grade.sandbox import Limits
from backprop.grade.store import Store
from backprop.grade.submission import How, Job

LESSON = "01_one_neuron"
HOW = How({LESSON: {"neuron_cost": 1.0, "neuron_gradient": 2.0}}, Limits(), True)
GREEDY = [sys.executable, "-c", "import time\nwhile time.process_time() < 20: pass"]  # ends by itself, should a test be killed
LEAVES = "def neuron_cost(w, b, x, y):\n    import os\n    os._exit(0)\n"


def job(place: Path) -> Job:
    return Job("key", str(place), LESSON, "", 3)


@pytest.mark.sandbox
@pytest.mark.parametrize("trouble", [OSError(11, "Resource temporarily unavailable"), None], ids=["no process", "no sandbox"])
def test_a_machine_that_breaks_during_a_question_blames_nobody(
    trouble: OSError | None, tmp_path: Path, need_bwrap: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, starts = sandbox.start, []

    def once(sandboxed: bool) -> subprocess.Popen[bytes]:
        starts.append(1)
        if len(starts) == 1:
            return start(sandboxed)
        if trouble:
            raise trouble
        return subprocess.Popen(["false"], stdin=-1, stdout=-1)

    monkeypatch.setattr(sandbox, "start", once)
    result = submission.grade(job(neuron(tmp_path, "ann", cost=LEAVES)), HOW._replace(questions={LESSON: {"neuron_cost": 1.0}}))
    assert (
        len(starts) > 1 and set(result) == {"broken"} and ("cannot start a process" if trouble else "stopped working") in result["broken"]
    )


class Gone:
    """A grading process that ends as soon as it has a job."""

    started = 0

    def __init__(self, how: How) -> None:
        Gone.started += 1
        self.process = subprocess.Popen(["echo", "{}"], stdin=-1, stdout=-1)
        self.since, self.ready, self.job = time.monotonic(), False, None

    take = pool.Process.take
    lines = pool.Process.lines
    end = pool.Process.end
    rest = b""

    def say(self, line: str) -> None:
        pass


def test_a_job_that_was_lost_is_no_last_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Process", Gone)
    ((lost, result),) = list(pool.local([job(tmp_path / LESSON / f"{LESSON}.ipynb")], HOW, 1))
    assert Gone.started == 2 and [row["status"] for row in result["rows"]] == ["crashed", "crashed"]
    store = Store(tmp_path, new=True)
    store.add(lost.key, lost.seed, result, b"")
    assert store.result(lost.key)["status"] == "crashed" and not store.has(lost.key)
    store.add(lost.key, lost.seed, {"rows": []}, b"")
    assert store.has(lost.key)
    store.close()


@pytest.mark.sandbox
def test_a_notebook_that_could_not_be_read_for_a_moment_is_graded_by_the_next_run(tmp_path: Path, need_bwrap: str) -> None:
    place = neuron(tmp_path, "ann")
    data = place.read_bytes()
    place.unlink()
    assert submission.grade(job(place), HOW)["again"] is True
    place.write_bytes(data)
    assert "again" not in submission.grade(job(place), HOW)


@pytest.mark.sandbox
def test_a_check_that_fails_by_itself_is_no_last_word(tmp_path: Path, need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, check = neuron(tmp_path, "ann"), diagnosis.check
    with monkeypatch.context() as patched:
        patched.setattr(diagnosis, "check", lambda id, *_, **__: check(id, 1 / 0) if id == "neuron_cost" else check(id, *_, **__))
        result = submission.grade(job(place), HOW)
    assert [(row["status"], "again" in row) for row in result["rows"]] == [("crashed", False), ("correct", False)] and result["again"]
    assert "The next run tries it anew." in result["rows"][0]["message"] and "again" not in submission.grade(job(place), HOW)


@pytest.mark.sandbox
def test_a_file_handed_in_twice_is_graded_once(tmp_path: Path, need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from backprop.grade import main

    content = json.dumps(notebook({"neuron_cost": NEURON_COST, "neuron_gradient": NEURON_GRADIENT}))
    for part in ("a", "b"):
        place = tmp_path / "in" / "ann" / LESSON / part / f"{LESSON}.ipynb"
        place.parent.mkdir(parents=True)
        place.write_text(content)
    sent: list[str] = []

    def counted(jobs: Any, how: How, workers: int) -> Any:
        sent.extend(one.key for one in jobs)
        return pool.local(jobs, how, 1)

    monkeypatch.setattr(main, "_scheduler", lambda options: (counted, 1))
    assert main.grade(tmp_path / "in", tmp_path / "out", main.Options()) == 0
    assert len(sent) == 1 and points(tmp_path / "out") == {"ann": 3.0}


@pytest.mark.sandbox
def test_what_a_killed_run_left_half_written_goes_with_the_next(tmp_path: Path, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann")
    place = tmp_path / "out" / ".unpacked" / "ann" / "x.ipynb"
    place.parent.mkdir(parents=True)
    place.write_text("{}")
    for name in (".grades.csv.k3x_9a1b", ".summary.csv.abcdefgh", "grades.csv.mine"):
        (tmp_path / "out" / name).write_text("half")
    grade(tmp_path / "in", tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"grades.csv", "summary.csv", "results.sqlite", "grades.csv.mine"}


@pytest.mark.sandbox
@pytest.mark.parametrize("command", [feedback.feedback, summary.summary])
def test_a_run_that_was_stopped_before_its_table_is_no_empty_class(
    command: Callable[[Path], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path, new=True)
    store.seed(None)
    store.close()
    assert command(tmp_path) == 2 and "was stopped before it had a table of grades. Run its line again" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"results.sqlite"}
    store = Store(tmp_path, new=True)
    store.finish([], [])
    store.close()
    assert command(tmp_path) == 0


def test_feedback_that_cannot_take_its_place_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(tmp_path, new=True)
    store.finish([Student("ann")], [])
    store.close()
    assert feedback.feedback(tmp_path) == 0
    (tmp_path / "feedback" / "note").write_text("mine")
    rename = Path.rename
    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", lambda self, to: os.mkdir(tmp_path) if self.name == ".feedback" else rename(self, to))
        assert feedback.feedback(tmp_path) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"results.sqlite", "feedback"}
    assert {path.name for path in (tmp_path / "feedback").iterdir()} == {"ann", "note"}
    assert feedback.feedback(tmp_path) == 0 and not (tmp_path / "feedback" / "note").exists()


@pytest.mark.sandbox
def test_a_sandbox_that_does_not_start_in_time_blames_nobody(tmp_path: Path, need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "start", lambda _: subprocess.Popen(["sleep", "60"], stdin=-1, stdout=-1))
    quick = HOW._replace(limits=Limits(submission=0.2))
    assert "The sandbox did not start within 0.2 s" in submission.grade(job(neuron(tmp_path, "ann")), quick)["broken"]


def test_a_sandbox_that_hangs_is_a_sentence(monkeypatch: pytest.MonkeyPatch, need_bwrap: str) -> None:
    def hang(*line: object, **more: object) -> None:
        raise subprocess.TimeoutExpired("bwrap", 60)

    monkeypatch.setattr(subprocess, "run", hang)
    assert "did not start within 60 s" in sandbox.why_not()


def test_the_clock_stands_still_with_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    limit = clock.Clock(0.25)
    for step, shown in ((0.125, 0.125), (0.25, 0.375), (3600.0, 0.625), (0.125, 0.75)):
        now[0] += step
        assert limit.now() == shown


def test_the_clock_takes_off_what_others_took(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox 7 and its process 8 wait for a processor."""
    now, waited = [100.0], {7: 0.0, 8: 0.5}
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(clock, "queued", waited.__getitem__)
    monkeypatch.setattr(clock, "computed", lambda process: 0.0)
    monkeypatch.setattr(clock, "family", lambda process: [process, 8])
    limit = clock.Clock(look=100.0)
    now[0] += 10
    assert not limit.past(9.75, 7) and limit.now() == 9.5
    waited[7], waited[8] = 1.0, 2.5
    now[0] += 4
    assert limit.now() == 13.5 and not limit.past(13.0, 7) and limit.now() == 10.5
    assert limit.past(10.5, 7), "nobody waited any more"
    waited[8] = 0.0  # it ended
    assert limit.past(10.5, 7)
    waited[8] = 1000.0
    now[0] += 6
    assert limit.past(0.9, 7) and limit.now() == 1.0, "a second on the wall counts a twentieth at least"


def test_the_clock_counts_what_a_sandbox_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its threads wait for each other: that they waited 9 of 10 seconds is their own doing."""
    now, computed = [100.0], [9.5]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(clock, "queued", lambda process: 9.0)
    monkeypatch.setattr(clock, "computed", lambda process: computed[0])
    monkeypatch.setattr(clock, "family", lambda process: [process])
    limit = clock.Clock(look=100.0)
    now[0] += 10
    assert limit.past(9.5, 7) and limit.now() == 9.5
    computed[0] = 19.0
    assert limit.past(9.5, 7) and limit.now() == 10.0, "two processors do not make the time longer than it was"


@contextlib.contextmanager
def crowd(count: int) -> Iterator[list[int]]:
    """So many greedy processes that want the one processor on which this one and its children may run; their numbers."""
    others = [subprocess.Popen(GREEDY, start_new_session=True) for _ in range(count)]
    kept = os.sched_getaffinity(0)
    try:
        for process in (0, *(other.pid for other in others)):
            os.sched_setaffinity(process, {min(kept)})
        yield [other.pid for other in others]
    finally:
        os.sched_setaffinity(0, kept)
        for other in others:
            other.kill()
            other.wait()


def test_what_waits_is_read_from_the_system() -> None:
    start, before = time.monotonic(), clock.queued(os.getpid())
    with crowd(2) as others:
        while time.process_time() < 0.5 or time.monotonic() < start + 2:
            pass
        waited = clock.queued(os.getpid()) - before
        assert 0.5 < waited < time.monotonic() - start
        assert clock.queued(others[0]) > 0 and clock.queued(10**8) == 0
        assert set(clock.family(os.getpid())) >= {os.getpid(), *others}


BUSY = "import time\nend = time.process_time() + 0.6\nwhile time.process_time() < end: pass\ndef f(): return 1"
SLOW = {
    "computes for 0.6 s": (BUSY, 1),
    "computes without end": ("def f():\n    while True: pass", "timeout"),
    "sleeps": ("def f():\n    import time\n    time.sleep(60)", "timeout"),
}


THREADS = """
import hashlib, os, threading
def f():
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    work = lambda: hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)
    for _ in range(15):
        threading.Thread(target=work).start()
    work()
"""


@pytest.mark.sandbox
def test_threads_that_wait_for_each_other_gain_no_time(need_bwrap: str) -> None:
    """Sixteen want one processor: each waits fifteen sixteenths of the time, and all of it is the notebook's own."""
    with session.Session([("cell 1", THREADS)], ["f"], {}, Limits(call=1.0), True) as tried:
        with pytest.raises(session.Stopped) as stop:
            tried.call("f", ())
        assert stop.value.status == "timeout" and sum(tried.clock.used.values()) < 4


@pytest.mark.sandbox
@pytest.mark.parametrize("code", SLOW)
def test_others_work_takes_no_time_from_a_notebook(code: str, need_bwrap: str) -> None:
    """Eight other processes want the one processor: what needs 0.6 s of it takes some 5 s on the wall, with 1 s allowed."""
    source, wanted = SLOW[code]
    with crowd(8), session.Session([("cell 1", source)], ["f"], {}, Limits(cell=1.0, call=1.0), True) as tried:
        try:
            got = tried.call("f", ())["value"]
        except session.Stopped as stop:
            got = stop.status
    assert got == wanted


@pytest.mark.sandbox
def test_a_run_that_is_stopped_for_a_while_goes_on(tmp_path: Path, need_bwrap: str) -> None:
    """Ctrl-Z stops the grader and not the sandboxes, which have a session of their own."""
    slow = NEURON_COST.replace("    a =", "    import time\n    time.sleep(0.8)\n    a =", 1)
    hand_in(tmp_path / "in", "ann", LESSON, notebook({"neuron_cost": slow, "neuron_gradient": NEURON_GRADIENT}))
    line = command("grade", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1, "--call-seconds", 1.5)
    run = subprocess.Popen(line, start_new_session=True, stderr=subprocess.DEVNULL)
    sandbox_under(run)  # a second later the check is in the midst of its calls
    os.killpg(run.pid, signal.SIGSTOP)
    time.sleep(7)  # longer than a call may take on a busy machine
    os.killpg(run.pid, signal.SIGCONT)
    assert run.wait(timeout=120) == 0
    assert by_question(tmp_path / "out")["ann", "neuron_cost"]["status"] == "correct"
