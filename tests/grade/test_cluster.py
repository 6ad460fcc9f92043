"""The same class on a real Dask scheduler with workers of their own processes, on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from classroom import NEURON_COST, NEURON_GRADIENT, cell, command, grade, hand_in, neuron, points, until_one_is_graded

from backprop.grade.cluster import probe, version
from backprop.grade.course import Refused

pytestmark = pytest.mark.sandbox


def started(*words: str) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    line = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
    return subprocess.Popen(line, env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "3"}, **quiet)


@pytest.fixture
def cluster(tmp_path: Path, need_bwrap: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler's address, and its process with those of its two workers."""
    file = tmp_path / "scheduler.json"
    running = [started("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))]
    end = time.monotonic() + 60
    while not file.exists() and time.monotonic() < end:
        time.sleep(0.1)
    own = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(tmp_path))
    running += [started("dask_worker", *own) for _ in range(2)]
    time.sleep(0.2)
    import json

    yield json.loads(file.read_text())["address"], running
    for process in running:
        process.kill()
        process.wait()


def test_a_worker_that_dies_loses_nothing(tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    address, running = cluster
    for number in range(8):
        neuron(tmp_path / "in", f"s{number}", NEURON_COST, NEURON_GRADIENT, cell("import time\ntime.sleep(0.5)"))
    neuron(tmp_path / "in", "bad", "def neuron_cost(w, b, x, y):\n    import os\n    os._exit(0)\n")
    hand_in(tmp_path / "in", "none", "01_one_neuron", "")
    grade(tmp_path / "in", tmp_path / "local", "--seed", 4)
    line = command("grade", tmp_path / "in", "--out", tmp_path / "far", "--seed", 4, "--dask", address)
    run = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until_one_is_graded(tmp_path / "far")
    running[1].send_signal(signal.SIGKILL)
    _, said = run.communicate(timeout=180)
    assert run.returncode == 0, said
    assert (tmp_path / "far" / "grades.csv").read_bytes() == (tmp_path / "local" / "grades.csv").read_bytes()
    assert sum(points(tmp_path / "far").values()) == 8 * 3 + 2


def test_a_scheduler_that_dies_zeroes_nobody(tmp_path: Path, cluster: tuple[str, list[subprocess.Popen[bytes]]]) -> None:
    address, running = cluster
    for number in range(12):
        neuron(tmp_path / "in", f"s{number:02}", NEURON_COST, NEURON_GRADIENT, cell("import time\ntime.sleep(0.8)"))
    line = command("grade", tmp_path / "in", "--out", tmp_path / "out", "--dask", address)
    run = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    until_one_is_graded(tmp_path / "out")
    running[0].send_signal(signal.SIGKILL)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 2 and "The connection to the cluster was lost. What is graded is kept" in said, said
    grade(tmp_path / "in", tmp_path / "out", "--workers", 2)
    assert points(tmp_path / "out") == {f"s{number:02}": 3.0 for number in range(12)}


class Cluster:
    """A client of a cluster on which everything answers so (or raises)."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def run(self, function: object) -> dict[str, object]:
        return {"tcp://a": self.result()}

    def submit(self, function: object, pure: bool) -> Cluster:
        return self

    def result(self, timeout: float = 0) -> object:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_a_cluster_without_this_version_is_refused_before_it_zeroes_a_class() -> None:
    probe(Cluster(version()))
    for answer, words in ((ModuleNotFoundError("backprop"), "ModuleNotFoundError"), ("0.0.9", "there is 0.0.9")):
        with pytest.raises(Refused, match=f"every worker need backprop-course {version()}.*{words}"):
            probe(Cluster(answer))


def test_nobody_there(tmp_path: Path, need_bwrap: str) -> None:
    neuron(tmp_path / "in", "ann")
    said = grade(tmp_path / "in", tmp_path / "out", "--dask", "tcp://127.0.0.1:9", code=2).stderr
    assert "No Dask scheduler" in said and len(said.splitlines()) < 4
