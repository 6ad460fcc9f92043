"""Makes a sandbox a submission without a start of Python and NumPy each: this process has them already, and forks.

It runs in a sandbox of bubblewrap's, the only process there with a capability (CAP_SYS_ADMIN, for namespaces and a mount), and never runs
student code. Over the socket that is its standard input the grader sends two ends of pipes and a filter on system calls. The fork that
answers them has mount, process, network, IPC and host name namespaces of its own and an empty scratch folder; it sends back a handle on
the first process there, with which everything in it ends. None there has a capability; the second is the worker, under the filter.
"""

from __future__ import annotations

import ctypes
import gc
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import worker  # type: ignore[import-not-found]  # it lies beside this script in the sandbox

OWN = 0x00020000 | 0x04000000 | 0x08000000 | 0x20000000 | 0x40000000  # CLONE_NEWNS, NEWUTS, NEWIPC, NEWPID, NEWNET
PRIVATE, NO_SUID, NO_DEVICES = 0x44000, 2, 4  # MS_REC | MS_PRIVATE, MS_NOSUID, MS_NODEV
SET_SECCOMP, BY_FILTER, CAPABILITIES_3 = 22, 2, 0x20080522
LONGEST = 1 << 16
SCRATCH = b"mode=755,nr_inodes=20000,size=%d"
LIBC = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    """struct sock_fprog: a filter's length in instructions of eight bytes, and where it is."""

    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def must(failed: int, what: str) -> None:
    """OSError with the system's own reason, if a call of the C library's failed."""
    if failed:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def enclose() -> None:
    """Namespaces of its own for this process and, as to process numbers, for its children; an empty scratch folder; no capability left."""
    must(LIBC.unshare(OWN), "unshare")
    must(LIBC.mount(None, b"/", None, PRIVATE, None), "mount /")
    must(LIBC.mount(b"tmpfs", b"/scratch", b"tmpfs", NO_SUID | NO_DEVICES, SCRATCH % scratch_bytes()), "mount /scratch")
    os.chdir("/scratch")
    must(LIBC.capset((ctypes.c_uint32 * 2)(CAPABILITIES_3, 0), (ctypes.c_uint32 * 6)()), "capset")


def scratch_bytes() -> int:
    """As many as the scratch folder has that lies below."""
    below = os.statvfs("/scratch")
    return below.f_blocks * below.f_frsize


def in_a_fork(work: Callable[[], object]) -> int:
    """Does the work in a new process, which ends with it whatever happens; the process's number."""
    child = os.fork()
    if child == 0:
        _do_and_end(work)
    return child


def _do_and_end(work: Callable[[], object]) -> NoReturn:
    try:
        work()
    finally:
        os._exit(0)  # nothing that is raised may go on into the server's loop


def answer(link: socket.socket, rules: bytes, ends: list[int]) -> None:
    """The fork that encloses itself, starts the first process inside and hands its handle to the grader, or says why it cannot."""
    try:
        enclose()
        handle = os.pidfd_open(in_a_fork(lambda: first(link, rules, ends)))
    except Exception as error:
        link.send(str(error).encode())
    else:
        socket.send_fds(link, [b"+"], [handle])


def first(link: socket.socket, rules: bytes, ends: list[int]) -> None:
    """Process 1 of its namespace: it waits for the worker's end and, ending itself, ends all that is left there."""
    os.setsid()  # the server's process group would hear what the worker sends to its own
    link.close()
    os.closerange(0, 2)  # before there is a worker: it could reach for what this process holds
    child = in_a_fork(lambda: work(rules, ends))
    for end in ends:
        os.close(end)
    os.waitpid(child, 0)


def work(rules: bytes, ends: list[int]) -> None:
    """The worker: it holds its two pipes and the null device, and the filter watches over it for good."""
    for number, end in enumerate(ends):
        os.dup2(end, number)
    os.closerange(3, LONGEST)
    if rules:
        must(LIBC.prctl(SET_SECCOMP, BY_FILTER, ctypes.byref(Program(len(rules) // 8, rules)), 0, 0), "prctl")
    worker.main()


def main() -> None:
    """Serves until the grader closes the socket."""
    link = socket.socket(fileno=os.dup(0))
    gc.freeze()  # what is there already is shared with the forks; looking it over would copy it
    while True:
        rules, ends, _, _ = socket.recv_fds(link, LONGEST, 2)
        if not rules:
            return
        child = in_a_fork(partial(answer, link, rules[1:], ends))
        for end in ends:
            os.close(end)
        os.waitpid(child, 0)
