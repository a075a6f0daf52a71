"""Chunks and pairs from functions that refill one buffer, or give something else in a later walk."""

import itertools
import time

import numpy as np
import pytest

from labelaudit import audit, rank
from labelaudit._checks.streams import SeenImages, SeenRows
from labelaudit._run import rows_of
from labelaudit._run.passes import BARRIER, each_block
from labelaudit.errors import InputError
from labelaudit.multilabel_classification.rank import get_label_quality_scores as multilabel_scores
from labelaudit.regression.rank import get_label_quality_scores as regression_scores
from labelaudit.segmentation.rank import get_label_quality_scores as image_scores

RNG = np.random.default_rng(0)
N, K = 60_000, 5
PRED_PROBS = RNG.dirichlet(np.ones(K), N)
LABELS = RNG.integers(0, K, N)


@pytest.fixture(autouse=True)
def _four_threads(monkeypatch):
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "4")


def refilled(array, rows, buffers=1):
    """Return a function of an iterator whose chunks lie in one buffer, or in some in turn."""

    def chunks():
        ring = itertools.cycle([np.empty((rows, *array.shape[1:]), array.dtype) for _ in range(buffers)])
        for start, buffer in zip(range(0, len(array), rows), ring, strict=False):
            part = array[start : start + rows]
            buffer[: len(part)] = part
            yield buffer[: len(part)]

    return chunks


@pytest.mark.parametrize("buffers", [1, 2, 3])
@pytest.mark.parametrize("rows", [100, 5_000])
@pytest.mark.parametrize("method", ["self_confidence", "normalized_margin", "noise_posterior"])
def test_a_buffer_that_is_refilled_gives_the_scores_of_its_chunks(method, rows, buffers):
    expected = rank.get_label_quality_scores(LABELS, PRED_PROBS, method=method)
    found = rank.get_label_quality_scores(LABELS, refilled(PRED_PROBS, rows, buffers), method=method)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("rows", [1_000, 1_500_000])  # of one block each, and of several
def test_slow_work_sees_the_chunk_that_it_was_given(rows):
    numbers = np.arange(3_000_000, dtype=float)

    def work(first, numbers, part):
        time.sleep(0.001)  # long enough for others to ask for the next chunk
        return part

    given, dtype = numbers[: 20 * rows], np.dtype(float)
    found = rows_of((given, dtype), (refilled(given, rows), dtype)).map(work)
    np.testing.assert_array_equal(found, given)


def test_an_iterator_that_refills_its_buffer():
    chunks = refilled(PRED_PROBS, 500)
    found = rank.get_label_quality_scores(LABELS, chunks())
    np.testing.assert_array_equal(found, PRED_PROBS[np.arange(N), LABELS])


@pytest.mark.parametrize("rows", [700, N])
def test_several_models_that_refill_their_buffers(rows):
    other = RNG.dirichlet(np.ones(K), N)
    expected = rank.get_label_quality_scores(LABELS, {"a": PRED_PROBS, "b": other})
    models = {"a": refilled(PRED_PROBS, rows), "b": refilled(other, 900)}
    np.testing.assert_allclose(rank.get_label_quality_scores(LABELS, models), expected, rtol=1e-9)


def test_numbers_and_sets_from_a_refilled_buffer():
    numbers = RNG.normal(size=N)
    found = regression_scores(numbers, refilled(numbers + 1.0, 64), method="residual")
    np.testing.assert_allclose(found, np.full(N, np.exp(-1.0)))
    given = (PRED_PROBS > 0.2).astype(np.uint8)
    np.testing.assert_array_equal(
        multilabel_scores(given, refilled(PRED_PROBS, 333)), multilabel_scores(given, PRED_PROBS)
    )


def images_of(count):
    probs = np.random.default_rng(1).dirichlet(np.ones(3), (count, 24, 20)).transpose(0, 3, 1, 2)
    labels = np.random.default_rng(2).integers(0, 3, (count, 24, 20))

    def pairs():
        given, predicted = np.empty((24, 20), int), np.empty((3, 24, 20))
        for image in range(count):
            given[:], predicted[:] = labels[image], probs[image]
            yield given, predicted

    return labels, probs, pairs


def test_images_from_a_refilled_buffer():
    labels, probs, pairs = images_of(200)
    expected, _ = image_scores(labels, probs)
    found, _ = image_scores(None, pairs)
    np.testing.assert_array_equal(found, expected)


def test_nothing_beyond_a_barrier_is_asked_for_before_all_is_done():
    done, seen = [], []

    def blocks():
        for round_ in range(5):
            yield from range(round_ * 4, round_ * 4 + 4)
            yield BARRIER
            seen.append(len(done))

    def work(block):
        time.sleep(0.002)
        done.append(block)
        return block

    each_block(blocks(), work, lambda _: None)
    assert seen == [4, 8, 12, 16, 20]


def test_work_that_fails_before_a_barrier_ends_the_walk():
    def work(block):
        time.sleep(0.002)
        raise ValueError(f"block {block}")

    with pytest.raises(ValueError, match="block 0"):
        each_block(iter([0, 1, BARRIER, 2]), work, lambda _: None)


def shuffled_later(array):
    """Return a function that gives the rows in another order from its third call on, after a look and a walk."""
    calls = itertools.count()

    def chunks():
        rows = array if next(calls) < 2 else array[::-1]
        return (rows[start : start + 1_000] for start in range(0, len(rows), 1_000))

    return chunks


def test_a_function_that_shuffles_is_refused_with_the_row():
    message = "pred_probs: the function gives other rows when it is called again, row 0 differs; .*without shuffling"
    with pytest.raises(InputError, match=message):
        rank.get_label_quality_scores(LABELS, shuffled_later(PRED_PROBS), adjust_pred_probs=True)


def test_a_function_that_draws_anew_is_refused():
    rng = np.random.default_rng(3)

    def with_dropout():
        return iter([PRED_PROBS * rng.choice([1.0, 0.999], PRED_PROBS.shape)])

    with pytest.raises(InputError, match="gives other rows when it is called again"):
        rank.get_label_quality_scores(LABELS, with_dropout, adjust_pred_probs=True)


def test_a_function_of_numbers_that_changes_is_refused():
    with pytest.raises(InputError, match="predictions: the function gives other rows"):
        regression_scores(PRED_PROBS[:, 0], shuffled_later(PRED_PROBS[:, 1]), method="scaled_residual")


def test_the_same_rows_in_chunks_of_another_length_are_the_same():
    lengths = itertools.count(700, 77)

    def chunks():
        rows = next(lengths)
        return (PRED_PROBS[start : start + rows] for start in range(0, N, rows))

    found = rank.get_label_quality_scores(LABELS, chunks, adjust_pred_probs=True)
    expected = rank.get_label_quality_scores(LABELS, PRED_PROBS, adjust_pred_probs=True)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4", np.longdouble, np.uint8, bool])
def test_any_one_number_that_changes_is_seen_where_there_are_few(dtype):
    rows = np.random.default_rng(4).integers(0, 2, (50, 3)).astype(dtype)
    changed = rows.copy()
    changed[17, 2] = 1 - rows[17, 2].astype(int)
    seen = SeenRows(50, 3, "pred_probs")
    seen.compare(0, rows)
    seen.compare(0, rows.copy())
    with pytest.raises(InputError, match="row 17 differs"):
        seen.compare(0, changed)


def test_of_many_rows_one_in_256_is_compared():
    rows = np.random.default_rng(5).random((600_000, 40), np.float32)
    seen = SeenRows(*rows.shape, "pred_probs")
    seen.compare(0, rows)
    changed = rows.copy()
    changed[1] = 0  # none of those that are looked at
    seen.compare(0, changed)
    changed[256 * 1000, 39] += 1e-6
    with pytest.raises(InputError, match="row 256000 differs"):
        seen.compare(0, changed)


def test_a_permutation_of_columns_is_another_row():
    seen = SeenRows(2, 2, "pred_probs")
    seen.compare(0, np.array([[0.25, 0.75], [0.5, 0.5]]))
    with pytest.raises(InputError, match="row 0 differs"):
        seen.compare(0, np.array([[0.75, 0.25], [0.5, 0.5]]))


def test_images_in_another_order_are_refused():
    labels, probs, _ = images_of(6)
    calls = itertools.count()

    def pairs():
        order = range(6) if next(calls) < 3 else [0, 2, 1, 3, 4, 5]  # two looks and a walk come first
        return ((labels[image], probs[image]) for image in order)

    with pytest.raises(InputError, match="the function gives other pairs when it is called again, image 1 differs"):
        audit("segmentation", None, pairs)


def test_one_pixel_of_a_small_image_is_seen():
    labels, probs = np.zeros((4, 5), int), np.full((2, 4, 5), 0.5)
    seen = SeenImages()
    seen.compare(0, [labels, probs])
    seen.compare(0, [labels.copy(), probs.copy()])
    labels[3, 4] = 1
    with pytest.raises(InputError, match="image 0 differs"):
        seen.compare(0, [labels, probs])
