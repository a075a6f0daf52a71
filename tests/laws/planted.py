"""Data of every task with known errors planted in its labels: the table that the laws of audits run over."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labelaudit import Audit, Decision

Target = tuple[int, Any]  # row of the item, and where in it

NAMES = ["cat", "dog", "fox", "owl", "pig"]
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
HEIGHT, WIDTH = 48, 64


@dataclass(frozen=True)
class Planted:
    """Labels with errors, the truth, and a good model's predictions."""

    task: str
    truth: Any
    given: Any
    predictions: Any
    planted: set[Target]
    targets: Callable[[Audit], set[Target]]  # what the issues of an audit are about
    decide: Callable[[Audit], list[Decision]]  # the truth about every issue
    mended: Callable[[set[Target]], Any]  # the given labels, right at these targets
    options: dict[str, Any] = field(default_factory=dict)

    def audit(self, labels: Any = None, **options: Any) -> Audit:
        import labelaudit

        given = self.given if labels is None else labels
        return labelaudit.audit(self.task, given, self.predictions, **self.options | options)


def _probabilities(rng: np.random.Generator, truth: np.ndarray, k: int) -> np.ndarray:
    """Of a model that is right 99 times in 100, and mostly sure of it."""
    believed = np.where(rng.random(truth.shape) < 1 / 100, rng.integers(0, k, truth.shape), truth)
    probs = rng.dirichlet(np.full(k, 0.3), truth.shape) * 0.1
    np.put_along_axis(probs, believed[..., None], rng.uniform(0.6, 1.0, truth.shape)[..., None], axis=-1)
    return probs / probs.sum(axis=-1, keepdims=True)


def _one_an_item(audit: Audit, right: Sequence[Any]) -> list[Decision]:
    """The truth about issues of items that have one label each."""
    return [
        Decision(key, "keep", given=was) if right[row] == was else Decision(key, "fix", right[row], given=was)
        for key, row, was in audit.issues.select("issue", "row", "given").rows()
    ]


def classification(seed: int = 0, n: int = 600) -> Planted:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, len(NAMES), n)
    wrong = np.sort(rng.choice(n, n // 12, replace=False))
    given = truth.copy()
    given[wrong] = (truth[wrong] + rng.integers(1, len(NAMES), wrong.size)) % len(NAMES)
    ids = [f"{i}.png" for i in range(n)]
    right, named = ([NAMES[k] for k in classes] for classes in (truth, given))

    return Planted(
        "classification",
        right,
        named,
        _probabilities(rng, truth, len(NAMES)),
        {(int(row), None) for row in wrong},
        lambda audit: {(row, None) for row in audit.issues["row"]},
        lambda audit: _one_an_item(audit, right),
        lambda at: [right[row] if (row, None) in at else was for row, was in enumerate(named)],
        {"class_names": NAMES, "ids": ids},
    )


def regression(seed: int = 0, n: int = 600) -> Planted:
    rng = np.random.default_rng(seed)
    truth = rng.normal(50, 10, n).round(1)
    wrong = np.sort(rng.choice(n, n // 20, replace=False))
    given = truth.copy()
    given[wrong] *= 10

    return Planted(
        "regression",
        truth,
        given,
        truth + rng.normal(0, 1, n),
        {(int(row), None) for row in wrong},
        lambda audit: {(row, None) for row in audit.issues["row"]},
        lambda audit: _one_an_item(audit, truth),
        lambda at: np.array([truth[row] if (row, None) in at else was for row, was in enumerate(given)]),
        {"ids": [f"house {i}" for i in range(n)]},
    )


def multilabel_classification(seed: int = 0, n: int = 800) -> Planted:
    rng = np.random.default_rng(seed)
    k = len(NAMES)
    truth = rng.random((n, k)) < 0.35
    wrong = rng.random((n, k)) < 0.04
    given = truth ^ wrong
    slips = rng.random((n, k)) < 1 / 60
    probs = np.where(truth ^ slips, rng.uniform(0.85, 1.0, (n, k)), rng.uniform(0.0, 0.15, (n, k)))

    def sets(answers: np.ndarray) -> list[list[str]]:
        return [[NAMES[c] for c in np.flatnonzero(row)] for row in answers]

    right, named = sets(truth), sets(given)

    def decide(audit: Audit) -> list[Decision]:
        found = []
        for key, row, name, was in audit.issues.select("issue", "row", "class", "given").rows():
            # of this class alone: another class of the item has an issue of its own, or none
            value = sorted((set(named[row]) - {name}) | ({name} & set(right[row])))
            keep = (name in right[row]) == was
            found.append(Decision(key, "keep", given=was) if keep else Decision(key, "fix", value, given=was))
        return found

    def mended(at: set[Target]) -> list[list[str]]:
        # what was given stays in its order, and what is added comes last
        return [
            [name for name in names if (row, name) not in at]
            + [name for name in NAMES if (row, name) in at and name not in names]
            for row, names in enumerate(named)
        ]

    return Planted(
        "multilabel_classification",
        right,
        named,
        probs,
        {(int(row), NAMES[c]) for row, c in np.argwhere(wrong)},
        lambda audit: set(audit.issues.select("row", "class").rows()),
        decide,
        mended,
        {"class_names": NAMES, "ids": [f"{i}.png" for i in range(n)]},
    )


def token_classification(seed: int = 0, n: int = 300) -> Planted:
    rng = np.random.default_rng(seed)
    right: list[list[str]] = []
    named: list[list[str]] = []
    planted: set[Target] = set()
    for row in range(n):
        tags: list[str] = []
        spans: list[tuple[int, int, str]] = []
        while len(tags) < 12:
            tags += ["O"] * int(rng.integers(1, 4))
            length, kind = int(rng.integers(1, 3)), ("PER", "LOC")[rng.integers(2)]
            spans.append((len(tags), len(tags) + length, kind))
            tags += [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]
        tags.append("O")
        given = list(tags)
        for start, stop, kind in spans:
            fate = rng.random()
            if fate < 0.06:  # its type, or that there is an entity at all
                other = {"PER": "LOC", "LOC": "PER"}[kind]
                for i in range(start, stop):
                    given[i] = "O" if fate < 0.03 else given[i].replace(kind, other)
                    planted.add((row, i))
        right.append(tags)
        named.append(given)
    sizes = [len(tags) for tags in right]
    numbers = np.array([TAGS.index(tag) for tags in right for tag in tags])
    probs = np.split(_probabilities(rng, numbers, len(TAGS)), np.cumsum(sizes)[:-1])

    def decide(audit: Audit) -> list[Decision]:
        found = []
        for key, row, start, stop, was in audit.issues.select("issue", "row", "start", "stop", "given").rows():
            kinds = [tag.rpartition("-")[2] for tag in right[row][start:stop]]
            if right[row][start:stop] == named[row][start:stop]:
                found.append(Decision(key, "keep", given=was))
            elif len(set(kinds)) == 1 and not any(tag[0] == "B" for tag in right[row][start + 1 : stop]):
                value = {"start": start, "stop": stop, "tag": right[row][start] if stop == start + 1 else kinds[0]}
                found.append(Decision(key, "fix", value, given=was))
            else:  # the ends of the truth are others: tokens one by one
                found += [
                    Decision(
                        None, "fix", {"start": i, "stop": i + 1, "tag": right[row][i]}, item=audit.ids[row], place=i
                    )
                    for i in range(start, stop)
                ]
        return found

    def mended(at: set[Target]) -> list[list[str]]:
        return [
            [right[row][i] if (row, i) in at else tag for i, tag in enumerate(tags)] for row, tags in enumerate(named)
        ]

    def targets(audit: Audit) -> set[Target]:
        spans = audit.issues.select("row", "start", "stop").rows()
        return {(row, i) for row, start, stop in spans for i in range(start, stop)}

    return Planted(
        "token_classification",
        right,
        named,
        probs,
        planted,
        targets,
        decide,
        mended,
        {
            "class_names": TAGS,
            "ids": [f"s{i}" for i in range(n)],
            "tokens": [[f"w{i}" for i in range(m)] for m in sizes],
        },
    )


def segmentation(seed: int = 0, n: int = 12) -> Planted:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, (n, HEIGHT // 16, WIDTH // 16)).repeat(16, 1).repeat(16, 2).astype(np.uint8)
    given = truth.copy()
    planted: dict[Target, tuple[slice, slice]] = {}
    for row in range(n):
        for _ in range(2):  # a square within a patch
            y, x = 16 * rng.integers(0, HEIGHT // 16) + 4, 16 * rng.integers(0, WIDTH // 16) + 4
            here = slice(y, y + 8), slice(x, x + 8)
            given[row][here] = (truth[row][here] + 1) % 3
            planted[row, (x, y, x + 8, y + 8)] = here
    believed = rng.uniform(0.01, 0.02, (*truth.shape, 3))
    np.put_along_axis(believed, truth[..., None].astype(int), 0.96, axis=-1)
    probs = np.moveaxis(believed / believed.sum(-1, keepdims=True), -1, 1).astype(np.float32)
    names = NAMES[:3]

    def decide(audit: Audit) -> list[Decision]:
        found = []
        for key, row, box, was in audit.issues.select("issue", "row", "bbox", "given").rows():
            x1, y1, x2, y2 = box
            right = names[truth[row, (y1 + y2) // 2, (x1 + x2) // 2]]
            found.append(Decision(key, "keep", given=was) if right == was else Decision(key, "fix", right, given=was))
        return found

    def mended(at: set[Target]) -> np.ndarray:
        masks = given.copy()
        for target in at & planted.keys():
            masks[target[0]][planted[target]] = truth[target[0]][planted[target]]
        return masks

    return Planted(
        "segmentation",
        truth,
        given,
        probs,
        set(planted),
        lambda audit: {(row, tuple(box)) for row, box in audit.issues.select("row", "bbox").rows()},
        decide,
        mended,
        {"class_names": names, "ids": [f"{i}.png" for i in range(n)]},
    )


def _objects(seed: int, n: int) -> tuple[list[Any], list[Any], list[Any], dict[Target, str]]:
    """Boxes apart from each other: right ones, given ones, predictions, and what is wrong with each given one."""
    rng = np.random.default_rng(seed)
    right, named, found = [], [], []
    planted: dict[Target, str] = {}
    for row in range(n):
        cells = rng.permutation(6)[: rng.integers(2, 6)]
        corner = np.stack([20 * (cells % 3) + rng.integers(1, 3, cells.size), 22 * (cells // 3) + 2], 1)
        boxes = np.hstack([corner, corner + np.array([14, 16])]).astype(float)
        kinds = rng.integers(0, 3, cells.size)
        given, classes, kept = boxes.copy(), kinds.copy(), np.ones(cells.size, bool)
        fate = rng.random(cells.size)
        for i in np.flatnonzero(fate < 0.09):
            if fate[i] < 0.03:
                classes[i] = (kinds[i] + 1) % 3
            elif fate[i] < 0.06:
                given[i] += [4, 5, 4, 5]
            else:
                kept[i] = False
        numbers = np.cumsum(kept) - 1
        for i in np.flatnonzero(fate < 0.09):
            at = ("missing", *boxes[i].tolist()) if not kept[i] else int(numbers[i])
            planted[row, at] = "overlooked" if not kept[i] else "swapped" if fate[i] < 0.03 else "badly_located"
        right.append({"bboxes": boxes, "labels": kinds})
        named.append({"bboxes": given[kept], "labels": classes[kept]})
        seen = rng.random(cells.size) < 0.97
        noise = np.where(rng.random((cells.size, 1)) < 0.3, 1.0, 0.0)
        found.append(
            {"boxes": (boxes + noise)[seen], "labels": kinds[seen], "scores": rng.uniform(0.8, 1.0, seen.sum())}
        )
    return right, named, found, planted


def object_detection(seed: int = 0, n: int = 150) -> Planted:
    right, named, found, planted = _objects(seed, n)
    names = NAMES[:3]

    def truth_at(row: int, box: Sequence[float]) -> int | None:
        centre = np.array([box[0] + box[2], box[1] + box[3]]) / 2
        inside = right[row]["bboxes"]
        near = (np.abs((inside[:, :2] + inside[:, 2:]) / 2 - centre) < 8).all(axis=1)
        return int(np.argmax(near)) if near.any() else None

    def decide(audit: Audit) -> list[Decision]:
        decisions = []
        for issue in audit.issues.iter_rows(named=True):
            box = issue["suggested_bbox"] if issue["bbox"] is None else issue["bbox"]
            at = truth_at(issue["row"], box)
            if at is None:
                verdict: Any = ("keep", None) if issue["bbox"] is None else ("drop", None)
            else:
                true = {"bbox": right[issue["row"]]["bboxes"][at], "class": names[right[issue["row"]]["labels"][at]]}
                same = issue["bbox"] == true["bbox"].tolist() and issue["given"] == true["class"]
                verdict = ("keep", None) if same else ("fix", true)
            decisions.append(Decision(issue["issue"], *verdict, given=issue["given"]))
        return decisions

    def targets(audit: Audit) -> set[Target]:
        listed: set[Target] = set()
        for row, box, suggested in audit.issues.select("row", "box", "suggested_bbox").rows():
            at = None if box is not None else truth_at(row, suggested)
            true = None if at is None else ("missing", *right[row]["bboxes"][at].tolist())
            listed.add((row, box if box is not None else true))
        return listed

    def mended(at: set[Target]) -> list[Any]:
        images = copy.deepcopy(named)
        for row, place in sorted(at & planted.keys(), key=str):
            image = images[row]
            if isinstance(place, tuple):
                true = truth_at(row, place[1:])
                image["bboxes"] = np.vstack([image["bboxes"], right[row]["bboxes"][true]])
                image["labels"] = np.append(image["labels"], right[row]["labels"][true])
            else:
                true = truth_at(row, image["bboxes"][place])
                image["bboxes"][place], image["labels"][place] = (right[row][key][true] for key in ("bboxes", "labels"))
        return images

    return Planted(
        "object_detection", right, named, found, set(planted), targets, decide, mended,
        {"class_names": names, "ids": [f"{i}.jpg" for i in range(n)]},
    )  # fmt: skip


def instance_segmentation(seed: int = 0, n: int = 150) -> Planted:
    """The same objects as masks: a rectangle without its first pixel, so that a mask is not its box."""
    boxes = object_detection(seed, n)

    def masks(image: dict[str, Any]) -> dict[str, Any]:
        key = "bboxes" if "bboxes" in image else "boxes"
        rest = {name: image[name] for name in image if name != key}
        return {"masks": [mask_of(box) for box in image[key]]} | rest

    def decide(audit: Audit) -> list[Decision]:
        found = []
        for decision in boxes.decide(_with_boxes(audit)):
            value = decision.value and {"class": decision.value["class"]} | run_lengths(mask_of(decision.value["bbox"]))
            found.append(Decision(decision.issue, decision.verdict, value, given=decision.given))
        return found

    return Planted(
        "instance_segmentation",
        [masks(image) for image in boxes.truth],
        [masks(image) for image in boxes.given],
        [masks(image) for image in boxes.predictions],
        boxes.planted,
        lambda audit: boxes.targets(_with_boxes(audit)),
        decide,
        lambda at: [masks(image) for image in boxes.mended(at)],
        boxes.options,
    )


def mask_of(box: Sequence[float]) -> np.ndarray:
    x1, y1, x2, y2 = (int(side) for side in box)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y1:y2, x1:x2] = True
    mask[y1, x1] = False
    return mask


def run_lengths(mask: np.ndarray) -> dict[str, Any]:
    flat = mask.ravel(order="F").astype(int)
    counts = np.diff(np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])).tolist()
    return {"size": [HEIGHT, WIDTH], "counts": counts}


def _with_boxes(audit: Audit) -> Any:
    """An audit of masks as one of boxes."""
    from dataclasses import replace

    return replace(audit, issues=audit.issues.rename({"mask": "box"}))


PLANTED: dict[str, Callable[[], Planted]] = {
    make.__name__: make
    for make in (
        classification,
        multilabel_classification,
        token_classification,
        regression,
        object_detection,
        instance_segmentation,
        segmentation,
    )
}
