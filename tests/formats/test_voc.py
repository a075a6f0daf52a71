"""Pascal VOC folders in and out."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

import labelaudit
from labelaudit.formats.annotations import BoxChange
from labelaudit.formats.base import Change
from labelaudit.formats.box_files import read_annotations, write_annotations
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import read_labels

A = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- drawn by hand -->
<annotation verified="yes">
	<folder>VOC2007</folder>
	<filename>a.jpg</filename>
	<source><owner>Zo&#235; &amp; Co</owner></source>
	<size><width>353</width><height>500</height><depth>3</depth></size>
	<object>
		<name>person</name>
		<difficult>1</difficult>
		<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>353</xmax><ymax>500</ymax></bndbox>
	</object>
	<!-- this one is sure -->
	<object>
		<name>dog</name>
		<pose>Left</pose>
		<difficult>0</difficult>
		<bndbox><xmin>48</xmin><ymin>240.5</ymin><xmax>195</xmax><ymax>371</ymax></bndbox>
		<part><name>head</name><bndbox><xmin>50</xmin><ymin>250</ymin><xmax>60</xmax><ymax>260</ymax></bndbox></part>
	</object>
</annotation>
"""
B = "<annotation><filename>b.jpg</filename></annotation>"


@pytest.fixture
def write(tmp_path):
    def write(**texts):
        folder = tmp_path / "Annotations"
        folder.mkdir(exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.xml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return folder

    return write


@pytest.fixture
def corrected(write, tmp_path):
    """Give the folder once the changes are made."""

    def corrected(*changes):
        write_annotations(tmp_path / "out", read_annotations(write(a=A, b=B)), changes)
        return tmp_path / "out"

    return corrected


def tree(text):
    return ET.canonicalize(text.replace("ISO-8859-1", "utf-8"), strip_text=True, with_comments=True)


def test_corners_are_as_written_and_difficult_boxes_are_not_scored(write):
    found = read_annotations(write(a=A, b=B))
    assert found.images == ["a.jpg", "b.jpg"]
    assert found.class_names == ["dog", "person"]
    assert found.labels[0]["bboxes"].tolist() == [[48, 240.5, 195, 371]]
    assert found.labels[0]["labels"].tolist() == [0]
    assert found.places[0].tolist() == [1]
    assert found.labels[1]["bboxes"].shape == (0, 4)
    assert (found.labels[1]["bboxes"].dtype, found.labels[1]["labels"].dtype) == (np.float64, np.int64)
    assert found.sizes is None  # of b


@pytest.mark.parametrize(("width", "sizes"), [("353", [(353, 500)]), ("0", None)])
def test_a_size_of_0_is_not_known(write, width, sizes):
    assert read_annotations(write(a=A.replace(">353</width>", f">{width}</width>"))).sizes == sizes


def test_given_class_names_set_the_order(write):
    found = read_annotations(write(a=A), class_names=["person", "cat", "dog"])
    assert (found.class_names, found.labels[0]["labels"].tolist()) == (["person", "cat", "dog"], [2])


def test_what_is_read_is_what_is_written_to_the_letter(corrected):
    out = corrected()
    assert {path.name: path.read_text() for path in out.iterdir()} == {"a.xml": A, "b.xml": B}


def test_a_change_keeps_all_else_of_the_tree(corrected):
    text = (corrected(BoxChange(0, 0, label=1, bbox=(47.6, 240, 195.2, 371))) / "a.xml").read_text()
    assert text.startswith('<?xml version="1.0" encoding="ISO-8859-1"?>\n<!-- drawn by hand -->\n<annotation')
    expected = A.replace("<name>dog<", "<name>person<").replace("240.5", "240")
    assert tree(text) == tree(expected)
    assert text == expected  # indentation too


def test_a_change_that_does_not_move_the_box_keeps_its_fractions(corrected):
    assert (corrected(BoxChange(0, 0, label=1)) / "a.xml").read_text() == A.replace("<name>dog<", "<name>person<")


def test_removed_and_added_boxes(corrected):
    out = corrected(
        BoxChange(0, 0, remove=True),
        BoxChange(0, None, label=0, bbox=(1, 2, 3, 4)),
        BoxChange(1, None, label=1, bbox=(5, 6, 7, 8)),
    )
    objects = ET.parse(out / "a.xml").findall("object")
    assert [element.findtext("name") for element in objects] == ["person", "dog"]
    assert [corner.text for corner in objects[1].find("bndbox")] == ["1", "2", "3", "4"]
    assert "\n\t<object>\n\t\t<name>dog</name>\n\t\t<pose>Unspecified</pose>" in (out / "a.xml").read_text()
    assert read_annotations(out).labels[1]["bboxes"].tolist() == [[5, 6, 7, 8]]


C = b"""\xef\xbb\xbf<annotation  verified='>' >\r
 <filename>c.jpg</filename><source/><!-- <object> --> \r
 <object ><name>cat</name><difficult/><bndbox><xmin> 1 </xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>\r
 <object><name>dog<!-- ? --></name><bndbox><ymin>2</ymin><xmin>1</xmin><ymax>4</ymax><xmax>3</xmax></bndbox></object>\r
</annotation >\r
"""
CAT, DOG = {"bbox": [1, 2, 30, 40], "class": "cat"}, {"bbox": [1, 2, 3, 4], "class": "dog"}


@pytest.mark.parametrize(
    ("changes", "old", "new"),
    [
        ([], b"", b""),
        ([Change(0, "c.jpg", 0, CAT, CAT | {"class": "dog"})], b"<name>cat</name>", b"<name>dog</name>"),
        ([Change(0, "c.jpg", 1, DOG, DOG | {"class": "cat"})], b"dog<!-- ? -->", b"cat"),
        (
            [Change(0, "c.jpg", 1, DOG, DOG | {"bbox": [5, 6.4, 7, 8]})],
            b"<ymin>2</ymin><xmin>1</xmin><ymax>4</ymax><xmax>3</xmax>",
            b"<ymin>6</ymin><xmin>5</xmin><ymax>8</ymax><xmax>7</xmax>",
        ),
        (
            [Change(0, "c.jpg", 0, CAT, None)],
            b" \r\n <object ><name>cat</name><difficult/><bndbox><xmin> 1 </xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox></object>",
            b"",
        ),
        (
            [Change(0, "c.jpg", None, None, {"bbox": [1, 2, 3, 4], "class": "dog"})],
            b"</object>\r\n</annotation >",
            b"</object>\r\n <object>\r\n  <name>dog</name>\r\n  <pose>Unspecified</pose>\r\n  <truncated>0</truncated>\r\n"
            b"  <difficult>0</difficult>\r\n  <bndbox>\r\n   <xmin>1</xmin>\r\n   <ymin>2</ymin>\r\n   <xmax>3</xmax>\r\n"
            b"   <ymax>4</ymax>\r\n  </bndbox>\r\n </object>\r\n</annotation >",
        ),
    ],
)  # fmt: skip
def test_a_change_replaces_the_bytes_that_say_it_alone(write, rewrite, changes, old, new):
    content = C.replace(b"<difficult/>", b"")
    out = rewrite(write(b=B, c=content).rename(write().parent / "voc"), "boxes", *(_row(one, 1) for one in changes))
    assert (out / "c.xml").read_bytes() == content.replace(old.replace(b"<difficult/>", b""), new)
    assert (out / "b.xml").read_text() == B


def _row(change, row):
    return Change(row, change.id, change.place, change.old, change.new)


def test_names_are_escaped_and_written_right_in_any_encoding(write, rewrite):
    folder = write(a=A, b=B.replace("</annotation>", OBJECT.format("a &lt; é") + "</annotation>"))
    out = rewrite(folder, "boxes", Change(0, "a.jpg", 0, None, {"bbox": [48, 240.5, 195, 371], "class": "a < é"}))
    assert "<name>a &lt; &#233;</name>" in (out / "a.xml").read_text()
    assert read_annotations(out).class_names == ["a < é", "person"]


OBJECT = "<object><name>{}</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object>"


def test_boxes_are_told_by_their_place_in_the_file(write):
    labels = read_labels(locate(write(a=A, b=B)), "boxes")
    assert labels.options == {"annotation_ids": [[1], []]}


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><annotation><filename>&x;</filename></annotation>',
        '<!DOCTYPE annotation SYSTEM "http://127.0.0.1/a.dtd"><annotation><filename>a</filename></annotation>',
        '<?xml version="1.0"?><!doctype annotation><annotation><filename>a</filename></annotation>',
    ],
)
def test_a_doctype_is_refused(write, text):
    with pytest.raises(labelaudit.InputError, match="a.xml: has a DOCTYPE or entities, which are not read for safety"):
        read_annotations(write(a=text))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp037"])
def test_no_encoding_hides_a_doctype(write, encoding):
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    text = '<!DOCTYPE a [<!ENTITY x "y">]><annotation><filename>&x;</filename></annotation>'
    for content in (head.encode() + text.encode(encoding), (head + text).encode(encoding)):
        with pytest.raises(labelaudit.InputError, match=r"a.xml: (is no XML|is no text in UTF-8|has a DOCTYPE)"):
            read_annotations(write(a=content))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("</annotation>", "", r"a.xml: is no XML \("),
        ("annotation", "notes", "a.xml: expected an annotation of Pascal VOC, got the element notes"),
        ("<filename>a.jpg</filename>", "", "a.xml: annotation: has no filename, or an empty one"),
        ("<name>dog</name>", "", "a.xml: object 1: has no name"),
        ("<ymax>500</ymax>", "", "a.xml: object 0: has no ymax"),
        ("<xmin>48<", "<xmin>x<", "a.xml: object 1: xmin is 'x', expected a finite number"),
        ("<xmin>48<", "<xmin>inf<", "a.xml: object 1: xmin is 'inf', expected a finite number"),
        ("<xmin>48<", "<xmin>196<", "a.xml: object 1: xmax is less than xmin in the bndbox 196, 240.5, 195, 371"),
        (">0</difficult>", ">maybe</difficult>", "a.xml: object 1: difficult is 'maybe', expected 0 or 1"),
        ("<width>353<", "<width>wide<", "a.xml: size: width is 'wide', expected a finite number"),
    ],
)
def test_malformed_files_are_refused_with_object_and_key(write, old, new, message):
    with pytest.raises(labelaudit.InputError, match=message) as refusal:
        read_annotations(write(a=A.replace(old, new)))
    assert "\n" not in str(refusal.value)


def test_two_files_of_one_image_and_a_name_that_is_no_class_are_refused(write):
    with pytest.raises(labelaudit.InputError, match=r"object 1: the name 'dog' is none of the class names person"):
        read_annotations(write(a=A), class_names=["person"])
    with pytest.raises(labelaudit.InputError, match=r"b.xml: has the filename 'a.jpg' of a.xml; expected its own"):
        read_annotations(write(a=A, b=A))
