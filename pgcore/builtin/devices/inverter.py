"""Inverter: what apparent power, power factor and voltage allow a device's reactive power to be."""

import math
from typing import Any

import numpy as np

from pgcore.builtin.devices.limits import Real, positive, within

LN_10 = math.log(10.0)
HOUR_S = 3600.0

CURVE_MVAR_PER_MVA = 0.44
"""Reactive power at either end of the category B curve, per unit of the nameplate apparent power."""
CEASE_VM_PU = 0.5
"""Below this voltage an inverter ceases to energise, so that it does not answer a dead bus (IEEE 1547-2018, table 16)."""


def circle_mvar(s_max_mva: Real, p_mw: Real) -> Any:
    """Largest reactive power beside ``p_mw``: √(S² − P²), zero where the active power uses all of the rating.

    >>> float(circle_mvar(5.0, -3.0))
    4.0
    """
    return np.sqrt(positive(s_max_mva * s_max_mva - p_mw * p_mw))


def power_factor_mvar(pf_min: Real, p_mw: Real) -> Any:
    """Largest reactive power at which the power factor is at least ``pf_min``: |P|·tan(acos pf); unlimited for ``pf_min`` 0.

    >>> round(float(power_factor_mvar(0.8, 4.0)), 12)
    3.0
    """
    if not np.any(pf_min):  # a shortcut: nothing is limited
        return np.inf
    limited = np.asarray(pf_min) > 0.0
    tangent = np.sqrt(1.0 - np.multiply(pf_min, pf_min)) / np.where(limited, pf_min, 1.0)
    return np.where(limited, np.abs(p_mw) * tangent, np.inf)


def volt_var_pu(vm_pu: Real) -> Any:
    """Reactive power that IEEE 1547-2018 (table 8, category B defaults) asks for at a voltage, per unit of the nameplate apparent power.

    Straight lines through (0.92, +0.44), (0.98, 0), (1.02, 0) and (1.08, −0.44); zero below 0.5 pu.
    """
    low = within((0.98 - vm_pu) / 0.06, 0.0, 1.0)
    high = within((vm_pu - 1.02) / 0.06, 0.0, 1.0)
    return np.where(vm_pu < CEASE_VM_PU, 0.0, CURVE_MVAR_PER_MVA * (low - high))


def settled_share(dt_h: float, response_s: Real) -> Any:
    """Share of a change that a first-order lag makes good within a step, by backward Euler: dt / (τ + dt).

    ``response_s`` is the open-loop response time of IEEE 1547, in which 90 % of a change are done: τ = response / ln 10. Backward Euler
    never overshoots and needs no exponential, whose last bit differs between processors.
    """
    dt_s = dt_h * HOUR_S
    return dt_s / (response_s / LN_10 + dt_s)
