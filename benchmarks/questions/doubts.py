"""Are doubts raised where they should be, and nowhere else? Honest pairs of labels and predictions, and mistakes.

All constants were chosen on the choosing half; the confirming half, of other rows and seeds, was looked at once.
"""

import sys
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

import labelaudit
from benchmarks.helpers import noisy_labels
from benchmarks.helpers.honest_pairs import HALVES, MISTAKES, WEAK, Pair, pairs
from benchmarks.helpers.table import Bar, show

LEAST_ROWS = 200  # mistakes in fewer rows need not be found
FALSE_ALARMS, FOUND = 0.02, 0.95
LEARNT = 0.9  # of the wrong labels: below that, some are listed in spite of the mistake


def grave(labels: np.ndarray, pred_probs: np.ndarray, names: Sequence[str] | None = None) -> list[str]:
    """The codes of the grave doubts."""
    given: Any = labels if names is None else np.array(names)[labels]
    audit = labelaudit.audit("classification", given, pred_probs, class_names=names)
    return [doubt.code for doubt in audit.doubts if doubt.grave]


def _names(pair: Pair) -> list[str] | None:
    """Every other pair has labels that are text."""
    return [f"class {c:02}" for c in range(pair.k)] if pair.seed % 2 else None


def _knows_nothing(pair: Pair) -> bool:
    """Whether labels agree with predictions no better than by chance: no audit can be told from one of other rows."""
    return pair.skill * np.sqrt(pair.labels.size) < 2


def _asked(half: str) -> Iterator[tuple[str, str, list[str], set[str]]]:
    """Kind of pair, what it is, the doubts, and those that are right."""
    for pair in pairs(half):
        what = f"{pair.data}, {pair.model}, {pair.rate:.0%} wrong, {pair.labels.size} rows"
        if pair.in_sample:
            kind = "in-sample, learnt by heart" if pair.memorised >= LEARNT else "in-sample, learnt in part"
            kind += ", ten trees" * (pair.model == "bagging")
            yield kind, what, grave(pair.labels, pair.pred_probs, _names(pair)), {"in-sample"}
            continue
        kind = "honest, no better than chance" if _knows_nothing(pair) else "honest"
        yield kind, what, grave(pair.labels, pair.pred_probs, _names(pair)), set()
        if pair.labels.size < LEAST_ROWS or pair.data in WEAK or _knows_nothing(pair):
            continue
        for name, make in MISTAKES.items():
            mistaken = make(pair)
            right = {"order"} if name == "rows shuffled" else {"agreement"}
            never_sure = ", by a model that is never sure" if right == {"order"} and pair.model == "small steps" else ""
            yield name + never_sure, what, grave(mistaken.labels, mistaken.pred_probs, _names(pair)), right
    for setting in noisy_labels.settings(half):
        for model, pred_probs in setting.models.items():
            what = f"{setting.data}, {setting.family}, {setting.rate:.1%}, {model}"
            yield "honest, of the noise study", what, grave(setting.labels, pred_probs), set()


def _bar(kind: str, share: float) -> object:
    if any(part in kind for part in ("in part", "ten trees", "no better than chance", "never sure")):
        return share
    return Bar(share, FALSE_ALARMS) if kind.startswith("honest") else Bar(share, FOUND, least=True)


def main(halves: Sequence[str] = HALVES, *, tell: bool = False) -> bool:
    warnings.simplefilter("ignore")
    rows = []
    for half in halves:
        outcomes: dict[str, list[bool]] = defaultdict(list)
        for kind, what, codes, right in _asked(half):
            doubted = bool(right & set(codes)) if right else bool(codes)
            outcomes[kind].append(doubted)
            if tell and doubted == (not right):
                print(f"  {half}: {kind}: {what}: {', '.join(codes) or 'nothing'}")
        honest = outcomes["honest"] + outcomes["honest, no better than chance"] + outcomes["honest, of the noise study"]
        outcomes["honest, all of these"] = honest
        for kind, doubted in sorted(outcomes.items()):
            rows.append((f"{half}: {kind}", len(doubted), sum(doubted), _bar(kind, float(np.mean(doubted)))))
    return show("Grave doubts: false alarms, and mistakes found", ("what", "pairs", "doubted", "share"), rows)


if __name__ == "__main__":
    sys.exit(not main(sys.argv[1:] or HALVES, tell=True))
