"""Reordering: a message may be held back, so that later ones overtake it."""

from typing import Any

from attrs import frozen

from pgcore.contracts.fault import PROMPT, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity


@frozen
class Reordering(Fault):
    """Each message is held back with probability ``rate`` for ``hold_ms`` more; what is sent meanwhile on its link overtakes it."""

    type = "reordering"

    rate: float = quantity("1", "share of the messages that are held back", ge=0, le=1)
    hold_ms: float = quantity("ms", "for how long they are held back", gt=0)

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Held back, or not."""
        return (self.hold_ms / 1000.0,) if draws.chance(self.rate) else PROMPT, memory
