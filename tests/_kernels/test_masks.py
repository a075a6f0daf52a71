"""Masks as run lengths against dense masks, and against strings that pycocotools 2.0 wrote."""

import itertools

import numpy as np
import pytest

from instance_segmentation.cases import blob, blobs, dense_iou, packed, runs
from labelaudit._kernels.cpu.masks import areas, bounding_boxes, ends_of, ends_of_dense, mask_iou, unpacked
from labelaudit._kernels.cpu.masks import packed as packed_by_kernel

ONE_PIXEL = np.zeros((5, 7), bool)
ONE_PIXEL[4, 0] = True
SPECIAL = [
    np.zeros((5, 7), bool),
    np.ones((5, 7), bool),
    np.eye(5, 7, dtype=bool),
    ~np.eye(5, 7, dtype=bool),
    ONE_PIXEL,
]


def starts_of(counts):
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def lined_up(masks):
    """Ends and starts of runs, from run lengths."""
    counts = [runs(mask) for mask in masks]
    ends = np.concatenate([np.zeros(0, np.int32), *(np.cumsum(part) for part in counts)]).astype(np.int32)
    return ends, starts_of([len(part) for part in counts])


def letters(texts):
    return np.frombuffer("".join(texts).encode(), np.uint8), starts_of([len(text) for text in texts])


def scene(seed):
    rng = np.random.default_rng(seed)
    images = [(SPECIAL, SPECIAL)]
    for _ in range(6):
        shape = tuple(rng.integers(1, 90, 2))
        images.append((blobs(rng, rng.integers(0, 5), shape), blobs(rng, rng.integers(0, 5), shape)))
    return images


@pytest.mark.parametrize("seed", range(6))
def test_iou_is_that_of_the_dense_masks(seed):
    images = scene(seed)
    a, b = ([mask for image in images for mask in image[side]] for side in (0, 1))
    starts = [starts_of([len(image[side]) for image in images]) for side in (0, 1)]
    pairs = mask_iou(*lined_up(a), starts[0], *lined_up(b), starts[1])
    expected = [dense_iou(x, y) for image in images for x in image[0] for y in image[1]]
    np.testing.assert_array_equal(pairs, expected)
    np.testing.assert_array_equal(areas(*lined_up(a)), [mask.sum() for mask in a])


def test_a_square_and_itself_moved_by_half():
    one, other = (np.array([0, 16, 32], np.int32), np.array([8, 24, 32], np.int32))
    both = mask_iou(one, np.array([0, 3]), np.array([0, 1]), other, np.array([0, 3]), np.array([0, 1]))
    assert both.tolist() == [8 / 24]


def test_runs_of_no_length_change_nothing():
    # 0 outside, 4 inside, 0 outside, 4 inside, 8 outside, 0 inside
    ends = np.array([0, 4, 4, 8, 16, 16], np.int32)
    plain = np.array([0, 8, 16], np.int32)
    one = np.array([0, 1])
    assert mask_iou(ends, np.array([0, 6]), one, plain, np.array([0, 3]), one).tolist() == [1.0]


def test_nothing_has_no_pairs():
    none, ends = np.zeros(1, np.int64), np.zeros(0, np.int32)
    assert mask_iou(ends, none, none, ends, none, none).size == 0
    assert mask_iou(ends, none, np.zeros(3, np.int64), ends, none, np.zeros(3, np.int64)).size == 0


@pytest.mark.parametrize("seed", range(4))
def test_dense_masks_become_their_runs_and_boxes(seed):
    for image in scene(seed):
        masks = [mask for side in image for mask in side]
        if not masks:
            continue
        stack = np.array(masks)
        ends, starts = lined_up(masks)
        for form in (stack, np.asfortranarray(stack), stack[:, ::-1][:, ::-1]):
            found, found_starts = ends_of_dense(form)
            np.testing.assert_array_equal(found, ends)
            np.testing.assert_array_equal(found_starts, starts)
        boxes = []
        for mask in masks:
            y, x = np.nonzero(mask)
            boxes.append([x.min(), y.min(), x.max() + 1, y.max() + 1] if x.size else [0, 0, 0, 0])
        heights = np.full(len(masks), stack.shape[1])
        np.testing.assert_array_equal(bounding_boxes(ends, starts, heights), boxes)


def test_a_mask_of_more_than_65536_runs():
    board = (np.indices((400, 401)).sum(axis=0) % 2).astype(bool)
    ends, starts = ends_of_dense(board[None])
    assert ends.size > 65_536
    one = np.array([0, 1])
    assert mask_iou(ends, starts, one, ends, starts, one).tolist() == [1.0]
    assert mask_iou(ends, starts, one, *ends_of_dense(~board[None]), one).tolist() == [0.0]


@pytest.mark.parametrize("seed", range(4))
def test_strings_are_unpacked_to_what_was_packed(seed):
    counts = [runs(mask) for image in scene(seed) for side in image for mask in side]
    found, starts = unpacked(*letters([packed(part) for part in counts]))
    assert [found[a:b].tolist() for a, b in itertools.pairwise(starts)] == counts


COCO = {  # string, area, box x, y, width, height: from pycocotools.mask
    "ellipse": (
        "ea0;_14L4M2N2N2N2N2N2O0O2O0O2O0O2O0O2O000O2O00000O2O000000000000000000000000000000000001N1000001N10001N101N101N"
        "101N101N2N2N2N2N2N3L4LYm0", 2263, [9, 9, 65, 43],
    ),
    "ring": (
        "ea0;_14L4M2N2N2N2N2N2O0O2O0O2O0O2O0O2O00YOB0=0E0:OH08OJ060J050M020N020N02O0000000000000000000000000000000000000"
        "000000000000001N020N020N030K060J061H081F0;0C0>g0001N101N101N101N101N2N2N2N2N2N3L4LYm0", 1846, [9, 9, 65, 43],
    ),
    "empty": ("hX5", 0, [0, 0, 0, 0]),
    "full": ("0hX5", 5400, [0, 0, 90, 60]),
    "one pixel": ("k11lV5", 1, [0, 59, 1, 1]),
}  # fmt: skip
OUTSIDE = blob((30, 41), (22, 33))
DENSE = {
    "ellipse": OUTSIDE,
    "ring": OUTSIDE & ~blob((30, 41), (9, 15)),
    "empty": np.zeros((60, 90), bool),
    "full": np.ones((60, 90), bool),
    "one pixel": np.arange(5400).reshape(60, 90) == 59 * 90,
}


@pytest.mark.parametrize("name", COCO)
def test_strings_are_those_of_pycocotools(name):
    text, area, (x, y, width, height) = COCO[name]
    counts, starts = unpacked(*letters([text]))
    assert counts.tolist() == runs(DENSE[name])
    assert packed(runs(DENSE[name])) == text
    ends, bad = ends_of(counts, starts, 5400)
    assert bad == -1
    assert areas(ends, starts).tolist() == [area]
    assert bounding_boxes(ends, starts, np.array([60])).tolist() == [[x, y, x + width, y + height]]


@pytest.mark.parametrize("text", ["P", "hX5P", "hX5 ", "h\x7f5", "oooooooooo5", "PPPPPPPPPPPPPPPPPPPPPPPPPP0"])
def test_a_string_that_is_cut_off_or_has_other_letters_gives_no_runs_and_hurts_no_other(text):
    counts, starts = unpacked(*letters(["k11lV5", text, "0hX5"]))
    assert starts.tolist() == [0, 3, 3, 5]
    assert counts.tolist() == [59, 1, 5340, 0, 5400]


@pytest.mark.parametrize(
    ("counts", "bad"),
    [
        ([[4, 4], [0, 8]], -1),
        ([[4, 4], [4, 3]], 1),
        ([[4, 5], [4, 4]], 0),
        ([[4, 4], [-1, 9]], 1),
        ([[4, 4], [4, 2**62, 2**62, 4]], 1),
        ([[8], []], 1),
    ],
)
def test_the_first_mask_whose_runs_do_not_fill_its_pixels(counts, bad):
    flat = np.array([run for part in counts for run in part], np.int64)
    assert ends_of(flat, starts_of([len(part) for part in counts]), 8)[1] == bad


def test_packing_is_that_of_the_reference_and_is_undone():
    rng = np.random.default_rng(0)
    several = [runs(mask) for mask in blobs(rng, 30, (90, 70))]
    several += [[0, 1], [2**31, 5, 2**30, 1, 2**33, 2**33], [], [7], [16, 1, 15, 1, 31, 1, 32, 17]]
    starts = starts_of([len(counts) for counts in several])
    flat = np.concatenate([np.asarray(counts, np.int64) for counts in several])
    found, ends = packed_by_kernel(flat, starts)
    texts = [found[a:b].tobytes().decode() for a, b in itertools.pairwise(ends)]
    assert texts == [packed(counts) for counts in several]
    back, runs_begin = unpacked(found, ends)
    np.testing.assert_array_equal(back, flat)
    np.testing.assert_array_equal(runs_begin, starts)
