"""Pilot: the charging currents that a charger can allow a vehicle, and their duty cycle on the control pilot wire."""

from typing import Any

import numpy as np

from pgcore_ev.limits import Real

TOLERANCE_A = 1e-3
"""A current that misses a level by less is that level: single-precision actions miss by millionths."""
LARGEST_A = 80.0
"""Largest current that the pilot signal can tell."""


def power_mw(current_a: Real, phases: Real, voltage_v: Real) -> Any:
    """Power of a current in each of ``phases`` phases at ``voltage_v`` from line to neutral; three phases: √3·V_LL·I = 3·V_LN·I."""
    return current_a * (phases * voltage_v * 1e-6)


def allowed_a(current_a: Real, i_min_a: Real, i_max_a: Real, step_a: Real) -> Any:
    """The largest current that can be allowed and is not above ``current_a``.

    Nothing below ``i_min_a`` (IEC 61851-1: 6 A); from there in steps of ``step_a``, or without steps where that is zero; never above ``i_max_a``.

    >>> [float(allowed_a(i, 6.0, 32.0, 1.0)) for i in (5.9, 6.0, 17.8, 40.0)]
    [0.0, 6.0, 17.0, 32.0]
    """
    asked = np.minimum(current_a, i_max_a)
    stepped = np.where(step_a > 0.0, step_a, 1.0)
    level = i_min_a + np.floor((asked - i_min_a + TOLERANCE_A) / stepped) * stepped
    held = np.where(step_a > 0.0, level, np.maximum(asked, i_min_a))
    return np.where((asked > 0.0) & (asked >= i_min_a - TOLERANCE_A), np.minimum(held, i_max_a), 0.0)


def duty_percent(current_a: float) -> float:
    """Duty cycle of the 1 kHz pilot that allows ``current_a`` (IEC 61851-1:2017, table A.7): 100 % (no pulses) allows no charging.

    Raises:
        ValueError: the current is neither 0 nor in 6…80 A.

    >>> duty_percent(6.0), duty_percent(16.0), duty_percent(80.0)
    (10.0, 26.666666666666668, 96.0)
    """
    if current_a == 0.0:
        return 100.0
    if not 6.0 <= current_a <= LARGEST_A:
        raise ValueError(f"current_a is {current_a:g}, expected 0 or a current in 6…80 A, which is all that a pilot signal can tell")
    return current_a / 0.6 if current_a <= 51.0 else current_a / 2.5 + 64.0


def current_a(duty_percent: float) -> float:
    """Largest current that a vehicle may draw at a pilot duty cycle (IEC 61851-1:2017, table A.8).

    Raises:
        ValueError: the duty cycle is not in 0…100 %.

    >>> current_a(25.0), current_a(90.0), current_a(5.0)
    (15.0, 65.0, 0.0)
    """
    if not 0.0 <= duty_percent <= 100.0:
        raise ValueError(f"duty_percent is {duty_percent:g}, expected 0…100")
    if duty_percent < 8.0 or duty_percent > 97.0:  # 3…7 %: digital communication instead; else no charging
        return 0.0
    if duty_percent < 10.0:
        return 6.0
    if duty_percent <= 85.0:
        return duty_percent * 0.6
    return min((duty_percent - 64.0) * 2.5, LARGEST_A)
