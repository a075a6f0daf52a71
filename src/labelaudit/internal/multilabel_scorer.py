"""An old address of labelaudit.multilabel_classification.scorer."""

from labelaudit.multilabel_classification.scorer import (
    Aggregator,
    ClassLabelScorer,
    MultilabelScorer,
    exponential_moving_average,
    get_cross_validated_multilabel_pred_probs,
    get_label_quality_scores,
    multilabel_py,
    softmin,
)

__all__ = [
    "Aggregator",
    "ClassLabelScorer",
    "MultilabelScorer",
    "exponential_moving_average",
    "get_cross_validated_multilabel_pred_probs",
    "get_label_quality_scores",
    "multilabel_py",
    "softmin",
]
