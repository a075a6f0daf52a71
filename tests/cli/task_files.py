"""Files of every task that is read from files, each with one label that is wrong, and how they are named to ``score``."""

import json
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image

NAMES = ("--class-names", "cat,dog,fox")


def classification(folder):
    labels = np.arange(60) % 3
    probs = np.where(np.eye(3)[labels] == 1, 0.9, 0.05)
    labels[5] = 0
    pl.DataFrame({"path": [f"{i}.png" for i in range(60)], "label": np.array(["cat", "dog", "fox"])[labels]}).write_csv(
        folder / "labels.csv"
    )
    np.save(folder / "probs.npy", probs)
    return ("--labels", "labels.csv:label", "--predictions", "probs.npy", "--ids", "labels.csv:path", *NAMES)


def multilabel_classification(folder):
    labels = np.array([[i % 2, i // 2 % 2, i // 4 % 2] for i in range(64)])
    np.save(folder / "probs.npy", np.where(labels, 0.95, 0.05))
    labels[5, 1] = 1
    sets = [[name for name, given in zip(("cat", "dog", "fox"), row, strict=True) if given] for row in labels]
    (folder / "tags.jsonl").write_text("".join(json.dumps({"tags": row}) + "\n" for row in sets))
    return ("--labels", "tags.jsonl:tags", "--predictions", "probs.npy", *NAMES)


def token_classification(folder):
    tags = ["O", "B-PER", "I-PER"]
    labels = np.tile([0, 1, 2, 0, 0], 30)
    np.save(folder / "probs.npy", np.where(np.eye(3)[labels] == 1, 0.9, 0.05))
    labels[[51, 52]] = 0
    lines = [f"word{i} {tags[k]}" + ("\n" if i % 5 == 4 else "") for i, k in enumerate(labels)]
    (folder / "tags.conll").write_text("\n".join(lines) + "\n")
    return ("--labels", "tags.conll", "--predictions", "probs.npy", "--class-names", ",".join(tags))


def regression(folder):
    given = np.arange(40.0)
    np.save(folder / "predicted.npy", given + np.where(np.arange(40) % 2, 0.5, -0.5))
    given[7] = 700
    pl.DataFrame({"house": [f"h{i}" for i in range(40)], "price": given}).write_csv(folder / "prices.csv")
    return ("--labels", "prices.csv:price", "--predictions", "predicted.npy", "--ids", "prices.csv:house")


def object_detection(folder):
    boxes = [[10, 10, 40, 30], [100, 50, 60, 60]]
    records = [
        {"id": 2 * i + j, "image_id": i, "category_id": 7 + j, "bbox": box}
        for i in range(30)
        for j, box in enumerate(boxes)
    ]
    seen = [record | {"score": 0.9 + 0.001 * record["image_id"]} for record in records]
    (folder / "detections.json").write_text(json.dumps(seen))
    records[21] = records[21] | {"category_id": 7}
    images = [{"id": i, "file_name": f"{i}.jpg", "width": 200, "height": 200} for i in range(30)]
    categories = [{"id": 7, "name": "cat"}, {"id": 8, "name": "dog"}]
    document = {"images": images, "categories": categories, "annotations": records}
    (folder / "instances.json").write_text(json.dumps(document))
    return ("--labels", "instances.json", "--predictions", "detections.json")


def segmentation(folder):
    truth = np.zeros((6, 32, 32), np.uint8)
    truth[:, 8:24, 8:24] = 1
    yes = np.where(truth, 0.9, 0.1)
    np.save(folder / "probs.npy", np.stack([1 - yes, yes], axis=1).astype(np.float32))
    truth[2, 10:18, 10:18] = 0
    (folder / "masks").mkdir()
    for i, mask in enumerate(truth):
        Image.fromarray(mask).save(folder / "masks" / f"{i}.png")
    return ("--labels", "masks", "--predictions", "probs.npy", "--class-names", "back,cell", "--ignore-index", "255")


FILES = {
    make.__name__: make
    for make in (
        classification, multilabel_classification, token_classification, regression, object_detection, segmentation
    )
}  # fmt: skip


def out_of(arguments):
    """What corrected labels are to be called: as the labels are."""
    return f"corrected{Path(arguments[1].partition(':')[0]).suffix}"
