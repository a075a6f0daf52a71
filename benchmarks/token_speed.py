"""How much faster are scores and issues of tokens than cleanlab's, flat and as lists?"""

import numpy as np
from cleanlab.token_classification import filter as oracle_filter
from cleanlab.token_classification import rank as oracle

from benchmarks.measure import Bar, alternate, peak_megabytes, show
from labelaudit.token_classification import filter, rank

S, T, K = 50_000, 20, 9
ROUNDS = 7
TAGS = ["O", *(f"{prefix}-{kind}" for kind in ("PER", "LOC", "ORG", "MISC") for prefix in "BI")]

_SETUP = f"""
from benchmarks.token_speed import data, lists
from {{module}} import get_label_quality_scores as score
labels, pred_probs, lengths = data({S})
nested = lists(labels, pred_probs)
small = lists(labels[:40], pred_probs[:40])
"""


def data(sentences: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flat labels, four in five O, probabilities of a model that is right nine times in ten, and lengths."""
    rng = np.random.default_rng(0)
    n = sentences * T
    labels = np.where(rng.random(n) < 0.8, 0, rng.integers(0, K, n))
    pred_probs = rng.standard_exponential((n, K))
    believed = np.where(rng.random(n) < 0.9, labels, rng.integers(0, K, n))
    pred_probs[np.arange(n), believed] += 2 * K
    return labels, pred_probs / pred_probs.sum(axis=1, keepdims=True), np.full(sentences, T)


def lists(labels: np.ndarray, pred_probs: np.ndarray) -> tuple[list[list[int]], list[np.ndarray]]:
    return labels.reshape(-1, T).tolist(), list(pred_probs.reshape(-1, T, K))


def _row(method: str, pool: str) -> list[object]:
    options = {"token_score_method": method, "sentence_score_method": pool}
    labels, pred_probs, lengths = data(2 * S)
    half = labels[: S * T], pred_probs[: S * T], lengths[:S]
    nested = lists(*half[:2])
    ours, twice, from_lists = alternate(
        [
            lambda: rank.get_label_quality_scores(*half[:2], lengths=half[2], **options),
            lambda: rank.get_label_quality_scores(labels, pred_probs, lengths=lengths, **options),
            lambda: rank.get_label_quality_scores(*nested, **options),
        ],
        ROUNDS,
    )
    (theirs,) = alternate([lambda: oracle.get_label_quality_scores(*nested, **options)], 3)
    return [
        f"{method}, {pool}",
        theirs * 1e3,
        ours * 1e3,
        Bar(theirs / ours, 20, least=True),
        Bar(twice / ours, 2.2, least=False),
        from_lists * 1e3,
        Bar(theirs / from_lists, 5, least=True),
    ]


def _issues() -> list[object]:
    labels, pred_probs, lengths = data(2 * S)
    half = labels[: S * T], pred_probs[: S * T], lengths[:S]
    nested = lists(*half[:2])
    ours, twice, from_lists = alternate(
        [
            lambda: filter.find_label_issues(*half[:2], lengths=half[2]),
            lambda: filter.find_label_issues(labels, pred_probs, lengths=lengths),
            lambda: filter.find_label_issues(*nested),
        ],
        ROUNDS,
    )
    (theirs,) = alternate([lambda: oracle_filter.find_label_issues(*nested, n_jobs=1)], 3)
    return [
        "find_label_issues",
        theirs * 1e3,
        ours * 1e3,
        Bar(theirs / ours, 10, least=True),
        Bar(twice / ours, 2.2, least=False),
        from_lists * 1e3,
        Bar(theirs / from_lists, 5, least=True),
    ]


def _entities() -> list[object]:
    labels, pred_probs, lengths = data(2 * S)
    ours, twice = alternate(
        [
            lambda: rank.entity_scores(labels[: S * T], pred_probs[: S * T], TAGS, lengths=lengths[:S]),
            lambda: rank.entity_scores(labels, pred_probs, TAGS, lengths=lengths),
        ],
        ROUNDS,
    )
    return ["entity_scores", "–", ours * 1e3, "–", Bar(twice / ours, 2.2, least=False), "–", "–"]


def _memory() -> list[object]:
    flat = peak_megabytes(
        _SETUP.format(module="labelaudit.token_classification.rank") + "del nested",
        "score(labels, pred_probs, lengths=lengths)",
        "score(labels[:40], pred_probs[:40], lengths=lengths[:2])",
    )
    theirs = peak_megabytes(
        _SETUP.format(module="cleanlab.token_classification.rank"), "score(*nested)", "score(*small)"
    )
    # half of the input: the scores are an eighth of it, and blocks another
    return ["memory, MB", theirs, Bar(flat, S * T * K * 8 / 2**20 / 2, least=False), "", "", "", ""]


def main() -> bool:
    columns = [
        "",
        "cleanlab ms",
        "ours ms, flat",
        "times faster",
        "twice the sentences",
        "ours ms, lists",
        "times faster",
    ]
    rows = [
        _row("self_confidence", "min"),
        _row("self_confidence", "softmin"),
        _row("normalized_margin", "min"),
        _row("confidence_weighted_entropy", "softmin"),
        _issues(),
        _entities(),
        _memory(),
    ]
    return show(f"Tokens, {S:,} sentences × {T} tokens × {K} classes, float64", columns, rows)
