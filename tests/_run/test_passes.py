import threading

import numpy as np
import pytest

from labelaudit._run import rows_of
from labelaudit._run.passes import each_block, thread_count
from labelaudit.errors import InputError


@pytest.fixture(autouse=True)
def _four_threads(monkeypatch):
    monkeypatch.setenv("LABELAUDIT_NUM_THREADS", "4")


def test_results_are_finished_in_the_order_of_the_blocks():
    late = threading.Event()

    def work(block):
        if block == 0:
            late.wait(10)  # the first block is the last to be done
        if block == 3:
            late.set()
        return block

    finished = []
    each_block(iter(range(8)), work, finished.append)
    assert finished == list(range(8))


def test_the_first_failing_block_is_the_one_that_is_reported():
    both = threading.Barrier(2)

    def work(block):
        if block in (1, 2):
            both.wait(10)
            raise ValueError(f"block {block}")
        return block

    with pytest.raises(ValueError, match="block 1"):
        each_block(iter(range(8)), work, lambda _: None)


def test_no_thread_outlives_the_walk():
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        each_block(range(100), lambda block: 1 // (block - 50), lambda _: None)
    assert threading.active_count() == before


def test_the_number_of_threads_can_be_set(monkeypatch):
    assert thread_count() == 4
    for unset in ("", " "):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", unset)
        assert thread_count() >= 1
    for nonsense in ("0", "-1", "many", "²", "1.5", "1025", "9" * 5000):
        monkeypatch.setenv("LABELAUDIT_NUM_THREADS", nonsense)
        with pytest.raises(InputError, match=r"^LABELAUDIT_NUM_THREADS: expected a number of threads, 1 to 1024, got"):
            thread_count()


def test_a_walk_inside_threads_of_the_caller():
    values = np.arange(3_000_000, dtype=float)
    totals = []

    def walk():
        totals.append(rows_of((values, np.dtype(float))).fold(lambda _, part: part.sum(), 0.0))

    callers = [threading.Thread(target=walk) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert totals == [values.sum()] * 4


class Stored:
    """An array on disk as h5py and zarr have it: shape, type, chunks, and slices that are counted."""

    def __init__(self, values, rows_a_chunk):
        self.values, self.shape, self.dtype = values, values.shape, values.dtype
        self.chunks = (rows_a_chunk, *values.shape[1:])
        self.read = []

    def __getitem__(self, rows):
        self.read.append((rows.start, rows.stop))
        return self.values[rows]


def test_a_stored_array_is_read_once_in_whole_chunks():
    stored = Stored(np.random.default_rng(0).random((200_000, 20)), 1000)
    total = rows_of((stored, np.dtype(float))).fold(lambda _, part: part.sum(), 0.0)
    assert total == pytest.approx(stored.values.sum())
    spans = sorted(stored.read)
    assert [start for start, _ in spans[1:]] == [stop for _, stop in spans[:-1]]
    assert all(start % 1000 == 0 for start, _ in spans)
    assert max(stop - start for start, stop in spans) * 20 * 8 <= 8 << 20


def test_kernels_get_contiguous_read_only_rows_of_their_type():
    seen = []

    def work(first, part):
        seen.append((first, part.dtype, part.flags.c_contiguous, part.flags.writeable))
        return part

    values = np.asfortranarray(np.ones((800_000, 4), np.float16))
    together = rows_of((values, np.dtype(np.float32))).map(work)
    assert together.shape == (800_000, 4)
    assert {entry[1:] for entry in seen} == {(np.dtype(np.float32), True, False)}
    assert len(seen) > 1
