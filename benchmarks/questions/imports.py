"""How long does ``import labelaudit`` take, and what else does it load?"""

import subprocess
import sys

from benchmarks.helpers.measure import Clock
from benchmarks.helpers.table import Bar, show

_CODE = """
import sys, time
before, start = set(sys.modules), time.perf_counter()
import {module}
seconds = time.perf_counter() - start
loaded = {{name.partition(".")[0] for name in set(sys.modules) - before}} - sys.stdlib_module_names - {{"{module}"}}
print(seconds, len(loaded))
"""


def _imported(module: str) -> tuple[float, int]:
    """Return the seconds that it takes, and the number of libraries that come with it."""
    command = [sys.executable, "-c", _CODE.format(module=module)]
    seconds, libraries = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), int(libraries)


def main() -> bool:
    clock = Clock()
    theirs, ours = clock.medians([lambda: _imported("cleanlab")[0], lambda: _imported("labelaudit")[0]])
    rows = [
        ["seconds", theirs, Bar(ours, 0.1), theirs / ours],
        ["other libraries loaded", _imported("cleanlab")[1], Bar(_imported("labelaudit")[1], 0), "–"],
    ]
    return show("Import", ["", "cleanlab", "labelaudit", "times faster"], rows, clock)
