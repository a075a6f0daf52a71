"""How likely each label of a regression data set is right."""

from __future__ import annotations

from typing import Any, Literal, get_args

from labelaudit._checks.arrays import check_choice
from labelaudit._checks.regression import check_regression, in_memory
from labelaudit._kernels import Array
from labelaudit.regression._outre import outre
from labelaudit.regression._residuals import closeness, median_residual

Method = Literal["outre", "residual", "scaled_residual"]

METHODS: tuple[str, ...] = get_args(Method)


def get_label_quality_scores(labels: Any, predictions: Any, *, method: Method = "outre") -> Array:
    """Return how likely each label is right, from 0 (surely wrong) to 1 (surely right).

    Parameters
    ----------
    labels : (N,) numbers
        The given value of each item.
    predictions : (N,) numbers
        Out-of-sample predictions of the labels. For the residuals also an HDF5 or zarr array, or a function that
        returns an iterator of (n,) chunks: these are read block by block, never whole.
    method
        ``outre``: exp(-d / m), where d is the mean distance of a point to the half of all points that is nearest to
        it, itself among them, and m the median of these; the points are (label, 5 x residual), each divided by its
        standard deviation. ``residual``: exp(-abs(prediction - label)), which depends on the unit of the labels.
        ``scaled_residual``: exp(-abs(prediction - label) / median of these), the same order in any unit (this
        project's own); the median of those above 0 where that of all is 0.

    Returns
    -------
    (N,) scores in the kind of array that ``predictions`` is; float64 for float64, float32 for narrower floats. OUTRE is
    exact up to 2,000 items, and right to 1e-5 above.

    Raises
    ------
    InputError
        For shapes that do not fit, values that are not finite, an unknown method; for fewer than two items, or
        predictions that are not in memory, with ``outre``.

    References
    ----------
    Zhou, Mueller, Kumar, Wang, Lei: Detecting errors in a numerical response via any regression model (2023).

    Examples
    --------
    >>> get_label_quality_scores([1, 2, 3, 4], [2, 2, 5, 4.1]).round(4)
    array([0.2162, 0.6259, 0.2028, 0.6259])
    >>> get_label_quality_scores([1, 2, 3, 4], [2, 2, 5, 4.1], method="scaled_residual").round(4)
    array([0.1623, 1.    , 0.0263, 0.8338])
    """
    check_choice(method, "method", METHODS)
    data = check_regression(labels, predictions)
    if method == "outre":
        return data.in_kind(outre(*in_memory(data)).astype(data.float_type))
    return closeness(data, 1.0 if method == "residual" else median_residual(data))
