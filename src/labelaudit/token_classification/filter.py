"""Which tokens have a wrong label."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.token_classification import check_sentences
from labelaudit._data.arrays import to_numpy
from labelaudit._data.ragged import Ragged
from labelaudit.classification.filter import find_label_issues as find_row_issues
from labelaudit.classification.rank import METHODS, Method
from labelaudit.errors import InputError
from labelaudit.token_classification._scores import score_tokens

_OPTIONS = frozenset(inspect.signature(find_row_issues).parameters) - {"labels", "pred_probs", "features"}


def find_label_issues(
    labels: Any,
    pred_probs: Any,
    *,
    return_indices_ranked_by: Method = "self_confidence",
    low_memory: bool = False,
    lengths: Any = None,
    **kwargs: Any,
) -> list[tuple[int, int]]:
    """Return the tokens whose label is wrong as (sentence, token) pairs, worst first.

    Parameters
    ----------
    labels, pred_probs, lengths
        As in :func:`labelaudit.token_classification.rank.get_label_quality_scores`; tokens labelled -100 are left out.
    return_indices_ranked_by
        The score of tokens that says which is worst.
    low_memory
        Taken for compatibility: the tokens are read block by block in any case.
    **kwargs
        More arguments of :func:`labelaudit.classification.filter.find_label_issues`, such as ``filter_by``.

    Raises
    ------
    InputError
        For input that cannot be scored, with sentence and token, and for unknown arguments.

    Examples
    --------
    >>> pred_probs = [[[0.9, 0.1], [0.7, 0.3], [0.05, 0.95]], [[0.8, 0.2], [0.8, 0.2]]]
    >>> find_label_issues([[0, 0, 1], [0, 1]], pred_probs)
    [(1, 1)]
    """
    check_choice(return_indices_ranked_by, "return_indices_ranked_by", METHODS)
    unknown = sorted(set(kwargs) - _OPTIONS)
    if unknown:
        raise InputError(f"{unknown[0]}: is no argument; expected one of {', '.join(sorted(_OPTIONS))}")
    ranking = dict(kwargs.pop("rank_by_kwargs", None) or {})
    adjust = bool(ranking.pop("adjust_pred_probs", False))
    if ranking:
        raise InputError(f"rank_by_kwargs: expected only adjust_pred_probs, got {', '.join(sorted(ranking))}")
    data = check_sentences(labels, pred_probs, lengths)
    # first, as it checks every token
    scores = to_numpy(score_tokens(data, return_indices_ranked_by, adjust=adjust), "pred_probs")
    labelled, places = data.with_labels()
    mask = find_row_issues(labelled.labels[0], labelled.pred_probs[0], **kwargs)
    wrong = places[np.flatnonzero(mask)]
    return Ragged(None, data.offsets).places(wrong, np.argsort(scores[wrong], kind="stable"))
