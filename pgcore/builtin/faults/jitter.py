"""Jitter: times vary around what the other faults make them."""

from statistics import NormalDist
from typing import Any

from attrs import frozen

from pgcore.contracts.fault import Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import option, quantity

_NORMAL = NormalDist()
_CUT = 3.0  # standard deviations on either side
_TAIL = _NORMAL.cdf(-_CUT)


@frozen
class Jitter(Fault):
    """Adds a time between −jitter_ms and +jitter_ms to what other faults make a message take; no sum falls below 0.

    ``uniform``: all are equally likely; the standard deviation is jitter_ms / √3. ``normal``: a normal distribution with standard deviation
    jitter_ms / 3 is cut off at ± jitter_ms, which leaves 0.9866 · jitter_ms / 3 of it (drawn by inverting its distribution function).
    """

    type = "jitter"

    jitter_ms: float = quantity("ms", "largest change of the time that a message takes", ge=0)
    shape: str = option("how the changes are distributed", default="uniform", choices=("uniform", "normal"))

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Held up for longer, or less long."""
        u = draws.uniform()
        share = 2.0 * u - 1.0 if self.shape == "uniform" else _NORMAL.inv_cdf(_TAIL + u * (1.0 - 2.0 * _TAIL)) / _CUT
        return (share * self.jitter_ms / 1000.0,), memory
