"""How far predictions and labels belong together: what a user's mistakes leave behind in what a walk keeps of its rows.

All of it is asked of a sample of rows in memory. The constants were chosen on the choosing half of
benchmarks/questions/doubts.py, and judged once on the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from labelaudit._stats.first_row import FirstRow
from labelaudit._stats.row_sample import SampledRows

# Predictions of other rows: labels are no more probable than chance has it, in standard deviations, though they would
# be by so many if the model were right about itself.
_BY_CHANCE, _CLAIMED = 2.3, 6.0

# Labels that are less probable than chance has it by so many standard deviations.
_AGAINST = 4.0

# Another order of the columns: so many more rows agree, in standard deviations, and so many times as many. By chance
# the best order of many columns is better by more, about √(K ln K), beyond which it is to be this much.
_BETTER, _TIMES, _BEYOND = 4.0, 1.5, 2.0

# Fewer rows than this cannot show that they were learnt by heart, nor fewer outside the most frequent class.
_LEAST_ROWS, _LEAST_OTHERS = 200, 20

# Learnt by heart: of the rows outside the most frequent class this share disagrees, or less, …
_NEXT_TO_NONE = 0.0045
# … and confidence does not fall off among the least sure rows, as it does where classes touch: the wrong labels are
# more than these shares, and what one row in a hundred lacks is at most so many times what three lack.
_LEAST_SURE, _FALLING = (0.01, 0.03), 3.0

# Nearly by heart: at most this share of rows disagrees, and of the rows next to a tie far fewer than a tie's half. The
# pairs are the width of the margin and the least share that honest predictions have there.
_FEW = 0.03
_TIES = ((0.2, 0.27), (0.5, 0.11))
_UNLIKELY = 0.03
# Of models whose margins are all next to a tie, such as boosting by small steps, ties tell nothing.
_LEAST_MARGIN = 0.5

_ROUNDING = 1e-6

# How far from 1 a row may sum: half precision does not come closer where there are many classes.
_OFF = 0.05

# Of more classes than this no table of pairs is made.
_MANY_CLASSES = 2048

# By how many rows predictions may be shifted against labels to be found.
_SHIFTS = 5
# So many standard deviations are more than chance, though several orders are tried.
_FOUND = 6.0


@dataclass(frozen=True)
class SampledFacts:
    """What is kept of the rows of a sample, and the first row that is no distribution."""

    rows: SampledRows
    off: FirstRow

    def __add__(self, other: SampledFacts) -> SampledFacts:
        return SampledFacts(self.rows + other.rows, self.off + other.off)

    @classmethod
    def of(cls, first: int, rows: np.ndarray, sampled: SampledRows, k: int) -> SampledFacts:
        """Return it for the sampled rows of a block that begins with row ``first``."""
        [probs] = sampled.probs
        sums = probs.sum(axis=1, dtype=np.float64)
        most = sums + probs[:, -1] * (k - probs.shape[1]) if probs.shape[1] else sums  # what is not kept is no greater
        off = np.flatnonzero((sums > 1 + _OFF) | (most < 1 - _OFF))
        return cls(sampled, FirstRow.of(first, int(rows[off[0]]) if off.size else -1))

    @classmethod
    def of_none(cls) -> SampledFacts:
        return cls(SampledRows(), FirstRow())

    def agreement(self, k: int) -> Agreement:
        """Return how far the rows agree, whose classes are ``k``."""
        if not self.rows.labels:
            return Agreement.of_none(k)
        labels, given, classes, probs = (np.concatenate(getattr(self.rows, one.name)) for one in fields(self.rows))
        return Agreement(labels, given, classes, probs, k, self.off.row)


@dataclass(frozen=True)
class Agreement:
    """How far the labels of a sample of rows are those that the model predicts."""

    labels: np.ndarray  # (n,)
    given: np.ndarray  # (n,) the probability of the label
    classes: np.ndarray  # (n, m) the most likely ones, in order
    probs: np.ndarray  # (n, m)
    k: int
    off: int  # the first row of all that is no distribution, or -1

    @classmethod
    def of_none(cls, k: int) -> Agreement:
        return cls(np.zeros(0, np.int64), np.zeros(0), np.zeros((0, 1), np.int32), np.zeros((0, 1)), k, -1)

    @property
    def rows(self) -> int:
        """How many rows were looked at."""
        return int(self.labels.size)

    @property
    def is_flat(self) -> bool:
        """Whether every class is as likely as any other in every row."""
        if self.k < 2 or not self.rows:
            return False
        top, last = self.probs[:, 0], self.probs[:, -1]
        # of classes that are not kept, no other is known than that they are no likelier
        every = self.probs.shape[1] == self.k or bool((top * self.k <= 1 + _OFF).all())
        return every and bool((top - last <= _ROUNDING * top).all())

    @cached_property
    def confusion(self) -> np.ndarray:
        """How many rows have each most likely class (rows of the table) and each label, (K, K)."""
        cells = self.classes[:, 0].astype(np.int64) * self.k + self.labels
        return np.bincount(cells, minlength=self.k * self.k).reshape(self.k, self.k)

    @cached_property
    def chance(self) -> Chance:
        """What the probability of labels sums to, and would by chance."""
        n, probs = self.rows, self.probs.astype(np.float64)
        counts = np.bincount(self.labels, minlength=self.k)
        sums, squares = (
            np.bincount(self.classes.ravel(), weights.ravel(), self.k) for weights in (probs, probs * probs)
        )
        expected = float(counts @ sums) / n
        # of a table of all labels by all rows: the sum of squares, less what its rows and columns explain
        by_row = (probs * counts[self.classes]).sum(axis=1) / n
        left = counts @ squares - counts @ (sums / n) ** 2 * n - n * (by_row**2).sum() + expected**2
        found = float(self.given.sum(dtype=np.float64)) - expected
        return Chance.of(found, float(squares.sum() - sums @ sums / n), float(left), n)

    @cached_property
    def better_columns(self) -> BetterColumns | None:
        """Which order of the columns fits the labels far better, if any does."""
        if self.k > _MANY_CLASSES:
            return None
        table = self.confusion
        now = np.diagonal(table)
        if not _may_be_better(table.max(axis=1), now):
            return None
        columns, classes = _best_pairs(table)
        moved = columns != classes
        then, before = int(table[columns, classes][moved].sum()), int(now[moved].sum())
        least = max(_BETTER, _BEYOND + np.sqrt(self.k * np.log(self.k)))
        if then < _TIMES * before or then - before < least * np.sqrt(max(then + before, 1)):
            return None
        if _beyond_chance(table, columns, classes) < _BETTER:
            return None
        seen = moved & (table[columns, classes] > now)
        order = np.argsort(-table[columns, classes][seen], kind="stable")
        share = int(table[columns, classes].sum()) / self.rows
        return BetterColumns(columns[seen][order], classes[seen][order], self.k, share)

    @cached_property
    def margin(self) -> np.ndarray:
        """By how much the label is more probable than the likeliest other class, (n,)."""
        rival = np.zeros(self.rows)
        if self.probs.shape[1] > 1:
            rival = np.where(self.classes[:, 0] == self.labels, self.probs[:, 1], self.probs[:, 0])
        return np.asarray(self.given.astype(np.float64) - rival)

    @property
    def by_heart(self) -> bool:
        """Whether the model seems to have learnt these labels by heart."""
        differing = int((self.classes[:, 0] != self.labels).sum())
        others = self.rows - int(np.bincount(self.labels, minlength=1).max())
        return learnt_by_heart(Margins.of(self.margin, differing, others))

    def never_predicted(self, least: int) -> np.ndarray:
        """Return the classes of at least so many labels that are the most likely one of no row."""
        labels, predicted = (np.bincount(of, minlength=self.k) for of in (self.labels, self.classes[:, 0]))
        return np.flatnonzero((labels >= least) & (predicted == 0))

    def contradicted(self, least: float) -> tuple[int, int]:
        """Return how many rows the model gives a class at least this probability, and of how many of these another."""
        sure = self.probs[:, 0] >= least
        return int(sure.sum()), int((sure & (self.classes[:, 0] != self.labels)).sum())


@dataclass(frozen=True)
class Chance:
    """How far labels are more probable than by chance, and would be if the model were right, in standard deviations."""

    found: float
    claimed: float

    @classmethod
    def of(cls, found: float, claimed: float, squares: float, rows: int) -> Chance:
        """Return it for sums over rows, and ``squares`` over labels by rows, of what is beyond chance.

        Predictions that are the same in every row have no such squares, and claim nothing.
        """
        if squares <= _ROUNDING * rows:
            return cls(0.0, 0.0)
        spread = np.sqrt(squares / max(rows - 1, 1))
        return cls(found / spread, claimed / spread)

    @property
    def is_chance(self) -> bool:
        """Whether a model that knows its classes, as it says, looks as if it were of other rows."""
        return abs(self.found) < _AGAINST and self.found < _BY_CHANCE and self.claimed >= _CLAIMED

    @property
    def is_against(self) -> bool:
        """Whether labels are less probable than by chance."""
        return self.found <= -_AGAINST


@dataclass(frozen=True)
class BetterColumns:
    """Columns whose rows have the labels of another class, most rows first."""

    columns: np.ndarray
    classes: np.ndarray
    k: int
    share: float  # of the rows that agree in that order

    @property
    def step(self) -> int:
        """By how much labels are too great where that is all that is wrong with them, 1 or -1; else 0."""
        if self.columns.size < max(self.k - 1, 3):
            return 0
        steps = (self.classes - self.columns) % self.k
        return next((step for step in (1, -1) if (steps == step % self.k).all()), 0)


def _best_pairs(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which columns go with the rows of a table so that their cells sum to the most."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(table, maximize=True)
    return rows, columns


def _beyond_chance(table: np.ndarray, columns: np.ndarray, classes: np.ndarray) -> float:
    """Return by how much more rows agree in an order of the columns than by chance, in standard deviations."""
    n = table.sum()
    predicted, labels = table.sum(axis=1)[columns] / n, table.sum(axis=0)[classes] / n
    expected = predicted @ labels
    variance = (expected - predicted @ labels**2 - predicted**2 @ labels + expected**2) / max(n - 1, 1)
    return float((table[columns, classes].sum() / n - expected) / np.sqrt(max(variance, 1e-12)))


def _may_be_better(most: np.ndarray, now: np.ndarray) -> bool:
    """Return whether any order of the columns could fit far better: what their best classes are bounds it."""
    other = most > now
    return bool((most - now)[other].sum() >= _BETTER * np.sqrt(max((most + now)[other].sum(), 1)))


@dataclass(frozen=True)
class Margins:
    """How margins of labels lie, where a tie is 0 and certainty is 1."""

    rows: int
    differing: int  # rows whose label is not predicted
    others: int  # rows outside the most frequent class
    median: float
    lacking: tuple[float, float]  # what the margins of the least sure rows lack to 1, at two shares of the rows
    near: tuple[tuple[int, int], ...]  # of each width around a tie, rows against their label and for it

    @classmethod
    def of(cls, margin: np.ndarray, differing: int, others: int) -> Margins:
        """Return it for the margins of all rows."""
        if not margin.size:
            return cls(0, 0, 0, 0.0, (0.0, 0.0), ())
        near = tuple(_beside(margin, width) for width, _ in _TIES)
        one, three, median = np.quantile(margin, (*_LEAST_SURE, 0.5))
        return cls(margin.size, differing, others, float(median), (float(1 - one), float(1 - three)), near)


def _beside(margin: np.ndarray, width: float) -> tuple[int, int]:
    close = (np.abs(margin) <= width + _ROUNDING) & (np.abs(margin) > _ROUNDING)  # a tie itself is on neither side
    return int((close & (margin < 0)).sum()), int((close & (margin > 0)).sum())


def learnt_by_heart(margins: Margins) -> bool:
    """Return whether labels agree with predictions as only those do that a model was trained on.

    Honest predictions are as often against a label as for it where the two likeliest classes tie, and now and then
    where they do not. A model that learnt wrong labels by heart is for them all, if less surely than for others.
    """
    if margins.rows < _LEAST_ROWS or margins.others < _LEAST_OTHERS or margins.median < _LEAST_MARGIN:
        return False
    if margins.differing <= _NEXT_TO_NONE * margins.others:
        one, three = margins.lacking
        return one <= _FALLING * three + _ROUNDING
    if margins.differing > _FEW * margins.rows:
        return False
    (fifth, half), (of_fifth, of_half) = margins.near, (share for _, share in _TIES)
    # all that disagree, however surely, count against the wider of the two
    return _fewer(fifth, of_fifth) or _fewer((margins.differing, half[1]), of_half)


def _fewer(counts: tuple[int, int], share: float) -> bool:
    from scipy.special import bdtr

    against, rows = counts[0], sum(counts)
    return bool(bdtr(against, rows, share) < _UNLIKELY)  # the binomial distribution


# Of multi-label data so many labels are kept, or so many rows where that is more, of rows at equal distances.
_CELLS, _ROWS = 200_000, 500
# Probabilities that are the same in so many rows are so in all.
_SAME = 20


@dataclass(frozen=True)
class SampledAnswers:
    """Labels and probabilities of some rows of multi-label data, in the order of the rows."""

    labels: tuple[np.ndarray, ...] = ()  # (n, K) of 0, 1, and -1 or NaN for not known
    pred_probs: tuple[np.ndarray, ...] = ()  # (n, K)

    def __add__(self, other: SampledAnswers) -> SampledAnswers:
        return SampledAnswers(self.labels + other.labels, self.pred_probs + other.pred_probs)

    @staticmethod
    def rows(first: int, rows: int, n: int, k: int) -> np.ndarray:
        """Return which rows of a block are kept, by their place in it; ``first`` is the number of its first row."""
        step = max(1, min(n * k // _CELLS, n // _ROWS))
        return np.arange(-first % step, rows, step)

    def agreement(self) -> AnswerAgreement:
        """Return how far labels and probabilities agree."""
        return AnswerAgreement.of(*(np.concatenate(part) for part in (self.labels, self.pred_probs)))


@dataclass(frozen=True)
class AnswerAgreement:
    """How far the labels of each class, given and not given, are those that the model predicts."""

    items: int
    chance: Chance
    correlation: np.ndarray  # (K, K), of the labels of a class and the probabilities of a column
    margins: Margins
    is_flat: bool  # whether no class is likelier in one row than in another

    @classmethod
    def of(cls, labels: np.ndarray, pred_probs: np.ndarray) -> AnswerAgreement:
        """Return it for labels and probabilities, (n, K)."""
        said, known = labels == 1, (labels == 0) | (labels == 1)
        p = np.clip(pred_probs.astype(np.float64), 0, 1)
        given, likely = _centred(said.astype(np.float64), known), _centred(p, known)
        together = float((given * likely).sum())
        # of all labels by all rows, as in Agreement: rows are drawn as a whole
        squares = float(((given.T @ given) * (likely.T @ likely)).sum())
        lengths = [np.sqrt((part * part).sum(axis=0)) for part in (given, likely)]
        own = np.where(said, p, 1 - p)[known]
        differing, positive = int(((p > 0.5) != said)[known].sum()), int((said & known).sum())
        return cls(
            len(p),
            Chance.of(together, float((likely * likely).sum()), squares, len(p)),
            (given.T @ likely) / np.maximum(np.outer(*lengths), 1e-12),
            Margins.of(2 * own - 1, differing, min(positive, int(known.sum()) - positive)),
            len(p) >= _SAME and bool(lengths[1].max(initial=0) <= _ROUNDING),
        )

    @property
    def better_columns(self) -> BetterColumns | None:
        """Which order of the columns fits the labels far better, if any does."""
        now = np.diagonal(self.correlation)
        scaled = self.correlation * np.sqrt(self.items)  # about 1 by chance
        if not ((scaled.max(axis=0) > np.diagonal(scaled) + _BETTER).any() and now.size > 1):
            return None
        classes, columns = _best_pairs(self.correlation)
        moved = columns != classes
        then, before = (float(part[moved].sum()) for part in (self.correlation[classes, columns], now))
        better = (then - before) * np.sqrt(self.items / max(2 * moved.sum(), 1))
        if then < _TIMES * before or better < max(_BETTER, _BEYOND + np.sqrt(now.size * np.log(now.size))):
            return None
        seen = moved & (scaled[classes, columns] > np.diagonal(scaled)[columns] + _BETTER)
        order = np.argsort(-self.correlation[classes, columns][seen], kind="stable")
        return BetterColumns(columns[seen][order], classes[seen][order], now.size, 0.0) if seen.any() else None

    @property
    def by_heart(self) -> bool:
        """Whether the model seems to have learnt these labels by heart."""
        return self.items >= _LEAST_ROWS and learnt_by_heart(self.margins)


def _centred(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return values less the mean of their column, 0 where they are not known."""
    means = (values * known).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return np.where(known, values - means, 0.0)


def found_order(labels: np.ndarray, predicted: np.ndarray, least: float) -> str | None:
    """Return what would bring the predictions into the order of the labels, if it is as simple as that.

    ``least``: the share of rows that have to agree then.
    """
    k = 1 + max(int(labels.max()), int(predicted.max()))
    shares = [np.bincount(classes, minlength=k) / labels.size for classes in (labels, predicted)]
    agreeing = {name: float((labels[mine] == predicted[theirs]).mean()) for name, mine, theirs in _orders(labels.size)}
    name = max(agreeing, key=agreeing.__getitem__)
    chance = float(shares[0] @ shares[1])
    found = agreeing[name] - chance > _FOUND * np.sqrt(chance / labels.size)
    return name if found and agreeing[name] > least else None


def _orders(n: int) -> Iterator[tuple[str, slice, slice]]:
    every = slice(None)
    yield "reversed", every, slice(None, None, -1)
    for shift in range(1, min(_SHIFTS + 1, n)):
        rows = "1 row" if shift == 1 else f"{shift} rows"
        yield f"{rows} too early", slice(shift, None), slice(None, -shift)
        yield f"{rows} too late", slice(None, -shift), slice(shift, None)
