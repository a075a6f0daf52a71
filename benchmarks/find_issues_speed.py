"""How much faster is ``find_label_issues`` than cleanlab's, and in how much memory?"""

import cleanlab.filter as oracle
import numpy as np

from benchmarks.measure import Bar, alternate, peak_megabytes, show
from labelaudit.classification import filter

K = 100
NOISE = 0.1
_DATA = """
import numpy as np
def data(n, k, noise):
    rng = np.random.default_rng(0)
    true = rng.integers(0, k, n)
    labels = np.where(rng.random(n) < noise, rng.integers(0, k, n), true)
    pred_probs = rng.standard_exponential((n, k), np.float32)
    pred_probs[np.arange(n), true] += k * rng.random(n, np.float32)
    pred_probs /= pred_probs.sum(axis=1, keepdims=True)
    return labels, pred_probs
"""
exec(_DATA)


def _row(n: int, rounds: int, filter_by: str, most_megabytes: float) -> list[object]:
    labels, pred_probs = data(2 * n, K, NOISE)  # noqa: F821  defined by _DATA, which the child processes share
    half, half_probs = labels[:n], pred_probs[:n]
    ours_only = filter_by == "noise_posterior"
    # a run that does not count stands between the two, so that cleanlab's pool of processes is gone when ours is timed
    theirs, _, twice, ours = alternate(
        [
            lambda: None if ours_only else oracle.find_label_issues(half, half_probs, filter_by=filter_by),
            lambda: filter.find_label_issues(half, half_probs, filter_by=filter_by),
            lambda: filter.find_label_issues(labels, pred_probs, filter_by=filter_by),
            lambda: filter.find_label_issues(half, half_probs, filter_by=filter_by),
        ],
        rounds,
    )
    setup = _DATA + f"from {{}}.filter import find_label_issues as find\nlabels, pred_probs = data({n}, {K}, {NOISE})"
    call = f"find(labels, pred_probs, filter_by={filter_by!r})"
    small = call.replace("labels, pred_probs", "labels[:900] % 9, pred_probs[:900]")
    peaks = [
        peak_megabytes(setup.format(house), call, small)
        for house in ("cleanlab", "labelaudit")
        if not ours_only or house == "labelaudit"
    ]
    same = ours_only or np.array_equal(
        oracle.find_label_issues(half, half_probs, filter_by=filter_by),
        filter.find_label_issues(half, half_probs, filter_by=filter_by),
    )
    return [
        f"{n:,} × {K}, {filter_by}",
        "–" if ours_only else theirs * 1e3,
        ours * 1e3,
        "–" if ours_only else Bar(theirs / ours, 20, least=True),
        Bar(twice / ours, 2.2, least=False),
        "–" if ours_only else peaks[0],
        Bar(peaks[-1], most_megabytes, least=False),
        "–" if ours_only else "yes" if same else "✗ no",
    ]


def main() -> bool:
    rows = [
        _row(200_000, 15, "prune_by_noise_rate", 80),
        _row(1_000_000, 3, "prune_by_noise_rate", 200),
        _row(1_000_000, 3, "noise_posterior", 200),
    ]
    columns = ["", "cleanlab ms", "ours ms", "times faster", "twice the rows", "cleanlab MB", "ours MB", "same mask"]
    return show("find_label_issues, 10 % wrong labels, float32", columns, rows)
