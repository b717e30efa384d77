"""Latency: every message takes the same time."""

from typing import Any

from attrs import frozen

from pgcore.contracts.fault import Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity


@frozen
class Latency(Fault):
    """Every message takes the same time: delay = latency_ms / 1000 s."""

    type = "latency"

    latency_ms: float = quantity("ms", "time that a message takes", ge=0)

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Held up by the fixed time."""
        return (self.latency_ms / 1000.0,), memory
