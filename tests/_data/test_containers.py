"""A corrected column comes back in the container that it came in."""

import array

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit._data.containers import as_plain, with_values, without_rows


def _pandas():
    return pytest.importorskip("pandas", reason="pandas is not installed: its columns are tested with it")


def _columns():
    return {
        "list": ["a", "b", "c"],
        "tuple": ("a", "b", "c"),
        "array": np.array(["a", "b", "c"]),
        "objects": np.array(["a", "b", "c"], object),
        "polars": pl.Series("label", ["a", "b", "c"]),
        "polars enum": pl.Series("label", ["a", "b", "c"], dtype=pl.Enum(["a", "b", "c", "dd"])),
    }


@pytest.mark.parametrize("name", list(_columns()))
def test_a_value_is_replaced_and_the_column_given_is_left_alone(name):
    column = _columns()[name]
    changed = with_values(column, {1: "dd"})
    assert type(changed) is type(column)
    assert as_plain(changed) == ["a", "dd", "c"]
    assert as_plain(column) == ["a", "b", "c"]
    if isinstance(column, pl.Series):
        assert (changed.dtype, changed.name) == (column.dtype, column.name)
    assert as_plain(without_rows(column, {0, 2})) == ["b"]
    assert type(without_rows(column, {0, 2})) is type(column)


def test_pandas_keeps_index_name_and_categories():
    pd = _pandas()
    column = pd.Series(["a", "b", "c"], index=[7, 3, 5], name="label", dtype=pd.CategoricalDtype(["a", "b", "c", "dd"]))
    changed = with_values(column, {1: "dd"})
    expected = pd.Series(["a", "dd", "c"], index=[7, 3, 5], name="label", dtype=column.dtype)
    pd.testing.assert_series_equal(changed, expected)
    pd.testing.assert_series_equal(without_rows(column, [0]), column.iloc[1:])


def test_pandas_lists_stay_lists():
    pd = _pandas()
    column = pd.Series([[1], [2, 3]], index=["x", "y"])
    pd.testing.assert_series_equal(with_values(column, {0: [4, 5]}), pd.Series([[4, 5], [2, 3]], index=["x", "y"]))


def test_arrow():
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed: its columns are tested with it")
    for column in (pa.array([1, 2, 3], pa.int8()), pa.chunked_array([[1], [2, 3]], pa.int8())):
        changed = with_values(column, {1: 9})
        assert type(changed) is type(column)
        assert changed.type == column.type
        assert changed.to_pylist() == [1, 9, 3]


def test_numbers_keep_their_type_and_are_widened_only_where_they_must_be():
    labels = np.array([0, 1, 2], np.uint8)
    assert with_values(labels, {0: 255}).dtype == np.uint8
    assert with_values(labels, {0: 300}).tolist() == [300, 1, 2]
    assert with_values(np.array([True, False]), {1: True}).dtype == bool
    assert with_values(np.array([1.5, 2], np.float32), {1: 0.25}).dtype == np.float32
    assert with_values(np.array(["a", "b"]), {1: "long"}).tolist() == ["a", "long"]


def test_tensors():
    torch = pytest.importorskip("torch", reason="torch is not installed: its tensors are tested with it")
    changed = with_values(torch.tensor([0, 1, 2], dtype=torch.int32), {1: 5})
    assert changed.dtype == torch.int32
    assert changed.tolist() == [0, 5, 2]
    assert without_rows(torch.tensor([0, 1, 2]), [1]).tolist() == [0, 2]


def test_columns_of_hugging_face():
    datasets = pytest.importorskip("datasets", reason="datasets is not installed: its columns are tested with it")
    column = datasets.Dataset.from_dict({"label": [0, 1, 2]})["label"]
    changed = with_values(column, {1: 5})
    assert type(changed) is type(column)
    assert list(changed) == [0, 5, 2]


def test_another_container_is_refused():
    with pytest.raises(labelaudit.InputError, match="labels: cannot make a corrected array"):
        with_values(array.array("i", [1, 2]), {0: 3})
