"""Time as a submission's limits count it: what a busy machine takes from a notebook costs nobody points."""

from __future__ import annotations

import os
import time
from pathlib import Path

LOOK = 0.25  # seconds that a clock counts at most between two looks at it; whoever waits looks more often
MOST_PATIENCE = 20.0  # a second on the wall counts at least a twentieth, however busy the machine is said to be


class Clock:
    """Seconds in which a notebook could have run.

    Not counted is the time in which this process was stopped (Ctrl-Z, a machine that pauses) nor, once `forgive` took it off, that in
    which the sandbox was ready to run and had no processor. A notebook that sleeps or waits for something else is not ready to run: that
    time counts, as that of one which computes. Threads that stand in each other's way gain nothing: what they compute counts at least.
    """

    def __init__(self, look: float = LOOK) -> None:
        self.look = look
        self.awake, self.seen = 0.0, time.monotonic()
        self.lost: dict[int, float] = {}
        self.used: dict[int, float] = {}

    def now(self) -> float:
        seen = time.monotonic()
        self.awake += min(seen - self.seen, self.look)
        self.seen = seen
        used = min(sum(self.used.values()), self.awake)
        return max(self.awake - sum(self.lost.values()), used, self.awake / MOST_PATIENCE)

    def past(self, moment: float, sandbox: int) -> bool:
        """Whether a moment is over, even without what others took from a sandbox."""
        if self.now() >= moment:
            self.forgive(sandbox)
        return self.now() >= moment

    def forgive(self, sandbox: int) -> None:
        """Takes off what others took from a sandbox, which is known by the number of its first process."""
        for process in family(sandbox):
            self.lost[process] = max(queued(process), self.lost.get(process, 0.0))
            self.used[process] = max(computed(process), self.used.get(process, 0.0))


def computed(process: int) -> float:
    """Seconds of processor that a process used with all its threads, since it began. Linux knows; others say 0."""
    try:
        user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return 0.0


def queued(process: int) -> float:
    """Seconds for which a process's first thread was ready to run and had no processor, since it began. Linux knows; others say 0."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def family(process: int) -> list[int]:
    """A process and all that came from it, where the system tells."""
    found = [process]
    for one in found:
        try:
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:
            continue
    return found
