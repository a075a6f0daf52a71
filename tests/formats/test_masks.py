"""Semantic masks in and out, and the probabilities of their pixels."""

import json
import struct
import sys
import zlib

import numpy as np
import pytest
from PIL import Image

import labelaudit
from labelaudit._data.ragged import Ragged
from labelaudit._data.regions import strings_of
from labelaudit.formats import mask_files
from labelaudit.formats.base import Change
from labelaudit.formats.location import locate
from labelaudit.formats.masks import MaskFiles, read_mask_probabilities, read_masks, write_masks
from labelaudit.formats.table_of_formats import FORMATS, read_labels

CLASSES = np.array([[0, 1, 2], [3, 1, 0]], dtype=np.uint8)
PALETTE = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]
GREY, RGB, PALETTED = 0, 2, 3

DOCUMENT = {
    "images": [{"id": 1, "file_name": "b.jpg"}, {"id": 2, "file_name": "a.jpg"}],
    "annotations": [
        {"image_id": 1, "file_name": "b.png", "segments_info": [{"id": 70000, "category_id": 9}, {"id": 300, "category_id": 4}, {"id": 5, "category_id": 9}]},
        {"image_id": 2, "file_name": "a.png", "segments_info": []},
    ],
    "categories": [{"id": 9, "name": "road"}, {"id": 4, "name": "sky"}],
}  # fmt: skip


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows, depth, colour, *extra):
    """Give a PNG file of the rows as they are packed, made by hand from the specification; width 3."""
    head = struct.pack(">IIBBBBB", 3, len(rows), depth, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + b"".join(chunk(*one) for one in extra)
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def chunks(content):
    """Give the kinds and the data of the chunks that do not hold pixels."""
    found, place = [], 8
    while place < len(content):
        (length,) = struct.unpack_from(">I", content, place)
        found.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    return [one for one in found if one[0] != b"IDAT"]


@pytest.fixture
def folder(tmp_path):
    """Give a folder of masks: b.png by a palette of four colours, and a.png in 8-bit grey."""
    folder = tmp_path / "masks"
    folder.mkdir()
    image = Image.fromarray(CLASSES).convert("L")
    image.save(folder / "a.png")
    paletted = Image.new("P", (3, 2))
    paletted.putdata(CLASSES.ravel().tolist())
    paletted.putpalette(PALETTE)
    paletted.save(folder / "b.png", transparency=3, dpi=(300, 300))
    return folder


@pytest.fixture
def panoptic(tmp_path):
    """Give the path of a panoptic file of two maps, altered by keys of its first annotation."""

    def write(document=DOCUMENT, name="panoptic.json"):
        maps = tmp_path / "panoptic"
        maps.mkdir(exist_ok=True)
        ids = np.array([[70000, 300, 0], [5, 5, 300]])
        colours = np.stack([ids % 256, ids // 256 % 256, ids // 65536], axis=2).astype(np.uint8)
        Image.fromarray(colours).save(maps / "b.png")
        Image.new("RGB", (2, 1)).save(maps / "a.png")
        path = tmp_path / name
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path

    return write


def annotated(**values):
    document = json.loads(json.dumps(DOCUMENT))
    document["annotations"][0] |= values
    return document


def test_masks_come_by_name_with_the_index_of_each_pixel(folder):
    (folder / "notes.txt").write_text("no mask")
    (folder / "._a.png").write_bytes(b"left by macOS")
    masks = read_masks(folder)
    assert (masks.images, masks.class_names, masks.ignore_index) == (["a.png", "b.png"], None, None)
    for mask in masks.labels:
        np.testing.assert_array_equal(mask, CLASSES)
        assert mask.dtype == np.uint8


@pytest.mark.parametrize(
    ("depth", "colour", "rows", "expected"),
    [
        (1, GREY, [[0b01000000], [0b10100000]], [[0, 1, 0], [1, 0, 1]]),
        (2, GREY, [[0b00011000], [0b11010000]], [[0, 1, 2], [3, 1, 0]]),
        (4, GREY, [[0x01, 0x20], [0xF1, 0x00]], [[0, 1, 2], [15, 1, 0]]),
        (8, GREY, [[0, 1, 255], [3, 1, 0]], [[0, 1, 255], [3, 1, 0]]),
        (16, GREY, [[0, 1, 1, 0, 255, 255], [0, 3, 0, 1, 0, 0]], [[1, 256, 65535], [3, 1, 0]]),
        (1, PALETTED, [[0b01000000], [0b10100000]], [[0, 1, 0], [1, 0, 1]]),
        (2, PALETTED, [[0b00011000], [0b11010000]], [[0, 1, 2], [3, 1, 0]]),
        (4, PALETTED, [[0x01, 0x20], [0x31, 0x00]], [[0, 1, 2], [3, 1, 0]]),
        (8, PALETTED, [[0, 1, 255], [3, 1, 0]], [[0, 1, 255], [3, 1, 0]]),
    ],
)
def test_a_mask_of_any_depth_is_read_and_written_at_that_depth(tmp_path, depth, colour, rows, expected):
    content = png(rows, depth, colour, (b"PLTE", bytes(PALETTE)[: 3 * 2**depth]), (b"tEXt", b"by\0me"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(content)
    masks = read_masks(tmp_path / "in")
    np.testing.assert_array_equal(masks.labels[0], expected)
    assert masks.labels[0].dtype == (np.uint16 if depth == 16 else np.uint8)
    corrected = masks.labels[0][::-1].astype(np.int64)
    write_masks(tmp_path / "out", masks, {0: corrected})
    assert chunks((tmp_path / "out" / "a.png").read_bytes()) == chunks(content)
    np.testing.assert_array_equal(read_masks(tmp_path / "out").labels[0], corrected)


def test_a_mask_wider_than_a_byte_of_packed_pixels_is_written_whole(tmp_path):
    given = np.random.default_rng(0).integers(0, 2, (5, 21)).astype(bool)
    (tmp_path / "in").mkdir()
    Image.fromarray(given).save(tmp_path / "in" / "a.png")
    masks = read_masks(tmp_path / "in")
    write_masks(tmp_path / "out", masks, {0: ~given})
    with Image.open(tmp_path / "out" / "a.png") as image:
        assert image.mode == "1"
        np.testing.assert_array_equal(np.asarray(image), ~given)


def test_what_is_not_corrected_is_copied_byte_for_byte(folder, tmp_path):
    (tmp_path / "out").mkdir()
    write_masks(tmp_path / "out", read_masks(folder), {})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    assert all((tmp_path / "out" / name).read_bytes() == (folder / name).read_bytes() for name in ("a.png", "b.png"))


def test_a_corrected_mask_keeps_palette_transparency_and_resolution(folder, tmp_path):
    masks = read_masks(folder)
    write_masks(tmp_path / "out", masks, {1: CLASSES[::-1]})
    with Image.open(tmp_path / "out" / "b.png") as image, Image.open(folder / "b.png") as given:
        np.testing.assert_array_equal(np.asarray(image), CLASSES[::-1])
        assert (image.mode, image.getpalette()[:12]) == ("P", PALETTE)
        assert image.info["transparency"] == given.info["transparency"] == 3
        assert image.info["dpi"] == given.info["dpi"]
    before, after = ((place / "b.png").read_bytes() for place in (folder, tmp_path / "out"))
    assert chunks(after) == chunks(before)
    assert (tmp_path / "out" / "a.png").read_bytes() == (folder / "a.png").read_bytes()


def test_an_interlaced_mask_is_read_and_comes_back_in_plain_rows(tmp_path):
    given = np.array([[7]], dtype=np.uint8)  # one pixel: its first pass of seven is the whole of it
    head = struct.pack(">IIBBBBB", 1, 1, 8, GREY, 0, 0, 1)
    body = chunk(b"IHDR", head) + chunk(b"hIST", b"\0\1") + chunk(b"IDAT", zlib.compress(b"\0\7"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))
    masks = read_masks(tmp_path / "in")
    np.testing.assert_array_equal(masks.labels[0], given)
    write_masks(tmp_path / "out", masks, {0: given + 1})
    assert chunks((tmp_path / "out" / "a.png").read_bytes()) == [(b"IHDR", head[:-1] + b"\0"), (b"IEND", b"")]
    assert read_masks(tmp_path / "out").labels[0].tolist() == [[8]]


def test_a_void_index_without_a_colour_may_stay(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png([[0, 1, 255]], 8, PALETTED, (b"PLTE", bytes(6))))
    masks = read_masks(tmp_path / "in")
    write_masks(tmp_path / "out", masks, {0: np.array([[255, 255, 0]])})
    assert read_masks(tmp_path / "out").labels[0].tolist() == [[255, 255, 0]]
    with pytest.raises(
        labelaudit.InputError, match="column 1 holds 2, and the palette of .*a.png has 2 colours; give it one"
    ):
        write_masks(tmp_path / "no", masks, {0: np.array([[255, 2, 0]])})


def test_no_mask_is_read_before_it_is_asked_for(folder, monkeypatch):
    read = []
    monkeypatch.setattr(mask_files, "_decode", lambda path, _: read.append(path.name) or CLASSES)
    masks = read_masks(folder)
    later = masks.labels[1:]
    assert (read, len(masks.labels), len(later)) == ([], 2, 1)
    later[0], masks.labels[-1]
    assert read == ["b.png", "b.png"]
    with pytest.raises(IndexError):
        masks.labels[2]


def test_a_broken_mask_is_refused_when_it_is_asked_for_wherever_it_ends(folder):
    content = (folder / "b.png").read_bytes()
    end = content.index(b"IDAT") + 4 + struct.unpack_from(">I", content, content.index(b"IDAT") - 4)[0]
    for length in range(30, end + 4):
        (folder / "b.png").write_bytes(content[:length])
        masks = read_masks(folder)
        with pytest.raises(labelaudit.InputError, match=r"b.png: cannot be read as a PNG file \(") as refusal:
            masks.labels[1]
        assert "\n" not in str(refusal.value)


def test_missing_pixels_are_not_read_as_class_0(folder):
    whole = png([[1, 2, 3], [1, 2, 3]], 8, GREY)
    short = png([[1, 2, 3]], 8, GREY)
    head = whole[:33]  # of two rows
    place = whole.index(b"IDAT") + 6
    for content, reason in [
        (head + short[33:], "pixels are missing"),
        (whole[:place] + b"\0" + whole[place + 1 :], "the chunk 'IDAT' at byte 33 is cut or damaged"),
    ]:
        (folder / "a.png").write_bytes(content)
        with pytest.raises(labelaudit.InputError, match=rf"a.png: cannot be read as a PNG file \({reason}"):
            read_masks(folder).labels[0]


def test_panoptic_segments_become_the_classes_of_their_categories(panoptic):
    masks = read_masks(panoptic())
    assert (masks.images, masks.class_names, masks.ignore_index) == (["b.png", "a.png"], ["road", "sky"], 255)
    assert masks.labels[0].tolist() == [[0, 1, 255], [0, 0, 1]]
    assert masks.labels[1].tolist() == [[255, 255]]
    assert masks.labels[0].dtype == masks.labels[1].dtype == np.uint8


def test_more_than_255_categories_take_16_bits(panoptic, tmp_path):
    categories = [{"id": number, "name": str(number)} for number in range(256)]
    masks = read_masks(panoptic(DOCUMENT | {"categories": categories}))
    assert (masks.ignore_index, masks.labels[0].dtype) == (65535, np.uint16)
    assert masks.labels[0].tolist() == [[9, 4, 65535], [9, 9, 4]]
    write_masks(tmp_path / "out", masks, {1: np.array([[255, 65535]])})
    out = read_masks(tmp_path / "out")
    assert (out.labels[0].tolist(), out.labels[0].dtype) == ([[255, 65535]], np.uint16)


def test_255_categories_leave_255_for_void(panoptic):
    categories = [{"id": number, "name": str(number)} for number in range(255)]
    masks = read_masks(panoptic(DOCUMENT | {"categories": categories}))
    assert (masks.ignore_index, masks.labels[0].tolist()) == (255, [[9, 4, 255], [9, 9, 4]])


def test_panoptic_maps_are_all_written_as_class_indices(panoptic, tmp_path):
    masks = read_masks(panoptic())
    write_masks(tmp_path / "out", masks, {0: np.array([[1, 1, 255], [0, 0, 0]])})
    out = read_masks(tmp_path / "out")
    assert (out.images, out.labels[0].tolist()) == (["a.png", "b.png"], [[255, 255]])
    assert out.labels[1].tolist() == [[1, 1, 255], [0, 0, 0]]
    with pytest.raises(
        labelaudit.InputError,
        match="b.png: row 1, column 2 holds 2, and .*panoptic.json has the classes 0 to 1, and 255 for void",
    ):
        write_masks(tmp_path / "no", masks, {0: np.array([[1, 1, 255], [0, 0, 2]])})


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", r"panoptic.json: is no JSON \("),
        ([], "panoptic.json: expected a panoptic object"),
        ({"categories": []}, "panoptic.json: has no annotations"),
        (annotated(file_name="a.png"), "annotation 0 and annotation 1 have the same file_name 'a.png'"),
        (annotated(file_name="../a.png"), r"annotation 0: expected a file_name .* without folders, got '../a.png'"),
        (annotated(file_name="b.jpg"), "annotation 0: expected a file_name that is the name of a PNG file"),
        (annotated(file_name="c.png"), r"c.png: cannot be read \(No such file"),
        (annotated(segments_info=3), "annotation 0: expected segments_info to be a list of objects, got 3"),
        (annotated(segments_info=[{"id": 5, "category_id": 1}]), r"annotation 0: segment 0 \(id 5\): category_id 1 is the id of no category"),
        (annotated(segments_info=[{"id": 0, "category_id": 9}]), "annotation 0: segment 0: expected an id of 1 to 16777215, got 0"),
        (annotated(segments_info=[{"id": 5, "category_id": 9}] * 2), "annotation 0: segment 0 and annotation 0: segment 1 have the same id 5"),
        (annotated(segments_info=[{"category_id": 9}]), "annotation 0: segment 0: has no id"),
        (DOCUMENT | {"categories": [{"id": 9, "name": "sky"}, {"id": 4, "name": "sky"}]}, "the class name 'sky' occurs twice"),
    ],
)  # fmt: skip
def test_a_malformed_panoptic_file_is_refused_with_record_and_key(panoptic, document, message):
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read_masks(panoptic(document))
    assert "\n" not in str(refusal.value)


def test_a_pixel_of_an_unlisted_segment_is_refused_when_its_map_is_read(panoptic):
    masks = read_masks(panoptic(annotated(segments_info=[{"id": 300, "category_id": 9}])))
    with pytest.raises(
        labelaudit.InputError,
        match=r"b.png: row 0, column 0 is of segment 70000, which .* annotation 0 in .*panoptic.json does not list",
    ):
        masks.labels[0]


def test_a_panoptic_file_wants_its_folder_and_maps_in_colours(panoptic, tmp_path):
    with pytest.raises(
        labelaudit.InputError, match="other.json: expected its PNG files in the folder .*other beside it"
    ):
        read_masks(panoptic(name="other.json"))
    path = panoptic()
    Image.new("L", (3, 2)).save(tmp_path / "panoptic" / "b.png")
    with pytest.raises(
        labelaudit.InputError, match="b.png: holds one value a pixel at 8 bits, expected the segment ids"
    ):
        read_masks(path)


@pytest.mark.parametrize(
    ("mode", "held"), [("RGB", "RGB colours"), ("RGBA", "RGB colours with alpha"), ("LA", "grey values with alpha")]
)
def test_colours_and_alpha_are_refused_at_once(folder, mode, held):
    Image.new(mode, (3, 2)).save(folder / "b.png")
    with pytest.raises(labelaudit.InputError, match=f"b.png: holds {held}, expected a class index .*; convert colours"):
        read_masks(folder)


def test_what_is_no_mask_is_refused(folder, tmp_path):
    (tmp_path / "probs.npy").write_bytes(b"")
    for path, message in [
        (tmp_path / "gone", "gone: no such file"),
        (tmp_path, "expected labels in a folder of .png masks, .*; is it one of the folders in it, masks"),
        (tmp_path / "probs.npy", "probs.npy: cannot be read as a NumPy array"),
        (folder / "a.png", "a.png: expected labels in a folder of .png masks, a panoptic .json file or an .npy file"),
    ]:
        with pytest.raises(labelaudit.InputError, match=message):
            read_masks(path)
    Image.new("L", (3, 2)).save(folder / "c.png", format="JPEG")
    with pytest.raises(labelaudit.InputError, match="c.png: is no PNG file"):
        read_masks(folder)


def test_an_animation_and_a_picture_too_large_are_refused(folder, monkeypatch):
    frames = [Image.new("L", (3, 2), value) for value in (0, 1)]
    frames[0].save(folder / "a.png", save_all=True, append_images=frames[1:])
    masks = read_masks(folder)
    with pytest.raises(labelaudit.InputError, match="a.png: is an animation of 2 pictures, expected one mask"):
        masks.labels[0]
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 2)
    with pytest.raises(labelaudit.InputError, match="b.png: is too large for Pillow, cut it into tiles"):
        masks.labels[1]


def test_masks_want_pillow(folder, monkeypatch):
    masks = read_masks(folder)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(
        labelaudit.InputError, match=r"a.png: Pillow is needed to read masks; pip install 'labelaudit\[app\]'"
    ):
        masks.labels[0]


@pytest.mark.parametrize(
    ("row", "mask", "message"),
    [
        (2, CLASSES, "corrected: expected an image in 0..1, got 2"),
        (0, CLASSES[:1], r"corrected: a.png: expected integers of shape \(2, 3\), got uint8 of shape \(1, 3\)"),
        (0, CLASSES / 1, r"corrected: a.png: expected integers of shape \(2, 3\), got float64"),
        (0, CLASSES.astype(int) * 100, "corrected: a.png: row 1, column 0 holds 300, and .*a.png with 8 bits a pixel holds 0 to 255; widen"),
        (0, CLASSES.astype(int) - 1, "corrected: a.png: row 0, column 0 holds -1"),
        (1, CLASSES + 1, "corrected: b.png: row 1, column 0 holds 4"),
    ],
)  # fmt: skip
def test_a_mask_that_its_file_cannot_hold_is_refused_and_nothing_is_written(folder, tmp_path, row, mask, message):
    with pytest.raises(labelaudit.InputError, match=message):
        write_masks(tmp_path / "out", read_masks(folder), {row: mask})
    assert [path.name for path in tmp_path.iterdir()] == ["masks"]


def test_masks_go_into_a_new_folder_alone(folder, tmp_path):
    masks = read_masks(folder)
    with pytest.raises(
        labelaudit.InputError, match="masks: exists already; name a folder that does not, or an empty one"
    ):
        write_masks(folder, masks, {})
    with pytest.raises(labelaudit.InputError, match="the folder .*gone does not exist"):
        write_masks(tmp_path / "gone" / "out", masks, {})


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, ">u2"])
def test_an_array_of_masks_is_mapped_and_comes_back_in_its_form(tmp_path, dtype):
    given = np.stack([CLASSES, CLASSES + 1]).astype(dtype)
    np.save(tmp_path / "in.npy", np.asfortranarray(given))
    masks = read_masks(tmp_path / "in.npy")
    assert isinstance(masks.labels, np.memmap)
    assert masks.images == ["0", "1"]
    write_masks(tmp_path / "same.npy", masks, {})
    assert (tmp_path / "same.npy").read_bytes() == (tmp_path / "in.npy").read_bytes()
    write_masks(tmp_path / "out.npy", masks, {1: CLASSES})
    out = np.load(tmp_path / "out.npy")
    assert (out.tolist(), out.dtype, out.flags.f_contiguous) == ([CLASSES.tolist()] * 2, dtype, True)
    np.testing.assert_array_equal(masks.labels, given)
    with pytest.raises(
        labelaudit.InputError, match=r"corrected: 0: row 0, column 0 holds 1099511627776, and .*in.npy of"
    ):
        write_masks(tmp_path / "no.npy", masks, {0: np.full((2, 3), 2**40)})
    with pytest.raises(labelaudit.InputError, match="no: expected a name that ends in .npy"):
        write_masks(tmp_path / "no", masks, {})
    assert not (tmp_path / "no.npy").exists()


def test_an_array_that_holds_no_masks_is_refused(tmp_path):
    for array in (CLASSES, np.stack([CLASSES]) / 2):
        np.save(tmp_path / "in.npy", array)
        with pytest.raises(
            labelaudit.InputError, match=r"in.npy: expected integers of shape \(N, H, W\), .* got .* of shape"
        ):
            read_masks(tmp_path / "in.npy")


PROBS = np.random.default_rng(1).dirichlet(np.ones(4), (2, 2, 3)).transpose(0, 3, 1, 2).astype(np.float16)
TWO = MaskFiles(["a.png", "b.png"], [CLASSES, CLASSES], None, None)


def save_zarr(path, stack=None, **arrays):
    zarr = pytest.importorskip("zarr", reason="the package zarr is not installed")
    if stack is not None:
        zarr.save_array(str(path), stack)
    else:
        zarr.save_group(str(path), **arrays)


@pytest.mark.parametrize("form", ["npy", "npz", "npz by name", "folder", "zarr", "zarr by name"])
def test_probabilities_of_any_form_come_in_the_order_of_the_masks(tmp_path, form):
    path = tmp_path / "probs"
    by_name = {"b": PROBS[1], "a.png": PROBS[0]}
    if form == "npy":
        np.save(path.with_suffix(".npy"), PROBS)
    elif form == "npz":
        np.savez_compressed(path.with_suffix(".npz"), PROBS)
    elif form == "npz by name":
        np.savez(path.with_suffix(".npz"), **by_name)
    elif form == "folder":
        path.mkdir()
        for name, array in by_name.items():
            np.save(path / f"{name}.npy", array)
    elif form == "zarr":
        save_zarr(path, PROBS)
    else:
        save_zarr(path, **by_name)
    (found,) = tmp_path.iterdir()
    probabilities = read_mask_probabilities(found, TWO)
    assert len(probabilities) == 2
    for given, expected in zip(probabilities, PROBS, strict=True):
        np.testing.assert_array_equal(given, expected)
        assert given.dtype == np.float16


def test_arrays_are_mapped_and_files_are_opened_when_asked_for(tmp_path):
    np.save(tmp_path / "probs.npy", PROBS)
    assert isinstance(read_mask_probabilities(tmp_path / "probs.npy", TWO), np.memmap)
    (tmp_path / "probs").mkdir()
    for name in ("a", "b"):
        np.save(tmp_path / "probs" / f"{name}.npy", PROBS[0])
    probabilities = read_mask_probabilities(tmp_path / "probs", TWO)
    (tmp_path / "probs" / "b.npy").write_bytes(b"no array")
    assert isinstance(probabilities[0], np.memmap)
    with pytest.raises(labelaudit.InputError, match="b.npy: cannot be read as a NumPy array"):
        probabilities[1]


def test_one_array_among_several_is_named_after_the_file(tmp_path):
    np.savez(tmp_path / "probs.npz", probs=PROBS, other=CLASSES)
    found = read_mask_probabilities(f"{tmp_path}/probs.npz:probs", TWO)
    np.testing.assert_array_equal(found, PROBS)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": PROBS[:1]}, "probs.npz: expected probabilities of 2 images, as many as there are masks, got 1"),
        ({"x": PROBS.astype(int)}, r"probs.npz: expected floats of shape \(N, K, H, W\), got int64"),
        ({"a": PROBS[0]}, "probs.npz: has no probabilities of b.png; expected some called b"),
        ({"a": PROBS[0], "c": PROBS[1]}, "probs.npz: no annotated image is called 'c'; expected the name of one such as a.png"),
        ({"a": PROBS[0], "b": PROBS[1], "a.png": PROBS[0]}, "a and a.png are both of a.png; leave one of them out"),
    ],
)  # fmt: skip
def test_probabilities_that_do_not_fit_the_masks_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "probs.npz", **arrays)
    with pytest.raises(labelaudit.InputError, match=message):
        read_mask_probabilities(tmp_path / "probs.npz", TWO)


def test_an_array_of_one_image_of_the_wrong_kind_is_refused_when_asked_for(tmp_path):
    np.savez(tmp_path / "probs.npz", a=PROBS[0], b=CLASSES)
    probabilities = read_mask_probabilities(tmp_path / "probs.npz", TWO)
    with pytest.raises(
        labelaudit.InputError, match=r"probs.npz:b: expected floats of shape \(K, H, W\), got uint8 of shape \(2, 3\)"
    ):
        probabilities[1]


def test_files_that_hold_no_probabilities_are_refused(tmp_path):
    for name, content, message in [
        ("a.npy", b"x", "a.npy: cannot be read as a NumPy array"),
        ("a.npz", b"x", "a.npz: cannot be read as a NumPy array"),
        ("a.npz", b"", "a.npz: cannot be read as a NumPy array"),
        (
            "a.csv",
            b"x",
            "a.csv: expected predictions in an .npy file, an .npz file, a folder of .npy files or a zarr folder",
        ),
    ]:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(labelaudit.InputError, match=message):
            read_mask_probabilities(tmp_path / name, TWO)
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        labelaudit.InputError,
        match="empty: expected predictions in an .npy file, .*, a folder of .npy files or a zarr folder",
    ):
        read_mask_probabilities(tmp_path / "empty", TWO)


def test_a_damaged_archive_is_refused_in_one_sentence(tmp_path):
    np.savez_compressed(tmp_path / "probs.npz", a=PROBS[0], b=PROBS[1])
    content = bytearray((tmp_path / "probs.npz").read_bytes())
    content[70:110] = bytes(40)
    (tmp_path / "probs.npz").write_bytes(content)
    probabilities = read_mask_probabilities(tmp_path / "probs.npz", TWO)
    with pytest.raises(labelaudit.InputError, match="probs.npz"):
        probabilities[0]


def test_zarr_is_asked_for_where_it_is_missing(tmp_path, monkeypatch):
    (tmp_path / "probs.zarr").mkdir()
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(
        labelaudit.InputError,
        match="probs.zarr: the package zarr is needed to read it; pip install zarr, or give an .npy",
    ):
        read_mask_probabilities(tmp_path / "probs.zarr", TWO)


def test_a_zarr_folder_that_does_not_fit_is_refused(tmp_path):
    save_zarr(tmp_path / "one.zarr", PROBS[:1])
    save_zarr(tmp_path / "flat.zarr", PROBS[0])
    save_zarr(tmp_path / "group.zarr", a=PROBS[0])
    (tmp_path / "empty.zarr").mkdir()
    for name, message in [
        ("one", "one.zarr: expected probabilities of 2 images"),
        ("flat", r"flat.zarr: expected floats of shape \(N, K, H, W\)"),
        ("group", "group.zarr: has no probabilities of b.png"),
        ("empty", "empty.zarr: cannot be read as zarr"),
    ]:
        with pytest.raises(labelaudit.InputError, match=message) as refusal:
            read_mask_probabilities(tmp_path / f"{name}.zarr", TWO)
        assert "\n" not in str(refusal.value)


def region(inside, **known):
    """Give the place of a region in an image, as COCO has it: its pixels counted column by column."""
    flat = np.asarray(inside, bool).T.ravel()
    ends = np.flatnonzero(np.diff(np.r_[False, flat, not flat[-1]])) if flat.any() else np.array([flat.size])
    (counts,) = strings_of(Ragged(ends, np.array([0, ends.size])))
    return {"size": list(np.shape(inside)), "counts": counts} | known


TOP_LEFT = region([[1, 1, 0], [0, 0, 0]])
NAMES = ["road", "sky", "tree", "car"]


def test_a_region_of_a_folder_of_masks_gets_its_class_and_no_other_pixel(folder, rewrite):
    out = rewrite(folder, "pixels", Change(1, "b.png", TOP_LEFT, "road", "car"), names=NAMES)
    assert read_masks(out).labels[1].tolist() == [[3, 3, 2], [3, 1, 0]]
    before, after = ((place / "b.png").read_bytes() for place in (folder, out))
    assert chunks(after) == chunks(before)
    assert (out / "a.png").read_bytes() == (folder / "a.png").read_bytes()


def test_without_changes_every_file_is_the_same(folder, rewrite):
    out = rewrite(folder, "pixels")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_regions_of_an_array_are_corrected_one_after_another(tmp_path, rewrite):
    np.save(tmp_path / "in.npy", np.stack([CLASSES, CLASSES]).astype(np.int16))
    first, second = region([[1, 1, 1], [0, 0, 0]]), region([[0, 1, 0], [0, 1, 0]])
    changes = [Change(1, 1, first, None, 2), Change(1, 1, second, 1, 0)]
    out = np.load(rewrite(tmp_path / "in.npy", "pixels", *changes))
    assert (out.tolist(), out.dtype) == ([CLASSES.tolist(), [[2, 0, 2], [3, 0, 0]]], np.int16)
    assert rewrite(tmp_path / "in.npy", "pixels").read_bytes() == (tmp_path / "in.npy").read_bytes()


def test_a_region_without_a_class_gets_the_number_for_none(folder, rewrite):
    place = region([[1, 0, 0], [0, 0, 0]], ignore_index=255)
    out = rewrite(folder, "pixels", Change(0, "a.png", place, 0, None))
    assert read_masks(out).labels[0].tolist() == [[255, 1, 2], [3, 1, 0]]


def test_the_band_along_an_edge_is_corrected_with_its_region(tmp_path, rewrite):
    np.save(tmp_path / "in.npy", np.array([[[0, 0, 1, 1, 1, 1]]], np.uint8))
    inside = [[0, 0, 0, 1, 1, 1]]
    out = rewrite(tmp_path / "in.npy", "pixels", Change(0, 0, region(inside, boundary_width=1), 1, 2))
    assert np.load(out).tolist() == [[[0, 0, 2, 2, 2, 2]]]
    out = rewrite(tmp_path / "in.npy", "pixels", Change(0, 0, region(inside), 1, 2))
    assert np.load(out).tolist() == [[[0, 0, 1, 2, 2, 2]]]


def test_a_region_of_a_panoptic_map_is_corrected_in_class_indices(panoptic, rewrite, tmp_path):
    change = Change(0, "b.png", region([[1, 1, 0], [0, 0, 0]], ignore_index=255), "road", "sky")
    path = panoptic()
    source = read_labels(locate(path), "pixels").source
    FORMATS["panoptic"].write(source, [change], tmp_path / "out")
    assert read_masks(tmp_path / "out").labels[1].tolist() == [[1, 1, 255], [0, 0, 1]]


def test_what_is_digested_is_all_that_was_read(folder, panoptic, tmp_path):
    digest = FORMATS["mask png"].digest(folder)
    (folder / "notes.txt").write_text("no mask")
    assert FORMATS["mask png"].digest(folder) == digest
    (folder / "a.png").write_bytes((folder / "b.png").read_bytes())
    assert FORMATS["mask png"].digest(folder) != digest
    digest = FORMATS["panoptic"].digest(panoptic())
    Image.new("RGB", (2, 1), 5).save(tmp_path / "panoptic/a.png")
    assert FORMATS["panoptic"].digest(tmp_path / "panoptic.json") != digest


def test_a_region_of_another_size_is_refused(folder, rewrite):
    with pytest.raises(labelaudit.InputError, match="a.png has 6 pixels, and a region of it is of another size"):
        rewrite(folder, "pixels", Change(0, "a.png", region([[1, 1]]), 0, 1))
