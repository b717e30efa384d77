"""The coefficient of performance against Carnot's limit and a published fit."""

import pytest
from pgcore_hvac.heat_pump import cooling_cop, heating_cop


@pytest.mark.parametrize("outdoor_c", [-20.0, -5.0, 7.0, 15.0])
def test_heating_is_a_share_of_carnot(outdoor_c: float) -> None:
    carnot = 313.15 / (40.0 - outdoor_c)
    assert abs(float(heating_cop(0.4, 40.0, outdoor_c, 1.0, 20.0)) / (0.4 * carnot) - 1.0) < 1e-12


@pytest.mark.parametrize("outdoor_c", [25.0, 35.0, 45.0])
def test_cooling_is_a_share_of_carnot(outdoor_c: float) -> None:
    carnot = 285.15 / (outdoor_c - 12.0)
    assert abs(float(cooling_cop(0.4, 12.0, outdoor_c, 1.0, 20.0)) / (0.4 * carnot) - 1.0) < 1e-12


@pytest.mark.parametrize("outdoor_c", [40.0, 41.0, 39.9999999])
def test_no_lift_is_not_divided_by(outdoor_c: float) -> None:
    assert float(heating_cop(0.4, 40.0, outdoor_c, 1.0, 6.0)) == 6.0
    assert float(cooling_cop(0.4, 40.0, outdoor_c, 1.0, 6.0)) == 6.0


def test_the_lowest_cop_holds_in_bitter_cold() -> None:
    assert float(heating_cop(0.1, 60.0, -40.0, 1.0, 6.0)) == 1.0


@pytest.mark.parametrize("lift_k", [25.0, 30.0, 40.0, 50.0, 55.0])
def test_the_default_share_is_within_a_fifth_of_measured_air_source_heat_pumps(lift_k: float) -> None:
    # Staffell, Brett, Brandon and Hawkes, "A review of domestic heat pumps", Energy Environ. Sci. 5, 2012: COP = 6.81 − 0.121 ΔT + 0.000630 ΔT².
    published = 6.81 - 0.121 * lift_k + 0.000630 * lift_k**2
    assert abs(float(heating_cop(0.4, 40.0, 40.0 - lift_k, 1.0, 6.0)) / published - 1.0) < 0.2
