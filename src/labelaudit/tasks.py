"""The one table of tasks: what each is called, how it is told from the others, and who judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labelaudit.classification import judge as classification
from labelaudit.formats.inputs import Inputs, read_classification, read_regression
from labelaudit.regression import judge as regression
from labelaudit.results import Audit


@dataclass(frozen=True)
class Task:
    """One row of the table."""

    judge: Callable[..., Audit]  # (labels, predictions, *, ids, class_names, method, …) → Audit
    fits: Callable[[Any, Any], bool]  # whether (labels, predictions) have this task's shapes
    read: Callable[[str, str, str | None], Inputs]  # the files, or parts of files, of labels, predictions, class names


TASKS = {
    "classification": Task(judge=classification.judge, fits=classification.fits, read=read_classification),
    "regression": Task(judge=regression.judge, fits=regression.fits, read=read_regression),
}
