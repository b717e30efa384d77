"""Sharing: how a station divides its power among its connectors."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pgcore_ev.limits import Real

Level = Callable[[Any], Any]
"""From the power that is left to the power that a connector may be allowed: the next lower level."""


def in_order(total_mw: Real, wanted_mw: Real, key: Real, level: Level) -> Any:
    """Power for each connector, ``(…, K)``: the one with the smallest key is served first, with what it can use, up to what is left of ``total_mw``.

    Args:
        total_mw: power to share, ``(…)``.
        wanted_mw: what each connector can use, ``(…, K)``; one that wants nothing gets nothing.
        key: the order, ``(…, K)``; of equal keys the connector with the lower number comes first.
        level: the power that may be allowed when so much is left. A connector counts with what it can use of that.
    """
    order = np.argsort(key, axis=-1, kind="stable")
    wanted = np.take_along_axis(wanted_mw, order, axis=-1)
    left, shares = np.asarray(total_mw, dtype=np.float64), []
    for rank in range(wanted.shape[-1]):
        allowed = np.where(wanted[..., rank] > 0.0, level(left), 0.0)
        shares.append(allowed)
        left = left - np.minimum(allowed, wanted[..., rank])
    back = np.argsort(order, axis=-1, kind="stable")
    return np.take_along_axis(np.stack(shares, axis=-1), back, axis=-1)
