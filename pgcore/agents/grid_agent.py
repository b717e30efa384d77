"""GridAgent: coordinates its devices through a vertical protocol and sees its area; a SystemAgent is one with agents below it."""

from collections.abc import Callable

import numpy as np
from attrs import frozen

from pgcore.agents.charter import Charter, crew, dials, foreseen, injecting, layout
from pgcore.columns import Array, Flags, Index, span, total
from pgcore.contracts.protocol import Award, Deal, Offer, Orders, Peer, Signals
from pgcore.contracts.reward import Outcome
from pgcore.feeds import Feeds
from pgcore.messages import NetworkState, Report
from pgcore.plant import EFFECTS, Effects, States

_ROW = {name: row for row, name in enumerate(EFFECTS)}
_ACCOUNT = slice(_ROW["cost"], _ROW["violation"] + 1)


@frozen(eq=False)
class Readings:
    """What an agent's own devices came to in a step; B environments, n devices."""

    effects: Effects
    due: Array
    """Cost and violation that its metered devices owe, ``(2, B, n)``."""
    shown: Array
    """What the devices show of themselves now, ``(B, slots)``."""
    allowed: tuple[Array, Array]
    """Lowest and highest setting of every knob now, ``(B, knobs)`` each."""
    rows: Index
    """The step of the profiles to come, ``(B,)``."""
    time: Array
    """Sine and cosine of its time of day, ``(B, 2)``."""


class GridAgent:
    """One agent's side of every step, for B environments at once.

    It is set up with a :class:`~pgcore.agents.charter.Charter` and its own profiles; whatever else it knows came in a message.
    """

    def __init__(self, charter: Charter, feeds: Feeds, dt_h: float) -> None:
        self.charter, self.feeds, self.dt_h = charter, feeds, dt_h
        self.crew = crew(charter)
        self.dial_columns: Index = np.array(dials(charter.plant)[1], dtype=np.intp)
        self.actions = charter.vertical.knobs(self.crew)
        self.slots = layout(charter)
        self._bounds = tuple(np.array([getattr(slot, end) for slot in self.slots], dtype=float) for end in ("low", "high"))
        self._foreseen: Index = np.array(foreseen(charter.plant), dtype=np.intp)
        self._injecting = span(np.array(injecting(charter.plant), dtype=np.intp))
        self._at_bus: Index = np.flatnonzero(charter.device_bus >= 0)
        self._knob_of = self._knobs_behind_actions()
        self._choosing = any(dial.discrete for dial in self.actions)
        self._free = (np.zeros((0, 0)), np.zeros((0, 0)))
        self._told: Signals = {}
        self._agreed: Signals = {}
        self._action = np.zeros((0, len(self.actions)))

    @property
    def name(self) -> str:
        """The agent's name, unique within an environment."""
        return self.charter.name

    def reset(self, batch: int) -> None:
        """Forget the last episode."""
        self._free = (np.full((batch, len(self.actions)), -np.inf), np.full((batch, len(self.actions)), np.inf))
        self._told = {slot.name: np.zeros(batch) for slot in self.charter.told}
        self._agreed = {}

    def decide(self, action: Array, directive: Signals) -> Orders:
        """Turn the policy's action ``(B, A)`` in physical units and the parent's directive into orders for the crew."""
        self._told = {**self._told, **directive}
        self._action = action
        return self.charter.vertical.coordinate(action, self.crew, {**directive, **self._agreed})

    def answer(self, signal: Signals, states: States, exo: Array) -> Array:
        """How its devices would answer a signal, as an action ``(B, A)``; numbers that are not a knob of a device stay at their default."""
        plant, (actions, knobs) = self.charter.plant, self._knob_of
        chosen = np.tile([dial.default for dial in self.actions], (len(exo), 1)).reshape(len(exo), len(self.actions))
        answered = plant.respond(plant.alone(len(exo)), signal, states, exo)
        chosen[:, actions] = answered[:, knobs]
        return chosen

    def peer(self, effects: Effects, states: States, exo: Array) -> Peer:
        """What a horizontal protocol is shown of this agent; ``states`` are those before the step."""
        settings = {dial.name: self._action[:, i] for i, dial in enumerate(self.actions)}
        return Peer(self.name, total(effects[_ROW["p_mw"]]), self._supply(states, exo), self.charter.peers, settings)

    def settle(self, peer: Peer, offers: list[Offer], awards: tuple[Award, ...]) -> list[Deal]:
        """What the awards of its horizontal protocols come to, after the power flow."""
        rounds = zip(self.charter.horizontal, offers, awards, strict=True)
        deals = [protocol.settle(peer, offer, award, self.dt_h) for protocol, offer, award in rounds]
        self._agreed = {name: value for deal in deals for name, value in deal.signal.items()}
        return deals

    def report(self, view: NetworkState, own: Readings, deals: list[Deal]) -> Report:
        """Grade the step just made and observe what it led to."""
        cost, violation = self._account(own)
        for deal in deals:
            cost = cost + deal.cost
        seen = (view.vm_pu, view.energised, view.line_loading_percent, view.trafo_loading_percent)
        grade = self.charter.reward.grade(Outcome(cost, violation, *seen, self.dt_h))
        energised = np.asarray(view.energised.all(axis=1))
        details = {"age": view.age, "energised": energised, "unserved_mwh": self._unserved(view, energised, own.effects)}
        return Report(self.observe(view, own, deals), cost, grade.violation, grade.reward, self._mask(own), details)

    def observe(self, view: NetworkState, own: Readings, deals: list[Deal]) -> Array:
        """The numbers that :func:`~pgcore.agents.charter.layout` lists, ``(B, slots)``, cut to their bounds."""
        batch = len(own.rows)
        parts = [own.time, view.converged[:, None]]
        parts += [own.effects[_ROW["p_mw"]][:, self._injecting], own.effects[_ROW["q_mvar"]][:, self._injecting], view.metered_mw, own.shown]
        parts += [view.vm_pu, view.line_loading_percent, view.trafo_loading_percent]
        parts += [self._told[slot.name][:, None] for slot in self.charter.told]
        parts += self._dealt(deals, batch)
        parts += [self.feeds.ahead(own.rows, self.charter.forecast_steps, self._foreseen)] if self.charter.forecast_steps else []
        low, high = self._bounds
        return np.asarray(np.minimum(np.maximum(np.concatenate(parts, axis=1), low), high))

    def _account(self, own: Readings) -> tuple[Array, Array]:
        """Cost and violation of its devices, with what their meters came to."""
        cost, violation = total(own.effects[_ACCOUNT] + own.due)
        return cost, violation

    def _unserved(self, view: NetworkState, energised: Flags, effects: Effects) -> Array:
        """Energy asked for and not delivered: curtailed by devices, or drawn at a bus without voltage."""
        unserved = total(effects[_ROW["unserved_mwh"]])
        if energised.all():
            return unserved
        drawn_mw = np.maximum(-effects[_ROW["p_mw"]][:, self._at_bus], 0.0)
        return unserved + total(drawn_mw * ~view.energised[:, self.charter.device_bus[self._at_bus]]) * self.dt_h

    def _dealt(self, deals: list[Deal], batch: int) -> list[Array]:
        """Values of the horizontal protocols' slots; zero before the first deal."""
        if not deals:
            return [np.zeros((batch, sum(len(protocol.slots) for protocol in self.charter.horizontal)))]
        pairs = zip(self.charter.horizontal, deals, strict=True)
        return [deal.slots[slot.name][:, None] for protocol, deal in pairs for slot in protocol.slots]

    def _supply(self, states: States, exo: Array) -> Callable[[Array], Array]:
        plant = self.charter.plant

        def supply(price: Array) -> Array:
            answered = plant.respond(plant.alone(len(exo)), {"price": price}, states, exo)
            return total(plant.step(states, answered, exo, self.dt_h)[1][_ROW["p_mw"]])

        return supply

    def _knobs_behind_actions(self) -> tuple[Index, Index]:
        column = dict(zip((dial.name for dial in self.crew.dials), self.dial_columns, strict=True))
        pairs = [(i, column[dial.name]) for i, dial in enumerate(self.actions) if dial.name in column]
        return np.array([i for i, _ in pairs], dtype=np.intp), np.array([c for _, c in pairs], dtype=np.intp)

    def _mask(self, own: Readings) -> tuple[Array, Array]:
        """Lowest and highest setting of each number of the action; infinite where it is free."""
        actions, knobs = self._knob_of
        if not self._choosing:
            return self._free
        low, high = (end.copy() for end in self._free)
        low[:, actions], high[:, actions] = own.allowed[0][:, knobs], own.allowed[1][:, knobs]
        return low, high
