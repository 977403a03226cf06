"""How does one compiled loop work on many numbers at a time? A vector of sixteen float64 is added, multiplied and
chosen as if it were one.

Lives here: a type for numba that becomes a vector of the processor (two registers of AVX-512, four of AVX2, eight of
NEON), and what can be done with it inside compiled code: ``+``, ``-``, ``*`` with another vector or with a number, and
the functions below. Does not live here: what is computed with it (``tree_sweep``).

Why not leave it to the compiler: it turns a loop into vectors once it has proved that the arrays do not overlap, which
it checks anew for every short loop and gives up where a loop reads and writes one array. Here the order of reads and
writes is said, each place of a vector does what a float would do to the bit, and the same formula serves a number and
many.

``load(array, at)`` and ``broadcast_element(array, at)`` check no bounds, take no index from the end and need one-dimensional
contiguous float64 arrays. numba keeps compiled code until the file of the loop changes: after a change here, change the
file that uses it too, or delete ``__pycache__``."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

from features.kernels.jit import inline_helper

__all__ = ["WIDTH", "is_at_most", "choose", "broadcast", "load", "is_not_above", "allocate_aligned", "broadcast_element", "store"]

WIDTH = 16
"""Numbers in a vector. On AVX-512 and AVX2 sixteen beat eight: more steps that need not wait for each other."""

_NUMBER, _PLACE = ir.DoubleType(), ir.IntType(32)
_DOUBLES = ir.VectorType(_NUMBER, WIDTH)
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


def _everywhere(builder: ir.IRBuilder, number: ir.Value) -> ir.Value:
    """The vector that holds a number in every place."""
    first = builder.insert_element(ir.Constant(_DOUBLES, ir.Undefined), number, ir.Constant(_PLACE, 0))
    return builder.shuffle_vector(
        first, ir.Constant(_DOUBLES, ir.Undefined), ir.Constant(ir.VectorType(_PLACE, WIDTH), [0] * WIDTH)
    )


def _as_vector(builder: ir.IRBuilder, kind: types.Type, value: ir.Value) -> ir.Value:
    """A vector as it is, a number in every place."""
    return value if kind == _vector else _everywhere(builder, value)


def _teach(sign: Callable[..., Any], instruction: str) -> None:
    """Let ``sign`` work on vectors, and on a vector and a number."""

    @type_callable(sign)
    def _kind(context: Any) -> Any:
        return lambda a, b: _vector if {a, b} in ({_vector}, {_vector, types.float64}) else None

    def lower(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> ir.Value:
        both = [_as_vector(builder, kind, value) for kind, value in zip(signature.args, values, strict=True)]
        return getattr(builder, instruction)(*both)

    for kinds in ((_vector, _vector), (_vector, types.float64), (types.float64, _vector)):
        lower_builtin(sign, *kinds)(lower)


for _sign, _instruction in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _teach(_sign, _instruction)


def _place(context: Any, builder: ir.IRBuilder, kind: types.Type, array: ir.Value, at: ir.Value) -> ir.Value:
    """The address of ``array[at]``."""
    return builder.gep(context.make_array(kind)(context, builder, array).data, [at])


@intrinsic
def load(typing, array, at):
    """The vector ``array[at : at + WIDTH]``."""

    def generate(context, builder, signature, values):
        place = _place(context, builder, signature.args[0], *values)
        return builder.load(builder.bitcast(place, _DOUBLES.as_pointer()), align=8)

    return _vector(array, types.intp), generate


@intrinsic
def broadcast(typing, number):
    """A number in every place."""

    def generate(context, builder, signature, values):
        return _everywhere(builder, values[0])

    return _vector(types.float64), generate


@intrinsic
def broadcast_element(typing, array, at):
    """``array[at]`` in every place."""

    def generate(context, builder, signature, values):
        return _everywhere(builder, builder.load(_place(context, builder, signature.args[0], *values)))

    return _vector(array, types.intp), generate


@intrinsic
def store(typing, array, at, value):
    """``array[at : at + WIDTH] = value``, a vector or a number."""

    def generate(context, builder, signature, values):
        place = _place(context, builder, signature.args[0], *values[:2])
        builder.store(
            _as_vector(builder, signature.args[2], values[2]), builder.bitcast(place, _DOUBLES.as_pointer()), align=8
        )
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


@intrinsic
def choose(typing, flag, yes, no):
    """``yes`` where ``flag`` is not 0.0, else ``no``: chosen, not computed, so exact."""

    def generate(context, builder, signature, values):
        true = builder.fcmp_unordered("!=", values[0], ir.Constant(_DOUBLES, [0.0] * WIDTH))
        return builder.select(
            true,
            *(_as_vector(builder, kind, value) for kind, value in zip(signature.args[1:], values[1:], strict=True)),
        )

    return _vector(flag, yes, no), generate


def _compared(builder: ir.IRBuilder, compare: Callable[..., ir.Value], values: Any) -> ir.Value:
    """1.0 where the comparison holds, else 0.0."""
    holds = compare("<=", values[0], _everywhere(builder, values[1]))
    return builder.select(holds, ir.Constant(_DOUBLES, [1.0] * WIDTH), ir.Constant(_DOUBLES, [0.0] * WIDTH))


@intrinsic
def is_at_most(typing, value, limit):
    """1.0 where ``value <= limit``, else 0.0: NaN gives 0.0."""

    def generate(context, builder, signature, values):
        return _compared(builder, builder.fcmp_ordered, values)

    return _vector(_vector, types.float64), generate


@intrinsic
def is_not_above(typing, value, limit):
    """1.0 unless ``value > limit``: NaN gives 1.0."""

    def generate(context, builder, signature, values):
        return _compared(builder, builder.fcmp_unordered, values)

    return _vector(_vector, types.float64), generate


@inline_helper
def allocate_aligned(size):
    """An array of zeros that begins where a cache line does: a vector that straddles two lines costs twice.

    Size in numbers.
    """
    numbers = np.zeros(size + _CACHE_LINE)
    begin = -(numbers.ctypes.data >> 3) & (_CACHE_LINE - 1)
    return numbers[begin : begin + size]
