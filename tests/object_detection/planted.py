"""Images of whole pixels with errors planted, and what is true of each of their objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit import Decision

WIDTH, HEIGHT, CELL = 96, 64, 32
NAMES = ["cat", "dog", "fox"]


@dataclass(frozen=True)
class Box:
    """An object as somebody drew it."""

    corners: tuple[int, int, int, int]
    kind: int  # its class

    @property
    def value(self):
        return {"bbox": list(map(float, self.corners)), "class": NAMES[self.kind]}


@dataclass(frozen=True)
class Image:
    given: list[Box]
    truth: list[Box | None]  # what each given box should be; None: it should not be there
    fates: list[str]  # of each given box: "", "swapped", "badly_located" or "duplicated"
    removed: list[Box]  # what nobody annotated
    predicted: list[tuple[Box, float]]


def scenes(images=240, rate=0.04, seed=0) -> list[Image]:
    """Images of a good detector and annotators who err in each of four ways in this share of the objects."""
    rng = np.random.default_rng(seed)
    return [_image(rng, rate) for _ in range(images)]


def _image(rng, rate):
    given, truth, fates, removed, predicted = [], [], [], [], []
    cells = rng.permutation(WIDTH // CELL * (HEIGHT // CELL))
    objects = rng.integers(3, cells.size)
    for cell in cells[:objects].tolist():
        box = Box(_corners(rng, cell), int(rng.integers(len(NAMES))))
        fate = str(rng.choice(["", "removed", "swapped", "badly_located", "duplicated"], p=[1 - 4 * rate] + [rate] * 4))
        predicted.append((Box(_jittered(rng, box.corners), box.kind), rng.uniform(0.6, 0.95)))
        if fate == "removed":
            removed.append(box)
            continue
        drawn = {
            "swapped": Box(box.corners, (box.kind + 1) % len(NAMES)),
            "badly_located": Box(_moved(box.corners), box.kind),
        }.get(fate, box)
        given.append(drawn)
        truth.append(box)
        fates.append(fate if fate in ("swapped", "badly_located") else "")
        if fate == "duplicated":
            given.append(Box(_jittered(rng, box.corners, 3), box.kind))
            truth.append(None)
            fates.append("duplicated")
    predicted += [
        (Box(_corners(rng, cell), int(rng.integers(len(NAMES)))), rng.uniform(0.05, 0.4))
        for cell in cells[objects:].tolist()
        if rng.random() < 0.5
    ]
    return Image(given, truth, fates, removed, predicted)


def _corners(rng, cell):
    left, top = cell % (WIDTH // CELL) * CELL, cell // (WIDTH // CELL) * CELL
    x, y = rng.integers(3, 6, 2)
    width, height = rng.integers(14, 25, 2)
    return int(left + x), int(top + y), int(left + x + width), int(top + y + height)


def _jittered(rng, corners, by=1):
    x, y = (int(step) for step in rng.choice([-by, by], 2))
    return corners[0] + x, corners[1] + y, corners[2] + x, corners[3] + y


def _moved(corners):
    # by half of its width and a quarter of its height, within the image
    x, y = (corners[2] - corners[0]) // 2, (corners[3] - corners[1]) // 4
    x = -x if corners[2] + x > WIDTH else x
    y = -y if corners[3] + y > HEIGHT else y
    return corners[0] + x, corners[1] + y, corners[2] + x, corners[3] + y


def count_planted(images: list[Image]) -> int:
    """How many errors there are."""
    return sum(len(image.removed) + sum(fate != "" for fate in image.fates) for image in images)


def truthful(audit, images: list[Image], place: str, as_value) -> tuple[list[Decision], list[list[Box]], int]:
    """Decide each listed issue with the truth.

    ``place`` is the column of issues with the index of the object, ``as_value`` makes the value of a decision from a
    box. Returned are the decisions, what each image holds after them, and how many of the planted errors they mend.
    """
    decisions, mended = [], 0
    after: list[list[Box | None]] = [list(image.given) for image in images]
    for issue in audit.issues.iter_rows(named=True):
        image, boxes, at, key = images[issue["row"]], after[issue["row"]], issue[place], issue["issue"]
        if at is None:
            missed = next((box for box in image.removed if _is_there(box, issue["suggested_bbox"])), None)
            found = missed is not None and missed not in boxes
            decisions.append(Decision(key, "fix", as_value(missed)) if found else Decision(key, "drop"))
            boxes += [missed] if found else []
            mended += found
            continue
        mended += image.fates[at] != ""
        boxes[at] = image.truth[at]
        if image.fates[at] == "":
            decisions.append(Decision(key, "keep"))
        elif image.truth[at] is None:
            decisions.append(Decision(key, "drop"))
        else:
            decisions.append(Decision(key, "fix", as_value(image.truth[at])))
    return decisions, [[box for box in boxes if box is not None] for boxes in after], mended


def _is_there(box, corners):
    sides = [max(min(box.corners[i + 2], corners[i + 2]) - max(box.corners[i], corners[i]), 0) for i in (0, 1)]
    return sides[0] * sides[1] * 2 > (box.corners[2] - box.corners[0]) * (box.corners[3] - box.corners[1])
