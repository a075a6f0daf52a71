"""The data of tasks on pictures, boxes, masks and pixels, as the laws need them: made, moved, renamed and cut."""

from __future__ import annotations

from typing import Any

import numpy as np

from instance_segmentation.cases import noisy_boxes, with_masks
from laws.data import likeliest, new_numbers
from laws.table import Arguments, Chains, Data, mapped
from object_detection.cases import image, noisy_scene
from segmentation.data import images

VOID = 255  # a pixel without a label

MEANS_OF_NUMBERS: Any = {
    "renaming": "the class of a square is the mean of the numbers of its pixels' classes, as in cleanlab"
}

_OBJECTS_EXEMPT: Any = {
    "chunks": "images come in a list",
    "mapped": "predictions are lists of arrays",
    "one class": "an object of the only class may be overlooked or badly located all the same",
    "certain": "a prediction is a place too, not a probability alone",
}


def _boxes(n: int, k: int, seed: int) -> Arguments:
    return dict(zip(("labels", "predictions"), noisy_scene(n, k, seed), strict=True))


def _rename_boxes(given: Arguments, order: np.ndarray) -> Arguments:
    return {
        "labels": [one | {"labels": new_numbers(one["labels"], order)} for one in given["labels"]],
        "predictions": [[one[k] for k in order] for one in given["predictions"]],
    }


def _object_chains(first: int) -> Chains:
    """Where the images stand of which the first is right, and what is wrong with the others."""
    right, overlooked, moved, off, swapped, repeated = range(first, first + 6)
    return {
        "overlooked": [right, overlooked],
        "badloc": [right, moved, off],
        "swap": [right, swapped],
        "duplicate": [right, repeated],
    }


def _boxes_ladder() -> tuple[Arguments, Chains]:
    # among other images, by which a detector is calibrated
    labels, predictions = noisy_scene(60, 3)
    box, far, moved, off = [100, 100, 200, 200], [600, 600, 700, 700], [110, 105, 210, 205], [150, 150, 250, 250]
    steps = [
        image([box], [0], [box], [0], [0.99]),
        image([box], [0], [box, far], [0, 1], [0.99, 0.99]),
        image([moved], [0], [box], [0], [0.99]),
        image([off], [0], [box], [0], [0.99]),
        image([box], [1], [box], [0], [0.99]),
        image([box, [101, 100, 200, 201]], [0, 0], [box], [0], [0.99]),
    ]
    more = {"labels": labels + [one for one, _ in steps], "predictions": predictions + [one for _, one in steps]}
    return more, _object_chains(len(labels))


BOXES = Data(
    make=_boxes,
    ladder=_boxes_ladder,
    rename=_rename_boxes,
    predictions="predictions",
    classes=(1, 2, 20),
    size=(120, 4),
    large_size=(600, 4),  # three blocks of images
    exempt=_OBJECTS_EXEMPT,
)


def _masks(n: int, k: int, seed: int) -> Arguments:
    labels, predictions = noisy_boxes(n, k, seed)
    return {"labels": with_masks(labels), "predictions": with_masks(predictions)}


def _masks_ladder() -> tuple[Arguments, Chains]:
    given = _masks(60, 3, 3)
    box, far, moved, off = [10, 10, 40, 40], [50, 10, 85, 45], [13, 12, 43, 42], [25, 25, 55, 55]
    steps: list[tuple[list[Any], list[int], list[Any], list[int]]] = [
        ([box], [0], [box], [0]),
        ([box], [0], [box, far], [0, 1]),
        ([moved], [0], [box], [0]),
        ([off], [0], [box], [0]),
        ([box], [1], [box], [0]),
        ([box, [11, 10, 40, 40]], [0, 0], [box], [0]),
    ]
    labels = [{"boxes": boxes, "labels": np.array(kinds)} for boxes, kinds, _, _ in steps]
    found = [
        {"boxes": boxes, "labels": np.array(kinds), "scores": np.full(len(kinds), 0.99)} for _, _, boxes, kinds in steps
    ]
    more = {"labels": given["labels"] + with_masks(labels), "predictions": given["predictions"] + with_masks(found)}
    return more, _object_chains(60)


MASKS = Data(
    make=_masks,
    ladder=_masks_ladder,
    rename=lambda given, order: {
        key: [one | {"labels": new_numbers(one["labels"], order)} for one in column] for key, column in given.items()
    },
    predictions="predictions",
    classes=(1, 2, 20),
    size=(60, 3),
    large_size=(100, 3),  # four blocks of images
    exempt=_OBJECTS_EXEMPT,
)


def _pixels(n: int, k: int, seed: int) -> Arguments:
    labels, pred_probs = images(n, k, seed=seed)
    labels[:, 5:7, 3:9] = VOID
    return {"labels": labels, "pred_probs": pred_probs}


def _pixels_ladder() -> tuple[Arguments, Chains]:
    # no pixel, then four, then twelve that are believed to be of the other class
    labels = np.tile(np.repeat([0, 1], 3), (3, 6, 1))
    own = np.full(labels.shape, 0.9)
    own[1, :2, :2], own[2, :4, :3] = 0.08, 0.05
    of_1 = np.where(labels == 1, own, 1 - own)
    return {"labels": labels, "pred_probs": np.stack([1 - of_1, of_1], axis=1)}, {"more pixels": [0, 1, 2]}


def _rename_pixels(given: Arguments, order: np.ndarray) -> Arguments:
    return {
        "labels": mapped(lambda labels: new_numbers(labels, order, VOID), given["labels"]),
        "pred_probs": mapped(lambda probs: np.take(probs, order, axis=-3), given["pred_probs"]),
    }


PIXELS = Data(
    make=_pixels,
    ladder=_pixels_ladder,
    rename=_rename_pixels,
    chunked=lambda given, _: {"labels": None, "pred_probs": lambda: zip(*given.values(), strict=True)},
    certain=likeliest(-3),
    classes=(1, 2, 9),
    size=(7, 5),
    large_size=(40, 5),
)


def _lists(given: Arguments) -> Arguments:
    # of several sizes, in squares of two pixels
    return {
        key: [array[..., : array.shape[-1] - 2 * (i % 3)] for i, array in enumerate(column)]
        for key, column in given.items()
    }


PIXEL_LISTS = Data(
    make=lambda n, k, seed: _lists(_pixels(n, k, seed)),
    ladder=lambda: (_lists(_pixels_ladder()[0]), _pixels_ladder()[1]),
    rename=_rename_pixels,
    chunked=PIXELS.chunked,
    certain=PIXELS.certain,
    classes=PIXELS.classes,
    size=PIXELS.size,
    large_size=PIXELS.large_size,
    exempt={"mapped": "predictions are lists of arrays", "type of none": "no array tells the type"},
)
