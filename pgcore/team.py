"""Team: how the environment reaches its agents."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from pgcore.agents.grid_agent import GridAgent, Readings
from pgcore.clock import Calendar
from pgcore.columns import Array, Index, span
from pgcore.contracts.device import State
from pgcore.contracts.protocol import Award, Deal, Offer, Orders, Peer, Signals
from pgcore.feeds import Feeds
from pgcore.messages import NetworkState, Report
from pgcore.plant import Effects, Plant, States
from pgcore.streams import Streams

Offers = Mapping[str, Offer]
"""The offers of one horizontal protocol, by agent."""


class Team(ABC):
    """The agents of B environments, as the environment reaches them. All arrays are in the order of the whole plant."""

    @abstractmethod
    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """Start an episode with each environment's ``(seed, episode)`` at step ``rows`` of the profiles.

        Returns what the devices would do in the first step if they were left alone, for a first look at the network.
        """

    @abstractmethod
    def act(self, rows: Index, actions: Mapping[str, Array]) -> Effects:
        """Let every agent act with its action ``(B, A)`` in physical units, and step all devices."""

    @abstractmethod
    def offers(self, protocol: int) -> Offers:
        """The first offers for a horizontal protocol, by those who take part."""

    @abstractmethod
    def revise(self, protocol: int, offers: Offers, awards: Mapping[str, Award]) -> Offers:
        """The next offers, after the awards of a round."""

    @abstractmethod
    def report(self, rows: Index, views: Mapping[str, NetworkState], offers: Sequence[Offers]) -> Mapping[str, Report]:
        """Show every agent its view and hear its report. ``rows`` is the step to come; ``offers`` are the last of each protocol."""

    @abstractmethod
    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """How agents' own devices would answer a signal ``(B,)`` now: a value for each number of the agent's action, ``(B, A)``.

        Numbers that are not a knob of a device come at their default. Nothing is changed by asking.
        """

    @abstractmethod
    def states(self) -> Mapping[str, State]:
        """The state of every device, by its full name; arrays of shape ``(B,)``."""


Columns = slice | Index
"""Columns of a plant-wide array: a slice where they stand side by side."""


@frozen(eq=False)
class Seat:
    """Where one agent's part of the plant-wide arrays is."""

    agent: GridAgent
    devices: Columns
    knobs: Columns
    needs: Columns
    slots: Columns
    dials: Index
    """The knobs that the agent's orders set."""
    metered: Index
    """Its metered devices, in the whole plant."""
    voltages: Index
    """Which of the fed voltages belong to its devices."""
    voltage_buses: Index
    """Where its area holds them."""
    part: Plant
    """Its devices as a plant of their own, under their full names."""


def _seat(agent: GridAgent, plant: Plant, feeds: Feeds, devices: Index) -> Seat:
    knobs, needs, slots = (np.flatnonzero(np.isin(table.owners, devices)) for table in (plant.knobs, plant.needs, plant.slots))
    wanting = plant.needs.owners[feeds.voltages]
    voltages = np.flatnonzero(np.isin(wanting, devices))
    buses = agent.charter.device_bus[np.searchsorted(devices, wanting[voltages])]
    metered = np.array([i for i in devices if plant.devices[i].metered], dtype=np.intp)
    dials, part = knobs[agent.dial_columns], plant.subset(tuple(devices))
    return Seat(agent, span(devices), span(knobs), span(needs), span(slots), dials, metered, voltages, buses, part)


class LocalTeam(Team):
    """Calls the agents directly. The devices of all agents are stepped as one plant, which the laws allow."""

    def __init__(self, agents: Sequence[GridAgent], plant: Plant, feeds: Feeds, members: Mapping[str, Index], calendar: Calendar) -> None:
        self.plant, self.feeds, self.calendar = plant, feeds, calendar
        self.seats = {agent.name: _seat(agent, plant, feeds, members[agent.name]) for agent in agents}
        self._bargaining = {name: seat for name, seat in self.seats.items() if seat.agent.charter.horizontal}
        self._dt_h = calendar.step_min / 60.0
        self._vm_pu = np.ones((1, len(feeds.voltages)))
        self._states: States = ()
        self._before: States = ()
        self._exo = np.zeros((1, 0))
        self._effects: Effects = np.zeros((0, 0, 0))
        self._peers: dict[str, Peer] = {}

    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """See :meth:`Team.reset`."""
        batch = len(seeds)
        for seat in self.seats.values():
            seat.agent.reset(batch)
        self._vm_pu = np.ones((batch, len(self.feeds.voltages)))
        self._states = self.plant.initial(batch, lambda names: Streams.of(seeds, names))
        self._exo = self.feeds.at(rows, self._vm_pu)
        _, self._effects = self.plant.step(self._states, self.plant.alone(batch), self._exo, self._dt_h)
        return self._effects

    def act(self, rows: Index, actions: Mapping[str, Array]) -> Effects:
        """See :meth:`Team.act`."""
        self._before, self._peers = self._states, {}
        self._exo = self.feeds.at(rows, self._vm_pu)
        settings = self.plant.alone(len(rows))
        orders: dict[str, Orders] = {}
        for name, seat in self.seats.items():
            parent = seat.agent.charter.parent
            orders[name] = seat.agent.decide(actions[name], orders[parent].directives.get(name, {}) if parent is not None else {})
            settings[:, seat.dials] = orders[name].dials
        for name in (name for name in orders if orders[name].signal):
            seat = self.seats[name]
            told, exo = settings[:, seat.knobs], self._exo[:, seat.needs]
            settings[:, seat.knobs] = seat.part.respond(told, orders[name].signal, self.plant.take(self._before, seat.part), exo)
        self._states, self._effects = self.plant.step(self._states, settings, self._exo, self._dt_h)
        return self._effects

    def offers(self, protocol: int) -> Offers:
        """See :meth:`Team.offers`."""
        return {name: seat.agent.charter.horizontal[protocol].offer(self._peer(seat)) for name, seat in self._bargaining.items()}

    def revise(self, protocol: int, offers: Offers, awards: Mapping[str, Award]) -> Offers:
        """See :meth:`Team.revise`."""
        return {
            name: seat.agent.charter.horizontal[protocol].revise(self._peer(seat), offers[name], awards[name])
            for name, seat in self._bargaining.items()
        }

    def report(self, rows: Index, views: Mapping[str, NetworkState], offers: Sequence[Offers]) -> Mapping[str, Report]:
        """See :meth:`Team.report`."""
        self._measure(views)
        exo = self.feeds.at(rows, self._vm_pu)
        shown, (low, high) = self.plant.observe(self._states, exo), self.plant.allowed(self._states, exo)
        time, due = self.calendar.time_of_day(rows), self._due(views)
        reports = {}
        for name, seat in self.seats.items():
            allowed = (low[:, seat.knobs], high[:, seat.knobs])
            own = Readings(self._effects[:, :, seat.devices], due[:, :, seat.devices], shown[:, seat.slots], allowed, rows, time)
            reports[name] = seat.agent.report(views[name], own, self._settle(seat, views[name], offers))
        return reports

    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """See :meth:`Team.answer`."""
        exo, answers = self.feeds.at(rows, self._vm_pu), {}
        for name, signal in signals.items():
            seat = self.seats[name]
            answers[name] = seat.agent.answer(signal, self.plant.take(self._states, seat.part), exo[:, seat.needs])
        return answers

    def states(self) -> Mapping[str, State]:
        """See :meth:`Team.states`."""
        return {name: self.plant.state_of(self._states, i) for i, name in enumerate(self.plant.names)}

    def _peer(self, seat: Seat) -> Peer:
        name = seat.agent.name
        if name not in self._peers:
            states = self.plant.take(self._before, seat.part)
            self._peers[name] = seat.agent.peer(self._effects[:, :, seat.devices], states, self._exo[:, seat.needs])
        return self._peers[name]

    def _settle(self, seat: Seat, view: NetworkState, offers: Sequence[Offers]) -> list[Deal]:
        if not offers or seat.agent.name not in offers[0]:
            return []
        return seat.agent.settle(self._peer(seat), [offer[seat.agent.name] for offer in offers], view.awards)

    def _due(self, views: Mapping[str, NetworkState]) -> Array:
        """What the metered devices owe, ``(2, B, n)``."""
        metered_mw = np.zeros(self._effects.shape[1:])
        for name, seat in self.seats.items():
            if len(seat.metered):
                metered_mw[:, seat.metered] = views[name].metered_mw
        return self.plant.settle(metered_mw, self._exo, self._dt_h)

    def _measure(self, views: Mapping[str, NetworkState]) -> None:
        """Keep the voltages at the devices that want to know them."""
        for name, seat in self.seats.items():
            if len(seat.voltages):
                self._vm_pu[:, seat.voltages] = views[name].vm_pu[:, seat.voltage_buses]
