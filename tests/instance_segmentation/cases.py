"""Masks in every form, and scenes of a good model and careful annotators with errors planted."""

from __future__ import annotations

import numpy as np

HEIGHT, WIDTH = 60, 90


def runs(mask):
    """The run lengths of a dense mask, the plain way."""
    flat = mask.ravel(order="F").astype(int)
    edges = np.flatnonzero(np.diff(flat)) + 1
    counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return ([0] if flat.size and flat[0] else []) + counts


def packed(counts):
    """The compressed string of run lengths, letter by letter."""
    out = []
    for i, count in enumerate(counts):
        x = count - counts[i - 2] if i > 2 else count
        more = True
        while more:
            letter, x = x & 31, x >> 5
            more = x != -1 if letter & 16 else x != 0
            out.append(chr((letter | 32 if more else letter) + 48))
    return "".join(out)


def dense_iou(a, b):
    union = (a | b).sum()
    return (a & b).sum() / union if union else 0.0


def blob(center, radii, shape=(HEIGHT, WIDTH)):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return ((y - center[0]) / radii[0]) ** 2 + ((x - center[1]) / radii[1]) ** 2 < 1


def blobs(rng, n, shape):
    """Ellipses, half of them full of holes."""
    found = [blob(rng.uniform(0, shape, 2), rng.uniform(1, max(shape) / 2, 2), shape) for _ in range(n)]
    return [mask & (rng.random(shape) < 0.9) if rng.random() < 0.5 else mask for mask in found]


def rectangle(box, shape=(HEIGHT, WIDTH)):
    mask = np.zeros(shape, bool)
    mask[box[1] : box[3], box[0] : box[2]] = True
    return mask


AS = {
    "booleans": lambda masks: np.array(masks).reshape(-1, HEIGHT, WIDTH),
    "bytes": lambda masks: np.array(masks, np.uint8).reshape(-1, HEIGHT, WIDTH),
    "floats": lambda masks: np.array(masks, np.float32).reshape(-1, HEIGHT, WIDTH),
    "in columns": lambda masks: np.asfortranarray(np.array(masks).reshape(-1, HEIGHT, WIDTH)),
    "a list of arrays": list,
    "run lengths": lambda masks: [{"size": [HEIGHT, WIDTH], "counts": runs(mask)} for mask in masks],
    "run lengths as arrays": lambda masks: [{"size": (HEIGHT, WIDTH), "counts": np.array(runs(m))} for m in masks],
    "strings": lambda masks: [{"size": [HEIGHT, WIDTH], "counts": packed(runs(mask))} for mask in masks],
    "bytes of strings": lambda masks: [
        {"size": np.array([HEIGHT, WIDTH]), "counts": packed(runs(mask)).encode()} for mask in masks
    ],
    "strings and lists": lambda masks: [
        {"size": [HEIGHT, WIDTH], "counts": packed(runs(mask)) if m % 2 else runs(mask)} for m, mask in enumerate(masks)
    ],
}


def in_form(images, form):
    return [image | {"masks": AS[form](image["masks"])} for image in images]


def noisy_boxes(images=80, k=3, seed=3, size=(HEIGHT, WIDTH)):
    """Boxes of whole pixels: labels and predictions as dictionaries, with each kind of error in an object of twenty."""
    rng = np.random.default_rng(seed)
    labels, predictions = [], []
    for _ in range(images):
        n, false = rng.integers(0, 6), rng.poisson(1)
        objects, kinds = _boxes(rng, n, size), rng.integers(0, k, n)
        seen = rng.random(n) < 0.92
        found = np.vstack([_moved(rng, objects, 2, size)[seen], _boxes(rng, false, size)])
        fate = rng.random(n)
        given = _moved(rng, objects, 1, size)
        given[fate < 0.05] = _moved(rng, objects, 8, size)[fate < 0.05]
        named = np.where((fate > 0.05) & (fate < 0.1), (kinds + 1) % k, kinds)
        labels.append({"boxes": given[fate < 0.95], "labels": named[fate < 0.95]})
        predictions.append(
            {
                "boxes": found,
                "labels": np.concatenate([kinds[seen], rng.integers(0, k, false)]),
                "scores": np.concatenate([rng.beta(8, 2, seen.sum()), rng.beta(2, 6, false)]),
            }
        )
    return labels, predictions


def _boxes(rng, n, size):
    top, left = rng.integers(0, size[0] - 12, n), rng.integers(0, size[1] - 12, n)
    right, bottom = left + rng.integers(8, 40, n), top + rng.integers(8, 30, n)
    return np.column_stack([left, top, np.minimum(right, size[1]), np.minimum(bottom, size[0])])


def _moved(rng, boxes, pixels, size):
    moved = np.clip(boxes + rng.integers(-pixels, pixels + 1, boxes.shape), 0, [size[1], size[0]] * 2)
    return np.column_stack([moved[:, :2], np.maximum(moved[:, 2:], moved[:, :2] + 1)])


def with_masks(images, shape=rectangle):
    """The same images with masks instead of boxes: a list of arrays."""
    return [
        {key: image[key] for key in image if key != "boxes"} | {"masks": [shape(box) for box in image["boxes"]]}
        for image in images
    ]


def ellipse(box):
    """The ellipse that fits into a box."""
    center = (box[1] + box[3] - 1) / 2, (box[0] + box[2] - 1) / 2
    return blob(center, ((box[3] - box[1]) / 2, (box[2] - box[0]) / 2))
