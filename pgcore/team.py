"""Team: how the environment reaches its agents."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen

from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Readings, Reporting
from pgcore.agents.roster import Seat
from pgcore.columns import Array, Index, placed
from pgcore.contracts.device import State
from pgcore.contracts.protocol import Award, Deal, Offer, Orders, Peer, Signals
from pgcore.feeds import Feeds
from pgcore.messages import NetworkState, Report, States
from pgcore.plant import Effects, Members, Plant
from pgcore.streams import Streams

Offers = Mapping[str, Offer]
"""The offers of one horizontal protocol, by agent."""


Bargain = tuple[Offers, Mapping[str, Award]]
"""The last offers of a horizontal protocol and the awards that answer them, by agent."""


class Team(ABC):
    """The agents of B environments, as the environment reaches them, and the devices of the background, which it leaves alone.

    Arrays of devices are in the order of the whole plant: agent after agent, the background last.
    """

    agents: Sequence[GridAgent]
    """What each agent can do and sees, in order."""

    @abstractmethod
    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """Start an episode with each environment's ``(seed, episode)`` at step ``rows`` of the profiles.

        Returns what the devices would do in the first step if they were left alone, for a first look at the network.
        """

    def restart(self, which: Index, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """Start an episode in some environments while the others go on: those of ``which``, with a seed and a row each.

        Returns what their devices would do in the first step if they were left alone, ``(F, len(which), n)``.

        Raises:
            ValueError: the episodes of this team's environments have to start together.
        """
        raise ValueError("agents that are reached by messages start the episodes of all their environments together: set run.mode to centralized")

    @abstractmethod
    def act(self, rows: Index, actions: Array) -> Effects:
        """Let every agent act, with all their actions in physical units side by side, ``(B, A)``, and step all devices."""

    @abstractmethod
    def offers(self, protocol: int) -> Offers:
        """The first offers for a horizontal protocol, by those who take part."""

    @abstractmethod
    def revise(self, protocol: int, offers: Offers, awards: Mapping[str, Award]) -> Offers:
        """The next offers, after the awards of a round."""

    @abstractmethod
    def report(self, rows: Index, view: NetworkState, deals: Sequence[Bargain]) -> Report:
        """Show the agents their views and hear their reports, all side by side.

        ``rows`` is the step to come; ``deals`` holds the last offers and awards of each horizontal protocol.
        """

    @abstractmethod
    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """How agents' own devices would answer a signal ``(B,)`` now: a value for each number of the agent's action, ``(B, A)``.

        Numbers that are not a knob of a device come at their default. Nothing is changed by asking.
        """

    @abstractmethod
    def states(self) -> Mapping[str, State]:
        """The state of every device, by its full name; arrays of shape ``(B,)``."""

    def acted(self, actions: Array) -> Array:
        """What the agents did in the step that they reported last, given what they were told to do, ``(B, A)``: some may choose for themselves."""
        return actions

    def close(self, reason: str = "") -> None:
        """Nothing more will be asked of the agents. Doing so twice is harmless."""
        return


@frozen(eq=False)
class Post:
    """An agent among the others of a local team."""

    agent: GridAgent
    seat: Seat
    members: Members
    """Where their states are."""


class LocalTeam(Team):
    """Calls the agents directly. All devices are stepped as one plant, which the laws allow."""

    def __init__(self, agents: Sequence[GridAgent], plant: Plant, feeds: Feeds, step_min: float) -> None:
        self.plant, self.feeds = plant, feeds
        self.agents, self.reporting = tuple(agents), Reporting(agents, plant, feeds, step_min)
        self.posts = {agent.name: _post(agent, seat, plant) for agent, seat in zip(agents, self.reporting.seats, strict=True)}
        self._bargaining = {name: post for name, post in self.posts.items() if post.agent.charter.horizontal}
        self._dials = np.concatenate([post.seat.knobs.start + post.agent.dial_columns for post in self.posts.values()])
        self._area_buses = self.reporting.seats[-1].buses.stop
        self._buses = _voltage_buses(agents, self.reporting.seats, plant, feeds)
        self._dt_h = step_min / 60.0
        self._vm_pu = np.ones((1, len(feeds.voltages)))
        self._states: States = ()
        self._before: States = ()
        self._exo = np.zeros((1, 0))
        self._effects: Effects = np.zeros((0, 0, 0))
        self._peers: dict[str, Peer] = {}

    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """See :meth:`Team.reset`."""
        batch = len(seeds)
        for post in self.posts.values():
            post.agent.reset(batch)
        self._vm_pu = np.ones((batch, len(self.feeds.voltages)))
        self._states = self.plant.initial(batch, lambda names: Streams.of(seeds, names))
        self._exo = self.feeds.at(rows, self._vm_pu)
        _, self._effects = self.plant.step(self._states, self.plant.alone(batch), self._exo, self._dt_h)
        return self._effects

    def restart(self, which: Index, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """See :meth:`Team.restart`."""
        for post in self.posts.values():
            post.agent.restart(which)
        nominal = np.ones((len(which), len(self.feeds.voltages)))
        states = self.plant.initial(len(which), lambda names: Streams.of(seeds, names))
        exo = self.feeds.at(rows, nominal)
        _, effects = self.plant.step(states, self.plant.alone(len(which)), exo, self._dt_h)
        self._vm_pu, self._exo = placed(self._vm_pu, which, nominal), placed(self._exo, which, exo)
        pairs = zip(self._states, states, strict=True)
        self._states = tuple({name: placed(value, which, new[name]) for name, value in old.items()} for old, new in pairs)
        self._effects = placed(self._effects.swapaxes(0, 1), which, effects.swapaxes(0, 1)).swapaxes(0, 1)
        return effects

    def act(self, rows: Index, actions: Array) -> Effects:
        """See :meth:`Team.act`."""
        self._before, self._peers = self._states, {}
        self._exo = self.feeds.at(rows, self._vm_pu)
        orders: dict[str, Orders] = {}
        for name, post in self.posts.items():
            parent = post.agent.charter.parent
            orders[name] = post.agent.decide(actions[:, post.seat.acts], orders[parent].directives.get(name, {}) if parent is not None else {})
        settings = self.plant.alone(len(rows))
        settings[:, self._dials] = np.concatenate([order.dials for order in orders.values()], axis=1)
        for name in (name for name in orders if orders[name].signal):
            post = self.posts[name]
            told, exo = settings[:, post.seat.knobs], self._exo[:, post.seat.needs]
            settings[:, post.seat.knobs] = post.agent.charter.plant.respond(
                told, orders[name].signal, self.plant.take(self._before, post.members), exo
            )
        self._states, self._effects = self.plant.step(self._states, settings, self._exo, self._dt_h)
        return self._effects

    def offers(self, protocol: int) -> Offers:
        """See :meth:`Team.offers`."""
        return {name: post.agent.charter.horizontal[protocol].offer(self._peer(post)) for name, post in self._bargaining.items()}

    def revise(self, protocol: int, offers: Offers, awards: Mapping[str, Award]) -> Offers:
        """See :meth:`Team.revise`."""
        return {
            name: post.agent.charter.horizontal[protocol].revise(self._peer(post), offers[name], awards[name])
            for name, post in self._bargaining.items()
        }

    def report(self, rows: Index, view: NetworkState, deals: Sequence[Bargain]) -> Report:
        """See :meth:`Team.report`."""
        if self._buses.size:
            self._vm_pu = view.vm_pu.take(self._buses, axis=1)
        own = Readings(self._effects, self._states, self._exo, self.feeds.at(rows, self._vm_pu), rows)
        return self.reporting.report(self._seen(view), own, [self._settle(post, deals) for post in self.posts.values()])

    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """See :meth:`Team.answer`."""
        exo, answers = self.feeds.at(rows, self._vm_pu), {}
        for name, signal in signals.items():
            post = self.posts[name]
            answers[name] = post.agent.answer(signal, self.plant.take(self._states, post.members), exo[:, post.seat.needs])
        return answers

    def states(self) -> Mapping[str, State]:
        """See :meth:`Team.states`."""
        return {name: self.plant.state_of(self._states, i) for i, name in enumerate(self.plant.names)}

    def _peer(self, post: Post) -> Peer:
        name, seat = post.agent.name, post.seat
        if name not in self._peers:
            states = self.plant.take(self._before, post.members)
            self._peers[name] = post.agent.peer(self._effects[:, :, seat.devices], states, self._exo[:, seat.needs])
        return self._peers[name]

    def _settle(self, post: Post, deals: Sequence[Bargain]) -> list[Deal]:
        name = post.agent.name
        if not deals or name not in deals[0][0]:
            return []
        return post.agent.settle(self._peer(post), [offers[name] for offers, _ in deals], [awards[name] for _, awards in deals])

    def _seen(self, view: NetworkState) -> NetworkState:
        """The view without the buses of the background."""
        n = self._area_buses
        branches = (view.line_loading_percent, view.trafo_loading_percent)
        return NetworkState(view.vm_pu[:, :n], view.energised[:, :n], *branches, view.metered_mw, view.converged, view.age)


def _post(agent: GridAgent, seat: Seat, plant: Plant) -> Post:
    devices = range(seat.devices.start, seat.devices.stop)
    return Post(agent, seat, plant.members(agent.charter.plant, devices))


def _voltage_buses(agents: Sequence[GridAgent], seats: Sequence[Seat], plant: Plant, feeds: Feeds) -> Index:
    """For each voltage that a device wants to know, its column among those of a joint view: the agents' areas, then the background's buses."""
    at = [seat.buses.start + agent.charter.device_bus for agent, seat in zip(agents, seats, strict=True)]
    background = seats[-1].buses.stop + np.arange(len(plant) - seats[-1].devices.stop)
    return np.concatenate([*at, background])[plant.needs.owners[feeds.voltages]]
