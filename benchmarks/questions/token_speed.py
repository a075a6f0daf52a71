"""How near to the speed of memory are scores and issues of flat tokens, and how much faster than cleanlab's, lists too?"""

from collections.abc import Callable
from functools import partial

import numpy as np
from cleanlab.token_classification import filter as oracle_filter
from cleanlab.token_classification import rank as oracle

from benchmarks.helpers.inputs import TAGS, token_lists, tokens
from benchmarks.helpers.measure import Clock, peak_megabytes, read
from benchmarks.helpers.table import Bar, show, twice
from labelaudit.token_classification import filter, rank

S, T, K = 50_000, 20, len(TAGS)
READS = 3  # of scores

_SETUP = f"""
from benchmarks.helpers.inputs import token_lists, tokens
from {{module}} import get_label_quality_scores as score
labels, pred_probs, lengths = tokens({S}, {T})
nested = token_lists(labels, pred_probs, {T})
small = token_lists(labels[:40], pred_probs[:40], {T})
"""


def _data() -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """All sentences, and the first half of them."""
    labels, pred_probs, lengths = tokens(2 * S, T)
    return (labels, pred_probs, lengths), (labels[: S * T], pred_probs[: S * T], lengths[:S])


def _row(
    title: str,
    theirs: Callable[..., object],
    ours: Callable[..., object],
    clock: Clock,
    most_reads: float | None = None,
) -> list[object]:
    (*whole, lengths), (*half, half_lengths) = _data()
    nested, nested_twice = token_lists(*half, T), token_lists(*whole, T)
    seconds = clock.alternate(
        [
            lambda: theirs(*nested),
            lambda: ours(*half, lengths=half_lengths),
            lambda: ours(*whole, lengths=lengths),
            lambda: ours(*nested),
            lambda: ours(*nested_twice),
            lambda: read(half[1]),
        ]
    )
    return [title, *_figures(seconds, most_reads)]


def _scores(method: str, pool: str, clock: Clock) -> list[object]:
    options = {"token_score_method": method, "sentence_score_method": pool}
    theirs, ours = (partial(module.get_label_quality_scores, **options) for module in (oracle, rank))
    return _row(f"{method}, {pool}", theirs, ours, clock, READS)


def _issues(clock: Clock) -> list[object]:
    theirs = partial(oracle_filter.find_label_issues, n_jobs=1)
    return _row("find_label_issues", theirs, filter.find_label_issues, clock)


def _figures(seconds: list[float], most_reads: float | None) -> list[object]:
    theirs, ours, double, from_lists, from_double, one_read = seconds
    return [
        theirs * 1e3,
        ours * 1e3,
        theirs / ours,
        ours / one_read if most_reads is None else Bar(ours / one_read, most_reads),
        twice(double, ours),
        from_lists * 1e3,
        theirs / from_lists,
        twice(from_double, from_lists),
    ]


def _entities(clock: Clock) -> list[object]:
    (*whole, lengths), (*half, half_lengths) = _data()
    ours, double, one_read = clock.alternate(
        [
            lambda: rank.entity_scores(*half, TAGS, lengths=half_lengths),
            lambda: rank.entity_scores(*whole, TAGS, lengths=lengths),
            lambda: read(half[1]),
        ]
    )
    return ["entity_scores", "–", ours * 1e3, "–", ours / one_read, twice(double, ours), "–", "–", "–"]


def _memory() -> bool:
    ours = peak_megabytes(
        _SETUP.format(module="labelaudit.token_classification.rank") + "del nested",
        "score(labels, pred_probs, lengths=lengths)",
        "score(labels[:40], pred_probs[:40], lengths=lengths[:2])",
    )
    theirs = peak_megabytes(
        _SETUP.format(module="cleanlab.token_classification.rank"), "score(*nested)", "score(*small)"
    )
    # half of the input: the scores are an eighth of it, and blocks another
    row = ["self_confidence, min", theirs, Bar(ours, S * T * K * 8 / 2**20 / 2)]
    return show("Memory of the same, MB", ["", "cleanlab", "ours, flat"], [row])


def main() -> bool:
    clock = Clock()
    rows = [
        _scores("self_confidence", "min", clock),
        _scores("self_confidence", "softmin", clock),
        _scores("normalized_margin", "min", clock),
        _scores("confidence_weighted_entropy", "softmin", clock),
        _issues(clock),
        _entities(clock),
    ]
    columns = [
        "",
        "cleanlab ms",
        "ours ms, flat",
        "times faster",
        "reads",
        "twice the sentences",
        "ours ms, lists",
        "times faster",
        "twice the sentences",
    ]
    title = f"Tokens, {S:,} sentences × {T} tokens × {K} classes, float64"
    return show(title, columns, rows, clock) & _memory()
