"""The grader against nbgrader, its cost a submission, its memory, hostile classes and kills.

`python -m bench grade` prints the tables; `python -m bench.grade --class 500 --kills 5` runs smaller ones, `--only class` one of them.
Everything runs on this machine, in folders of its own, and ends by itself.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench import markdown, significant

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "grade"))
from classroom import tree

LESSON = "01_one_neuron"
COST = "def neuron_cost(w, b, x, y):\n    a = 1 / (1 + np.exp(-(w * x + b)))\n    return ((a - y) ** 2).sum() / 2\n"
GRADIENT = (
    "def neuron_gradient(w, b, x, y):\n    a = 1 / (1 + np.exp(-(w * x + b)))\n    delta = (a - y) * a * (1 - a)\n"
    "    return (delta * x).sum(), delta.sum()\n"
)
WRONG_COST = COST.replace(" / 2", "")
WRONG_GRADIENT = GRADIENT.replace(" * a * (1 - a)", "").replace("delta.sum()", "delta.mean()")
HOSTILE = (
    "while True: pass",
    "import os; os._exit(0)",
    "n = []\n    while True: n.append(bytearray(10**7))",
    "import os\n    while True: os.fork()",
    "import os, signal\n    [os.kill(p, signal.SIGKILL) for p in (os.getppid(), 1, -1)]",
    "return np.zeros(10**8)",
    "n = []\n    for _ in range(10**5): n = [n]\n    return n",
    "from backprop.notes import two_layer\n    return two_layer.neuron(w, x, b, y)[2]",
)
LIMITS = ("--cell-seconds", "3", "--call-seconds", "2", "--submission-seconds", "15", "--memory-mb", "512")


def exercise() -> dict[str, Any]:
    from backprop.folders import exercises

    return json.loads((exercises() / f"{LESSON}.ipynb").read_text(encoding="utf-8"))


def hand_in(folder: Path, student: str, answers: dict[str, str]) -> None:
    """The exercise as handed out with these answers in it."""
    content = exercise()
    for cell in content["cells"]:
        id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        cell["source"] = answers.get(id, cell["source"])
    place = folder / student / LESSON
    place.mkdir(parents=True)
    (place / f"{LESSON}.ipynb").write_text(json.dumps(content), encoding="utf-8")


def answers(kind: str, number: int = 0) -> dict[str, str]:
    body = f"def neuron_cost(w, b, x, y):\n    {HOSTILE[number % len(HOSTILE)]}\n"
    costs = {"right": COST, "wrong": WRONG_COST, "hostile": body}
    return {"neuron_cost": costs[kind], "neuron_gradient": WRONG_GRADIENT if kind == "wrong" else GRADIENT}


def class_of(folder: Path, size: int, hostile: float = 0.0) -> dict[str, str]:
    """A class: a quarter wrong, the given share hostile, the rest right. Says who is what."""
    kinds = {}
    for number in range(size):
        kind = "hostile" if hostile and number % round(1 / hostile) == 0 else "wrong" if number % 4 == 1 else "right"
        kinds[f"s{number:05d}"] = kind
        hand_in(folder, f"s{number:05d}", answers(kind, number // 20))
    return kinds


def command(submitted: Path, out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "backprop.cli", "grade", str(submitted), "--out", str(out), *options]


def timed(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def run_all(*lines: tuple[list[str], Path]) -> None:
    """Runs some commands side by side, each in its folder."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(line, cwd=folder, env=os.environ | {"PATH": path}, **quiet) for line, folder in lines]
    if any(process.wait() for process in running):
        raise SystemExit("a command failed")


def peers(size: int = 40) -> str:
    """Submissions a second with two processes, here and in nbgrader, on the same submissions, one run."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        class_of(root / "in", size)
        ours = timed(lambda: run_all((command(root / "in", root / "out", "--workers", "2"), root)))
        theirs = nbgrader(root, size)
    rows = [("this grader", size / ours), ("nbgrader autograde, two processes", size / theirs)]
    return markdown(
        ("grader", "submissions a second", "ratio to nbgrader"),
        [(name, significant(rate), significant(rate * theirs / size)) for name, rate in rows],
    )


def nbgrader(root: Path, size: int) -> float:
    """Seconds of `nbgrader autograde` on the same submissions, half of them in each of two courses side by side."""
    from backprop.folders import solutions

    students = sorted(path.name for path in (root / "in").iterdir())
    halves = [root / "course0", root / "course1"]
    for number, half in enumerate(halves):
        (half / "source" / LESSON).mkdir(parents=True)
        shutil.copy(solutions() / f"{LESSON}.ipynb", half / "source" / LESSON)
        for student in students[number::2]:
            shutil.copytree(root / "in" / student, half / "submitted" / student)
    line = [sys.executable, "-m", "nbgrader"]
    run_all(*(([*line, "generate_assignment", LESSON, "--create"], half) for half in halves))
    return timed(lambda: run_all(*(([*line, "autograde", LESSON, "--create"], half) for half in halves)))


def cost(size: int = 100) -> str:
    """Processor time a submission of a two-question exercise, the sandbox's processes counted."""
    rows = [(kind, significant(1000 * cpu(kind, size)), limit) for kind, limit in (("right", 150), ("wrong", 500))]
    return markdown(("all answers", "CPU, ms a submission (mean)", "aim, under"), rows)


def cpu(kind: str, size: int) -> float:
    """Seconds a submission: this process's own, its fork server's with what it waited for, and the workers', which nobody waits for."""
    from backprop.grade import sandbox, session
    from backprop.grade.course import course
    from backprop.grade.submission import How, Job, grade

    sandbox.prepare()
    how = How(course().questions, sandbox.Limits(), True)
    workers: list[float] = []
    close = session.Session.close

    def counted(one: session.Session) -> None:
        if one.worker:
            workers.extend(running(pid) for pid in tree(one.worker.process.pid)[1:])
        close(one)

    with tempfile.TemporaryDirectory() as name:
        hand_in(Path(name), "ann", answers(kind))
        job = Job("", f"{name}/ann/{LESSON}/{LESSON}.ipynb", LESSON, "", 0)
        grade(job, how)
        assert sandbox.OWN.server, f"no fork server works here: {sandbox.OWN.why}"
        server = tree(sandbox.OWN.server.pid)
        start = time.process_time() + waited_for(server)
        session.Session.close = counted
        for number in range(size):
            grade(job._replace(seed=number), how)
        session.Session.close = close
        return (time.process_time() + waited_for(server) + sum(workers) - start) / size


def running(pid: int) -> float:
    """Processor seconds of a process so far."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def waited_for(pids: list[int]) -> float:
    """Processor seconds of some processes and of their children that have ended and were waited for."""
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(number) for stat in stats for number in stat[11:15]) / os.sysconf("SC_CLK_TCK")


def classes(sizes: tuple[int, ...] = (100, 5000)) -> str:
    """Whole classes with one in twenty hostile: rate, memory of the parent, right grades right, what is left behind."""
    rows = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            rows.append(one_class(Path(name), size))
    return markdown(("submissions", "a second", "parent's memory, MB", "grades as they should be", "processes left", "files left"), rows)


def one_class(root: Path, size: int) -> tuple[object, ...]:
    kinds = class_of(root / "in", size, hostile=0.05)
    (root / "tmp").mkdir()
    own = os.environ | {"TMPDIR": str(root / "tmp")}
    start = time.perf_counter()
    run = subprocess.Popen(command(root / "in", root / "out", *LIMITS), env=own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most, seen = 0, {run.pid}
    while run.poll() is None:
        most = max(most, memory(run.pid))
        seen |= set(tree(run.pid))
        time.sleep(0.2)
    spent = time.perf_counter() - start
    right, count = as_they_should_be(root / "out", kinds)
    files = {path.name for path in (root / "out").iterdir()} - {"grades.csv", "summary.csv", "results.sqlite"}
    files |= {path.name for path in (root / "tmp").iterdir()}
    left = [pid for pid in seen if Path(f"/proc/{pid}").exists() and b"backprop" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return size, significant(size / spent), round(most / 1024), f"{right} of {count}", len(left), len(files)


def memory(pid: int) -> int:
    """The most memory a process had so far, in kB."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM")), 0)


def as_they_should_be(out: Path, kinds: dict[str, str]) -> tuple[int, int]:
    wanted = {"right": ("correct", "correct"), "hostile": (None, "correct"), "wrong": ("mistake", None)}
    rows = list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines()))
    right = 0
    for row in rows:
        want = wanted[kinds[row["student"]]][row["question"] == "neuron_gradient"]
        fits = row["status"] == want if want else row["status"] != "correct" and float(row["points"]) <= 1
        if not fits:
            print(f"{row} should be {want or 'anything but correct'}", file=sys.stderr)
        right += fits
    return right, len(rows)


def kills(rounds: int = 50, size: int = 12) -> str:
    """Rounds in which anything of a run is killed at random moments, until a run ends by itself: is the result the undisturbed one?"""
    chance, same, killed = random.Random(0), 0, 0
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        class_of(root / "in", size, hostile=0.1)
        options = ("--seed", "7", *LIMITS)
        run_all((command(root / "in", root / "calm", *options), root))
        calm = (root / "calm" / "grades.csv").read_bytes()
        for number in range(rounds):
            killed += disturbed(command(root / "in", root / f"out{number}", *options), chance)
            got = (root / f"out{number}" / "grades.csv").read_bytes()
            same += got == calm
            for line in sorted(set(got.splitlines()) ^ set(calm.splitlines())):
                print(f"round {number}: {line.decode()}", file=sys.stderr)
    return markdown(("rounds", "kills", "rounds that ended as if undisturbed"), [(rounds, killed, same)])


def disturbed(line: list[str], chance: random.Random) -> int:
    """Kills the run, or a process of it, up to three times; how often it did."""
    for number in range(4):
        run = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 0.4 + 2.5 * chance.random()
        while number < 3 and run.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        if number == 3 or run.poll() is not None:
            run.wait()
            return number
        family = tree(run.pid)
        victim = run.pid if chance.random() < 0.5 else chance.choice(family)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass
        if run.wait() == 0:
            return number + 1
    return 3


def tables() -> str:
    """All of it, at full size."""
    return _tables(argparse.Namespace(size=5000, kills=50, only=""))


def _tables(options: argparse.Namespace) -> str:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    parts = {
        "peers": peers,
        "cpu": cost,
        "class": lambda: classes((100, options.size)),
        "kills": lambda: kills(options.kills),
    }
    return "\n\n".join(part() for name, part in parts.items() if options.only in ("", name))


def main() -> None:
    """python -m bench.grade [--class N] [--kills N] [--only peers|cpu|class|kills]"""
    line = argparse.ArgumentParser(description=__doc__)
    line.add_argument("--class", dest="size", type=int, default=5000)
    line.add_argument("--kills", type=int, default=50)
    line.add_argument("--only", choices=("peers", "cpu", "class", "kills"), default="")
    print(_tables(line.parse_args()))


if __name__ == "__main__":
    main()
