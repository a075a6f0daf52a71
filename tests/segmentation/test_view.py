"""What a person sees of an image is its regions."""

import numpy as np

import labelaudit


def test_the_view_of_an_image_has_its_size_and_its_regions_worst_first():
    labels = np.zeros((2, 4, 6), np.uint8)
    labels[0, 1:3, 1:3] = 1
    labels[0, 3, 5] = 1
    probs = np.stack([np.full(labels.shape, 0.9), np.full(labels.shape, 0.1)], axis=1)
    audit = labelaudit.audit("segmentation", labels, probs, class_names=["sea", "land"], ids=["a.png", "b.png"])
    view = audit.view(0, np.zeros((4, 6, 3), np.uint8))
    assert (view.id, view.size, view.content.kind) == ("a.png", (6, 4), "picture")
    assert [(shape.kind, shape.role, shape.class_, shape.bbox, shape.issues) for shape in view.shapes] == [
        ("region", "given", "land", (1, 1, 3, 3), ("a.png#1,1,3,3",)),
        ("region", "given", "land", (5, 3, 6, 4), ("a.png#5,3,6,4",)),
    ]
    assert [shape.counts for shape in view.shapes] == audit.issues["rle"].to_list()
    assert [(issue.issue, issue.given, issue.suggested) for issue in view.issues] == [
        ("a.png#1,1,3,3", "land", "sea"),
        ("a.png#5,3,6,4", "land", "sea"),
    ]
    assert view.issues[0].p_wrong == audit.issues["p_wrong"][0]
    assert audit.view(1).shapes == audit.view(1).issues == ()
    assert audit.view(1).content is None
