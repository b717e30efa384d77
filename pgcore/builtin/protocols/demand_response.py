"""Demand response: a parent sets its devices as usual and calls on loads to curtail a share of what they can."""

import numpy as np
from attrs import frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Signals, Vertical
from pgcore.quantity import Slot, quantity

_CURTAIL = ".curtail"


@frozen
class DemandResponse(Vertical):
    """Calls for demand response: one level for all loads and all agents below, besides the settings of the other devices."""

    type = "demand_response"
    gives = (Slot("curtail", "1", 0.0, 1.0, "share of what can be curtailed that the parent calls for"),)

    level_max: float = quantity("1", "largest share of the curtailable load that may be called for", default=1.0, gt=0, le=1)

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        """The level of the call, then every dial of the devices but the loads' own curtailment."""
        level = Dial("level", "1", 0.0, self.level_max, doc="share of what can be curtailed that is called for")
        return (level, *(dial for dial in crew.dials if not dial.name.endswith(_CURTAIL)))

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        """The call is the larger of the agent's own and its parent's; it goes to the devices and to the agents below."""
        level = np.maximum(action[:, 0], directive.get("curtail", np.zeros(len(action))))
        dials = np.tile([dial.default for dial in crew.dials], (len(action), 1)).reshape(len(action), len(crew.dials))
        dials[:, [i for i, dial in enumerate(crew.dials) if not dial.name.endswith(_CURTAIL)]] = action[:, 1:]
        return Orders(dials, {"curtail": level}, {agent: {"curtail": level} for agent in crew.agents})
