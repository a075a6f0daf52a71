"""From regions that are wrong to masks without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from labelaudit._checks.arrays import as_array
from labelaudit._checks.options import check_count
from labelaudit._checks.segmentation import check_ignore_index
from labelaudit._data.arrays import nth, to_numpy
from labelaudit._data.images import images_in
from labelaudit._data.regions import Repair, places_of, repaired, still_stands, string_of
from labelaudit.corrections import Resolved, check_class, check_rows, resolve
from labelaudit.decisions import Decisions
from labelaudit.errors import InputError
from labelaudit.formats.base import Change
from labelaudit.results import Record
from labelaudit.segmentation._corrected import with_images

_COLUMNS = ("row", "given", "suggested", "rle")


def changes(record: Record, decisions: Decisions) -> list[Change]:
    """Return what decisions change: regions of an image that should be of another class, or of none.

    They stand in the order in which they are carried out: the worst issue of an image has the last word, and regions
    that a person drew come after it. ``place`` is the shape of a region as COCO has it, and with it what the audit knew
    of edges and of pixels without a label.
    """
    return [_change(record, one) for one in sorted(resolve(record, decisions), key=_turn)]


def _turn(one: Resolved) -> tuple[int, bool, float, int]:
    if one.issue is None or _is_drawn(one):
        return one.row, True, 0.0, 0
    return one.row, False, -one.issue["score"], one.issue["area"]


def _is_drawn(one: Resolved) -> bool:
    """Whether a person drew the region: then it ends where it ends, and may hold any labels."""
    return one.issue is None or _shape(one)["counts"] != one.issue["rle"]


def _shape(one: Resolved) -> Mapping[str, Any]:
    """Return the shape of the region that a decision is about: what it says of it, else that of its issue."""
    said = (part for part in (one.value, one.decision.place) if isinstance(part, Mapping) and "counts" in part)
    shape = next(said, {"counts": one.issue["rle"] if one.issue else None})
    counts = shape["counts"]
    if not isinstance(counts, list) or not counts or not all(isinstance(run, int) and run >= 0 for run in counts):
        return shape
    return {**shape, "counts": string_of(counts)}


def _old(one: Resolved) -> Any:
    """Return the label that most pixels of the region have; None where that is not known."""
    if one.issue is None:
        return one.decision.given
    return None if _is_drawn(one) else one.issue["given"]


def _new(one: Resolved) -> Any:
    """Return the class that the region is to have; None for none."""
    if not isinstance(one.value, Mapping):
        return one.value
    if one.value.get("class") is None:
        raise InputError(f"{one.name}: expected the class of the region in its value, got {one.value!r:.80}")
    return one.value["class"]


def _change(record: Record, one: Resolved) -> Change:
    size = [record.items["height"][one.row], record.items["width"][one.row]]
    shape = _shape(one)
    counts = shape["counts"]
    is_region = isinstance(counts, str) and places_of(counts, size[0] * size[1]) is not None
    if shape.get("size", size) != size or not is_region:
        raise InputError(
            f"{one.name}: expected a region of an image of {size[0]} x {size[1]} pixels, as COCO has masks: "
            f'{{"size": {size}, "counts": "…", "class": …}}, got {one.value!r:.80}'
        )
    place: dict[str, Any] = {"size": size, "counts": counts}
    ignore_index, width = record.parameters["ignore_index"], record.parameters["boundary_width"]
    if ignore_index is not None:
        place["ignore_index"] = ignore_index
    elif one.value is None:
        raise InputError(
            f"{one.name}: drop leaves pixels without a label, and this audit knows no number for such; make it with "
            "ignore_index, such as 255, or fix the region"
        )
    if width and not _is_drawn(one):
        place["boundary_width"] = width
    names = record.class_names
    old, new = (None if class_ is None else check_class(class_, one.name, names) for class_ in (_old(one), _new(one)))
    return Change(one.row, record.ids[one.row], place, old, new, issue=one.decision.issue)


def correct(record: Record, labels: Any, decisions: Decisions) -> Any:
    """Return the labels with the decisions carried out: arrays, lists of them, and what is read image by image.

    A region most of whose pixels no longer have the label that was audited is left as it is. Images of files that are
    mapped into memory, or that are read when asked for, are corrected when they are asked for.
    """
    check_rows(images_in(labels), len(record.items), [])
    repairs: dict[int, list[Repair]] = {}
    for change in changes(record, decisions):
        repairs.setdefault(change.row, []).append(_repair(change, record.class_names))
    return with_images(labels, frozenset(repairs), partial(_corrected, record, repairs))


def _repair(change: Change, names: Sequence[str] | None) -> Repair:
    place = change.place
    old, new = (None if class_ is None else _number(class_, names) for class_ in (change.old, change.new))
    # without a label: changes have checked that there is a number for that
    return Repair(place["counts"], old, place["ignore_index"] if new is None else new, place.get("boundary_width", 0))


def _number(class_: Any, names: Sequence[str] | None) -> int:
    return int(class_) if names is None else list(names).index(class_)


def _corrected(record: Record, repairs: Mapping[int, Sequence[Repair]], row: int, labels: np.ndarray) -> np.ndarray:
    """Return an image (H, W) with what still stands of its repairs; the same array where that is nothing."""
    size = record.items["height"][row], record.items["width"][row]
    name = f"image {record.ids[row]}"
    if labels.shape != size:
        raise InputError(
            f"labels: expected {size[0]} x {size[1]} pixels, as the audit has, {name} has shape {labels.shape}; pass "
            "the labels that were audited"
        )
    standing = [repair for repair in repairs[row] if still_stands(labels, repair, name)]
    ignore_index = check_ignore_index(record.parameters["ignore_index"])
    return repaired(labels, standing, ignore_index, name) if standing else labels


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
    >>> from labelaudit.segmentation.audit import audit_segmentation
    >>> labels = np.array([[[0, 0, 1, 1, 1]]])
    >>> of_class_1 = np.array([[[0.1, 0.1, 0.1, 0.9, 0.9]]])
    >>> audit = audit_segmentation(labels, np.stack([1 - of_class_1, of_class_1], axis=1))
    >>> corrected_masks(audit.issues, labels)[0]
    array([[0, 0, 0, 1, 1]])
    """
    width = check_count(boundary_width, "boundary_width", 0)
    missing = [name for name in _COLUMNS if name not in issues.columns]
    if missing:
        raise InputError(f"issues: have no column {missing[0]}; pass rows of the issues of a segmentation audit")
    n = images_in(labels)
    beyond = issues.filter((pl.col("row") < 0) | (pl.col("row") >= n))
    if len(beyond):
        raise InputError(f"issues: expected rows 0..{n - 1}, as labels has {n} images, got {beyond['row'][0]}")
    numbered = issues.with_columns(_numbers(issues[name], class_names) for name in ("given", "suggested"))
    repairs: dict[int, list[Repair]] = {}
    for row, given, suggested, counts in numbered.select(_COLUMNS).rows():
        repairs.setdefault(row, []).insert(0, Repair(counts, given, suggested, width))  # the worst one comes last
    return _Corrected(repairs, labels, check_ignore_index(ignore_index))


class _Corrected(Mapping[int, np.ndarray]):
    def __init__(self, repairs: dict[int, list[Repair]], labels: Any, ignore_index: int) -> None:
        self._repairs, self._labels, self._ignore_index = repairs, labels, ignore_index

    def __len__(self) -> int:
        return len(self._repairs)

    def __iter__(self) -> Iterator[int]:
        return iter(self._repairs)

    def __getitem__(self, row: int) -> np.ndarray:
        labels = to_numpy(as_array(nth(self._labels, row), "labels"), "labels")
        return repaired(labels, self._repairs[row], self._ignore_index, f"image {row}")


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
