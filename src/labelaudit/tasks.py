"""The one table of tasks: what each is called, and what it can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labelaudit.classification import audit as classification
from labelaudit.classification import correct as correct_classification
from labelaudit.classification import view as view_classification
from labelaudit.decisions import Decisions
from labelaudit.formats import inputs
from labelaudit.formats.base import Change
from labelaudit.instance_segmentation import audit as instance_segmentation
from labelaudit.instance_segmentation import correct as correct_instance_segmentation
from labelaudit.instance_segmentation import view as view_instance_segmentation
from labelaudit.multilabel_classification import audit as multilabel_classification
from labelaudit.multilabel_classification import correct as correct_multilabel_classification
from labelaudit.multilabel_classification import view as view_multilabel_classification
from labelaudit.object_detection import audit as object_detection
from labelaudit.object_detection import correct as correct_object_detection
from labelaudit.object_detection import view as view_object_detection
from labelaudit.regression import audit as regression
from labelaudit.regression import correct as correct_regression
from labelaudit.regression import view as view_regression
from labelaudit.results import Record
from labelaudit.segmentation import audit as segmentation
from labelaudit.segmentation import correct as correct_segmentation
from labelaudit.segmentation import view as view_segmentation
from labelaudit.token_classification import audit as token_classification
from labelaudit.token_classification import correct as correct_token_classification
from labelaudit.token_classification import view as view_token_classification
from labelaudit.views import Content, View


@dataclass(frozen=True)
class Task:
    """One row of the table."""

    name: str
    unit: str  # what labels are counted in
    headline: Callable[[Record], str]
    audit: Callable[..., Record]  # (labels, predictions, *, ids, class_names, decisions, method, threshold, …) → record
    fits: Callable[[Any, Any], bool]  # whether (labels, predictions) have this task's shapes
    read: Callable[..., inputs.Inputs]  # (labels, predictions, class_names): files, or parts of files
    view: Callable[[Record, int, Content | None], View]  # what a person must see of an item
    changes: Callable[[Record, Decisions], list[Change]]  # what decisions change
    correct: Callable[[Record, Any, Decisions], Any]  # the labels with the decisions carried out


TASKS = {
    task.name: task
    for task in (
        Task(
            name="classification",
            unit=classification.UNIT,
            headline=classification.headline,
            audit=classification.audit_classification,
            fits=classification.fits,
            read=inputs.read_classification,
            view=view_classification.view,
            changes=correct_classification.changes,
            correct=correct_classification.correct,
        ),
        Task(
            name="multilabel_classification",
            unit=multilabel_classification.UNIT,
            headline=multilabel_classification.headline,
            audit=multilabel_classification.audit_multilabel_classification,
            fits=multilabel_classification.fits,
            read=inputs.read_multilabel_classification,
            view=view_multilabel_classification.view,
            changes=correct_multilabel_classification.changes,
            correct=correct_multilabel_classification.correct,
        ),
        Task(
            name="token_classification",
            unit=token_classification.UNIT,
            headline=token_classification.headline,
            audit=token_classification.audit_token_classification,
            fits=token_classification.fits,
            read=inputs.read_token_classification,
            view=view_token_classification.view,
            changes=correct_token_classification.changes,
            correct=correct_token_classification.correct,
        ),
        Task(
            name="regression",
            unit=regression.UNIT,
            headline=regression.headline,
            audit=regression.audit_regression,
            fits=regression.fits,
            read=inputs.read_regression,
            view=view_regression.view,
            changes=correct_regression.changes,
            correct=correct_regression.correct,
        ),
        Task(
            name="object_detection",
            unit=object_detection.UNIT,
            headline=object_detection.headline,
            audit=object_detection.audit_object_detection,
            fits=object_detection.fits,
            read=inputs.read_object_detection,
            view=view_object_detection.view,
            changes=correct_object_detection.changes,
            correct=correct_object_detection.correct,
        ),
        Task(
            name="segmentation",
            unit=segmentation.UNIT,
            headline=segmentation.headline,
            audit=segmentation.audit_segmentation,
            fits=segmentation.fits,
            read=inputs.read_segmentation,
            view=view_segmentation.view,
            changes=correct_segmentation.changes,
            correct=correct_segmentation.correct,
        ),
        Task(
            name="instance_segmentation",
            unit=instance_segmentation.UNIT,
            headline=instance_segmentation.headline,
            audit=instance_segmentation.audit_instance_segmentation,
            fits=instance_segmentation.fits,
            read=inputs.read_instance_segmentation,
            view=view_instance_segmentation.view,
            changes=correct_instance_segmentation.changes,
            correct=correct_instance_segmentation.correct,
        ),
    )
}
