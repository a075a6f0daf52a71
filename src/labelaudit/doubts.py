"""Why a result may not be what it seems, in sentences, each with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit._stats.agreement import Agreement, AnswerAgreement, BetterColumns, found_order
from labelaudit.results import Doubt

# How many classes are named before the rest are only counted.
_NAMED = 3

# So many times as many labels must agree for rows to be out of place where columns might be.
_FAR = 1.1

# Notes: of a class with so many labels it is odd that it is never predicted; below so many rows little can be told; and
# a model is overconfident, or very right, that is this sure of so many rows and contradicts so large a share of these.
_NEVER_OF = 20
_FEW_ROWS = 20
_SURE_FROM, _SURE_ROWS, _CONTRADICTED = 0.95, 50, 0.2


def doubts_of_agreement(
    agreement: Agreement, labels: np.ndarray, predicted: np.ndarray, names: Sequence[str] | None, of: str = "row"
) -> tuple[Doubt, ...]:
    """Return the doubts about labels beside predictions, grave ones first.

    ``labels`` and ``predicted``: of all rows; ``of``: what a row is called.
    """
    if not agreement.rows:
        return ()
    if agreement.is_flat:
        return (flat(),)
    grave = _grave(agreement, labels, predicted, names, of)
    return (*grave, *notes_of(agreement, names, of, quiet=bool(grave)))


def doubts_of_answers(agreement: AnswerAgreement, names: Sequence[str] | None) -> tuple[Doubt, ...]:
    """Return the grave doubts about the labels of classes that are given or not, beside predictions."""
    if not agreement.items:
        return ()
    if agreement.is_flat:
        return (flat(),)
    if (better := agreement.better_columns) is not None:
        return (_other_columns(better, names),)
    if agreement.chance.is_against:
        return (less_than_chance(),)
    if agreement.chance.is_chance:
        return (no_better_than_shuffled("row"),)
    return (learnt_by_heart("row"),) if agreement.by_heart else ()


def _grave(
    agreement: Agreement, labels: np.ndarray, predicted: np.ndarray, names: Sequence[str] | None, of: str
) -> tuple[Doubt, ...]:
    better, chance = agreement.better_columns, agreement.chance
    if better is not None or chance.is_against or chance.is_chance:
        order = found_order(labels, predicted, 0.0 if better is None else _FAR * better.share)
        if order is not None or (better is None and chance.is_chance):
            return (no_better_than_shuffled(of, order),)
        return (less_than_chance() if better is None else _other_columns(better, names),)
    if agreement.by_heart:
        return (learnt_by_heart(of),)
    return ()


def notes_of(agreement: Agreement, names: Sequence[str] | None, of: str, *, quiet: bool) -> tuple[Doubt, ...]:
    """Return what was assumed or cannot be told; only what is wrong with the numbers themselves where it is quiet."""
    found = []
    if agreement.off >= 0:
        found.append(
            Doubt(
                "no-distribution",
                grave=False,
                sentence=f"the probabilities of {of} {agreement.off:,} do not sum to 1",
                way_out="divide each row by its sum; drop those that sum to 0",
            )
        )
    if quiet:
        return tuple(found)
    if agreement.rows < _FEW_ROWS:
        found.append(
            Doubt(
                "few-items",
                grave=False,
                sentence=f"of {agreement.rows:,} {of}{'s' * (agreement.rows != 1)} little can be told",
                way_out="look at each of them; what tells whether labels and predictions belong together needs more",
            )
        )
    if (never := agreement.never_predicted(_NEVER_OF)).size:
        found.append(
            Doubt(
                "never-predicted",
                grave=False,
                sentence=f"no {of} has {_several([called(c, names) for c in never])} for its most likely class",
                way_out="labels of such a class cannot be told right from wrong; has the model seen it?",
            )
        )
    sure, contradicted = agreement.contradicted(_SURE_FROM)
    if sure >= _SURE_ROWS and contradicted >= _CONTRADICTED * sure:
        found.append(
            Doubt(
                "overconfident",
                grave=False,
                sentence=f"the model contradicts {contradicted:,} of {sure:,} labels where it is sure; is it so good?",
                way_out="an overconfident model's errors look like label errors; calibrate it, or look at a few first",
            )
        )
    return tuple(found)


def flat() -> Doubt:
    """Return the doubt about predictions that say nothing."""
    return Doubt(
        "all-equal",
        grave=True,
        sentence="predictions are the same in every row, so nothing can be told",
        way_out="pass the probabilities that the model predicts",
    )


def less_than_chance() -> Doubt:
    """Return the doubt about labels that predictions speak against."""
    return Doubt(
        "agreement",
        grave=True,
        sentence="labels agree with the predictions less than by chance",
        way_out="check that labels and predictions belong together, and that their classes are in the same order",
    )


def no_better_than_shuffled(of: str, order: str | None = None) -> Doubt:
    """Return the doubt about predictions of other rows; ``order``: how these are out of place, where that is known."""
    seen = f"; they are {order}" if order else ""
    return Doubt(
        "order",
        grave=True,
        sentence=f"predictions agree with the labels no better than those of other {of}s{seen}",
        way_out=f"are labels and predictions of the same {of}s, in the same order? Match them by their ids",
    )


def learnt_by_heart(of: str) -> Doubt:
    """Return the doubt about predictions of what the model was trained on."""
    return Doubt(
        "in-sample",
        grave=True,
        sentence=f"predictions agree with the labels as only those of {of}s that a model was trained on do",
        way_out="predict out of sample, as sklearn.model_selection.cross_val_predict(…, method='predict_proba') does",
    )


def columns_of_others(pairs: Sequence[tuple[str, str]]) -> Doubt:
    """Return the doubt about columns, each of which looks like the class that is named with it."""
    return Doubt(
        "agreement",
        grave=True,
        sentence=_several([f"column {column} looks like class {class_}" for column, class_ in pairs]),
        way_out="are the columns of the predictions in the order of the classes?",
    )


def _other_columns(better: BetterColumns, names: Sequence[str] | None) -> Doubt:
    if better.step and names is None:
        many = "great" if better.step > 0 else "small"
        return Doubt(
            "agreement",
            grave=True,
            sentence=f"labels are too {many} by 1: most labels {better.step % better.k} are of column 0",
            way_out="number the classes from 0, as the columns are",
        )
    pairs = zip(better.columns, better.classes, strict=True)
    return columns_of_others([(named_column(column, names), called(class_, names)) for column, class_ in pairs])


def called(class_: int, names: Sequence[str] | None) -> str:
    """Return what a class is called.

    Examples
    --------
    >>> called(1, ["cat", "dog"]), called(1, None)
    ('dog', '1')
    """
    return str(class_) if names is None else names[class_]


def named_column(column: int, names: Sequence[str] | None) -> str:
    """Return a column's number, and in brackets the class that it was taken for.

    Examples
    --------
    >>> named_column(1, ["cat", "dog"])
    '1 (dog)'
    """
    return str(column) if names is None else f"{column} ({names[column]})"


def _several(parts: Sequence[str]) -> str:
    """Return the first few, and how many more there are.

    Examples
    --------
    >>> _several(["a", "b"]), _several(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 more')
    """
    if len(parts) > _NAMED + 1:
        parts = [*parts[:_NAMED], f"{len(parts) - _NAMED} more"]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
