"""The law of corrections through files, over all tasks and formats."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import labelaudit
from labelaudit.export import export
from labelaudit.formats.table_of_formats import FORMATS
from labelaudit.tasks import TASKS
from laws.files import WRITTEN
from laws.planted import PLANTED

every = pytest.mark.parametrize(
    ("task", "write"), [pytest.param(task, write, id=f"{task}-{write.__name__}") for task, some in WRITTEN.items() for write in some]
)  # fmt: skip


class Case:
    """Planted labels in files, and their audit."""

    def __init__(self, task, write, folder):
        self.task, self.planted = task, PLANTED[task]()
        labels, self.predictions = write(self.planted, folder)
        self.audit = self.audit_of(labels)
        self.path = Path(self.audit.source.path)
        name = (
            self.path.stem if write.__name__ == "panoptic" else self.path.name
        )  # which is written as a folder of masks
        self.out, self.again = folder / f"out {name}", folder / f"again {name}"

    def read(self, labels):
        names = self.planted.options.get("class_names")
        named = self.task in ("object_detection", "segmentation") or names is None
        return TASKS[self.task].read(str(labels), self.predictions, None if named else ",".join(names))

    def audit_of(self, labels):
        found = self.read(labels)
        names = found.class_names or self.planted.options.get("class_names")
        audit = labelaudit.audit(
            self.task, found.labels, found.predictions, ids=found.ids, class_names=names, **found.options
        )
        options = {**found.source.options, "class_names": names}
        return replace(audit, source=replace(found.source, options=options))

    def labels_in(self, path):
        part = self.audit.source.part
        return self.read(f"{path}:{part}" if part else path)


def plain(labels, names):
    """Labels as nested lists, classes by their names, boxes in a fixed order and in whole pixels."""

    def named(value):
        return value if names is None or isinstance(value, str) else names[value]

    if isinstance(labels, np.ndarray) and labels.ndim == 2:
        return [[name for name, bit in zip(names, row, strict=True) if bit] for row in labels]
    if isinstance(labels, np.ndarray) and labels.ndim == 3:
        return labels.tolist()
    if isinstance(labels, pl.Series | np.ndarray):
        labels = labels.to_list() if isinstance(labels, pl.Series) else labels.tolist()
    found = []
    for item in labels:
        if isinstance(item, dict):
            boxes = np.round(item["bboxes"]).astype(int).tolist()
            found.append(sorted(zip(boxes, item["labels"].tolist(), strict=True)))
        elif isinstance(item, np.ndarray):
            found.append(item.tolist())
        else:
            found.append(list(map(named, item)) if isinstance(item, list) else named(item))
    return found


def in_order(labels, names, task):
    """The classes of an item in a fixed order where they are a set."""
    found = plain(labels, names)
    return [sorted(item) for item in found] if task == "multilabel_classification" else found


def contents(path):
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def test_every_format_that_is_written_is_tried():
    tried = {
        "csv",
        "tsv",
        "parquet",
        "jsonl",
        "numpy",
        "conll",
        "coco",
        "yolo",
        "voc",
        "mask png",
        "panoptic",
        "mask npy",
    }
    assert tried == {name for name, row in FORMATS.items() if row.write is not None}


@every
def test_what_is_written_is_what_correct_makes_of_the_labels_and_the_given_files_stay(task, write, tmp_path):
    case = Case(task, write, tmp_path)
    before, names = contents(case.path), case.audit.class_names
    decisions = case.planted.decide(case.audit)
    changes = export(case.audit, decisions, case.out)
    assert len(changes) >= 10
    # what correct makes of planted data is held by the laws of corrections
    mended = case.audit.correct(case.labels_in(case.path).labels, decisions)
    assert in_order(case.labels_in(case.out).labels, names, task) == in_order(mended, names, task)
    assert contents(case.path) == before
    assert changes == case.audit.changes(decisions)
    export(case.audit, decisions, case.again)
    assert list(contents(case.again).values()) == list(contents(case.out).values())


@every
def test_without_decisions_the_file_is_the_same(task, write, tmp_path):
    case = Case(task, write, tmp_path)
    assert export(case.audit, [], case.out) == []
    if write.__name__ == "parquet":
        assert pl.read_parquet(case.out).equals(pl.read_parquet(case.path))
        assert pl.read_parquet_metadata(case.out) == pl.read_parquet_metadata(case.path)
    elif write.__name__ == "panoptic":
        assert in_order(case.labels_in(case.out).labels, None, task) == case.planted.given.tolist()
    else:
        assert list(contents(case.out).values()) == list(contents(case.path).values())
