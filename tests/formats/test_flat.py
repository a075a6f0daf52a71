"""Tables that a spreadsheet opens: one value a cell, whatever a table holds."""

import polars as pl
import pytest

import labelaudit
from labelaudit.formats.flat import flat, write_flat

NESTED = pl.DataFrame(
    {
        "id": ["a", "b"],
        "words": [["New", "York"], []],
        "likeliest": pl.Series([["cat"], ["dog"]], dtype=pl.List(pl.Enum(["cat", "dog"]))),
        "likeliest_p": pl.Series([[0.5, 0.25], [1.0, 0.0]], dtype=pl.Array(pl.Float64, 2)),
        "gaps": [[1, None, 3], None],
        "size": [{"height": 2, "width": 3}, None],
        "boxes": [[{"class": "cat", "confidence": 0.5}], []],
        "bbox": [[1.0, 2.0, 3.0, 4.0], None],
        "suggested_bbox": [None, [5.0, 6.0, 7.0, 8.0]],
    }
)


def test_lists_are_text_records_are_json_and_boxes_are_four_columns():
    first, second = flat(NESTED).to_dicts()
    assert first == {
        "id": "a", "words": "New, York", "likeliest": "cat", "likeliest_p": "0.5, 0.25", "gaps": "1, , 3",
        "size": '{"height":2,"width":3}', "boxes": '[{"class":"cat","confidence":0.5}]',
        "x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0,
        "suggested_x1": None, "suggested_y1": None, "suggested_x2": None, "suggested_y2": None,
    }  # fmt: skip
    assert (second["words"], second["gaps"], second["size"], second["boxes"]) == ("", None, None, "[]")
    assert (second["x1"], second["suggested_y2"]) == (None, 8.0)


def test_what_is_flat_stays_as_it_is():
    table = pl.DataFrame({"id": [1, 2], "score": [0.5, None], "given": ["a", None]})
    assert flat(table).equals(table)


def test_a_table_without_rows_keeps_its_columns():
    assert flat(NESTED.clear()).columns == flat(NESTED).columns


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl", "parquet"])
def test_every_kind_of_file_holds_the_flat_table(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    write_flat(path, NESTED)
    read = {"csv": pl.read_csv, "json": pl.read_json, "jsonl": pl.read_ndjson, "parquet": pl.read_parquet}[ending]
    table = read(path)
    assert table.columns == flat(NESTED).columns
    assert table["words"][0] == "New, York"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "message"), [("table.xlsx", "ends in .parquet, .csv, .json or .jsonl"), ("no/t.csv", "does not exist")]
)
def test_a_path_that_cannot_be_written_is_refused(tmp_path, name, message):
    with pytest.raises(labelaudit.InputError, match=message):
        write_flat(tmp_path / name, NESTED)
