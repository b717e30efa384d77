"""A time-of-use electricity tariff."""

from datetime import date

import numpy as np
from attrs import Attribute, frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import QuantityError, option, quantity

STEP_MIN = 15.0
PER_DAY = 96


@frozen
class Tariff(ProfileSource):
    """Time-of-use price: off-peak at night, day and, on weekdays, an evening peak; at weekends there is no peak.

    The default prices are stated, not measured. They are shaped like the three-period tariffs that utilities publish for industrial
    customers, and spread so that a gas generator's marginal cost lies between them: it pays to run in the peak and not at night.
    An hour limit of 17.5 is half past five in the afternoon; each quarter of an hour has the price that holds at its beginning.
    """

    type = "tariff"
    off_peak_per_mwh: float = quantity("1/MWh", "price outside the day hours", default=60.0)
    day_per_mwh: float = quantity("1/MWh", "price in the day hours", default=110.0)
    peak_per_mwh: float = quantity("1/MWh", "price in the peak hours of weekdays", default=180.0)
    day_from_h: float = quantity("h", "beginning of the day hours", default=7.0, ge=0, le=24)
    day_to_h: float = quantity("h", "end of the day hours", default=22.0, ge=0, le=24)
    peak_from_h: float = quantity("h", "beginning of the peak hours", default=17.0, ge=0, le=24)
    peak_to_h: float = quantity("h", "end of the peak hours", default=21.0, ge=0, le=24)
    start: str = option("date of the first day (ISO 8601)", default="2016-01-01")
    days: int = quantity("d", "number of days", default=366, ge=1, le=36600)

    @day_to_h.validator
    def _day_in_order(self, field: "Attribute[float]", value: float) -> None:
        if value < self.day_from_h:
            raise QuantityError(field.name, value, f">= day_from_h, which is {self.day_from_h:g}")

    @peak_to_h.validator
    def _peak_in_order(self, field: "Attribute[float]", value: float) -> None:
        if value < self.peak_from_h:
            raise QuantityError(field.name, value, f">= peak_from_h, which is {self.peak_from_h:g}")

    @start.validator
    def _is_date(self, field: "Attribute[str]", value: str) -> None:
        try:
            date.fromisoformat(value)
        except ValueError:
            raise QuantityError(field.name, value, "a date such as 2016-01-01") from None

    def load(self) -> Series:
        """The price in every quarter of an hour of ``days`` days, in the spec's currency per MWh."""
        hour = np.arange(PER_DAY) / 4
        day = (hour >= self.day_from_h) & (hour < self.day_to_h)
        peak = (hour >= self.peak_from_h) & (hour < self.peak_to_h)
        weekday = (date.fromisoformat(self.start).weekday() + np.arange(self.days)) % 7 < 5
        price = np.where(day, self.day_per_mwh, self.off_peak_per_mwh)
        year = np.where(weekday[:, None] & peak, self.peak_per_mwh, price)
        return Series(year.ravel().astype(np.float64), step_min=STEP_MIN, start=self.start)
