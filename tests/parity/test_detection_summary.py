"""cleanlab 2.9.0 as the oracle for summaries of object detection."""

import inspect
import warnings
from multiprocessing.pool import ThreadPool

import matplotlib.pyplot as plt
import numpy as np
import pytest
from cleanlab.object_detection import summary as oracle

from labelaudit.errors import InputError
from labelaudit.object_detection import summary
from object_detection.cases import SCENES, image

BOX, FAR = [0, 0, 10, 10], [50, 50, 60, 60]


@pytest.fixture(params=SCENES)
def scene(request):
    return SCENES[request.param]()


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda **_: None)
    monkeypatch.setattr(oracle, "Pool", ThreadPool)  # cleanlab forks for each class, which takes seconds
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    plt.close("all")


def _one_image(*args, **options):
    label, prediction = image(*args, **options)
    return [label], [prediction]


@pytest.mark.parametrize("name", summary.__all__)
def test_signatures(name):
    ours = inspect.signature(getattr(summary, name)).parameters
    theirs = inspect.signature(getattr(oracle, name)).parameters
    added = {"class_label_distribution": {"decimals"}, "visualize": {"ax", "issues"}}.get(name, set())
    assert set(ours) - set(theirs) == added
    assert all(ours[key].kind is inspect.Parameter.KEYWORD_ONLY for key in added)
    plain = [(p.name, p.kind, p.default) for p in ours.values() if p.name not in added]
    assert plain == [(p.name, p.kind, p.default) for p in theirs.values()]


def test_counts(scene):
    assert summary.object_counts_per_image(*scene) == oracle.object_counts_per_image(*scene)
    assert summary.get_sorted_bbox_count_idxs(*scene) == oracle.get_sorted_bbox_count_idxs(*scene)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("sort", [False, True])
def test_sizes(scene, named, sort):
    options = {"sort": sort, "class_names": {"0": "cat", "2": "dog"} if named else None}
    ours = summary.bounding_box_size_distribution(*scene, **options)
    theirs = oracle.bounding_box_size_distribution(*scene, **options)
    assert ours == theirs
    if sort:
        assert [list(map(len, of.values())) for of in ours] == [list(map(len, of.values())) for of in theirs]


@pytest.mark.parametrize("named", [False, True])
def test_shares(scene, named):
    names = {str(k): f"class {k}" for k in range(80)} if named else None
    assert summary.class_label_distribution(*scene, class_names=names) == oracle.class_label_distribution(
        *scene, class_names=names
    )


@pytest.mark.parametrize("named", [False, True])
def test_metrics(scene, named):
    names = {str(k): f"class {k}" for k in range(len(scene[1][0]))} if named else None
    ours = summary.calculate_per_class_metrics(*scene, class_names=names)
    theirs = oracle.calculate_per_class_metrics(*scene, class_names=names)
    assert list(ours) == list(theirs)
    for key, metrics in ours.items():
        assert list(metrics) == list(theirs[key])
        expected = np.nan_to_num(list(theirs[key].values()))
        np.testing.assert_allclose(list(metrics.values()), expected, rtol=1e-5, atol=1e-6)


def test_metrics_of_classes_without_boxes():
    labels, predictions = _one_image([BOX], [0], [BOX], [0], [0.9], k=2)
    assert np.isnan(list(oracle.calculate_per_class_metrics(labels, predictions)[1].values())).all()
    assert list(summary.calculate_per_class_metrics(labels, predictions)[1].values()) == [0.0, 0.0, 0.0]


def test_average_confusion_is_a_mean_over_thresholds(scene):
    ours = summary.get_average_per_class_confusion_matrix(*scene)
    theirs = oracle.get_average_per_class_confusion_matrix(*scene)
    assert list(ours) == list(theirs)
    for key, counts in ours.items():
        times_k = {name: count * len(ours) for name, count in theirs[key].items()}
        assert counts == pytest.approx(times_k, rel=1e-5, abs=1e-5)


def test_one_box_that_is_found_counts_as_one():
    labels, predictions = _one_image([BOX], [0], [BOX], [0], [0.9], k=4)
    assert oracle.get_average_per_class_confusion_matrix(labels, predictions)[0]["TP"] == 0.25
    assert summary.get_average_per_class_confusion_matrix(labels, predictions)[0]["TP"] == 1.0


@pytest.mark.parametrize(
    ("name", "problems"),
    [
        ("class_label_distribution", (TypeError, KeyError)),
        ("calculate_per_class_metrics", (AttributeError, IndexError)),
        ("get_average_per_class_confusion_matrix", (AttributeError, IndexError)),
    ],
)
def test_class_names_as_a_list_and_classes_without_one(name, problems):
    data = _one_image([BOX, FAR], [0, 1], [BOX, FAR], [0, 1], [0.9, 0.9], k=2)
    for names, problem in zip((["cat", "dog"], {"0": "cat"}), problems, strict=True):
        with pytest.raises(problem):
            getattr(oracle, name)(*data, class_names=names)

    def keys(names):
        found = getattr(summary, name)(*data, class_names=names)
        return list(found[0] if isinstance(found, tuple) else found)

    assert keys(["cat", "dog"]) == keys({0: "cat", 1: "dog"}) == keys({"0": "cat", "1": "dog"}) == ["cat", "dog"]
    assert keys({"0": "cat"}) == ["cat", 1]


def test_sizes_with_class_names_as_a_list():
    data = _one_image([BOX], [0], [BOX], [0], [0.9], k=2)
    for names in (["cat", "dog"], {0: "cat", 1: "dog"}):
        assert oracle.bounding_box_size_distribution(*data, class_names=names) == ({}, {})
        assert summary.bounding_box_size_distribution(*data, class_names=names) == ({"cat": [100.0]}, {"cat": [100.0]})


def test_two_classes_of_one_name():
    data = _one_image([BOX, FAR], [0, 1], [BOX, FAR], [0, 1], [0.9, 0.9], k=2)
    names = {"0": "cat", "1": "cat"}
    assert list(oracle.calculate_per_class_metrics(*data, class_names=names)) == ["cat"]
    with pytest.raises(InputError, match="class_names"):
        summary.calculate_per_class_metrics(*data, class_names=names)


def test_metrics_of_an_empty_data_set():
    with pytest.raises(IndexError):
        oracle.calculate_per_class_metrics([], [])
    assert summary.calculate_per_class_metrics([], []) == {}


def test_figures_come_back_and_are_not_shown():
    labels, predictions = _one_image([BOX, FAR], [0, 1], [BOX, FAR], [0, 1], [0.9, 0.9], k=2)
    calls = [
        ("plot_class_size_distributions", (labels, predictions), {}),
        ("plot_class_distribution", (labels, predictions), {}),
        ("visualize", (np.zeros((60, 60, 3), np.uint8),), {"label": labels[0], "prediction": predictions[0]}),
    ]
    for name, arguments, options in calls:
        before = len(plt.get_fignums())
        figure = getattr(summary, name)(*arguments, **options)
        assert type(figure) is plt.Figure
        assert len(plt.get_fignums()) == before
        assert getattr(oracle, name)(*arguments, **options) is None
        assert len(plt.get_fignums()) > before


def test_a_prediction_at_the_threshold_is_drawn():
    # both say that predictions below the threshold are left out
    _, prediction = image([], [], [BOX, FAR], [0, 0], [0.5, 0.9])
    picture = np.zeros((60, 60, 3), np.uint8)
    oracle.visualize(picture, prediction=prediction, prediction_threshold=0.5)
    assert len(plt.gca().patches) == 1
    figure = summary.visualize(picture, prediction=prediction, prediction_threshold=0.5)
    assert len(figure.axes[0].patches) == 2


def test_annotated_boxes_are_left_and_predicted_ones_right():
    # as cleanlab draws them; its documentation has it the other way round
    label, prediction = image([BOX], [0], [BOX, FAR], [0, 0], [0.5, 0.9])
    picture = np.zeros((60, 60, 3), np.uint8)
    oracle.visualize(picture, label=label, prediction=prediction, overlay=False)
    theirs = [len(axes.patches) for axes in plt.gcf().axes]
    figure = summary.visualize(picture, label=label, prediction=prediction, overlay=False)
    assert [len(axes.patches) for axes in figure.axes] == theirs == [1, 2]
