"""Time in alternation, memory in a child process, and a table of what came out."""

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table


def alternate(functions: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Return the median seconds of each, run in turn so that all see the same machine, after one run to warm up."""
    times: list[list[float]] = [[] for _ in functions]
    for round_ in range(rounds + 1):
        for function, seconds in zip(functions, times, strict=True):
            start = time.perf_counter()
            function()
            if round_:
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in times]


def threaded_read(array: np.ndarray, threads: int) -> float:
    """Return the sum of an array, read by as many threads: the least that any pass over it can take."""
    sums = np.zeros(threads)
    parts = np.array_split(array, threads)

    def add(i: int) -> None:
        sums[i] = parts[i].sum()

    workers = [threading.Thread(target=add, args=(i,)) for i in range(threads)]
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
import gc; gc.collect()
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


@dataclass
class Bar:
    """A figure and what it has to be."""

    figure: float
    limit: float
    least: bool  # whether the limit is the least the figure may be, or the most

    @property
    def held(self) -> bool:
        return self.figure >= self.limit if self.least else self.figure <= self.limit

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        return f"{'' if self.held else '✗ '}{self.figure:.3g} ({sign} {self.limit:g})"


def show(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> bool:
    """Print a table; return whether every bar in it is held."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    for row in rows:
        table.add_row(
            *(
                cell if isinstance(cell, str) else f"{cell:.3g}" if isinstance(cell, float) else str(cell)
                for cell in row
            )
        )
    Console(width=150).print(table)
    return all(cell.held for row in rows for cell in row if isinstance(cell, Bar))
