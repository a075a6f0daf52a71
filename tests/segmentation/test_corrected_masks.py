"""Corrected masks hold the suggested class where the issues are, and what they held elsewhere."""

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.errors import InputError
from labelaudit.formats.masks import read_masks, write_masks
from labelaudit.segmentation.correct import corrected_masks
from segmentation.data import NAMES, annotated_wrong


@pytest.mark.parametrize("names", [None, NAMES])
def test_the_suggested_class_is_where_the_regions_are(names):
    labels, probs, seen = annotated_wrong()
    before = labels.copy()
    masks = corrected_masks(
        labelaudit.audit("segmentation", labels, probs, class_names=names).issues, labels, class_names=names
    )
    assert sorted(masks) == [0, 2]
    for row, mask in masks.items():
        np.testing.assert_array_equal(mask, seen[row])
        assert mask.dtype == np.uint8
        assert mask.flags.c_contiguous
    np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize("width", [1, 2])
def test_the_band_around_a_region_is_corrected_with_it(width):
    labels, probs, seen = annotated_wrong()
    issues = labelaudit.audit("segmentation", labels, probs, boundary_width=width).issues
    assert issues["area"][0] == (6 - 2 * width) ** 2
    assert (corrected_masks(issues, labels)[0] == 1).any()
    np.testing.assert_array_equal(corrected_masks(issues, labels, boundary_width=width)[0], seen[0])


def test_the_band_around_a_region_ends_at_another_label_and_at_ignored_pixels():
    labels, probs, _ = annotated_wrong()
    labels[0, 2:8, 8] = 255
    labels[0, 7, 3:8] = 0
    issues = labelaudit.audit("segmentation", labels, probs, boundary_width=1, ignore_index=255).issues
    mask = corrected_masks(issues, labels, boundary_width=1, ignore_index=255)[0]
    expected = labels[0].copy()
    expected[labels[0] == 1] = 2
    np.testing.assert_array_equal(mask, expected)


def test_rows_that_a_person_kept_and_changed_are_followed():
    labels, probs, _ = annotated_wrong()
    issues = labelaudit.audit("segmentation", labels, probs, class_names=NAMES).issues
    kept = issues.filter(pl.col("row") == 0).with_columns(suggested=pl.lit("ground"))
    masks = corrected_masks(kept, labels, class_names=NAMES)
    assert list(masks) == [0]
    assert not masks[0].any()


def test_a_class_that_the_type_of_the_labels_cannot_hold_widens_it():
    labels, probs, _ = annotated_wrong()
    issues = labelaudit.audit("segmentation", labels, probs).issues.with_columns(suggested=pl.lit(300))
    mask = corrected_masks(issues, labels)[0]
    assert mask.dtype == np.uint16
    assert mask.max() == 300
    mask = corrected_masks(issues.with_columns(suggested=pl.lit(-1)), labels)[0]
    assert mask.dtype == np.int16
    assert mask.min() == -1


def test_a_file_is_audited_corrected_and_written(tmp_path):
    labels, probs, seen = annotated_wrong()
    np.save(tmp_path / "masks.npy", labels)
    masks = read_masks(tmp_path / "masks.npy")
    issues = labelaudit.audit("segmentation", masks.labels, probs).issues
    write_masks(tmp_path / "corrected.npy", masks, corrected_masks(issues, masks.labels))
    np.testing.assert_array_equal(np.load(tmp_path / "corrected.npy"), seen)
    assert len(labelaudit.audit("segmentation", seen, probs).issues) == 0


def test_what_does_not_fit_is_refused():
    labels, probs, _ = annotated_wrong()
    issues = labelaudit.audit("segmentation", labels, probs, class_names=NAMES).issues
    with pytest.raises(InputError, match="class_names: are needed, as given in issues holds names"):
        corrected_masks(issues, labels)
    with pytest.raises(InputError, match="given holds 'sea', expected one of ground, land"):
        corrected_masks(issues, labels, class_names=["ground", "land"])
    with pytest.raises(InputError, match=r"issues: expected rows 0\.\.1, as labels has 2 images, got 2"):
        corrected_masks(issues, labels[:2], class_names=NAMES)
    with pytest.raises(InputError, match="issues: have no column rle"):
        corrected_masks(issues.drop("rle"), labels, class_names=NAMES)
    with pytest.raises(InputError, match="labels: image 0 has 156 pixels, and a region of it is of another size"):
        corrected_masks(issues, labels[:, :, 1:], class_names=NAMES)[0]
    for rle in ("", "no string", "00"):
        with pytest.raises(InputError, match="a region of it is of another size"):
            corrected_masks(issues.with_columns(rle=pl.lit(rle)), labels, class_names=NAMES)[0]
