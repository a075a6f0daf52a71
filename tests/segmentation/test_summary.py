"""Figures of the pixels that look wrong."""

import numpy as np
import pytest

from labelaudit.errors import InputError
from labelaudit.segmentation import summary


@pytest.fixture
def scene():
    labels = np.zeros((2, 12, 12), np.uint8)
    labels[0, 2:5, 3:7] = 1
    labels[0, 9, 9] = 1
    probs = np.full((2, 3, 12, 12), 0.05)
    probs[:, 0] = 0.9
    return labels, probs


def test_a_figure_shows_image_given_predicted_and_issues(scene):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed: figures need it")
    labels, probs = scene
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


def test_parts_of_a_figure_that_do_not_fit_are_refused(scene):
    labels, probs = scene
    for name, part in (("labels", labels[:, 1:]), ("pred_probs", probs[..., 1:]), ("images", probs[:, 0, :, 1:])):
        with pytest.raises(InputError, match=rf"{name}: expected \(12, 12\) pixels, as in issues, image 0 has \(1"):
            summary.display_issues(labels == 1, **{name: part})


def test_issues_that_are_no_mask_of_the_images_are_refused(scene):
    labels, probs = scene
    for issues, message in (
        (labels, "issues: expected booleans of shape .12, 12., image 0 has uint8"),
        (labels[:, 1:] == 1, r"issues: expected booleans of shape \(12, 12\), image 0 has bool of shape \(11, 12\)"),
        (labels[:1] == 1, "issues: expected 2 images, as in pred_probs, got 1"),
    ):
        with pytest.raises(InputError, match=message):
            summary.common_label_issues(issues, labels, probs)
        with pytest.raises(InputError, match=message):
            summary.filter_by_class(0, issues, labels, probs)
    with pytest.raises(InputError, match="issues: expected booleans, image 0 has uint8"):
        summary.display_issues(labels)
