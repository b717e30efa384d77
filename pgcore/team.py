"""Team: how the environment reaches its agents."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from pgcore.agents.grid_agent import GridAgent, Readings
from pgcore.clock import Calendar
from pgcore.columns import Array, Index
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


class LocalTeam(Team):
    """Calls the agents directly. The devices of all agents are stepped as one plant, which the laws allow."""

    def __init__(self, agents: Sequence[GridAgent], plant: Plant, feeds: Feeds, members: Mapping[str, Index], calendar: Calendar) -> None:
        self.agents = {agent.name: agent for agent in agents}
        self.plant, self.feeds, self.members, self.calendar = plant, feeds, members, calendar
        self._knobs, self._needs, self._slots = (
            {name: np.flatnonzero(np.isin(table.owners, devices)) for name, devices in members.items()}
            for table in (plant.knobs, plant.needs, plant.slots)
        )
        self._parts = {name: plant.subset(tuple(devices)) for name, devices in members.items()}
        self._metered = {name: np.array([i for i in devices if plant.devices[i].metered], dtype=np.intp) for name, devices in members.items()}
        self._meters = {name: self._meter(agent) for name, agent in self.agents.items()}
        self._vm_pu = np.ones((1, len(feeds.voltages)))
        self._states: States = ()
        self._before: States = ()
        self._exo = np.zeros((1, 0))
        self._effects: Effects = np.zeros((0, 0, 0))
        self._peers: dict[str, Peer] = {}

    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """See :meth:`Team.reset`."""
        batch = len(seeds)
        for agent in self.agents.values():
            agent.reset(batch)
        self._vm_pu = np.ones((batch, len(self.feeds.voltages)))
        self._states = self.plant.initial(batch, lambda names: Streams.of(seeds, names))
        self._exo = self.feeds.at(rows, self._vm_pu)
        alone = np.tile(self.plant.defaults, (batch, 1))
        _, self._effects = self.plant.step(self._states, alone, self._exo, self._dt_h)
        return self._effects

    def act(self, rows: Index, actions: Mapping[str, Array]) -> Effects:
        """See :meth:`Team.act`."""
        self._before, self._peers = self._states, {}
        self._exo = self.feeds.at(rows, self._vm_pu)
        settings = np.tile(self.plant.defaults, (len(rows), 1))
        orders: dict[str, Orders] = {}
        for name, agent in self.agents.items():
            parent = agent.charter.parent
            orders[name] = agent.decide(actions[name], orders[parent].directives.get(name, {}) if parent is not None else {})
            settings[:, self._knobs[name][agent.dial_columns]] = orders[name].dials
        for name in (name for name in orders if orders[name].signal):
            knobs, exo = self._knobs[name], self._exo[:, self._needs[name]]
            settings[:, knobs] = self._parts[name].respond(settings[:, knobs], orders[name].signal, self._own(name), exo)
        self._states, self._effects = self.plant.step(self._states, settings, self._exo, self._dt_h)
        return self._effects

    def offers(self, protocol: int) -> Offers:
        """See :meth:`Team.offers`."""
        return {name: agent.charter.horizontal[protocol].offer(self._peer(name)) for name, agent in self._bargaining().items()}

    def revise(self, protocol: int, offers: Offers, awards: Mapping[str, Award]) -> Offers:
        """See :meth:`Team.revise`."""
        return {
            name: agent.charter.horizontal[protocol].revise(self._peer(name), offers[name], awards[name])
            for name, agent in self._bargaining().items()
        }

    def report(self, rows: Index, views: Mapping[str, NetworkState], offers: Sequence[Offers]) -> Mapping[str, Report]:
        """See :meth:`Team.report`."""
        self._measure(views)
        exo = self.feeds.at(rows, self._vm_pu)
        shown, (low, high) = self.plant.observe(self._states, exo), self.plant.allowed(self._states, exo)
        day, (cost, violation) = self.calendar.day_fraction(rows), self._due(views)
        reports = {}
        for name, agent in self.agents.items():
            knobs, devices = self._knobs[name], self.members[name]
            own = Readings(
                self._effects[:, :, devices], (cost[:, devices], violation[:, devices]), shown[:, self._slots[name]],
                (low[:, knobs], high[:, knobs]), rows, day,
            )  # fmt: skip
            reports[name] = agent.report(views[name], own, self._settle(name, views[name], offers))
        return reports

    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """See :meth:`Team.answer`."""
        exo = self.feeds.at(rows, self._vm_pu)
        return {
            name: self.agents[name].answer(signal, self.plant.take(self._states, self._parts[name]), exo[:, self._needs[name]])
            for name, signal in signals.items()
        }

    def states(self) -> Mapping[str, State]:
        """See :meth:`Team.states`."""
        return {name: self.plant.state_of(self._states, i) for i, name in enumerate(self.plant.names)}

    @property
    def _dt_h(self) -> float:
        return self.calendar.step_min / 60.0

    def _own(self, name: str) -> States:
        """The states of one agent's devices before the step."""
        return self.plant.take(self._before, self._parts[name])

    def _peer(self, name: str) -> Peer:
        if name not in self._peers:
            effects, exo = self._effects[:, :, self.members[name]], self._exo[:, self._needs[name]]
            self._peers[name] = self.agents[name].peer(effects, self._own(name), exo)
        return self._peers[name]

    def _bargaining(self) -> dict[str, GridAgent]:
        return {name: agent for name, agent in self.agents.items() if agent.charter.horizontal}

    def _settle(self, name: str, view: NetworkState, offers: Sequence[Offers]) -> list[Deal]:
        if not offers or name not in offers[0]:
            return []
        return self.agents[name].settle(self._peer(name), [offer[name] for offer in offers], view.awards)

    def _due(self, views: Mapping[str, NetworkState]) -> tuple[Array, Array]:
        """What the metered devices owe, each ``(B, n)``."""
        metered_mw = np.zeros(self._effects.shape[1:])
        for name, devices in self._metered.items():
            metered_mw[:, devices] = views[name].metered_mw
        return self.plant.settle(metered_mw, self._exo, self._dt_h)

    def _meter(self, agent: GridAgent) -> tuple[Index, Index]:
        """Which of the fed voltages belong to an agent's devices, and where its area holds them."""
        devices = self.plant.needs.owners[self.feeds.voltages]
        own = np.flatnonzero(np.isin(devices, self.members[agent.name]))
        return own, agent.charter.device_bus[np.searchsorted(self.members[agent.name], devices[own])]

    def _measure(self, views: Mapping[str, NetworkState]) -> None:
        """Keep the voltages at the devices that want to know them."""
        for name, (columns, at) in self._meters.items():
            if columns.size:
                self._vm_pu[:, columns] = views[name].vm_pu[:, at]
