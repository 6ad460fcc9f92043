"""Workers made by forking, from a server in a sandbox of its own: a sandbox a submission, without a start of Python and NumPy each."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import weakref
from pathlib import Path
from typing import IO

LONGEST_START = 20.0  # seconds for a server to answer


class Fork:
    """A worker's process tree, with as much of subprocess.Popen as a session needs; `pid` is its first process."""

    def __init__(self, handle: int, stdin: int, stdout: int) -> None:
        self.handle = handle
        told = Path(f"/proc/self/fdinfo/{handle}").read_text()
        self.pid = int(told.partition("\nPid:")[2].split()[0])
        self.stdin: IO[bytes] | None = os.fdopen(stdin, "wb", buffering=0)
        self.stdout: IO[bytes] | None = os.fdopen(stdout, "rb", buffering=0)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def wait(self) -> None:
        """Waits for the first process, which is the last of its tree to end."""
        waiting = select.poll()
        waiting.register(self.handle, select.POLLIN)
        waiting.poll()
        os.close(self.handle)


class ForkServer:
    """The server's process in its sandbox; it ends when it is closed, with this object, or with the thread that made it."""

    def __init__(self, line: list[str]) -> None:
        self.link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.link.settimeout(LONGEST_START)
        with theirs:
            process = subprocess.Popen(line, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={})
        self.pid = process.pid
        self.close = weakref.finalize(self, _end, self.link, process)

    def fork(self, rules: bytes) -> Fork:
        """A new worker under these rules for system calls. OSError where there is none, and the server, whatever its state, is closed."""
        (for_it, stdin), (stdout, from_it) = os.pipe(), os.pipe()
        try:
            socket.send_fds(self.link, [b"+" + rules], [for_it, from_it])
            said, handles, _, _ = socket.recv_fds(self.link, 1000, 1)
            if not handles:
                raise ChildProcessError(said.decode()) if said else ConnectionError("the fork server ended")
            return Fork(handles[0], stdin, stdout)
        except BaseException:  # an answer may be on its way: the next question would take it for its own
            self.close()
            os.close(stdin)
            os.close(stdout)
            raise
        finally:
            os.close(for_it)
            os.close(from_it)


def _end(link: socket.socket, process: subprocess.Popen[bytes]) -> None:
    link.close()
    process.kill()
    process.wait()
