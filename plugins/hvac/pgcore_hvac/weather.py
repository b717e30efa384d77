"""Weather: an outdoor temperature that swings once a day, and how fast it changes."""

from datetime import date

import numpy as np
from attrs import Attribute, frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import option, quantity
from pgcore_hvac.limits import require

DAY_H = 24.0
TURN_PER_H = 2.0 * np.pi / DAY_H
MIN_PER_H = 60.0


@frozen
class Weather(ProfileSource):
    """Outdoor temperature mean_c + swing_k · cos(2π(t − warmest_h)/24 h), or its rate of change, step by step.

    ``temperature`` gives the mean over each step, as a zone's ``outdoor_c`` asks for; ``slope`` gives the rise over the step divided by its
    length, for ``outdoor_k_per_h``. Together they describe the sine as straight lines that keep its mean. Both stay right when an episode's step is a
    multiple of ``step_min``; for a shorter step make ``step_min`` that short.

    ``{type: weather, mean_c: 20, swing_k: 10, warmest_h: 6}`` is the weather of BOPTEST's ``testcase1``, 20 + 10·sin(2πt/24 h).

    >>> Weather(mean_c=20.0, swing_k=10.0, warmest_h=6.0, days=1, step_min=360.0).load().values.round(3)
    array([26.366, 26.366, 13.634, 13.634])
    """

    type = "weather"
    shows: str = option("what the series is of", default="temperature", choices=("temperature", "slope"))
    mean_c: float = quantity("°C", "temperature, mean over the day", default=10.0, ge=-60, le=60)
    swing_k: float = quantity("K", "how much warmer the warmest instant is than the mean", default=5.0, ge=0, le=60)
    warmest_h: float = quantity("h", "hour of the day at which it is warmest", default=15.0, ge=0, le=24)
    step_min: float = quantity("min", "length of a step", default=15.0, gt=0, le=1440)
    days: int = quantity("d", "number of days", default=365, ge=1, le=3660)
    start: str = option("date of the first day (ISO 8601), if it has one", default="")

    @start.validator
    def _is_date(self, field: "Attribute[str]", value: str) -> None:
        try:
            _ = value and date.fromisoformat(value)
        except ValueError:
            require(False, field.name, value, "a date such as 2016-01-01")

    def load(self) -> Series:
        """Every step of ``days`` days: °C, or K/h."""
        step_h = self.step_min / MIN_PER_H
        middle = TURN_PER_H * (step_h * (np.arange(int(self.days * DAY_H / step_h)) + 0.5) - self.warmest_h)
        half = 0.5 * TURN_PER_H * step_h
        if self.shows == "slope":
            values = -self.swing_k * np.sin(middle) * 2.0 * np.sin(half) / step_h
        else:
            values = self.mean_c + self.swing_k * np.cos(middle) * np.sin(half) / half
        return Series(values, self.step_min, self.start)
