"""Limits: keep numbers inside bounds, element by element, the same bits for one device as for a fleet.

``np.maximum(-0.0, 0.0)`` may give either zero, depending on how many elements a processor handles at once. A plant turns both into ``+0.0``
in what a device returns, so that a digest of the results cannot depend on how devices are grouped.
"""

from typing import Any

import numpy as np

from pgcore.quantity import QuantityError

Real = Any
"""A number or an array of shape ``(n,)`` or ``(B, n)``."""


def within(value: Real, low: Real, high: Real) -> Any:
    """``value`` where it lies in ``[low, high]``, the nearer bound elsewhere."""
    return np.minimum(np.maximum(value, low), high)


def positive(value: Real) -> Any:
    """``value`` where it is positive, zero elsewhere."""
    return np.maximum(value, 0.0)


def whole(value: Real, low: Real, high: Real) -> Any:
    """The whole number nearest to ``value`` within ``[low, high]``, as a float."""
    return np.rint(within(value, low, high))


def full(shape: tuple[int, ...], value: Real) -> Any:
    """A float64 array of ``shape`` that holds ``value`` (a number or an array of shape ``(n,)``)."""
    return np.full(shape, value, dtype=np.float64)


def require(holds: bool, field: str, found: object, expected: str) -> None:
    """Check how one field of a device stands to another.

    Raises:
        QuantityError: the condition does not hold.
    """
    if not holds:
        raise QuantityError(field, found, expected)
