"""Does an audit of numbers, boxes or pixels say so when labels and predictions do not belong together, and only then?

Constants were chosen on the first half; the second half was looked at once they stood.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from scipy.stats import spearmanr

import labelaudit
from benchmarks.helpers import honest_numbers
from benchmarks.helpers.scenes import HEIGHT, WIDTH, Detector, make
from benchmarks.helpers.segmentation_scenes import scenes as label_maps
from benchmarks.helpers.shared_data import SHARED
from benchmarks.helpers.table import Bar, show
from labelaudit.formats.box_files import read_annotations, read_detections
from labelaudit.object_detection import Boxes, Detections

HALVES = {"chosen on": range(2), "confirmed on": range(200, 202)}
MOST_FALSE, LEAST_FOUND = 0.02, 0.95

DETECTORS = {
    "sharp": Detector(skill=3.5, jitter=0.04, false_alarms=3),
    "plain": Detector(),
    "capped at 0.4": Detector(ceiling=0.4),
    "weak": Detector(skill=0.8, jitter=0.09, false_alarms=12),
    "poor": Detector(skill=-0.5, jitter=0.15, false_alarms=20, confusion=0.3),
}
BCCD = SHARED / "bccd"
_SCENES = 20  # of each detector in each half


def main() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of grave doubts, which are counted here
        held = [_numbers(), _skewed(), _boxes(), _pixels()]
    return all(held)


def _grave(task: str, labels, predictions) -> bool:
    return any(doubt.grave for doubt in labelaudit.audit(task, labels, predictions).doubts)


def _false(found: list[bool]) -> Bar:
    return Bar(float(np.mean(found)), MOST_FALSE)


def _found(found: list[bool]) -> Bar:
    return Bar(float(np.mean(found)), LEAST_FOUND, least=True)


# numbers

UNITS = {"× 100": 100.0, "÷ 100": 0.01, "× 1,000": 1000.0, "÷ 1,000": 0.001}
AWAY_FROM_0 = ("positive", "spread", "tenth wrong", "ratings")  # a small factor shows where 0 is far


def _numbers() -> bool:
    rows: dict[str, list[object]] = {}

    def put(name: str, figure: object) -> None:
        rows.setdefault(name, [name]).append(figure)

    for seeds in HALVES.values():
        pairs = list(honest_numbers.draw(honest_numbers.TARGETS, seeds))
        put("honest pairs", len(pairs))
        put("false alarms", _false([_grave("regression", one.labels, one.predictions) for one in pairs]))
        untold = list(honest_numbers.draw(honest_numbers.UNTOLD, seeds))
        alarms = [_grave("regression", one.labels, one.predictions) for one in untold]
        put("alarms where features tell nothing", float(np.mean(alarms)))
        known = [one for one in pairs if one.labels.size >= 200 and _knows(one)]
        put("pairs of a model that knows the labels", len(known))
        mistakes: dict[str, list[bool]] = {}
        for number, one in enumerate(known):
            for name, changed in _mistaken(one, np.random.default_rng(number)):
                mistakes.setdefault(name, []).append(_grave("regression", *changed))
        for name, found in mistakes.items():
            put(name, _found(found))
    return show("Numbers: grave doubts, as a share", ["", *HALVES], list(rows.values()))


def _knows(one: honest_numbers.Honest) -> bool:
    return one.target != "constant" and spearmanr(one.labels, one.predictions).statistic >= 0.5


def _mistaken(one: honest_numbers.Honest, rng: np.random.Generator) -> Iterator[tuple[str, tuple]]:
    y, p = one.labels, one.predictions
    yield "rows shuffled", (y, rng.permutation(p))
    for name, factor in UNITS.items():
        yield f"labels {name}", (y * factor, p)
    yield "the sign of all turned", (-y, p)
    yield "another column", (y, 3 * np.median(np.abs(y)) + 5 * y.std() + y.std() * rng.normal(size=y.size))
    if one.target in AWAY_FROM_0:
        yield "inches for centimetres, 0 far away", (y / 2.54, p)
        yield "centimetres for inches, 0 far away", (y * 2.54, p)
        yield "standardised predictions, 0 far away", (y, (p - y.mean()) / y.std())
    if np.unique(y).size >= 20:
        yield "the labels as predictions", (y, y.copy())


def _skewed() -> bool:
    rows = []
    for spread in (0.5, 1.0, 2.0):
        for noise in (0.1, 0.3, 0.5, 1.0):
            rng = np.random.default_rng([int(10 * spread), int(10 * noise)])
            predictions = rng.lognormal(0, spread, 5000)
            labels = predictions * np.exp(noise * rng.normal(size=5000))
            audit = labelaudit.audit("regression", labels, predictions)
            said = any(doubt.code == "spread-grows" for doubt in audit.doubts)
            apart = np.abs(labels - predictions)
            before = float(np.mean(apart > 3.5 * 1.4826 * np.median(apart)))
            share = Bar(len(audit.issues) / 5000, 0.02)
            rows.append([f"spread {spread:g}, noise {noise:g}", before, share, "yes" if said else "no"])
    columns = ["", "by difference", "listed", "said"]
    return show("Honest lognormal labels, 5,000: share that is listed", columns, rows)


# boxes


def _boxes() -> bool:
    rows: dict[str, list[object]] = {}

    def put(name: str, figure: object) -> None:
        rows.setdefault(name, [name]).append(figure)

    for seeds in HALVES.values():
        honest, mistakes = [], {}
        for seed in range(seeds[0], seeds[0] + _SCENES):
            for name, detector in DETECTORS.items():
                scenes = _scene(seed, detector)
                honest.append(_grave("object_detection", *scenes))
                if name != "poor" and seed < seeds[0] + 6:
                    _look(scenes, (WIDTH, HEIGHT), np.random.default_rng(seed), mistakes)
        put("honest scenes", len(honest))
        put("false alarms", _false(honest))
        for name, found in mistakes.items():
            put(name, _found(found))
    held = show("Scenes of boxes: grave doubts, as a share", ["", *HALVES], list(rows.values()))
    if not BCCD.exists():
        print("Blood cells: skipped, their annotations are not here")
        return held
    return _blood_cells() and held


def _scene(seed: int, detector: Detector) -> tuple[Boxes, Detections]:
    images, classes = (5, 40, 60, 120)[seed % 4], (1, 3, 8, 40, 4)[seed % 5]
    if seed % 100 < 6:  # those in which mistakes are planted have 200 boxes and more
        images = max(images, 40)
    options = {"rate": (0.01, 0.05, 0.1)[seed % 3], "scale": (0.3, 1.0)[seed % 2], "detector": detector}
    made = make(np.random.default_rng([seed, classes]), images=images, classes=classes, **options)
    return made.labels, made.predictions


def _blood_cells() -> bool:
    annotations = read_annotations(BCCD / "instances_given.json")
    detections = read_detections(BCCD / "detections.json", annotations)
    labels = Boxes(*_stacked(annotations.labels, "bboxes", "labels"))
    boxes, classes, confidences, starts = _stacked(detections, "boxes", "labels", "scores")
    whole = labels, Detections(boxes, classes, confidences, starts)
    rng = np.random.default_rng(0)
    honest, mistakes = [_grave("object_detection", *whole)], {}
    for _ in range(40):
        images = np.sort(rng.choice(len(labels), rng.integers(10, 200), replace=False))
        honest.append(_grave("object_detection", *(_of_images(objects, images) for objects in whole)))
    for _ in range(5):
        images = np.sort(rng.choice(len(labels), 100, replace=False))
        _look(tuple(_of_images(objects, images) for objects in whole), (640.0, 480.0), rng, mistakes)
    rows = [["honest parts", len(honest)], ["false alarms", _false(honest)]]
    rows += [[name, _found(found)] for name, found in mistakes.items()]
    return show("Blood cells: grave doubts, as a share", ["", "parts of 221 images"], rows)


def _look(scenes, size: tuple[float, float], rng: np.random.Generator, mistakes: dict[str, list[bool]]) -> None:
    for name, changed in _mixed_up(*scenes, size, rng):
        mistakes.setdefault(name, []).append(_grave("object_detection", *changed))


def _mixed_up(a: Boxes, b: Detections, size: tuple[float, float], rng: np.random.Generator) -> Iterator[tuple]:
    n, pixels = len(a), np.tile(size, 2)
    k = int(max(a.classes.max(), b.classes.max())) + 1
    forms = {
        "boxes in 0..1": lambda boxes: boxes / pixels,
        "boxes × 2": lambda boxes: boxes * 2,
        "boxes × 0.4": lambda boxes: boxes * 0.4,
        "xyxy read as xywh": lambda boxes: np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]),
        "a centre read as a corner": lambda boxes: boxes + np.tile((boxes[:, 2:] - boxes[:, :2]) / 2, 2),
        "x and y swapped": lambda boxes: boxes[:, [1, 0, 3, 2]],
    }
    for name, change in forms.items():
        yield f"predicted {name}", (a, _with(b, boxes=change(b.boxes)))
        yield f"annotated {name}", (_with(a, boxes=change(a.boxes)), b)
    if k > 1:
        yield "classes permuted", (a, _with(b, classes=_order(k, rng)[b.classes]))
        yield "classes from 1", (a, _with(b, classes=b.classes + 1))
        yield "classes reversed", (a, _with(b, classes=k - 1 - b.classes))
    yield "images reversed", (a, _of_images(b, np.arange(n)[::-1]))
    yield "images shifted by one", (a, _of_images(b, np.roll(np.arange(n), 1)))
    yield "images shuffled", (a, _of_images(b, rng.permutation(n)))
    yield "no predictions", (a, Detections(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0), np.zeros(n + 1, int)))


def _order(k: int, rng: np.random.Generator) -> np.ndarray:
    """Return an order of the classes in which none is in its place."""
    order = rng.permutation(k)
    return order[(np.argsort(order) + 1) % k]


def _with(objects, **changed):
    return type(objects)(**(vars(objects) | changed))


def _of_images(objects, images: np.ndarray):
    counts = np.diff(objects.starts)[images]
    starts = np.concatenate([[0], np.cumsum(counts)])
    rows = np.arange(starts[-1]) + np.repeat(objects.starts[images] - starts[:-1], counts)
    arrays = {name: value[rows] for name, value in vars(objects).items() if name != "starts"}
    return type(objects)(**arrays, starts=starts)


def _stacked(images, *names: str) -> list[np.ndarray]:
    columns = [np.concatenate([np.asarray(image[name]) for image in images]) for name in names]
    return [*columns, np.concatenate([[0], np.cumsum([len(image[names[1]]) for image in images])])]


# pixels


def _pixels() -> bool:
    rows: dict[str, list[object]] = {}

    def put(name: str, figure: object) -> None:
        rows.setdefault(name, [name]).append(figure)

    for seeds in HALVES.values():
        honest, mistakes = [], {}
        for seed in range(seeds[0], seeds[0] + 24):
            k = (3, 6, 12)[seed % 3]
            labels, probs, _ = label_maps((4, 8, 16)[seed % 3], k, side=96, seed=seed)
            flat = (0.0, 0.3, 0.6)[seed // 3 % 3]  # models that are less and less sure
            labels, probs = labels.astype(np.int64), (1 - flat) * probs + np.float32(flat / k)
            honest.append(_grave("segmentation", labels, probs))
            for name, changed in _other_maps(labels, probs, np.random.default_rng(seed)):
                mistakes.setdefault(name, []).append(_grave("segmentation", *changed))
        put("honest sets of images", len(honest))
        put("false alarms", _false(honest))
        for name, found in mistakes.items():
            put(name, _found(found))
    return show("Label maps: grave doubts, as a share", ["", *HALVES], list(rows.values()))


def _other_maps(labels: np.ndarray, probs: np.ndarray, rng: np.random.Generator) -> Iterator[tuple]:
    k = probs.shape[1]
    two = np.arange(k)
    two[[1, 2]] = 2, 1
    yield "planes permuted", (labels, probs[:, _order(k, rng)])
    yield "two planes swapped", (labels, probs[:, two])
    yield "labels off by one", ((labels + 1) % k, probs)
    yield "images reversed", (labels, probs[::-1])
    yield "images shuffled", (labels, np.roll(probs, 1, axis=0))
    yield "all equal", (labels, np.full_like(probs, 1 / k))
    one = np.zeros_like(probs)
    one[:, 0] = 1
    yield "one class", (labels, one)
