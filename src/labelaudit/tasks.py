"""The one table of tasks: what each is called, how it is told from the others, and who judges it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labelaudit.classification import judge as classification
from labelaudit.formats.inputs import (
    Inputs,
    read_classification,
    read_multilabel_classification,
    read_object_detection,
    read_regression,
    read_segmentation,
    read_token_classification,
)
from labelaudit.instance_segmentation import judge as masks
from labelaudit.multilabel_classification import judge as multilabel
from labelaudit.object_detection import judge as detection
from labelaudit.regression import judge as regression
from labelaudit.results import Audit
from labelaudit.segmentation import judge as segmentation
from labelaudit.token_classification import judge as tokens


@dataclass(frozen=True)
class Task:
    """One row of the table."""

    judge: Callable[..., Audit]  # (labels, predictions, *, ids, class_names, method, …) → Audit
    fits: Callable[[Any, Any], bool]  # whether (labels, predictions) have this task's shapes
    # the files, or parts of files, of labels, predictions and class names; None: read by Python alone
    read: Callable[[str, str, str | None], Inputs] | None


TASKS = {
    "classification": Task(judge=classification.judge, fits=classification.fits, read=read_classification),
    "multilabel_classification": Task(
        judge=multilabel.judge, fits=multilabel.fits, read=read_multilabel_classification
    ),
    "token_classification": Task(judge=tokens.judge, fits=tokens.fits, read=read_token_classification),
    "object_detection": Task(judge=detection.judge, fits=detection.fits, read=read_object_detection),
    "segmentation": Task(judge=segmentation.judge, fits=segmentation.fits, read=read_segmentation),
    "instance_segmentation": Task(judge=masks.judge, fits=masks.fits, read=None),
    "regression": Task(judge=regression.judge, fits=regression.fits, read=read_regression),
}
