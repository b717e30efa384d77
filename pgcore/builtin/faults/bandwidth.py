"""Bandwidth: a link carries so many bits a second, and what waits for it waits in a queue."""

from typing import Any

from attrs import frozen

from pgcore.contracts.fault import LOST, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity


@frozen
class Bandwidth(Fault):
    """A link that carries ``bit_per_s``, with a finite queue in front of it; every link has its own.

    First come, first served; what does not fit into the queue is lost (drop tail). For a message of L bytes sent at t, the link being busy until f,

        delay = max(f − t, 0) + 8 · L / bit_per_s,    lost if  (f − t) · bit_per_s / 8 + L > queue_bytes

    (Lindley's recursion, Proceedings of the Cambridge Philosophical Society 48, 1952). L is the length of the encoded message without
    signature and transport headers. An empty queue takes any message.
    """

    type = "bandwidth"

    bit_per_s: float = quantity("bit/s", "what the link carries", gt=0)
    queue_bytes: float = quantity("B", "room for messages that wait or are being sent", default=65536.0, gt=0)

    def memory(self) -> float:
        """Until when the link is busy, in simulated seconds of the episode."""
        return 0.0

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Sent once those before it are, or lost when the queue is full."""
        wait_s = max(memory - passage.sent_s, 0.0)
        size = passage.size_bytes()
        if wait_s > 0.0 and wait_s * self.bit_per_s / 8.0 + size > self.queue_bytes:
            return LOST, memory
        delay_s = wait_s + 8.0 * size / self.bit_per_s
        return (delay_s,), passage.sent_s + delay_s
