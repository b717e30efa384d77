"""AcmeVertical: one number for all devices of an agent, to be changed into your protocol."""

import numpy as np
from attrs import frozen
from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Signals, Vertical
from pgcore.quantity import Slot, quantity


@frozen
class AcmeVertical(Vertical):
    """One number in −1…1 moves every dial from its default towards its lowest or its highest setting.

    Agents below are told the same number. What a parent asks for is added to the agent's own number.
    """

    type = "acme"
    gives = (Slot("level", "1", -1.0, 1.0, "level that the parent asks for"),)

    reach: float = quantity("1", "largest level that the agent can choose, in either direction", default=1.0, gt=0, le=1)

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        return (Dial("level", "1", -self.reach, self.reach, doc="how far to move every dial from its default"),)

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        level = np.clip(action[:, 0] + directive.get("level", 0.0), -1.0, 1.0)
        settings = np.empty((len(action), len(crew.dials)))
        for column, dial in enumerate(crew.dials):
            settings[:, column] = _moved(dial, level)
        return Orders(settings, directives={agent: {"level": level} for agent in crew.agents})


def _moved(dial: Dial, level: Array) -> Array:
    """The dial's setting at each level ``(B,)``; a discrete dial takes the nearest whole number."""
    room = np.where(level > 0.0, dial.high - dial.default, dial.default - dial.low)
    moved = dial.default + level * room
    return np.asarray(np.rint(moved) if dial.discrete else moved)
