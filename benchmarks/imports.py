"""How long does ``import labelaudit`` take?"""

import statistics
import subprocess
import sys

from benchmarks.measure import Bar, show

_CODE = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def _seconds(module: str) -> float:
    runs = [
        float(
            subprocess.run(
                [sys.executable, "-c", _CODE.format(module)], capture_output=True, text=True, check=True
            ).stdout
        )
        for _ in range(5)
    ]
    return statistics.median(runs)


def main() -> bool:
    rows = [["import", _seconds("cleanlab"), Bar(_seconds("labelaudit"), 0.2, least=False)]]
    return show("Import, seconds", ["", "cleanlab", "labelaudit"], rows)
