"""The pilot's levels and duty cycles, against IEC 61851-1:2017."""

import numpy as np
import pytest
from pgcore_ev.pilot import allowed_a, current_a, duty_percent, power_mw


@pytest.mark.parametrize(("phases", "current", "kw"), [(1, 16.0, 3.68), (1, 32.0, 7.36), (3, 16.0, 11.04), (3, 32.0, 22.08)])
def test_ratings_of_common_connections(phases: int, current: float, kw: float) -> None:
    assert float(power_mw(current, phases, 230.0)) == pytest.approx(kw * 1e-3, abs=1e-12)


def test_three_phases_are_the_square_root_of_three_times_the_line_voltage() -> None:
    assert float(power_mw(16.0, 3, 230.0)) == pytest.approx(np.sqrt(3) * (230.0 * np.sqrt(3)) * 16.0e-6, abs=1e-15)


def test_nothing_is_charged_below_the_smallest_current() -> None:
    assert allowed_a(np.array([0.0, 1.0, 5.9, 6.0, 6.1]), 6.0, 32.0, 0.0).tolist() == [0.0, 0.0, 0.0, 6.0, 6.1]


def test_levels_are_never_above_what_is_asked() -> None:
    asked = np.linspace(0.0, 40.0, 801)
    for smallest, step in ((6.0, 1.0), (8.0, 8.0), (6.0, 0.6)):
        given = allowed_a(asked, smallest, 32.0, step)
        assert (given <= asked + 1e-3).all()
        assert np.allclose(np.rint((given[given > 0] - smallest) / step) * step + smallest, given[given > 0], atol=1e-9)


def test_the_five_levels_of_a_coarse_charger() -> None:
    assert sorted(set(allowed_a(np.arange(0.0, 50.0, 0.5), 8.0, 32.0, 8.0).tolist())) == [0.0, 8.0, 16.0, 24.0, 32.0]


def test_a_level_in_single_precision_is_that_level() -> None:
    power = np.float32(17 * 3 * 230e-6)
    assert float(allowed_a(float(power) / (3 * 230e-6), 6.0, 32.0, 1.0)) == 17.0


@pytest.mark.parametrize(("current", "duty"), [(6.0, 10.0), (30.0, 50.0), (51.0, 85.0), (65.0, 90.0), (80.0, 96.0), (0.0, 100.0)])
def test_duty_cycles_of_the_standard(current: float, duty: float) -> None:
    assert duty_percent(current) == pytest.approx(duty, abs=1e-12)
    assert current_a(duty) == pytest.approx(current, abs=1e-12)


@pytest.mark.parametrize(("duty", "current"), [(2.0, 0.0), (5.0, 0.0), (8.0, 6.0), (9.9, 6.0), (96.5, 80.0), (97.5, 0.0)])
def test_a_vehicle_reads_the_edges_of_the_table(duty: float, current: float) -> None:
    assert current_a(duty) == current


@pytest.mark.parametrize("current", [3.0, 81.0, -6.0])
def test_a_current_that_no_pilot_can_tell_is_refused(current: float) -> None:
    with pytest.raises(ValueError, match="expected 0 or a current in 6…80 A"):
        duty_percent(current)


def test_a_duty_cycle_beyond_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="expected 0…100"):
        current_a(101.0)
