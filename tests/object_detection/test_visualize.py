"""How a scene looks."""

import numpy as np
import polars as pl
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

import labelaudit
from labelaudit.errors import InputError
from labelaudit.object_detection import summary
from object_detection.cases import noisy_scene

NAMES = ["cat", "dog", "bird"]
LABEL = {"bboxes": [[10, 10, 40, 40], [60, 10, 90, 40]], "labels": [0, 1]}
PREDICTION = {"boxes": [[11, 9, 41, 40], [60, 60, 90, 90], [5, 60, 30, 90]], "labels": [1, 2, 0], "scores": [0.98, 0.9, 0.3]}  # fmt: skip


def _drawn(axes):
    """Of each box: corners, colour, and whether its line is solid."""
    boxes = [(patch.get_bbox().extents.tolist(), to_hex(patch.get_edgecolor()), patch) for patch in axes.patches]
    return [(corners, colour, patch.get_linestyle() in ("-", "solid")) for corners, colour, patch in boxes]


def _texts(axes):
    return sorted(text.get_text() for text in axes.texts)


def _colours(figure):
    return {tuple(corners): colour for corners, colour, _ in _drawn(figure.axes[0])}


def test_annotated_boxes_are_red_and_solid_and_predicted_ones_blue_and_dashed():
    figure = summary.visualize(np.zeros((100, 120, 3), np.uint8), label=LABEL, prediction=PREDICTION, class_names=NAMES)
    axes = figure.axes[0]
    red, blue = "#c8322b", "#1f6fb4"
    assert [colour for _, colour, _ in _drawn(axes)] == [red] * 2 + [blue] * 3
    assert [solid for *_, solid in _drawn(axes)] == [True] * 2 + [False] * 3
    assert [corners for corners, *_ in _drawn(axes)] == [*LABEL["bboxes"], *PREDICTION["boxes"]]
    assert _texts(axes) == ["bird 0.90", "cat", "cat 0.30", "dog", "dog 0.98"]
    assert axes.get_xlim() == (-0.5, 119.5)
    assert axes.get_ylim() == (99.5, -0.5)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["annotated", "predicted"]


def test_unconfident_boxes_are_left_out_unless_an_issue_is_about_them():
    def shown(**options):
        figure = summary.visualize(None, prediction=PREDICTION, class_names=NAMES, **options)
        return _texts(figure.axes[0])

    assert shown(prediction_threshold=0.9) == ["bird 0.90", "dog 0.98"]
    assert shown(prediction_threshold=0.95, issues={2: "overlooked"}) == ["dog 0.98", "overlooked: cat 0.30"]


def test_side_by_side():
    figure = summary.visualize(None, label=LABEL, prediction=PREDICTION, overlay=False)
    assert [axes.get_title() for axes in figure.axes] == ["annotated", "predicted"]
    assert [len(axes.patches) for axes in figure.axes] == [2, 3]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()


def test_each_kind_of_issue_has_its_colour_and_other_boxes_are_grey():
    issues = pl.DataFrame(
        {"kind": ["swapped", "badly_located", "overlooked"], "box": [0, 1, 1], "suggested_box": [None, 0, None]}
    )
    figure = summary.visualize(None, label=LABEL, prediction=PREDICTION, class_names=NAMES, issues=issues)
    colours = _colours(figure)
    swapped, badly_located, suggested, overlooked, other = (
        colours[tuple(map(float, corners))]
        for corners in (*LABEL["bboxes"], *PREDICTION["boxes"])
    )  # fmt: skip
    assert badly_located == suggested
    assert len({swapped, badly_located, overlooked, other}) == 4
    assert _texts(figure.axes[0]) == [
        "badly located: dog",
        "cat 0.30",
        "dog 0.98",
        "overlooked: bird 0.90",
        "swapped: cat",
    ]


def test_a_mapping_of_issues():
    figure = summary.visualize(None, label=LABEL, issues={1: "swapped"}, class_names=NAMES)
    assert _texts(figure.axes[0]) == ["cat", "swapped: dog"]


def test_boxes_without_issues_are_grey_where_no_issue_is_left():
    figure = summary.visualize(None, label=LABEL, issues={})
    assert {colour for _, colour, _ in _drawn(figure.axes[0])} == {"#6b7280"}


def test_issues_of_an_audit():
    labels, predictions = noisy_scene()
    audit = labelaudit.audit("object_detection", labels, predictions, class_names=["a", "b", "c", "d"])
    kinds = set()
    for row in audit.issues["id"].unique().sort().to_list():
        issues = audit.issues.filter(pl.col("id") == row)
        figure = summary.visualize(None, label=labels[row], prediction=predictions[row], issues=issues)
        marked = [text for text in _texts(figure.axes[0]) if ":" in text]
        assert len(marked) == len(issues)
        assert sorted(text.split(":")[0] for text in marked) == sorted(k.replace("_", " ") for k in issues["kind"])
        boxes = {tuple(np.round(corners, 6)) for corners, *_ in _drawn(figure.axes[0])}
        assert boxes >= {tuple(np.round(box, 6)) for box in issues["suggested_bbox"] if box is not None}
        kinds |= set(issues["kind"])
    assert {"swapped", "badly_located", "overlooked"} <= kinds


def test_a_swapped_box_says_what_it_should_be():
    issues = pl.DataFrame(
        {"kind": ["swapped"], "box": [0], "suggested": ["dog"], "suggested_bbox": [LABEL["bboxes"][0]]}
    )
    figure = summary.visualize(None, label=LABEL, prediction=PREDICTION, class_names=NAMES, issues=issues)
    assert "swapped: cat → dog" in _texts(figure.axes[0])
    assert len(_drawn(figure.axes[0])) == 5


def test_suggested_corners_that_are_no_predicted_box_are_drawn():
    issues = pl.DataFrame({"kind": ["badly_located"], "box": [0], "suggested_box": [[1.0, 2.0, 3.0, 4.0]]})
    figure = summary.visualize(None, label=LABEL, issues=issues)
    (_, colour, solid), *_ = [box for box in _drawn(figure.axes[0]) if box[0] == [1, 2, 3, 4]]
    assert colour == _colours(figure)[10.0, 10.0, 40.0, 40.0]
    assert not solid


@pytest.mark.parametrize(
    ("issues", "message"),
    [
        ({2: "swapped"}, r"box 2 \(swapped\) is none of the 2 annotated boxes"),
        ({3: "overlooked"}, r"box 3 \(overlooked\) is none of the 3 predicted boxes"),
        ({"0": "swapped"}, "expected the index of a box or its corners"),
        ([0], "got list"),
        (pl.DataFrame({"kind": ["swapped"]}), r"got columns \['kind'\]"),
        (
            pl.DataFrame({"id": [4, 9], "kind": "swapped", "box": 0}),
            r'got those of 4 and 9; pass .*\(pl.col\("id"\) == 4\)',
        ),
    ],
)
def test_issues_that_are_not_of_this_image(issues, message):
    with pytest.raises(InputError, match=f"issues: .*{message}"):
        summary.visualize(None, label=LABEL, prediction=PREDICTION, issues=issues)


def _picture(height=30, width=40):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("form", ["array", "path", "string", "PIL", "palette"])
def test_images_in_every_form(form, tmp_path):
    image = Image.fromarray(_picture())
    image.save(tmp_path / "image.png")
    given = {
        "array": _picture(),
        "path": tmp_path / "image.png",
        "string": str(tmp_path / "image.png"),
        "PIL": image,
        "palette": Image.fromarray(np.zeros((30, 40), np.uint8)).convert("P"),
    }[form]
    shown = summary.visualize(given).axes[0].images[0].get_array()
    np.testing.assert_array_equal(shown, np.zeros((30, 40, 3)) if form == "palette" else _picture())


@pytest.mark.parametrize(
    "pixels",
    [
        np.array([[0, 128, 255]], np.uint8) / 255,
        np.array([[0, 128, 255]], np.float32),
        np.array([[0, 128, 255]], np.int64),
        np.array([[[0], [128], [255]]], np.float64),
    ],
    ids=["0 to 1", "float", "int", "one channel"],
)
def test_numbers_of_any_type_are_as_bright_as_bytes(pixels):
    shown = summary.visualize(pixels).axes[0].images[0]
    np.testing.assert_allclose(shown.get_array(), [[0, 128 / 255, 1]], rtol=1e-6)
    assert shown.get_clim() == (0, 1)


def test_sixteen_bits_are_scaled_to_the_brightest():
    shown = summary.visualize(np.array([[0, 3000, 6000]], np.uint16)).axes[0].images[0]
    np.testing.assert_allclose(shown.get_array(), [[0, 0.5, 1]])


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((3, 20, 30)), r"got \(3, 20, 30\); channels come last"),
        (np.zeros(5), r"got \(5,\)"),
        (np.zeros((0, 4)), r"got \(0, 4\)"),
        (np.array([["a"]]), "expected numbers"),
        ("/nowhere/image.png", "there is no file /nowhere/image.png"),
        (__file__, "cannot be read as a picture"),
    ],
)
def test_what_is_no_image(image, message):
    with pytest.raises(InputError, match=f"image: .*{message}"):
        summary.visualize(image)


@pytest.mark.parametrize(
    ("ending", "begins"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml"), ("JPG", b"\xff\xd8")]
)
def test_a_picture_is_written_as_its_ending_says(ending, begins, tmp_path):
    path = tmp_path / f"scene.{ending}"
    summary.visualize(_picture(), label=LABEL, save_path=path)
    assert path.read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["scene", "scene.docx"])
def test_endings_that_say_nothing(name, tmp_path):
    with pytest.raises(InputError, match=f"save_path: expected an ending of .*png.*'{name}'"):
        summary.visualize(None, label=LABEL, save_path=tmp_path / name)


def test_on_given_axes():
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert summary.visualize(_picture(), label=LABEL, ax=right) is figure
    assert (len(left.patches), len(right.patches)) == (0, 2)
    with pytest.raises(InputError, match="ax: is for one picture"):
        summary.visualize(None, label=LABEL, ax=left, overlay=False)
