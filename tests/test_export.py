"""From decisions about labels in files to corrected files: what is written, where, and what is refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import labelaudit
from labelaudit import Decision
from labelaudit.export import export
from labelaudit.tasks import TASKS

CSV = b'path,label,note\r\na.png,cat,"x, ""y"""\r\nb.png,dog,\r\nc.png,"fox",z\r\nd.png,dog,\r\n'
FIX = Decision("b.png", "fix", "cat", given="dog")
PRED_PROBS = "p_cat,p_dog,p_fox\n0.8,0.1,0.1\n0.9,0.05,0.05\n0.05,0.85,0.1\n0.2,0.7,0.1\n"


def audit_of(task, labels, predictions, ids=None, **options):
    """Audit what is in files, as the command line does."""
    data = TASKS[task].read(str(labels), str(predictions), None)
    options = data.options | options
    audit = labelaudit.audit(
        task, data.labels, data.predictions, ids=ids or data.ids, class_names=data.class_names, **options
    )
    return replace(audit, source=data.source)


@pytest.fixture
def audit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "labels.csv").write_bytes(CSV)
    (tmp_path / "probs.csv").write_text(PRED_PROBS)
    return audit_of("classification", "labels.csv:label", "probs.csv:p_*", ids=["a.png", "b.png", "c.png", "d.png"])


def test_a_fix_is_written_into_its_cell_and_a_patch_beside_the_file(audit, tmp_path):
    (change,) = export(audit, [FIX], "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == CSV.replace(b"b.png,dog", b"b.png,cat")
    line = (
        '{"row": 1, "id": "b.png", "place": null, "old": "dog", "new": "cat", "annotation": null, "issue": "b.png"}\n'
    )
    assert (tmp_path / "out.patch.jsonl").read_text() == line
    assert json.loads(line) == change.to_json()


def test_no_decision_gives_the_same_file_and_an_empty_patch(audit, tmp_path):
    assert export(audit, [], "out.csv") == []
    assert (tmp_path / "out.csv").read_bytes() == CSV
    assert (tmp_path / "out.patch.jsonl").read_bytes() == b""


def test_a_dropped_item_is_left_out(audit, tmp_path):
    export(audit, [FIX, Decision("c.png", "drop")], "out.csv")
    kept = CSV.replace(b"b.png,dog", b"b.png,cat").replace(b'c.png,"fox",z\r\n', b"")
    assert (tmp_path / "out.csv").read_bytes() == kept


def test_the_same_decisions_give_the_same_bytes_from_a_saved_run_and_from_a_file_of_decisions(audit, tmp_path):
    audit.save("run.parquet")
    (tmp_path / "decisions.jsonl").write_text(FIX.to_json() + "\n")
    export(audit, [FIX], "one.csv")
    export(labelaudit.load("run.parquet"), "decisions.jsonl", tmp_path / "two.csv")
    for ending in ("csv", "patch.jsonl"):
        assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()


def test_the_working_folder_may_be_another(audit, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    export(audit, [FIX], "out.csv")
    assert (tmp_path / "elsewhere/out.csv").read_bytes() == CSV.replace(b"b.png,dog", b"b.png,cat")


def test_a_file_that_moved_is_named(audit, tmp_path):
    (tmp_path / "labels.csv").rename(tmp_path / "moved.csv")
    with pytest.raises(
        labelaudit.InputError, match="labels.csv: lies no longer where it was audited; name .* --labels"
    ):
        export(audit, [FIX], "out.csv")
    for labels in ("moved.csv", "moved.csv:label", tmp_path / "moved.csv"):
        export(audit, [FIX], "out.csv", labels=labels)
        assert (tmp_path / "out.csv").read_bytes() == CSV.replace(b"b.png,dog", b"b.png,cat")


def test_another_file_than_the_one_that_was_audited_is_refused(audit, tmp_path):
    (tmp_path / "other.csv").write_bytes(CSV + b"e.png,cat,\r\n")
    (tmp_path / "other.txt").write_bytes(CSV)
    for labels, message in [
        ("other.csv", r"other.csv: is not what was audited \(its digest is .*, it was .*\); name the file that was"),
        ("other.txt", "other.txt: is not what was audited, which was a .csv file"),
        ("other.csv:path", "other.csv:path: expected the part that was audited, label"),
        ("none.csv", "none.csv: no such file"),
    ]:
        with pytest.raises(labelaudit.InputError, match=message):
            export(audit, [FIX], "out.csv", labels=labels)
    (tmp_path / "labels.csv").write_bytes(CSV.replace(b"d.png,dog", b"d.png,cat"))
    with pytest.raises(labelaudit.InputError, match="labels.csv: is not what was audited .* or score this one again"):
        export(audit, [FIX], "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_an_audit_of_no_file_is_refused_with_the_way_out():
    audit = labelaudit.audit("classification", [0, 1], [[0.9, 0.1], [0.9, 0.1]])
    with pytest.raises(labelaudit.InputError, match=r"source: .* not of a file; pass the labels to audit.correct\("):
        export(audit, [], "out.csv")


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("labels.csv", "labels.csv: is where the labels were read; name another place"),
        ("../{here}/labels.csv", "labels.csv: is where the labels were read; name another place"),
        ("out.parquet", "out.parquet: expected a name that ends in .csv, as .*labels.csv is what was read"),
        ("no/out.csv", "the folder no does not exist"),
    ],
)
def test_where_nothing_is_written(audit, tmp_path, out, message):
    with pytest.raises(labelaudit.InputError, match=message):
        export(audit, [FIX], out.format(here=tmp_path.name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.csv", "probs.csv"]
    assert (tmp_path / "labels.csv").read_bytes() == CSV


def test_a_value_that_is_no_label_is_refused_and_nothing_is_written(audit, tmp_path):
    with pytest.raises(labelaudit.InputError, match="decisions: b.png: expected a class as its value"):
        export(audit, [Decision("b.png", "fix", "owl")], "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.fixture
def masks(tmp_path):
    truth = np.zeros((3, 24, 24), np.uint8)
    truth[:, 6:18, 6:18] = 1
    given = truth.copy()
    given[1, 8:14, 8:14] = 0
    (tmp_path / "masks").mkdir()
    for i, mask in enumerate(given):
        Image.fromarray(mask).save(tmp_path / f"masks/{i}.png", dpi=(72, 72))
    yes = np.where(truth, 0.95, 0.05)
    np.save(tmp_path / "probs.npy", np.stack([1 - yes, yes], axis=1).astype(np.float32))
    return tmp_path / "masks", truth


@pytest.mark.parametrize("width", [0, 1, 2])
def test_masks_in_files_are_corrected_as_masks_in_memory_their_edges_too(masks, tmp_path, width):
    folder, truth = masks
    audit = audit_of("segmentation", folder, tmp_path / "probs.npy", boundary_width=width)
    decisions = [Decision(issue, "fix", 1) for issue in audit.issues["issue"]]
    assert len(decisions) == 1
    export(audit, decisions, tmp_path / "out")
    written = [np.asarray(Image.open(tmp_path / f"out/{i}.png")) for i in range(3)]
    np.testing.assert_array_equal(written, truth)
    read = [np.asarray(Image.open(folder / f"{i}.png")) for i in range(3)]
    np.testing.assert_array_equal(written, audit.correct(read, decisions))
    assert (tmp_path / "out/0.png").read_bytes() == (folder / "0.png").read_bytes()
    (line,) = (tmp_path / "out.patch.jsonl").read_text().splitlines()
    assert (json.loads(line)["id"], json.loads(line)["new"]) == ("1.png", 1)


def test_a_folder_is_not_written_into_itself(masks, tmp_path):
    folder, _ = masks
    audit = audit_of("segmentation", folder, tmp_path / "probs.npy")
    for out in (folder, folder / "corrected", folder / "deep/er"):
        with pytest.raises(labelaudit.InputError, match="is where the labels were read; name another place"):
            export(audit, [], out)
    shutil.copytree(folder, tmp_path / "copy")
    with pytest.raises(
        labelaudit.InputError, match="copy: exists already; name a folder that does not, or an empty one"
    ):
        export(audit, [], tmp_path / "copy")
    export(audit, [], tmp_path / "v1.2", labels=tmp_path / "copy")
    assert (tmp_path / "v1.2.patch.jsonl").exists()
