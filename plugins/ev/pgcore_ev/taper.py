"""Taper: how a battery's state of charge rises, first at constant power, then ever slower; exact in continuous time."""

from typing import Any

import numpy as np

from pgcore_ev.limits import Real, positive

_LEAST_TAPER = 1e-12
"""Stands for the length of a taper that begins at a full battery: it has none."""


def accepted_mw(soc: Real, accept_mw: Real, transition_soc: Real) -> Any:
    """Largest power that a battery takes at a state of charge: ``accept_mw`` up to the transition, then falling in a straight line to 0 when full.

    >>> float(accepted_mw(0.9, 0.01, 0.8))
    0.005
    """
    taper = np.maximum(1.0 - transition_soc, _LEAST_TAPER)
    return accept_mw * np.minimum(positive(1.0 - soc) / taper, 1.0)


def soc_rise(soc: Real, p_mw: Real, accept_mw: Real, capacity_mwh: Real, transition_soc: Real, hours: Real) -> Any:
    """Rise of the state of charge in ``hours`` when the battery is offered the power ``p_mw`` (at the battery, not negative).

    The battery takes dE/dt = min(p, accepted(E/C)): the two-stage (constant power, constant voltage) model of Lee, Johansson and Low,
    "ACN-Sim: An Open-Source Simulator for Data-Driven Electric Vehicle Charging Research" (SmartGridComm 2019; IEEE Trans. Smart Grid
    12(6), 2021). Its solution, with the taper's length θ = 1 − τ, the power share r = p/p_accept ≤ 1, the state 1 − r·θ at which the taper
    begins to bind, and the time t′ at which it is reached::

        soc(t) = soc + p·t/C                                      for t ≤ t′
        soc(t) = 1 − r·θ·exp(−p_accept·(t − t′)/(C·θ))            for t > t′

    It is the same however the hours are cut into steps. Everything may be a number or an array.

    >>> round(float(soc_rise(0.5, 0.010, 0.010, 0.050, 0.8, 1.0)), 12)   # 10 kW into 50 kWh for an hour, below the transition
    0.2
    """
    taper = np.maximum(1.0 - transition_soc, _LEAST_TAPER)
    taken_mw = np.minimum(positive(p_mw), accept_mw)
    room = positive(1.0 - taken_mw / accept_mw * taper - soc)  # at constant power
    rate_per_h = taken_mw / capacity_mwh
    flat = np.minimum(rate_per_h * hours, room)
    flat_h = np.where(rate_per_h > 0.0, flat / np.where(rate_per_h > 0.0, rate_per_h, 1.0), hours)
    missing = positive(1.0 - soc - flat)
    decay = accept_mw / (capacity_mwh * taper)
    tail = -missing * np.expm1(-decay * positive(hours - flat_h))
    return flat + np.where(taken_mw > 0.0, tail, 0.0)
