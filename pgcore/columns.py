"""Columns: n records stacked into one record of arrays, and what is done with columns: taken, spanned, summed."""

from collections.abc import Sequence
from typing import Any, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
S = TypeVar("S", bound=np.generic)

Array = NDArray[np.float64]
"""A float64 array. Device code is written for shape ``(B, n)`` (B environments, n devices) and works for scalars too."""

Flags = NDArray[np.bool_]
Index = NDArray[np.intp]


def columns(records: Sequence[T]) -> T:
    """Stack records of one attrs class into one record of the same class whose fields are arrays of shape ``(n,)``.

    Numbers become float64 arrays (booleans boolean ones), everything else an object array. Validators are not run again: each record
    passed them when it was made.

    Raises:
        ValueError: no records were given.
        TypeError: the records are not all of one class.

    >>> from attrs import frozen
    >>> @frozen
    ... class Tank:
    ...     volume_m3: float
    >>> columns([Tank(1.0), Tank(2.5)]).volume_m3
    array([1. , 2.5])
    """
    if not records:
        raise ValueError("columns() needs at least one record to know the class of the result")
    kind = type(records[0])
    strangers = {type(r).__name__ for r in records if type(r) is not kind}
    if strangers:
        raise TypeError(f"columns() stacks records of one class; found {kind.__name__} and {', '.join(sorted(strangers))}")
    return _assemble(kind, {name: _stack([getattr(r, name) for r in records]) for name in _names(kind)})


def span(index: Index) -> slice | Index:
    """The same columns as a slice when they stand side by side, which reads an array without copying it; else ``index`` itself.

    >>> span(np.array([3, 4, 5]))
    slice(3, 6, None)
    """
    if len(index) and np.array_equal(index, np.arange(index[0], index[0] + len(index))):
        return slice(int(index[0]), int(index[0]) + len(index))
    return index


def take(record: T, index: Index | Sequence[int]) -> T:
    """Some columns of a stacked record, in the order of ``index``, as a stacked record of the same class."""
    chosen = np.asarray(index, dtype=np.intp)
    return _assemble(type(record), {name: getattr(record, name)[chosen] for name in _names(type(record))})


def total(values: Array) -> Array:
    """Sums ``(…)`` over the last axis of ``(…, n)``, added from left to right: neither other rows nor zeros at the end change a bit of them."""
    return np.asarray(np.add.accumulate(values, axis=-1)[..., -1] + 0.0) if values.shape[-1] else np.zeros(values.shape[:-1])


def placed(values: NDArray[S], rows: Index, new: NDArray[S]) -> NDArray[S]:
    """``values`` with ``new`` in some of its rows, as an array of its own.

    >>> placed(np.zeros(3), np.array([1]), np.array([5.0]))
    array([0., 5., 0.])
    """
    changed = values.copy()
    changed[rows] = new
    return changed


def _names(kind: type) -> list[str]:
    return [field.name for field in attrs.fields(kind)]


def _stack(values: list[Any]) -> NDArray[Any]:
    if all(isinstance(v, bool | np.bool_) for v in values):
        return np.array(values, dtype=np.bool_)
    if all(isinstance(v, int | float | np.number) for v in values):
        return np.array(values, dtype=np.float64)
    stacked = np.empty(len(values), dtype=object)
    stacked[:] = values
    return stacked


def _assemble(kind: type[T], values: dict[str, Any]) -> T:
    made = object.__new__(kind)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
