"""How long do object detection scores take, how much faster than cleanlab's, and a COCO-sized data set from its files?"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from cleanlab.object_detection import filter as oracle_filter
from cleanlab.object_detection import rank as oracle

from benchmarks.helpers.boxes import lists
from benchmarks.helpers.inputs import detection
from benchmarks.helpers.measure import Clock, peak_megabytes
from benchmarks.helpers.table import Bar, show, twice
from labelaudit.object_detection import Boxes, Detections, filter, rank

K = 80
_SETUP = """
from benchmarks.helpers.inputs import detection
from labelaudit.object_detection.rank import get_label_quality_scores as score
labels, predictions = detection({n}, 7, 50)
small = detection(5, 7, 50)
"""


def scores() -> bool:
    clock = Clock()
    ragged, double = detection(2000, 7, 15, K), detection(4000, 7, 15, K)
    nested, nested_double = lists(*ragged, K), lists(*double, K)
    few, few_double = (lists(*detection(n, 7, 15, K), K) for n in (200, 400))
    theirs, flat, flat_double, listed, listed_double, calibrated, calibrated_double = clock.alternate(
        [
            lambda: oracle.get_label_quality_scores(*nested, verbose=False),
            lambda: rank.get_label_quality_scores(*ragged),
            lambda: rank.get_label_quality_scores(*double),
            lambda: rank.get_label_quality_scores(*nested),
            lambda: rank.get_label_quality_scores(*nested_double),
            lambda: rank.get_label_quality_scores(*ragged, method="calibrated"),
            lambda: rank.get_label_quality_scores(*double, method="calibrated"),
        ]
    )
    filter_theirs, filter_ours, filter_double = clock.alternate(
        [
            lambda: oracle_filter.find_label_issues(*few),
            lambda: filter.find_label_issues(*few),
            lambda: filter.find_label_issues(*few_double),
        ]
    )
    expected = oracle.get_label_quality_scores(*nested, verbose=False)
    apart = float(np.abs(rank.get_label_quality_scores(*nested) - expected).max())
    same = np.array_equal(filter.find_label_issues(*few), oracle_filter.find_label_issues(*few))
    rows = [
        ["scores, ragged arrays", theirs, Bar(flat, 0.01), theirs / flat, twice(flat_double, flat), apart],
        [
            "scores, lists of arrays a class",
            theirs,
            Bar(listed, 0.04),
            theirs / listed,
            twice(listed_double, listed),
            apart,
        ],
        ["scores, calibrated, ragged", "–", calibrated, "–", twice(calibrated_double, calibrated), "–"],
        [
            "find_label_issues, 200 images, lists",
            filter_theirs,
            filter_ours,
            filter_theirs / filter_ours,
            twice(filter_double, filter_ours),
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
    return show(f"Object detection, {K} classes", columns, rows, clock) & same


def coco() -> bool:
    """A data set of the size of COCO's validation set, from its files by the command line."""
    clock = Clock()
    labels, found = detection(5000, 7, 50, K)
    objectlab, calibrated = clock.alternate(
        [
            lambda: rank.get_label_quality_scores(labels, found),
            lambda: rank.get_label_quality_scores(labels, found, method="calibrated"),
        ]
    )
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
        command += ["--out", str(folder / "run.parquet")]
        (whole,) = clock.alternate([lambda: subprocess.run(command, check=True, capture_output=True)])
    row = [Bar(whole, 15), Bar(objectlab, 1), Bar(calibrated, 1), Bar(peak, 2 * arrays)]
    columns = ["labelaudit score, s", "objectlab s", "calibrated s", f"MB beyond {arrays:.0f} MB of arrays"]
    return show("5,000 images, 35,000 boxes, 250,000 predictions", columns, [row], clock)


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


def main() -> bool:
    return scores() & coco()
