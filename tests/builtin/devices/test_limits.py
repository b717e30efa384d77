"""Keeping numbers inside bounds."""

import numpy as np

from pgcore.builtin.devices.limits import full, whole, within


def test_values_between_the_bounds_stay_as_they_are() -> None:
    assert within(np.array([-2.0, 0.3, 2.0]), -1.0, 1.0).tolist() == [-1.0, 0.3, 1.0]


def test_whole_numbers_are_rounded_inside_the_bounds() -> None:
    assert whole(np.array([-9.0, 1.4, 1.6, 9.0]), -2, 5).tolist() == [-2.0, 1.0, 2.0, 5.0]


def test_states_are_float64_whatever_the_parameter() -> None:
    assert full((2, 3), 1).dtype == np.float64
    assert full((2,), np.array([True, False])).tolist() == [1.0, 0.0]
