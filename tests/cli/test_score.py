"""``labelaudit score``: every form of input, what the run holds, what is said of it, and what is refused."""

import json

import numpy as np
import polars as pl
import pytest
from PIL import Image

import labelaudit
from laws.data import classification_data
from multilabel_classification.data import multilabel_data, sets_of

NAMES = ["cat", "dog", "fox"]


@pytest.mark.parametrize(
    ("labels", "probs"),
    [
        ("labels.npy", "probs.npy"),
        ("both.npz:labels", "both.npz:probs"),
        ("labels.csv:label", "probs.csv"),
        ("labels.tsv:label", "probs.npy"),
        ("labels.parquet:label", "all.parquet:prob_*"),
        ("all.parquet:name", "all.parquet:prob_*"),
        ("labels.csv:name", "probs.csv"),
        ("labels.npy", "list.parquet"),
        ("labels.npy", "array.parquet:p"),
    ],
)
def test_every_form_of_input_gives_the_same_scores(folder, run, labels, probs):
    result = run("score", "--labels", labels, "--pred-probs", probs, "--out", "run.parquet")
    assert result.exit_code == 0, result.output
    audit = labelaudit.load("run.parquet")
    expected = labelaudit.rank.get_label_quality_scores(*classification_data(200, 3), method="noise_posterior")
    np.testing.assert_allclose(audit.scores, expected)


def test_the_run_has_ids_names_and_options(folder, run):
    files = ("--labels", "labels.csv:name", "--pred-probs", "probs.npy", "--ids", "labels.csv:path")
    options = ("--class-names", "names.txt", "--method", "normalized_margin", "--adjust-pred-probs")
    result = run("score", *files, *options, "--task", "classification", "--out", "run.parquet")
    assert result.exit_code == 0, result.output
    audit = labelaudit.load("run.parquet")
    assert audit.ids[7] == "7.png"
    assert audit.class_names == ("cat", "dog", "fox")
    assert (audit.method, audit.parameters) == ("normalized_margin", {"adjust_pred_probs": True, "threshold": 0.5})
    assert f"{len(audit.issues)} of 200 labels look wrong" in result.output
    assert audit.issues["id"][0] in result.output


def test_a_higher_threshold_lists_fewer_labels(folder, run):
    found = []
    for threshold in (0.2, 0.8):
        files = ("--labels", "labels.npy", "--pred-probs", "probs.npy", "--out", "run.parquet")
        assert run("score", *files, "--threshold", threshold).exit_code == 0
        audit = labelaudit.load("run.parquet")
        assert audit.parameters["threshold"] == threshold
        assert audit.issues["p_wrong"].min() > threshold
        found.append(set(audit.issues["issue"]))
    assert found[1] < found[0]


def test_the_run_knows_what_file_it_is_of(scored):
    source = labelaudit.load("run.parquet").source
    assert source.path == str(scored / "labels.csv")
    assert source.part == "name"


@pytest.mark.parametrize("ending", ["csv", "json", "jsonl"])
def test_scores_as_a_flat_table(folder, run, ending):
    assert (
        run("score", "--labels", "labels.npy", "--pred-probs", "probs.npy", "--out", f"scores.{ending}").exit_code == 0
    )
    read = {"csv": pl.read_csv, "json": pl.read_json, "jsonl": pl.read_ndjson}[ending]
    table = read(f"scores.{ending}")
    assert table.columns == ["id", "score", "p_wrong", "given", "suggested", "likeliest", "likeliest_p"]
    expected = labelaudit.rank.get_label_quality_scores(*classification_data(200, 3), method="noise_posterior")
    np.testing.assert_allclose(table["score"].to_numpy(), expected)
    assert sorted(table["likeliest"][0].split(", ")) == ["0", "1", "2"]
    assert not any(kind.is_nested() for kind in table.schema.values())


def test_json_for_machines(folder, run):
    result = run("score", "--labels", "labels.npy", "--pred-probs", "probs.npy", "--out", "run.parquet", "--json")
    summary = json.loads(result.stdout)
    assert summary["items"] == 200
    assert summary["issues"] == len(labelaudit.load("run.parquet").issues)
    assert summary["estimate"]["wrong"] == labelaudit.load("run.parquet").estimate.wrong
    assert summary["out"] == "run.parquet"


@pytest.mark.parametrize(
    ("labels", "probs", "more", "message"),
    [
        ("none.npy", "probs.npy", [], "none.npy: no such file"),
        (
            "labels.csv",
            "probs.npy",
            [],
            "labels.csv: expected a column after the file, one of path, label, name, as in labels.csv:path",
        ),
        ("labels.csv:lable", "probs.npy", [], "labels.csv: expected a column after the file, one of path, label, name"),
        ("labels.csv:path", "probs.npy", [], "class_names: labels hold 200 names (0.png, 1.png, 10.png, …), and pred"),
        ("labels.csv:label", "labels.csv", [], "expected a column of probabilities a class, path is none"),
        ("labels.csv:label", "all.parquet:p_*", [], "no column"),
        (
            "both.npz",
            "probs.npy",
            [],
            "both.npz: expected a key after the file, one of labels, probs, as in both.npz:labels",
        ),
        ("broken.npy", "probs.npy", [], "broken.npy: cannot be read as a NumPy array"),
        ("pickled.npy", "probs.npy", [], "pickled.npy: cannot be read as a NumPy array without pickled objects"),
        ("broken.csv:a", "probs.npy", [], "broken.csv: cannot be read as csv"),
        ("broken.parquet:a", "probs.npy", [], "broken.parquet: cannot be read as parquet"),
        ("names.txt", "probs.npy", [], "names.txt: expected labels in an .npy or .npz file, a .csv file"),
        ("empty.csv:label", "probs.npy", [], "empty.csv:label: row 1 is empty"),
        ("labels.npy", "gap.csv", [], "gap.csv: row 1 has an empty cell"),
        ("labels.npy", "logits.npy", [], "pred_probs: expected probabilities in [0, 1], row 0 holds 5"),
        ("labels.npy", "probs.npy", ["--method", "margin"], "method: expected one of self_confidence"),
        ("labels.npy", "probs.npy", ["--task", "regresion"], "task: expected one of classification"),
        ("labels.npy", "probs.npy", ["--class-names", "a,b"], "class_names: expected 3 names"),
        (
            "labels.npy",
            "probs.npy",
            ["--out", "run.xlsx"],
            "run.xlsx: expected a name that ends in .parquet, .csv, .json or .jsonl",
        ),
        ("labels.npy", "probs.npy", ["--out", "no/run.parquet"], "the folder no does not exist"),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(folder, run, labels, probs, more, message):
    (folder / "broken.npy").write_bytes(b"\x93NUMPY")
    np.save("pickled.npy", np.array([object()]), allow_pickle=True)
    (folder / "broken.csv").write_text('a,b\n"1,2\n3,4,5,6\n')
    (folder / "broken.parquet").write_text("PAR1")
    (folder / "empty.csv").write_text("label,x\n1,1\n,2\n")
    (folder / "gap.csv").write_text("a,b\n0.5,0.5\n0.5,\n")
    np.save("logits.npy", np.full((200, 3), 5.0))
    before = {path.name for path in folder.iterdir()}
    out = [] if "--out" in more else ["--out", "run.parquet"]
    result = run("score", "--labels", labels, "--pred-probs", probs, *out, *more)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert {path.name for path in folder.iterdir()} == before


def test_debug_shows_the_exception(folder, run):
    result = run("score", "--labels", "none.npy", "--pred-probs", "probs.npy", "--out", "run.parquet", "--debug")
    assert isinstance(result.exception, labelaudit.InputError)


def test_a_warning_is_one_line(folder, run):
    np.save("half.npy", np.load("probs.npy") / 2)
    arguments = ("--labels", "labels.npy", "--pred-probs", "half.npy", "--out", "run.parquet")
    result = run("score", *arguments, "--adjust-pred-probs", "--method", "self_confidence")
    assert result.exit_code == 0
    assert "warning: pred_probs: the probabilities of row 0 do not sum to 1" in result.stderr


def test_regression_from_files(folder, run):
    given, predicted = np.arange(40.0), np.arange(40.0) + np.where(np.arange(40) % 2, 0.5, -0.5)
    given[7] = 700
    pl.DataFrame({"price": given, "model": predicted, "house": [f"h{i}" for i in range(40)]}).write_csv("prices.csv")
    np.save("predicted.npy", predicted)
    for predictions in ("prices.csv:model", "predicted.npy"):
        files = ("--labels", "prices.csv:price", "--predictions", predictions, "--ids", "prices.csv:house")
        result = run("score", "--task", "regression", *files, "--out", "run.parquet")
        assert result.exit_code == 0, result.output
        assert "1 of 40 values looks wrong (2.5 %)" in result.output
        issue = labelaudit.load("run.parquet").issues.row(0, named=True)
        assert (issue["id"], issue["given"], issue["suggested"]) == ("h7", 700.0, 7.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--task", "regresion"), "task: expected one of classification, multilabel_classification, "),
        (("--task", "regression", "--adjust-pred-probs"), "adjust_pred_probs: is no option of regression"),
        (("--task", "regression", "--class-names", "a,b"), "class_names: labels of regression are numbers"),
        (("--task", "regression", "--method", "margin"), "method: expected one of outre, residual, scaled_residual"),
    ],
)
def test_options_that_do_not_fit_the_task(folder, run, options, message):
    result = run("score", "--labels", "labels.npy", "--predictions", "labels.npy", "--out", "run.parquet", *options)
    assert result.exit_code == 2
    assert message in result.output
    assert not (folder / "run.parquet").exists()


def test_multilabel_from_files(folder, run):
    labels, pred_probs = multilabel_data(60, 3)
    np.save("matrix.npy", labels)
    np.save("tags.npy", pred_probs)
    named = [[NAMES[k] for k in row] for row in sets_of(labels)]
    (folder / "tags.jsonl").write_text("".join(json.dumps(row) + "\n" for row in named))
    (folder / "objects.jsonl").write_text(
        "".join(json.dumps({"id": i, "tags": row}) + "\n" for i, row in enumerate(named))
    )
    pl.DataFrame({"tags": named}).write_parquet("tags.parquet")
    pl.DataFrame(labels, schema=[f"has_{name}" for name in NAMES]).write_csv("tags.csv")
    expected = labelaudit.audit("multilabel_classification", labels, pred_probs)
    for given in ("matrix.npy", "tags.jsonl", "objects.jsonl:tags", "tags.parquet:tags", "tags.csv:has_*"):
        files = ("--labels", given, "--pred-probs", "tags.npy", "--class-names", "cat,dog,fox", "--out", "run.parquet")
        result = run("score", "--task", "multilabel_classification", *files)
        assert result.exit_code == 0, result.output
        found = labelaudit.load("run.parquet")
        np.testing.assert_array_equal(found.scores, expected.scores)
        assert found.issues["class"].to_list() == [NAMES[k] for k in expected.issues["class"]]


def test_a_column_of_words_is_no_column_of_lists(folder, run):
    result = run(
        "score",
        "--task",
        "multilabel_classification",
        "--labels",
        "labels.csv:name",
        "--pred-probs",
        "probs.npy",
        "--out",
        "r.parquet",
    )
    assert result.exit_code == 2
    assert "labels.csv:name: expected a column with a list of classes in each row" in result.output


def test_tokens_from_files(folder, run):
    names = ["O", "B-PER", "I-PER"]
    labels, pred_probs = classification_data(60, 3)
    sentences = np.split(labels, [10, 30, 31])
    (folder / "tags.conll").write_text("\n\n".join("\n".join(f"w {names[k]}" for k in s) for s in sentences) + "\n")
    (folder / "tags.jsonl").write_text("".join(json.dumps(s.tolist()) + "\n" for s in sentences))
    np.save("tokens.npy", pred_probs)
    probs = np.split(pred_probs, [10, 30, 31])
    (folder / "probs.jsonl").write_text("".join(json.dumps(p.tolist()) + "\n" for p in probs))
    expected = labelaudit.audit("token_classification", sentences, probs, class_names=names)
    for given, predicted in [("tags.conll", "tokens.npy"), ("tags.jsonl", "tokens.npy"), ("tags.jsonl", "probs.jsonl")]:
        files = (
            "--labels",
            given,
            "--predictions",
            predicted,
            "--class-names",
            ",".join(names),
            "--out",
            "run.parquet",
        )
        result = run("score", "--task", "token_classification", *files)
        assert result.exit_code == 0, result.output
        found = labelaudit.load("run.parquet")
        np.testing.assert_allclose(found.scores, expected.scores)
        same = found.issues.drop("score", "p_wrong", "text", strict=False)
        assert same.equals(expected.issues.drop("score", "p_wrong"))
        assert ("text" in found.issues.columns) == given.endswith("conll")


def test_boxes_from_coco_files(folder, run):
    boxes = [[10, 10, 40, 30], [100, 50, 60, 60]]
    records = [
        {"id": 10 * i + j, "image_id": i, "category_id": 7 + j, "bbox": box, "note": "kept"}
        for i in range(30)
        for j, box in enumerate(boxes)
    ]
    images = [{"id": i, "file_name": f"{i}.jpg"} for i in range(30)]
    categories = [{"id": 7, "name": "cat"}, {"id": 8, "name": "dog"}]
    seen = [record | {"score": 0.9 + 0.001 * record["image_id"]} for record in records]
    (folder / "detections.json").write_text(json.dumps(seen))
    del records[4 * 2]  # nobody annotated the cat of image 4,
    records[20]["category_id"] = 7  # and one of the dogs is called a cat
    wrong = records[20]["image_id"]
    document = {"images": images, "categories": categories, "annotations": records, "info": {"year": 2026}}
    (folder / "instances.json").write_text(json.dumps(document))
    files = ("--labels", "instances.json", "--predictions", "detections.json", "--out", "run.parquet")
    result = run("score", "--task", "object_detection", *files)
    assert result.exit_code == 0, result.output
    audit = labelaudit.load("run.parquet")
    found = audit.issues.select("id", "kind", "suggested").rows()
    assert sorted(found) == sorted([("4.jpg", "overlooked", "cat"), (f"{wrong}.jpg", "swapped", "dog")])


def test_masks_from_files(folder, run):
    truth = np.zeros((6, 32, 32), np.uint8)
    truth[:, 8:24, 8:24] = 1
    given = truth.copy()
    given[2, 10:18, 10:18] = 0
    given[:, 0] = 255
    (folder / "masks").mkdir()
    for i, mask in enumerate(given):
        Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
    yes = np.where(truth, 0.9, 0.1)
    np.save("probs4.npy", np.stack([1 - yes, yes], axis=1).astype(np.float32))
    files = ("--labels", "masks", "--predictions", "probs4.npy", "--ignore-index", "255", "--out", "run.parquet")
    result = run("score", "--task", "segmentation", "--class-names", "back,cell", *files)
    assert result.exit_code == 0, result.output
    assert "1 region in 1 of 6 images looks wrong: 64 of 5,952 pixels (1.1 %)" in result.output
    issue = labelaudit.load("run.parquet").issues.row(0, named=True)
    assert (issue["id"], issue["given"], issue["suggested"], issue["area"]) == ("2.png", "back", "cell", 64)
    assert issue["bbox"] == [10, 10, 18, 18]
