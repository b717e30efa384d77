"""Setpoint: a parent sets every knob of its devices itself, and names a target exchange to every agent below it."""

from attrs import evolve, frozen

from pgcore.columns import Array
from pgcore.contracts.protocol import Crew, Dial, Orders, Signals, Vertical
from pgcore.quantity import Slot, quantity


@frozen
class Setpoint(Vertical):
    """Direct control: the agent's action is the setting of each of its devices' knobs, and a power target for each agent below."""

    type = "setpoint"
    gives = (Slot("p_target_mw", "MW", -1000.0, 1000.0, "power into the grid that the parent wants from this agent"),)

    target_max_mw: float = quantity("MW", "largest power target for an agent below, in either direction", default=1.0, gt=0, le=1000)

    def knobs(self, crew: Crew) -> tuple[Dial, ...]:
        """Every dial of the devices, then ``<agent>.p_target_mw`` for each agent below."""
        target = Dial("", "MW", -self.target_max_mw, self.target_max_mw, doc="power wanted from the agent")
        return crew.dials + tuple(evolve(target, name=f"{agent}.p_target_mw") for agent in crew.agents)

    def coordinate(self, action: Array, crew: Crew, directive: Signals) -> Orders:
        """Split the flat action. A parent's call to ``curtail`` is passed on to the devices; its target and price are for the policy to see."""
        own = len(crew.dials)
        passed_on = {name: value for name, value in directive.items() if name == "curtail"}
        return Orders(action[:, :own], passed_on, {agent: {"p_target_mw": action[:, own + i]} for i, agent in enumerate(crew.agents)})
