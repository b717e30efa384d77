"""Duplication: a message may arrive twice."""

from typing import Any

from attrs import frozen

from pgcore.contracts.fault import PROMPT, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity

_TWICE: Fate = (0.0, 0.0)


@frozen
class Duplication(Fault):
    """Each message arrives twice with probability ``rate``; both copies bear the same number, so that receivers know."""

    type = "duplication"

    rate: float = quantity("1", "share of the messages that arrive twice", ge=0, le=1)

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Doubled, or not."""
        return _TWICE if draws.chance(self.rate) else PROMPT, memory
