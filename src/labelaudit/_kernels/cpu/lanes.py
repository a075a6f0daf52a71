"""Sixteen neighbouring numbers at once: vector instructions that LLVM does not find by itself.

``start`` is the first of the sixteen in a contiguous array, which must hold them all.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

WIDTH = 16

_SUFFIX = {types.float32: f"v{WIDTH}f32", types.float64: f"v{WIDTH}f64"}
_INT32, _INT64 = ir.IntType(32), ir.IntType(64)


def _lanes_at(context, builder, array_type, array, start):
    data = context.make_array(array_type)(context, builder, array).data
    vector = ir.VectorType(context.get_data_type(array_type.dtype), WIDTH)
    place = builder.bitcast(builder.gep(data, [start]), vector.as_pointer())
    return place, builder.load(place, align=4)


def _in_all_lanes(builder, value):
    undefined = ir.Constant(ir.VectorType(value.type, WIDTH), ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INT32, WIDTH), [0] * WIDTH))


def _compare(result, values, value, relation):
    def build(context, builder, signature, arguments):
        array, start, bound = arguments
        _, lanes = _lanes_at(context, builder, signature.args[0], array, start)
        found = builder.fcmp_ordered(relation, lanes, _in_all_lanes(builder, bound))
        return builder.zext(builder.bitcast(found, ir.IntType(WIDTH)), _INT64)

    return result(values, types.int64, value), build


@intrinsic
def reaching(typing, values, start, bound):
    """The lanes that are at least as great as the bound, as the bits of a uint64."""
    return _compare(types.uint64, values, values.dtype, ">=")


@intrinsic
def above(typing, values, start, bound):
    """The lanes that are greater than the bound, as the bits of a uint64."""
    return _compare(types.uint64, values, values.dtype, ">")


@intrinsic
def raise_lanes(typing, lanes, values, start):
    """Put into each lane of the first array the greater of the two; none may be NaN."""

    def build(context, builder, signature, arguments):
        place, old = _lanes_at(context, builder, signature.args[0], arguments[0], ir.Constant(_INT64, 0))
        _, new = _lanes_at(context, builder, signature.args[1], *arguments[1:])
        kind = ir.FunctionType(old.type, [old.type, old.type])
        greater = cgutils.get_or_insert_function(builder.module, kind, f"llvm.maxnum.{_SUFFIX[lanes.dtype]}")
        builder.store(builder.call(greater, [old, new], fastmath=("nnan", "nsz")), place, align=4)
        return context.get_dummy_value()

    return types.void(lanes, values, types.int64), build


@intrinsic
def count_of(typing, bits):
    """How many bits of a uint64 are set."""

    def build(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), build


@intrinsic
def first_of(typing, bits):
    """The place of the lowest bit that is set, of a uint64 that is not 0."""

    def build(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), build


ONE = np.uint64(1)
