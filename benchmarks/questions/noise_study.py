"""Which labels are wrong, and how many? Five models on labels of which we know the wrong ones, in two halves.

All that was chosen was chosen on the choosing half; the confirming half has other data sets and was looked at once.
``python -m benchmarks.questions.noise_study confirming docs/pictures`` runs one half and draws its pictures.
"""

import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cleanlab.filter
import numpy as np
from sklearn.metrics import average_precision_score, f1_score

import labelaudit
from benchmarks.helpers.noisy_labels import HALVES, Setting, settings
from benchmarks.helpers.table import Bar, show
from labelaudit.results import Estimate

DECILES = 10


@dataclass(frozen=True)
class Outcome:
    """What is said of a setting by one model, or by all five."""

    family: str
    rate: float
    f1: float
    f1_default: float  # of cleanlab's default
    f1_argmax: float  # of all labels that are not the most likely class
    f1_best: float  # of the best threshold in hindsight
    precision: float  # average precision
    wrong: int
    estimate: Estimate
    deciles: np.ndarray  # (10, 3): how many labels, the sum of their P(wrong), how many are wrong
    log_loss: float

    @property
    def ratio(self) -> float:
        return self.estimate.wrong / max(self.wrong, 1)

    @property
    def covered(self) -> bool:
        return self.estimate.low <= self.wrong <= self.estimate.high

    @property
    def width(self) -> float:
        return (self.estimate.high - self.estimate.low) / max(self.wrong, 1)


def outcome_of(setting: Setting, predictions: Any, mean: np.ndarray) -> Outcome:
    """``mean`` is what the filters that know of one model get."""
    labels, wrong = setting.labels, setting.wrong
    audit = labelaudit.audit("classification", labels, predictions)
    p = audit.items["p_wrong"].to_numpy()
    flagged = np.zeros(labels.size, bool)
    flagged[audit.issues["row"].to_numpy()] = True
    default = cleanlab.filter.find_label_issues(labels, mean, n_jobs=1)
    order = np.argsort(audit.scores, kind="stable")
    hits = np.cumsum(wrong[order])
    best = float((2 * hits / (np.arange(1, labels.size + 1) + max(wrong.sum(), 1))).max())
    cells = np.minimum((p * DECILES).astype(int), DECILES - 1)
    deciles = np.stack([np.bincount(cells, part, DECILES) for part in (np.ones(p.size), p, wrong)], axis=1)
    sure = np.clip(p, 1e-6, 1 - 1e-6)
    return Outcome(
        setting.family,
        setting.rate,
        *(_f1(mask, wrong) for mask in (flagged, default, mean.argmax(axis=1) != labels)),
        best,
        average_precision_score(wrong, -audit.scores) if wrong.any() else np.nan,
        int(wrong.sum()),
        audit.estimate,
        deciles,
        float(-np.log(np.where(wrong, sure, 1 - sure)).mean()),
    )


def _f1(mask: np.ndarray, wrong: np.ndarray) -> float:
    return float(f1_score(wrong, mask, zero_division=0))


def calibration_error(outcomes: Sequence[Outcome]) -> float:
    """The expected calibration error of P(wrong): the mean over settings."""
    errors = [np.abs(one.deciles[:, 1] - one.deciles[:, 2]).sum() / one.deciles[:, 0].sum() for one in outcomes]
    return float(np.mean(errors))


def outcomes_of(half: str) -> tuple[list[Outcome], list[Outcome]]:
    """Of each model by itself, and of the five together."""
    single, together = [], []
    for setting in settings(half):
        single += [outcome_of(setting, p, p.astype(np.float64)) for p in setting.models.values()]
        mean = np.mean([p.astype(np.float64) for p in setting.models.values()], axis=0)
        together.append(outcome_of(setting, setting.models, mean))
    return single, together


def _mean(outcomes: Sequence[Outcome], what: Callable[[Outcome], float]) -> float:
    return float(np.mean([what(one) for one in outcomes])) if outcomes else float("nan")


def _median(outcomes: Sequence[Outcome], what: Callable[[Outcome], float]) -> float:
    return float(np.median([what(one) for one in outcomes]))


def tables(half: str, single: list[Outcome], together: list[Outcome]) -> bool:
    confirming = half == "confirming"
    noisy = [one for one in single if one.wrong]
    families = list(dict.fromkeys(one.family for one in noisy))
    rows, ours, theirs = [], [], []
    for family in families:
        part = [one for one in noisy if one.family == family]
        five = [one for one in together if one.family == family and one.wrong]
        f1, default, argmax = (
            _mean(part, what) for what in (lambda o: o.f1, lambda o: o.f1_default, lambda o: o.f1_argmax)
        )
        ours.append(f1)
        theirs.append(max(default, argmax))
        rows.append(
            [
                *(family, len(part), default, argmax, Bar(f1, round(theirs[-1], 3), least=True) if confirming else f1),
                *(_mean(part, lambda o: o.f1_best), _mean(five, lambda o: o.f1), _mean(part, lambda o: o.precision)),
                *(_mean(five, lambda o: o.precision), _median(part, lambda o: o.ratio)),
                *(_mean(part, lambda o: o.covered), _median(part, lambda o: o.width)),
            ]
        )
    columns = ["family", "pairs", "F1 cleanlab", "F1 argmax", "F1 ours", "best threshold", "F1 five models", "AP", "AP five", "estimated ÷ true", "covered", "width ÷ true"]  # fmt: skip
    held = show(f"Label noise, {half} half, one model", columns, rows)
    by_rate = []
    for rate in sorted({one.rate for one in noisy}):
        part = [one for one in noisy if one.rate == rate]
        by_rate.append(
            [
                *(
                    f"{100 * rate:g} %",
                    len(part),
                    _mean(part, lambda o: o.f1_default),
                    _mean(part, lambda o: o.f1_argmax),
                ),
                *(_mean(part, lambda o: o.f1), _median(part, lambda o: o.ratio), _mean(part, lambda o: o.covered)),
            ]
        )
    show(
        "By share of wrong labels",
        ["", "pairs", "F1 cleanlab", "F1 argmax", "F1 ours", "estimated ÷ true", "covered"],
        by_rate,
    )
    coverage, width = _mean(single, lambda o: o.covered), float(np.median([one.width for one in noisy]))
    error, gain = calibration_error(single), float(np.mean(ours) - np.mean(theirs))
    figures = [
        ["mean of families over the better of the two", Bar(gain, 0.03, least=True)],
        ["calibration error of P(wrong)", Bar(error, 0.05)],
        ["intervals that hold the truth", Bar(coverage, 0.85, least=True)],
        ["their median width ÷ truth", Bar(width, 1.0)],
        ["calibration error, five models", calibration_error(together)],
        ["intervals that hold the truth, five models", _mean(together, lambda o: o.covered)],
        ["mean |estimated − true| ÷ true, wrong ≥ 5 %", _mean([o for o in noisy if o.rate >= 0.05], lambda o: abs(o.ratio - 1))],
        ["log loss of P(wrong)", _mean(single, lambda o: o.log_loss)],
        ["where nothing is wrong: median estimate", float(np.median([one.estimate.wrong for one in single if not one.wrong]))],
    ]  # fmt: skip
    held &= show(
        "All of it",
        ["", half],
        figures if confirming else [[name, getattr(cell, "figure", cell)] for name, cell in figures],
    )
    total = np.sum([one.deciles for one in single], axis=0)
    deciles = [
        [f"{i / DECILES:.1f} to {(i + 1) / DECILES:.1f}", int(count), said / max(count, 1), true / max(count, 1)]
        for i, (count, said, true) in enumerate(total)
    ]
    show(
        "Reliability of P(wrong), all labels together", ["P(wrong)", "labels", "mean P", "share that is wrong"], deciles
    )
    return held


def main(halves: Sequence[str] = HALVES, pictures: Path | None = None) -> bool:
    warnings.simplefilter("ignore")
    held = True
    for half in halves:
        single, together = outcomes_of(half)
        held &= tables(half, single, together)
        if pictures:
            draw(single, together, pictures)
    return held


def draw(single: list[Outcome], together: list[Outcome], folder: Path) -> None:
    """Two pictures by family: F1, and the estimated against the true number of wrong labels."""
    from matplotlib import pyplot as plt

    from benchmarks.helpers.pictures import save

    families = list(dict.fromkeys(one.family for one in single if one.wrong))
    places = np.arange(len(families))
    parts = [[one for one in single if one.family == family and one.wrong] for family in families]
    fives = [[one for one in together if one.family == family and one.wrong] for family in families]
    figure, panel = plt.subplots(figsize=(10, 3.6), layout="constrained")
    series = [
        ("cleanlab's default", "#9aa0a6", "o", [_mean(part, lambda o: o.f1_default) for part in parts]),
        ("most likely ≠ label", "#d8a24a", "o", [_mean(part, lambda o: o.f1_argmax) for part in parts]),
        ("noise posterior", "#1f6feb", "o", [_mean(part, lambda o: o.f1) for part in parts]),
        ("with five models", "#0b3d91", "D", [_mean(part, lambda o: o.f1) for part in fives]),
    ]
    for name, colour, marker, values in series:
        panel.plot(places, values, marker, color=colour, label=name, markersize=8)
    panel.set(ylabel="mean F1", ylim=(0, 1), xticks=places, xticklabels=families)
    panel.tick_params(axis="x", rotation=20)
    panel.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.18))
    save(figure, folder / "noise-f1.svg")
    figure, panel = plt.subplots(figsize=(10, 3.6), layout="constrained")
    panel.axhspan(0.8, 1.25, color="#e8f0fe", zorder=0)
    low, middle, high = (
        np.array([np.percentile([one.ratio for one in part], q) for part in parts]) for q in (25, 50, 75)
    )
    panel.errorbar(places, middle, [middle - low, high - middle], fmt="o", color="#1f6feb", markersize=7)
    ticks = [0.25, 0.5, 1, 2, 4, 8]
    panel.set(
        ylabel="estimated ÷ true (middle half)", yscale="log", ylim=(0.2, 10), yticks=ticks, yticklabels=map(str, ticks)
    )
    panel.minorticks_off()
    panel.set(xticks=places, xticklabels=families)
    panel.tick_params(axis="x", rotation=20)
    save(figure, folder / "noise-count.svg")


if __name__ == "__main__":
    chosen = [half for half in HALVES if half in sys.argv[1:]] or HALVES
    folders = [Path(argument) for argument in sys.argv[1:] if argument not in HALVES]
    main(chosen, folders[0] if folders else None)
