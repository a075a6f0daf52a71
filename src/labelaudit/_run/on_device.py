"""Arrays of another library: one block, on the device where they are."""

from __future__ import annotations

from collections.abc import Callable

from labelaudit._kernels import Array
from labelaudit._run.passes import T, ignore


class OnDeviceRows:
    """Columns that are handed to the kernels as they are; the device shares out the work."""

    def __init__(self, *columns: Array) -> None:
        self.columns = columns

    def map(self, work: Callable[..., Array]) -> Array:
        return work(0, *self.columns)

    def map_several(self, work: Callable[..., tuple[Array, ...]]) -> tuple[Array, ...]:
        return work(0, *self.columns)

    def map_and_fold(self, work: Callable[..., tuple[tuple[Array, ...], T]], start: T) -> tuple[tuple[Array, ...], T]:
        parts, statistic = work(0, *self.columns)
        total: T = start + statistic  # type: ignore[operator]
        return parts, total

    def fold(self, work: Callable[..., T], start: T, after: Callable[[T], None] = ignore) -> T:
        total: T = start + work(0, *self.columns)  # type: ignore[operator]
        after(total)
        return total
