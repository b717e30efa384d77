"""Loss: each message may vanish, whatever became of the others."""

from typing import Any

from attrs import frozen

from pgcore.contracts.fault import LOST, PROMPT, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity


@frozen
class Loss(Fault):
    """Each message is lost with the same probability ``rate``, whatever became of the others (Bernoulli)."""

    type = "loss"

    rate: float = quantity("1", "share of the messages that are lost", ge=0, le=1)

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Lost, or not."""
        return LOST if draws.chance(self.rate) else PROMPT, memory
