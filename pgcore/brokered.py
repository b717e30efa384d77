"""BrokeredTeam: reaches its agents by messages alone, with a barrier and a deadline in every tick."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from time import monotonic
from typing import Any

import numpy as np
from attrs import field, frozen

from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Reporting
from pgcore.agents.roster import Seat
from pgcore.barrier import AgentSilent, Barrier, Patience, listed
from pgcore.channels import ChannelManager
from pgcore.columns import Array, Index
from pgcore.contracts.device import State
from pgcore.contracts.protocol import Award, Offer, Signals
from pgcore.feeds import Feeds
from pgcore.hearsay import Hearsay
from pgcore.hosting import Hosting
from pgcore.mailbox import Mailbox
from pgcore.messages import (
    ENVIRONMENT,
    Action,
    Answer,
    Farewell,
    Hello,
    Invitation,
    Message,
    NetworkState,
    Proposal,
    Question,
    Report,
    Results,
    Start,
    States,
    StateUpdate,
    Welcome,
)  # fmt: skip
from pgcore.plant import EFFECTS, Effects, Plant
from pgcore.team import Bargain, Offers, Team

_LOG = logging.getLogger("pgcore")


@frozen(eq=False)
class Unit:
    """An actor that owns devices, as the environment knows it."""

    name: str
    agent: str
    """The agent that it belongs to, or is."""
    devices: slice
    """Its devices, in the whole plant."""
    plant: Plant
    """To read its states."""


@frozen(eq=False)
class Ranks:
    """Who is on the team: the same for everyone who starts it."""

    agents: tuple[GridAgent, ...]
    units: tuple[Unit, ...]
    plant: Plant
    """All devices, the background's last."""
    feeds: Feeds
    background: DeviceAgent
    papers: Mapping[str, Mapping[str, Any]] = field(factory=dict)
    """What each actor that asks who it is must be told."""


class BrokeredTeam(Team):
    """Publishes to its agents and gathers what they say. The environment reduces in device order, whoever computed the parts."""

    def __init__(
        self, ranks: Ranks, mailbox: Mailbox, channels: ChannelManager, hosting: Hosting, patience: Patience, own_policies: bool = False
    ) -> None:
        self.ranks, self.mailbox, self.channels, self.hosting = ranks, mailbox, channels, hosting
        self.patience, self.own_policies = patience, own_policies
        self.barrier = Barrier(mailbox, hosting, patience, self._overhear)
        self.agents, self.reporting = ranks.agents, Reporting(ranks.agents, ranks.feeds)
        self.hearsay = Hearsay(ranks.agents, self.reporting)
        self.seats = {agent.name: seat for agent, seat in zip(ranks.agents, self.reporting.seats, strict=True)}
        self.units = {unit.name: unit for unit in ranks.units}
        self.actors = tuple(dict.fromkeys([*self.seats, *self.units]))
        self.episode, self.tick = -1, 0
        self._by_name = {agent.name: agent for agent in ranks.agents}
        self._seeds: tuple[tuple[int, int], ...] = ()
        self._first: Index = np.zeros(1, dtype=np.intp)
        self._updates: dict[str, StateUpdate] = {}
        self._heard: dict[str, int] = {}
        """The tick of each unit's last update."""
        self._effects: Effects = np.zeros((len(EFFECTS), 1, 0))
        self._offers: dict[tuple[int, str], Offer] = {}
        self._round = 0
        last = self.reporting.seats[-1]
        self._owned, self._area_buses = last.devices.stop, last.buses.stop
        self._background_vm: Array | None = None
        self._background_buses = self._area_buses + ranks.background.plant.needs.owners[ranks.background.feeds.voltages]
        self._joined: set[str] = set()
        self._has_units = {name: any(unit.agent == name for unit in ranks.units) for name in self.seats}

    # --- Team -----------------------------------------------------------------------------------------------------------------------------

    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """See :meth:`Team.reset`."""
        self.episode, self.tick = self.episode + 1, 0
        self._seeds, self._first = tuple(seeds), rows
        self.mailbox.begin(self.episode)
        self.hearsay.forget()
        self._updates, self._heard, self._offers, self._background_vm = {}, {}, {}, None
        self._start([name for name in self.actors if name not in self.units])
        self.barrier.gather(StateUpdate, 0, self.units, self._start)
        return self._assembled(self.ranks.background.start(seeds, rows))

    def act(self, rows: Index, actions: Array) -> Effects:
        """See :meth:`Team.act`."""
        self.tick += 1
        said = {name: Action(None if self.own_policies else actions[:, seat.acts].copy()) for name, seat in self.seats.items()}

        def ask(units: Collection[str]) -> None:
            asked = {self.units[name].agent for name in units}
            for name in (name for name in self.seats if name in asked):
                self._tell(self.channels.action(ENVIRONMENT, name), said[name], name)

        for name in (name for name in self.seats if not self._has_units[name]):
            self._tell(self.channels.action(ENVIRONMENT, name), said[name], name)
        self.barrier.gather(StateUpdate, self.tick, self.units, ask)
        return self._assembled(self.ranks.background.act(rows, None, {}, self._background_vm))

    def offers(self, protocol: int) -> Offers:
        """See :meth:`Team.offers`."""
        self._round = 0
        return self._bargain(protocol, 0, lambda name: Invitation(protocol, 0, self._own(name)))

    def revise(self, protocol: int, offers: Offers, awards: Mapping[str, Award]) -> Offers:
        """See :meth:`Team.revise`."""
        self._round += 1
        turn = self._round
        return self._bargain(protocol, turn, lambda name: Invitation(protocol, turn, self._own(name), offers[name], awards[name]))

    def report(self, rows: Index, view: NetworkState, deals: Sequence[Bargain]) -> Report:
        """See :meth:`Team.report`."""
        self._background_vm = view.vm_pu[:, self._background_buses]
        results = {name: self._results(name, seat, view, deals) for name, seat in self.seats.items()}

        def ask(agents: Collection[str]) -> None:
            for name in agents:
                self._tell(self.channels.power_flow_results(name), results[name], name)

        heard = self.barrier.gather(Report, self.tick, self.seats, ask)
        n = self._area_buses
        branches = (view.line_loading_percent, view.trafo_loading_percent)
        seen = NetworkState(view.vm_pu[:, :n], view.energised[:, :n], *branches, view.metered_mw, view.converged, view.age)
        return self.hearsay.joint(heard, seen, self._effects[:, :, : self._owned], np.array([self._age(name) for name in self.seats]))

    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """See :meth:`Team.answer`."""

        def ask(agents: Collection[str]) -> None:
            for name in agents:
                self._tell(self.channels.control(name), Question(signals[name]), name)

        heard = self.barrier.gather(Answer, self.tick, signals, ask)
        return {name: heard[name].settings if name in heard else self._neutral(name) for name in signals}

    def states(self) -> Mapping[str, State]:
        """See :meth:`Team.states`."""
        states: dict[str, State] = {}
        for unit in self.units.values():
            states |= _named(unit.plant, self._updates[unit.name].states) if unit.name in self._updates else {}
        return states | _named(self.ranks.background.plant, self.ranks.background.states)

    def counts(self) -> dict[str, int]:
        """What was counted so far: by the environment's mailbox, and by the actors of this process under ``actors_…``."""
        inside = {f"actors_{name}": count for name, count in self.hosting.counts().items()}
        return {**self.mailbox.counts(), "silences": sum(self.barrier.silences.values()), **inside}

    def close(self, reason: str = "") -> None:
        """Tell every actor that the run is over, and end those that were started for it."""
        for name in self.actors:
            self._tell(self.channels.control(name), Farewell(reason), name)
        self.hosting.pulse()
        self.hosting.close()

    def wait_for_all(self, timeout_s: float, told: Callable[[Collection[str]], None] = lambda missing: None) -> None:
        """Wait until every actor has said hello, and tell each who it is.

        Raises:
            AgentSilent: some did not come within ``timeout_s`` seconds; the message names them.
        """
        deadline = monotonic() + timeout_s
        while missing := [name for name in self.actors if name not in self._joined]:
            told(missing)
            if monotonic() > deadline:
                raise AgentSilent(f"no word from {listed(missing)} within {timeout_s:g} s: start each with `pgcore agent`, with the same broker")
            for _, message in self.mailbox.receive(min(1.0, max(deadline - monotonic(), 0.0))):
                if isinstance(message.body, Hello):
                    self._welcome(message.sender)

    # --- speaking -------------------------------------------------------------------------------------------------------------------------

    def _tell(self, channel: str, body: Any, recipient: str) -> None:
        self.mailbox.send(channel, body, recipient, self.episode, self.tick)

    def _start(self, actors: Collection[str]) -> None:
        for name in actors:
            self._tell(self.channels.control(name), Start(self._seeds, self._first), name)

    def _welcome(self, name: str) -> None:
        self._joined.add(name)
        self._tell(self.channels.control(name), Welcome(self.ranks.papers.get(name, {})), name)

    def _rejoin(self, name: str) -> None:
        """Let an actor that was started again go on where the last one left off."""
        _LOG.warning("%s is back in step %d of episode %d and goes on from what was last heard of it", name, self.tick, self.episode)
        self._welcome(name)
        tick = self._heard.get(name, self.tick - 1)
        states = self._states_of(name) if name in self.seats else self._updates[name].states
        memory = self.hearsay.last[name].memory if name in self.hearsay.last else {}
        start = Start(self._seeds, self._first + tick, states, memory)
        self.mailbox.send(self.channels.control(name), start, name, self.episode, tick)

    # --- hearing --------------------------------------------------------------------------------------------------------------------------

    def _overhear(self, message: Message) -> Collection[str]:
        """Keep every update that is news, late or not, and let whoever is back go on; returns whom to ask again."""
        body, sender = message.body, message.sender
        if isinstance(body, StateUpdate) and message.tick >= self._heard.get(sender, -1):
            self._updates[sender], self._heard[sender] = body, message.tick
        elif isinstance(body, Hello):
            self._rejoin(sender)
            return [sender, *(unit.name for unit in self.units.values() if unit.agent == sender)]
        return ()

    # --- putting together -----------------------------------------------------------------------------------------------------------------

    def _assembled(self, background: StateUpdate) -> Effects:
        """Everyone's effects in device order."""
        batch = len(self._seeds)
        effects = np.zeros((len(EFFECTS), batch, len(self.ranks.plant)))
        for name, unit in self.units.items():
            fresh = self._heard.get(name) == self.tick
            if name in self._updates and (fresh or self.patience.on_silence != "drop"):
                effects[:, :, unit.devices] = self._updates[name].effects
        effects[:, :, self._owned :] = background.effects
        self._effects = effects
        return effects

    def _own(self, name: str) -> Effects:
        return self._effects[:, :, self.seats[name].devices].copy()

    def _bargain(self, protocol: int, turn: int, invitation: Callable[[str], Invitation]) -> Offers:
        peers = [agent.name for agent in self.agents if agent.charter.horizontal]
        invited = {name: invitation(name) for name in peers}

        def ask(agents: Collection[str]) -> None:
            for name in agents:
                self._tell(self.channels.invitations(name), invited[name], name)

        heard = self.barrier.gather(Proposal, self.tick, peers, ask, lambda said: (said.protocol, said.round) == (protocol, turn))
        self._offers.update({(protocol, name): said.offer for name, said in heard.items()})
        return {name: self._offers.get((protocol, name)) or self._nothing(protocol, heard) for name in peers}

    def _nothing(self, protocol: int, heard: Mapping[str, Proposal]) -> Offer:
        """The offer of a peer that was never heard: zeros, in the form of the others'."""
        form = next(iter(heard.values())).offer if heard else next(iter(self._offers.values()))
        return {name: np.zeros_like(value) for name, value in form.items()}

    def _results(self, name: str, seat: Seat, view: NetworkState, deals: Sequence[Bargain]) -> Results:
        own = NetworkState(
            view.vm_pu[:, seat.buses].copy(), view.energised[:, seat.buses].copy(), view.line_loading_percent[:, seat.lines].copy(),
            view.trafo_loading_percent[:, seat.trafos].copy(), view.metered_mw[:, seat.meters].copy(), view.converged.copy(), view.age.copy(),
        )  # fmt: skip
        mine = [(offers[name], awards[name]) for offers, awards in deals if name in offers]
        return Results(own, self._own(name), self._states_of(name), tuple(offer for offer, _ in mine), tuple(award for _, award in mine))

    def _states_of(self, name: str) -> States:
        """The states of an agent's devices, as its own plant lays them out."""
        if name in self.units:
            return self._updates[name].states if name in self._updates else ()
        agent = self._by_name[name]
        parts = [self._updates.get(f"{name}.{device}") for device in agent.charter.plant.names]
        return tuple(_stacked([parts[i] for i in fleet.devices]) for fleet in agent.charter.plant.fleets)

    def _age(self, name: str) -> float:
        """Steps since the oldest of what was last heard of an agent's devices."""
        return float(max((self.tick - self._heard.get(unit.name, 0) for unit in self.units.values() if unit.agent == name), default=0))

    def _neutral(self, name: str) -> Array:
        return np.tile([dial.default for dial in self._by_name[name].actions], (len(self._seeds), 1))


def _stacked(updates: Sequence[StateUpdate | None]) -> State:
    """States of devices of one type, each an actor of its own, as one."""
    own = [update.states[0] for update in updates if update is not None and update.states]
    return {name: np.concatenate([state[name] for state in own], axis=1) for name in own[0]} if own else {}


def _named(plant: Plant, states: States) -> dict[str, State]:
    return {name: plant.state_of(states, i) for i, name in enumerate(plant.names)}
