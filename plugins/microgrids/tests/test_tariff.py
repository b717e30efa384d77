"""The time-of-use tariff against its definition."""

import numpy as np
import pytest
from pgcore_microgrids.tariff import Tariff

from pgcore.quantity import QuantityError

FRIDAY, SATURDAY, SUNDAY, MONDAY = range(4)


def price(day: int, hour: float, tariff: Tariff | None = None) -> float:
    return float((tariff or Tariff()).load().values[round((24 * day + hour) * 4)])


@pytest.mark.parametrize(
    ("hour", "expected"),
    [(0, 60), (6.75, 60), (7, 110), (16.75, 110), (17, 180), (20.75, 180), (21, 110), (21.75, 110), (22, 60), (23.75, 60)],
)
def test_a_weekday_has_night_day_and_peak_prices(hour: float, expected: float) -> None:
    assert price(FRIDAY, hour) == expected


@pytest.mark.parametrize("day", [SATURDAY, SUNDAY])
def test_a_weekend_has_the_day_price_in_the_peak_hours(day: int) -> None:
    assert [price(day, hour) for hour in (3, 12, 18, 23)] == [60, 110, 110, 60]


def test_the_peak_is_back_on_monday() -> None:
    assert price(MONDAY, 18) == 180


def test_the_year_costs_what_its_hours_add_up_to() -> None:
    # 2016 has 261 weekdays and 105 days at weekends: 9 night hours and 15 day hours a day, 4 of them peak hours on weekdays.
    hours = 366 * 9 * 60 + (366 * 15 - 261 * 4) * 110 + 261 * 4 * 180
    assert Tariff().load().values.sum() / 4 == hours


def test_the_series_covers_2016_like_the_profiles() -> None:
    series = Tariff().load()
    assert (series.values.shape, series.step_min, series.start) == ((35136,), 15.0, "2016-01-01")


def test_another_start_moves_the_weekend() -> None:
    assert price(0, 18, Tariff(start="2016-01-02")) == 110


def test_equal_ends_mean_no_peak() -> None:
    assert np.all(Tariff(peak_from_h=17, peak_to_h=17).load().values < 180)


@pytest.mark.parametrize("options", [{"peak_to_h": 3.0}, {"day_to_h": 6.0}, {"start": "yesterday"}, {"day_from_h": 25.0}, {"days": 0}])
def test_a_tariff_that_makes_no_sense_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(QuantityError, match=next(iter(options))):
        Tariff(**options)  # type: ignore[arg-type]
