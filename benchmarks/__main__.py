"""Ask every question of the folder, or those whose names are given: ``python -m benchmarks classification_speed``."""

import importlib
import os
import platform
import sys
import time
from pathlib import Path

# before the questions, whose imports are work: it notes how busy the machine was until now
from benchmarks.helpers import machine

QUESTIONS = sorted(path.stem for path in (Path(__file__).parent / "questions").glob("[!_]*.py"))


def main() -> None:
    unknown = sorted(set(sys.argv[1:]) - set(QUESTIONS))
    if unknown:
        sys.exit(f"{', '.join(unknown)}: no such question; there are {', '.join(QUESTIONS)}")
    print(f"{machine.PROCESSOR}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}\n")
    missed = []
    for name in sys.argv[1:] or QUESTIONS:
        start = time.perf_counter()
        if not importlib.import_module(f"benchmarks.questions.{name}").main():
            missed.append(name)
        print(f"({name}: {time.perf_counter() - start:.0f} s)\n", flush=True)
    if missed:
        sys.exit(f"✗ bars missed in {', '.join(missed)}")


if __name__ == "__main__":
    main()
