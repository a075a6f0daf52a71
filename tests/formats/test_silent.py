"""Files that were once read as something else, or written as no file of their kind, without a word."""

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from labelaudit.errors import InputError
from labelaudit.formats.annotations import BoxChange
from labelaudit.formats.box_files import read_annotations, read_detections, write_annotations
from labelaudit.formats.json_records import read_json
from labelaudit.formats.json_spans import Style
from labelaudit.formats.location import locate
from labelaudit.formats.mask_files import read_mask
from labelaudit.formats.masks import read_masks
from labelaudit.formats.table_of_formats import read_labels

NAMES = ["labels[1]", "l*", "l?", "~", "{a,b}", "%20", "#1"]


@pytest.fixture
def beside_others(tmp_path, monkeypatch):
    """Give a folder to be in, with files that patterns would match."""
    monkeypatch.chdir(tmp_path)
    for name in ("labels1", "la", "lb", "a", "b"):
        pl.DataFrame({"label": [7, 8, 9]}).write_parquet(tmp_path / f"{name}.parquet")
        (tmp_path / f"{name}.csv").write_text("label\n7\n8\n9\n")
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_name_is_no_pattern_of_names(beside_others, name, ending):
    path = Path(f"{name}.{ending}")
    if ending == "csv":
        path.write_text("label\n0\n1\n")
    else:
        pl.DataFrame({"label": [0, 1]}).write_parquet(path.absolute())
    assert list(read_labels(locate(path), "classes").values) == [0, 1]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_folder_called_as_home_is_the_one_that_is_there(beside_others, monkeypatch, ending):
    home = beside_others / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    Path("~").mkdir()
    for folder, labels in ((Path("~"), [0, 1]), (home, [1, 1])):
        table = pl.DataFrame({"label": labels})
        (table.write_csv if ending == "csv" else table.write_parquet)(folder.absolute() / f"labels.{ending}")
    assert list(read_labels(locate(f"~/labels.{ending}"), "classes").values) == [0, 1]


def coco(**changes):
    document = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 640, "height": 480}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0}],
        "categories": [{"id": 1, "name": "cat"}],
    }
    for key, values in changes.items():
        document[key][0].update(values)
    return document


@pytest.fixture
def write(tmp_path):
    def write(value, name="instances.json"):
        path = tmp_path / name
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return write


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"annotations": {"bbox": [True, 2, 3, 4]}},
            r"expected a bbox of four finite numbers, .* got \[True, 2, 3, 4\]",
        ),
        ({"annotations": {"bbox": [0.5, 2, False, 4]}}, r"expected a bbox of four finite numbers"),
        ({"annotations": {"iscrowd": True}}, "expected an iscrowd of 0 or 1, got True"),
        ({"annotations": {"image_id": True}}, "image_id True is the id of no image"),
        ({"annotations": {"category_id": True}}, "category_id True is the id of no category"),
        ({"annotations": {"id": True}}, "annotation 0: expected an id that is an integer or a string, got True"),
        ({"images": {"id": True}}, "image 0: expected an id that is an integer or a string, got True"),
        ({"categories": {"id": True}}, "category 0: expected an id that is an integer or a string, got True"),
        ({"images": {"width": True}}, "expected a width above 0, got True"),
        ({"images": {"height": 480.5}}, "expected a height above 0, got 480.5"),
        ({"annotations": {"bbox": [0, 0, 1e200, 1e200]}}, "expected a bbox of four finite numbers"),
    ],
)
def test_what_is_no_number_in_coco_is_refused(write, changes, message):
    assert len(read_annotations(write(coco())).images) == 1
    with pytest.raises(InputError, match=message):
        read_annotations(write(coco(**changes)))


@pytest.mark.parametrize("changes", [{"score": True}, {"image_id": True}, {"bbox": [True, 2, 3, 4]}])
def test_what_is_no_number_in_detections_is_refused(write, changes):
    detection = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}
    annotations = read_annotations(write(coco()))
    assert read_detections(write([detection], "found.json"), annotations)[0]["scores"].tolist() == [1]
    with pytest.raises(InputError, match="detection 0: .*True"):
        read_detections(write([detection | changes], "found.json"), annotations)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": {"category_id": 1, "category_id": 2}}',
        '[{"category_id": 1, "b": [0], "category_id": 2}]',
        '{"x": 0, "category_id": 1, "category_id": 2}',
    ],
)
def test_a_key_that_an_object_has_twice_is_refused(write, text):
    # one of the two values would count, and another program may take the other
    with pytest.raises(InputError, match="an object has the key 'category_id' twice, with 1 and 2"):
        read_json(write(text))


def test_keys_that_several_objects_share_are_no_key_twice(write):
    assert read_json(write('[{"a": 1, "b": {"a": 2}}, {"a": 3}]')) == [{"a": 1, "b": {"a": 2}}, {"a": 3}]


@pytest.mark.parametrize("box", [0, None])
@pytest.mark.parametrize("bbox", [(-1.7e308, 0, 1.7e308, 1), (0, 0, 1e200, 1e200), (0, 0, np.float32(np.inf), 1)])
def test_a_change_whose_numbers_json_has_not_is_refused(write, tmp_path, box, bbox):
    annotations = read_annotations(write(coco(annotations={"area": 12})))
    change = BoxChange(0, box, label=None if box == 0 else 0, bbox=bbox)
    with pytest.raises(InputError, match="changes: row 0: expected a bbox of finite"):
        write_annotations(tmp_path / "out.json", annotations, [change])
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, [1.0, {"a": np.inf}]])
def test_no_number_is_written_that_json_has_not(value):
    with pytest.raises(InputError, match="expected finite numbers, which alone JSON has, got"):
        Style(compact=True, ascii_only=True).dump(value)


def png_interlaced(labels, *, cut=0):
    """Return a grey PNG file that is sent in seven passes, without some bytes at the end of its pixels."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for left, top, across, down in passes:
        part = labels[top::down, left::across]
        rows += b"".join(b"\0" + row.tobytes() for row in part if row.size)
    head = struct.pack(">IIBBBBB", labels.shape[1], labels.shape[0], 8, 0, 0, 0, 1)
    pixels = zlib.compress(rows[: len(rows) - cut])
    content = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", head), (b"IDAT", pixels), (b"IEND", b"")):
        content += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return content


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (3, 2), (8, 8), (13, 5), (64, 64)])
def test_an_interlaced_mask_that_is_cut_short_is_refused(tmp_path, shape):
    labels = np.random.default_rng(0).integers(1, 20, shape).astype(np.uint8)
    path = tmp_path / "mask.png"
    path.write_bytes(png_interlaced(labels))
    np.testing.assert_array_equal(read_mask(path), labels)
    for cut in (1, shape[1] + 1):  # a pixel, and a whole row, whose pixels would be of class 0
        path.write_bytes(png_interlaced(labels, cut=cut))
        with pytest.raises(InputError, match="cannot be read as a PNG file"):
            read_mask(path)


def test_a_folder_of_masks_names_the_one_that_is_cut_short(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    labels = np.ones((6, 6), np.uint8)
    (folder / "a.png").write_bytes(png_interlaced(labels))
    (folder / "b.png").write_bytes(png_interlaced(labels, cut=7))
    masks = read_masks(folder)
    assert masks.labels[0].sum() == 36
    with pytest.raises(InputError, match="b.png"):
        masks.labels[1]


def test_an_underscore_in_a_line_of_yolo_is_no_part_of_a_number(tmp_path):
    from PIL import Image

    Image.new("L", (10, 10)).save(tmp_path / "a.png")
    (tmp_path / "classes.txt").write_text("\n".join(f"class {i}" for i in range(20)))
    (tmp_path / "a.txt").write_text("1_0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(InputError, match="line 1 is no row of numbers: '1_0 0.5"):
        read_annotations(tmp_path)
