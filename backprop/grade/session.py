"""One submission's worker, seen from the grader: it is started, ordered about against the clock, killed and replaced."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import signal
from typing import Any

from backprop.folders import trouble
from backprop.grade import sandbox
from backprop.grade.clock import LOOK, Clock
from backprop.grade.inside import wire

MAX_STARTS, MAX_NOTES, FALSE_STARTS = 12, 20_000, 3
ENDLESS = "Is there an endless loop?"
SHORTEST = 0.02  # seconds of a wait at the end of a limit
LIGHT_AFTER, LIGHT_CELL = 0.5, 1.0  # past half of a submission's time only definitions run, a second a cell, so that answers are heard


class Stopped(Exception):
    """The worker did not answer: status is timeout, crashed or too large."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Broken(BaseException):
    """No sandbox starts any more: nobody's answer is to blame. No Exception, which the check would take for the answer's own."""


class Worker:
    """One process tree in its sandbox, and the pipe to it."""

    def __init__(self, sandboxed: bool, clock: Clock) -> None:
        self.clock = clock
        self.process = sandbox.start(sandboxed)
        assert self.process.stdin and self.process.stdout
        self.to, self.back = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self.to, False)
        os.set_blocking(self.back, False)
        self.sandboxed = sandboxed
        self.notes = 0
        self.at = -1

    def ask(self, order: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Sends an order and waits for its answer; notes of where the worker is are kept in `at`."""
        id, self.at = secrets.token_hex(8), -1
        self._write(wire.pack(order | {"id": id}), deadline)
        while True:
            said = self._frame(deadline)
            if not isinstance(said, dict) or said.get("id") != id:
                raise Stopped("crashed", "The notebook's process wrote to the grader's pipe.")
            if "at" not in said:
                return said
            self._note(said["at"])

    def _note(self, at: Any) -> None:
        self.notes += 1
        if not isinstance(at, int) or self.notes > MAX_NOTES:
            raise Stopped("crashed", "The notebook's process wrote to the grader's pipe.")
        self.at = at

    def _write(self, data: bytes, deadline: float) -> None:
        rest = memoryview(data)
        while rest:
            self._wait([], [self.to], deadline)
            try:
                rest = rest[os.write(self.to, rest) :]
            except BlockingIOError:
                continue
            except OSError:
                raise _vanished() from None

    def _frame(self, deadline: float) -> Any:
        try:
            text, blobs = wire.lengths(self._read(wire.HEADER.size, deadline))
            return wire.unpack(self._read(text, deadline), self._read(blobs, deadline))
        except wire.TooLarge as error:
            raise Stopped("too large", str(error)) from None
        except wire.Malformed:
            raise Stopped("crashed", "The notebook's process wrote to the grader's pipe.") from None

    def _read(self, count: int, deadline: float) -> bytes:
        parts: list[bytes] = []
        while count:
            self._wait([self.back], [], deadline)
            try:
                part = os.read(self.back, min(count, 1 << 20))
            except BlockingIOError:
                continue
            if not part:
                raise _vanished()
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _wait(self, read: list[int], write: list[int], deadline: float) -> None:
        while not self.clock.past(deadline, self.process.pid):
            left = max(deadline - self.clock.now(), SHORTEST)
            if any(select.select(read, write, [], min(left, LOOK / 2))):
                return
        raise Stopped("timeout", "It did not end in time.")

    def kill(self) -> None:
        """Ends the whole process tree at once and waits for it."""
        with contextlib.suppress(OSError):
            if self.sandboxed or os.name == "nt":
                self.process.kill()
            else:
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for end in filter(None, (self.process.stdin, self.process.stdout)):
            with contextlib.suppress(OSError):
                end.close()


def _pairs(said: Any) -> list[tuple[int, dict[str, Any]]]:
    """The (statement, error) pairs in what a worker said, which may be anything."""
    pairs = [one for one in said if isinstance(one, list) and len(one) == 2] if isinstance(said, list) else []
    return [(number, error) for number, error in pairs if isinstance(number, int) and isinstance(error, dict)]


def _vanished() -> Stopped:
    said = "The notebook's process ended by itself. Does the code call os._exit, or a function that calls itself without end?"
    return Stopped("crashed", said)


class Session:
    """A submission's cells, run as often as the worker had to be replaced."""

    def __init__(
        self, cells: list[tuple[str, str]], asked: list[str], given: dict[str, str], limits: sandbox.Limits, sandboxed: bool
    ) -> None:
        self.cells = cells
        self.asked = asked
        self.given = given
        self.limits = limits
        self.sandboxed = sandboxed
        self.clock = Clock()
        self.end = limits.submission
        self.skip: dict[str, list[int]] = {}
        self.tried: dict[tuple[str, int], int] = {}
        self.errors: dict[str, list[tuple[int, dict[str, Any]]]] = {}
        self.starts = 0
        self.worker: Worker | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def close(self) -> None:
        if self.worker:
            self.clock.forgive(self.worker.process.pid)
            self.worker.kill()
        self.worker = None

    def ready(self) -> Worker:
        """The worker with all cells run; a statement that ends or holds it up is passed over from then on."""
        while self.worker is None:
            self._start()
            try:
                self._run_all()
            except Stopped as stop:
                self._give_up_on(stop)
        return self.worker

    def _start(self) -> None:
        if self.starts >= MAX_STARTS:
            raise Stopped("crashed", f"The notebook's process was ended or held up by its own code {MAX_STARTS} times.")
        if self.clock.now() >= self.end:
            raise self._used_up()
        self.starts += 1
        self.errors = {}
        self.cell = ""
        try:
            self.worker = Worker(self.sandboxed, self.clock)
        except OSError as error:
            raise Broken(f"This machine cannot start a process: {trouble(error)}") from None

    def ask(self, order: dict[str, Any], seconds: float) -> dict[str, Any]:
        assert self.worker
        self.clock.forgive(self.worker.process.pid)
        return self.worker.ask(order, min(self.clock.now() + seconds, self.end))

    def _run_all(self) -> None:
        limits = self.limits.of_process(self.sandboxed)
        start = {"limits": limits, "given": self.given, "folder": sandbox.folder(self.sandboxed), "asked": self.asked}
        self.ask(start, self.end)
        for name, source in self.cells:
            self._run(name, source, None)
        for name, source in self.cells:
            failed = [number for number, _ in self.errors.get(name, []) if number >= 0]
            if failed:
                self._run(name, source, failed)

    def _run(self, name: str, source: str, only: list[int] | None) -> None:
        assert self.worker
        self.cell = name
        light = self.clock.past(LIGHT_AFTER * self.end, self.worker.process.pid)
        order = {"do": "run", "cell": name, "source": source, "only": only, "skip": self.skip.get(name, []), "light": light}
        said = self.ask(order, min(self.limits.cell, LIGHT_CELL) if light else self.limits.cell)
        errors = _pairs(said.get("errors"))
        passed = [(number, error) for number, error in self.errors.get(name, []) if number in self.skip.get(name, [])]
        self.errors[name] = passed + errors

    def _give_up_on(self, stop: Stopped) -> None:
        """Kills the worker; the statement it was at is passed over next time (one that merely vanished gets a second try)."""
        assert self.worker
        at = (self.cell, self.worker.at)
        self.close()
        self.tried[at] = self.tried.get(at, 0) + 1
        if stop.status == "timeout" and self.clock.now() >= self.end:
            if self.cell or self.starts > 1:
                raise self._used_up(f" in {self.cell}" if self.cell else "")
            raise Broken(f"The sandbox did not start within {self.limits.submission:g} s. Is this machine, or its disk, very busy?")
        if not self.cell and self.tried[at] >= FALSE_STARTS:
            raise Broken("The sandbox stopped working: its process ends before any notebook runs.")
        if self.cell and at[1] >= 0 and (stop.status == "timeout" or self.tried[at] > 1):
            self.skip.setdefault(self.cell, []).append(at[1])
        elif self.cell and self.tried[at] > 2:
            raise stop

    def defined(self, names: list[str]) -> list[str]:
        said = self._again({"do": "defined", "names": names}, self.limits.call).get("names", [])
        return [name for name in names if name in said] if isinstance(said, list) else []

    def call(self, name: str, args: tuple[Any, ...]) -> dict[str, Any]:
        """Calls an answer; a worker that vanished during the call is replaced and asked once more."""
        return self._again({"do": "call", "name": name, "args": args}, self.limits.call)

    def _again(self, order: dict[str, Any], seconds: float) -> dict[str, Any]:
        for last in (False, True):
            self.ready()
            try:
                return self.ask(order, seconds)
            except Stopped as stop:
                self.close()
                if stop.status == "timeout":
                    raise self._late() from None
                if last or stop.status != "crashed":
                    raise
        raise AssertionError

    def _late(self) -> Stopped:
        """An answer did not return: the time of a call is over, or that of the whole notebook."""
        in_time = self.clock.now() < self.end
        return Stopped("timeout", f"It did not end within {self.limits.call:g} s. {ENDLESS}") if in_time else self._used_up()

    def _used_up(self, where: str = "") -> Stopped:
        return Stopped("timeout", f"The notebook used up its {self.limits.submission:g} s{where}. {ENDLESS}")
