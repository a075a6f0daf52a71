"""How much faster are classification scores than cleanlab's, and how near to the speed of memory?"""

import os

import cleanlab.rank as oracle
import numpy as np

from benchmarks.measure import Bar, alternate, peak_megabytes, show, threaded_read
from labelaudit import rank

N, K = 200_000, 100
ROUNDS = 21
# method, adjusted, least ratio to cleanlab, most ratio to one threaded read
ROWS = [
    ("self_confidence", False, 12, 2),
    ("normalized_margin", False, 10, 2),
    ("confidence_weighted_entropy", False, 6, 6),
    ("self_confidence", True, 10, 2),
    ("normalized_margin", True, 10, 2),
]
_SETUP = f"""
import numpy as np
from {{module}} import get_label_quality_scores as score
rng = np.random.default_rng(0)
labels = rng.integers(0, {K}, {N})
pred_probs = rng.random(({N}, {K}), np.float32)
pred_probs /= pred_probs.sum(axis=1, keepdims=True)
"""


def data(n: int, k: int, dtype: type = np.float32) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, k, n)
    pred_probs = rng.standard_exponential((n, k), dtype)
    pred_probs[np.arange(n), labels] += k / 4
    return labels, pred_probs / pred_probs.sum(axis=1, keepdims=True)


def _row(method: str, adjust: bool, ratio: float, reads: float) -> list[object]:
    arguments = {"method": method, "adjust_pred_probs": adjust}
    labels, pred_probs = data(2 * N, K)
    half, half_probs = labels[:N], pred_probs[:N]
    theirs, ours, twice, read = alternate(
        [
            lambda: oracle.get_label_quality_scores(half, half_probs, **arguments),
            lambda: rank.get_label_quality_scores(half, half_probs, **arguments),
            lambda: rank.get_label_quality_scores(labels, pred_probs, **arguments),
            lambda: threaded_read(half_probs, len(os.sched_getaffinity(0))),
        ],
        ROUNDS,
    )
    call = f"score(labels, pred_probs, method={method!r}, adjust_pred_probs={adjust})"
    small = call.replace("labels, pred_probs", "labels[:9], pred_probs[:9]")
    peaks = [
        peak_megabytes(_SETUP.format(module=module), call, small) for module in ("cleanlab.rank", "labelaudit.rank")
    ]
    return [
        f"{method}{', adjusted' if adjust else ''}",
        theirs * 1e3,
        ours * 1e3,
        Bar(theirs / ours, ratio, least=True),
        Bar(ours / read, reads, least=False),
        Bar(twice / ours, 2.2, least=False),
        peaks[0],
        Bar(peaks[1], N * K * 4 / 2**20 / 4, least=False),  # a quarter of the input: no temporary of its size
    ]


def main() -> bool:
    columns = [
        "",
        "cleanlab ms",
        "ours ms",
        "times faster",
        "reads of the input",
        "twice the rows",
        "cleanlab MB",
        "ours MB",
    ]
    return show(f"Classification scores, {N:,} × {K} float32", columns, [_row(*row) for row in ROWS])
