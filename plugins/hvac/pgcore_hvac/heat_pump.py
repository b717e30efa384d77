"""Heat pump: heat moved per unit of electricity, depending on the temperatures on both sides."""

from typing import Any

import numpy as np

from pgcore_hvac.limits import Real, positive, within

KELVIN = 273.15
CLOSEST_K = 1e-6
"""Smallest lift that is divided by; such a coefficient of performance is far above any limit."""


def heating_cop(carnot_share: Real, sink_c: Real, source_c: Real, low: Real, high: Real) -> Any:
    """Heat delivered per electricity: ``carnot_share`` · T_sink/(T_sink − T_source) in kelvin, within ``low … high``.

    Carnot's limit (e.g. Moran and Shapiro, *Fundamentals of Engineering Thermodynamics*, chapter 5) times a constant share. Where the source is at
    least as warm as the sink, it is ``high``.

    >>> round(float(heating_cop(0.4, 45.0, 5.0, 1.0, 6.0)), 3)
    3.181
    """
    return within(carnot_share * (sink_c + KELVIN) / _lift_k(sink_c - source_c), low, high)


def cooling_cop(carnot_share: Real, cold_c: Real, outdoor_c: Real, low: Real, high: Real) -> Any:
    """Heat removed per electricity: ``carnot_share`` · T_cold/(T_out − T_cold) in kelvin, within ``low … high``; see :func:`heating_cop`.

    >>> round(float(cooling_cop(0.4, 12.0, 35.0, 1.0, 6.0)), 3)
    4.959
    """
    return within(carnot_share * (cold_c + KELVIN) / _lift_k(outdoor_c - cold_c), low, high)


def _lift_k(difference_k: Real) -> Any:
    return np.maximum(positive(difference_k), CLOSEST_K)
