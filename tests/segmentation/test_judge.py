"""Regions of wrong pixels become the items of the audit."""

import numpy as np
import pytest

import labelaudit
from labelaudit.errors import InputError
from labelaudit.segmentation import judge, summary


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


def test_regions_are_listed_worst_first_with_box_and_classes():
    audit = judge.judge(*_scene(), class_names=["ground", "sea", "land"], ids=["a.png", "b.png"])
    rows = audit.issues.drop("score", "rle").rows()
    assert rows == [
        ("a.png", 0, "swapped", "sea", "land", [3, 2, 7, 5], 12),
        ("a.png", 0, "swapped", "sea", "ground", [9, 9, 10, 10], 1),
    ]
    # the mean of twelve pixels of 0.05 and one that is right; of one such pixel and one that is right
    np.testing.assert_allclose(audit.issues["score"], [(12 * 0.05 + 1) / 13, 1.05 / 2])
    assert audit.parts["flagged"].to_list() == [13, 0]
    assert audit.scores[0] < audit.scores[1]


def test_pixels_that_touch_at_a_corner_are_one_region():
    labels, probs = _scene()
    labels[0, 9, 9], labels[0, 5, 7] = 0, 1
    assert judge.judge(labels, probs).issues["area"].to_list() == [13]


def test_the_band_leaves_regions():
    labels, probs = _scene()
    issues = judge.judge(labels, probs, boundary_width=1).issues
    assert issues.select("bbox", "area").rows() == [([4, 3, 6, 4], 2)]


def test_an_audit_is_saved_and_loaded(tmp_path):
    audit = judge.judge(*_scene(), ignore_index=255)
    audit.save(tmp_path / "run.parquet")
    assert labelaudit.load(tmp_path / "run.parquet").issues.equals(audit.issues)
    assert "2 wrong-looking regions in 2 images, 4.5% of the pixels" in repr(audit)
    assert "rle" not in repr(audit)
    assert (audit.summary()["labels"], audit.summary()["share"]) == (288, 13 / 288)


def test_images_without_issues_have_an_empty_table():
    labels, probs = _scene()
    audit = judge.judge(labels[1:], probs[1:])
    assert audit.issues.columns == ["id", "row", "kind", "given", "suggested", "bbox", "area", "rle", "score"]
    assert len(audit.issues) == 0


def test_segmentation_is_told_by_its_shapes():
    labels, probs = _scene()
    assert judge.fits(labels, probs)
    assert judge.fits(list(labels), list(probs))
    assert not judge.fits(labels[:, 0, 0], probs[:, :, 0, 0])
    assert not judge.fits([[0, 1]], [np.zeros((2, 3))])


def test_a_figure_shows_image_given_predicted_and_issues():
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: figures need it")
    labels, probs = _scene()
    labels[1, 0] = 255
    mask = labels == 1
    figure = summary.display_issues(
        mask, labels=labels, pred_probs=probs, images=probs[:, 0], class_names=["ground", "sea", "land"], top=1
    )
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == ["image 0", "given", "predicted", "13 issues"]
    assert len(summary.display_issues(mask).axes) == 1
    hidden = summary.display_issues(mask, labels=labels, exclude=[1], top=1)
    assert hidden.axes == []
    fewer = summary.display_issues(labels < 255, labels=labels, exclude=[1])
    assert [axes.get_title() for axes in fewer.axes] == ["image 1: given", "132 issues", "image 0: given", "131 issues"]


def test_parts_of_a_figure_that_do_not_fit_are_refused():
    labels, probs = _scene()
    for name, part in (("labels", labels[:, 1:]), ("pred_probs", probs[..., 1:]), ("images", probs[:, 0, :, 1:])):
        with pytest.raises(InputError, match=rf"{name}: expected \(12, 12\) pixels, as in issues, image 0 has \(1"):
            summary.display_issues(labels == 1, **{name: part})
