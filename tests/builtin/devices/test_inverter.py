"""The inverter's functions against points of their standards."""

import math

import numpy as np
import pytest

from pgcore.builtin.devices.inverter import circle_mvar, power_factor_mvar, settled_share, volt_var_pu


@pytest.mark.parametrize(
    ("vm_pu", "q_pu"),
    [(0.85, 0.44), (0.92, 0.44), (0.95, 0.22), (0.98, 0.0), (1.0, 0.0), (1.02, 0.0), (1.05, -0.22), (1.08, -0.44), (1.2, -0.44)],
)
def test_volt_var_passes_through_the_points_of_ieee_1547_category_b(vm_pu: float, q_pu: float) -> None:
    assert volt_var_pu(vm_pu) == pytest.approx(q_pu, abs=1e-12)


def test_volt_var_does_not_answer_a_dead_bus() -> None:
    assert volt_var_pu(0.0) == 0.0


def test_the_circle_leaves_nothing_at_or_beyond_full_active_power() -> None:
    assert circle_mvar(5.0, np.array([-6.0, -5.0, 0.0, 3.0])).tolist() == [0.0, 0.0, 5.0, 4.0]


@pytest.mark.parametrize("pf_min", [0.3, 0.8, 0.95, 1.0])
def test_the_power_factor_limit_is_the_tangent_of_its_angle(pf_min: float) -> None:
    assert power_factor_mvar(pf_min, -2.0) == pytest.approx(2.0 * math.tan(math.acos(pf_min)), abs=1e-12)


def test_a_power_factor_limit_of_zero_is_none() -> None:
    assert power_factor_mvar(0.0, 1.0) == math.inf


def test_the_lag_approaches_the_exponential_response_for_short_steps() -> None:
    steps = 1000
    left = (1.0 - settled_share(5.0 / steps / 3600.0, 5.0)) ** steps
    assert left == pytest.approx(0.1, abs=5e-4)


def test_the_lag_never_overshoots() -> None:
    assert 0.997 < settled_share(0.25, 5.0) < 1.0
    assert settled_share(1e6, 5.0) <= 1.0
