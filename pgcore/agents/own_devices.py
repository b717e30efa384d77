"""Own devices: those that live in an agent's actor, between its order and their step."""

from typing import TYPE_CHECKING

from pgcore.agents.device_agent import DeviceAgent
from pgcore.columns import Index
from pgcore.messages import Action, StateUpdate

if TYPE_CHECKING:
    from pgcore.agents.grid_actor import GridActor


class OwnDevices:
    """The devices of an agent's own actor. They wait with what they were told, so that those of several actors may be stepped together."""

    def __init__(self, agent: DeviceAgent, actor: "GridActor") -> None:
        self.agent, self._actor = agent, actor
        self.held = Action(None)
        """What they were last told to do."""
        self.due = False
        """Whether they have been told what to do in this tick, and have not done it."""

    @property
    def moment(self) -> tuple[int, int]:
        """The episode and the tick that they are in."""
        return self._actor.moment

    def rows(self) -> Index:
        """The step of the profiles that they are in."""
        return self._actor.rows()

    def step(self) -> None:
        """Do what they were told."""
        self.tell(self.agent.act(self.rows(), self.held.vector, self.held.signal, self.held.vm_pu))

    def tell(self, update: StateUpdate) -> None:
        """Say what they did."""
        self.due = False
        self._actor.say_update(update)
