"""Inputs: arrays of settings and exogenous values for a whole episode, from the bounds that devices declare."""

from collections.abc import Sequence

import numpy as np

from pgcore.columns import Array
from pgcore.contracts.device import Device, Knob, Need
from pgcore.quantity import bound

WIDTHS = (1.0, 0.1, 0.01)
"""How much of a need's range an episode uses around its usual value: ranges are often far wider than what is met."""
BEYOND = 0.5
"""How far settings go beyond a knob's bounds now and then, per unit of its range."""
SAME = 4
"""For so many steps a discrete setting holds."""


def settings(rng: np.random.Generator, chosen: Sequence[Device], knob: Knob, shape: tuple[int, ...], beyond: bool) -> Array:
    """Settings ``(T, B, n)`` of a knob: most within its bounds, others at them, at the default, and beyond them where that is asked for."""
    low, high, usual = (np.array([float(bound(device, ref)) for device in chosen]) for ref in (knob.low, knob.high, knob.default))
    past = BEYOND * (high - low) + (1.0 if knob.discrete else 0.0)
    fates = rng.uniform(size=shape)
    values = low + (high - low) * rng.uniform(size=shape)
    for share, fixed in ((0.35, low), (0.25, high), (0.15, usual)):
        values = np.where(fates < share, fixed, values)
    if beyond:
        values = np.where(fates > 0.9, high + past * rng.uniform(size=shape), np.where(fates > 0.8, low - past * rng.uniform(size=shape), values))
    if knob.discrete:
        values = np.rint(np.repeat(values[::SAME], SAME, axis=0)[: shape[0]])
    return np.asarray(values + 0.0)


def exogenous(rng: np.random.Generator, need: Need, shape: tuple[int, ...]) -> Array:
    """Values ``(T, B, n)`` of a need within its bounds, around its default or the number nearest to zero; at the bounds now and then."""
    usual = float(need.default) if isinstance(need.default, int | float) else min(max(0.0, need.low), need.high)
    width = rng.choice(WIDTHS, size=(1, 1, shape[2]))
    values = usual + (need.low + (need.high - need.low) * rng.uniform(size=shape) - usual) * width
    fates = rng.uniform(size=shape)
    values = np.where(fates < 0.05, need.low, np.where(fates > 0.95, need.high, values))
    return np.asarray(np.minimum(np.maximum(values, need.low), need.high))
