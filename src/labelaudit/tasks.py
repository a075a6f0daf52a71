"""The one table of tasks: what each is called, how it is told from the others, and who judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labelaudit.classification import judge as classification
from labelaudit.results import Audit


@dataclass(frozen=True)
class Task:
    """One row of the table."""

    judge: Callable[..., Audit]  # (labels, predictions, *, ids, class_names, method, …) → Audit
    fits: Callable[[Any, Any], bool]  # whether (labels, predictions) have this task's shapes


TASKS = {
    "classification": Task(judge=classification.judge, fits=classification.fits),
}
