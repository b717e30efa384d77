"""Time of day, as a point on a clock that goes round in 24 hours."""

from functools import cache

import numpy as np

from pgcore.columns import Array, Index

_DAY_MIN = 1440.0


def time_of_day(rows: Index, step_min: float) -> Array:
    """Sine and cosine of the time of day at each of ``rows`` steps after midnight, ``(B, 2)``.

    >>> time_of_day(np.array([24]), 15.0).round(12)
    array([[1., 0.]])
    """
    day = _day(step_min)
    if day is not None:
        return day.take(rows % len(day), axis=0)
    angle = (rows * step_min) % _DAY_MIN * (2 * np.pi / _DAY_MIN)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


@cache
def _day(step_min: float) -> Array | None:
    """Sine and cosine at each step of a day; ``None`` where a day is not a whole number of steps."""
    steps = _DAY_MIN / step_min
    if steps != int(steps):
        return None
    angle = np.arange(int(steps)) * (2 * np.pi / steps)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)
