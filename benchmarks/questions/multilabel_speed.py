"""How near to the speed of memory are multi-label scores, in how much memory, and how much faster than cleanlab's?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from cleanlab.internal import multilabel_scorer as oracle

from benchmarks.helpers.inputs import multilabel
from benchmarks.helpers.measure import Clock, peak_megabytes, read
from benchmarks.helpers.table import Bar, show, twice
from labelaudit.multilabel_classification import rank

N, K = 100_000, 50
SOFTMIN = {"method": "softmin", "temperature": 0.1}
# title, options, how cleanlab has them: its scorer and the options of that, most reads
ROWS = [
    ("default: moving average, 0.8", {}, "MultilabelScorer()", {}, 3),
    ("softmin, 0.1", {"aggregator_kwargs": SOFTMIN}, "MultilabelScorer(aggregator=Aggregator(softmin))", {}, 3),
    ("default, adjusted", {"adjust_pred_probs": True}, "MultilabelScorer()", {"adjust_pred_probs": True}, 4),
]
_SETUP = f"""
from benchmarks.helpers.inputs import multilabel
labels, pred_probs = multilabel({N}, {K})
"""
_OURS = "from labelaudit.multilabel_classification.rank import get_label_quality_scores as score"
_THEIRS = "from cleanlab.internal.multilabel_scorer import Aggregator, MultilabelScorer, softmin"


def _row(
    title: str, options: Mapping[str, Any], scorer: str, base: Mapping[str, Any], reads: float, clock: Clock
) -> list[object]:
    labels, pred_probs = multilabel(2 * N, K)
    half, half_probs = labels[:N], pred_probs[:N]
    theirs_scorer = eval(scorer, vars(oracle))
    theirs, ours, double, one_read = clock.alternate(
        [
            lambda: theirs_scorer(half, half_probs, base_scorer_kwargs=base),
            lambda: rank.get_label_quality_scores(half, half_probs, **options),
            lambda: rank.get_label_quality_scores(labels, pred_probs, **options),
            lambda: read(half_probs),
        ]
    )
    expected = theirs_scorer(half, half_probs, base_scorer_kwargs=base)
    apart = np.abs(rank.get_label_quality_scores(half, half_probs, **options) - expected).max()
    peaks = [
        peak_megabytes(_SETUP + imported, work, work.replace("(labels, pred_probs", "(labels[:900], pred_probs[:900]"))
        for imported, work in (
            (_THEIRS, f"{scorer}(labels, pred_probs, base_scorer_kwargs={base})"),
            (_OURS, f"score(labels, pred_probs, **{options})"),
        )
    ]
    return [
        title,
        theirs * 1e3,
        ours * 1e3,
        theirs / ours,
        Bar(ours / one_read, reads),
        twice(double, ours),
        peaks[0],
        Bar(peaks[1], 2 * N * K * 8 / 2**20 / 4),
        Bar(float(apart), 1e-9),
    ]


def main() -> bool:
    clock = Clock()
    rows = [_row(*row, clock) for row in ROWS]
    columns = [
        "",
        "cleanlab ms",
        "ours ms",
        "times faster",
        "reads",
        "twice the rows",
        "cleanlab MB",
        "ours MB",
        "apart",
    ]
    return show(f"Multi-label scores, {N:,} × {K} float64", columns, rows, clock)
