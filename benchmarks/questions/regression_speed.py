"""How long does OUTRE take, in how much memory, how near to brute force, and how much faster is it than cleanlab's?"""

import numpy as np
from cleanlab.regression import rank as oracle

from benchmarks.helpers.inputs import regression
from benchmarks.helpers.measure import Clock, peak_megabytes, read
from benchmarks.helpers.table import Bar, show, twice
from labelaudit.regression import rank

TWICE = 2.5  # trees grow a little faster than what they hold
# items, sigma of lognormal labels (normal ones for None), most seconds, most MB
ROWS = [
    (20_000, None, 0.3, 100),
    (100_000, None, 2, 100),
    (100_000, 3.0, 2, None),
    (1_000_000, None, 30, 1000),
    (1_000_000, 3.0, 30, None),
]
_WITH_CLEANLAB = 20_000  # it needs memory for the square of that
_SETUP = """
from benchmarks.helpers.inputs import regression
from {module} import get_label_quality_scores as score
labels, predictions = regression({n})
"""


def error(labels: np.ndarray, predictions: np.ndarray, scores: np.ndarray) -> float:
    """The greatest error of a sample of scores, the extreme and the middle ones among them."""
    residuals = predictions - labels
    points = np.c_[(labels - labels.mean()) / labels.std(), 5 * (residuals - residuals.mean()) / residuals.std()]
    n, order = len(labels), np.argsort(scores)
    middle = order[n // 2 - 10 : n // 2 + 10]
    rows = np.r_[np.random.default_rng(1).choice(n, 100, replace=False), order[:5], order[-5:], middle]
    k = -(-n // 2)
    means = np.array([np.partition(np.hypot(*(points - points[row]).T), k - 1)[:k].mean() for row in rows])
    # the median score is exp(-1), so that those in the middle tell the median of the means
    scale = np.median(means[-20:])
    return float(np.abs(np.exp(-means / scale) - scores[rows]).max())


def megabytes(n: int, module: str = "labelaudit.regression.rank") -> float:
    work = "score(labels, predictions)"
    small = work.replace("labels, predictions", "labels[:3000], predictions[:3000]")
    return peak_megabytes(_SETUP.format(module=module, n=n), work, small)


def _row(n: int, sigma: float | None, seconds: float, room: float | None, clock: Clock) -> list[object]:
    data = regression(n, sigma)
    # twice a million would take minutes: half of it tells as much
    halved = n >= 1_000_000
    other = regression(n // 2 if halved else 2 * n, sigma)
    ours, of_other = clock.alternate([lambda one=one: rank.get_label_quality_scores(*one) for one in (data, other)])
    scores = rank.get_label_quality_scores(*data)
    theirs: list[object] = ["–", "–", "–"]
    off = error(*data, scores)
    if n <= _WITH_CLEANLAB:
        expected = np.empty(n)
        (took,) = clock.alternate([lambda: np.copyto(expected, oracle.get_label_quality_scores(*data))])
        theirs = [took, took / ours, megabytes(n, "cleanlab.regression.rank")]
        off = max(off, float(np.abs(scores - expected).max()))
    return [
        f"{n:,}{'' if sigma is None else f', lognormal, σ = {sigma:g}'}",
        theirs[0],
        Bar(ours, seconds),
        theirs[1],
        twice(ours, of_other, TWICE) if halved else twice(of_other, ours, TWICE),
        theirs[2],
        "–" if room is None else Bar(megabytes(n), room),
        Bar(off, 1e-5),
    ]


def outre() -> bool:
    clock = Clock()
    rows = [_row(*row, clock) for row in ROWS]
    columns = [
        "normal labels",
        "cleanlab s",
        "ours s",
        "times faster",
        "twice the items",
        "cleanlab MB",
        "ours MB",
        "error",
    ]
    return show("OUTRE", columns, rows, clock)


def residuals(n: int = 4_000_000) -> bool:
    clock = Clock()
    whole = regression(2 * n)
    half = whole[0][:n], whole[1][:n]
    theirs, ours, double, scaled, scaled_double, one_read = clock.alternate(
        [
            lambda: oracle.get_label_quality_scores(*half, method="residual"),
            lambda: rank.get_label_quality_scores(*half, method="residual"),
            lambda: rank.get_label_quality_scores(*whole, method="residual"),
            lambda: rank.get_label_quality_scores(*half, method="scaled_residual"),
            lambda: rank.get_label_quality_scores(*whole, method="scaled_residual"),
            lambda: read(half[1]),
        ]
    )
    rows = [
        ["residual", theirs * 1e3, ours * 1e3, theirs / ours, ours / one_read, twice(double, ours)],
        ["scaled_residual", "–", scaled * 1e3, "–", scaled / one_read, twice(scaled_double, scaled)],
    ]
    columns = ["", "cleanlab ms", "ours ms", "times faster", "reads of predictions", "twice the items"]
    return show(f"Residuals of {n:,} items", columns, rows, clock)


def main() -> bool:
    return outre() & residuals()
