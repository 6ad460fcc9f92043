"""The sandbox: bubblewrap with namespaces of its own, a read-only system, a small scratch folder, and a filter on system calls."""

from __future__ import annotations

import contextlib
import os
import platform
import py_compile
import shutil
import struct
import subprocess
import sys
import sysconfig
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from backprop.folders import PACKAGE
from backprop.grade.forks import Fork, ForkServer

INSIDE = PACKAGE / "grade" / "inside"
SCRATCH_BYTES = 32 * 2**20
MOST_FAILURES = 3  # of a fork server in a row, after which a thread does without


class Limits(NamedTuple):
    """What one submission may use: seconds a cell, a call and in all; memory in MB; the largest notebook in MB."""

    cell: float = 10.0
    call: float = 5.0
    submission: float = 30.0
    memory: int = 2048
    notebook: int = 64

    def of_process(self, sandboxed: bool) -> dict[str, int]:
        seconds = int(self.submission) + 5
        most = {"CPU": seconds, "AS": self.memory * 2**20, "FSIZE": SCRATCH_BYTES, "NOFILE": 64, "CORE": 0}
        return most | ({"NPROC": 32} if sandboxed else {})


PYTHON = ("-I", "-S", "-B", "-X", "utf8", "-c")


def command(sandboxed: bool) -> list[str]:
    """The command line that starts a worker."""
    if not sandboxed:
        start = "import runpy, sys; sys.path.append(sys.argv.pop()); runpy.run_path(sys.argv.pop(), run_name='__main__')"
        return [_python(), *PYTHON, start, str(INSIDE / "worker.py"), str(_numpy().parent)]
    return _walled("worker")


def _walled(module: str, *more: str) -> list[str]:
    """The command line of one of our modules in a sandbox, with more options for bubblewrap."""
    start = f"import gc, sys; gc.disable(); sys.path += ['/worker', '/packages']; import {module}; {module}.main()"
    return [_bwrap(), *_walls(), *more, "--", _python(), *PYTHON, start]


def folder(sandboxed: bool) -> str:
    """Where the worker finds the parts of the package it may see (data, and the checks at the door)."""
    return "/package/backprop" if sandboxed else str(PACKAGE)


def environment() -> dict[str, str]:
    """One thread, nothing of ours but what the linear algebra library needs to know about this processor."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
    return kept | one | {"LANG": "C.UTF-8", "HOME": "/scratch", "TMPDIR": "/scratch"}


@cache
def _walls() -> tuple[str, ...]:
    walls = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]
    walls += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for name, value in environment().items():
        walls += ["--setenv", name, value]
    for source, target in _shown():
        walls += ["--ro-bind", str(source), target]
    for hidden in _hidden():
        walls += ["--tmpfs", str(hidden), "--remount-ro", str(hidden)]
    for device in ("null", "zero", "random", "urandom"):
        walls += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    for source, target in _ours():
        walls += ["--ro-bind", str(source), target]
    scratch = ["--size", str(SCRATCH_BYTES), "--tmpfs", "/scratch", "--chdir", "/scratch"]
    return (*walls, *scratch, "--remount-ro", "/")


def _shown() -> list[tuple[Path, str]]:
    """The system's libraries and this Python, each at its own place."""
    folders = [Path(name) for name in ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/etc/alternatives")]
    python = Path(_python())
    return [(place, str(place)) for place in (*folders, _standard_library().parent, python) if place.exists()]


def _hidden() -> list[Path]:
    """Every folder of installed packages under what is shown."""
    roots = {_standard_library().parent, Path("/usr/lib"), Path("/lib"), Path("/usr/lib64"), Path("/lib64")}
    found = {place for root in roots for name in ("site-packages", "dist-packages") for place in root.glob(f"python3*/{name}")}
    return sorted(found)


def _ours() -> list[tuple[Path, str]]:
    numpy = _numpy()
    ours = [(numpy, "/packages/numpy")]
    ours += [(place, f"/packages/{place.name}") for place in (numpy.with_name("numpy.libs"),) if place.is_dir()]
    return [*ours, (INSIDE, "/worker"), (PACKAGE / "data", "/package/backprop/data"), (PACKAGE / "door.py", "/package/backprop/door.py")]


def prepare() -> None:
    """Compiles the worker's files once, where their folder can be written, so that no submission pays for it."""
    for name in ("worker", "forkserver", "wire", "standins"):
        with contextlib.suppress(OSError):
            py_compile.compile(str(INSIDE / f"{name}.py"), optimize=-1)


def _python() -> str:
    return os.path.realpath(getattr(sys, "_base_executable", "") or sys.executable)


def _standard_library() -> Path:
    return Path(sysconfig.get_path("stdlib", vars={"base": sys.base_prefix, "installed_base": sys.base_prefix})).resolve()


def _numpy() -> Path:
    return Path(np.__file__).resolve().parent


def _bwrap() -> str:
    return shutil.which("bwrap") or "bwrap"


# The filter: system calls that no notebook needs, by number. A process cannot be started, memory cannot be hidden from its limit, none
# stands back behind other processes, whose time is not counted as its own, or takes what another holds. `ignored` only seem to be done:
# the device nodes are the system's own. clone is for threads; sockets are local, of the internet (there is none) or netlink.
ARCHITECTURES = {
    "x86_64": (0xC000003E, {"fork": 57, "vfork": 58, "ptrace": 101, "shmget": 29, "semget": 64, "msgget": 68, "mount": 165, "unshare": 272,
                            "setns": 308, "add_key": 248, "request_key": 249, "keyctl": 250, "memfd_create": 319, "bpf": 321,
                            "userfaultfd": 323, "perf_event_open": 298, "io_uring_setup": 425, "process_vm_readv": 310,
                            "process_vm_writev": 311, "setpriority": 141, "sched_setparam": 142, "sched_setscheduler": 144,
                            "sched_setattr": 314, "pidfd_getfd": 438},
               {"chmod": 90, "fchmod": 91, "fchmodat": 268, "fchmodat2": 452, "chown": 92, "fchown": 93, "lchown": 94, "fchownat": 260,
                "utime": 132, "utimes": 235, "futimesat": 261, "utimensat": 280},
               {"clone": 56, "clone3": 435, "socket": 41}),
    "aarch64": (0xC00000B7, {"ptrace": 117, "shmget": 194, "semget": 190, "msgget": 186, "mount": 40, "unshare": 97, "setns": 268,
                             "add_key": 217, "request_key": 218, "keyctl": 219, "memfd_create": 279, "bpf": 280, "userfaultfd": 282,
                             "perf_event_open": 241, "io_uring_setup": 425, "process_vm_readv": 270,
                             "process_vm_writev": 271, "setpriority": 140, "sched_setparam": 118, "sched_setscheduler": 119,
                             "sched_setattr": 274, "pidfd_getfd": 438},
                {"fchmod": 52, "fchmodat": 53, "fchmodat2": 452, "fchownat": 54, "fchown": 55, "utimensat": 88},
                {"clone": 220, "clone3": 435, "socket": 198}),
}  # fmt: skip
LOAD, EQUAL, ABOVE, SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, IGNORE, REFUSE, ABSENT, KILL = 0x7FFF0000, 0x00050000, 0x00050001, 0x00050026, 0x80000000
X32, THREAD, PACKET = 0x40000000, 0x00010000, 17  # PACKET: the first kind of socket, by number, that is refused


def system_call_filter(machine: str = "") -> bytes:
    """The program for --seccomp; empty where this processor's call numbers are not known."""
    known = ARCHITECTURES.get(machine or platform.machine())
    if known is None:
        return b""
    arch, refused, ignored, special = known
    lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, arch), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0), (ABOVE, 0, 1, X32), (RETURN, 0, 0, REFUSE)]
    for numbers, outcome in ((refused.values(), REFUSE), (ignored.values(), IGNORE), ([special["clone3"]], ABSENT)):
        for number in numbers:
            lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, outcome)]
    lines += [(EQUAL, 0, 4, special["socket"]), (LOAD, 0, 0, 16), (ABOVE, 0, 1, PACKET), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    lines += [(EQUAL, 0, 3, special["clone"]), (LOAD, 0, 0, 16), (SET, 1, 0, THREAD), (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


class Own(threading.local):
    """What a thread has for itself: its fork server, once it has one; how often in a row there was no fork to be had, and why."""

    server: ForkServer | None = None
    failures = 0
    why = ""


OWN = Own()


def start(sandboxed: bool) -> subprocess.Popen[bytes] | Fork:
    """Starts a worker; it dies with the thread that started it.

    A fork server makes it, where one works; elsewhere (a system that gives bubblewrap's children no capabilities) it is started anew.
    """
    return (sandboxed and _forked()) or _started(sandboxed)


def _forked() -> Fork | None:
    """A worker from this thread's fork server; a server that fails is replaced, up to MOST_FAILURES times in a row."""
    while OWN.failures < MOST_FAILURES:
        try:
            OWN.server = OWN.server or ForkServer(_walled("forkserver", "--cap-add", "CAP_SYS_ADMIN"))
            made = OWN.server.fork(system_call_filter())
        except OSError as error:
            OWN.server, OWN.failures, OWN.why = None, OWN.failures + 1, str(error)
        else:
            OWN.failures = 0
            return made
    return None


def _started(sandboxed: bool) -> subprocess.Popen[bytes]:
    if not sandboxed:
        return subprocess.Popen(
            command(False),
            stdin=-1,
            stdout=-1,
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd=tempfile.gettempdir(),
            start_new_session=True,
        )
    with _filter_file() as rules:
        line = command(True)
        line[1:1] = ["--seccomp", str(rules.fileno())] if system_call_filter() else []
        return subprocess.Popen(line, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, pass_fds=[rules.fileno()], env={}, close_fds=True)


def _filter_file() -> IO[bytes]:
    rules = os.fdopen(os.memfd_create("filter"), "w+b")  # on no disk, which may be full
    rules.write(system_call_filter())
    rules.seek(0)
    return rules


def why_not() -> str:
    """Why no sandbox can run here, in one sentence; empty where one can."""
    if not sys.platform.startswith("linux"):
        return f"The sandbox needs Linux with bubblewrap, and this is {platform.system()}."
    if shutil.which("bwrap") is None:
        return "The sandbox needs bubblewrap (Debian, Ubuntu: apt-get install bubblewrap), and there is no bwrap on the PATH."
    line = [_bwrap(), *_walls(), "--", _python(), *PYTHON, "import sys; sys.path.append('/packages'); import numpy"]
    try:
        done = subprocess.run(line, capture_output=True, text=True, env={}, timeout=60)
    except subprocess.TimeoutExpired:
        return "bubblewrap is installed, but the sandbox did not start within 60 s. Is this machine, or its disk, very busy?"
    if done.returncode == 0:
        return ""
    said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    hint = " On Ubuntu 24.04 and newer: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0." if "uid map" in said else ""
    return f"bubblewrap is installed but cannot make a sandbox here: {said}.{hint}"
