"""Which pixels are errors, and of the first 100 regions how many? What does leaving out a band along edges do to that?

The score of regions and the way pixels are flagged were chosen on shapes and thin lines; the hold-out, other draws and
other shares of faults were made to check that choice.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from cleanlab.segmentation import filter as oracle
from scipy.ndimage import binary_dilation, gaussian_filter, label
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import labelaudit
from benchmarks.helpers import segmentation_holdout, segmentation_scenes
from benchmarks.helpers.table import show
from labelaudit._data.regions import places_of
from labelaudit.instance_segmentation.rank import mask_iou
from labelaudit.segmentation.filter import find_label_issues

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


_SIDE, _LEARNED = 160, 1200  # of thin lines; pixels of an image that a model learns from


def thin_lines(n: int, k: int, seed: int, model: str) -> tuple[np.ndarray, ...]:
    """Return labels, probabilities and errors of curves one to three pixels wide; a weak model of each pixel sees them.

    Of twenty lines four are forgotten, one is shifted by a pixel or two, three are drawn a pixel too wide, one in part.
    """
    rng = np.random.default_rng(seed)
    truth = np.zeros((n, _SIDE, _SIDE), np.uint8)
    labels, images = truth.copy(), np.zeros(truth.shape)
    for i in range(n):
        for _ in range(int(rng.integers(8, 16))):
            line, kind, fate = _line(rng), int(rng.integers(1, k)), rng.random()
            truth[i][line] = kind
            if fate < 0.2:
                continue
            if fate < 0.25:
                line = np.roll(line, tuple(rng.integers(1, 3, 2)), (0, 1))
            elif fate < 0.4:
                line = binary_dilation(line)
            elif fate < 0.45:
                line = line & (np.arange(_SIDE) < rng.uniform(0, _SIDE))
            labels[i][line] = kind
        shades = np.concatenate([[0], np.linspace(0.6, 1.2, k - 1) * (-1) ** np.arange(k - 1)])
        ground = gaussian_filter(rng.normal(size=(_SIDE, _SIDE)), 6)
        images[i] = gaussian_filter(shades[truth[i]], 0.7) + 0.2 * ground / ground.std()
        images[i] += 0.22 * rng.normal(size=(_SIDE, _SIDE))
    return labels, _seen(np.stack([_filtered(image) for image in images]), labels, k, model, rng), labels != truth


def _line(rng: np.random.Generator) -> np.ndarray:
    steps = int(rng.integers(120, 400))
    angles = rng.uniform(0, 2 * np.pi) + np.cumsum(rng.normal(0, 0.02) + np.cumsum(rng.normal(0, 0.001, steps)))
    places = rng.uniform(0, _SIDE, 2)[:, None] + np.cumsum(0.5 * np.stack([np.sin(angles), np.cos(angles)]), axis=1)
    far = np.full((_SIDE, _SIDE), np.inf)
    for y, x in places.T:
        here = tuple(slice(*np.clip([int(at) - 3, int(at) + 4], 0, _SIDE)) for at in (y, x))
        rows, columns = np.ogrid[here]
        far[here] = np.minimum(far[here], (rows - y) ** 2 + (columns - x) ** 2)
    return far <= rng.uniform(0.5, 1.7) ** 2


def _filtered(image: np.ndarray) -> np.ndarray:
    planes = [image]
    for scale in (0.7, 1.2, 2, 4):
        yy, xx, xy, y, x = (gaussian_filter(image, scale, order=o) for o in ((2, 0), (0, 2), (1, 1), (1, 0), (0, 1)))
        bent = np.hypot((yy - xx) / 2, xy)
        planes += [gaussian_filter(image, scale), (yy + xx) / 2 + bent, (yy + xx) / 2 - bent, np.hypot(y, x)]
    return np.stack(planes, axis=-1).astype(np.float32)


def _seen(features: np.ndarray, labels: np.ndarray, k: int, model: str, rng: np.random.Generator) -> np.ndarray:
    probs = np.zeros((len(labels), k, _SIDE, _SIDE), np.float32)
    for others, these in KFold(4, shuffle=True, random_state=0).split(labels):
        rows = np.repeat(others, _LEARNED)
        ys, xs = rng.integers(0, _SIDE, (2, len(rows)))
        learner = (
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
            if model == "logistic"
            else RandomForestClassifier(40, min_samples_leaf=5, max_depth=12, random_state=0)
        ).fit(features[rows, ys, xs], labels[rows, ys, xs])
        for i in these:
            of_pixels = learner.predict_proba(features[i].reshape(-1, features.shape[-1])).T
            probs[i].reshape(k, -1)[learner.classes_] = of_pixels
    return probs


def of_pixels() -> bool:
    """F1 of pixels by kind of image, and how many are said to be wrong, as a share of the truth."""
    settings: list[tuple[str, Callable[[], tuple[np.ndarray, ...]]]] = [
        *((f"shapes, K = {k}", partial(segmentation_scenes.scenes, 16, k, seed=41)) for k in (2, 5, 20)),
        *(
            (f"thin lines, K = {k}, {model}", partial(thin_lines, 12, k, 7, model))
            for k in (2, 5, 20)
            for model in ("logistic", "forest")
        ),
        *((f"hold-out, draw {seed}", partial(segmentation_holdout.scenes, 24, seed)) for seed in (4, 5, 6)),
    ]
    rows: list[list[object]] = []
    for name, make in settings:
        labels, probs, wrong = make()
        audit = labelaudit.audit("segmentation", labels, probs)
        found = np.zeros(wrong.shape, bool)
        for row, rle in audit.issues.select("row", "rle").rows():
            found[row].T.flat[places_of(rle, found[row].size)] = True  # column by column, as COCO has it
        estimate, true = audit.estimate, np.count_nonzero(wrong)
        assert estimate is not None
        flags = find_label_issues(labels, probs), probs.argmax(axis=1) != labels, found
        rows.append([name, *(_f1(mask, wrong) for mask in flags), estimate.wrong / true])
        rows[-1].append("yes" if estimate.low <= true <= estimate.high else "no")
    columns = ["F1 of pixels", "find_label_issues", "argmax", "audit", "estimate / truth", "within bounds"]
    return show("Segmentation: wrong pixels", columns, rows)


def _f1(found: np.ndarray, wrong: np.ndarray) -> float:
    return 2 * float(np.count_nonzero(found & wrong)) / max(np.count_nonzero(found) + np.count_nonzero(wrong), 1)


def main() -> bool:
    held = [
        of_pixels(),
        compared("Segmentation: regions of wrong labels", segmentation_scenes.scenes),
        compared("Hold-out: textures, trained networks", segmentation_holdout.scenes),
    ]
    return all(held)
