"""How much faster are object detection scores than cleanlab's, and how long does a COCO-sized data set take from its files?"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from cleanlab.object_detection import filter as oracle_filter
from cleanlab.object_detection import rank as oracle

from benchmarks.measure import Bar, alternate, peak_megabytes, show
from labelaudit._checks.ragged import offsets_of
from labelaudit.object_detection import Boxes, Detections, filter, rank

_SETUP = """
from benchmarks.object_detection_speed import make
from labelaudit.object_detection.rank import get_label_quality_scores as score
labels, predictions = make({n}, 7, 50, 80)
small = make(5, 7, 50, 80)
"""


def make(images: int, given: int, found: int, k: int, seed: int = 0) -> tuple[Boxes, Detections]:
    """Images with so many annotated and predicted boxes each."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 500, (images * given, 2))
    boxes, classes = (
        np.hstack([corner, corner + rng.uniform(10, 150, (images * given, 2))]),
        rng.integers(0, k, images * given),
    )
    pick = (np.arange(images)[:, None] * given + rng.integers(0, given, (images, found))).ravel()
    seen = boxes[pick] + rng.uniform(-4, 4, (images * found, 4))
    kinds = np.where(rng.random(images * found) < 0.8, classes[pick], rng.integers(0, k, images * found))
    far = rng.random(images * found) < 0.3
    seen[far] = np.hstack([rng.uniform(0, 500, (far.sum(), 2))] * 2) + np.array([0, 0, 60, 60])
    confidences = rng.random(images * found) ** 0.3
    return (
        Boxes(boxes, classes, offsets_of([given] * images)),
        Detections(seen, kinds, confidences, offsets_of([found] * images)),
    )


def lists(labels: Boxes, found: Detections, k: int) -> tuple[list, list]:
    """The same as cleanlab takes it."""
    spans = zip(found.starts[:-1], found.starts[1:], strict=True)
    given = zip(labels.starts[:-1], labels.starts[1:], strict=True)
    predictions = []
    for a, b in spans:
        rows = np.column_stack([found.boxes[a:b], found.confidences[a:b]])
        predictions.append([rows[found.classes[a:b] == c] for c in range(k)])
    return [{"bboxes": labels.boxes[a:b], "labels": labels.classes[a:b]} for a, b in given], predictions


def main() -> bool:
    ragged, twice = make(2000, 7, 15, 80), make(4000, 7, 15, 80)
    nested = lists(*ragged, 80)
    start = time.perf_counter()
    expected = oracle.get_label_quality_scores(*nested, verbose=False)
    theirs = time.perf_counter() - start
    apart = float(np.abs(rank.get_label_quality_scores(*nested) - expected).max())
    flat, doubled, listed, calibrated = alternate(
        [
            lambda: rank.get_label_quality_scores(*ragged),
            lambda: rank.get_label_quality_scores(*twice),
            lambda: rank.get_label_quality_scores(*nested),
            lambda: rank.get_label_quality_scores(*ragged, method="calibrated"),
        ],
        9,
    )
    few = lists(*make(200, 7, 15, 80), 80)
    start = time.perf_counter()
    mask = oracle_filter.find_label_issues(*few)
    filter_theirs = time.perf_counter() - start
    (filter_ours,) = alternate([lambda: filter.find_label_issues(*few)], 9)
    same = bool((filter.find_label_issues(*few) == mask).all())
    rows = [
        [
            "scores, ragged arrays",
            theirs,
            flat,
            Bar(theirs / flat, 300, least=True),
            Bar(doubled / flat, 2.2, least=False),
            apart,
        ],
        ["scores, lists of arrays a class", theirs, listed, Bar(theirs / listed, 40, least=True), "–", apart],
        ["scores, calibrated, ragged", "–", calibrated, "–", "–", "–"],
        [
            "find_label_issues, 200 images",
            filter_theirs,
            filter_ours,
            filter_theirs / filter_ours,
            "–",
            f"same mask: {same}",
        ],
    ]
    columns = [
        "2,000 images, 7 given, 15 predicted",
        "cleanlab s",
        "ours s",
        "times faster",
        "twice the images",
        "apart",
    ]
    return show("Object detection, 80 classes", columns, rows) & same & coco()


def coco() -> bool:
    """A data set of the size of COCO's validation set, from its files by the command line."""
    labels, found = make(5000, 7, 50, 80)
    seconds = {}
    for method in rank.METHODS:
        (seconds[method],) = alternate([lambda m=method: rank.get_label_quality_scores(labels, found, method=m)], 5)
    arrays = (
        sum(a.nbytes for a in (labels.boxes, labels.classes, found.boxes, found.classes, found.confidences)) / 2**20
    )
    peak = peak_megabytes(
        _SETUP.format(n=5000),
        'score(labels, predictions, method="calibrated")',
        'score(*small, method="calibrated")',
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(labels, found, folder)
        command = [sys.executable, "-m", "labelaudit", "score", "--task", "object_detection"]
        command += ["--labels", str(folder / "instances.json"), "--predictions", str(folder / "detections.json")]
        start = time.perf_counter()
        subprocess.run([*command, "--out", str(folder / "run.parquet")], check=True, capture_output=True)
        whole = time.perf_counter() - start
    row = [
        Bar(whole, 15, least=False),
        Bar(seconds["objectlab"], 1, least=False),
        Bar(seconds["calibrated"], 1, least=False),
        Bar(peak, 2 * arrays, least=False),
    ]
    columns = ["labelaudit score, s", "objectlab s", "calibrated s", f"MB beyond {arrays:.0f} MB of arrays"]
    return show("5,000 images, 35,000 boxes, 250,000 predictions", columns, [row])


def write(labels: Boxes, found: Detections, folder: Path) -> None:
    """Write COCO files."""

    def sides(boxes: np.ndarray) -> list:
        return np.hstack([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]]).round(2).tolist()

    given = zip(labels.images.tolist(), labels.classes.tolist(), sides(labels.boxes), strict=True)
    document = {
        "images": [{"id": i, "file_name": f"{i:012}.jpg", "width": 640, "height": 640} for i in range(len(labels))],
        "categories": [{"id": k + 1, "name": f"class {k}"} for k in range(80)],
        "annotations": [
            {"id": a, "image_id": i, "category_id": c + 1, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
            for a, (i, c, box) in enumerate(given)
        ],
    }
    (folder / "instances.json").write_text(json.dumps(document), "utf-8")
    seen = zip(
        found.images.tolist(), found.classes.tolist(), sides(found.boxes), found.confidences.tolist(), strict=True
    )
    records = [{"image_id": i, "category_id": c + 1, "bbox": box, "score": s} for i, c, box, s in seen]
    (folder / "detections.json").write_text(json.dumps(records), "utf-8")
