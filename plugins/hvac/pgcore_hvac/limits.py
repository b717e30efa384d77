"""Limits: keep numbers inside bounds, element by element, whether they are one device's or a stack's."""

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


def require(holds: bool, field: str, found: object, expected: str) -> None:
    """Check how one field of a device stands to another.

    Raises:
        QuantityError: the condition does not hold.
    """
    if not holds:
        raise QuantityError(field, found, expected)
