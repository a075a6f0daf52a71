"""Odd labels and predictions of the tasks whose data are rows: each kind of value in each container."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import labelaudit
from laws.odd_containers import MATRICES, TOLERANCES, VECTORS, Convert, converted
from laws.odd_inputs import Case, Skip
from laws.odd_kinds import EQUAL, MATRIX_SHAPES, NEVER, ROW, SHAPES, Change, everywhere, with_value

N, K = 240, 4


def _classes() -> tuple[list[int], list[list[float]]]:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, K, N)
    probs = rng.dirichlet(np.full(K, 1.0), N) * 0.4
    probs[np.arange(N), labels] += 0.6
    wrong = rng.choice(N, 12, replace=False)
    labels[wrong] = (labels[wrong] + 1) % K
    return labels.tolist(), probs.tolist()


def _numbers() -> tuple[list[float], list[float]]:
    rng = np.random.default_rng(2)
    truth = rng.normal(50, 10, N).round(1)
    predicted = truth + rng.normal(0, 1, N)
    truth[rng.choice(N, 6, replace=False)] *= 10
    return truth.tolist(), predicted.tolist()


def _sets() -> tuple[list[list[int]], list[list[float]]]:
    rng = np.random.default_rng(3)
    given = rng.random((N, K)) < 0.4
    probs = np.where(given, rng.uniform(0.8, 1, given.shape), rng.uniform(0, 0.2, given.shape))
    given ^= rng.random(given.shape) < 0.03
    return [np.flatnonzero(row).tolist() for row in given], probs.tolist()


def _matrix(sets: list[list[int]]) -> np.ndarray:
    """The same sets as ones in a matrix."""
    if any(type(k) is not int or not 0 <= k < K for classes in sets for k in classes):
        raise Skip
    made = np.zeros((len(sets), K), int)
    for row, classes in enumerate(sets):
        made[row, classes] = 1
    return made


def _sentences() -> tuple[list[list[int]], list[list[list[float]]]]:
    labels, probs = _classes()
    cuts = [slice(at, at + 6) for at in range(0, N, 6)]
    return [labels[cut] for cut in cuts], [probs[cut] for cut in cuts]


DATA: dict[str, tuple[Any, Any]] = {
    "classification": _classes(),
    "regression": _numbers(),
    "multilabel_classification": _sets(),
    "token_classification": _sentences(),
}


@cache
def clean(task: str) -> labelaudit.Audit:
    """The audit of the clean data, which is not to be doubted."""
    audit = labelaudit.audit(task, *DATA[task])
    assert not audit.doubts
    return audit


CLASS_MATRIX_SHAPES = MATRIX_SHAPES | {
    "unnormalised": everywhere(lambda p: 0.3 * p),
    "a row of zeros": lambda rows: [[0.0] * K if i == ROW else row for i, row in enumerate(rows)],
    "equal probabilities": everywhere(lambda _: 1 / K),
    "rows shuffled": lambda rows: [rows[i] for i in np.random.default_rng(5).permutation(len(rows))],
    "columns permuted": lambda rows: [[row[i] for i in (2, 3, 1, 0)] for row in rows],
}

LABEL_VALUES = NEVER | {"K": K, "a fraction": 1.5, "a little off": 1 + 1e-9, "256 + 1": 257, "2**32 + 1": 2**32 + 1}
PROBABILITIES = NEVER
NUMBERS = {name: value for name, value in NEVER.items() if name not in ("-1", "-0.5", "1e300", "2**63", "2**64")}


def _label_shapes(task: str) -> dict[str, Change]:
    if task == "classification":
        return SHAPES | {
            "one-hot": lambda labels: np.eye(K)[labels].tolist(),
            "annotators": lambda labels: [[label, label, 0] for label in labels],
            "counted from 1": everywhere(lambda label: label + 1),
            "off by one, around": everywhere(lambda label: (label + 1) % K),
            "all one class": everywhere(lambda _: 0),
            "probabilities": lambda labels: DATA[task][1],
        }
    if task == "regression":
        return SHAPES | {
            "in another unit": everywhere(lambda value: 1000 * value),
            "another column": lambda values: np.random.default_rng(9).normal(3, 1, len(values)).tolist(),
        }
    if task == "multilabel_classification":
        of_matrices: dict[str, Change] = {
            "transposed": lambda sets: _matrix(sets).T,
            "2 for 1": lambda sets: 2 * _matrix(sets),
            "halves": lambda sets: 0.5 * _matrix(sets),
            "a column less": lambda sets: _matrix(sets)[:, 1:],
            "one class each": lambda sets: _matrix(sets).argmax(axis=1),
            "rows shuffled": lambda sets: np.random.default_rng(5).permutation(_matrix(sets)),
        }
        unknown = ("NaN", "-1", "None", "Decimal NaN")  # a label that is not known
        for name in [name for name in LABEL_VALUES if name not in unknown]:
            value = LABEL_VALUES[name]
            of_matrices[f"{name} in a matrix"] = partial(_matrix_with, value)
        return SHAPES | of_matrices | {"a class twice": lambda sets: [[*row, *row] for row in sets]}
    return SHAPES | {"flattened": lambda rows: [value for row in rows for value in row],
                     "a token less": lambda rows: [rows[0][:-1], *rows[1:]], "counted from 1": everywhere(lambda value: value + 1)}  # fmt: skip


def _matrix_with(value: Any, sets: list[list[int]]) -> np.ndarray:
    made = _matrix(sets).astype(object)
    made[ROW, 1] = value
    try:
        return made.astype(float)
    except (TypeError, ValueError):
        return made


def _polars_lists(rows: list[Any]) -> pl.Series:
    made = pl.Series(rows)
    if repr(made.to_list()) != repr(rows):  # polars has cut numbers to the type of the first ones
        raise Skip
    return made


_LISTS: dict[str, Convert] = {
    "lists": list,
    "tuples": lambda rows: tuple(tuple(row) for row in rows),
    "list of arrays": lambda rows: [np.array(row) for row in rows],
    "list of object arrays": lambda rows: [np.array(row, object) for row in rows],
    "array of lists": VECTORS["object array"],
    "array": np.array,
    "pandas": lambda rows: pd.Series(list(rows)),
    "polars": _polars_lists,
    "arrow": lambda rows: pa.array(list(rows)),
    "list of polars": lambda rows: [pl.Series(row) for row in rows],
}
_MATRIX_LISTS = _LISTS | {
    "list of float32": lambda rows: [np.array(row, np.float32) for row in rows],
    "list of float16": lambda rows: [np.array(row, np.float16) for row in rows],
    "list of pandas": lambda rows: [pd.DataFrame(row) for row in rows],
}
_OF_SETS: dict[str, Convert] = {
    "array": _matrix,
    "array of booleans": lambda sets: _matrix(sets) == 1,
    "columns first": lambda sets: np.asfortranarray(_matrix(sets)),
    "int8": lambda sets: _matrix(sets).astype(np.int8),
    "float32": lambda sets: _matrix(sets).astype(np.float32),
    "memmap": lambda sets: VECTORS["memmap"](_matrix(sets).tolist()),
    "read-only": lambda sets: VECTORS["read-only"](_matrix(sets).tolist()),
    "pandas table": lambda sets: pd.DataFrame(_matrix(sets)),
    "polars table": lambda sets: pl.DataFrame(_matrix(sets)),
    "sets": lambda sets: [set(row) for row in sets],
}
CONTAINERS: dict[str, tuple[dict[str, Convert], dict[str, Convert]]] = {
    "classification": (VECTORS, MATRICES),
    "regression": (VECTORS, VECTORS),
    "multilabel_classification": (_LISTS | _OF_SETS, MATRICES),
    "token_classification": (_LISTS, _MATRIX_LISTS),
}  # fmt: skip
# Containers that the odd kinds are tried in: the others hold values as one of these does.
_FOR_KINDS = (
    "list", "lists", "tuple", "tuples", "array", "object array", "pandas", "pandas of objects", "polars", "arrow", "read-only", "memmap",
    "list of arrays", "list of object arrays", "array of lists", "function of chunks", "float32", "list of float32",
)  # fmt: skip


def cases() -> Iterator[Case]:
    for task in DATA:
        yield from _clean_cases(task)
        yield from _odd(task, 0, LABEL_VALUES if task != "regression" else NUMBERS, _label_shapes(task))
        shapes = {
            "classification": CLASS_MATRIX_SHAPES,
            "multilabel_classification": MATRIX_SHAPES,
            "regression": SHAPES,
        }
        more = shapes.get(task, {}) if task != "regression" else {}
        yield from _odd(task, 1, NUMBERS if task == "regression" else PROBABILITIES, SHAPES | more)
        yield from _together(task)


def _tolerance(task: str, container: str) -> float:
    return next((found for name, found in TOLERANCES.items() if name in container), 1e-9)


def _clean_cases(task: str) -> Iterator[Case]:
    """Clean data in each pair of containers, all of which are fine or refused."""
    labels, predictions = DATA[task]
    for first, of_labels in CONTAINERS[task][0].items():
        for second, of_predictions in CONTAINERS[task][1].items():
            yield Case(
                task, "clean", f"{first} and {second}",
                partial(_audit, task, (of_labels, labels), (of_predictions, predictions)), partial(clean, task),
                max(_tolerance(task, first), _tolerance(task, second)),
            )  # fmt: skip


def _audit(task: str, *sides: tuple[Convert, Any]) -> labelaudit.Audit:
    return labelaudit.audit(task, *(converted(convert, values) for convert, values in sides))


def _odd(task: str, side: int, values: dict[str, Any], shapes: dict[str, Change]) -> Iterator[Case]:
    what = ("labels", "predictions")[side]
    deep = task == "token_classification" and side == 1
    changes = {
        f"{name} in {what}": (with_value([value] * K if deep else value), None) for name, value in values.items()
    }
    changes |= {f"{what}: {name}": (everywhere(of), partial(clean, task)) for name, of in EQUAL.items()}
    for name, (change, right) in changes.items():
        for container, convert in CONTAINERS[task][side].items():
            if container in _FOR_KINDS:
                yield Case(
                    task,
                    name,
                    container,
                    partial(_changed, task, side, change, convert),
                    right,
                    _tolerance(task, container),
                )
    for name, change in shapes.items():
        # one model of a list of them, and what has the same values after all
        harmless = name in ("each in a list", "one more axis", "an iterator", "a class twice")
        for container, convert in CONTAINERS[task][side].items():
            if container in ("list", "lists", "array", "object array", "pandas", "polars", "list of arrays"):
                yield Case(
                    task, f"{what}: {name}", container, partial(_changed, task, side, change, convert),
                    partial(clean, task) if harmless else None,
                )  # fmt: skip


def _changed(task: str, side: int, change: Change, convert: Convert) -> labelaudit.Audit:
    given = list(DATA[task])
    try:
        changed = change(given[side])
    except Exception as problem:
        raise Skip from problem
    if isinstance(changed, list):
        given[side] = converted(convert, changed)
    elif convert is list:  # what is in no container is tried once
        given[side] = changed
    else:
        raise Skip
    return labelaudit.audit(task, *given)


def _together(task: str) -> Iterator[Case]:
    """What is wrong with both sides at once."""
    labels, predictions = DATA[task]
    for name, both in {
        "swapped arguments": (predictions, labels),
        "labels twice": (labels, labels),
        "predictions twice": (predictions, predictions),
        "both None": (None, None),
        "labels alone": (labels, None),
        "predictions alone": (None, predictions),
        "both text": ("labels.csv", "predictions.npy"),
    }.items():
        right = (
            partial(labelaudit.audit, task, predictions, labels)
            if task == "regression" and name == "swapped arguments"
            else None
        )
        right = partial(labelaudit.audit, task, *both) if task == "regression" and "twice" in name else right
        yield Case(task, name, "lists", partial(labelaudit.audit, task, *both), right)
        if both[0] is not None and both[1] is not None and not isinstance(both[0], str):
            yield Case(task, name, "arrays", partial(_as_arrays, task, both), right)


def _as_arrays(task: str, both: tuple[Any, Any]) -> labelaudit.Audit:
    return labelaudit.audit(task, *(converted(np.array, values) for values in both))
