"""Textured images of fields and polygons, annotated with faults, and a network that learned from the other images.

It has nothing in common with segmentation_scenes.py, on whose images the score of regions was chosen.
"""

from __future__ import annotations

import warnings

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import distance_transform_edt, gaussian_filter, label, shift
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

_SIZE = (128, 192)

# texture, its scale in pixels, its direction, colour: each looks like some other one in a respect
_CLASSES = [
    ("noise", 1.0, 0.0, (0.46, 0.40, 0.32)),
    ("blobs", 3.0, 0.0, (0.40, 0.46, 0.32)),
    ("streaks", 1.2, 0.0, (0.46, 0.42, 0.34)),
    ("noise", 4.0, 0.0, (0.48, 0.48, 0.50)),
    ("grating", 7.0, 0.4, (0.42, 0.45, 0.42)),
    ("grating", 5.0, 1.4, (0.49, 0.43, 0.42)),
    ("checker", 9.0, 0.6, (0.49, 0.46, 0.48)),
    ("blobs", 1.5, 0.0, (0.38, 0.48, 0.40)),
    ("noise", 2.0, 0.0, (0.56, 0.40, 0.34)),
]
_FIELDS = 5  # the first classes cover the ground, the others are those of objects

_FOLDS, _LEARNED = 4, 300  # pixels of an image that the network learns from


def scenes(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return labels (n, 128, 192), probabilities (n, 9, 128, 192) float32, and where the labels are truly wrong."""
    rng = np.random.default_rng(seed)
    images, _, labels, wrong = annotated(n, rng)
    return labels, predicted(images, labels, rng), wrong


def annotated(n: int, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return images (n, 128, 192, 3), true classes, labels, and where the labels are wrong.

    Of ten objects one is annotated as another class; of twenty one is forgotten, one is shifted by 3 to 7 pixels, and
    one has a part of another class; in one image of six so has a field. Edges are off by a pixel or two everywhere,
    which is not counted as wrong.
    """
    images = np.zeros((n, *_SIZE, 3), np.float32)
    truth, labels = np.zeros((n, *_SIZE), np.uint8), np.zeros((n, *_SIZE), np.uint8)
    wrong = np.zeros((n, *_SIZE), bool)
    for i in range(n):
        truth[i], given = _scene(rng)
        images[i] = _photograph(truth[i], rng)
        labels[i] = _traced(given, rng)
        wrong[i] = given != truth[i]
    return images, truth, labels, wrong


def predicted(images: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the probabilities (n, 9, 128, 192) of networks that were trained on the labels of other images."""
    features = np.stack([_features(image) for image in images])
    probs = np.zeros((len(images), len(_CLASSES), *_SIZE), np.float32)
    for others, these in KFold(_FOLDS, shuffle=True, random_state=0).split(images):
        rows = np.repeat(others, _LEARNED)
        ys, xs = (rng.integers(0, side, len(rows)) for side in _SIZE)
        network = make_pipeline(
            StandardScaler(),
            MLPClassifier((64,), alpha=1e-3, learning_rate_init=3e-3, batch_size=500, max_iter=20, random_state=0),
        )
        with threadpool_limits(1), warnings.catch_warnings():  # so small a network is slower on more
            warnings.simplefilter("ignore", ConvergenceWarning)
            network.fit(features[rows, ys, xs], labels[rows, ys, xs])
        for i in these:
            of_pixels = network.predict_proba(features[i].reshape(-1, features.shape[-1]))
            probs[i] = of_pixels.T.reshape(-1, *_SIZE)
    return probs


def _scene(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return what is there and what it is said to be."""
    truth = _cells(rng) if rng.random() < 0.5 else _levels(rng)
    given = truth.copy()
    if rng.random() < 1 / 6:
        y, x = (int(rng.integers(side)) for side in _SIZE)
        numbered, _ = label(truth == truth[y, x])
        given[_cut(numbered == numbered[y, x], y, x, rng)] = _another(truth[y, x], rng)
    for _ in range(int(rng.integers(4, 9))):
        y, x = (int(rng.integers(side)) for side in _SIZE)
        shape, kind, fate = _polygon(y, x, rng), int(rng.integers(_FIELDS, len(_CLASSES))), rng.random()
        truth[shape] = kind
        if fate < 0.1:
            given[shape] = _another(kind, rng)
        elif fate < 0.15:
            continue
        elif fate < 0.2:
            angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(3, 7)
            given[shift(shape.astype(np.uint8), (far * np.sin(angle), far * np.cos(angle)), order=0) > 0] = kind
        else:
            given[shape] = kind
            if fate < 0.25:
                given[_cut(shape, y, x, rng)] = _another(kind, rng)
    return truth, given


def _cells(rng: np.random.Generator) -> np.ndarray:
    # the nearest of some points, in a plane that is bent a little
    places = np.mgrid[: _SIZE[0], : _SIZE[1]] + 5 * np.stack([_smooth(12, rng) for _ in _SIZE])
    points = rng.uniform(0, _SIZE, (int(rng.integers(4, 9)), 2))
    nearest = ((places[None] - points[:, :, None, None]) ** 2).sum(axis=1).argmin(axis=0)
    return rng.integers(0, _FIELDS, len(points)).astype(np.uint8)[nearest]


def _levels(rng: np.random.Generator) -> np.ndarray:
    heights = np.sort(rng.uniform(-1.2, 1.2, 2))
    return rng.permutation(_FIELDS).astype(np.uint8)[np.digitize(_smooth(18, rng), heights)]


def _polygon(y: int, x: int, rng: np.random.Generator) -> np.ndarray:
    corners = int(rng.integers(4, 10))
    angles = (np.arange(corners) + rng.uniform(0, 0.8, corners)) * (2 * np.pi / corners)
    far = rng.uniform(10, 32) * rng.uniform(0.5, 1, corners)
    canvas = Image.new("1", _SIZE[::-1])
    outline = zip(x + far * np.cos(angles), y + far * np.sin(angles) * rng.uniform(0.4, 1), strict=True)
    ImageDraw.Draw(canvas).polygon([(float(a), float(b)) for a, b in outline], fill=1)
    return np.array(canvas)


def _cut(shape: np.ndarray, y: int, x: int, rng: np.random.Generator) -> np.ndarray:
    # the part of it on one side of a line
    angle = rng.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[: _SIZE[0], : _SIZE[1]]
    return shape & ((rows - y) * np.sin(angle) + (columns - x) * np.cos(angle) > 0)


def _another(kind: int, rng: np.random.Generator) -> int:
    return int((kind + rng.integers(1, len(_CLASSES))) % len(_CLASSES))


def _traced(given: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # a pixel is of the nearest class, but distances are misjudged
    kinds = np.unique(given)
    distances = [distance_transform_edt(given != kind) + np.clip(_smooth(4, rng), -1.5, 1.5) for kind in kinds]
    return kinds[np.argmin(distances, axis=0)]


def _photograph(truth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    image = np.zeros((*_SIZE, 3))
    for kind in np.unique(truth):
        texture, scale, angle, colour = _CLASSES[kind]
        drawn = _texture(texture, scale * rng.uniform(0.85, 1.15), angle + rng.normal(0, 0.15), rng)
        shade = np.array(colour) + rng.normal(0, 0.02, 3)
        here = truth == kind
        image[here] = (shade * (1 + 0.15 * drawn[..., None]))[here]
    rows, columns = np.mgrid[-1 : 1 : _SIZE[0] * 1j, -1 : 1 : _SIZE[1] * 1j]
    slope = rng.uniform(-0.15, 0.15, 2)
    light = 1 + slope[0] * rows + slope[1] * columns + 0.05 * _smooth(25, rng)
    seen = gaussian_filter(image * light[..., None], (0.7, 0.7, 0))
    return (seen + rng.normal(0, 0.04, seen.shape)).clip(0, 1)


def _texture(name: str, scale: float, angle: float, rng: np.random.Generator) -> np.ndarray:
    if name == "noise":
        return _smooth(scale, rng)
    if name == "streaks":
        return _smooth((scale, 5 * scale), rng)
    if name == "blobs":
        return np.tanh(3 * _smooth(scale, rng))
    rows, columns = np.mgrid[: _SIZE[0], : _SIZE[1]] * (2 * np.pi / scale) + _smooth(10, rng)
    along = np.sin(columns * np.cos(angle) + rows * np.sin(angle))
    return along if name == "grating" else np.sign(along * np.sin(rows * np.cos(angle) - columns * np.sin(angle)))


def _smooth(scale: float | tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    field = gaussian_filter(rng.normal(size=_SIZE), scale)
    return (field - field.mean()) / field.std()


def _features(image: np.ndarray) -> np.ndarray:
    """Return what a pixel and its surroundings look like: colours, contrast and direction of edges at some scales."""
    planes = [gaussian_filter(image, (scale, scale, 0)) for scale in (1, 2, 4, 8)]
    grey = image.mean(axis=-1)
    for scale in (0.7, 1.5, 3):
        y, x = (gaussian_filter(grey, scale, order=order) for order in ((1, 0), (0, 1)))
        bent = gaussian_filter(grey, scale, order=(2, 0)) + gaussian_filter(grey, scale, order=(0, 2))
        for seen in (3, 7):
            averages = [gaussian_filter(product, seen) for product in (y * y, x * x, x * y, bent * bent)]
            planes.append(np.log(np.stack(averages[:2] + averages[3:], axis=-1) + 1e-8))
            planes.append((averages[2] / (averages[0] + averages[1] + 1e-8))[..., None])
    return np.concatenate(planes, axis=-1).astype(np.float32)
