"""Input that was once taken for something else without a word: each is refused, or taken for what it is."""

import datetime

import h5py
import numpy as np
import pytest

from labelaudit import audit, rank
from labelaudit._checks.arrays import as_array, as_floats, as_integers
from labelaudit._checks.instance_segmentation import check_masks
from labelaudit._checks.object_detection import check_labels, check_predictions
from labelaudit.errors import InputError
from labelaudit.instance_segmentation.rank import get_label_quality_scores as mask_scores
from labelaudit.multilabel_classification.rank import get_label_quality_scores as multilabel_scores
from labelaudit.object_detection.rank import get_label_quality_scores as box_scores
from labelaudit.regression.rank import get_label_quality_scores as regression_scores
from labelaudit.segmentation.rank import get_label_quality_scores as image_scores
from labelaudit.token_classification.rank import get_label_quality_scores as token_scores

LABELS = [0, 1, 1, 0]
PRED_PROBS = np.array([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875], [0.0, 1.0]])
BOXES = [[0, 0, 10, 10], [20, 20, 30, 30]]
MASKS = np.zeros((2, 4, 4), bool)
MASKS[0, :2, :2] = MASKS[1, 2:, 2:] = True
PREDICTED_BOXES = [{"boxes": BOXES, "labels": [0, 1], "scores": [0.9, 0.8]}]
PREDICTED_MASKS = [{"masks": MASKS, "labels": [0, 1], "scores": [0.9, 0.8]}]

TOO_GREAT = [1e300, 2.0**63, -1e300, np.float64(2.0**64)]


def objects(*values):
    column = np.empty(len(values), object)
    column[:] = values
    return column


def masked(row, place=0):
    return np.ma.array(row, mask=np.arange(len(row)) == place)


# --- integers that 64 bits do not hold


@pytest.mark.parametrize("value", TOO_GREAT)
def test_a_label_beyond_64_bits_is_named_as_it_is(value):
    with pytest.raises(InputError, match=r"labels: expected class indices 0..K-1, row 3 holds -?[0-9.]+e\+"):
        rank.get_label_quality_scores([0, 1, 1, value], PRED_PROBS)


@pytest.mark.parametrize("column", [np.array([0, 1, 1, 2**63], np.uint64), objects(0, 1, 1, 2**63)])
def test_an_integer_label_beyond_64_bits_is_named_as_it_is(column):
    with pytest.raises(InputError, match="labels: expected class indices 0..K-1, row 3 holds 9223372036854775808"):
        rank.get_label_quality_scores(column, PRED_PROBS)


def test_a_label_on_disk_beyond_64_bits_does_not_turn_negative(tmp_path):
    with h5py.File(tmp_path / "labels.h5", "w") as file:
        file["labels"] = np.array([0, 1, 1, 2**64 - 1], np.uint64)
        with pytest.raises(InputError, match="row 3 holds 9223372036854775807"):
            rank.get_label_quality_scores(file["labels"], PRED_PROBS)


def test_a_cell_of_answers_that_wraps_is_no_unknown_answer():
    # -1 marks an answer that is not known
    labels = np.array([[2**64 - 1, 0], [0, 1]], np.uint64)
    with pytest.raises(InputError, match="row 0 holds 9.22337e.18 in column 0"):
        multilabel_scores(labels, [[0.9, 0.1], [0.2, 0.8]])


@pytest.mark.parametrize("value", [np.uint64(2**64 - 100), 1e300, np.inf])
def test_a_tag_that_wraps_is_no_token_without_a_label(value):
    with pytest.raises(InputError, match="labels: expected class indices 0..K-1, sentence 0, token 1 holds"):
        token_scores([np.array([0, value]), np.array([1])], [PRED_PROBS[:2], PRED_PROBS[:1]])


def test_lengths_whose_sum_begins_again_at_0_are_refused():
    lengths = np.array([2**64 - 1, 4], np.uint64)
    with pytest.raises(InputError, match="lengths: expected them to sum to 3, .* got 18446744073709551619"):
        token_scores([0, 1, 1], PRED_PROBS[:3], lengths=lengths)


@pytest.mark.parametrize("value", [np.inf, 1e300, 2.0**63, np.uint64(2**63), np.uint64(2**64 - 1), 1 << 20])
def test_a_class_of_a_box_or_a_mask_that_no_array_is_counted_by_is_refused(value):
    labels = np.array([0, value])
    with pytest.raises(InputError, match="labels: expected class indices 0..K-1, image 0 holds"):
        box_scores([{"bboxes": BOXES, "labels": labels}], PREDICTED_BOXES)
    with pytest.raises(InputError, match="predictions: expected class indices 0..K-1, image 0 holds"):
        box_scores([{"bboxes": BOXES, "labels": [0, 1]}], [{**PREDICTED_BOXES[0], "labels": labels}])
    with pytest.raises(InputError, match="labels: expected class indices 0..K-1, image 0 holds"):
        mask_scores([{"masks": MASKS, "labels": labels}], PREDICTED_MASKS)


def test_classes_of_few_bits_are_classes():
    found = check_labels([{"bboxes": BOXES, "labels": np.array([0, 1], np.float16)}])
    assert found.classes.tolist() == [0, 1]


@pytest.mark.parametrize("value", [np.uint64(2**64 - 1), np.uint64(2**63), 1e300])
def test_a_pixel_beyond_64_bits_is_not_the_ignored_one(value):
    labels = np.array([[[0, value], [0, 1]]])
    with pytest.raises(InputError, match=r"labels: expected integers 0..K-1, image 0, pixel \(0, 1\) holds"):
        image_scores(labels, np.full((1, 2, 2, 2), 0.5), ignore_index=-1)


# --- numbers that are none


@pytest.mark.parametrize(
    "value",
    [
        "0.5",
        b"0.5",
        bytearray(b"1"),
        0.5 + 0j,
        np.complex128(0.5),
        np.timedelta64(0, "s"),
        np.datetime64(0, "s"),
        datetime.timedelta(0),
        datetime.datetime(2020, 1, 1),
        10**400,
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_that_is_no_number_is_refused(value):
    with pytest.raises(InputError, match=r"pred_probs: expected floats, row 1 holds"):
        as_floats(np.array([[0.5, 0.5], [0.5, value]], object), "pred_probs")
    with pytest.raises(InputError, match="labels: expected floats, row 1 holds"):
        regression_scores(objects(1.0, value), [1.0, 2.0])


def test_objects_that_are_numbers_stay_numbers():
    from decimal import Decimal
    from fractions import Fraction

    column = objects(1, 0.5, np.float32(0.25), Decimal("1.5"), Fraction(1, 8), True, None)
    np.testing.assert_array_equal(as_floats(column, "labels")[0], [1, 0.5, 0.25, 1.5, 0.125, 1, np.nan])


def test_a_time_is_no_class():
    with pytest.raises(InputError, match="labels: expected integers 0..K-1, row 1 holds np.timedelta64"):
        as_integers(objects(0, np.timedelta64(1, "s")), "labels")


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array.astype(str),
        lambda array: array.astype(str).astype(object),
        lambda array: array.astype(str).astype(bytes).astype(object),
        lambda array: array + 0j,
        lambda array: (array + 0j).astype(object),
        lambda array: array.astype("timedelta64[s]"),
        lambda array: array.astype("datetime64[s]"),
    ],
    ids=["text", "objects of text", "bytes", "complex", "objects of complex", "spans of time", "times"],
)
def test_boxes_and_confidences_that_are_no_numbers_are_refused(change):
    given = [{"bboxes": BOXES, "labels": [0, 1]}]
    boxes, scores = change(np.array(BOXES)), change(np.array([1, 0]))
    rows = change(np.array([[0, 0, 10, 10, 1, 1, 0], [20, 20, 30, 30, 1, 0, 1]]))
    with pytest.raises(InputError, match="labels: expected numbers, image 0 holds"):
        box_scores([{"bboxes": boxes, "labels": [0, 1]}], PREDICTED_BOXES)
    for predictions in (
        [{**PREDICTED_BOXES[0], "boxes": boxes}],
        [{**PREDICTED_BOXES[0], "scores": scores}],
        [rows],
        [[rows[:1, :5], rows[1:, :5]]],
    ):
        with pytest.raises(InputError, match="predictions: expected numbers, image 0 holds"):
            box_scores(given, predictions)


def test_a_box_names_the_image_that_its_text_is_in():
    images = [
        {"bboxes": BOXES, "labels": [0, 1]},
        {"bboxes": [], "labels": []},
        {"bboxes": [["1", 2, 3, 4]], "labels": [0]},
    ]
    images[2]["bboxes"] = np.array(images[2]["bboxes"], object)
    with pytest.raises(InputError, match="labels: expected numbers, image 2 holds '1'"):
        check_labels(images)


@pytest.mark.parametrize("change", [lambda masks: masks + 0j, lambda masks: masks.astype("timedelta64[s]")])
def test_masks_that_are_no_numbers_are_refused(change):
    with pytest.raises(InputError, match="labels: expected pixels of 0 and 1, image 0, mask 0 holds"):
        check_masks([{"masks": change(MASKS), "labels": [0, 1]}])


def test_true_is_no_run_length_and_no_size():
    image = {"masks": [{"size": [4, 4], "counts": [True, 15]}], "labels": [0]}
    with pytest.raises(
        InputError, match=r"expected counts as integers or as a COCO string, image 0, mask 0 has \[True"
    ):
        check_masks([image])
    image["masks"] = [{"size": [16, True], "counts": [4, 12]}]
    with pytest.raises(InputError, match="expected a size of height and width in pixels"):
        check_masks([image])
    with pytest.raises(InputError, match=r"sizes: expected \(width, height\) in pixels or None, image 0 has \(True"):
        audit("object_detection", [{"bboxes": BOXES, "labels": [0, 1]}], PREDICTED_BOXES, sizes=[(True, 5)])


def test_a_size_beyond_64_bits_is_no_size():
    with pytest.raises(InputError, match="sizes: expected"):
        audit("object_detection", [{"bboxes": BOXES, "labels": [0, 1]}], PREDICTED_BOXES, sizes=[(2**70, 5)])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_detection_whose_class_probabilities_are_unknown_is_refused(value):
    rows = np.array([[0, 0, 10, 10, 0.9, 0.9, 0.1], [20, 20, 30, 30, 0.8, 0.2, value]])
    with pytest.raises(InputError, match=f"expected finite class probabilities, image 0 holds {value:g} for class 1"):
        check_predictions([rows])


def test_a_box_whose_area_is_no_float_is_refused():
    with pytest.raises(
        InputError, match=r"labels: expected boxes of pixels, image 0 holds .*1e\+200.* divide all boxes"
    ):
        check_labels([{"bboxes": [[0.0, 0.0, 1e200, 1e200]], "labels": [0]}])


# --- masked values in lists


@pytest.mark.parametrize(
    "rows",
    [
        [[0.5, 0.5], masked([0.5, 0.5])],
        (masked([0.5, 0.5], 3), masked([0.5, 0.5])),
        [np.array([0.5, 0.5]), masked([0.5, 0.5])],
        objects([0.5, 0.5], masked([0.5, 0.5])),
        [[np.ma.masked, 0.5], [0.5, 0.5]],
    ],
)
def test_masked_rows_of_a_list_are_refused(rows):
    with pytest.raises(InputError, match="pred_probs: row [01] holds masked values"):
        as_array(rows, "pred_probs")


def test_rows_of_which_none_is_masked_are_taken():
    rows = [np.ma.array([0.25, 0.75], mask=False), np.ma.array([0.5, 0.5])]
    np.testing.assert_array_equal(as_array(rows, "pred_probs"), [[0.25, 0.75], [0.5, 0.5]])


def test_masked_values_deep_in_a_list_are_refused():
    deep = [[[0.5, 0.5], [0.5, 0.5]], [[0.5, 0.5], masked([0.5, 0.5])]]
    with pytest.raises(InputError, match="x: row 1 holds masked values"):
        as_array(deep, "x")
    with pytest.raises(InputError, match="pred_probs: sentence 1 holds masked values"):
        token_scores([[0, 1], [1, 0]], deep)
    with pytest.raises(InputError, match="labels: sentence 0 holds masked values"):
        token_scores([masked([0, 1]), [1, 0]], [PRED_PROBS[:2]] * 2)


def test_masked_boxes_and_masks_in_lists_are_refused():
    with pytest.raises(InputError, match="row 0 holds masked values"):
        check_labels([{"bboxes": [masked(BOXES[0]), BOXES[1]], "labels": [0, 1]}])
    rows = np.ma.array(np.ones((1, 7)), mask=np.eye(1, 7))
    with pytest.raises(InputError, match="predictions: image 0 holds masked values"):
        check_predictions([rows])
    with pytest.raises(InputError, match="predictions: array 1 holds masked values"):
        check_predictions([[np.zeros((0, 5)), rows[:, :5]]])
    with pytest.raises(InputError, match="labels: image 0, mask 1 holds masked values"):
        check_masks([{"masks": [MASKS[0], np.ma.array(MASKS[1], mask=MASKS[0])], "labels": [0, 1]}])
    with pytest.raises(InputError, match="expected counts as integers .* mask 0 has masked_array"):
        check_masks([{"masks": [{"size": [4, 4], "counts": masked([4, 12])}], "labels": [0]}])


# --- numbers that floats do not hold


@pytest.mark.parametrize("labels", [np.array([2**53 + 1, 2]), np.array([-(2**53) - 1, 2]), objects(2**53 + 1, 2)])
@pytest.mark.parametrize("method", ["residual", "scaled_residual", "outre"])
def test_an_integer_label_that_no_float_is_is_refused(labels, method):
    # the residual would be 0
    predictions = np.array([2**53, 2])
    with pytest.raises(
        InputError, match="labels: expected integers that a float can be, row 0 holds -?9007199254740993"
    ):
        regression_scores(labels, predictions, method=method)


def test_a_prediction_that_no_float_is_is_refused_wherever_it_comes_from(tmp_path):
    labels, predictions = np.arange(5000), np.arange(5000, dtype=np.uint64)
    predictions[4321] = 2**64 - 1
    message = "predictions: expected integers that a float can be, row 4321 holds 18446744073709551615"
    with pytest.raises(InputError, match=message):
        regression_scores(labels, predictions, method="residual")
    with pytest.raises(InputError, match=message):
        regression_scores(labels, lambda: iter(np.split(predictions, 10)), method="residual")
    with h5py.File(tmp_path / "predictions.h5", "w") as file:
        file.create_dataset("predictions", data=predictions, chunks=(100,))
        with pytest.raises(InputError, match=message):
            regression_scores(labels, file["predictions"], method="residual")


def test_integers_that_are_floats_are_taken_however_great_they_are():
    nanoseconds = np.array([1_700_000_000, 1_700_000_001]) * 10**9
    found = regression_scores(nanoseconds, nanoseconds + np.array([0, 256]), method="scaled_residual")
    np.testing.assert_allclose(found, [1, np.exp(-2)])  # the median residual is 128
    extremes = np.array([-(2**63), 2**62])
    np.testing.assert_array_equal(regression_scores(extremes, extremes, method="residual"), [1, 1])


@pytest.mark.parametrize("weights", [[1e308, 1e308], np.array([3e38, 3e38], np.float32)])
def test_weights_whose_sum_is_no_float_count_equally(weights):
    found = rank.get_label_quality_ensemble_scores(
        LABELS, [PRED_PROBS, PRED_PROBS[::-1]], weight_ensemble_members_by="custom", custom_weights=weights
    )
    np.testing.assert_allclose(found, [0.375, 0.6875, 0.6875, 0.375])


def test_a_weight_beyond_floats_is_refused():
    with pytest.raises(InputError, match="custom_weights: expected floats, row 0 holds 1000"):
        rank.get_label_quality_ensemble_scores(
            LABELS, [PRED_PROBS] * 2, weight_ensemble_members_by="custom", custom_weights=[10**400, 1]
        )


@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("labels", [[0, 1, 0], [0, 1, 1], [0, 0, 0]])
def test_a_row_of_zeros_is_no_prediction_that_can_be_adjusted(method, dtype, labels):
    # with another class's shift it had the score 1
    pred_probs = np.array([[0.75, 0.25], [0.25, 0.75], [0, 0]], dtype)
    with pytest.raises(InputError, match="expected probabilities that sum to 1, row 2 holds 0 for every class"):
        rank.get_label_quality_scores(labels, pred_probs, method=method, adjust_pred_probs=True)
