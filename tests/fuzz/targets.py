"""What is fuzzed: a valid folder of files for each reader, and what reading it must come to.

A read ends with :class:`labelaudit.InputError` or with a sound result: labels and predictions that an audit takes or
refuses, scores in [0, 1], counts that keep their law, and a file that comes back byte for byte where nothing changed.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import labelaudit
from labelaudit import Decision
from labelaudit.decisions import open_decisions
from labelaudit.formats.base import Source
from labelaudit.formats.table_of_formats import FORMATS
from labelaudit.tasks import TASKS
from laws import files
from laws.planted import NAMES, PLANTED, TAGS, Planted


@dataclass(frozen=True)
class Target:
    """One reader: how its files are made, which of them are damaged, and how they are read."""

    name: str
    write: Callable[[Path], Any]  # a valid folder; what comes back is handed to ``read``
    read: Callable[[Path, Any], None]
    damaged: str  # glob of the files that are mutated
    task: str = ""


_SIZES = {"classification": 24, "regression": 24, "multilabel_classification": 24, "token_classification": 5}

_TEXTS = ("csv", "tsv", "jsonl", "conll", "coco", "yolo", "voc")  # formats that keep bytes; others keep values


def _planted(task: str) -> Planted:
    return PLANTED[task](n=_SIZES.get(task, 4))  # type: ignore[call-arg]


def _names(task: str) -> str | None:
    if task in ("regression", "object_detection"):
        return None
    return ",".join(TAGS if task == "token_classification" else NAMES[:3] if task == "segmentation" else NAMES)


def audit_of(task: str, where: tuple[str, str]) -> tuple[labelaudit.Audit, Source]:
    """Return the audit of files, as the command line makes it, and where the labels came from."""
    data = TASKS[task].read(*where, _names(task))
    audit = labelaudit.audit(
        task, data.labels, data.predictions, ids=data.ids, class_names=data.class_names, **data.options
    )
    assert data.source is not None
    return audit, data.source


def _audited(task: str) -> Callable[[Path, Any], None]:
    def read(folder: Path, where: tuple[str, str]) -> None:
        audit, source = audit_of(task, where)
        check(audit)
        row = FORMATS[source.format]
        assert row.write is not None
        out = folder / f"out{Path(source.path).suffix}"
        row.write(source, [], out)
        if source.format in _TEXTS:
            assert row.digest(out) == source.digest, "what comes back is not what was read"

    return read


def check(audit: labelaudit.Audit) -> None:
    """Assert what holds for every audit."""
    scores = audit.scores
    assert ((scores >= 0) & (scores <= 1)).all(), (
        f"scores outside [0, 1]: {scores[~((scores >= 0) & (scores <= 1))][:3]}"
    )
    assert 0 <= audit.counts.wrong <= audit.counts.labels, audit.counts
    assert len(audit.items) == len(scores)
    assert audit.issues["row"].is_between(0, len(scores) - 1).all()


def _labels(task: str, name: str, write: files.Write, damaged: str) -> Target:
    return Target(name, lambda folder: write(_planted(task), folder), _audited(task), damaged, task)


def _predictions(task: str, name: str, labels: files.Write, write: Callable[[Planted, Path], str]) -> Target:
    def made(folder: Path) -> tuple[str, str]:
        planted = _planted(task)
        given, _ = labels(planted, folder)
        for old in folder.glob("predictions*"):
            old.unlink()
        return given, write(planted, folder)

    return Target(name, made, _audited(task), "predictions*", task)


def _table(planted: Planted) -> pl.DataFrame:
    return pl.DataFrame(planted.predictions, schema=[f"prob_{name}" for name in NAMES])


def _csv_predictions(planted: Planted, folder: Path) -> str:
    _table(planted).write_csv(folder / "predictions.csv")
    return f"{folder}/predictions.csv:prob_*"


def _tsv_predictions(planted: Planted, folder: Path) -> str:
    _table(planted).write_csv(folder / "predictions.tsv", separator="\t")
    return f"{folder}/predictions.tsv:prob_*"


def _parquet_predictions(planted: Planted, folder: Path) -> str:
    _table(planted).write_parquet(folder / "predictions.parquet", compression="uncompressed")
    return f"{folder}/predictions.parquet:prob_*"


def _json_predictions(planted: Planted, folder: Path) -> str:
    lines = [json.dumps(row) + "\n" for row in planted.predictions.round(4).tolist()]
    (folder / "predictions.jsonl").write_text("".join(lines))
    return f"{folder}/predictions.jsonl"


def _coco_predictions(planted: Planted, folder: Path) -> str:
    found = [
        {"image_id": row, "category_id": 1 + int(label), "bbox": [x1, y1, x2 - x1, y2 - y1], "score": round(score, 3)}
        for row, image in enumerate(planted.predictions)
        for (x1, y1, x2, y2), label, score in zip(
            image["boxes"].tolist(), image["labels"], image["scores"].tolist(), strict=True
        )
    ]
    (folder / "predictions.json").write_text(json.dumps(found))
    return f"{folder}/predictions.json"


def _yolo_predictions(planted: Planted, folder: Path) -> str:
    (folder / "predictions").mkdir()
    for number, image in enumerate(planted.predictions):
        corners = image["boxes"] / np.array([64, 48, 64, 48])
        rows = np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]]).tolist()
        lines = [
            " ".join(map(str, [label, *row, score]))
            for label, row, score in zip(image["labels"], rows, image["scores"].tolist(), strict=True)
        ]
        (folder / f"predictions/{number:03}.txt").write_text("\n".join(lines))
    return f"{folder}/predictions"


def _pixel_npz(planted: Planted, folder: Path) -> str:
    np.savez(folder / "predictions.npz", **{f"{i:03}": image for i, image in enumerate(planted.predictions)})
    return f"{folder}/predictions.npz"


def _pixel_folder(planted: Planted, folder: Path) -> str:
    (folder / "predictions").mkdir()
    for number, image in enumerate(planted.predictions):
        np.save(folder / f"predictions/{number:03}.npy", image)
    return f"{folder}/predictions"


def _pixel_zarr(planted: Planted, folder: Path) -> str:
    import zarr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        zarr.save_array(str(folder / "predictions.zarr"), planted.predictions)
    return f"{folder}/predictions.zarr"


def _npz_labels(planted: Planted, folder: Path) -> tuple[str, str]:
    return files.npz_of_numbers(planted, folder)


def _run_file(task: str) -> Target:
    def write(folder: Path) -> None:
        _planted(task).audit().save(folder / "run.parquet")

    def read(folder: Path, _: None) -> None:
        audit = labelaudit.load(folder / "run.parquet")
        check(audit)
        assert audit.headline
        assert isinstance(audit.summary(), dict)
        repr(audit)
        audit.to_polars()
        if len(audit.items):
            audit.view(0)
        audit.save(folder / "again.parquet")
        labelaudit.load(folder / "again.parquet")

    return Target(f"run of {task}", write, read, "run.parquet")


def _decisions(name: str) -> Target:
    def write(folder: Path) -> None:
        kept = open_decisions(folder / name)
        kept.extend(Decision(f"{i}.png", "fix", "dog", given="cat", by="é") for i in range(3))
        kept.append(Decision("2.png", "undo"))
        kept.append(Decision(None, "fix", {"bbox": [1, 2, 3, 4], "class": "cat"}, item="a", place=2, batch="b"))
        wal = folder / f"{name}-wal"
        assert not wal.exists() or not wal.stat().st_size

    def read(folder: Path, _: None) -> None:
        kept = open_decisions(folder / name)
        before = len(list(kept.current()))
        kept.append(Decision("new", "keep"))
        assert [one.issue for one in open_decisions(folder / name)][-1] == "new"
        assert len(open_decisions(folder / name).current()) >= min(before, 1)

    return Target(f"decisions {Path(name).suffix}", write, read, f"{name}")


TARGETS = {
    target.name: target
    for target in (
        _labels("classification", "csv", files.csv, "t.csv"),
        _labels("classification", "tsv", files.tsv, "t.tsv"),
        _labels("classification", "parquet", files.parquet, "t.parquet"),
        _labels("token_classification", "parquet of lists", files.parquet, "t.parquet"),
        _labels("classification", "jsonl", files.json_lines, "t.jsonl"),
        _labels("regression", "jsonl of numbers", files.json_lines, "t.jsonl"),
        _labels("multilabel_classification", "jsonl of sets", files.json_lines, "t.jsonl"),
        _labels("token_classification", "jsonl of sentences", files.json_lines, "t.jsonl"),
        _labels("multilabel_classification", "csv of columns", files.csv_of_columns, "t.csv"),
        _labels("regression", "csv of numbers", files.csv, "t.csv"),
        _labels("classification", "npy", files.npy, "t.npy"),
        _labels("classification", "npz", _npz_labels, "t.npz"),
        _labels("regression", "npy of numbers", files.npy, "t.npy"),
        _labels("token_classification", "conll", files.conll, "t.conll"),
        _labels("object_detection", "coco", files.coco, "t.json"),
        _labels("object_detection", "yolo", files.yolo, "labels/*"),
        _labels("object_detection", "yolo images", files.yolo, "images/*"),
        _labels("object_detection", "voc", files.voc, "xml/*"),
        _labels("segmentation", "mask png", files.mask_png, "masks/*"),
        _labels("segmentation", "panoptic json", files.panoptic, "t.json"),
        _labels("segmentation", "panoptic png", files.panoptic, "t/*"),
        _labels("segmentation", "mask npy", files.npy, "t.npy"),
        _predictions("classification", "csv of probabilities", files.csv, _csv_predictions),
        _predictions("classification", "tsv of probabilities", files.csv, _tsv_predictions),
        _predictions("classification", "parquet of probabilities", files.csv, _parquet_predictions),
        _predictions("classification", "jsonl of probabilities", files.csv, _json_predictions),
        _predictions("classification", "npy of probabilities", files.csv, lambda planted, folder: files.csv(planted, folder)[1]),
        _predictions("token_classification", "npy of tokens", files.conll, lambda planted, folder: files.conll(planted, folder)[1]),
        _predictions("object_detection", "detections npz", files.voc, files.detections),
        _predictions("object_detection", "coco detections", files.coco, _coco_predictions),
        _predictions("object_detection", "yolo detections", files.yolo, _yolo_predictions),
        _predictions("segmentation", "probabilities npy", files.mask_png, lambda planted, folder: files._save(folder, planted.predictions)),
        _predictions("segmentation", "probabilities npz", files.mask_png, _pixel_npz),
        _predictions("segmentation", "probabilities folder", files.mask_png, _pixel_folder),
        _predictions("segmentation", "probabilities zarr", files.mask_png, _pixel_zarr),
        _run_file("classification"),
        _run_file("object_detection"),
        _run_file("segmentation"),
        _decisions("d.jsonl"),
        _decisions("d.sqlite"),
    )
}  # fmt: skip


def damaged_files(target: Target, folder: Path) -> list[Path]:
    """Return the files that are mutated, a folder of zarr with all that is in it."""
    found = [path for root in folder.glob(target.damaged) for path in (root, *root.rglob("*")) if path.is_file()]
    return sorted(set(found))


def restore(folder: Path, original: dict[str, bytes]) -> None:
    """Make the folder again what it was."""
    for path in folder.iterdir():
        if path.is_dir() and path.name.startswith(("out", "again")):
            shutil.rmtree(path)
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        name = path.relative_to(folder).as_posix()
        if name not in original:
            path.unlink()
    for name, content in original.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.unlink(missing_ok=True)  # another file, as a database may still have this one open
            path.write_bytes(content)
