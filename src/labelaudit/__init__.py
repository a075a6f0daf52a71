"""Find the wrong labels of a data set from a model's out-of-sample predictions.

    audit = labelaudit.audit("classification", labels, pred_probs)
    audit.issues

Every name is loaded when it is first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelaudit import (
        classification,
        count,
        dataset,
        filter,
        instance_segmentation,
        multilabel_classification,
        object_detection,
        rank,
        regression,
        segmentation,
        token_classification,
    )
    from labelaudit._audit import Audit, audit, load
    from labelaudit.decisions import Decision, Decisions
    from labelaudit.errors import InputError

__version__ = "0.1.0"

__all__ = [
    "Audit",
    "Decision",
    "Decisions",
    "InputError",
    "__version__",
    "audit",
    "classification",
    "count",
    "dataset",
    "filter",
    "instance_segmentation",
    "load",
    "multilabel_classification",
    "object_detection",
    "rank",
    "regression",
    "segmentation",
    "token_classification",
]

_HOME = {
    "Audit": "labelaudit._audit",
    "Decision": "labelaudit.decisions",
    "Decisions": "labelaudit.decisions",
    "InputError": "labelaudit.errors",
    "audit": "labelaudit._audit",
    "load": "labelaudit._audit",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'labelaudit' has no attribute {name!r}")
    if name in _HOME:
        return getattr(importlib.import_module(_HOME[name]), name)
    return importlib.import_module(f"labelaudit.{name}")


def __dir__() -> list[str]:
    return sorted(__all__)
