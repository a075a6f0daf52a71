"""Of the first 100 regions, how many are errors, and what does leaving out a band along edges do to that?"""

import numpy as np
from cleanlab.segmentation import filter as oracle
from scipy.ndimage import label

from benchmarks.measure import show
from benchmarks.segmentation_scenes import scenes
from labelaudit.segmentation import filter as filter_
from labelaudit.segmentation import judge

_DRAWS, _IMAGES, _FIRST = 3, 80, 100


def of_audit(width: int, data: tuple[np.ndarray, ...]) -> tuple[float, int]:
    """Share of errors among the first regions, and how many regions there are. An error: most of it is wrong."""
    labels, probs, wrong = data
    issues = judge.judge(labels, probs, boundary_width=width).issues
    flagged = filter_.find_label_issues(labels, probs)
    right = 0
    for row, given, (x1, y1, x2, y2) in issues.head(_FIRST).select("row", "given", "bbox").rows():
        own = flagged[row, y1:y2, x1:x2] & (labels[row, y1:y2, x1:x2] == given)
        right += wrong[row, y1:y2, x1:x2][own].mean() > 0.5
    found = len(issues)
    return right / min(_FIRST, found), found


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


def main() -> bool:
    draws = [scenes(_IMAGES, seed=seed) for seed in range(_DRAWS)]
    rows: list[list[object]] = []
    for name, judged in [
        ("cleanlab's mask, parts by mean score", of_cleanlab),
        *((f"audit, boundary_width={width}", lambda data, width=width: of_audit(width, data)) for width in range(4)),
    ]:
        results = np.array([judged(data) for data in draws])
        rows.append([name, float(results[:, 0].mean()), float(results[:, 1].mean())])
    columns = [f"{_IMAGES} images, {_DRAWS} draws", f"errors among the first {_FIRST}", "regions"]
    return show("Segmentation: regions of wrong labels", columns, rows)


if __name__ == "__main__":
    main()
