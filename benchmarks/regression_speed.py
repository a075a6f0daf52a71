"""How much faster is OUTRE than cleanlab's, in how much memory, and how near to brute force for a million points?"""

import time

import numpy as np
from cleanlab.regression import rank as oracle

from benchmarks.measure import Bar, alternate, peak_megabytes, show
from labelaudit.regression import rank

_SETUP = """
import numpy as np
from {module} import get_label_quality_scores as score
rng = np.random.default_rng(0)
labels = rng.normal(size={n})
predictions = labels + 0.3 * rng.normal(size={n})
"""


def data(n: int, sigma: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Normal labels, or lognormal ones."""
    rng = np.random.default_rng(0)
    if sigma is None:
        labels = rng.normal(size=n)
        return labels, labels + 0.3 * rng.normal(size=n)
    labels = rng.lognormal(0, sigma, n)
    return labels, labels * np.exp(0.3 * rng.normal(size=n))


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


def seconds(n: int, sigma: float | None = None) -> tuple[float, float]:
    labels, predictions = data(n, sigma)
    start = time.perf_counter()
    scores = rank.get_label_quality_scores(labels, predictions)
    return time.perf_counter() - start, error(labels, predictions, scores)


def megabytes(n: int, module: str = "labelaudit.regression.rank") -> float:
    work = "score(labels, predictions)"
    return peak_megabytes(
        _SETUP.format(module=module, n=n),
        work,
        work.replace("labels, predictions", "labels[:3000], predictions[:3000]"),
    )


def main() -> bool:
    small = data(20_000)
    rank.get_label_quality_scores(*small)
    start = time.perf_counter()
    expected = oracle.get_label_quality_scores(*small)
    theirs = time.perf_counter() - start
    ours, twice = alternate([lambda n=n: rank.get_label_quality_scores(*data(n)) for n in (20_000, 40_000)], 5)
    apart = float(np.abs(rank.get_label_quality_scores(*small) - expected).max())
    rows: list[list[object]] = [
        [
            "20,000",
            theirs,
            ours,
            Bar(theirs / ours, 80, least=True),
            Bar(twice / ours, 2.5, least=False),
            megabytes(20_000, "cleanlab.regression.rank"),
            Bar(megabytes(20_000), 100, least=False),
            Bar(apart, 1e-5, least=False),
        ]
    ]
    for n, sigma, most, room in [
        (100_000, None, 10, 100),
        (100_000, 3.0, 10, None),
        (1_000_000, None, 120, 1000),
        (1_000_000, 3.0, 120, None),
    ]:
        took, off = seconds(n, sigma)
        half, _ = seconds(n // 2, sigma)
        rows.append(
            [
                f"{n:,}{'' if sigma is None else f', lognormal, σ = {sigma:g}'}",
                "–",
                Bar(took, most, least=False),
                "–",
                Bar(took / half, 2.5, least=False) if sigma is None else took / half,
                "–",
                "–" if room is None else Bar(megabytes(n), room, least=False),
                Bar(off, 1e-5, least=False),
            ]
        )
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
    held = show("OUTRE", columns, rows)
    return held & residuals()


def residuals() -> bool:
    n = 4_000_000
    labels, predictions = data(n)
    theirs, ours, scaled = alternate(
        [
            lambda: oracle.get_label_quality_scores(labels, predictions, method="residual"),
            lambda: rank.get_label_quality_scores(labels, predictions, method="residual"),
            lambda: rank.get_label_quality_scores(labels, predictions, method="scaled_residual"),
        ],
        7,
    )
    columns = ["", "cleanlab ms", "ours ms", "times faster"]
    return show(
        f"Residuals of {n:,} items",
        columns,
        [["residual", theirs * 1e3, ours * 1e3, theirs / ours], ["scaled_residual", "–", scaled * 1e3, "–"]],
    )
