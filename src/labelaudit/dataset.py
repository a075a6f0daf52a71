"""The address of these names in cleanlab; they live in :mod:`labelaudit.classification.dataset`."""

from labelaudit.classification.dataset import (
    find_overlapping_classes,
    health_summary,
    overall_label_health_score,
    rank_classes_by_label_quality,
)

__all__ = [
    "find_overlapping_classes",
    "health_summary",
    "overall_label_health_score",
    "rank_classes_by_label_quality",
]
