"""Walks over a data set, block by block, on as many threads as there are processors.

A block is what one kernel call sees. Its bounds depend on the data alone, and results are put together in block order,
so that the number of threads changes nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sized
from typing import Any, Protocol, TypeVar

from labelaudit._kernels import Array
from labelaudit.errors import InputError

T = TypeVar("T")

# Among blocks: what follows may be read from the memory of those before, all of which must be worked on by then.
BARRIER = object()

_MOST_THREADS = 1024
_DIGITS = 9  # of a number that is looked at


class Rows(Protocol):
    """Columns of equal length to walk over: as often as need be, unless they come from an iterator."""

    def map(self, work: Callable[..., Array]) -> Array:
        """Return what ``work(first_row, *columns)`` gives for every block, put together in the order of the rows."""

    def map_several(self, work: Callable[..., tuple[Array, ...]]) -> tuple[Array, ...]:
        """Return the same for work that gives several arrays."""

    def map_and_fold(self, work: Callable[..., tuple[tuple[Array, ...], T]], start: T) -> tuple[tuple[Array, ...], T]:
        """Return the arrays of both kinds: what ``work`` gives first put together, and what it gives second added."""

    def fold(self, work: Callable[..., T], start: T, after: Callable[[T], None] = ...) -> T:
        """Return ``start`` plus what ``work(first_row, *columns)`` gives for every block, added in their order.

        ``after`` sees each sum on the way, so that the work still to come can be spared what cannot matter any more.
        """


def ignore(_: Any) -> None:
    """See nothing on the way."""


def thread_count() -> int:
    """Return how many threads a walk uses: LABELAUDIT_NUM_THREADS, else the processors this process may run on."""
    wanted = os.environ.get("LABELAUDIT_NUM_THREADS", "").strip()
    if wanted:
        if not wanted.isascii() or not wanted.isdigit() or not 0 < int(wanted[:_DIGITS]) <= _MOST_THREADS:
            raise InputError(
                f"LABELAUDIT_NUM_THREADS: expected a number of threads, 1 to {_MOST_THREADS}, got {wanted!r:.40}; "
                "leave it out for one a processor"
            )
        return int(wanted)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each_block(blocks: Iterable[Any], work: Callable[[Any], T], finish: Callable[[T], None]) -> None:
    """Call ``finish(work(block))`` for every block: ``work`` on all threads, ``finish`` in the order of the blocks.

    Where blocks raise, the exception of the first of them is the one that is raised here. ``BARRIER`` among the blocks
    is none: no block after it is asked for before ``work`` is done with all before it.
    """
    walk = _Walk(blocks, work, finish)
    most = len(blocks) if isinstance(blocks, Sized) else thread_count()
    # new threads for each walk: they cost 0.1 ms, and a pool that is kept would not survive a fork
    helpers = [threading.Thread(target=walk.run, daemon=True) for _ in range(min(thread_count(), most) - 1)]
    for helper in helpers:
        helper.start()
    try:
        walk.run()
    finally:
        walk.stopped = True
        for helper in helpers:
            helper.join()
    if walk.failures:
        raise walk.failures[min(walk.failures)]


def in_order(blocks: Iterable[Any], work: Callable[[Any], T]) -> list[T]:
    """Return ``work(block)`` of every block, done on all threads, in the order of the blocks."""
    results: list[T] = []
    each_block(blocks, work, results.append)
    return results


class _Walk:
    """What the threads of one walk share."""

    def __init__(self, blocks: Iterable[Any], work: Callable[[Any], Any], finish: Callable[[Any], None]) -> None:
        self.blocks, self.work, self.finish = iter(blocks), work, finish
        self.pulling, self.finishing = threading.Lock(), threading.Lock()
        self.at_rest = threading.Condition()  # told when no block is worked on
        self.working = 0
        self.pulled = self.finished = 0
        self.early: dict[int, Any] = {}  # results whose turn has not come
        self.failures: dict[int, BaseException] = {}
        self.stopped = False

    def run(self) -> None:
        more = True
        while more and not self.stopped:
            more = self._do_one()

    def _do_one(self) -> bool:
        with self.pulling:
            number = self.pulled
            self.pulled += 1
            try:
                block = self._next_block()
            except StopIteration:
                return False
            except BaseException as failure:  # noqa: BLE001  raised again by the thread that called
                return self._fail(number, failure)
            with self.at_rest:
                self.working += 1
        try:
            try:
                result = self.work(block)
            finally:
                self._rest()
            with self.finishing:
                self.early[number] = result
                while self.finished in self.early:
                    self.finish(self.early.pop(self.finished))
                    self.finished += 1
        except BaseException as failure:  # noqa: BLE001  raised again by the thread that called
            return self._fail(number, failure)
        return True

    def _next_block(self) -> Any:
        block = next(self.blocks)
        while block is BARRIER:
            with self.at_rest:
                self.at_rest.wait_for(lambda: not self.working)
            block = next(self.blocks)
        return block

    def _rest(self) -> None:
        with self.at_rest:
            self.working -= 1
            if not self.working:
                self.at_rest.notify()

    def _fail(self, number: int, failure: BaseException) -> bool:
        self.failures[number] = failure
        self.stopped = True
        return False
