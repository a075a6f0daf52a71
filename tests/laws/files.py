"""Planted data written to files: for each task, the formats that its labels are read from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from laws.planted import HEIGHT, WIDTH, Planted

# (planted data, folder) → the labels and the predictions there, as the command line is told them
Write = Callable[[Planted, Path], tuple[str, str]]


def _save(folder: Path, predictions: Any) -> str:
    np.save(folder / "predictions.npy", np.asarray(predictions))
    return f"{folder}/predictions.npy"


def csv(planted: Planted, folder: Path) -> tuple[str, str]:
    lines = [f'{i},"a ""note"", of two\r\nlines",{label}\r\n' for i, label in enumerate(planted.given)]
    (folder / "t.csv").write_bytes("".join(["\ufeffid,note,label\r\n", *lines]).encode())
    return f"{folder}/t.csv:label", _save(folder, planted.predictions)


def tsv(planted: Planted, folder: Path) -> tuple[str, str]:
    lines = [f'"{label}"\t{i}\n' for i, label in enumerate(planted.given)]
    (folder / "t.tsv").write_text("".join(["label\tid\n", *lines]).rstrip("\n"))
    return f"{folder}/t.tsv:label", _save(folder, planted.predictions)


def csv_of_columns(planted: Planted, folder: Path) -> tuple[str, str]:
    names = planted.options["class_names"]
    table = pl.DataFrame({f"has_{name}": [int(name in row) for row in planted.given] for name in names})
    table.with_row_index("id").write_csv(folder / "t.csv")
    return f"{folder}/t.csv:has_*", _save(folder, planted.predictions)


def parquet(planted: Planted, folder: Path) -> tuple[str, str]:
    column = planted.given if isinstance(planted.given, np.ndarray) else list(planted.given)
    pl.DataFrame({"label": column, "id": range(len(column))}).write_parquet(folder / "t.parquet", metadata={"by": "me"})
    return f"{folder}/t.parquet:label", _of_tokens(planted, folder)


def json_lines(planted: Planted, folder: Path) -> tuple[str, str]:
    given = planted.given.tolist() if isinstance(planted.given, np.ndarray) else planted.given
    lines = [json.dumps({"id": i, "label": label, "note": "é"}, ensure_ascii=False) for i, label in enumerate(given)]
    (folder / "t.jsonl").write_text("\n".join(lines))
    return f"{folder}/t.jsonl:label", _of_tokens(planted, folder)


def _of_tokens(planted: Planted, folder: Path) -> str:
    tokens = planted.task == "token_classification"
    return _save(folder, np.concatenate(planted.predictions) if tokens else planted.predictions)


def npy(planted: Planted, folder: Path) -> tuple[str, str]:
    np.save(folder / "t.npy", np.array(planted.given))
    return f"{folder}/t.npy", _save(folder, planted.predictions)


def npz_of_numbers(planted: Planted, folder: Path) -> tuple[str, str]:
    names = planted.options["class_names"]
    labels = np.array([names.index(label) for label in planted.given], np.uint8)
    np.savez(folder / "t.npz", other=np.eye(2), labels=labels)
    return f"{folder}/t.npz:labels", _save(folder, planted.predictions)


def npy_of_columns(planted: Planted, folder: Path) -> tuple[str, str]:
    names = planted.options["class_names"]
    np.save(folder / "t.npy", np.array([[name in row for name in names] for row in planted.given], np.int8))
    return f"{folder}/t.npy", _save(folder, planted.predictions)


def conll(planted: Planted, folder: Path) -> tuple[str, str]:
    sentences = ("".join(f"w{i}\tX\t{tag}\r\n" for i, tag in enumerate(tags)) for tags in planted.given)
    (folder / "t.conll").write_bytes("".join(f"# id = {i}\r\n{text}\r\n" for i, text in enumerate(sentences)).encode())
    return f"{folder}/t.conll", _of_tokens(planted, folder)


def detections(planted: Planted, folder: Path) -> str:
    counts = [len(image["labels"]) for image in planted.predictions]
    arrays = {
        key: np.concatenate([image[key] for image in planted.predictions]) for key in ("boxes", "labels", "scores")
    }
    np.savez(folder / "predictions.npz", images=np.repeat(np.arange(len(counts)), counts), **arrays)
    return f"{folder}/predictions.npz"


def _file_names(planted: Planted) -> list[str]:
    return [f"{i:03}" for i in range(len(planted.given))]  # in the order of the rows


def coco(planted: Planted, folder: Path) -> tuple[str, str]:
    boxes = [
        (row, box, int(label))
        for row, image in enumerate(planted.given)
        for box, label in zip(image["bboxes"].tolist(), image["labels"], strict=True)
    ]
    document = {
        "images": [
            {"id": i, "file_name": f"{name}.jpg", "width": WIDTH, "height": HEIGHT}
            for i, name in enumerate(_file_names(planted))
        ],
        "annotations": [
            {"id": 10 * i, "image_id": row, "category_id": 1 + k, "bbox": [x1, y1, x2 - x1, y2 - y1], "by": "é"}
            for i, (row, (x1, y1, x2, y2), k) in enumerate(boxes)
        ],
        "categories": [{"id": 1 + i, "name": name} for i, name in enumerate(planted.options["class_names"])],
    }
    (folder / "t.json").write_text(json.dumps(document, indent=1, ensure_ascii=False))
    return f"{folder}/t.json", detections(planted, folder)


def yolo(planted: Planted, folder: Path) -> tuple[str, str]:
    for place in (folder / "labels", folder / "images"):
        place.mkdir()
    (folder / "labels/classes.txt").write_text("\n".join(planted.options["class_names"]))
    scale = np.array([WIDTH, HEIGHT] * 2)
    for name, image in zip(_file_names(planted), planted.given, strict=True):
        Image.new("L", (WIDTH, HEIGHT)).save(folder / f"images/{name}.png")
        corners = image["bboxes"] / scale
        rows = np.hstack([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]]).tolist()
        lines = [" ".join(map(str, [k, *row])) for k, row in zip(image["labels"], rows, strict=True)]
        (folder / f"labels/{name}.txt").write_text("\r\n".join(lines))
    return f"{folder}/labels", detections(planted, folder)


def voc(planted: Planted, folder: Path) -> tuple[str, str]:
    (folder / "xml").mkdir()
    names, sides = planted.options["class_names"], ("xmin", "ymin", "xmax", "ymax")
    for name, image in zip(_file_names(planted), planted.given, strict=True):
        objects = ""
        for box, k in zip(image["bboxes"], image["labels"], strict=True):
            corners = "".join(f"<{side}>{value:.0f}</{side}>" for side, value in zip(sides, box, strict=True))
            objects += f"\n  <object><name>{names[k]}</name><bndbox>{corners}</bndbox><pose/></object>"
        (folder / f"xml/{name}.xml").write_text(
            f"<annotation>\n  <filename>{name}.jpg</filename><!-- é -->{objects}\n</annotation>\n"
        )
    return f"{folder}/xml", detections(planted, folder)


def mask_png(planted: Planted, folder: Path) -> tuple[str, str]:
    (folder / "masks").mkdir()
    for name, mask in zip(_file_names(planted), planted.given, strict=True):
        image = Image.fromarray(mask)
        image.putpalette([i for k in range(4) for i in (k, 60 * k, 0)])
        image.save(folder / f"masks/{name}.png", dpi=(300, 300))
    return f"{folder}/masks", _save(folder, planted.predictions)


def panoptic(planted: Planted, folder: Path) -> tuple[str, str]:
    (folder / "t").mkdir()
    names = planted.options["class_names"]
    document = {
        "annotations": [
            {"file_name": f"{name}.png", "segments_info": [{"id": 1 + k, "category_id": k} for k in range(len(names))]}
            for name in _file_names(planted)
        ],
        "categories": [{"id": k, "name": name} for k, name in enumerate(names)],
    }
    (folder / "t.json").write_text(json.dumps(document))
    for name, mask in zip(_file_names(planted), planted.given, strict=True):
        ids = np.stack([mask + 1, np.zeros_like(mask), np.zeros_like(mask)], axis=2)
        Image.fromarray(ids).save(folder / f"t/{name}.png")
    return f"{folder}/t.json", _save(folder, planted.predictions)


WRITTEN: dict[str, tuple[Write, ...]] = {
    "classification": (csv, tsv, parquet, json_lines, npy, npz_of_numbers),
    "multilabel_classification": (csv_of_columns, parquet, json_lines, npy_of_columns),
    "token_classification": (conll, parquet, json_lines),
    "regression": (csv, parquet, json_lines, npy),
    "object_detection": (coco, yolo, voc),
    "segmentation": (mask_png, panoptic, npy),
}
