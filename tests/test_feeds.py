"""Feeds: profiles at the step of the episode."""

import numpy as np
import pytest

from pgcore.builtin.devices.load import Load
from pgcore.builtin.devices.pv import Pv
from pgcore.contracts.profile import Series
from pgcore.feeds import feeds, resample


def test_a_longer_step_takes_the_mean() -> None:
    assert resample(Series(np.array([1.0, 3.0, 5.0, 7.0]), 15), 30).tolist() == [2.0, 6.0]


def test_a_shorter_step_holds_the_value() -> None:
    assert resample(Series(np.array([1.0, 3.0]), 60), 30).tolist() == [1.0, 1.0, 3.0, 3.0]


def test_steps_that_do_not_fit_are_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match=r"25 min does not fit a step of 10 min"):
        resample(Series(np.array([1.0, 3.0]), 25), 10)


def test_needs_are_filled_by_profile_constant_default_and_voltage() -> None:
    series = {"sun": Series(np.array([0.0, 0.5, 1.0]), 60)}
    laid_out = feeds([Pv(p_peak_mw=1.0), Load(p_mw=1.0)], [{"availability": "sun"}, {"p_profile": 0.7}], series, 60)
    names = [need.name for device in (Pv, Load) for need in device.needs]
    read = dict(zip(names, laid_out.at(np.array([1, 2]), np.array([[0.98], [1.02]])).T.tolist(), strict=True))
    assert read["availability"] == [0.5, 1.0]
    assert read["vm_pu"] == [0.98, 1.02]
    assert read["p_profile"] == [0.7, 0.7]


def test_past_the_end_the_last_value_holds() -> None:
    laid_out = feeds([Pv(p_peak_mw=1.0)], [{"availability": "sun"}], {"sun": Series(np.array([0.0, 0.5]), 60)}, 60)
    assert laid_out.at(np.array([9]), np.ones((1, 1)))[0, 0] == 0.5


def test_a_forecast_reads_the_steps_after_this_one_in_order() -> None:
    laid_out = feeds([Pv(p_peak_mw=1.0)], [{"availability": "sun"}], {"sun": Series(np.array([0.1, 0.2, 0.3, 0.4]), 60)}, 60)
    assert laid_out.ahead(np.array([0, 2]), 2, np.array([0])).tolist() == [[0.2, 0.3], [0.4, 0.4]]


def test_a_subset_holds_only_the_series_of_its_own_needs() -> None:
    series = {name: Series(np.full(3, value), 60) for name, value in (("a", 0.1), ("b", 0.2))}
    whole = feeds([Pv(p_peak_mw=1.0), Pv(p_peak_mw=1.0)], [{"availability": "a"}, {"availability": "b"}], series, 60)
    part = whole.subset(np.array([2, 3]))
    assert 0.1 not in part.values
    assert part.at(np.array([0]), np.full((1, 1), 0.9)).tolist() == [[0.2, 0.9]]
