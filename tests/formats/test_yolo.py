"""YOLO folders in and out, and YOLO detections."""

import numpy as np
import pytest
from PIL import Image

import labelaudit
from labelaudit.formats.annotations import BoxChange
from labelaudit.formats.base import Change
from labelaudit.formats.box_files import read_annotations, read_detections, write_annotations
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import FORMATS, read_labels

TEXTS = {
    "a.txt": "1 0.5 0.5 0.5 0.5\r\n\r\n0\t0.25 2.5e-1   0.1000000001 0.5",
    "b.txt": "",
    "classes.txt": "cat\ndog\n",
}


@pytest.fixture
def folder(tmp_path):
    """Give a data set of four images, 100 × 200 each, three of them with a text file."""
    labels, images = tmp_path / "labels", tmp_path / "images"
    labels.mkdir()
    images.mkdir()
    for name, text in TEXTS.items():
        (labels / name).write_bytes(text.encode())
    for name in ("a.jpg", "b.PNG", "c.d.png"):
        Image.new("L", (100, 200)).save(images / name)
    return labels


def contents(folder):
    return {path.name: path.read_bytes().decode() for path in folder.iterdir()}


def test_boxes_come_in_pixels_and_an_image_without_a_text_file_has_none(folder):
    found = read_annotations(folder)
    assert found.images == ["a.jpg", "b.PNG", "c.d.png"]
    assert found.class_names == ["cat", "dog"]
    assert found.sizes == [(100, 200)] * 3
    np.testing.assert_allclose(found.labels[0]["bboxes"], [[25, 50, 75, 150], [20, 0, 30, 100]], atol=1e-6)
    assert found.labels[0]["labels"].tolist() == [1, 0]
    assert found.places[0].tolist() == [0, 2]
    assert [len(label["labels"]) for label in found.labels] == [2, 0, 0]


def test_what_is_read_is_what_is_written_to_the_letter(folder, tmp_path):
    write_annotations(tmp_path / "out", read_annotations(folder))
    assert contents(tmp_path / "out") == TEXTS


def test_a_change_leaves_all_other_lines_as_they_are(folder, tmp_path):
    changes = [
        BoxChange(0, 0, label=0),
        BoxChange(0, None, label=1, bbox=(0, 0, 10, 20)),
        BoxChange(2, None, label=0, bbox=(10, 20, 30, 40)),
    ]
    write_annotations(tmp_path / "out", read_annotations(folder), changes)
    assert contents(tmp_path / "out") == TEXTS | {
        "a.txt": "0 0.5 0.5 0.5 0.5\r\n\r\n0\t0.25 2.5e-1   0.1000000001 0.5\r\n1 0.050000 0.050000 0.100000 0.100000\r\n",
        "c.d.txt": "0 0.200000 0.150000 0.200000 0.100000\n",
    }


def test_a_moved_box_keeps_its_class_and_ends_at_the_edge_of_the_image(folder, tmp_path):
    write_annotations(tmp_path / "out", read_annotations(folder), [BoxChange(0, 1, bbox=(-7, 0, 50, 207))])
    assert contents(tmp_path / "out")["a.txt"] == "1 0.5 0.5 0.5 0.5\r\n\r\n0 0.250000 0.500000 0.500000 1.000000"
    np.testing.assert_allclose(
        read_annotations(tmp_path / "out").labels[0]["bboxes"], [[25, 50, 75, 150], [0, 0, 50, 200]]
    )


def test_removed_boxes_leave_the_file_and_a_new_one_follows(folder, tmp_path):
    gone = [BoxChange(0, 0, remove=True), BoxChange(0, 1, remove=True)]
    write_annotations(tmp_path / "out", read_annotations(folder), gone)
    assert contents(tmp_path / "out")["a.txt"] == "\r\n"
    write_annotations(
        tmp_path / "more", read_annotations(folder), [*gone, BoxChange(0, None, label=1, bbox=(0, 0, 100, 200))]
    )
    assert contents(tmp_path / "more")["a.txt"] == "\r\n1 0.500000 0.500000 1.000000 1.000000\r\n"


def test_changes_of_an_audit_are_made_in_their_lines_alone(folder, rewrite):
    given = "\ufeff1  0.5 0.5\t0.5 0.5 \r\n0 0.25 0.25 0.1 0.5"
    (folder / "a.txt").write_bytes(given.encode())
    old = {"bbox": [25, 50, 75, 150], "class": "dog"}
    swapped = Change(0, "a.jpg", 0, old, old | {"class": "cat"})
    assert contents(rewrite(folder, "boxes")) == TEXTS | {"a.txt": given}
    assert contents(rewrite(folder, "boxes", swapped))["a.txt"] == given.replace("1  0.5", "0  0.5")
    moved = Change(0, "a.jpg", 1, {"bbox": [20, 0, 30, 100], "class": "cat"}, {"bbox": [20, 0, 30, 50], "class": "cat"})
    assert contents(rewrite(folder, "boxes", moved))["a.txt"] == given.replace("0.25 0.25 0.1 0.5", "0.250000 0.125000 0.100000 0.250000")  # fmt: skip
    gone = Change(0, "a.jpg", 1, None, None)
    come = Change(1, "b.PNG", None, None, {"bbox": [0, 0, 100, 200], "class": "dog"})
    texts = contents(rewrite(folder, "boxes", gone, come))
    assert (texts["a.txt"], texts["b.txt"]) == (
        given[: given.index("0 0.25")],
        "1 0.500000 0.500000 1.000000 1.000000\n",
    )


def test_boxes_are_told_by_their_lines_and_equal_ones_by_their_number(folder):
    (folder / "a.txt").write_text("1 0.5 0.5 0.5 0.5\n0 0.5 0.5 0.5 0.5\n\n1\t0.5 0.5  0.5 0.5")
    labels = read_labels(locate(folder), "boxes")
    twice = ["1 0.5 0.5 0.5 0.5", "0 0.5 0.5 0.5 0.5", "1 0.5 0.5 0.5 0.5 (2)"]
    assert labels.options == {"annotation_ids": [twice, [], []], "sizes": [(100, 200)] * 3}


def test_what_is_digested_is_the_texts_and_not_the_images(folder):
    for path in list((folder.parent / "images").iterdir()):
        path.rename(folder / path.name)
    source = read_labels(locate(folder), "boxes").source
    Image.new("L", (100, 200), 7).save(folder / "a.jpg")
    assert FORMATS["yolo"].digest(folder) == source.digest
    (folder / "b.txt").write_text("0 0.5 0.5 0.5 0.5")
    assert FORMATS["yolo"].digest(folder) != source.digest


def test_other_images_than_those_that_were_audited_are_refused(folder, tmp_path):
    source = read_labels(locate(folder), "boxes").source
    Image.new("L", (100, 200)).save(folder.parent / "images/aa.jpg")
    with pytest.raises(
        labelaudit.InputError, match="labels: its images are others, or of other sizes, than when it was"
    ):
        FORMATS["yolo"].write(source, [], tmp_path / "out")


@pytest.mark.parametrize("layout", ["beside", "mirrored", "elsewhere"])
def test_images_are_found_where_yolo_keeps_them(folder, tmp_path, layout):
    images = tmp_path / "images"
    if layout == "beside":
        for path in list(images.iterdir()):
            path.rename(folder / path.name)
        found = read_annotations(folder)
    elif layout == "mirrored":
        for place in (folder, images):
            place.rename(tmp_path / "train")
            place.mkdir()
            (tmp_path / "train").rename(place / "train")
        found = read_annotations(folder / "train")
    else:
        images.rename(tmp_path / "pictures")
        with pytest.raises(labelaudit.InputError, match=r"labels: expected the images that the boxes are fractions of, none in .*images; name their folder"):  # fmt: skip
            read_annotations(folder)
        found = read_annotations(folder, images=tmp_path / "pictures")
    assert found.sizes == [(100, 200)] * 3


def test_a_photograph_that_lies_on_its_side_is_measured_upright(folder, tmp_path):
    exif = Image.Exif()
    exif[274] = 6
    Image.new("L", (100, 200)).save(tmp_path / "images/a.jpg", exif=exif)
    assert read_annotations(folder).sizes[0] == (200, 100)


@pytest.mark.parametrize(
    "names",
    [
        "names: [cat, dog]",
        "names: ['cat', \"dog\"]  # two",
        "names: [\n  cat,  # the first\n  dog,\n]\nnc: 2",
        "names: {0: cat, 1: dog}",
        "names: {1: dog,\n  0: 'cat'}",
        "names:\n- cat\n- dog",
        "names: # the classes\n  - cat # one\n\n  # none\n  - 'dog'\n",
        "names:\n  0: cat\n  1: dog\n\ndownload: https://x",
        'names:\n  1: "d\\u006fg"\r\n  0: cat',
    ],
)
def test_names_stand_in_data_yaml_in_every_way_yaml_has_for_a_list(folder, names):
    (folder / "classes.txt").unlink()
    (folder.parent / "data.yaml").write_text(f"# my cats\npath: ../x\ntrain: images\n{names}\n")
    assert read_annotations(folder).class_names == ["cat", "dog"]


def test_letters_that_mean_something_to_yaml_may_be_in_names(folder):
    (folder / "classes.txt").unlink()
    (folder.parent / "data.yaml").write_text("names:\n  - driver's seat, left\n  - 'it''s'\n  - C#\n  - \"a # b\"\n")
    assert read_annotations(folder).class_names == ["driver's seat, left", "it's", "C#", "a # b"]
    (folder.parent / "data.yaml").write_text("names: ['a, b', c d, \"e]\"]")
    assert read_annotations(folder).class_names == ["a, b", "c d", "e]"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nc: 2", "data.yaml: has no key names"),
        ("names: coco.names", "data.yaml: names cannot be read at 'coco.names'"),
        ("names: [a, [b]]", r"data.yaml: names cannot be read at '\[b\]'"),
        ("names:\n  - a\n  - b: !!python/object\n  what\n", "data.yaml: names cannot be read at 'what'"),
        ("names: {0: a, 2: b}", "data.yaml: expected names for the classes 0 to 1, each once"),
        ("names: {0: a, 0: b}", "data.yaml: expected names for the classes 0 to 1, each once"),
        ("names: [a, a]", "data.yaml: the class name 'a' occurs twice"),
        ('names: ["\\q"]', "data.yaml: names holds .*, which is no quoted text"),
    ],
)
def test_names_that_cannot_be_read_are_refused(folder, text, message):
    (folder / "classes.txt").unlink()
    (folder.parent / "data.yaml").write_text(text)
    with pytest.raises(labelaudit.InputError, match=message):
        read_annotations(folder)


def test_given_names_need_no_file(folder):
    (folder / "classes.txt").unlink()
    with pytest.raises(labelaudit.InputError, match=r"labels: expected the names of the classes in classes.txt or data.yaml"):  # fmt: skip
        read_annotations(folder)
    assert read_annotations(folder, class_names=["cat", "dog"]).class_names == ["cat", "dog"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 0.5 0.5 0.5 0.5\n0 0.5 0.5 0.5\n", "a.txt: line 2 has 4 columns, expected 5: class, x centre, y centre, width, height"),
        ("\n0 0.5 0.5 0.5 0.5 0.5", "a.txt: line 2 has 6 columns, expected 5"),
        ("0 0.5 0.5 0.5 wide\n", "a.txt: line 1 is no row of numbers: '0 0.5 0.5 0.5 wide'"),
        ("0 0.5 0.5 0.5 0.5\n\n2 0.5 0.5 0.5 0.5\n", "a.txt: line 3: class is 2, expected one of the 2 classes, 0 to 1"),
        ("-1 0.5 0.5 0.5 0.5\n", "a.txt: line 1: class is -1"),
        ("0.5 0.5 0.5 0.5 0.5\n", "a.txt: line 1: class is 0.5"),
        ("inf 0.5 0.5 0.5 0.5\n", "a.txt: line 1: class is inf"),
        ("0 320 0.5 0.5 0.5\n", "a.txt: line 1: x centre is 320, expected a fraction of the image, 0 to 1, not pixels"),
        ("0 0.5 0.5 -0.001 0.5\n", "a.txt: line 1: width is -0.001, expected a fraction"),
        ("0 0.5 0.5 0.5 nan\n", "a.txt: line 1: height is nan, expected a fraction"),
        (b"\xff", "a.txt: is no text in UTF-8"),
    ],
)  # fmt: skip
def test_malformed_lines_are_refused_with_their_number(folder, text, message):
    (folder / "a.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read_annotations(folder)
    assert "\n" not in str(refusal.value)


def test_a_text_file_without_an_image_and_an_image_that_is_none_are_refused(folder):
    (folder / "z.txt").touch()
    with pytest.raises(labelaudit.InputError, match=r"z.txt: there is no image z.jpg or of another ending in .*images"):
        read_annotations(folder)
    (folder.parent / "images/z.jpg").write_text("no picture")
    with pytest.raises(labelaudit.InputError, match=r"z.jpg: cannot be read as an image \("):
        read_annotations(folder)
    Image.new("L", (1, 1)).save(folder.parent / "images/a.png")
    with pytest.raises(labelaudit.InputError, match=r"images: a.jpg and a.png share the text file a.txt"):
        read_annotations(folder)


def test_detections_have_the_score_as_sixth_column(folder, tmp_path):
    (tmp_path / "found").mkdir()
    (tmp_path / "found/c.d.txt").write_text("1 0.5 0.5 1 1 0.25\n0 0.5 0.5 0.5 0.5 1\n")
    a, b, c = read_detections(tmp_path / "found", read_annotations(folder))
    assert (a["boxes"].shape, b["scores"].shape) == ((0, 4), (0,))
    assert c["boxes"].tolist() == [[0, 0, 100, 200], [25, 50, 75, 150]]
    assert (c["labels"].tolist(), c["scores"].tolist()) == ([1, 0], [0.25, 1])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.txt", "0 0.5 0.5 1 1\n", "a.txt: line 1 has 5 columns, expected 6: class, .*, score"),
        ("a.txt", "0 0.5 0.5 1 1 1.5\n", r"a.txt: line 1: score is 1.5, expected a number in \[0, 1\]"),
        ("x.txt", "0 0.5 0.5 1 1 1\n", "x.txt: no annotated image is called 'x'; expected the name of one such as a.jpg"),
    ],
)  # fmt: skip
def test_malformed_detections_are_refused(folder, tmp_path, name, text, message):
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / name).write_text(text)
    with pytest.raises(labelaudit.InputError, match=message):
        read_detections(tmp_path / "found", read_annotations(folder))
