"""A sorting network over the columns of an array: each comparison orders two rows with vector instructions."""

from functools import cache

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

# Columns that are sorted together.
LANES = 32

# Numbers that one instruction of the network works on; LLVM makes of them as many as the processor needs.
_WIDTH = 8

# A vector that lies across two lines of the cache takes twice as long.
_LINE = 64

_SUFFIX = {types.float32: f"v{_WIDTH}f32", types.float64: f"v{_WIDTH}f64"}


@cache
def sorting_network(size, wanted):
    """Pairs of rows whose comparison, in turn, sorts the least ``wanted`` of ``size`` values (Batcher 1968)."""
    pairs = []
    merged = 1
    while merged < size:
        step = merged
        while step:
            for start in range(step % merged, size - step, 2 * step):
                pairs += [
                    (i, i + step)
                    for i in range(start, min(start + step, size - step))
                    if i // (2 * merged) == (i + step) // (2 * merged)
                ]
            step //= 2
        merged *= 2
    needed, kept = set(range(wanted)), []
    for low, high in reversed(pairs):
        if low in needed or high in needed:
            needed |= {low, high}
            kept.append((low, high))
    return np.array(kept[::-1], np.int64).reshape(-1, 2)


@intrinsic
def _exchange(typing, cells, low, high):
    """Put the lesser of two rows of cells first, column by column; none may be NaN."""
    # a loop with min and max becomes masked stores, which the loads of the next comparison have to wait for
    floats = _SUFFIX[cells.dtype]

    def build(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        vector = ir.VectorType(context.get_data_type(signature.args[0].dtype), _WIDTH)
        rows = [builder.mul(row, ir.Constant(row.type, LANES)) for row in arguments[1:]]
        for column in range(0, LANES, _WIDTH):
            places = [builder.gep(data, [builder.add(row, ir.Constant(row.type, column))]) for row in rows]
            places = [builder.bitcast(place, vector.as_pointer()) for place in places]
            pair = [builder.load(place, align=4) for place in places]
            for name, place in zip(("minnum", "maxnum"), places, strict=True):
                kind = ir.FunctionType(vector, [vector, vector])
                function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.{floats}")
                builder.store(builder.call(function, pair, fastmath=("nnan", "nsz")), place, align=4)
        return context.get_dummy_value()

    return types.void(cells, types.int64, types.int64), build


@njit
def sort_columns(cells, pairs):
    """Sort the columns of cells, as far as the pairs of a network do, in place."""
    for c in range(pairs.shape[0]):
        _exchange(cells, pairs[c, 0], pairs[c, 1])


@njit
def cells_for(size, like):
    """An array of infinity, (size, LANES), whose rows begin with a line of the cache."""
    raw = np.full(size * LANES + _LINE, np.inf, like.dtype)
    first = -raw.ctypes.data % _LINE // raw.itemsize
    return raw[first : first + size * LANES].reshape(size, LANES)
