"""Time in alternation, memory in a child process."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.helpers.machine import THREADS, Watch

RUNS = 15
_MOST_SECONDS = 60.0  # for all runs of one figure


class Clock:
    """Measures the figures of one table, and knows how far they are to be believed."""

    def __init__(self) -> None:
        self._watch = Watch()
        self._runs: set[int] = set()

    def alternate(self, functions: Sequence[Callable[[], object]]) -> list[float]:
        """Return the median seconds of each, run in turn so that all see the same machine."""
        return self.medians([lambda function=function: seconds_of(function) for function in functions])

    def medians(self, measures: Sequence[Callable[[], float]]) -> list[float]:
        """Return the median of what each measures, in seconds, in turn, after a run to warm up.

        There are fifteen runs, or as many as take a minute by what the first one took. One that takes over a minute
        is not measured again.
        """
        first = [measure() for measure in measures]
        runs = [min(RUNS, int(_MOST_SECONDS / max(seconds, 1e-9))) for seconds in first]
        times: list[list[float]] = [[] for _ in measures]
        for round_ in range(max(runs, default=0)):
            for measure, seconds, wanted in zip(measures, times, runs, strict=True):
                if round_ < wanted:
                    seconds.append(measure())
        self._runs |= {max(wanted, 1) for wanted in runs}
        return [statistics.median(seconds or [warm_up]) for seconds, warm_up in zip(times, first, strict=True)]

    def notes(self) -> list[str]:
        """Return what a reader of the figures should know: how many runs they are medians of, and a busy machine."""
        fewest, most = (min(self._runs), max(self._runs)) if self._runs else (0, 0)
        span = f"{most}" if fewest == most else f"{fewest} to {most}"
        return [note for note in (f"medians of {span} alternating runs" if most else "", self._watch.note()) if note]


def seconds_of(function: Callable[[], object]) -> float:
    """Return how long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def read(array: np.ndarray) -> float:
    """Return the sum of an array, read by all threads at once. The time that this takes is the unit "reads".

    It is not the speed of memory, for NumPy has to add as well: a good kernel takes less.
    """
    sums = np.zeros(THREADS)
    parts = np.array_split(array, THREADS)

    def add(i: int) -> None:
        sums[i] = parts[i].sum()

    workers = [threading.Thread(target=add, args=(i,)) for i in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return float(sums.sum())


_CHILD = """
def resident(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) / 1024
{setup}
{warm_up}
# what the setup has freed goes back to the system: else the work could use it again without being seen
import ctypes, gc; gc.collect(); ctypes.CDLL(None).malloc_trim(0)
open("/proc/self/clear_refs", "w").write("5")  # the peak counts from here
before = resident("VmRSS")
result = {work}
print(resident("VmHWM") - before)
"""


def peak_megabytes(setup: str, work: str, warm_up: str = "") -> float:
    """Return how far memory rose in a child process while it did the work, in MB, the output among it."""
    code = _CHILD.format(setup=setup, work=work, warm_up=warm_up)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
