"""The data of tasks on rows, tokens and numbers, as the laws need them: made, moved, renamed and cut."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from laws.table import Arguments, Chains, Data, mapped
from multilabel_classification.data import multilabel_data
from token_classification.cases import TAGS, nested, sentences

IGNORED = -100  # a token without a label


def classification_data(n: int, k: int, seed: int = 0, dtype: Any = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of a model that is right four times in five."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, n)
    pred_probs = rng.dirichlet(np.full(k, 0.5), n) + 1e-3
    believed = np.where(rng.random(n) < 0.8, labels, rng.integers(0, k, n))
    pred_probs[np.arange(n), believed] += 1
    return labels, (pred_probs / pred_probs.sum(axis=1, keepdims=True)).astype(dtype)


def _cut(values: np.ndarray, cuts: list[int]) -> Any:
    # cuts in hundredths of the rows
    bounds = [0, *(cut * len(values) // 100 for cut in sorted(cuts)), len(values)]
    return lambda: (values[a:b] for a, b in itertools.pairwise(bounds))


def _chunked(arguments: Arguments, cuts: list[int]) -> Arguments:
    return arguments | {"pred_probs": _cut(arguments["pred_probs"], cuts)}


def new_numbers(labels: np.ndarray, order: np.ndarray, unlabelled: int | None = None) -> np.ndarray:
    """The labels where class order[k] is called k."""
    renamed = np.argsort(order)[np.where(labels == unlabelled, 0, labels)]
    return np.where(labels == unlabelled, labels, renamed)


def likeliest(axis: int) -> Any:
    """What makes probabilities 1 for the likeliest class and 0 for others."""
    return lambda probs: (probs == probs.max(axis=axis, keepdims=True, initial=0)).astype(probs.dtype)


# from sure to doubtful to believed to be the other class
BELIEF = np.array([[0.95, 0.05], [0.6, 0.4], [0.1, 0.9]])
CHAINS: Chains = {"the first class": [0, 1, 2], "the second": [3, 4, 5]}

CLASSIFICATION = Data(
    make=lambda n, k, seed: dict(zip(("labels", "pred_probs"), classification_data(n, k, seed), strict=True)),
    ladder=lambda: (
        {"labels": np.array([0, 0, 0, 1, 1, 1]), "pred_probs": np.vstack([BELIEF, BELIEF[:, ::-1]])},
        CHAINS,
    ),
    rename=lambda given, order: {
        "labels": new_numbers(given["labels"], order),
        "pred_probs": given["pred_probs"][:, order],
    },
    chunked=_chunked,
    certain=likeliest(1),
)


def _multilabel(n: int, k: int, seed: int) -> Arguments:
    labels, pred_probs = multilabel_data(n, k, seed)
    labels[np.random.default_rng(seed).random((n, k)) < 0.05] = -1  # not known
    return {"labels": labels, "pred_probs": pred_probs}


def _multilabel_ladder() -> tuple[Arguments, Chains]:
    labels = np.array([[1, 0]] * 3 + [[0, 1]] * 3)
    return {"labels": labels, "pred_probs": np.vstack([BELIEF, BELIEF[:, ::-1]])}, CHAINS


MULTILABEL = Data(
    make=_multilabel,
    ladder=_multilabel_ladder,
    rename=lambda given, order: {key: values[:, order] for key, values in given.items()},
    chunked=_chunked,
    certain=lambda probs: (probs > 0.5).astype(probs.dtype),
    exempt={"one class": "every class is a question of its own, and an item may be of none"},
)


def _tokens(n: int, k: int, seed: int) -> Arguments:
    lengths = np.random.default_rng(seed).integers(0, 25, n)
    labels, pred_probs, lengths = sentences(lengths, k, seed, ignored=0.05)
    return {"labels": labels, "pred_probs": pred_probs, "lengths": lengths}


def _take_sentences(given: Arguments, rows: Sequence[int]) -> Arguments:
    starts = np.concatenate([[0], np.cumsum(given["lengths"])])
    places = [np.arange(starts[row], starts[row + 1]) for row in rows]
    tokens = np.concatenate([np.zeros(0, int), *places])
    taken = {key: given[key][tokens] for key in ("labels", "pred_probs")}
    return given | taken | {"lengths": given["lengths"][list(rows)]}


def _rename_tokens(given: Arguments, order: np.ndarray) -> Arguments:
    renamed = given | {
        "labels": mapped(lambda labels: new_numbers(labels, order, IGNORED), given["labels"]),
        "pred_probs": mapped(lambda probs: probs[:, order], given["pred_probs"]),
    }
    return renamed | {"class_names": [given["class_names"][k] for k in order]} if "class_names" in given else renamed


def _tokens_ladder() -> tuple[Arguments, Chains]:
    # two tokens that are believed, then the one in question
    labels = np.array([[0, 1, 0]] * 3 + [[0, 1, 1]] * 3)
    sure = np.array([[0.9, 0.1], [0.05, 0.95]])
    probs = [np.vstack([sure, row]) for row in np.vstack([BELIEF, BELIEF[:, ::-1]])]
    return {"labels": labels.ravel(), "pred_probs": np.vstack(probs), "lengths": np.full(6, 3)}, CHAINS


FLAT_TOKENS = Data(
    make=_tokens,
    ladder=_tokens_ladder,
    take=_take_sentences,
    rename=_rename_tokens,
    chunked=_chunked,
    certain=likeliest(1),
    large_size=(12_000, 9),
)


def _nested(given: Arguments) -> Arguments:
    return {key: nested(given[key], given["lengths"]) for key in ("labels", "pred_probs")}


NESTED_TOKENS = Data(
    make=lambda n, k, seed: _nested(_tokens(n, k, seed)),
    ladder=lambda: (_nested(_tokens_ladder()[0]), CHAINS),
    rename=_rename_tokens,
    chunked=lambda given, cuts: given | {"pred_probs": _cut(np.concatenate(given["pred_probs"]), cuts)},
    certain=likeliest(1),
    large_size=FLAT_TOKENS.large_size,
    exempt={"mapped": "predictions are lists of arrays", "type of none": "no array tells the type"},
)


def _entities_ladder() -> tuple[Arguments, Chains]:
    # a person of two tokens, with less and less belief that it is one
    probs = [[[1, 0, 0, 0, 0], [0.02, p, 0, 0.98 - p, 0], [0.02, 0, p, 0.98 - p, 0]] for p in (0.95, 0.5, 0.1)]
    labels = np.tile([0, 1, 2], 3)
    given = {"labels": labels, "pred_probs": np.vstack(probs), "lengths": np.full(3, 3), "class_names": TAGS}
    return given, {"a person": [0, 1, 2]}


ENTITIES = Data(
    make=lambda n, k, seed: _tokens(n, k, seed) | {"class_names": TAGS},
    ladder=_entities_ladder,
    take=_take_sentences,
    rename=_rename_tokens,
    chunked=_chunked,
    certain=likeliest(1),
    classes=(len(TAGS),),
    large_size=(18_000, len(TAGS)),
    exempt={"one class": "tags of one class tell no entity"},
)


def _numbers(n: int, _: int, seed: int) -> Arguments:
    rng = np.random.default_rng(seed)
    labels = rng.normal(50, 10, n)
    predictions = labels + rng.normal(0, 2, n)
    return {"labels": np.where(rng.random(n) < 0.1, labels + 30, labels), "predictions": predictions}


def _numbers_ladder() -> tuple[Arguments, Chains]:
    given = _numbers(100, 1, 0)
    residuals = np.array([0.0, 10, 40])
    return {
        "labels": np.concatenate([np.full(3, 50.0), given["labels"]]),
        "predictions": np.concatenate([50 + residuals, given["predictions"]]),
    }, {"farther off": [0, 1, 2]}


NUMBERS = Data(
    make=_numbers,
    ladder=_numbers_ladder,
    chunked=lambda given, cuts: given | {"predictions": _cut(given["predictions"], cuts)},
    predictions="predictions",
    classes=(1,),
    large_size=(1_200_001, 1),
    exempt={
        "renaming": "numbers have no classes",
        "one class": "numbers have no classes",
        "certain": "numbers are no probabilities",
    },
)
