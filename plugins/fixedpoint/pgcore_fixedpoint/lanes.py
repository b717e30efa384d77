"""Lanes: a numba type that holds one number of each of several environments, so that a kernel is written as for one and runs on all at once.

A kernel gets a value of this type and derives all others from it with ``load``, ``full`` and arithmetic; the number of lanes is a part of the type.
The compiler makes vector instructions of every operation. It can't do so from loops over the last axis of an array, since it has to suppose that
any two arrays overlap.
"""

import operator
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, models, overload, register_model

_REAL = ir.DoubleType()


def _emitted(code: Callable[..., Any]) -> Callable[..., Any]:
    """A function for kernels whose instructions ``code`` writes; called with other arguments than ``code`` has."""
    made: Any = intrinsic(code)
    return cast("Callable[..., Any]", made)


def _emitted_for_constants(code: Callable[..., Any]) -> Callable[..., Any]:
    made: Any = intrinsic(prefer_literal=True)(code)
    return cast("Callable[..., Any]", made)


class Lanes(types.Type):
    """The type of ``width`` float64 numbers side by side."""

    def __init__(self, width: int) -> None:
        super().__init__(name=f"Lanes({width})")
        self.width = width


class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, ir.VectorType(_REAL, kind.width))  # type: ignore[no-untyped-call]


register_model(Lanes)(_LanesModel)


def _spread(builder: Any, value: Any, width: int) -> Any:
    """The same scalar in every lane."""
    empty = ir.Constant(ir.VectorType(_REAL, width), ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, empty, ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width))


def _place(context: Any, builder: Any, kind: Any, array: Any, position: Any, width: int) -> Any:
    """Pointer to the lanes at a position of a flat array."""
    data = context.make_array(kind)(context, builder, array).data
    start = builder.gep(data, [builder.mul(position, ir.Constant(position.type, width))])
    return builder.bitcast(start, ir.VectorType(_REAL, width).as_pointer())


@_emitted
def load(typing: Any, array: Any, position: Any, like: Any) -> Any:
    """The lanes at ``position`` of a flat float64 array; ``like`` is any value of the wanted type."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = builder.load(_place(context, builder, signature.args[0], args[0], args[1], like.width))
        value.align = 8
        return value

    return like(array, types.intp, like), code


@_emitted
def store(typing: Any, array: Any, position: Any, value: Any) -> Any:
    """Write lanes at ``position`` of a flat float64 array."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        builder.store(args[2], _place(context, builder, signature.args[0], args[0], args[1], value.width), align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), code


@_emitted_for_constants
def zeros(typing: Any, count: Any) -> Any:
    """Zero in ``count`` lanes: what all other lanes of a kernel derive from. ``count`` is a constant."""
    wide = Lanes(count.literal_value)
    return wide(count), lambda context, builder, signature, args: ir.Constant(ir.VectorType(_REAL, wide.width), [0.0] * wide.width)


@_emitted
def full(typing: Any, value: Any, like: Any) -> Any:
    """The same number in as many lanes as ``like`` has."""
    return like(types.float64, like), lambda context, builder, signature, args: _spread(builder, args[0], like.width)


@_emitted
def width(typing: Any, like: Any) -> Any:
    """How many lanes a value has, known to the compiler."""
    return types.intp(like), lambda context, builder, signature, args: ir.Constant(ir.IntType(np.dtype(np.intp).itemsize * 8), like.width)


@_emitted
def lane(typing: Any, value: Any, position: Any) -> Any:
    """The number in one lane."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.extract_element(args[0], args[1])

    return types.float64(value, types.intp), code


@_emitted
def choose(typing: Any, one: Any, other: Any, yes: Any, no: Any) -> Any:
    """In each lane ``yes`` where ``one > other``, else ``no`` (also where a number is not one)."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered(">", args[0], args[1]), args[2], args[3])

    return one(one, one, one, one), code


@_emitted
def root(typing: Any, value: Any) -> Any:
    """Square roots."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = args[0].type
        name = f"llvm.sqrt.v{value.width}f64"
        roots = cgutils.get_or_insert_function(builder.module, ir.FunctionType(kind, [kind]), name)  # type: ignore[no-untyped-call]
        return builder.call(roots, args)

    return value(value), code


def _arithmetic(operation: str) -> Any:
    @_emitted
    def both(typing: Any, one: Any, other: Any) -> Any:
        wide = one if isinstance(one, Lanes) else other

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            sides = zip(args, signature.args, strict=True)
            spread = [value if isinstance(kind, Lanes) else _spread(builder, value, wide.width) for value, kind in sides]
            return getattr(builder, operation)(*spread)

        return wide(*(kind if isinstance(kind, Lanes) else types.float64 for kind in (one, other))), code

    return both


def _overloaded(sign: Callable[..., Any], operation: str) -> None:
    """Give an operator a meaning for lanes with lanes and for lanes with a number."""
    both = _arithmetic(operation)

    def meaning(one: Any, other: Any) -> Any:
        def computed(one: Any, other: Any) -> Any:
            return both(one, other)

        return computed if isinstance(one, Lanes) or isinstance(other, Lanes) else None

    overload(sign)(meaning)


for _sign, _operation in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul"), (operator.truediv, "fdiv")):
    _overloaded(_sign, _operation)
