"""Of the first 100 regions, how many are errors, and what does leaving out a band along edges do to that?

The score of regions was chosen on the images of the first table; those of the second were made to check that choice.
"""

from collections.abc import Callable

import numpy as np
from cleanlab.segmentation import filter as oracle
from scipy.ndimage import label

import labelaudit
from benchmarks.helpers import segmentation_holdout, segmentation_scenes
from benchmarks.helpers.table import show
from labelaudit.instance_segmentation.rank import mask_iou

_DRAWS, _IMAGES, _FIRST = 3, 80, 100


def of_audit(width: int, data: tuple[np.ndarray, ...]) -> tuple[float, int]:
    """Share of errors among the first regions, and how many regions there are. An error: most of it is wrong."""
    labels, probs, wrong = data
    issues = labelaudit.audit("segmentation", labels, probs, boundary_width=width).issues
    first = issues.head(_FIRST).select("row", "area", "rle").rows()
    right = [_inside(rle, area, wrong[row]) > area / 2 for row, area, rle in first]
    return float(np.mean(right)), len(issues)


def _inside(rle: str, area: int, wrong: np.ndarray) -> int:
    """Return how many pixels of a region are wrong, from what it and the wrong ones have in common."""
    iou = mask_iou([{"size": list(wrong.shape), "counts": rle}], [wrong])[0, 0]
    return round(iou * (area + wrong.sum()) / (1 + iou))


def of_cleanlab(data: tuple[np.ndarray, ...]) -> tuple[float, int]:
    """The same for the connected parts of cleanlab's mask, in the order of their mean score: it has no regions."""
    labels, probs, wrong = data
    masks = oracle.find_label_issues(labels, probs, verbose=False, n_jobs=1)
    own = np.take_along_axis(probs, labels[:, None].astype(np.int64), axis=1)[:, 0]
    regions = []
    for image, mask in enumerate(masks):
        numbered, count = label(mask, np.ones((3, 3)))
        for region in range(1, count + 1):
            here = numbered == region
            regions.append((own[image][here].mean(), wrong[image][here].mean() > 0.5))
    regions.sort(key=lambda region: region[0])
    return float(np.mean([right for _, right in regions[:_FIRST]])), len(regions)


def compared(title: str, scenes: Callable[..., tuple[np.ndarray, ...]]) -> bool:
    draws = [scenes(_IMAGES, seed=seed) for seed in range(_DRAWS)]
    rows: list[list[object]] = []
    for name, judged in [
        ("cleanlab's mask, parts by mean score", of_cleanlab),
        *((f"audit, boundary_width={width}", lambda data, width=width: of_audit(width, data)) for width in range(4)),
    ]:
        results = np.array([judged(data) for data in draws])
        rows.append([name, float(results[:, 0].mean()), float(results[:, 1].mean())])
    columns = [f"{_IMAGES} images, {_DRAWS} draws", f"errors among the first {_FIRST}", "regions"]
    return show(title, columns, rows)


def main() -> bool:
    held = [
        compared("Segmentation: regions of wrong labels", segmentation_scenes.scenes),
        compared("Hold-out: textures, trained networks", segmentation_holdout.scenes),
    ]
    return all(held)
