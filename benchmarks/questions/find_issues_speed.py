"""How long does ``find_label_issues`` take, in how much memory, and how much faster is it than cleanlab's?"""

import cleanlab.filter as oracle

from benchmarks.helpers.inputs import classification
from benchmarks.helpers.measure import Clock, peak_megabytes, read
from benchmarks.helpers.table import Bar, show, twice
from labelaudit import filter

K = 100
# items, filter, most reads, seconds beyond those, most MB; the noise posterior counts errors on a sample, however many
# rows there are
ROWS = [
    (200_000, "prune_by_noise_rate", 4, 0.0, 80),
    (1_000_000, "prune_by_noise_rate", 3, 0.0, 200),
    (1_000_000, "noise_posterior", 3.5, 0.1, 200),
]
_SETUP = f"""
from benchmarks.helpers.inputs import classification
from {{house}}.filter import find_label_issues as find
labels, pred_probs = classification({{n}}, {K})
"""


def _row(n: int, filter_by: str, reads: float, seconds: float, megabytes: float, clock: Clock) -> list[object]:
    labels, pred_probs = classification(2 * n, K)
    half, half_probs = labels[:n], pred_probs[:n]
    ours_only = filter_by == "noise_posterior"
    # a run that does not count stands between the two, so that cleanlab's pool of processes is gone when ours is timed
    theirs, _, double, ours, one_read = clock.alternate(
        [
            lambda: None if ours_only else oracle.find_label_issues(half, half_probs, filter_by=filter_by),
            lambda: filter.find_label_issues(half, half_probs, filter_by=filter_by),
            lambda: filter.find_label_issues(labels, pred_probs, filter_by=filter_by),
            lambda: filter.find_label_issues(half, half_probs, filter_by=filter_by),
            lambda: read(half_probs),
        ]
    )
    call = f"find(labels, pred_probs, filter_by={filter_by!r})"
    small = call.replace("labels, pred_probs", "labels[:900] % 9, pred_probs[:900]")
    peaks = [
        peak_megabytes(_SETUP.format(house=house, n=n), call, small)
        for house in ("cleanlab", "labelaudit")
        if not ours_only or house == "labelaudit"
    ]
    differing: object = "–"
    if not ours_only:
        expected = oracle.find_label_issues(half, half_probs, filter_by=filter_by)
        mask = filter.find_label_issues(half, half_probs, filter_by=filter_by)
        differing = Bar(int((mask != expected).sum()), 0)
    return [
        f"{n:,} × {K}, {filter_by}",
        "–" if ours_only else theirs * 1e3,
        ours * 1e3,
        "–" if ours_only else theirs / ours,
        Bar(ours / one_read, reads + seconds / one_read),
        twice(double, ours),
        "–" if ours_only else peaks[0],
        Bar(peaks[-1], megabytes),
        differing,
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
        "labels that differ",
    ]
    return show("find_label_issues, 10 % wrong labels, float32", columns, rows, clock)
