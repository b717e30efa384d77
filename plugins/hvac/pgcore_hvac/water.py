"""Water: the temperature of a mixed tank over a step of heating and drawing, exact in continuous time."""

from typing import Any

import numpy as np
from attrs import frozen

from pgcore_hvac.limits import Real, positive
from pgcore_hvac.phi import phi

KWH_PER_LITRE_K = 1.163e-3
"""Heat that warms a litre of water by a kelvin: 4.1868 kJ."""
STAGES = 4
"""With constant inputs a temperature only rises or only falls, so it passes what is wanted, the cut-out and the room's at most once each."""


@frozen(eq=False)
class Water:
    """A tank in a room, and what is drawn from it; fields are numbers, ``(n,)`` or ``(B, n)``."""

    capacity_kwh_per_k: Real
    loss_kw_per_k: Real
    room_c: Real
    draw_kw_per_k: Real
    """Heat per hour that the wanted flow carries for each kelvin."""
    cold_c: Real
    use_c: Real
    """Temperature wanted at the taps: a warmer tank gives less water, and the rest is cold."""

    def slope(self, water_c: Real, heat_kw: Real) -> Any:
        """How fast the temperature rises, K/h."""
        drawn_kw = self.draw_kw_per_k * (np.minimum(water_c, self.use_c) - self.cold_c)
        return (heat_kw - self.loss_kw_per_k * (water_c - self.room_c) - drawn_kw) / self.capacity_kwh_per_k


@frozen(eq=False)
class Heated:
    """What became of a tank in a step."""

    water_c: Any
    heat_kwh: Any = 0.0
    """Heat put in."""
    lost_kwh: Any = 0.0
    """Heat into the room."""
    gained_kwh: Any = 0.0
    """Heat out of the room, while that was warmer."""
    drawn_kwh: Any = 0.0
    """Heat in what was drawn, above that of cold water."""
    wanted_kwh: Any = 0.0
    """Heat in it had it been as warm as wanted."""


def heated(water: Water, water_c: Real, heat_kw: Real, stop_c: Real, dt_h: float) -> Heated:
    """Heat with ``heat_kw`` for ``dt_h`` hours, but never beyond ``stop_c``: there the heater gives only what holds the temperature."""
    left_h, seen = dt_h, Heated(water_c)
    for _ in range(STAGES):
        left_h, seen = _stage(water, seen, heat_kw, stop_c, left_h)
    return seen


def _stage(water: Water, before: Heated, heat_kw: Real, stop_c: Real, left_h: Any) -> tuple[Any, Heated]:
    """Up to the next boundary, or to the end: T' = slope − rate·(T − T_before) until there."""
    start_c = before.water_c
    given_kw, slope = _heating(water, start_c, heat_kw, stop_c)
    below = (start_c < water.use_c) | ((start_c == water.use_c) & (slope < 0.0))
    rate_per_h = (water.loss_kw_per_k + np.where(below, water.draw_kw_per_k, 0.0)) / water.capacity_kwh_per_k
    end_c = _boundary(start_c, slope, (water.use_c, stop_c, water.room_c))
    reach_h = _time_to(end_c - start_c, slope, rate_per_h)
    reaches = reach_h < left_h
    spent_h = np.where(reaches, reach_h, left_h)
    _, rise, mean_rise, _ = phi(-rate_per_h * spent_h)
    mean_c = start_c + spent_h * slope * mean_rise
    lost_kwh = water.loss_kw_per_k * (mean_c - water.room_c) * spent_h
    after_c = np.where(reaches, end_c, start_c + spent_h * slope * rise)
    wanted_kwh = water.draw_kw_per_k * (water.use_c - water.cold_c) * spent_h
    return left_h - spent_h, Heated(
        after_c,
        before.heat_kwh + given_kw * spent_h,
        before.lost_kwh + positive(lost_kwh),
        before.gained_kwh + positive(-lost_kwh),
        before.drawn_kwh + np.where(below, water.draw_kw_per_k * (mean_c - water.cold_c) * spent_h, wanted_kwh),
        before.wanted_kwh + wanted_kwh,
    )


def _heating(water: Water, start_c: Any, heat_kw: Real, stop_c: Real) -> tuple[Any, Any]:
    """The heat given, and the slope that it makes: nothing above ``stop_c``, and at it no more than holds it."""
    idle = water.slope(start_c, 0.0)
    holding_kw = positive(-idle * water.capacity_kwh_per_k)
    held = (start_c == stop_c) & (heat_kw >= holding_kw) & (holding_kw > 0.0)
    most_kw = np.where(start_c < stop_c, np.inf, np.where(start_c == stop_c, holding_kw, 0.0))
    given_kw = np.minimum(heat_kw, most_kw)
    return given_kw, np.where(held, 0.0, water.slope(start_c, given_kw))


def _boundary(start_c: Any, slope: Any, marks: tuple[Real, ...]) -> Any:
    """The first of the marks on the way; infinite when there is none."""
    upwards, downwards = (np.full(np.shape(slope), end) for end in (np.inf, -np.inf))
    for mark in marks:
        upwards = np.where(mark > start_c, np.minimum(upwards, mark), upwards)
        downwards = np.where(mark < start_c, np.maximum(downwards, mark), downwards)
    return np.where(slope > 0.0, upwards, downwards)


def _time_to(distance_k: Any, slope: Any, rate_per_h: Any) -> Any:
    """Hours until a decay that starts with ``slope`` has covered ``distance_k``: −log(1 − rate·distance/slope)/rate; infinite when it never does."""
    moves = (slope != 0.0) & np.isfinite(distance_k)
    straight_h = np.where(moves, distance_k, 1.0) / np.where(moves, slope, 1.0)
    share = rate_per_h * straight_h
    curved = (share > 0.0) & (share < 1.0)
    stretch = -np.log1p(-np.where(curved, share, 0.5)) / np.where(curved, share, 0.5)
    return np.where(moves & (share < 1.0), straight_h * np.where(curved, stretch, 1.0), np.inf)
