"""Realistic scenes with planted annotation errors of each kind, and a detector that misses, errs, and jitters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.helpers.boxes import starts_of
from labelaudit.object_detection import Boxes, Detections

WIDTH, HEIGHT = 1920.0, 1280.0


@dataclass(frozen=True)
class Detector:
    """How good the detector is, and what its confidences look like."""

    skill: float = 2.0  # mean logit of P(seen) and of confidence
    jitter: float = 0.05  # of a box's sides, for an easy object
    false_alarms: float = 6.0  # per image
    confusion: float = 0.1  # share of objects that also get a second class
    ceiling: float = 1.0  # greatest confidence
    poor_boxes: float = 0.15  # share of objects that also get a box of IoU 0.3..0.6


@dataclass(frozen=True)
class Planted:
    """Labels, predictions, and what was planted."""

    labels: Boxes
    predictions: Detections
    dropped: np.ndarray  # (predictions,) index of the dropped object a predicted box shows, or -1
    kind: np.ndarray  # (labels,) "", "shift", "swap" or "duplicate"
    original: np.ndarray  # (labels,) of a duplicate: the annotated box that it repeats, else -1
    wrong: np.ndarray  # (N,) number of errors of each image
    missed: int  # number of dropped objects, seen or not


def make(
    rng: np.random.Generator, *, images=400, classes=8, objects=7.0, rate=0.05, detector=Detector(), scale=1.0
) -> Planted:
    """Return scenes in which each kind of error befalls this share of the objects."""
    typical = np.exp(rng.uniform(np.log(25), np.log(400), classes))  # each class has its size, within a factor of 2.5
    share = rng.dirichlet(np.full(classes, 1.5))
    ease = rng.normal(0, 0.7, classes)
    rows = {name: [] for name in ("gb", "gc", "gk", "go", "pb", "pc", "pf", "pd")}
    counts, wrong, missed = ([], []), [], 0
    for _ in range(images):
        boxes, kinds = _objects(rng, rng.poisson(objects), typical, share)
        fates = rng.choice(["", "drop", "shift", "swap", "duplicate"], len(boxes), p=[1 - 4 * rate] + [rate] * 4)
        start = len(rows["gb"])
        ids = []  # which dropped object, per object
        for box, kind, fate in zip(boxes, kinds, fates, strict=True):
            ids.append(missed if fate == "drop" else -1)
            if fate == "drop":
                missed += 1
                continue
            # careful annotators are off by a per cent or two
            given = _jittered(rng, box, 0.012)
            if fate == "shift":
                given = _shifted(rng, box)
            label = (kind + rng.choice([1, 1, 1, 2, 3])) % classes if fate == "swap" else kind
            _put(rows, given, label, fate if fate in ("shift", "swap") else "", -1)
            if fate == "duplicate":
                again = (kind + 1) % classes if rng.random() < 0.3 else kind
                _put(rows, _jittered(rng, given, 0.04), again, "duplicate", len(rows["gb"]) - 1)
        found = _detections(rng, boxes, kinds, ids, ease, classes, typical, detector)
        for name, values in zip(("pb", "pc", "pf", "pd"), found, strict=True):
            rows[name].extend(values)
        counts[0].append(len(rows["gb"]) - start)
        counts[1].append(len(found[0]))
        wrong.append((fates != "").sum())
    labels = Boxes(np.array(rows["gb"]) * scale, np.array(rows["gc"], np.int64), starts_of(counts[0]))
    predictions = Detections(
        np.array(rows["pb"]) * scale, np.array(rows["pc"], np.int64), np.array(rows["pf"]), starts_of(counts[1])
    )
    return Planted(
        labels, predictions, np.array(rows["pd"]), np.array(rows["gk"]), np.array(rows["go"]), np.array(wrong), missed
    )


def _put(rows, box, label, kind, original):
    for name, value in zip(("gb", "gc", "gk", "go"), (box, label, kind, original), strict=True):
        rows[name].append(value)


def _objects(rng, n, typical, share):
    boxes, kinds = [], []
    for _ in range(8 * n):
        if len(boxes) == n:
            break
        kind = rng.choice(len(share), p=share)
        # a third of the objects are next to another one, so that boxes touch and overlap
        side = np.clip(typical[kind] * np.exp(rng.normal(0, 0.45)), 10, 1000) * np.exp(rng.normal(0, 0.25, 2) * [1, -1])
        centre = rng.uniform(0, [WIDTH, HEIGHT])
        if boxes and rng.random() < 0.33:
            near = boxes[rng.integers(len(boxes))]
            centre = (near[:2] + near[2:]) / 2 + rng.normal(0, 0.7, 2) * (near[2:] - near[:2])
        box = np.clip(np.concatenate([centre - side / 2, centre + side / 2]), 0, [WIDTH, HEIGHT] * 2)
        if (box[2:] - box[:2]).min() >= 8 and all(_iou(box, other) < 0.5 for other in boxes):
            boxes.append(box)
            kinds.append(kind)
    return np.array(boxes).reshape(-1, 4), np.array(kinds, np.int64)


def _detections(rng, boxes, kinds, ids, ease, classes, typical, d):
    out = ([], [], [], [])

    def put(box, kind, logit, dropped):
        for column, value in zip(out, (box, kind, d.ceiling / (1 + np.exp(-logit)), dropped), strict=True):
            column.append(value)

    for box, kind, dropped in zip(boxes, kinds, ids, strict=True):
        hardness = rng.normal(0, 1.3) + 0.8 * ((box[2:] - box[:2]).min() < 25)
        logit = d.skill + ease[kind] - hardness
        if rng.random() < 1 / (1 + np.exp(-(logit + 2.5))):
            put(_jittered(rng, box, d.jitter * np.exp(0.3 * hardness)), kind, logit + rng.normal(0, 0.5), dropped)
        if rng.random() < d.confusion:
            other = (kind + rng.choice([1, 1, 1, 2, 3])) % classes
            put(_jittered(rng, box, d.jitter), other, logit - 2 + rng.normal(0, 1.2), -1)
        if rng.random() < d.poor_boxes:
            put(_shifted(rng, box), kind, logit - 2.5 + rng.normal(0, 0.8), -1)
    for _ in range(rng.poisson(d.false_alarms)):
        kind = rng.integers(classes)
        side = np.clip(typical[kind] * np.exp(rng.normal(0, 0.5)), 10, 1000) * np.exp(rng.normal(0, 0.3, 2) * [1, -1])
        centre = rng.uniform(0, [WIDTH, HEIGHT])
        put(
            np.concatenate([centre - side / 2, centre + side / 2]), kind, -2.2 + ease[kind] / 2 + rng.normal(0, 1.2), -1
        )
    return out


def _jittered(rng, box, share):
    side = np.tile(box[2:] - box[:2], 2)
    moved = box + rng.normal(0, 1, 4) * share * side
    return np.concatenate([np.minimum(moved[:2], moved[2:] - 1), moved[2:]])


def _shifted(rng, box):
    for _ in range(200):
        moved = _jittered(rng, box, rng.uniform(0.08, 0.3))
        if 0.3 <= _iou(box, moved) <= 0.68:
            return moved
    side = np.tile(box[2:] - box[:2], 2)
    return box + 0.25 * side


def _iou(a, b):
    both = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both)
