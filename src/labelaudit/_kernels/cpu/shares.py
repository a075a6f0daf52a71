"""A number is shared out among the nodes around it: eight polynomials at once, in vector instructions."""

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from labelaudit._kernels.odds_nodes import POLYNOMIALS

_WIDTH = POLYNOMIALS.shape[1]
_INT32 = ir.IntType(32)


@intrinsic
def add_shares(typing, weights, first, t):
    """Add to eight neighbouring float64 weights, from ``first`` on, what the polynomials are at t."""

    def build(context, builder, signature, arguments):
        array, start, value = arguments
        vector = ir.VectorType(ir.DoubleType(), _WIDTH)
        undefined = ir.Constant(vector, ir.Undefined)
        single = builder.insert_element(undefined, value, ir.Constant(_INT32, 0))
        everywhere = ir.Constant(ir.VectorType(_INT32, _WIDTH), [0] * _WIDTH)
        ts = builder.shuffle_vector(single, undefined, everywhere)
        *lower, shares = (ir.Constant(vector, row.tolist()) for row in POLYNOMIALS)
        for coefficients in reversed(lower):
            shares = builder.fadd(builder.fmul(shares, ts, flags=("contract",)), coefficients, flags=("contract",))
        data = context.make_array(signature.args[0])(context, builder, array).data
        place = builder.bitcast(builder.gep(data, [start]), vector.as_pointer())
        builder.store(builder.fadd(builder.load(place, align=8), shares), place, align=8)
        return context.get_dummy_value()

    return types.void(weights, types.int64, types.float64), build
