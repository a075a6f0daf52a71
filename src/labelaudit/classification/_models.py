"""One or several models, and the vote of neighbours, as one model's predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit._checks.classification import check_classification, mixture_of_classes
from labelaudit._checks.features import check_features
from labelaudit._checks.models import models_of
from labelaudit._checks.naming import align
from labelaudit._checks.streams import refuse_iterator
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import Classification
from labelaudit.classification._neighbours import NeighbourVotes, neighbours_of
from labelaudit.errors import InputError


def classification_of(labels: Any, pred_probs: Any, features: Any = None) -> Classification:
    """Return labels and predictions in canonical form; the vote of neighbours is one more model called features."""
    if features is None:
        return check_classification(labels, pred_probs)
    features, _ = align(labels, features, None, "features")
    models = models_of(pred_probs, depth=2)
    if models is None:
        refuse_iterator(pred_probs)
        models = {"model": pred_probs}
    if "features" in models:
        raise InputError("pred_probs: a model is called features, as is the vote of neighbours; give it another name")
    members = {one: check_classification(labels, given, f"pred_probs[{one!r}]") for one, given in models.items()}
    first = next(iter(members.values()))
    given = to_numpy(first.labels[0][:], "labels").astype(np.int64)
    votes = NeighbourVotes(neighbours_of(check_features(features, given.size)), given, first.k)
    float32 = np.dtype(np.float32)
    columns = (given, np.dtype(np.int64)), (votes, float32)
    members["features"] = Classification(*columns, first.n, first.k, float32, "features")
    return mixture_of_classes(members)
