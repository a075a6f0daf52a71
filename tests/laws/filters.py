"""Every function that finds wrong labels, by every filter: the other half of the table that the laws run over."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelaudit.classification import filter as classification
from labelaudit.multilabel_classification import filter as multilabel
from labelaudit.object_detection import filter as object_detection
from labelaudit.segmentation import filter as segmentation
from labelaudit.token_classification import filter as tokens
from laws.data import CLASSIFICATION, FLAT_TOKENS, IGNORED, MULTILABEL, NESTED_TOKENS
from laws.pictures import BOXES, MEANS_OF_NUMBERS, PIXEL_LISTS, PIXELS, VOID
from laws.table import Arguments, Column, Filter, mapped

# filters that take as many rows of each pair of classes as an estimate says
PRUNING = ("prune_by_noise_rate", "prune_by_class", "both")
_ROUNDS: Any = {
    "renaming": "estimates are rounded to whole rows; of equal remainders the first class counts, as in cleanlab"
}


def ranking(places: Any, shape: tuple[int, ...]) -> np.ndarray:
    """How many are worse than each, of those found; -1 where it is not found."""
    ranks = np.full(shape, -1)
    ranks[tuple(np.array(places, int).reshape(-1, len(shape)).T)] = np.arange(len(places))
    return ranks


def _ranked(found: Any, given: Arguments) -> Column:
    return ranking(found, (len(given["labels"]),))


def _classification() -> list[Filter]:
    function = classification.find_label_issues
    rows = [
        Filter(
            f"classification: {name}",
            function,
            CLASSIFICATION,
            {"filter_by": name},
            exempt=_ROUNDS if name in PRUNING else {},
        )
        for name in classification.FILTERS
    ]
    for rank in ("self_confidence", "noise_posterior"):
        options = {"filter_by": "predicted_neq_given", "return_indices_ranked_by": rank}
        rows.append(Filter(f"classification: ranked by {rank}", function, CLASSIFICATION, options, column=_ranked))
    return rows


_CHUNKS: Any = {"chunks": "one class is read at a time"}


def _multilabel() -> list[Filter]:
    rows = []
    for name in classification.FILTERS:
        options = {"filter_by": name}
        rows += [
            Filter(f"multilabel: {name}", multilabel.find_label_issues, MULTILABEL, options, exempt=_CHUNKS),
            Filter(
                f"multilabel: {name} in each class",
                multilabel.find_multilabel_issues_per_class,
                MULTILABEL,
                options,
                renamed=lambda column, order: column[:, order],
                unlabelled=lambda given: given["labels"] == -1,
                exempt=_CHUNKS,
            ),
        ]
    options = {"return_indices_ranked_by": "self_confidence"}
    return [
        *rows,
        Filter("multilabel: ranked", multilabel.find_label_issues, MULTILABEL, options, column=_ranked, exempt=_CHUNKS),
        Filter(
            "multilabel: ranked in each class",
            multilabel.find_multilabel_issues_per_class,
            MULTILABEL,
            options,
            column=lambda found, given: np.column_stack([_ranked(rows, given) for rows in found[0]]),
            renamed=lambda column, order: column[:, order],
            unlabelled=lambda given: given["labels"] == -1,
            exempt=_CHUNKS,
        ),
    ]


def _ranked_tokens(found: Any, given: Arguments) -> Column:
    lengths = given["lengths"] if "lengths" in given else [len(labels) for labels in given["labels"]]
    ranks = ranking(found, (len(lengths), max([1, *lengths])))
    return [row[:length] for row, length in zip(ranks, lengths, strict=True)]


def _ignored(given: Arguments) -> Column:
    if "lengths" not in given:
        return [labels == IGNORED for labels in given["labels"]]
    return np.split(given["labels"] == IGNORED, np.cumsum(given["lengths"])[:-1]) if len(given["lengths"]) else []


def _tokens() -> list[Filter]:
    return [
        Filter(
            f"tokens: {name}, {form}",
            tokens.find_label_issues,
            data,
            {"filter_by": name},
            column=_ranked_tokens,
            unlabelled=_ignored,
            exempt=_ROUNDS if name in PRUNING else {},
        )
        for name in classification.FILTERS
        for form, data in (("nested", NESTED_TOKENS), ("flat", FLAT_TOKENS))
    ]


def _objects() -> list[Filter]:
    options = {"return_indices_ranked_by_score": True}
    function = object_detection.find_label_issues
    return [
        Filter("boxes: images", function, BOXES),
        Filter("boxes: images, ranked", function, BOXES, options, column=_ranked),
    ]


def _pixels() -> list[Filter]:
    return [
        Filter(
            f"segmentation: pixels{form}{', downsampled' * (side > 1)}",
            segmentation.find_label_issues,
            data,
            {"ignore_index": VOID, "downsample": side},
            unlabelled=lambda given: mapped(lambda labels: labels == VOID, given["labels"]),
            exempt=MEANS_OF_NUMBERS if side > 1 else {},
        )
        for form, data in (("", PIXELS), (" in lists", PIXEL_LISTS))
        for side in (1, 2)
    ]


FILTERS = [*_classification(), *_multilabel(), *_tokens(), *_objects(), *_pixels()]
