"""Profiles written in the spec itself: a few values, repeated."""

import numpy as np
from attrs import frozen

from pgcore.contracts.profile import ProfileSource, Series
from pgcore.quantity import option, quantity


@frozen
class ValuesProfile(ProfileSource):
    """Values written in the spec, repeated for as many days as needed: 24 of them make a day of hours."""

    type = "values"

    values: tuple[float, ...] = option("the numbers, one for each step")
    step_min: float = quantity("min", "time that each number holds", default=60.0, gt=0, le=1440)
    days: int = quantity("d", "how many days the repetition fills", default=365, ge=1, le=3660)
    start: str = option("date of the first day (ISO 8601), if it has one", default="")

    def load(self) -> Series:
        """Repeat the values.

        Raises:
            ValueError: there are no values, or one is not finite.
        """
        shape = np.array(self.values, dtype=float)
        if not shape.size or not np.isfinite(shape).all():
            raise ValueError(f"values is {list(self.values)}, expected one finite number or more")
        wanted = int(self.days * 1440 / self.step_min)
        return Series(np.tile(shape, -(-wanted // len(shape)))[:wanted], self.step_min, self.start)
