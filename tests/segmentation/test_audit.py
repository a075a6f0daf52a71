"""Regions of wrong pixels become the issues of the audit."""

import numpy as np
import pytest

import labelaudit
from labelaudit import Decision
from labelaudit.errors import InputError
from labelaudit.headlines import say_estimate
from labelaudit.segmentation import rank
from labelaudit.segmentation.audit import fits
from segmentation.data import annotated_wrong, images, tenths

NAMES = ["ground", "sea", "land"]


def _scene():
    """Two images of ground; a 3 x 4 square of the first is annotated as sea where the model sees land, one pixel too."""
    labels = np.zeros((2, 12, 12), np.uint8)
    labels[0, 2:5, 3:7] = 1
    labels[0, 9, 9] = 1
    seen = np.zeros((2, 12, 12), int)
    seen[0, 2:5, 3:7] = 2
    probs = np.full((2, 3, 12, 12), 0.05)
    for i in range(2):
        np.put_along_axis(probs[i], seen[i][None], 0.9, axis=0)
    return labels, probs


def _audit(labels, probs, **options):
    return labelaudit.audit("segmentation", labels, probs, **options)


def test_regions_are_listed_worst_first_with_box_and_classes():
    audit = _audit(*_scene(), class_names=NAMES, ids=["a.png", "b.png"])
    assert audit.issues.drop("score", "p_wrong", "rle").rows() == [
        ("a.png#3,2,7,5", "a.png", 0, [3, 2, 7, 5], "swapped", "sea", "land", 12),
        ("a.png#9,9,10,10", "a.png", 0, [9, 9, 10, 10], "swapped", "sea", "ground", 1),
    ]
    # the mean of twelve pixels of 0.05 and ten that are right; of one such pixel and ten that are right
    np.testing.assert_allclose(audit.issues["score"], [(12 * 0.05 + 10) / 22, 10.05 / 11])
    np.testing.assert_allclose(audit.issues["p_wrong"], [0.844, 0.910], atol=0.01)
    assert audit.items.drop("score").rows() == [("a.png", 12, 12, 144, 13), ("b.png", 12, 12, 144, 0)]
    assert audit.scores[0] < audit.scores[1]


def test_pixels_are_counted_and_not_regions():
    audit = _audit(*_scene(), class_names=NAMES)
    assert (audit.counts.unit, audit.counts.labels, audit.counts.wrong, audit.counts.missing) == ("pixels", 288, 13, 0)
    assert audit.counts.by_class.rows() == [("sea", 13, 13, 0), ("ground", 275, 0, 0)]
    assert audit.estimate.unit == "pixels"
    assert audit.estimate.low < 13 < audit.estimate.high < 20
    np.testing.assert_allclose(audit.estimate.wrong, 13.19, atol=0.1)
    assert audit.doubts == ()


def test_more_wrong_labels_than_right_ones_are_a_doubt():
    labels, probs = _scene()
    labels[:] = 1
    audit = _audit(labels, probs)
    assert [doubt.code for doubt in audit.doubts] == ["more-than-half"]
    assert audit.counts.wrong == 288
    assert audit.estimate.wrong > 280


def test_a_single_class_has_no_wrong_labels():
    audit = _audit(np.zeros((2, 5, 4), int), np.ones((2, 1, 5, 4)))
    assert (audit.counts.labels, audit.counts.wrong, len(audit.issues)) == (40, 0, 0)


def test_classes_are_counted_by_the_label_of_each_pixel_and_not_by_that_of_its_region():
    labels, probs = _scene()
    labels[0, 2, 3] = 0  # of a region that is sea but for this pixel of ground
    audit = _audit(labels, probs, class_names=NAMES)
    assert audit.issues.filter(area=12)["given"].to_list() == ["sea"]
    assert sorted(audit.counts.by_class.rows()) == [("ground", 276, 1, 0), ("sea", 12, 12, 0)]


@pytest.mark.parametrize(
    ("images", "rows", "columns", "headline"),
    [
        (2, slice(12), slice(12), "2 regions in 1 of 2 images look wrong: 13 of 288 pixels (4.5 %)"),
        (2, slice(9), slice(12), "1 region in 1 of 2 images looks wrong: 12 of 216 pixels (5.6 %)"),
        (1, slice(2, 5), slice(3, 7), "1 region in 1 of 1 image looks wrong: 12 of 12 pixels (100.0 %)"),
        (2, slice(2), slice(12), "no region of 2 images looks wrong (48 pixels)"),
        (1, slice(1), slice(1), "no region of 1 image looks wrong (1 pixel)"),
        (0, slice(12), slice(12), "no region of 0 images looks wrong (0 pixels)"),
    ],
)
def test_the_headline_counts_regions_images_and_pixels(images, rows, columns, headline):
    labels, probs = _scene()
    audit = _audit(labels[:images, rows, columns], probs[:images, :, rows, columns])
    assert audit.headline == headline + say_estimate(audit.estimate)
    assert say_estimate(audit.estimate)


def test_a_headline_has_thousands():
    labels = np.zeros((1, 1000, 1200), np.uint8)
    labels[0, 3:4, :1000] = 1
    probs = np.zeros((1, 2, 1000, 1200), np.float16)
    probs[:, 0] = 1
    headline = "1 region in 1 of 1 image looks wrong: 1,000 of 1,200,000 pixels (0.1 %); "
    assert _audit(labels, probs).headline.startswith(headline)


def test_pixels_that_touch_at_a_corner_are_one_region():
    labels, probs = _scene()
    labels[0, 9, 9], labels[0, 5, 7] = 0, 1
    assert _audit(labels, probs).issues["area"].to_list() == [13]


def test_no_two_regions_of_an_image_have_one_key():
    keys = _audit(*images(6, 3, 80, 80)).issues["issue"]
    assert len(keys) > 100
    assert keys.n_unique() == len(keys)


def test_the_band_leaves_regions():
    labels, probs = _scene()
    audit = _audit(labels, probs, boundary_width=1)
    assert audit.issues.select("bbox", "area").rows() == [([4, 3, 6, 4], 2)]
    assert (audit.counts.labels, audit.counts.wrong) == (288, 2)


def test_ignored_pixels_are_no_labels():
    labels, probs = _scene()
    labels[0, 2:5, 3:5] = 255
    audit = _audit(labels, probs, ignore_index=255)
    assert audit.issues["area"].to_list() == [6, 1]
    assert audit.items["pixels"].to_list() == [138, 144]
    assert (audit.counts.labels, audit.counts.wrong) == (282, 7)
    assert audit.counts.by_class["class"].to_list() == [1, 0]


def test_the_threshold_is_a_probability_of_being_wrong():
    labels, probs = images(4, dtype=np.float32)
    found = {t: _audit(labels, probs, threshold=t) for t in (0, 0.25, 0.5, 0.9, 0.99, 1)}
    # no label is wrong that is the most likely class
    assert found[0].counts.wrong == np.count_nonzero(probs.argmax(axis=1) != labels) == 140
    assert [audit.counts.wrong for audit in found.values()] == [140, 112, 99, 72, 50, 0]
    for threshold, audit in found.items():
        assert (audit.issues["p_wrong"] > threshold).all()
        assert audit.estimate == found[0.5].estimate
        np.testing.assert_array_equal(audit.scores, found[0.5].scores)


def test_the_probabilities_of_being_wrong_sum_to_the_estimate():
    labels, probs = images(4)
    most = _audit(labels, probs, threshold=0)
    rest = most.estimate.wrong - (most.issues["p_wrong"] * most.issues["area"]).sum()
    # what is left is of the pixels whose label is the most likely class
    assert 0 < rest < 0.3 * most.estimate.wrong


def test_the_wrong_pixels_are_found():
    labels, probs, seen = annotated_wrong()
    audit = _audit(labels, probs)
    assert audit.counts.wrong == np.count_nonzero(labels != seen) == 45
    assert audit.issues.select("row", "bbox", "area").rows() == [(0, [3, 2, 9, 8], 36), (2, [11, 9, 14, 12], 9)]


@pytest.mark.parametrize("method", rank.METHODS)
@pytest.mark.parametrize("width", [0, 1])
def test_scores_are_those_of_the_method_and_pixels_are_counted_by_class_and_image(method, width):
    labels, probs = images(5, dtype=np.float32)
    labels[:, 3:5] = 255
    options = {"method": method, "boundary_width": width, "ignore_index": 255}
    audit = _audit(labels, probs, **options)
    np.testing.assert_array_equal(audit.scores, rank.get_label_quality_scores(labels, probs, **options)[0])
    differs = (probs.argmax(axis=1) != labels) & (labels != 255)
    assert (audit.items["flagged"] <= differs.sum(axis=(1, 2))).all()
    assert audit.counts.wrong > 0 or width
    assert audit.issues["area"].sum() == audit.items["flagged"].sum() == audit.counts.wrong
    assert audit.counts.by_class["wrong"].sum() == audit.counts.wrong
    assert audit.counts.by_class["labels"].sum() == audit.counts.labels == (labels != 255).sum()


def test_what_was_decided_to_be_right_is_not_listed_again():
    labels, probs = _scene()
    audit = _audit(labels, probs, class_names=NAMES, ids=["a", "b"])
    kept = Decision("a#3,2,7,5", "keep", given="sea")
    again = _audit(labels, probs, class_names=NAMES, ids=["a", "b"], decisions=[kept])
    assert again.issues.equals(audit.issues[1:])
    assert (again.counts.labels, again.counts.wrong) == (288, 1)
    lapsed = Decision("a#3,2,7,5", "keep", given="land")
    assert len(_audit(labels, probs, class_names=NAMES, ids=["a", "b"], decisions=[lapsed]).issues) == 2


def test_an_audit_is_saved_and_loaded(tmp_path):
    audit = _audit(*_scene(), ignore_index=255, class_names=NAMES, ids=["a", "b"])
    audit.save(tmp_path / "run.parquet")
    loaded = labelaudit.load(tmp_path / "run.parquet")
    assert loaded.issues.equals(audit.issues)
    assert loaded.items.equals(audit.items)
    assert (loaded.counts, loaded.parameters, loaded.headline) == (audit.counts, audit.parameters, audit.headline)
    assert audit.parameters == {"ignore_index": 255, "boundary_width": 0, "threshold": 0.5}
    assert "2 regions in 1 of 2 images look wrong" in repr(audit)
    assert "rle" not in repr(audit)


def test_images_without_issues_have_an_empty_table():
    labels, probs = _scene()
    audit = _audit(labels[1:], probs[1:])
    assert audit.issues.columns == [
        "issue", "id", "row", "bbox", "kind", "given", "suggested", "score", "p_wrong", "area", "rle"
    ]  # fmt: skip
    assert len(audit.issues) == 0
    assert audit.issues.schema == _audit(labels, probs).issues.schema


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_pairs_lists_and_arrays_give_the_same_audit(dtype):
    labels, probs = images(6, dtype=dtype)
    probs[:, :, :, ::3] = tenths(probs[:, :, :, ::3])
    whole = _audit(labels, probs)
    for form in ((list(labels), list(probs)), (None, lambda: zip(labels, probs, strict=True))):
        found = _audit(*form)
        assert found.issues.equals(whole.issues)
        assert found.items.equals(whole.items)
        assert found.counts == whole.counts


def test_images_of_many_sizes_are_audited():
    labels, probs = images(3)
    ragged = [labels[0], labels[1][:9], labels[2][:, :7]], [probs[0], probs[1][:, :9], probs[2][:, :, :7]]
    audit = _audit(*ragged)
    assert audit.items.select("height", "width").rows() == [(24, 20), (9, 20), (24, 7)]
    differs = [np.count_nonzero(p.argmax(axis=0) != y) for y, p in zip(*ragged, strict=True)]
    assert _audit(*ragged, threshold=0).items["flagged"].to_list() == differs


def test_what_is_kept_of_pixels_changes_nothing(monkeypatch):
    labels, probs = images(6, dtype=np.float32)
    probs[:, :, :, ::3] = tenths(probs[:, :, :, ::3])
    whole = _audit(labels, probs)
    for kept in (0, 6 * 5 * 4 * 35):  # nothing; of some images
        monkeypatch.setattr("labelaudit.segmentation._posterior._KEPT_BYTES", kept)
        for form in ((labels, probs), (None, lambda: zip(labels, probs, strict=True))):
            found = _audit(*form)
            assert found.issues.equals(whole.issues)
            assert found.items.equals(whole.items)


def test_a_function_of_pairs_is_walked_twice():
    labels, probs = images(6)
    walks = []

    def pairs():
        walks.append(None)
        return zip(labels, probs, strict=True)

    _audit(None, pairs)
    assert len(walks) == 4  # two of them to look at the first pair


def test_a_sample_of_the_pixels_tells_nearly_the_same(monkeypatch):
    labels, probs = images(8, dtype=np.float32)
    whole = _audit(labels, probs)
    monkeypatch.setattr("labelaudit.segmentation._noise._LEAST", 200)
    found = _audit(labels, probs)
    assert found.issues.height > 0.8 * whole.issues.height
    assert 0.5 < found.estimate.wrong / whole.estimate.wrong < 2
    again = _audit(None, lambda: zip(labels, probs, strict=True))
    assert again.estimate == found.estimate
    assert again.issues.equals(found.issues)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threshold": 1.5}, "threshold: expected a probability of being wrong, 0 to 1"),
        ({"method": "mean"}, "method: expected one of softmin, num_pixel_issues"),
        ({"boundary_width": -1}, "boundary_width: expected an integer of at least 0"),
        ({"ids": ["a"]}, "ids: expected 2, one an item, got 1"),
        ({"class_names": ["a", "b"]}, "class_names: expected 3"),
        ({"downsample": 2}, "downsample: is no option of segmentation"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        _audit(*_scene(), **options)


def test_pixels_that_are_no_distribution_are_refused():
    labels, probs = _scene()
    probs[1, 0, 2, 3] = np.nan
    with pytest.raises(InputError, match=r"image 1, pixel \(2, 3\) holds nan"):
        _audit(labels, probs)


def test_segmentation_is_told_by_its_shapes():
    labels, probs = _scene()
    assert fits(labels, probs)
    assert fits(list(labels), list(probs))
    assert not fits(labels[:, 0, 0], probs[:, :, 0, 0])
    assert not fits([[0, 1]], [np.zeros((2, 3))])
