"""Labels in columns of Parquet files, and corrected ones back beside all else that the file says."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import labelaudit
from labelaudit.formats.base import Change
from labelaudit.formats.location import locate
from labelaudit.formats.table_of_formats import read_labels

NAMES = ["cat", "dog", "fox"]


@pytest.fixture
def path(tmp_path):
    table = pa.table(
        {
            "when": pa.array([1, 2, None], pa.timestamp("us", "UTC")),
            "label": pa.array(["cat", "dog", "cat"]).dictionary_encode(),
            "number": pa.array([0, 1, 0], pa.int8()),
            "price": pa.array([1.5, 2, 3], pa.float32()),
            "tags": pa.array([[0, 1], [], [2]], pa.list_(pa.int16())),
            "has_cat": pa.array([1, 0, 0], pa.uint8()),
            "has_dog": pa.array([0.0, 1, 1]),
        },
    ).replace_schema_metadata({"by": "me", "é": "ü"})
    pq.write_table(table, tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def columns(path):
    return pq.read_table(path).to_pydict()


def fix(row, old, new):
    return Change(row, row, None, old, new)


def test_without_changes_schema_metadata_and_values_are_the_same(path, rewrite):
    out = rewrite(f"{path}:label", "classes")
    assert pq.read_schema(out).equals(pq.read_schema(path), check_metadata=True)
    assert columns(out) == columns(path)
    assert pl.read_parquet(out).schema == pl.read_parquet(path).schema


def test_the_index_of_pandas_and_its_types_stay(tmp_path, rewrite):
    table = pd.DataFrame({"label": pd.Categorical(["a", "b"]), "n": pd.array([1, None], "Int8")}, index=["x", "y"])
    table.to_parquet(tmp_path / "p.parquet")
    out = rewrite(f"{tmp_path}/p.parquet:label", "classes", fix(0, "a", "b"))
    table.loc["x", "label"] = "b"
    read = pd.read_parquet(out)
    assert read.index.tolist() == ["x", "y"]
    assert read["label"].tolist() == ["b", "b"]
    assert list(map(str, read.dtypes)) == ["category", "Int8"]


@pytest.mark.parametrize(
    ("column", "holds", "changes", "expected"),
    [
        ("label", "classes", [fix(0, "cat", "fox")], ["fox", "dog", "cat"]),
        ("number", "classes", [fix(2, "cat", "fox")], [0, 1, 2]),
        ("price", "numbers", [fix(1, 2.0, 7)], [1.5, 7.0, 3.0]),
        ("tags", "sets", [Change(1, 1, "fox", None, "fox"), Change(0, 0, "cat", "cat", None)], [[1], [2], [2]]),
        ("tags", "sentences", [Change(0, 0, 1, "dog", "cat")], [[0, 0], [], [2]]),
    ],
)
def test_a_change_is_made_in_its_column_in_the_type_of_the_column(path, rewrite, column, holds, changes, expected):
    out = rewrite(f"{path}:{column}", holds, *changes, names=NAMES)
    assert columns(out) == columns(path) | {column: expected}
    assert pq.read_schema(out).equals(pq.read_schema(path), check_metadata=True)


def test_a_column_a_class_has_the_cells_of_the_classes_changed(path, rewrite):
    changes = [Change(1, 1, "cat", None, "cat"), Change(2, 2, "dog", "dog", None)]
    out = rewrite(f"{path}:has_*", "sets", *changes, names=NAMES)
    assert columns(out) == columns(path) | {"has_cat": [1, 1, 0], "has_dog": [0.0, 1.0, 0.0]}
    assert pq.read_schema(out).equals(pq.read_schema(path))


def test_a_dropped_row_is_gone_from_all_columns(path, rewrite):
    out = rewrite(f"{path}:number", "classes", fix(0, 0, 1), Change(1, 1, None, 1, None))
    first, _, third = pq.read_table(path).to_pylist()
    assert pq.read_table(out).to_pylist() == [first | {"number": 1}, third]


def test_what_the_type_of_the_column_cannot_hold_is_refused(path, tmp_path, rewrite):
    with pytest.raises(labelaudit.InputError, match="t.parquet:number: is of Int8, which cannot hold .* such as 300"):
        rewrite(f"{path}:number", "classes", fix(0, 0, 300))
    pl.DataFrame({"e": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"]))}).write_parquet(tmp_path / "e.parquet")
    with pytest.raises(labelaudit.InputError, match="e.parquet: is of Enum.* such as 'c' in row 1; widen the column"):
        rewrite(tmp_path / "e.parquet", "classes", fix(1, "b", "c"))


def test_list_columns_are_sentences_and_sets(path):
    assert read_labels(locate(f"{path}:tags"), "sentences").values.to_list() == [[0, 1], [], [2]]
    assert read_labels(locate(f"{path}:tags"), "sets").values == [[0, 1], [], [2]]
