"""Time of day."""

import numpy as np
import pytest

from pgcore.daytime import time_of_day


def test_the_time_of_day_goes_round_in_24_hours() -> None:
    quarters = time_of_day(np.array([0, 24, 48, 72, 96]), 15.0)
    assert quarters == pytest.approx(np.array([[0, 1], [1, 0], [0, -1], [-1, 0], [0, 1]]), abs=1e-12)


def test_a_day_that_is_no_whole_number_of_steps_goes_round_too() -> None:
    steps = np.arange(50)
    angle = 2 * np.pi * ((steps * 77.0) % 1440.0) / 1440.0
    assert time_of_day(steps, 77.0) == pytest.approx(np.stack([np.sin(angle), np.cos(angle)], axis=1), abs=1e-12)


def test_a_time_has_the_same_bits_alone_and_among_others() -> None:
    rows = np.arange(2000)
    together = time_of_day(rows, 15.0)
    assert all(np.array_equal(time_of_day(rows[i : i + 1], 15.0)[0], together[i]) for i in range(0, 2000, 7))
