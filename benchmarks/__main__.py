"""Ask every question, or those whose names are given: ``python -m benchmarks classification_speed``."""

import importlib
import os
import platform
import sys
import time
from pathlib import Path

QUESTIONS = [
    "imports",
    "classification_speed",
    "find_issues_speed",
    "classification_quality",
    "noise_study",
    "multilabel_speed",
    "multilabel_quality",
    "token_speed",
    "regression_speed",
    "regression_quality",
    "object_detection_speed",
    "object_detection_quality",
    "segmentation_speed",
    "segmentation_quality",
]


def main() -> None:
    processor = next(
        (line for line in Path("/proc/cpuinfo").read_text("ascii").splitlines() if "model name" in line), ": ?"
    )
    print(
        f"{processor.split(':')[1].strip()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}\n"
    )
    failed = False
    for name in sys.argv[1:] or QUESTIONS:
        start = time.perf_counter()
        failed |= not importlib.import_module(f"benchmarks.{name}").main()
        print(f"({name}: {time.perf_counter() - start:.0f} s)\n", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
