"""Limits: keep numbers inside bounds, element by element, for one device as for many."""

from typing import Any

import numpy as np

Real = Any
"""A number or an array of shape ``(n,)``, ``(B, n)`` or ``(B, n, connectors)``."""


def within(value: Real, low: Real, high: Real) -> Any:
    """``value`` where it lies in ``[low, high]``, the nearer bound elsewhere."""
    return np.minimum(np.maximum(value, low), high)


def positive(value: Real) -> Any:
    """``value`` where it is positive, zero elsewhere."""
    return np.maximum(value, 0.0)


def full(shape: tuple[int, ...], value: Real) -> Any:
    """A float64 array of ``shape`` that holds ``value``."""
    return np.full(shape, value, dtype=np.float64)
