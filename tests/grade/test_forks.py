"""Workers made by forking are as far from each other, and from their server, as those that are started one by one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from classroom import RIGHT, cell, grade, hand_in, neuron, notebook, numbers, points, status
from test_attacks import CHEATS, OPTIONS, hostile

from backprop.grade import forks, sandbox
from backprop.grade.clock import family
from backprop.grade.sandbox import Limits
from backprop.grade.session import Session, Stopped

pytestmark = pytest.mark.sandbox
SPACES = ("mnt", "pid", "net", "ipc", "uts")
MARKS = """
import os, signal
import numpy as np
np.pi = 3
open("/scratch/mark", "w").write("x" * 1000)
os.umask(0)
for others in (-1, 1):
    try:
        os.kill(others, signal.SIGKILL)
    except OSError:
        pass
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.kill(0, signal.SIGTERM)
def seen():
    return os.listdir("/scratch"), float(np.pi), os.umask(0o22), os.getpid(), os.getppid()
"""
LOOKS = MARKS.replace("np.pi = 3", "").replace('open("/scratch/mark", "w").write("x" * 1000)', "").replace("os.umask(0)\n", "")


def session(source: str, **limits: float) -> Session:
    return Session([("cell 1", source)], ["seen"], {}, Limits(**limits), True)


@pytest.fixture(autouse=True)
def own(need_forks: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A fork server of the test's own."""
    kept, sandbox.OWN.server = sandbox.OWN.server, None
    monkeypatch.setattr(sandbox.OWN, "failures", 0, raising=False)
    yield
    sandbox.OWN.server = kept


def server() -> forks.ForkServer:
    assert sandbox.OWN.server, sandbox.OWN.why
    return sandbox.OWN.server


def test_one_worker_leaves_nothing_for_the_next() -> None:
    with session(MARKS) as one:
        assert one.call("seen", ())["value"] == (["mark"], 3.0, 0, 2, 1)
    same = server()
    for last in ("os.kill(0, signal.SIGKILL)", "os.kill(0, signal.SIGSTOP)"):
        with session(f"import os, signal\ndef seen(): {last}", call=0.5) as one, pytest.raises(Stopped):
            one.call("seen", ())
    with session(LOOKS) as other:
        assert other.call("seen", ())["value"] == ([], pytest.approx(3.14159, abs=1e-5), 0o22, 2, 1)
    assert server() is same


FILLS = """
def seen():
    for count in range(10**6):
        try:
            open(f"/scratch/{count}", "w").close()
        except OSError:
            return count
"""


def test_a_worker_s_files_are_few() -> None:
    with session(FILLS) as one:
        assert 10_000 < one.call("seen", ())["value"] < 20_000


def test_what_the_system_says_of_a_worker() -> None:
    with session("def seen(): return 1") as one, session("def seen(): return 2") as other:
        assert (one.call("seen", ())["value"], other.call("seen", ())["value"]) == (1, 2)
        assert one.worker and other.worker
        serving = family(server().pid)
        serves = next(pid for pid in serving if len(numbers(pid)) == len(numbers(os.getpid())) + 1 and numbers(pid)[-1] == "2")
        for worker in (one.worker, other.worker):
            first, second = family(worker.process.pid)
            assert numbers(first)[-1] == "1" and numbers(second)[-1] == "2"
            for pid in (first, second):
                told = status(pid)
                assert [int(told[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [0, 0, 0, 0]
                assert told["NoNewPrivs"] == "1" and told["Uid"].split()[1] == str(os.getuid())
                assert told["NSsid"].split()[-1] == "1", "a session, and so process groups, of its own"
            assert status(second)["Seccomp"] == "2"
            for space in SPACES:
                assert spaces(second, space).isdisjoint(spaces(serves, space) | spaces(os.getpid(), space))
            assert set(held(first)) <= {"/dev/null", "pipe"} and held(second) == ["/dev/null"] * 4 + ["pipe"] * 2
        for space in SPACES:
            assert spaces(family(one.worker.process.pid)[1], space) != spaces(family(other.worker.process.pid)[1], space)
    gone(second)


def held(pid: int) -> list[str]:
    """What a process has open."""
    return sorted(os.readlink(place).split(":")[0] for place in Path(f"/proc/{pid}/fd").iterdir())


def spaces(pid: int, name: str) -> set[str]:
    return {os.readlink(f"/proc/{pid}/ns/{name}")}


def test_a_server_that_is_gone_is_replaced() -> None:
    with session("def seen(): return 1") as one:
        assert one.call("seen", ())["value"] == 1
        first = server().pid
        assert one.worker
        os.kill(first, signal.SIGKILL)
        gone(one.worker.process.pid)
        assert one.call("seen", ())["value"] == 1, "its worker went with it, and another is at work"
    assert server().pid != first and sandbox.OWN.failures == 0


def gone(pid: int) -> None:
    """Waits for a process to end."""
    end = time.monotonic() + 30
    while status(pid).get("State", "Z")[0] not in "ZX":
        assert time.monotonic() < end
        time.sleep(0.01)


def test_every_thread_has_a_server_and_takes_it_along() -> None:
    seen: list[int] = []

    def work() -> None:
        with session("def seen(): return 1") as one:
            assert one.call("seen", ())["value"] == 1
            seen.append(server().pid)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    with session("def seen(): return 1") as one:
        assert one.call("seen", ())["value"] == 1
        assert [server().pid] != seen and len(seen) == 1
    gone(seen[0])


def weaker_bwrap(folder: Path, real: str) -> str:
    """A PATH on which bubblewrap gives nobody a capability, as some systems see to."""
    fake = folder / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text(
        f'#!/bin/bash\nfor word; do shift; [ "$word" = CAP_SYS_ADMIN ] && word=CAP_CHOWN; set -- "$@" "$word"; done\nexec {real} "$@"\n'
    )
    fake.chmod(0o755)
    return f"{fake.parent}:{os.environ['PATH']}"


def test_where_the_server_may_do_nothing_it_says_why(tmp_path: Path, need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", weaker_bwrap(tmp_path, need_bwrap))
    with session("def seen(): return 1") as one:
        assert one.call("seen", ())["value"] == 1
        assert not isinstance(one.worker and one.worker.process, forks.Fork)
    assert sandbox.OWN.why.endswith("unshare: Operation not permitted") and sandbox.OWN.server is None


def test_without_forks_attacks_earn_as_little(tmp_path: Path, need_bwrap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", weaker_bwrap(tmp_path, need_bwrap))
    for name in list(CHEATS)[::4]:
        neuron(tmp_path / "in", name, cost=hostile(CHEATS[name]))
    hand_in(tmp_path / "in", "honest", "01_one_neuron", notebook(RIGHT, cell("open('/scratch/x', 'w').write('x')")))
    grade(tmp_path / "in", tmp_path / "out", *OPTIONS)
    assert points(tmp_path / "out") == dict.fromkeys(list(CHEATS)[::4], 2.0) | {"honest": 3.0}


def test_a_server_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "LONGEST_START", 0.2)
    hanging = forks.ForkServer(["sleep", "60"])
    with pytest.raises(TimeoutError):
        hanging.fork(b"")
    gone(hanging.pid)


def test_a_server_that_ends_at_once_is_no_server() -> None:
    with pytest.raises(OSError):
        forks.ForkServer(["true"]).fork(b"")
