"""The address of these names in cleanlab; they live in :mod:`labelaudit.classification.count`."""

from labelaudit.classification.count import (
    calibrate_confident_joint,
    compute_confident_joint,
    estimate_joint,
    estimate_latent,
    get_confident_thresholds,
    num_label_issues,
)

__all__ = [
    "calibrate_confident_joint",
    "compute_confident_joint",
    "estimate_joint",
    "estimate_latent",
    "get_confident_thresholds",
    "num_label_issues",
]
