"""The profile source AcmeProfile: pgcore's own checks, and its closed form."""

import numpy as np
import pytest
from pgcore.testing.profiles import ProfileChecks

from pgcore_acme.profile import AcmeProfile


class TestAcmeProfile(ProfileChecks):
    """Every check that pgcore has for profile sources; `pgcore plugins check acme --kind profile` runs the same."""

    profile = AcmeProfile


def test_its_mean_over_a_day_is_the_mean() -> None:
    values = AcmeProfile(mean=0.3, amplitude=0.2, days=1).load().values
    assert abs(values.mean() - 0.3) < 1e-12


def test_it_peaks_when_it_should() -> None:
    series = AcmeProfile(mean=0.0, amplitude=1.0, peak_h=13.0, step_min=1.0, days=1).load()
    assert int(series.values.argmax()) in (13 * 60 - 1, 13 * 60)  # the last minute before the peak, or the first after it
    assert abs(series.values.max() - 1.0) < 1e-5


@pytest.mark.parametrize("step_min", [5.0, 15.0, 60.0])
def test_energy_does_not_depend_on_the_length_of_a_step(step_min: float) -> None:
    """From 6 h to 12 h a wave that peaks at 12 h holds 24/2π of its amplitude."""
    series = AcmeProfile(mean=0.0, amplitude=1.0, peak_h=12.0, step_min=step_min, days=1).load()
    each_h = step_min / 60.0
    assert abs(series.values[round(6 / each_h) : round(12 / each_h)].sum() * each_h - 24.0 / (2.0 * np.pi)) < 1e-12


def test_it_lasts_as_many_days_as_asked() -> None:
    assert len(AcmeProfile(days=3, step_min=30.0).load().values) == 3 * 48
