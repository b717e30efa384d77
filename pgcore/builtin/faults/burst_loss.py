"""Burst loss: messages vanish in a row while a link is in a bad state."""

from typing import Any

from attrs import frozen

from pgcore.contracts.fault import LOST, PROMPT, Fate, Fault, Passage
from pgcore.draws import Draws
from pgcore.quantity import quantity


@frozen
class BurstLoss(Fault):
    """Losses in a row: each link is good or bad, changes between the two from message to message, and loses by its state.

    A Markov chain of two states, good when an episode begins, that moves before each message and then loses it with ``loss_good`` or ``loss_bad``
    (Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39, 1960; Elliott, same journal 42, 1963). In the long run

        share of bad states  π = p_good_to_bad / (p_good_to_bad + p_bad_to_good)
        share of losses        = π · loss_bad + (1 − π) · loss_good
        mean length of a bad spell = 1 / p_bad_to_good messages
    """

    type = "burst_loss"

    p_good_to_bad: float = quantity("1", "probability that a good link is bad for the next message", ge=0, le=1)
    p_bad_to_good: float = quantity("1", "probability that a bad link is good for the next message", gt=0, le=1)
    loss_good: float = quantity("1", "share of the messages that a good link loses", default=0.0, ge=0, le=1)
    loss_bad: float = quantity("1", "share of the messages that a bad link loses", default=1.0, ge=0, le=1)

    def memory(self) -> bool:
        """Whether the link is bad: it is not."""
        return False

    def fate(self, passage: Passage, draws: Draws, memory: Any) -> tuple[Fate, Any]:
        """Lost or not by the state that the link is in now."""
        bad = not draws.chance(self.p_bad_to_good) if memory else draws.chance(self.p_good_to_bad)
        return LOST if draws.chance(self.loss_bad if bad else self.loss_good) else PROMPT, bad
