"""GridAgent: coordinates its devices through a vertical protocol and sees its area; a SystemAgent is one with agents below it."""

from collections.abc import Callable, Sequence

import numpy as np

from pgcore.agents.charter import Charter, crew, dials, layout
from pgcore.columns import Array, Index, placed, total
from pgcore.contracts.protocol import Award, Deal, Offer, Orders, Peer, Signals
from pgcore.messages import States
from pgcore.plant import EFFECTS, Effects

_P = EFFECTS.index("p_mw")


class GridAgent:
    """One agent's side of every step, for B environments at once.

    It is set up with a :class:`~pgcore.agents.charter.Charter` and its own profiles; whatever else it knows came in a message.
    """

    def __init__(self, charter: Charter, dt_h: float) -> None:
        self.charter, self.dt_h = charter, dt_h
        self.crew = crew(charter)
        self.dial_columns: Index = np.array(dials(charter.plant)[1], dtype=np.intp)
        self.actions = charter.vertical.knobs(self.crew)
        self.slots = layout(charter)
        self.told_slots = len(charter.told)
        self.deal_slots = sum(len(protocol.slots) for protocol in charter.horizontal)
        self.knob_of = self._knobs_behind_actions()
        self.told: Signals = {}
        """The parent's last directive."""
        self.agreed: Signals = {}
        """Signals that its last deals put on its vertical protocol."""
        self._action = np.zeros((0, len(self.actions)))

    @property
    def name(self) -> str:
        """The agent's name, unique within an environment."""
        return self.charter.name

    def reset(self, batch: int) -> None:
        """Forget the last episode."""
        self.told = {slot.name: np.zeros(batch) for slot in self.charter.told}
        self.agreed = {}

    def restart(self, which: Index) -> None:
        """Forget the last episode of some of the environments.

        Raises:
            ValueError: its deals put signals on its vertical protocol, which cannot be without them in some environments alone.
        """
        if self.agreed:
            signals = ", ".join(self.agreed)
            raise ValueError(
                f"{self.name} acts on what its last deals agreed ({signals}), so the episodes of all environments have to start together: "
                "reset all of them, and let divergence not end an episode"
            )
        self.told = {name: placed(value, which, np.zeros(len(which))) for name, value in self.told.items()}

    def decide(self, action: Array, directive: Signals) -> Orders:
        """Turn the policy's action ``(B, A)`` in physical units and the parent's directive into orders for the crew."""
        self.told = {**self.told, **directive}
        self._action = action
        return self.charter.vertical.coordinate(action, self.crew, {**directive, **self.agreed})

    def answer(self, signal: Signals, states: States, exo: Array) -> Array:
        """How its devices would answer a signal, as an action ``(B, A)``; numbers that are not a knob of a device stay at their default."""
        plant, (actions, knobs) = self.charter.plant, self.knob_of
        chosen = np.tile([dial.default for dial in self.actions], (len(exo), 1)).reshape(len(exo), len(self.actions))
        answered = plant.respond(plant.alone(len(exo)), signal, states, exo)
        chosen[:, actions] = answered[:, knobs]
        return chosen

    def peer(self, effects: Effects, states: States, exo: Array) -> Peer:
        """What a horizontal protocol is shown of this agent; ``states`` are those before the step."""
        settings = {dial.name: self._action[:, i] for i, dial in enumerate(self.actions)}
        return Peer(self.name, total(effects[_P]), self._supply(states, exo), self.charter.peers, settings, self._tariff(exo))

    def settle(self, peer: Peer, offers: Sequence[Offer], awards: Sequence[Award]) -> list[Deal]:
        """What the awards of its horizontal protocols come to, after the power flow."""
        rounds = zip(self.charter.horizontal, offers, awards, strict=True)
        deals = [protocol.settle(peer, offer, award, self.dt_h) for protocol, offer, award in rounds]
        self.agreed = {name: value for deal in deals for name, value in deal.signal.items()}
        return deals

    def _supply(self, states: States, exo: Array) -> Callable[[Array], Array]:
        plant = self.charter.plant

        def supply(price: Array) -> Array:
            answered = plant.respond(plant.alone(len(exo)), {"price": price}, states, exo)
            return total(plant.step(states, answered, exo, self.dt_h)[1][_P])

        return supply

    def _tariff(self, exo: Array) -> Callable[[Array], Array]:
        plant = self.charter.plant
        meters = [i for i, device in enumerate(plant.devices) if device.metered][:1]

        def tariff(p_mw: Array) -> Array:
            metered_mw = np.zeros((len(exo), len(plant)))
            metered_mw[:, meters] = p_mw[:, None]
            return total(plant.settle(metered_mw, exo, self.dt_h)[0]) / self.dt_h

        return tariff

    def _knobs_behind_actions(self) -> tuple[Index, Index]:
        column = dict(zip((dial.name for dial in self.crew.dials), self.dial_columns, strict=True))
        pairs = [(i, column[dial.name]) for i, dial in enumerate(self.actions) if dial.name in column]
        return np.array([i for i, _ in pairs], dtype=np.intp), np.array([c for _, c in pairs], dtype=np.intp)
