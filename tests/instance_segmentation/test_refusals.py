"""Every malformed mask is refused, with its image, its place there and the way out."""

import numpy as np
import pytest

from labelaudit import InputError
from labelaudit.instance_segmentation import rank

GOOD = {"size": [4, 4], "counts": [4, 4, 8]}
PIXELS = np.zeros((4, 4), bool)
LABEL = {"masks": [GOOD], "labels": [0]}
FOUND = LABEL | {"scores": [0.5]}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"size": [4, 4], "counts": [4, 4]}, r"run lengths of 4 x 4 = 16 pixels, image 1, mask 2 has runs of 8 togeth"),
        ({"size": [4, 4], "counts": [4, 2**62, 2**62, 2**62, 2**62]}, "image 1, mask 2 has runs of 184467440737095516"),
        ({"size": [4, 4], "counts": [-4, 20]}, "image 1, mask 2 has a run of -4"),
        ({"size": [4, 4], "counts": []}, "image 1, mask 2 has runs of 0 together"),
        ({"size": [4, 4], "counts": ""}, "image 1, mask 2 has counts that are no COCO string"),
        ({"size": [4, 4], "counts": "44"}, "image 1, mask 2 has runs of 8 together"),
        ({"size": [4, 4], "counts": "P"}, "image 1, mask 2 has counts that are no COCO string"),
        ({"size": [4, 4], "counts": b"\xff0"}, "image 1, mask 2 has counts that are no COCO string"),
        ({"size": [4, 4], "counts": "\u00e9\ud800"}, "image 1, mask 2 has counts that are no COCO string"),
        ({"size": [4, 4], "counts": [4.5, 11.5]}, "counts as integers or as a COCO string, image 1, mask 2 has"),
        ({"size": [4, 4], "counts": [[4, 4], [1]]}, "counts as integers or as a COCO string, image 1, mask 2 has"),
        ({"size": [4, 4], "counts": None}, "counts as integers or as a COCO string, image 1, mask 2 has None"),
        ({"size": [4, 4], "counts": [2**70]}, "counts as integers or as a COCO string, image 1, mask 2 has"),
        ({"size": [2, 8], "counts": [16]}, "expected masks of 4 x 4 pixels, image 1, mask 2 has 2 x 8"),
        ({"size": [4], "counts": [16]}, r"size of height and width in pixels, image 1, mask 2 has \[4\]"),
        ({"size": [4.0, 4.0], "counts": [16]}, "size of height and width in pixels, image 1, mask 2 has"),
        ({"size": [0, 4], "counts": []}, "size of height and width in pixels, image 1, mask 2 has"),
        ({"size": [2**16, 2**16], "counts": [2**32]}, "at most 2147483647 pixels, image 1, mask 2 has 4294967296; cut"),
        ({"counts": [16]}, r"image 1, mask 2 has \['counts'\].*polygons become run lengths"),
        ([[0.0, 0.0, 3.0, 0.0, 3.0, 3.0]], "image 1, mask 2 is no dictionary, as others are"),
    ],
)
@pytest.mark.parametrize("name", ["labels", "predictions"])
def test_run_lengths_that_are_no_mask(name, bad, message):
    masks = {"masks": [GOOD, GOOD, bad], "labels": [0, 0, 0], "scores": [0.5, 0.5, 0.5]}
    given, found = ([LABEL, masks], [FOUND, FOUND]) if name == "labels" else ([LABEL, LABEL], [FOUND, masks])
    with pytest.raises(InputError, match=rf"(?s)^{name}: .*{message}"):
        rank.get_label_quality_scores(given, found)


def test_a_string_among_lists_is_refused_as_well():
    masks = {"masks": [GOOD, {"size": [4, 4], "counts": "P"}], "labels": [0, 0]}
    with pytest.raises(InputError, match="labels: image 0, mask 1 has counts that are no COCO string"):
        rank.get_label_quality_scores([masks], [FOUND])


@pytest.mark.parametrize(
    ("masks", "message"),
    [
        (PIXELS, r"image 0, masks have shape \(4, 4\); a single mask becomes mask\[None\]"),
        (np.zeros((2, 1, 4, 4)), r"masks have shape \(2, 1, 4, 4\).*masks of torchvision masks\[:, 0\] > 0.5"),
        (np.zeros((2, 0, 4)), r"masks have shape \(2, 0, 4\)"),
        (np.full((1, 4, 4), 0.7), "image 0, mask 0 holds 0.7 at row 0, column 0; probabilities become masks > 0.5"),
        (np.array([PIXELS, PIXELS + 255 * np.eye(4)]), "image 0, mask 1 holds 255.0 at row 0, column 0"),
        (np.array([PIXELS, np.where(np.eye(4), np.nan, 0)]), "image 0, mask 1 holds nan at row 0, column 0"),
        (np.array([[["a"]]]), "image 0, mask 0 holds a at row 0"),
        ([PIXELS, np.zeros((4, 5))], "expected masks of 4 x 4 pixels, image 0, mask 1 has 4 x 5"),
        ([PIXELS, np.zeros(4)], "image 0, mask 1 is array"),
        ([[[0.5, 1.5, 3.0, 1.5, 3.0, 3.0]]], "image 0, mask 0 holds 0.5 at row 0, column 0.*polygons become run lengt"),
        ([[[0.5, 1.5, 3.0, 1.5], [1.0, 2.0]]], "image 0, mask 0 is .*polygons become run lengths"),
        (GOOD, "image 0, is {'size'.*put a single mask into a list"),
        ("P", "image 0, is 'P'"),
        (7, "image 0, is 7"),
    ],
)
def test_pixels_that_are_no_mask(masks, message):
    with pytest.raises(InputError, match=rf"(?s)^labels: .*{message}"):
        rank.get_label_quality_scores([{"masks": masks, "labels": [0]}], [FOUND])


@pytest.mark.parametrize(
    ("labels", "predictions", "message"),
    [
        ([LABEL], [FOUND, FOUND], "labels: expected 2 images, as in predictions, got 1"),
        ([LABEL], [{"masks": [{"size": [2, 8], "counts": [16]}], "labels": [0], "scores": [0.5]}],
         "predictions: expected masks of 4 x 4 pixels, as in labels, image 0 has 2 x 8; scale them"),
        ([LABEL], [FOUND | {"scores": [1.5]}], r"scores in \[0, 1\], image 0, mask 0 holds 1.5"),
        ([LABEL], [FOUND | {"scores": [np.nan]}], r"scores in \[0, 1\], image 0, mask 0 holds nan"),
        ([LABEL], [FOUND | {"scores": ["a"]}], "predictions: expected numbers as scores, image 0 holds 'a'"),
        ([LABEL], [FOUND | {"scores": []}], r"predictions: expected scores of 1 masks, image 0 has shape \(0,\)"),
        ([LABEL | {"labels": [0, 1]}], [FOUND], r"labels: expected labels of 1 masks, image 0 has shape \(2,\)"),
        ([LABEL | {"labels": [-1]}], [FOUND], "labels: expected class indices 0..K-1, image 0 holds"),
        ([{"masks": [GOOD]}], [FOUND], "labels: expected a key 'labels', image 0 has"),
        ([LABEL], [LABEL], "predictions: expected a key 'scores', image 0 has"),
        ([{"boxes": [], "labels": []}], [FOUND], "labels: expected a key 'masks', image 0 has"),
        ([[GOOD]], [FOUND], "labels: expected a dictionary of masks and labels, image 0 is"),
        (LABEL, [FOUND], "labels: expected a dictionary of masks and labels for each image, got dict"),
    ],
)  # fmt: skip
def test_what_else_is_refused(labels, predictions, message):
    with pytest.raises(InputError, match=message):
        rank.get_label_quality_scores(labels, predictions)


def test_a_calibration_of_fewer_classes_is_refused():
    calibration = rank.calibrate([LABEL], [FOUND])
    with pytest.raises(InputError, match="calibration: knows 1 classes, these images have 3"):
        rank.get_label_quality_scores([LABEL | {"labels": [2]}], [FOUND], calibration=calibration)


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match="aggregation_weights: expected a weight for each of overlooked, badloc"):
        rank.get_label_quality_scores([LABEL], [FOUND], aggregation_weights={"swap": 1})


def test_sets_of_masks_of_two_sizes_are_refused():
    with pytest.raises(InputError, match="masks_b: expected masks of 4 x 4 pixels, as in masks_a, got 2 x 8"):
        rank.mask_iou([GOOD], [{"size": [2, 8], "counts": [16]}])
    with pytest.raises(InputError, match="masks_a: .*mask 1 has runs of 1 together"):
        rank.mask_iou([GOOD, GOOD | {"counts": [1]}], [GOOD])
    with pytest.raises(InputError, match="masks_b: .* it is 7"):
        rank.mask_iou([GOOD], 7)
