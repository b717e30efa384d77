"""Log-normal latency: most messages are quick, some are very late, as on shared networks."""

import math
from typing import Any

from attrs import Attribute, frozen

from pgcore.contracts.fault import Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import QuantityError, quantity


@frozen
class LognormalLatency(Fault):
    """Times spread with a long tail: most messages are quick, some are very late.

    With z standard normal and times in ms,

        delay = floor_ms + (median_ms − floor_ms) · exp(sigma · z)

    the shifted log-normal distribution (Johnson, Kotz, Balakrishnan, "Continuous univariate distributions" 1, chapter 14). Half of the messages take
    longer than ``median_ms``, one in a hundred longer than floor_ms + (median_ms − floor_ms) · exp(2.326 · sigma).
    """

    type = "lognormal_latency"

    median_ms: float = quantity("ms", "time that half of the messages exceed", gt=0)
    sigma: float = quantity("1", "spread: standard deviation of the logarithm", default=0.5, ge=0, le=10)
    floor_ms: float = quantity("ms", "time that none is quicker than", default=0.0, ge=0)

    @floor_ms.validator
    def _lies_below_the_median(self, field: "Attribute[float]", value: float) -> None:
        if value > self.median_ms:
            raise QuantityError(field.name, value, f"<= median_ms, which is {self.median_ms:g}")

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Held up by a time of its own."""
        beyond_ms = (self.median_ms - self.floor_ms) * math.exp(self.sigma * draws.normal())
        return ((self.floor_ms + beyond_ms) / 1000.0,), memory
