"""Every scoring function of every task by every method: a half of the table that the laws run over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np

from labelaudit.classification import rank as classification
from labelaudit.multilabel_classification import rank as multilabel
from labelaudit.multilabel_classification import scorer
from labelaudit.regression import rank as regression
from labelaudit.token_classification import rank as tokens
from laws.data import CLASSIFICATION, ENTITIES, FLAT_TOKENS, IGNORED, MULTILABEL, NESTED_TOKENS, NUMBERS, likeliest
from laws.picture_scorers import PICTURE_SCORERS
from laws.table import Arguments, Column, Data, Scorer

ADJUSTABLE = ("self_confidence", "normalized_margin")


def _rtol(method: str) -> float:
    # it is fitted to the whole data set
    return 1e-9 if method == "noise_posterior" else 1e-12


def _classification() -> list[Scorer]:
    scores = classification.get_label_quality_scores
    rows = [
        Scorer(f"classification: {method}", scores, CLASSIFICATION, {"method": method}, rtol=_rtol(method))
        for method in classification.METHODS
    ]
    rows += [
        Scorer(
            f"classification: adjusted {method}",
            scores,
            CLASSIFICATION,
            {"method": method, "adjust_pred_probs": True},
        )
        for method in ADJUSTABLE
    ]
    rows += [
        Scorer(f"classification: {function.__name__}", function, CLASSIFICATION)
        for function in (
            classification.get_self_confidence_for_each_label,
            classification.get_normalized_margin_for_each_label,
            classification.get_confidence_weighted_entropy_for_each_label,
        )
    ]
    return rows


def _ensemble(labels: Any, pred_probs: Any, **options: Any) -> Any:
    """Of a model, and one that is sure of what the other holds for likeliest."""
    sure = likeliest(1)
    second = (lambda: map(sure, pred_probs())) if callable(pred_probs) else sure(pred_probs)
    return classification.get_label_quality_ensemble_scores(labels, [pred_probs, second], **options)


def _ensembles() -> list[Scorer]:
    function = classification.get_label_quality_ensemble_scores
    options: dict[str, dict[str, Any]] = {
        weighting: {"weight_ensemble_members_by": weighting} for weighting in get_args(classification.Weighting)
    }
    options["custom"]["custom_weights"] = [1, 2]
    options["accuracy, noise_posterior"] = {"method": "noise_posterior"}
    options["accuracy, adjusted normalized_margin"] = {"method": "normalized_margin", "adjust_pred_probs": True}
    return [
        # a weight is a mean over all rows
        Scorer(f"classification: ensemble by {name}", function, CLASSIFICATION, how, _ensemble, rtol=1e-9, atol=1e-15)
        for name, how in options.items()
    ]


CLASSIFICATION_OF_ONE_MODEL = _classification()
CLASSIFICATION_SCORERS = [*CLASSIFICATION_OF_ONE_MODEL, *_ensembles()]


def _all_known(n: int, k: int, seed: int) -> Arguments:
    given = MULTILABEL.make(n, k, seed)
    return given | {"labels": np.abs(given["labels"])}


# for NumPy's functions, which do not leave out what is not known
KNOWN_MULTILABEL = replace(MULTILABEL, make=_all_known)

POOLS: dict[str, tuple[Data, Any]] = {
    "default": (MULTILABEL, None),
    "moving average": (MULTILABEL, {"method": "exponential_moving_average"}),
    "softmin": (MULTILABEL, {"method": "softmin"}),
    "np.min": (KNOWN_MULTILABEL, {"method": np.min}),
}


def _multilabel() -> list[Scorer]:
    rows = []
    methods = [(method, False) for method in multilabel.METHODS] + [(method, True) for method in ADJUSTABLE]
    for method, adjust in methods:
        name = f"multilabel: {'adjusted ' * adjust}{method}"
        how = {"method": method, "adjust_pred_probs": adjust}
        rows += [
            Scorer(f"{name}, {pool}", multilabel.get_label_quality_scores, data, how | {"aggregator_kwargs": options})
            for pool, (data, options) in POOLS.items()
        ]
        rows.append(
            Scorer(
                f"{name} of each class",
                multilabel.get_label_quality_scores_per_class,
                MULTILABEL,
                how,
                renamed=lambda column, order: column[:, order],
                unlabelled=lambda given: given["labels"] == -1,
            )
        )
    for base in scorer.ClassLabelScorer:
        for aggregator in (scorer.Aggregator("softmin", temperature=0.2), scorer.Aggregator(np.min)):
            options = {"method": scorer.MultilabelScorer(base, aggregator)}
            name = f"multilabel: scorer of {base.value}, {aggregator.pool.name}"
            rows.append(Scorer(name, scorer.get_label_quality_scores, KNOWN_MULTILABEL, options))
    return rows


def _sentences(found: Any, _: Arguments) -> Column:
    return found[0]


def _nested_tokens(found: Any, _: Arguments) -> Column:
    return found[1]


def _flat_tokens(found: Any, given: Arguments) -> Column:
    return np.split(found[1], np.cumsum(given["lengths"])[:-1]) if len(given["lengths"]) else []


_NO_ARRAY: Any = {"type of none": "no array is left of what is split by item"}


def _tokens() -> list[Scorer]:
    function = tokens.get_label_quality_scores
    rows = []
    for method in classification.METHODS:
        how = {"token_score_method": method}
        rows += [
            Scorer(
                f"tokens: {method}, nested",
                function,
                NESTED_TOKENS,
                how,
                rtol=_rtol(method),
                column=_nested_tokens,
                unlabelled=lambda given: [labels == IGNORED for labels in given["labels"]],
            ),
            Scorer(
                f"tokens: {method}, flat",
                function,
                FLAT_TOKENS,
                how,
                rtol=_rtol(method),
                column=_flat_tokens,
                unlabelled=lambda given: _flat_tokens((None, given["labels"] == IGNORED), given),
                exempt=_NO_ARRAY,
            ),
        ]
        for pool in ("min", "softmin"):
            options = how | {"sentence_score_method": pool}
            rows += [
                Scorer(
                    f"sentences: {pool} of {method}, {form}",
                    function,
                    data,
                    options,
                    column=_sentences,
                    rtol=_rtol(method),
                )
                for form, data in (("nested", NESTED_TOKENS), ("flat", FLAT_TOKENS))
            ]
    return [*rows, Scorer("entities", tokens.entity_scores, ENTITIES, column=_entities, exempt=_NO_ARRAY)]


def _entities(found: Any, given: Arguments) -> Column:
    """The scores of the entities of each sentence, in their order."""
    found = found.sort("sentence", "start")
    counts = np.bincount(found["sentence"], minlength=len(given["lengths"]))
    return np.split(found["score"].to_numpy(), np.cumsum(counts)[:-1]) if counts.size else []


def _regression() -> list[Scorer]:
    compares = "it compares every item with half of the others, "
    # up to 2,000 items every pair is looked at; above, a tree gives scores that are right to 1e-5
    distances = replace(
        NUMBERS,
        large_size=(5000, 1),
        exempt=NUMBERS.exempt
        | dict.fromkeys(("none", "type of none", "one"), f"{compares}and needs two or more")
        | {"chunks": f"{compares}and needs all of them in memory"},
    )
    return [
        Scorer(
            f"regression: {method}",
            regression.get_label_quality_scores,
            distances if method == "outre" else NUMBERS,
            {"method": method},
            atol=2e-5 if method == "outre" else 0.0,
        )
        for method in regression.METHODS
    ]


SCORERS = [*CLASSIFICATION_SCORERS, *_multilabel(), *_tokens(), *_regression(), *PICTURE_SCORERS]
