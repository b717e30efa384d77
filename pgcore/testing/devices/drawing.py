"""Drawing: the random streams of a device alone and of a row of devices, with no more methods than a device may use."""

from collections.abc import Callable
from typing import Any

from attrs import frozen

from pgcore.contracts.device import Draw


@frozen
class DrawOf:
    """Draws of another, with ``pick`` taken of each."""

    draws: Draw
    pick: Callable[[Any], Any]

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """Uniform in ``[low, high)``."""
        return self.pick(self.draws.uniform(low, high))

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
        """Normal with mean ``loc`` and standard deviation ``scale``."""
        return self.pick(self.draws.normal(loc, scale))

    def integers(self, low: Any, high: Any = None, size: Any = None) -> Any:
        """Whole numbers in ``[low, high)``; in ``[0, low)`` without ``high``."""
        return self.pick(self.draws.integers(low, high))
