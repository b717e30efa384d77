"""Compressor: whether a machine may be switched, and what it does when it is asked for power."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen

from pgcore.contracts.device import State
from pgcore_hvac.limits import Real, positive, within

ROUNDING_H = 1e-9
"""Hours that add up from steps such as 5 min miss whole numbers by rounding; a minimum time is over this much early."""


def chosen(value: Any, name: str) -> Any:
    """Whether an option (or each of a stack's) is ``name``: a truth value or an array ``(n,)``."""
    return np.asarray(value == name)


@frozen(eq=False)
class Demand:
    """Electric power that is wanted for either purpose, MW ≥ 0, and the least that the machine takes while it is on."""

    heat_mw: Real
    cool_mw: Real
    least_mw: Real


@frozen(eq=False)
class Compressor:
    """Limits of a machine that heats, cools, or both; fields are numbers or ``(n,)``."""

    p_max_mw: Real
    min_on_h: Real
    min_off_h: Real

    def least_h(self, state: State) -> Any:
        """How long it has to stay as it is, counted from its last switching."""
        return np.where(state["on"] > 0.5, self.min_on_h, self.min_off_h)

    def locked(self, state: State) -> Any:
        """Whether a minimum time still runs."""
        return state["hours"] < self.least_h(state) - ROUNDING_H

    def share_left(self, state: State) -> Any:
        """Share of the minimum time that is left, 0…1."""
        least_h = self.least_h(state)
        return np.where(self.locked(state), positive(least_h - state["hours"]) / np.where(least_h > 0.0, least_h, 1.0), 0.0)

    def run(self, state: State, demand: Demand, dt_h: float) -> tuple[Mapping[str, Any], Any]:
        """Its new ``on``, ``cooling`` and ``hours``, and the electric power that it takes, MW.

        It goes on for no less than half of its least power. Heat comes first. While a minimum time runs it stays on (at its least power when nothing
        is wanted) or off. Where a minimum time off is set, it cannot turn from heating to cooling without it.
        """
        on, cooling, locked = state["on"] > 0.5, state["cooling"] > 0.5, self.locked(state)
        heat, cool = _worth(demand.heat_mw, demand.least_mw), _worth(demand.cool_mw, demand.least_mw)
        turns = on & np.where(cooling, heat, cool & ~heat) & (self.min_off_h > 0.0)
        now_on = np.where(locked, on, (heat | cool) & ~turns)
        now_cooling = np.where(locked & on, cooling, cool & ~heat)
        asked_mw = np.where(now_cooling, np.where(cool, demand.cool_mw, 0.0), np.where(heat, demand.heat_mw, 0.0))
        p_mw = np.where(now_on, within(asked_mw, demand.least_mw, self.p_max_mw), 0.0)
        changed = (now_on != on) | (now_on & (now_cooling != cooling))
        hours = np.where(changed, 0.0, state["hours"]) + dt_h
        return {"on": 1.0 * now_on, "cooling": 1.0 * (now_on & now_cooling), "hours": hours}, p_mw


def _worth(asked_mw: Real, least_mw: Real) -> Any:
    return (asked_mw > 0.0) & (asked_mw >= 0.5 * least_mw)
