"""How many labels are wrong, and which classes are taken for each other: confident learning."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.classification import check_classification, refuse_rows
from labelaudit._checks.confident import check_counts, check_joint
from labelaudit._kernels import Array, rows_for
from labelaudit._run import rows_of
from labelaudit._stats import noise_matrices
from labelaudit._stats.joint import calibrate_counts, normalize
from labelaudit._stats.self_confidence import SelfConfidence
from labelaudit.classification._confident import confident_predictions
from labelaudit.errors import InputError

Counting = Literal["off_diagonal", "off_diagonal_calibrated", "off_diagonal_custom"]
Route = Literal["cnt", "eqn", "marginal", "marginal_ps"]


def get_confident_thresholds(labels: Any, pred_probs: Any) -> np.ndarray:
    """Return the mean probability of each class over the rows that carry its label, (K,) float64.

    A class without rows has 2, which no probability reaches; none is below 2e-6.

    Parameters
    ----------
    labels : (N,) integers 0..K-1
    pred_probs : (N, K) floats in [0, 1]
        As :func:`labelaudit.classification.rank.get_label_quality_scores` takes them.

    Raises
    ------
    InputError
        For shapes that do not fit, rows that are no probabilities, labels that are no class.

    Examples
    --------
    >>> get_confident_thresholds([0, 0, 1], [[0.75, 0.25], [0.25, 0.75], [0.5, 0.5]])
    array([0.5, 0.5])
    """
    data = check_classification(labels, pred_probs)

    def confidence(first: int, labels: Array, pred_probs: Array) -> SelfConfidence:
        scores, _ = rows_for(pred_probs).self_confidence(labels, pred_probs)
        refuse_rows(first, scores, labels, pred_probs, data.name)
        return SelfConfidence.of(labels, pred_probs)

    rows = rows_of(data.labels, data.pred_probs)
    return rows.fold(confidence, SelfConfidence.of_none(data.k)).thresholds()


def compute_confident_joint(
    labels: Any,
    pred_probs: Any,
    *,
    thresholds: Any = None,
    calibrate: bool = True,
    return_indices_of_off_diagonals: bool = False,
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """Return how often rows with each label are confidently guessed to be of each class, (K, K) integers.

    A row is guessed to be of a class whose probability reaches the class's threshold; of the most likely class where
    several do; of none where none does.

    Parameters
    ----------
    labels, pred_probs
        As in :func:`get_confident_thresholds`.
    thresholds : (K,) floats
        Instead of those of :func:`get_confident_thresholds`.
    calibrate
        Scale each row to the number of rows with its label. Otherwise counts, at least 1 on the diagonal.
    return_indices_of_off_diagonals
        Return also the indices of the rows whose guess is not their label.

    Returns
    -------
    The joint, given labels in rows and guesses in columns; or the joint and the indices.

    Raises
    ------
    InputError
        As :func:`get_confident_thresholds`, and for thresholds that do not fit.

    References
    ----------
    Northcutt, Jiang, Chuang: Confident Learning (JAIR 2021), section 3.1.

    Examples
    --------
    >>> compute_confident_joint([0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]])
    array([[1, 1],
           [0, 2]])
    """
    guesses = confident_predictions(labels, pred_probs, thresholds)
    joint = guesses.joint()
    counts = joint.calibrated() if calibrate else joint.counts()
    return (counts, np.flatnonzero(guesses.off_diagonal)) if return_indices_of_off_diagonals else counts


def calibrate_confident_joint(confident_joint: Any, labels: Any) -> np.ndarray:
    """Return a confident joint whose rows sum to the number of rows with each label, (K, K) integers.

    Raises
    ------
    InputError
        For a joint that is no (K, K) matrix of counts, and labels that are none of its classes.

    Examples
    --------
    >>> calibrate_confident_joint([[1, 1], [0, 2]], [0, 0, 0, 0, 1])
    array([[2, 2],
           [0, 1]])
    """
    joint = check_joint(confident_joint, None)
    return calibrate_counts(joint, check_counts(labels, len(joint)))


def estimate_joint(labels: Any, pred_probs: Any, *, confident_joint: Any = None) -> np.ndarray:
    """Return the estimated share of each pair of given label (row) and true class (column), (K, K), sum 1.

    Parameters
    ----------
    labels, pred_probs
        As in :func:`get_confident_thresholds`. Without use for the probabilities where a joint is given.
    confident_joint : (K, K) counts
        Instead of the one of :func:`compute_confident_joint`.

    Raises
    ------
    InputError
        As :func:`get_confident_thresholds`, and for a joint that does not fit.

    Examples
    --------
    >>> estimate_joint([0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]])
    array([[0.25, 0.25],
           [0.  , 0.5 ]])
    """
    if confident_joint is None:
        return normalize(confident_predictions(labels, pred_probs).joint().calibrated())
    return normalize(calibrate_confident_joint(confident_joint, labels))


def estimate_latent(
    confident_joint: Any, labels: Any, *, py_method: Route = "cnt", converge_latent_estimates: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the shares of the true classes, how they are mislabelled, and what labels truly are.

    Parameters
    ----------
    confident_joint : (K, K) counts
        As :func:`compute_confident_joint` returns it.
    labels : (N,) integers 0..K-1
    py_method
        The route to the shares: ``cnt`` by the ratio of what is guessed right, ``eqn`` by solving
        P(given) = P(given | true) P(true), ``marginal`` by the guesses, ``marginal_ps`` by P(true | given) P(given).
    converge_latent_estimates
        Make the three consistent by a few rounds of Bayes' rule.

    Returns
    -------
    P(true), (K,); P(given | true), (K, K), true classes in columns; P(true | given), (K, K), given labels in columns.

    Raises
    ------
    InputError
        For a joint that is no (K, K) matrix of counts, labels that are none of its classes, an unknown route.

    Examples
    --------
    >>> true, noise, inverse = estimate_latent([[3, 1], [0, 4]], [0] * 4 + [1] * 4)
    >>> true, noise[:, 1], inverse[:, 0]
    (array([0.375, 0.625]), array([0.2, 0.8]), array([0.75, 0.25]))
    """
    check_choice(py_method, "py_method", ("cnt", "eqn", "marginal", "marginal_ps"))
    joint = check_joint(confident_joint, None)
    given = check_counts(labels, len(joint))
    return noise_matrices.estimate(joint, given, py_method, converge=converge_latent_estimates)


def num_label_issues(
    labels: Any, pred_probs: Any, *, confident_joint: Any = None, estimation_method: Counting = "off_diagonal"
) -> int:
    """Return how many labels are estimated to be wrong.

    Parameters
    ----------
    labels, pred_probs
        As in :func:`get_confident_thresholds`.
    confident_joint : (K, K) counts
        For ``off_diagonal_custom``.
    estimation_method
        ``off_diagonal``: rows confidently guessed to be of another class, less those whose label is the most likely
        class. ``off_diagonal_calibrated``: the share off the diagonal of :func:`estimate_joint`, of all rows.
        ``off_diagonal_custom``: the same with ``confident_joint``.

    Raises
    ------
    InputError
        As :func:`get_confident_thresholds`, for an unknown method, and for a joint that is missing or does not fit.

    Examples
    --------
    >>> num_label_issues([0, 0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7]])
    1
    """
    check_choice(
        estimation_method, "estimation_method", ("off_diagonal", "off_diagonal_calibrated", "off_diagonal_custom")
    )
    if estimation_method == "off_diagonal":
        guesses = confident_predictions(labels, pred_probs)
        return int(np.count_nonzero(guesses.off_diagonal & guesses.differs))
    if estimation_method == "off_diagonal_custom" and confident_joint is None:
        raise InputError("confident_joint: expected a joint with estimation_method='off_diagonal_custom', got None")
    custom = confident_joint if estimation_method == "off_diagonal_custom" else None
    joint = estimate_joint(labels, pred_probs, confident_joint=custom)
    return round((1 - joint.trace()) * len(labels)) if joint.any() else 0
