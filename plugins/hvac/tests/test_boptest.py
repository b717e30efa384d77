"""The zone against BOPTEST's testcase1: its analytic solution, and the trajectory that BOPTEST publishes.

testcase1 (ibpsa/project1-boptest, testcases/testcase1/models/SimpleRC.mo, BSD 3-clause) is a room of 1e6 J/K behind 0.01 K/W, with
20 + 10·sin(2πt/24 h) °C outdoors.
"""

import numpy as np
import pytest
from houses import BOPTEST, CALM, house, imbalance, start, step
from pgcore_hvac.weather import Weather

TURN_PER_H = 2 * np.pi / 24
TAU_H = BOPTEST["r_k_per_kw"] * BOPTEST["c_air_kwh_per_k"]
PUBLISHED_K = {0.5: 297.06066350919474, 1.0: 296.09172042780745, 1.5: 295.07464157316474, 2.0: 294.0264678850863}
"""Room temperature so many hours after noon of the first day, where it was 297.965324683488 K and the heater is off; testing/references/testcase1/
results_initialize_advance.csv of that repository, column TRooAir_y. Made there by a solver with a relative tolerance of 1e-6."""
NOON_K, KELVIN = 297.965324683488, 273.15


def analytic_c(t_h: float, begin_h: float, begin_c: float) -> float:
    """T' = (20 + 10·sin(ωt) − T)/τ, solved by hand."""

    def forced(t: float) -> float:
        turn = TURN_PER_H * TAU_H
        return 20.0 + 10.0 * (np.sin(TURN_PER_H * t) - turn * np.cos(TURN_PER_H * t)) / (1.0 + turn * turn)

    return float(forced(t_h) + (begin_c - forced(begin_h)) * np.exp(-(t_h - begin_h) / TAU_H))


def floating(step_min: float, slope: bool = True, begin_h: float = 0.0, begin_c: float = 20.0, hours: float = 72.0) -> dict[float, float]:
    """The room's temperature at the end of every step while nothing heats it."""
    weather = {"mean_c": 20.0, "swing_k": 10.0, "warmest_h": 6.0, "step_min": step_min, "days": 4}
    outdoor_c = Weather(**weather).load().values  # type: ignore[arg-type]
    rise = Weather(shows="slope", **weather).load().values * slope  # type: ignore[arg-type]
    room, dt_h = house(regulation="power"), step_min / 60
    state, seen = start(room, air_c=begin_c), {}
    for k in range(round(begin_h / dt_h), round((begin_h + hours) / dt_h)):
        state, effect = step(room, state, {**CALM, "outdoor_c": outdoor_c[k], "outdoor_k_per_h": rise[k]}, dt_h)
        assert imbalance(effect, dt_h) < 1e-12
        seen[(k + 1) * dt_h] = float(state["air_c"])
    return seen


@pytest.mark.parametrize(("step_min", "within_k"), [(1.0, 1e-10), (5.0, 1e-8), (15.0, 1e-6), (30.0, 1e-5), (60.0, 2e-4)])
def test_with_the_slope_of_the_weather_the_room_follows_the_analytic_solution(step_min: float, within_k: float) -> None:
    assert max(abs(air_c - analytic_c(t, 0.0, 20.0)) for t, air_c in floating(step_min).items()) < within_k


@pytest.mark.parametrize(("step_min", "within_k"), [(1.0, 1e-4), (15.0, 5e-3)])
def test_with_the_mean_alone_the_error_is_of_second_order(step_min: float, within_k: float) -> None:
    worst_k = max(abs(air_c - analytic_c(t, 0.0, 20.0)) for t, air_c in floating(step_min, slope=False).items())
    assert 0.1 * within_k < worst_k < within_k


def test_the_room_follows_the_published_trajectory_as_closely_as_that_follows_the_solution() -> None:
    seen = floating(15.0, begin_h=12.0, begin_c=NOON_K - KELVIN, hours=2.0)
    for hours, published_k in PUBLISHED_K.items():
        assert abs(seen[12.0 + hours] + KELVIN - published_k) < 1.2e-3
        assert abs(seen[12.0 + hours] - analytic_c(12.0 + hours, 12.0, NOON_K - KELVIN)) < 1e-6
