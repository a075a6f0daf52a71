"""The examples of the document that the project began from, word for word but for the name in the import."""

import numpy as np


def test_basic_usage(capsys):
    # fmt: off
    from labelaudit.rank import get_label_quality_scores

    labels = np.array([0, 0, 1, 1, 2, 2])
    pred_probs = np.array([
        [0.9, 0.05, 0.05],
        [0.2, 0.7, 0.1],   # labeled 0 but model thinks 1
        [0.1, 0.8, 0.1],
        [0.05, 0.1, 0.85],  # labeled 1 but model thinks 2
        [0.1, 0.1, 0.8],
        [0.05, 0.05, 0.9],
    ])

    scores = get_label_quality_scores(labels, pred_probs)
    print("Quality scores:", scores)
    # Example output: [0.9, 0.2, 0.8, 0.1, 0.8, 0.9]
    # fmt: on
    assert capsys.readouterr().out == "Quality scores: [0.9 0.2 0.8 0.1 0.8 0.9]\n"

    # fmt: off
    scores_sc = get_label_quality_scores(labels, pred_probs, method="self_confidence")

    # Normalized margin: P(given_label) - P(next best class)
    scores_nm = get_label_quality_scores(labels, pred_probs, method="normalized_margin")

    # Confidence-weighted entropy
    scores_cwe = get_label_quality_scores(
        labels, pred_probs, method="confidence_weighted_entropy"
    )

    # All methods rank examples similarly, but with different score distributions
    for i in range(len(labels)):
        print(f"Example {i}: SC={scores_sc[i]:.3f}, NM={scores_nm[i]:.3f}, CWE={scores_cwe[i]:.3f}")
    # fmt: on
    assert capsys.readouterr().out.splitlines() == [  # as cleanlab 2.9.0 prints them
        "Example 0: SC=0.900, NM=0.925, CWE=0.842",
        "Example 1: SC=0.200, NM=0.250, CWE=0.421",
        "Example 2: SC=0.800, NM=0.850, CWE=0.752",
        "Example 3: SC=0.100, NM=0.125, CWE=0.370",
        "Example 4: SC=0.800, NM=0.850, CWE=0.752",
        "Example 5: SC=0.900, NM=0.925, CWE=0.842",
    ]

    # fmt: off
    # Get the 3 worst-scoring examples
    worst_indices = np.argsort(scores)[:3]
    print("Worst labels at indices:", worst_indices)
    print("Their scores:", scores[worst_indices])
    # fmt: on
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("Worst labels at indices: [3 1 ")
    assert out[1] == "Their scores: [0.1 0.2 0.8]"


def test_regression(capsys):
    # fmt: off
    import numpy as np

    from labelaudit.regression.rank import get_label_quality_scores

    labels = np.array([1, 2, 3, 4])
    predictions = np.array([2, 2, 5, 4.1])

    # Using the default OUTRE method
    label_quality_scores = get_label_quality_scores(labels, predictions)
    print(label_quality_scores)
    # fmt: on
    # the document prints other figures, which no version of cleanlab gives; these are the definition's
    assert capsys.readouterr().out == "[0.2162406  0.62585509 0.20275104 0.62585509]\n"

    # fmt: off
    scores = get_label_quality_scores(labels, predictions, method="residual")
    print(scores)
    # Scores based on exp(-|residual|), higher for smaller residuals
    # fmt: on
    assert capsys.readouterr().out == "[0.36787944 1.         0.13533528 0.90483742]\n"


def test_multilabel_basic_usage(capsys):
    # fmt: off
    import numpy as np
    from labelaudit.internal.multilabel_scorer import MultilabelScorer, ClassLabelScorer

    labels = np.array([[0, 1, 0], [1, 0, 1], [1, 1, 0]])
    pred_probs = np.array([[0.1, 0.9, 0.1], [0.4, 0.1, 0.9], [0.8, 0.7, 0.2]])

    scorer = MultilabelScorer()
    scores = scorer(labels, pred_probs)
    print(f"Label quality scores: {scores}")
    # fmt: on
    assert capsys.readouterr().out == "Label quality scores: [0.9  0.5  0.72]\n"  # as cleanlab 2.9.0 prints
    assert ClassLabelScorer.SELF_CONFIDENCE


def test_multilabel_custom_scorer(capsys):
    # fmt: off
    import numpy as np
    from labelaudit.internal.multilabel_scorer import (
        MultilabelScorer,
        ClassLabelScorer,
        Aggregator,
    )

    labels = np.array([[0, 1, 0], [1, 0, 1]])
    pred_probs = np.array([[0.1, 0.9, 0.1], [0.4, 0.1, 0.9]])

    # Use normalized margin scoring with np.min aggregation
    scorer = MultilabelScorer(
        base_scorer=ClassLabelScorer.NORMALIZED_MARGIN,
        aggregator=np.min,
    )
    scores = scorer(labels, pred_probs)
    print(f"Scores with min aggregation: {scores}")
    # fmt: on
    assert capsys.readouterr().out == "Scores with min aggregation: [0.9 0.4]\n"
    assert Aggregator


def test_multilabel_function(capsys):
    # fmt: off
    import numpy as np
    import labelaudit.internal.multilabel_scorer as ml_scorer

    labels = np.array([[0, 1, 0], [1, 0, 1]])
    pred_probs = np.array([[0.1, 0.9, 0.1], [0.4, 0.1, 0.9]])

    scores = ml_scorer.get_label_quality_scores(labels, pred_probs)
    print(f"Scores: {scores}")
    # fmt: on
    assert capsys.readouterr().out == "Scores: [0.9 0.5]\n"


def test_multilabel_names():
    from labelaudit.internal.multilabel_scorer import (
        Aggregator,
        ClassLabelScorer,
        MultilabelScorer,
        exponential_moving_average,
        get_cross_validated_multilabel_pred_probs,
        get_label_quality_scores,
        multilabel_py,
        softmin,
    )

    assert all((Aggregator, ClassLabelScorer, MultilabelScorer, exponential_moving_average, softmin, multilabel_py,
                get_cross_validated_multilabel_pred_probs, get_label_quality_scores))  # fmt: skip


def test_object_detection():
    # fmt: off
    import numpy as np
    from labelaudit.object_detection.rank import get_label_quality_scores

    # Ground truth labels for 2 images
    labels = [
        {
            "bboxes": np.array([[10, 20, 50, 60], [100, 110, 200, 210]]),
            "labels": np.array([0, 1]),
        },
        {
            "bboxes": np.array([[30, 40, 70, 80]]),
            "labels": np.array([2]),
        },
    ]

    # Model predictions for 2 images (K=3 classes, so each row has 3+5=8 columns)
    predictions = [
        np.array([
            [10, 20, 50, 60, 0.9, 0.85, 0.10, 0.05],
            [100, 110, 200, 210, 0.8, 0.05, 0.90, 0.05],
        ]),
        np.array([
            [30, 40, 70, 80, 0.95, 0.05, 0.10, 0.85],
        ]),
    ]

    # Compute per-image quality scores
    scores = get_label_quality_scores(labels, predictions)
    # scores is a np.ndarray of shape (2,) with values between 0 and 1

    # Use custom aggregation weights emphasizing overlooked errors
    scores_custom = get_label_quality_scores(
        labels,
        predictions,
        aggregation_weights={"overlooked": 0.5, "swap": 0.25, "badloc": 0.25},
    )
    # fmt: on
    # each box was seen where it is, as the class that it is: nothing is wrong (cleanlab itself raises an IndexError)
    np.testing.assert_allclose(scores, [1.0, 1.0])
    np.testing.assert_allclose(scores_custom, [1.0, 1.0])


def test_segmentation(capsys):
    # fmt: off
    import numpy as np
    from labelaudit.segmentation.rank import get_label_quality_scores

    # N=5 images, K=3 classes, H=32, W=32
    labels = np.random.randint(0, 3, size=(5, 32, 32))
    pred_probs = np.random.dirichlet([1, 1, 1], size=(5, 32, 32))
    pred_probs = np.transpose(pred_probs, (0, 3, 1, 2))

    image_scores, pixel_scores = get_label_quality_scores(
        labels, pred_probs, verbose=False
    )
    print(f"Image scores shape: {image_scores.shape}")   # (5,)
    print(f"Pixel scores shape: {pixel_scores.shape}")    # (5, 32, 32)
    # fmt: on
    assert capsys.readouterr().out == "Image scores shape: (5,)\nPixel scores shape: (5, 32, 32)\n"

    # fmt: off
    from labelaudit.segmentation.rank import get_label_quality_scores, issues_from_scores

    image_scores, pixel_scores = get_label_quality_scores(
        labels, pred_probs, verbose=False
    )

    # Get boolean mask of pixel-level issues with threshold 0.1
    issue_mask = issues_from_scores(image_scores, pixel_scores, threshold=0.1)
    print(f"Total pixel issues: {issue_mask.sum()}")

    # Get indices of problematic images (without pixel scores)
    problem_images = issues_from_scores(image_scores, threshold=0.2)
    print(f"Problem image indices: {problem_images}")
    # fmt: on
    assert issue_mask.sum() == (pixel_scores < 0.1).sum() > 0
    assert sorted(problem_images) == np.flatnonzero(image_scores < 0.2).tolist()
    np.testing.assert_allclose(pixel_scores, np.take_along_axis(pred_probs, labels[:, None], axis=1)[:, 0])
