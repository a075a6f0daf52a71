"""Names before positions in files: columns, classes and ids are told by what they are called there."""

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

import labelaudit
from labelaudit.cli.app import app
from labelaudit.formats.inputs import read_values
from laws.data import classification_data

K = 11
LABELS, PROBS = classification_data(300, K)
EXPECTED = labelaudit.audit(LABELS, PROBS)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def score(*arguments):
    result = CliRunner().invoke(app, ["score", "--out", "run.parquet", *arguments])
    assert result.exit_code == 0, result.output
    return labelaudit.load("run.parquet")


def refused(*arguments):
    result = CliRunner().invoke(app, ["score", "--out", "run.parquet", *arguments])
    assert result.exit_code == 2
    return result.stderr


def write(name, table):
    getattr(table, f"write_{name.rpartition('.')[2]}")(name)


def shuffled(names):
    """Predictions whose columns are sorted as text."""
    table = pl.DataFrame(PROBS, [f"prob_{name}" for name in names])
    return table.select(sorted(table.columns))


@pytest.mark.parametrize("ending", ["csv", "parquet"])
@pytest.mark.parametrize("start", ["", "prob_"])
@pytest.mark.parametrize("values", [LABELS, LABELS.astype(float), LABELS.astype(str), LABELS + 1, LABELS * 3 - 5])
def test_columns_are_matched_whatever_the_type_of_the_labels(folder, ending, start, values):
    write(f"labels.{ending}", pl.DataFrame({"y": values}))
    names = {str(int(float(value))): k for value, k in zip(values, LABELS, strict=True)}
    write(
        f"probs.{ending}",
        shuffled(sorted(names, key=names.get)).rename(lambda name: name.removeprefix("prob_") if not start else name),
    )
    part = f":{start}*" if start else ""
    audit = score("--labels", f"labels.{ending}:y", "--predictions", f"probs.{ending}{part}")
    np.testing.assert_allclose(audit.items["p_wrong"], EXPECTED.items["p_wrong"], rtol=0.02, atol=1e-3)


def test_booleans(folder):
    labels, probs = classification_data(200, 2)
    expected = labelaudit.audit(labels, probs)
    for values in (labels.astype(bool), np.array(["False", "True"])[labels], labels):
        pl.DataFrame({"y": values, "prob_True": probs[:, 1], "prob_False": probs[:, 0]}).write_csv("all.csv")
        audit = score("--labels", "all.csv:y", "--predictions", "all.csv:prob_*")
        assert audit.scores.tolist() == expected.scores.tolist()
        assert audit.class_names == ("False", "True")


def test_words_are_matched_by_name_and_class_names_too(folder):
    names = [f"class {chr(97 + (7 * k) % K)}" for k in range(K)]
    pl.DataFrame({"y": np.array(names)[LABELS], "n": LABELS}).write_csv("labels.csv")
    shuffled(names).write_csv("probs.csv")
    audit = score("--labels", "labels.csv:y", "--predictions", "probs.csv:prob_*")
    assert audit.items["given"].to_list() == np.array(names)[LABELS].tolist()
    assert sorted(audit.source.options["class_names"]) == sorted(names)
    for part in ("y", "n"):
        options = ("--class-names", ",".join(names))
        audit = score("--labels", f"labels.csv:{part}", "--predictions", "probs.csv:prob_*", *options)
        assert audit.class_names == tuple(names)
        assert audit.scores.tolist() == EXPECTED.scores.tolist()


def test_an_enumeration_in_parquet_says_the_order_of_its_names(folder):
    names = ["low", "mid", "high"]
    labels, probs = classification_data(200, 3)
    pl.DataFrame({"y": pl.Series(np.array(names)[labels], dtype=pl.Enum(names))}).write_parquet("labels.parquet")
    np.save("probs.npy", probs)
    audit = score("--labels", "labels.parquet:y", "--predictions", "probs.npy")
    assert audit.class_names == tuple(names)
    assert audit.scores.tolist() == labelaudit.audit(labels, probs).scores.tolist()
    assert [doubt.code for doubt in audit.doubts] == ["names-categories"]


def test_names_without_any_order_are_taken_sorted_and_the_terminal_says_so(folder):
    labels, probs = classification_data(200, 3)
    pl.DataFrame({"y": np.array(["ant", "bee", "cat"])[labels]}).write_csv("labels.csv")
    np.save("probs.npy", probs)
    result = CliRunner().invoke(
        app, ["score", "--labels", "labels.csv:y", "--predictions", "probs.npy", "--out", "run.parquet"]
    )
    assert "names of the classes sorted (ant, bee, cat)" in " ".join(result.stdout.split())
    assert labelaudit.load("run.parquet").class_names == ("ant", "bee", "cat")


CODES = ["007", "010", "1"]


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_classes_and_ids_that_begin_with_0_stay_text(folder, ending):
    separator = "," if ending == "csv" else "\t"
    pl.DataFrame({"id": ["001", "02", "3"], "y": CODES}).write_csv(f"all.{ending}", separator=separator)
    pl.DataFrame(np.eye(3) * 0.7 + 0.1, [f"p_{code}" for code in CODES]).write_csv("probs.csv")
    files = ("--labels", f"all.{ending}:y", "--predictions", "probs.csv:p_*")
    audit = score(*files, "--ids", f"all.{ending}:id")
    assert audit.ids.to_list() == ["001", "02", "3"]
    assert audit.items["given"].to_list() == CODES
    assert audit.class_names == tuple(CODES)


def test_numbers_that_do_not_begin_with_0_are_numbers(folder):
    (folder / "all.csv").write_text("a,b,c\n0,0.5,-0\n10,00.5,-01\n")
    assert read_values("all.csv:a").tolist() == [0, 10]
    assert read_values("all.csv:b").tolist() == [0.5, 0.5]
    assert read_values("all.csv:c").tolist() == ["-0", "-01"]


def test_a_corrected_class_that_begins_with_0_is_written_as_it_is(folder):
    (folder / "all.csv").write_text("y,note\n007,a\n010,b\n1,c\n")
    pl.DataFrame(np.eye(3) * 0.7 + 0.1, [f"p_{code}" for code in CODES]).write_csv("probs.csv")
    score("--labels", "all.csv:y", "--predictions", "probs.csv:p_*")
    decisions = '{"issue": null, "item": 2, "verdict": "fix", "value": "007"}\n'
    (folder / "decisions.jsonl").write_text(decisions)
    arguments = ["export", "run.parquet", "--decisions", "decisions.jsonl", "--out", "out.csv"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert (folder / "out.csv").read_text() == "y,note\n007,a\n010,b\n007,c\n"


def test_columns_of_one_name_are_refused_where_they_are_asked_for(folder):
    (folder / "all.csv").write_text("\ny,p_a,p_b,p_a,note,note\n0,0.9,0.1,0.9,x,x\n1,0.1,0.9,0.1,x,x\n")
    message = "error: all.csv:{}: expected columns of different names, two are called '{}'\n"
    assert refused("--labels", "all.csv:y", "--predictions", "all.csv:p_*") == message.format("p_*", "p_a")
    assert refused("--labels", "all.csv:p_a", "--predictions", "all.csv:p_*").startswith("error: all.csv:p_a: expected")
    assert refused("--labels", "all.csv:note", "--predictions", "all.csv:p_*") == message.format("note", "note")
    assert read_values("all.csv:y").tolist() == [0, 1]


@pytest.mark.parametrize(("beside", "said"), [("id", "'id' holds 2 in row 2"), ("sure", "'sure' is none")])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_column_of_numbers_beside_the_probabilities_is_no_class(folder, ending, beside, said):
    np.save("labels.npy", LABELS)
    values = {"id": np.arange(300), "sure": PROBS.max(axis=1)}[beside]
    write(f"probs.{ending}", shuffled(range(K)).with_columns(pl.Series(beside, values)))
    message = refused("--labels", "labels.npy", "--predictions", f"probs.{ending}")
    assert said in message
    assert f"name the columns of the classes by how they begin, as in probs.{ending}:prob_*" in message
    assert (
        score("--labels", "labels.npy", "--predictions", f"probs.{ending}:prob_*").scores.tolist()
        == EXPECTED.scores.tolist()
    )
