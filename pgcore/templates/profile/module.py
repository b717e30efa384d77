"""AcmeProfile: a day as a wave, to be changed into your source of time series."""

import numpy as np
from attrs import frozen
from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import option, quantity


@frozen
class AcmeProfile(ProfileSource):
    """A wave with the period of a day: mean + amplitude · cos(2π (t − peak) / 24 h).

    Each value is the wave's mean over its step, not its value at the beginning, so that energy does not depend on the length of a step.
    """

    type = "acme"

    mean: float = quantity("1", "mean of the wave, in the unit of what it feeds", default=0.5)
    amplitude: float = quantity("1", "height of the wave over its mean", default=0.5, ge=0)
    peak_h: float = quantity("h", "time of day of the highest value", default=13.0, ge=0, lt=24)
    step_min: float = quantity("min", "time that each value holds", default=15.0, gt=0, le=1440)
    days: int = quantity("d", "length of the series", default=365, ge=1, le=3660)
    start: str = option("date of the first day (ISO 8601), if it has one", default="")

    def load(self) -> Series:
        """Make the series."""
        edges_h = np.arange(int(self.days * 1440 / self.step_min) + 1) * self.step_min / 60.0
        swing = np.sin(2.0 * np.pi * (edges_h - self.peak_h) / 24.0) * 24.0 / (2.0 * np.pi)
        return Series(self.mean + self.amplitude * np.diff(swing) / (self.step_min / 60.0), self.step_min, self.start)
