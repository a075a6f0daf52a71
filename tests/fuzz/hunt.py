"""Looking for files that a reader does not refuse as it should, for as long as one likes.

``python -m fuzz.hunt [seconds] [name of a target …]`` in the folder of the tests lists what it finds: the reader, what
went wrong and where, and the fewest mutations that do it. `make fuzz` runs it over all of them. Each reader has a
process of its own, as a damaged file can end one at once: then the file that it read last is what is listed.
"""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import labelaudit
from fuzz.mutations import MUTATIONS, Mutation, mutated
from fuzz.targets import TARGETS, Target, damaged_files, restore

PATIENCE = 2.0  # seconds a read may take
_BATCH = 100
_BATCHES = 3  # of each reader, with a seed
_FOUND = 10  # exit code of a process that found something: other ones are those of interpreters that fail
_OUTSIDE: list[str] = []  # files opened for writing, or moved, outside the folder
_WATCHED: list[Path] = []  # the one folder that may be written to
_SOURCE = Path(labelaudit.__file__).parent


@dataclass(frozen=True)
class Case:
    """A damaged folder."""

    target: str
    file: str
    whole: bool
    mutations: tuple[Mutation, ...]


@dataclass(frozen=True)
class Finding:
    """What went wrong, and with which damage."""

    what: str
    case: Case
    trace: str

    def __str__(self) -> str:
        steps = "\n".join(f"    {one!s:.240}" for one in self.case.mutations)
        return f"{self.case.target}: {self.what}\n  {self.case.file}, whole={self.case.whole}\n{steps}"


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _WATCHED:
        return
    if event == "open":
        path, mode, flags = arguments
        writes = any(sign in mode for sign in "wax+") if isinstance(mode, str) else bool(flags and flags & 3)
    elif event in ("os.rename", "os.remove", "os.mkdir", "os.symlink", "os.truncate", "sqlite3.connect"):
        path, writes = arguments[0], True
    else:
        return
    if writes and not isinstance(path, int) and not _may_write(str(path)):
        _OUTSIDE.append(f"{event} of {path}")


def _may_write(path: str) -> bool:
    # what numba compiles is kept in a cache folder beside the package, and that is no doing of a file's
    whole = str(Path(path).absolute())
    return whole.startswith(str(_WATCHED[0])) or "__pycache__" in whole or "numba" in whole or whole == "/dev/null"


sys.addaudithook(_watch)


@contextmanager
def _only_in(folder: Path) -> Iterator[None]:
    _OUTSIDE.clear()
    _WATCHED.append(folder)
    try:
        yield
    finally:
        _WATCHED.clear()


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Scene:
    """A folder of valid files of a reader, which is damaged, read and made whole again, time after time."""

    def __init__(self, target: Target, folder: Path, last: Path | None = None) -> None:
        self.target, self.folder, self.last = target, folder, last
        self.where = target.write(folder)
        self.original = {
            path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
        }
        self.damaged = [path.relative_to(folder).as_posix() for path in damaged_files(target, folder)]
        target.read(folder, self.where)  # valid files are read, and kernels are compiled

    def problem(self, case: Case) -> Finding | None:
        """Return what is wrong with how a damaged folder is read, if anything is."""
        found = self._read(case)
        if found is not None and "TimeoutError" in found.what:  # a kernel may have been compiled
            found = self._read(case)
        return found

    def _read(self, case: Case) -> Finding | None:
        restore(self.folder, self.original)
        content = mutated(self.original[case.file], list(case.mutations), case.whole)
        (self.folder / case.file).unlink()
        (self.folder / case.file).write_bytes(content)
        if self.last is not None:
            self.last.write_text(str(Finding("the process ended", case, "")), "utf-8")
        start = time.perf_counter()
        try:
            with _only_in(self.folder), _at_most(5 * PATIENCE), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.target.read(self.folder, self.where)
        except labelaudit.InputError as refusal:
            if not str(refusal).isprintable() and any(ord(sign) < 9 for sign in str(refusal)):
                return None  # the terminal cleans what it shows
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # noqa: BLE001  panics of polars too
            return Finding(_said(problem), case, traceback.format_exc())
        if time.perf_counter() - start > PATIENCE:
            return Finding(f"TimeoutError: took {time.perf_counter() - start:.1f} s", case, "")
        if _OUTSIDE:
            return Finding(f"writes elsewhere: {_OUTSIDE[0]}", case, "")
        return None

    def smallest(self, finding: Finding) -> Finding:
        """Return the same finding with as few mutations as will do."""
        case = finding.case
        for one in case.mutations:
            fewer = tuple(other for other in case.mutations if other is not one)
            if not fewer:
                break
            found = self.problem(Case(case.target, case.file, case.whole, fewer))
            if found is not None and _kind(found) == _kind(finding):
                return self.smallest(found)
        return finding


def _said(problem: BaseException) -> str:
    frames = [frame for frame in traceback.extract_tb(problem.__traceback__) if str(_SOURCE) in frame.filename]
    last = frames[-1] if frames else traceback.extract_tb(problem.__traceback__)[-1]
    place = Path(last.filename)
    place = place.relative_to(_SOURCE) if place.is_relative_to(_SOURCE) else place
    return f"{type(problem).__name__} at {place}:{last.lineno} in {last.name}: {str(problem)[:150]!r}"


def _kind(finding: Finding) -> str:
    return finding.what.partition(": ")[0]


def hunt(
    name: str, seconds: float, start: int = 0, last: Path | None = None, batches: int | None = None
) -> tuple[list[Finding], int]:
    """Return what was found in a reader, each kind once, and how many files were read.

    The hunt takes so many seconds; or, where that is given, so many batches of files, however long that takes.
    """
    found: dict[str, Finding] = {}
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        scene = Scene(TARGETS[name], Path(folder).resolve(), last)
        until = time.monotonic() + seconds if batches is None else math.inf
        batch = start

        @settings(
            max_examples=_BATCH, phases=[Phase.generate], database=None, deadline=None, derandomize=False,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(st.sampled_from(scene.damaged), st.booleans(), MUTATIONS)
        def try_one(file: str, whole: bool, mutations: list[Mutation]) -> None:
            nonlocal count
            if time.monotonic() > until:
                return
            count += 1
            finding = scene.problem(Case(name, file, whole, tuple(mutations)))
            if finding is not None and _kind(finding) not in found:
                found[_kind(finding)] = scene.smallest(finding)

        while time.monotonic() < until and (batches is None or batch < start + batches):
            seed(batch)(try_one)()
            batch += 1
    return list(found.values()), count


def hunt_apart(names: list[str], seconds: float) -> bool:
    """Hunt in readers in a process of its own, so many seconds each, and say what was found; whether anything was.

    Where a file ends the process, another one goes on with the reader that comes next.
    """
    with tempfile.TemporaryDirectory() as folder:
        last = Path(folder) / "last"
        done = subprocess.run(
            [sys.executable, "-m", "fuzz.hunt", "--here", str(last), str(seconds), *names],
            stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode in (0, _FOUND):
            return done.returncode == _FOUND
        why = [line for line in done.stderr.splitlines() if "panicked" not in line and line.strip()]
        why = why[-1:] if done.returncode == 1 else why
        seen = last.read_text("utf-8") if last.exists() else names[0]
    print(f"{seen}\n    exit code {done.returncode}: {' | '.join(why)[:300]}", flush=True)
    left = names[names.index(seen.partition(":")[0]) + 1 :]
    if left:
        hunt_apart(left, seconds)
    return True


def _hunt_here(names: list[str], seconds: float, last: Path) -> bool:
    # with a seed the same files each time, for a run whose outcome must not depend on chance
    chosen = os.environ.get("FUZZ_SEED")
    start = random.SystemRandom().randrange(1 << 30) if chosen is None else int(chosen)
    batches = None if chosen is None else _BATCHES
    failed = False
    for name in names:
        found, count = hunt(name, seconds, start, last, batches)
        print(f"{name}: {count:,} damaged files, {len(found)} kinds of failure", flush=True)
        for finding in found:
            print(f"  {finding}", flush=True)
        failed = failed or bool(found)
    return failed


def main() -> int:
    """Hunt in all readers, or in those that are named, and say what was found."""
    if sys.argv[1:2] == ["--here"]:
        return _FOUND if _hunt_here(sys.argv[4:], float(sys.argv[3]), Path(sys.argv[2])) else 0
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    names = sys.argv[2:] or list(TARGETS)
    return int(hunt_apart(names, seconds / len(names)))


if __name__ == "__main__":
    sys.exit(main())
