"""Labels and predictions that say by their names what belongs to what, and functions that say something else later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import labelaudit
from laws.odd_inputs import Case
from laws.odd_values import DATA, K, N, clean

NAMES = ["pig", "cat", "owl", "ant"]  # in the order of the columns, which is not that of the alphabet
ORDER = [2, 0, 3, 1]
Pair = Callable[[], tuple[Any, Any, dict[str, Any]]]


def cases() -> Iterator[Case]:
    for name, pair in {**_named_pairs(), **_walked_pairs()}.items():
        yield Case(
            "classification", "names, rows and walks", name, partial(_of_pair, pair), partial(clean, "classification")
        )


def _of_pair(pair: Pair) -> labelaudit.Audit:
    labels, predictions, options = pair()
    return labelaudit.audit("classification", labels, predictions, **options)


def _named_pairs() -> dict[str, Pair]:
    """Labels and columns that say themselves what belongs to what."""
    labels, probs = DATA["classification"]
    words = [NAMES[label] for label in labels]
    matrix = np.array(probs)
    ids = [f"{i}.png" for i in range(N)]
    shuffled = np.random.default_rng(6).permutation(N)
    permuted = pd.DataFrame(matrix, columns=NAMES).iloc[:, ORDER]
    return {
        "columns of pandas in another order": lambda: (words, permuted, {}),
        "columns of polars in another order": lambda: (words, pl.DataFrame(matrix, schema=NAMES).select(permuted.columns), {}),
        "columns prob_ in another order": lambda: (words, permuted.add_prefix("prob_"), {}),
        "columns of numbers in another order": lambda: (labels, pd.DataFrame(matrix, columns=range(K)).iloc[:, ORDER], {}),
        "columns of numbers as text": lambda: (labels, pd.DataFrame(matrix, columns=[f"prob_{i}" for i in range(K)]).iloc[:, ORDER], {}),
        "the same column twice": lambda: (words, pd.DataFrame(matrix, columns=[NAMES[0], *NAMES[:3]]), {}),
        "a column of ids beside": lambda: (words, permuted.assign(id=range(N)), {}),
        "columns of other names": lambda: (words, pd.DataFrame(matrix, columns=list("wxyz")), {}),
        "categories of pandas": lambda: (pd.Series(pd.Categorical(words, NAMES)), matrix, {}),
        "categories of polars": lambda: (pl.Series(words, dtype=pl.Enum(NAMES)), matrix, {}),
        "dictionary of Arrow": lambda: (pa.DictionaryArray.from_arrays(pa.array(labels), pa.array(NAMES)), matrix, {}),
        "a mapping of numbers": lambda: (words, matrix, {"class_names": {i: NAMES[i] for i in ORDER}}),
        "words alone": lambda: (words, matrix, {}),
        "rows of pandas in another order": lambda: (
            pd.Series(labels, index=ids), pd.DataFrame(matrix, index=ids).iloc[shuffled], {}
        ),
        "rows of pandas of another data set": lambda: (
            pd.Series(labels, index=ids), pd.DataFrame(matrix, index=[f"other {i}" for i in range(N)]), {}
        ),
        "rows of pandas numbered from 1": lambda: (pd.Series(labels), pd.DataFrame(matrix, index=range(1, N + 1)), {}),
    }  # fmt: skip


def _walked_pairs() -> dict[str, Pair]:
    """Functions that do not give the same rows at each call."""
    labels, probs = DATA["classification"]
    matrix = np.array(probs)
    found: dict[str, Pair] = {}
    for method in ("noise_posterior", "self_confidence", "normalized_margin"):
        for name, later in {
            "other rows": matrix[::-1], "fewer rows": matrix[:-9], "none": matrix[:0], "other numbers": 1 - matrix,
        }.items():  # fmt: skip
            found[f"{name} in a later walk, {method}"] = partial(_changing, labels, matrix, later, method)
    return found


def _changing(labels: list[int], first: np.ndarray, later: np.ndarray, method: str) -> tuple[Any, Any, dict[str, Any]]:
    walks = iter([first])

    def chunks() -> Iterator[np.ndarray]:
        return iter(np.array_split(next(walks, later), 3))

    return labels, chunks, {"method": method}
