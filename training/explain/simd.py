"""How does one compiled loop work on many numbers at a time? A vector of sixteen float64 is treated as one number.

Lives here: a type for numba that becomes a vector of the processor (two registers of AVX-512, four of AVX2, eight of
NEON), and what can be done with it inside compiled code: ``+``, ``-``, ``*`` with another vector or with a number, and
the functions below.
Does not live here: what is computed with it (``tree_shap_kernel``).

Why not leave it to the compiler: it vectorizes a loop only once it has proved that the arrays do not overlap. It checks
that again for every short loop and gives up where a loop reads and writes one array: the same sweep as plain numba
loops takes four times as long. Here the order of reads and writes is explicit, each element of a vector gets what a
float would get to the bit, and the same formula serves a number and many.

``load(array, at)`` and ``broadcast_element(array, at)`` check no bounds, take no index from the end and need
one-dimensional contiguous float64 arrays. numba keeps compiled code until the file of the loop changes: after a change
here, change the file that uses it too, or delete ``__pycache__``."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from features.kernels.jit import inline_helper

__all__ = [
    "WIDTH",
    "allocate_aligned",
    "broadcast",
    "broadcast_element",
    "choose",
    "is_at_most",
    "is_not_above",
    "load",
    "store",
]

WIDTH = 16
"""Numbers in a vector. On AVX-512 and AVX2 sixteen beat eight: more steps that need not wait for each other."""

_DOUBLE, _INT32 = ir.DoubleType(), ir.IntType(32)
_DOUBLES = ir.VectorType(_DOUBLE, WIDTH)
_CACHE_LINE = 8


class _Vector(types.Type):
    """The type as numba sees it."""

    def __init__(self) -> None:
        super().__init__(name=f"Vector({WIDTH})")


_vector = _Vector()


@register_model(_Vector)
class _VectorModel(models.PrimitiveModel):
    """The type as the compiler sees it."""

    def __init__(self, manager: Any, kind: types.Type) -> None:
        super().__init__(manager, kind, _DOUBLES)


def _emit_broadcast(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """Emit a vector with a number in every element."""
    first = builder.insert_element(ir.Constant(_DOUBLES, ir.Undefined), number, ir.Constant(_INT32, 0))
    return builder.shuffle_vector(
        first, ir.Constant(_DOUBLES, ir.Undefined), ir.Constant(ir.VectorType(_INT32, WIDTH), [0] * WIDTH)
    )


def _to_vector(builder: ir.IRBuilder, kind: types.Type, value: ir.Value) -> ir.Value:
    """Return a vector as it is, and emit a broadcast of a number."""
    return value if kind == _vector else _emit_broadcast(builder, value)


def _register_operator(function: Callable[..., Any], instruction: str) -> None:
    """Let an operator work on vectors, and on a vector and a number."""

    @type_callable(function)
    def _infer_type(context: Any) -> Any:
        return lambda a, b: _vector if {a, b} in ({_vector}, {_vector, types.float64}) else None

    def lower(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        operands = [_to_vector(builder, kind, value) for kind, value in zip(signature.args, values, strict=True)]
        return getattr(builder, instruction)(*operands)

    for kinds in ((_vector, _vector), (_vector, types.float64), (types.float64, _vector)):
        lower_builtin(function, *kinds)(lower)


for _operator, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _register_operator(_operator, _instruction)


def _emit_address(context: Any, builder: ir.IRBuilder, kind: types.Type, array: ir.Value, at: ir.Value) -> ir.Value:
    """Emit the address of ``array[at]``."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [at])


@intrinsic
def load(typing, array, at):
    """Return the vector ``array[at : at + WIDTH]``."""

    def generate(context, builder, signature, values):
        address = _emit_address(context, builder, signature.args[0], *values)
        # A vector begins at any number of an array, so no more than a double's alignment may be assumed.
        return builder.load(builder.bitcast(address, _DOUBLES.as_pointer()), align=8)

    return _vector(array, types.intp), generate


@intrinsic
def broadcast(typing, number):
    """Return a vector with a number in every element."""

    def generate(context, builder, signature, values):
        return _emit_broadcast(builder, values[0])

    return _vector(types.float64), generate


@intrinsic
def broadcast_element(typing, array, at):
    """Return a vector with ``array[at]`` in every element."""

    def generate(context, builder, signature, values):
        return _emit_broadcast(builder, builder.load(_emit_address(context, builder, signature.args[0], *values)))

    return _vector(array, types.intp), generate


@intrinsic
def store(typing, array, at, value):
    """Set ``array[at : at + WIDTH] = value``, a vector or a number."""

    def generate(context, builder, signature, values):
        address = _emit_address(context, builder, signature.args[0], *values[:2])
        vector = _to_vector(builder, signature.args[2], values[2])
        builder.store(vector, builder.bitcast(address, _DOUBLES.as_pointer()), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@intrinsic
def choose(typing, flag, yes, no):
    """Return ``yes`` where ``flag`` is not 0.0, else ``no``: selected, not computed, so exact."""

    def generate(context, builder, signature, values):
        is_set = builder.fcmp_unordered("!=", values[0], ir.Constant(_DOUBLES, [0.0] * WIDTH))
        options = [_to_vector(builder, kind, value) for kind, value in zip(signature.args[1:], values[1:], strict=True)]
        return builder.select(is_set, *options)

    return _vector(flag, yes, no), generate


def _emit_comparison(builder: ir.IRBuilder, compare: Callable[..., ir.Value], values: Any) -> ir.Value:
    """Emit 1.0 where ``value <= limit`` by this comparison, else 0.0."""
    holds = compare("<=", values[0], _emit_broadcast(builder, values[1]))
    return builder.select(holds, ir.Constant(_DOUBLES, [1.0] * WIDTH), ir.Constant(_DOUBLES, [0.0] * WIDTH))


@intrinsic
def is_at_most(typing, value, limit):
    """Return 1.0 where ``value <= limit``, else 0.0: NaN gives 0.0."""

    def generate(context, builder, signature, values):
        # An ordered comparison is false for NaN.
        return _emit_comparison(builder, builder.fcmp_ordered, values)

    return _vector(_vector, types.float64), generate


@intrinsic
def is_not_above(typing, value, limit):
    """Return 1.0 unless ``value > limit``: NaN gives 1.0."""

    def generate(context, builder, signature, values):
        # An unordered comparison is true for NaN.
        return _emit_comparison(builder, builder.fcmp_unordered, values)

    return _vector(_vector, types.float64), generate


@inline_helper
def allocate_aligned(size):
    """Allocate zeros that begin where a cache line does: a vector that straddles two lines costs twice.

    Size in numbers.
    """
    numbers = np.zeros(size + _CACHE_LINE)
    # A cache line is 64 bytes, 8 numbers: an address 24 bytes past a line skips (-3) & 7 = 5 numbers to the next.
    start = -(numbers.ctypes.data >> 3) & (_CACHE_LINE - 1)
    return numbers[start : start + size]
