"""What machine this is, and whether it had other work to do."""

import os
import time
from pathlib import Path

PROCESSOR = next(
    (
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text("ascii").splitlines()
        if "model name" in line
    ),
    "unknown processor",
)
THREADS = len(os.sched_getaffinity(0))

_TICK = 1 / os.sysconf("SC_CLK_TCK")

# The load average tells of the minute before it is read. That is other work only when the bench begins: later it is ours.
_BEGAN, _LOAD_BEFORE = time.monotonic(), os.getloadavg()[0]


class Watch:
    """How busy others keep our cores from now on: 1.0 is one core."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._busy, self._own = _busy_seconds(), _own_seconds()

    def others(self) -> float:
        """Return how many cores, on average, processes that are not ours have kept busy since the start."""
        passed = max(time.monotonic() - self._start, _TICK)
        return max(_busy_seconds() - self._busy - (_own_seconds() - self._own), 0.0) / passed

    def note(self) -> str:
        """Return a line for the reader if the machine was busy, else nothing."""
        before = _LOAD_BEFORE if self._start - _BEGAN < 60 else 0.0
        others = self.others()
        loads = [f"{before:.1f} before"] * (before > 1) + [f"{others:.1f} of others during"] * (others > 1)
        return f"the machine was busy (load {', '.join(loads)}): figures may be worse than they are" if loads else ""


def _busy_seconds() -> float:
    """Return the seconds for which the cores that we may use were not idle, or lent to another virtual machine."""
    ours = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    seconds = 0.0
    for line in Path("/proc/stat").read_text("ascii").splitlines():
        name, *fields = line.split()
        if name in ours:
            user, nice, system, _idle, _waiting, *interrupts_and_steal = map(int, fields[:8])
            seconds += (user + nice + system + sum(interrupts_and_steal)) * _TICK
    return seconds


def _own_seconds() -> float:
    """Return the processor time of this process and all that it started, those that have ended among them."""
    times, children = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:  # it has ended in between
            continue
        process = int(entry.parent.name)
        times[process] = sum(map(int, fields[11:15])) * _TICK  # user and system, its own and of children that ended
        children.setdefault(int(fields[1]), []).append(process)
    seconds, family = 0.0, [os.getpid()]
    while family:
        process = family.pop()
        seconds += times.get(process, 0.0)
        family += children.get(process, [])
    return seconds
