"""What a data set of boxes holds, and how a detector does on each class."""

import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from labelaudit.errors import InputError
from labelaudit.object_detection import summary
from object_detection.cases import random_scene

NAMES = ["cat", "dog", "bird"]
LABELS = [
    {"bboxes": [[0, 0, 10, 10], [5, 5, 25, 15]], "labels": [0, 2]},
    {"bboxes": np.zeros((0, 4)), "labels": []},
    {"bboxes": [[0, 0, 4, 5]], "labels": [2]},
]
NONE = np.zeros((0, 5))
PREDICTIONS = [
    [np.array([[0, 0, 10, 10, 0.9], [1, 1, 3, 4, 0.2]]), NONE, np.array([[5, 5, 25, 14, 0.8]])],
    [NONE, np.array([[0, 0, 5, 5, 0.6]]), NONE],
    [NONE, NONE, NONE],
]


def test_counts_of_each_image():
    assert summary.object_counts_per_image(LABELS, PREDICTIONS) == ([2, 0, 1], [3, 1, 0])


def test_counts_from_auxiliary_inputs():
    one = {
        "lab_bboxes": [[0, 0, 1, 1]], "lab_labels": [0],
        "pred_bboxes": [[0, 0, 1, 1]] * 2, "pred_labels": [0, 1], "pred_label_probs": [0.5, 0.5],
    }  # fmt: skip
    assert summary.object_counts_per_image(auxiliary_inputs=[one, one]) == ([1, 1], [2, 2])


def test_images_with_most_boxes_come_first_and_equal_ones_in_their_order():
    given, found = summary.get_sorted_bbox_count_idxs(LABELS * 2, PREDICTIONS * 2)
    assert given == [(0, 2), (3, 2), (2, 1), (5, 1), (1, 0), (4, 0)]
    assert found == [(0, 3), (3, 3), (1, 1), (4, 1), (2, 0), (5, 0)]


def test_areas_of_each_class():
    given, found = summary.bounding_box_size_distribution(LABELS, PREDICTIONS)
    assert given == {0: [100.0], 2: [200.0, 20.0]}
    assert found == {0: [100.0, 6.0], 1: [25.0], 2: [180.0]}


def test_areas_are_sorted_by_how_many_boxes_a_class_has():
    given, _ = summary.bounding_box_size_distribution(LABELS, PREDICTIONS, sort=True)
    assert list(given) == [2, 0]


@pytest.mark.parametrize("names", [{0: "cat", 2: "bird"}, {"0": "cat", "2": "bird"}])
def test_areas_of_the_named_classes_only(names):
    given, found = summary.bounding_box_size_distribution(LABELS, PREDICTIONS, class_names=names)
    assert given == {"cat": [100.0], "bird": [200.0, 20.0]}
    assert found == {"cat": [100.0, 6.0], "bird": [180.0]}


def test_shares_of_classes():
    given, found = summary.class_label_distribution(LABELS, PREDICTIONS, class_names={"0": "cat", 1: "dog"})
    assert given == {"cat": 0.33, 2: 0.67}
    assert found == {"cat": 0.5, "dog": 0.25, 2: 0.25}


def test_a_rare_class_keeps_its_share_without_rounding():
    labels = [{"bboxes": [[0, 0, 1, 1]] * 1000, "labels": [1] + [0] * 999}]
    assert summary.class_label_distribution(labels, [[NONE, NONE]])[0] == {0: 1.0, 1: 0.0}
    assert summary.class_label_distribution(labels, [[NONE, NONE]], decimals=None)[0] == {0: 0.999, 1: 0.001}


def test_counts_of_what_was_found_made_up_and_missed():
    # class 0: found at all thresholds, and one made up; 1: made up; 2: IoU 0.9, so at 9 thresholds, and one missed
    assert summary.get_average_per_class_confusion_matrix(LABELS, PREDICTIONS, class_names=NAMES) == {
        "cat": {"TP": 1.0, "FP": 1.0, "FN": 0.0},
        "dog": {"TP": 0.0, "FP": 1.0, "FN": 0.0},
        "bird": {"TP": 0.9, "FP": 0.1, "FN": 1.1},
    }


def test_precision_and_recall_are_those_of_the_counts():
    metrics = summary.calculate_per_class_metrics(LABELS, PREDICTIONS, class_names={2: "bird"})
    assert list(metrics) == [0, 1, "bird"]
    assert list(metrics[0].values()) == pytest.approx([0.5, 1.0, 2 / 3])
    assert list(metrics[1].values()) == [0.0, 0.0, 0.0]
    assert list(metrics["bird"].values()) == pytest.approx([0.9, 0.45, 0.6])


def test_all_forms_of_predictions_give_the_same():
    labels, predictions = random_scene(4)
    as_dictionaries = [
        {
            "boxes": np.concatenate(image)[:, :4], "scores": np.concatenate(image)[:, 4],
            "labels": np.repeat(np.arange(4), [len(part) for part in image]),
        }
        for image in predictions
    ]  # fmt: skip
    for function in (
        summary.object_counts_per_image,
        summary.bounding_box_size_distribution,
        summary.class_label_distribution,
        summary.calculate_per_class_metrics,
    ):
        assert function(labels, predictions) == function(labels, as_dictionaries)


def test_an_empty_data_set():
    assert summary.object_counts_per_image([], []) == ([], [])
    assert summary.bounding_box_size_distribution([], []) == ({}, {})
    assert summary.class_label_distribution([], []) == ({}, {})
    assert summary.calculate_per_class_metrics([], []) == {}
    for plot in (summary.plot_class_size_distributions, summary.plot_class_distribution):
        plot([], []).draw_without_rendering()


def test_two_classes_of_one_name_are_refused():
    with pytest.raises(InputError, match="class_names: classes 0 and 2 are both 'cat'"):
        summary.class_label_distribution(LABELS, PREDICTIONS, class_names=["cat", "dog", "cat"])


@pytest.mark.parametrize(("names", "message"), [("cat", "expected K names"), ({"cat": 0}, "turn a mapping of names")])
def test_names_that_are_none(names, message):
    with pytest.raises(InputError, match=f"class_names: .*{message}"):
        summary.calculate_per_class_metrics(LABELS, PREDICTIONS, class_names=names)


def test_sizes_are_drawn_for_the_classes_with_most_boxes():
    figure = summary.plot_class_size_distributions(LABELS, PREDICTIONS, NAMES, class_to_show=2, block=False)
    assert isinstance(figure, Figure)
    assert [axes.get_title() for axes in figure.axes] == ["bird", "cat"]
    legend = figure.axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["annotated (2)", "predicted (1)"]
    figure.draw_without_rendering()


def test_boxes_without_area_are_no_trouble_to_draw():
    labels = [{"bboxes": [[3, 3, 3, 3]], "labels": [0]}]
    summary.plot_class_size_distributions(labels, [[NONE]]).draw_without_rendering()


def test_shares_are_drawn_in_percent():
    axes = summary.plot_class_distribution(LABELS, PREDICTIONS, NAMES).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bird", "cat", "dog"]
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([200 / 3, 100 / 3, 0, 25, 50, 25])


def test_more_classes_than_bars_that_can_be_read():
    labels = [{"bboxes": [[0, 0, 1, 1]] * 200, "labels": range(200)}]
    axes = summary.plot_class_distribution(labels, [[NONE] * 200]).axes[0]
    assert len(axes.get_yticklabels()) == 60
    assert axes.get_title(loc="left") == "60 classes with most boxes; 140 more"


def test_options_of_no_function_are_refused():
    for function, arguments in [
        (summary.visualize, (None,)),
        (summary.plot_class_distribution, (LABELS, PREDICTIONS)),
        (summary.plot_class_size_distributions, (LABELS, PREDICTIONS)),
    ]:
        with pytest.raises(InputError, match="colour: is no parameter"):
            function(*arguments, colour="red")
    with pytest.raises(InputError, match="class_to_show: expected at least 1, got 0"):
        summary.plot_class_size_distributions(LABELS, PREDICTIONS, class_to_show=0)


@pytest.mark.parametrize("name", ["visualize", "plot_class_distribution", "plot_class_size_distributions"])
def test_without_matplotlib(name, monkeypatch):
    for module in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, module, None)
    arguments = (None,) if name == "visualize" else (LABELS, PREDICTIONS)
    with pytest.raises(InputError, match="pip install matplotlib"):
        getattr(summary, name)(*arguments)
