"""How often rows with one label are confidently guessed to be of another class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ConfidentJoint:
    """Counts by given label (row) and confident guess (column), and of the given labels."""

    guessed: np.ndarray  # (K, K) int64
    given: np.ndarray  # (K,) int64

    @classmethod
    def of_none(cls, classes: int) -> ConfidentJoint:
        return cls(np.zeros((classes, classes), np.int64), np.zeros(classes, np.int64))

    @classmethod
    def of(cls, labels: np.ndarray, guesses: np.ndarray, classes: int) -> ConfidentJoint:
        """``guesses`` holds -1 for a row without one."""
        pairs = guesses.astype(np.int64)
        pairs += 1
        pairs *= classes
        pairs += labels
        # transposed in memory: sums over it then round, and so break ties, as cleanlab's do
        guessed = np.bincount(pairs, minlength=(classes + 1) * classes).reshape(classes + 1, classes)[1:].T
        return cls(guessed, np.bincount(labels, minlength=classes))

    def __add__(self, other: ConfidentJoint) -> ConfidentJoint:
        return ConfidentJoint(self.guessed + other.guessed, self.given + other.given)

    def counts(self) -> np.ndarray:
        """Return the counts, (K, K), with at least 1 on the diagonal: every class exists."""
        counts: np.ndarray = self.guessed.copy(order="K")
        np.fill_diagonal(counts, np.maximum(counts.diagonal(), 1))
        return counts

    def calibrated(self) -> np.ndarray:
        """Return the counts scaled so that each row sums to the number of its labels."""
        return calibrate_counts(self.counts(), self.given)


def calibrate_counts(joint: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return the joint in rows, (K, K) integers: each row scaled to the count of its label, all to their total."""
    scaled: np.ndarray = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-100) * given[:, None]
    whole: np.ndarray = scaled / max(scaled.sum(), 1e-100) * given.sum()
    return round_in_rows(whole)


def normalize(joint: np.ndarray) -> np.ndarray:
    """Return the joint as shares of all rows; zeros for no rows."""
    return np.asarray(joint / max(joint.sum(), 1e-100))


def round_in_rows(matrix: np.ndarray) -> np.ndarray:
    """Return integers near the numbers, with the rounded total of each row; the largest remainders make up for it."""
    rounded = np.ascontiguousarray(np.rint(matrix))
    totals = np.rint(matrix.sum(axis=1)) - rounded.sum(axis=1)
    for row in np.flatnonzero(totals):
        missing = int(totals[row])
        step = 1 if missing > 0 else -1
        while missing:
            order = np.argsort(matrix[row] - rounded[row])[::-step][: abs(missing)]
            rounded[row, order] += step
            missing -= step * len(order)
    return rounded.astype(np.int64)


def prune_counts(
    joint: np.ndarray,
    *,
    min_examples_per_class: int,
    frac_noise: float,
    given: np.ndarray,
    num_to_remove_per_class: np.ndarray | None,
) -> np.ndarray:
    """Return how many rows to prune of each pair, (K, K): true class in rows, given label in columns.

    The diagonal says how many rows of each class stay.
    """
    counts = joint.T.astype(np.float64)
    stay = np.maximum(counts.diagonal(), min_examples_per_class)
    others = np.maximum(np.count_nonzero(counts, axis=0) - 1, 1)
    counts = np.maximum(counts - (stay - counts.diagonal()) / others, 0)
    np.fill_diagonal(counts, stay)
    pruned = counts * frac_noise
    np.fill_diagonal(pruned, stay)
    np.fill_diagonal(pruned, stay + (counts - pruned).sum(axis=0))
    pruned = round_in_rows(np.trunc(pruned))
    if num_to_remove_per_class is None:
        return pruned
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = pruned / pruned.sum(axis=1)
        off_diagonal = noise.sum(axis=1) - noise.diagonal()
        # first times, then divided by, as cleanlab has it: the other order rounds some halves to the other side
        noise = noise * num_to_remove_per_class[:, None] / off_diagonal[:, None]
    noise[~np.isfinite(noise)] = 0
    np.fill_diagonal(noise, given - num_to_remove_per_class)
    return round_in_rows(noise)
