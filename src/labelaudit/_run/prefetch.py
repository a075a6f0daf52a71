"""Files that are mapped into memory, read in one go."""

from __future__ import annotations

import mmap
from typing import Any

import numpy as np


def read_ahead(array: Any) -> None:
    """Ask the system to read this part of a memory-mapped file now, in order; do nothing for other arrays.

    A kernel that goes through many rows side by side has the system guess, a page here and a page there, which takes up
    to four times as long from a disk.
    """
    owner = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    will_need = getattr(mmap, "MADV_WILLNEED", None)
    if will_need is None or not isinstance(owner, mmap.mmap) or not array.flags.c_contiguous:
        return
    start = array.ctypes.data - np.frombuffer(owner, np.uint8).ctypes.data
    page = start // mmap.PAGESIZE * mmap.PAGESIZE
    if array.nbytes:
        owner.madvise(will_need, page, start - page + array.nbytes)
