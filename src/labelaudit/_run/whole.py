"""Arrays of another library: one block, on the device where they are."""

from __future__ import annotations

from collections.abc import Callable

from labelaudit._run.passes import Array, T, ignore


class WholeRows:
    """Columns that are handed to the kernels as they are; the device shares out the work."""

    def __init__(self, *columns: Array) -> None:
        self.columns = columns

    def map(self, work: Callable[..., Array]) -> Array:
        return work(0, *self.columns)

    def map_several(self, work: Callable[..., tuple[Array, ...]]) -> tuple[Array, ...]:
        return work(0, *self.columns)

    def fold(self, work: Callable[..., T], start: T, after: Callable[[T], None] = ignore) -> T:
        total: T = start + work(0, *self.columns)  # type: ignore[operator]
        after(total)
        return total
