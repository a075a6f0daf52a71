"""From regions that are wrong to masks without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array, nth, to_numpy
from labelaudit._checks.options import check_count
from labelaudit._checks.segmentation import check_void
from labelaudit.errors import InputError
from labelaudit.segmentation._boundary import near_boundary
from labelaudit.segmentation._runs import places_of

_COLUMNS = ("row", "given", "suggested", "rle")


def corrected_masks(
    issues: pl.DataFrame,
    labels: Any,
    *,
    class_names: Sequence[str] | None = None,
    boundary_width: int = 0,
    ignore_index: int | None = None,
) -> Mapping[int, np.ndarray]:
    """Return the masks with the suggested class in the regions of these issues, by the row of their image.

    Parameters
    ----------
    issues : polars DataFrame
        Rows of ``Audit.issues`` of segmentation, such as those that a person has kept of them, ``suggested`` perhaps
        put right.
    labels
        The masks that the audit was made of: (N, H, W), a list of (H, W) arrays, or
        ``labelaudit.formats.masks.read_masks(…).labels``.
    class_names, boundary_width, ignore_index
        Those of the audit. With a width, pixels that the band kept out of a region are corrected with it: those that
        are no further from it than that, and that have its given label.

    Returns
    -------
    A mapping from row to mask, (H, W) in the type of the labels, of the images that have issues. A mask is made when it
    is asked for, so that those of many images take no memory; ``labelaudit.formats.masks.write_masks`` takes the whole.

    Raises
    ------
    InputError
        For issues that are not of segmentation, rows that the labels do not have, and names that are no class.

    Examples
    --------
    >>> from labelaudit.segmentation.judge import judge
    >>> labels = np.array([[[0, 0, 1, 1, 1]]])
    >>> of_class_1 = np.array([[[0.1, 0.1, 0.1, 0.9, 0.9]]])
    >>> audit = judge(labels, np.stack([1 - of_class_1, of_class_1], axis=1))
    >>> corrected_masks(audit.issues, labels)[0]
    array([[0, 0, 0, 1, 1]])
    """
    width = check_count(boundary_width, "boundary_width", 0)
    missing = [name for name in _COLUMNS if name not in issues.columns]
    if missing:
        raise InputError(f"issues: have no column {missing[0]}; pass rows of the issues of a segmentation audit")
    n = labels.shape[0] if hasattr(labels, "shape") else len(labels)
    beyond = issues.filter((pl.col("row") < 0) | (pl.col("row") >= n))
    if len(beyond):
        raise InputError(f"issues: expected rows 0..{n - 1}, as labels has {n} images, got {beyond['row'][0]}")
    numbered = issues.with_columns(_numbers(issues[name], class_names) for name in ("given", "suggested"))
    parts = numbered.select(_COLUMNS).partition_by("row", as_dict=True, maintain_order=True)
    return _Corrected({int(row): part for (row,), part in parts.items()}, labels, width, check_void(ignore_index))


class _Corrected(Mapping[int, np.ndarray]):
    def __init__(self, issues: dict[int, pl.DataFrame], labels: Any, width: int, void: int) -> None:
        self._issues, self._labels, self._width, self._void = issues, labels, width, void

    def __len__(self) -> int:
        return len(self._issues)

    def __iter__(self) -> Iterator[int]:
        return iter(self._issues)

    def __getitem__(self, row: int) -> np.ndarray:
        issues = self._issues[row]
        labels = to_numpy(as_array(nth(self._labels, row), "labels"), "labels")
        suggested = issues["suggested"].to_numpy()
        types = (np.min_scalar_type(number) for number in (suggested.min(), suggested.max()))
        corrected = labels.astype(np.result_type(labels.dtype, *types), order="F")
        down_the_columns = corrected.T.reshape(-1)
        band = near_boundary(labels, self._void, self._width) if self._width else None
        for region in reversed(range(len(issues))):  # where rims meet, the worse region is right
            places = places_of(issues["rle"][region], labels.size)
            if places is None:
                raise InputError(
                    f"labels: image {row} has {labels.size} pixels, and an issue of it is of another size; "
                    "pass the masks that the audit was made of"
                )
            down_the_columns[places] = suggested[region]
            if band is not None:
                here, rim = _rim(places, band & (labels == issues["given"][region]), self._width)
                corrected[here][rim] = suggested[region]
        return np.ascontiguousarray(corrected)


def _rim(places: np.ndarray, candidates: np.ndarray, width: int) -> tuple[tuple[slice, slice], np.ndarray]:
    """Return which candidates are within some pixels of a region: a part of the image, and a mask of it."""
    from scipy.ndimage import maximum_filter

    columns, rows = np.divmod(places, len(candidates))
    top, left = max(rows.min() - width, 0), max(columns.min() - width, 0)
    here = slice(top, rows.max() + width + 1), slice(left, columns.max() + width + 1)
    inside = np.zeros(candidates[here].shape, bool)
    inside[rows - top, columns - left] = True
    return here, maximum_filter(inside, 2 * width + 1) & candidates[here]


def _numbers(classes: pl.Series, class_names: Sequence[str] | None) -> pl.Series:
    """Return classes by number, which names are the places of in the list of names."""
    if classes.dtype != pl.String:
        return classes.cast(pl.Int64)
    if class_names is None:
        raise InputError(f"class_names: are needed, as {classes.name} in issues holds names; pass those of the audit")
    names = list(class_names)
    unknown = classes.filter(~classes.is_in(names))
    if len(unknown):
        raise InputError(f"issues: {classes.name} holds {unknown[0]!r}, expected one of {', '.join(names)}")
    numbers = {name: number for number, name in enumerate(names)}
    return classes.replace_strict(numbers, return_dtype=pl.Int64)
