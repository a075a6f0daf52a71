"""Bad and odd input of every task: what may become of it, and how it is told.

A case ends well in one of three ways. It is *fine*: the result is that of the clean input, or another one that is known
to be right. It is *refused*: an :class:`labelaudit.InputError` whose one sentence names the argument. Or it is *said*: a
doubt or a UserWarning comes with the result. Anything else is *silent*, a wrong answer without a word, or *crashed*:
another exception, a message that names nothing, or no answer in five seconds.

``python -m laws.odd_inputs`` in the folder of the tests lists what does not end well, by task and kind.
"""

from __future__ import annotations

import contextlib
import re
import signal
import traceback
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import labelaudit

PATIENCE = 5.0  # seconds
ENDINGS = ("fine", "refused", "said", "silent", "crashed")
_SOURCE = Path(labelaudit.__file__).parent
_NAMED = re.compile(r"^[^\n]+?: \S")  # what it is about, a colon, what was expected


class Skip(Exception):
    """Raised while a case is made that cannot be: such a container cannot hold such values."""


@dataclass(frozen=True)
class Case:
    """One input: how it is audited, and the result that would be right, None where none is."""

    task: str
    kind: str
    container: str
    audit: Callable[[], labelaudit.Audit]
    right: Callable[[], labelaudit.Audit] | None = None
    tolerance: float = 1e-9

    @property
    def name(self) -> str:
        return f"{self.task} · {self.kind} · {self.container}"


@dataclass(frozen=True)
class Outcome:
    """How a case ended; ``place`` is where in the code for a crash."""

    case: Case
    ending: str
    detail: str = ""
    place: str = ""


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeoutError(f"no answer in {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def outcome(case: Case) -> Outcome | None:
    """Return how a case ends; None for one that cannot be made."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            with at_most(PATIENCE):
                audit = case.audit()
        except Skip:
            return None
        except labelaudit.InputError as refusal:
            return _refused(case, refusal)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as problem:  # noqa: BLE001  panics of polars are no Exception
            return Outcome(case, "crashed", f"{type(problem).__name__}: {str(problem)[:120]}", place_of(problem))
    if _is_right(case, audit):
        return Outcome(case, "fine")
    doubts = [doubt.code for doubt in audit.doubts if doubt.code != "few-items"]  # of which the input is no cause
    if doubts or any(issubclass(one.category, UserWarning) for one in caught):
        said = doubts + [str(one.message) for one in caught]
        return Outcome(case, "said", "; ".join(said)[:120])
    return Outcome(
        case, "silent", f"{len(audit.issues)} issues of {len(audit.items)} items", f"{case.task}, {case.kind}"
    )


def _is_right(case: Case, audit: labelaudit.Audit) -> bool:
    if case.right is None:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return same(audit, case.right(), case.tolerance)


def _refused(case: Case, refusal: labelaudit.InputError) -> Outcome:
    message = str(refusal)
    if "\n" in message or len(message) > 500 or not _NAMED.search(message):
        return Outcome(
            case, "crashed", f"a refusal that is no sentence, or names nothing: {message[:160]!r}", place_of(refusal)
        )
    return Outcome(case, "refused", message[:160])


def place_of(problem: BaseException) -> str:
    """Return the last line of this package that an exception went through."""
    frames = [one for one in traceback.extract_tb(problem.__traceback__) if str(_SOURCE) in one.filename]
    if not frames:
        return "outside labelaudit"
    return f"{Path(frames[-1].filename).relative_to(_SOURCE)}:{frames[-1].lineno}"


def same(found: labelaudit.Audit, right: labelaudit.Audit, tolerance: float) -> bool:
    """Whether two audits say the same of the same items, whatever these are called."""
    if len(found.items) != len(right.items) or found.counts.labels != right.counts.labels:
        return False
    if found.class_names and right.class_names and found.class_names != right.class_names:
        return False
    return np.allclose(found.scores, right.scores, rtol=0, atol=tolerance, equal_nan=True) and sorted(
        found.issues["row"].to_list()
    ) == sorted(right.issues["row"].to_list())


def all_cases() -> list[Case]:
    """Return the cases of all tasks, those of arguments and those of files."""
    from laws import odd_arguments, odd_files, odd_images, odd_names, odd_pixels, odd_values

    modules = (odd_values, odd_names, odd_images, odd_pixels, odd_arguments, odd_files)
    return [case for module in modules for case in module.cases()]


def outcomes() -> list[Outcome]:
    """Return how all cases end that can be made."""
    return [end for case in all_cases() if (end := outcome(case)) is not None]


def table(ends: list[Outcome]) -> str:
    """Return kinds by endings, and below each group that does not end well with an example."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for end in ends:
        counts[f"{end.case.task:26}{end.case.kind}"][end.ending] += 1
    width = max(map(len, counts)) + 2
    lines = [" " * width + "".join(f"{ending:>9}" for ending in ENDINGS)]
    for kind, found in counts.items():
        if found["silent"] or found["crashed"]:
            lines.append(f"{kind:{width}}" + "".join(f"{found[ending] or '':>9}" for ending in ENDINGS))
    total = Counter(end.ending for end in ends)
    lines.append(f"{'all ' + str(len(ends)) + ' cases':{width}}" + "".join(f"{total[ending]:>9}" for ending in ENDINGS))
    return "\n".join([*lines, "", *failing(ends)])


def failing(ends: list[Outcome]) -> list[str]:
    """Return a line for each group of cases that do not end well, sorted by where in the code."""
    groups: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for end in ends:
        if end.ending in ("silent", "crashed"):
            groups[end.place, end.ending, end.detail.partition(":")[0]].append(end)
    lines = []
    for (place, ending, _), group in sorted(groups.items()):
        kinds = list(dict.fromkeys(f"{end.case.task}/{end.case.kind}" for end in group))
        containers = list(dict.fromkeys(end.case.container for end in group))
        lines.append(
            f"{place}: {ending} ×{len(group)}: {group[0].detail}\n      {', '.join(kinds[:6])}"
            f"{' …' if len(kinds) > 6 else ''} in {', '.join(containers[:6])}{' …' if len(containers) > 6 else ''}"
        )
    return lines


if __name__ == "__main__":
    from laws import odd_inputs  # once, and not again under the name of the program

    print(odd_inputs.table(odd_inputs.outcomes()))
