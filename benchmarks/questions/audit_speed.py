"""How long is an audit beside the scores that it is made from, and in how much memory?

Bars are for the containers that most data comes in: arrays of classes and pixels, lists of sentences and of boxes. Flat
tokens and ragged boxes are scored so fast that the tables of an audit are most of its time; they stand beside without.
Where wrong labels are counted in a sample, that may take a tenth of a second more, whatever the size of the data.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import labelaudit
from benchmarks.helpers import inputs
from benchmarks.helpers.boxes import lists
from benchmarks.helpers.measure import Clock, peak_megabytes
from benchmarks.helpers.table import Bar, show, twice
from labelaudit.classification import rank as classification
from labelaudit.instance_segmentation import rank as instance_segmentation
from labelaudit.multilabel_classification import rank as multilabel_classification
from labelaudit.object_detection import rank as object_detection
from labelaudit.regression import rank as regression
from labelaudit.segmentation import rank as segmentation
from labelaudit.token_classification import rank as token_classification

_BEYOND_TABLES = 100  # MB


@dataclass(frozen=True)
class Input:
    labels: Any
    predictions: Any
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    task: str
    container: str
    items: int
    few: int  # items that a child process warms up with
    make: Callable[[int], Input]  # from a number of items
    most: float | None  # times the score, after the rounds
    rounds: float = 0.0  # seconds that may go into counting wrong labels in a sample, however many there are


SCORES = {
    "classification": classification.get_label_quality_scores,
    "multilabel_classification": multilabel_classification.get_label_quality_scores,
    "regression": partial(regression.get_label_quality_scores, method="scaled_residual"),
    "token_classification": token_classification.get_label_quality_scores,
    "object_detection": partial(object_detection.get_label_quality_scores, verbose=False),
    "segmentation": partial(segmentation.get_label_quality_scores, verbose=False),
    "instance_segmentation": instance_segmentation.get_label_quality_scores,
}


def _classes(n: int) -> Input:
    return Input(*inputs.classification(n))


def _sets_of_classes(n: int) -> Input:
    return Input(*inputs.multilabel(n, wrong=0.01))


def _numbers(n: int) -> Input:
    return Input(*inputs.regression(n, wrong=0.02))


def _flat_tokens(n: int) -> Input:
    labels, pred_probs, lengths = inputs.tokens(n)
    return Input(labels, pred_probs, {"lengths": lengths})


def _sentences(n: int) -> Input:
    labels, pred_probs, _ = inputs.tokens(n)
    return Input(*inputs.token_lists(labels, pred_probs))


def _ragged_boxes(n: int) -> Input:
    return Input(*inputs.detection(n, 7, 15))


def _lists_of_boxes(n: int) -> Input:
    return Input(*lists(*inputs.detection(n, 7, 15), 80))


def _pixels(n: int) -> Input:
    return Input(*inputs.segmentation(n))


def _masks(n: int) -> Input:
    return Input(*inputs.masks(n))


ROWS = [
    Row("classification", "array, K = 100", 200_000, 2_000, _classes, 8, 0.1),
    Row("multilabel_classification", "array, K = 50", 100_000, 1_000, _sets_of_classes, 8, 0.1),
    Row("regression", "array", 1_000_000, 1_000, _numbers, 2),
    Row("token_classification", "lists of 20", 50_000, 100, _sentences, 1.5, 0.1),
    Row("token_classification", "flat, by 20", 50_000, 100, _flat_tokens, None),
    Row("object_detection", "lists", 2_000, 100, _lists_of_boxes, 2),
    Row("object_detection", "ragged", 2_000, 100, _ragged_boxes, None),
    Row("segmentation", "20 × 256 × 256", 20, 2, _pixels, 3, 0.1),
    Row("instance_segmentation", "arrays 96 × 96", 200, 20, _masks, None),
]


def audit(row: Row, data: Input) -> labelaudit.Audit:
    return labelaudit.audit(row.task, data.labels, data.predictions, **data.options)


_SETUP = """
from benchmarks.questions.audit_speed import ROWS, audit
row = ROWS[{number}]
small, whole = row.make(row.few), row.make(row.items)
"""


def _measured(number: int, clock: Clock) -> list[object]:
    row = ROWS[number]
    one, two = row.make(row.items), row.make(2 * row.items)
    score, ours, double = clock.alternate(
        [
            lambda: SCORES[row.task](one.labels, one.predictions, **one.options),
            lambda: audit(row, one),
            lambda: audit(row, two),
        ]
    )
    found = audit(row, one)
    tables = found.items.estimated_size("mb") + found.issues.estimated_size("mb")
    peak = peak_megabytes(_SETUP.format(number=number), "audit(row, whole)", "audit(row, small)")
    return [
        f"{row.task}, {row.container} ({row.items:,})",
        score * 1e3,
        ours * 1e3,
        ours / score if row.most is None else Bar(ours / score, row.most + row.rounds / score),
        twice(double, ours),
        f"{len(found.issues):,}",
        tables,
        Bar(peak, tables + _BEYOND_TABLES),
    ]


def main() -> bool:
    clock = Clock()
    rows = [_measured(number, clock) for number in range(len(ROWS))]
    columns = ["", "score ms", "audit ms", "times the score", "twice the items", "issues", "tables MB", "audit MB"]
    return show("Audits beside the default score (regression: scaled_residual)", columns, rows, clock)
