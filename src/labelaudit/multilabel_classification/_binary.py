"""Each class of a multi-label data set as a classification into no and yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit._checks.multilabel_classification import check_multilabel, refuse_row
from labelaudit._checks.streams import is_stream
from labelaudit._data.arrays import to_numpy
from labelaudit._data.rows import MultilabelClassification
from labelaudit._kernels import multilabel_for
from labelaudit.errors import InputError


@dataclass(frozen=True)
class Binary:
    """The items whose label of one class is known."""

    rows: np.ndarray  # (n,) which items these are
    labels: np.ndarray  # (n,) 0 or 1
    pred_probs: np.ndarray  # (n, 2) probabilities of no and yes


def check_in_memory(labels: Any, pred_probs: Any) -> MultilabelClassification:
    """Return the two in canonical form; refuse chunks, which cannot be read class by class."""
    if is_stream(pred_probs):
        raise InputError(
            "pred_probs: this reads one class at a time and needs an array; pass an array, memory-mapped if it is "
            "large, or rank the items with rank.get_label_quality_scores, which reads chunks"
        )
    return check_multilabel(labels, pred_probs)


def classes(data: MultilabelClassification) -> Iterator[Binary]:
    """Give the classes one after the other."""
    probs = data.pred_probs[0]
    for k in range(data.k):
        given = np.ascontiguousarray(to_numpy(data.labels[0][:, k], "labels"), data.labels[1])
        p = to_numpy(probs[:, k], "pred_probs").astype(data.float_type)
        zeros = np.zeros((2, 1), data.float_type)
        # the kernel is what says whether a label and a probability are ones
        _, bad = multilabel_for(p).class_scores(given[:, None], p[:, None], zeros, False)
        if bad >= 0:
            refuse_row(0, bad, given[:, None], p[:, None], k)
        p = np.clip(p, 0, 1)
        rows = np.flatnonzero((given == 0) | (given == 1))
        yield Binary(rows, given[rows].astype(np.int64), np.column_stack([1 - p[rows], p[rows]]))
