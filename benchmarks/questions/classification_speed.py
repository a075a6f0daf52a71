"""How near to the speed of memory are classification scores, and how much faster than cleanlab's?"""

import cleanlab.rank as oracle

from benchmarks.helpers.inputs import classification
from benchmarks.helpers.measure import Clock, peak_megabytes, read
from benchmarks.helpers.table import Bar, show, twice
from labelaudit import rank

N, K = 200_000, 100
# method, adjusted, most reads
ROWS = [
    ("self_confidence", False, 1.2),
    ("normalized_margin", False, 1.4),
    ("confidence_weighted_entropy", False, 2.5),
    ("self_confidence", True, 1.8),
    ("normalized_margin", True, 1.8),
]
_SETUP = f"""
from benchmarks.helpers.inputs import classification
from {{module}} import get_label_quality_scores as score
labels, pred_probs = classification({N}, {K})
"""


def _row(method: str, adjust: bool, reads: float, clock: Clock) -> list[object]:
    arguments = {"method": method, "adjust_pred_probs": adjust}
    labels, pred_probs = classification(2 * N, K)
    half, half_probs = labels[:N], pred_probs[:N]
    theirs, ours, double, one_read = clock.alternate(
        [
            lambda: oracle.get_label_quality_scores(half, half_probs, **arguments),
            lambda: rank.get_label_quality_scores(half, half_probs, **arguments),
            lambda: rank.get_label_quality_scores(labels, pred_probs, **arguments),
            lambda: read(half_probs),
        ]
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
        theirs / ours,
        Bar(ours / one_read, reads),
        twice(double, ours),
        peaks[0],
        Bar(peaks[1], N * K * 4 / 2**20 / 4),  # a quarter of the input: no temporary of its size
    ]


def main() -> bool:
    clock = Clock()
    rows = [_row(*row, clock) for row in ROWS]
    columns = ["", "cleanlab ms", "ours ms", "times faster", "reads", "twice the rows", "cleanlab MB", "ours MB"]
    return show(f"Classification scores, {N:,} × {K} float32", columns, rows, clock)
