"""What newcomers pass by mistake gets a sentence that says what it looks like, and the way out."""

import json
from dataclasses import replace
from functools import wraps

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import labelaudit
from labelaudit import InputError
from labelaudit.cli.app import app
from labelaudit.results import Doubt
from labelaudit.tasks import TASKS
from laws.data import classification_data

LABELS, PROBS = classification_data(60, 3)
ONE_HOT = np.eye(3, dtype=int)[LABELS]
RANK = labelaudit.rank.get_label_quality_scores

PIXELS = np.array([[[0, 1, 2, 1], [2, 0, 1, 0], [0, 0, 1, 2]]] * 2)  # (2, 3, 4)
PIXEL_PROBS = np.moveaxis(np.eye(3)[PIXELS] * 0.7 + 0.1, -1, 1)  # (2, 3, 3, 4)


def classify(labels, predictions):
    return labelaudit.audit("classification", labels, predictions)


def segment(labels, predictions, **options):
    return labelaudit.audit("segmentation", labels, predictions, **options)


@pytest.mark.parametrize("call", [RANK, classify, labelaudit.filter.find_label_issues])
@pytest.mark.parametrize(
    ("labels", "way_out"),
    [
        (ONE_HOT, r"got \(60, 3\); as they are one-hot, pass np.argmax\(labels, axis=1\)"),
        (ONE_HOT.astype(bool), r"got \(60, 3\); as they are one-hot, pass np.argmax"),
        (ONE_HOT.tolist(), r"got \(60, 3\); as they are one-hot, pass np.argmax"),
        (1 - ONE_HOT, r"got \(60, 3\); for any number of classes a row audit with the task multilabel_classification"),
        (PROBS, r"got \(60, 3\); labels in shares of the classes become one a row by np.argmax"),
        (LABELS[:, None], r"got \(60, 1\); pass np.ravel\(labels\)"),
        (
            np.stack([LABELS, LABELS, (LABELS + 1) % 3, LABELS], axis=1),
            r"got \(60, 4\); where each column is an annotator, pass one label a row, such as their majority",
        ),
    ],
)
def test_labels_that_are_not_one_a_row(call, labels, way_out):
    with pytest.raises(InputError, match=r"labels: expected shape \(N,\), one class index a row, " + way_out):
        call(labels, PROBS)


def test_the_ways_out_of_label_shapes_lead_out():
    np.testing.assert_array_equal(RANK(np.argmax(ONE_HOT, axis=1), PROBS), RANK(LABELS, PROBS))
    np.testing.assert_array_equal(RANK(np.ravel(LABELS[:, None]), PROBS), RANK(LABELS, PROBS))


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (
            ONE_HOT,
            r"task: labels are one-hot and the predictions of each row sum to 1; pass np.argmax\(labels, axis=1\)",
        ),
        (LABELS[:, None], r"labels: expected shape \(N,\), .*pass np.ravel\(labels\)"),
        (np.stack([LABELS] * 4, axis=1), r"labels: expected shape \(N,\), .*is an annotator"),
    ],
)
def test_labels_that_are_not_one_a_row_where_no_task_is_named(labels, message):
    with pytest.raises(InputError, match=message):
        labelaudit.audit(labels, PROBS)


@pytest.mark.parametrize("shape", [(60,), (60, 1)])
def test_probabilities_of_one_class_of_two(shape):
    with pytest.raises(InputError, match=r"for two classes pass np.column_stack\(\[1 - p, p\]\)"):
        RANK(np.minimum(LABELS, 1), PROBS[:, 1].reshape(shape))


@pytest.mark.parametrize("call", [RANK, classify, labelaudit.audit, labelaudit.filter.find_label_issues])
def test_swapped_arguments(call):
    message = "labels: look like (pred_probs|predictions), and (pred_probs|predictions) like labels.*pass labels first"
    for labels in (LABELS, LABELS.tolist()):
        with pytest.raises(InputError, match=message):
            call(PROBS, labels)


@pytest.mark.parametrize("of", [np.array, list])
def test_segmentation_of_a_sigmoid(of):
    p = PIXEL_PROBS[:, 1:2]
    way_out = r"for two classes, such as of a sigmoid, pass np.concatenate\(\[1 - p, p\], axis=-3\)"
    for labels in (np.minimum(PIXELS, 1), np.zeros_like(PIXELS)):
        with pytest.raises(InputError, match=way_out):
            segment(of(labels), of(p))
    assert len(segment(of(np.minimum(PIXELS, 1)), np.concatenate([1 - p, p], axis=-3)).items) == 2


@pytest.mark.parametrize("of", [np.array, list])
def test_segmentation_with_the_classes_last(of):
    last = np.moveaxis(PIXEL_PROBS, 1, -1)
    way_out = r"where pred_probs has the classes last, pass np.moveaxis\(pred_probs, -1, -3\)"
    with pytest.raises(InputError, match=way_out):
        segment(of(PIXELS), of(last))
    np.testing.assert_array_equal(np.moveaxis(last, -1, -3), PIXEL_PROBS)


def test_segmentation_with_the_classes_last_in_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("masks.npy", PIXELS)
    np.save("probs.npy", np.moveaxis(PIXEL_PROBS, 1, -1))
    arguments = ["score", "--task", "segmentation", "--labels", "masks.npy", "--predictions", "probs.npy"]
    result = CliRunner().invoke(app, [*arguments, "--out", "run.parquet"])
    assert result.exit_code == 2
    assert "np.moveaxis" in result.stderr


def test_segmentation_of_classes_from_1():
    message = (
        r"labels: expected classes 0..2, .* holds 3; if classes are numbered from 1, as in ADE20K, pass "
        r"labels.astype\(int\) - 1, and ignore_index=-1 where 0 marks"
    )
    ade = np.where(PIXELS == 0, 0, PIXELS + 1).astype(np.uint8)
    with pytest.raises(InputError, match=message):
        segment(ade, PIXEL_PROBS)
    assert segment(ade.astype(int) - 1, PIXEL_PROBS, ignore_index=-1).counts.labels == np.count_nonzero(ade)
    with pytest.raises(InputError, match=r"holds 255; if that marks pixels without a label, pass ignore_index=255"):
        segment(np.where(PIXELS == 0, 255, PIXELS), PIXEL_PROBS)


@pytest.mark.parametrize("of", [np.array, list])
def test_segmentation_of_predicted_classes(of):
    message = r"pred_probs: expected the probabilities of all classes, got integers of shape .*, such as argmax gives"
    with pytest.raises(InputError, match=message):
        segment(of(PIXELS), of(PIXEL_PROBS.argmax(axis=1)))


def test_rows_of_ultralytics():
    labels = [{"bboxes": [[0, 0, 10, 10], [20, 20, 30, 30]], "labels": [0, 2]}] * 2
    rows = np.array([[0, 0, 10, 10, 0.9, 0], [20, 20, 30, 30, 0.8, 2]])
    with pytest.raises(
        InputError, match=r"got rows of 6 that end in the index of a class, as boxes.data of ultralytics"
    ):
        labelaudit.audit("object_detection", labels, [rows] * 2)
    with pytest.raises(InputError, match=r'pass for each image {"boxes": r.boxes.xyxy, "labels": r.boxes.cls'):
        labelaudit.object_detection.rank.get_label_quality_scores(labels, [rows.tolist()] * 2)
    one_class = rows[:, :5].copy()
    of_one = [{"bboxes": [[0, 0, 10, 10]], "labels": [0]}] * 2
    both = labelaudit.audit("object_detection", of_one, [np.column_stack([one_class, [1.0, 1.0]])] * 2)
    assert both.counts.labels == 2


@pytest.mark.parametrize(
    ("labels", "tasks"),
    [
        ("coco.json", "object_detection, segmentation"),
        ("yolo", "object_detection"),
        ("words.conll", "token_classification"),
        ("numbers.csv:y", "multilabel_classification, regression"),
        ("tags.jsonl", "multilabel_classification, token_classification, regression"),
        ("masks.npy", "multilabel_classification, regression, segmentation"),
    ],
)
def test_a_forgotten_task(labels, tasks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "coco.json").write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    (tmp_path / "yolo").mkdir()
    (tmp_path / "yolo/a.txt").write_text("0 0.5 0.5 1 1\n")
    (tmp_path / "yolo/classes.txt").write_text("cat\n")
    (tmp_path / "words.conll").write_text("EU B-ORG\nis O\n\n")
    (tmp_path / "numbers.csv").write_text("y\n1.5\n2.5\n")
    (tmp_path / "tags.jsonl").write_text('["a"]\n[]\n')
    np.save("masks.npy", PIXELS)
    np.save("probs.npy", PROBS[:2])
    arguments = ["score", "--labels", labels, "--predictions", "probs.npy", "--out", "run.parquet"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    hint = f"(without --task, labels are those of classification; these may be of --task {tasks})"
    assert hint in result.stderr
    assert result.stderr.count("\n") == 1
    assert hint not in CliRunner().invoke(app, [*arguments, "--task", "classification"]).stderr


def test_the_help_names_every_format_of_labels():
    text = CliRunner().invoke(app, ["score", "--help"], env={"COLUMNS": "300", "TERMINAL_WIDTH": "300"}).stdout
    for name in (
        ".npy",
        ".npz",
        ".csv",
        ".tsv",
        ".parquet",
        ".jsonl",
        "CoNLL",
        "COCO",
        "YOLO",
        "Pascal VOC",
        "panoptic",
    ):
        assert name in text
    assert "folder of PNG masks" in text


class TestDoubts:
    grave = Doubt("order", True, "predictions look like those of <other> rows", "check the order")
    worse = Doubt("in-sample", True, "the model has seen these rows", "cross-validate it")
    note = Doubt("few", False, "there are too few items", "label more")

    @pytest.fixture
    def planted(self, monkeypatch):
        def plant(*doubts):
            audit = TASKS["classification"].audit

            @wraps(audit)
            def doubtful(*arguments, **options):
                return replace(audit(*arguments, **options), doubts=doubts)

            monkeypatch.setitem(TASKS, "classification", replace(TASKS["classification"], audit=doubtful))

        return plant

    def test_one_warning_for_all_grave_ones_in_the_line_that_asked(self, planted):
        planted(self.grave, self.note, self.worse)
        with pytest.warns(UserWarning, match="check the order") as caught:
            labelaudit.audit(LABELS, PROBS)
        assert [str(one.message) for one in caught] == [
            "predictions look like those of <other> rows: check the order; the model has seen these rows: cross-validate it"
        ]
        assert caught[0].filename == __file__

    def test_notes_are_no_warning(self, planted):
        planted(self.note)
        assert labelaudit.audit(LABELS, PROBS).doubts == (self.note,)

    def test_grave_ones_stand_above_the_headline_and_notes_below(self, planted):
        planted(self.note, self.grave)
        with pytest.warns(UserWarning, match="check the order"):
            audit = labelaudit.audit(LABELS, PROBS)
        above, headline, below = repr(audit).splitlines()[:3]
        assert above == "predictions look like those of <other> rows: check the order"
        assert headline == f"Audit(classification): {audit.headline}"
        assert below == "there are too few items: label more"
        assert "<p>predictions look like those of &lt;other&gt; rows: check the order</p>" in audit._repr_html_()

    def test_the_terminal_says_each_once_and_json_has_them(self, planted, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        planted(self.note, self.grave)
        pl.DataFrame({"y": LABELS}).write_csv("y.csv")
        np.save("p.npy", PROBS)
        arguments = ["score", "--labels", "y.csv", "--predictions", "p.npy", "--out", "run.parquet"]
        result = CliRunner().invoke(app, arguments)
        assert result.stderr == ""
        lines = result.stdout.splitlines()
        assert lines[0] == "predictions look like those of <other> rows: check the order"
        assert lines[2] == "there are too few items: label more"
        summary = json.loads(CliRunner().invoke(app, [*arguments, "--json"]).stdout)
        assert [doubt["code"] for doubt in summary["doubts"]] == ["few", "order"]
