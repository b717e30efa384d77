"""BrokeredTeam: reaches its agents by messages alone, with a barrier and a deadline in every tick."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from pgcore.agents.memory import kept
from pgcore.agents.reporting import Reporting
from pgcore.agents.roster import Seat
from pgcore.attendance import Attendance
from pgcore.barrier import Barrier, Patience, listed
from pgcore.channels import ChannelManager
from pgcore.columns import Array, Flags, Index
from pgcore.contracts.broker import BrokerFault
from pgcore.contracts.device import State
from pgcore.contracts.protocol import Award, Offer, Peer, Signals
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
)  # fmt: skip
from pgcore.naming import owner
from pgcore.plant import EFFECTS, Effects, Plant
from pgcore.ranks import Past, Ranks, Unit
from pgcore.streams import Streams
from pgcore.team import Bargain, Offers, Team

_LOG = logging.getLogger("pgcore")


class BrokeredTeam(Team):
    """Publishes to its agents and gathers what they say. The environment reduces in device order, whoever computed the parts."""

    def __init__(self, ranks: Ranks, mailbox: Mailbox, channels: ChannelManager, hosting: Hosting, patience: Patience) -> None:
        self.ranks, self.mailbox, self.channels, self.hosting = ranks, mailbox, channels, hosting
        self.patience = patience
        self.barrier = Barrier(mailbox, hosting, patience, self._overhear)
        self.agents, self.reporting = ranks.agents, Reporting(ranks.agents, ranks.plant, ranks.feeds, ranks.step_min)
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
        self._area_buses = last.buses.stop
        self._background_vm: Array | None = None
        self._background_buses = self._area_buses + ranks.background.plant.needs.owners[ranks.background.feeds.voltages]
        self.attendance = Attendance(self.actors, ranks.papers, mailbox, channels)
        self._past: Past | None = None
        self._again: list[Callable[[str], None]] = []
        """What tells an actor that came back, one after the other, what it was told in this tick."""
        self._closed = False
        self._units_of: dict[str, list[str]] = {name: [] for name in self.seats}
        for unit in ranks.units:
            self._units_of[unit.agent].append(unit.name)

    # --- Team -----------------------------------------------------------------------------------------------------------------------------

    def reset(self, seeds: Sequence[tuple[int, int]], rows: Index) -> Effects:
        """See :meth:`Team.reset`."""
        self.episode, self.tick = self.episode + 1, 0
        self._seeds, self._first = tuple(seeds), rows
        self.mailbox.begin(self.episode)
        self.hearsay.forget()
        self._past, self._again = None, []
        self._updates, self._heard, self._offers, self._background_vm = {}, {}, {}, None
        self._start([name for name in self.actors if name not in self.units])
        self.barrier.gather(StateUpdate, 0, self.units, self._start)
        unheard = [unit for name, unit in self.units.items() if name not in self._updates]
        if unheard:
            names, rule = listed([unit.name for unit in unheard]), self.patience.on_silence
            _LOG.warning(
                "episode %d starts without a word from %s; on_silence is %s: they are taken to do nothing until heard", self.episode, names, rule
            )
        self._updates.update({unit.name: self._unheard(unit) for unit in unheard})
        return self._assembled(self.ranks.background.start(seeds, rows))

    def act(self, rows: Index, actions: Array) -> Effects:
        """See :meth:`Team.act`."""
        self.tick += 1
        own = self.attendance.own_policies
        said = {name: Action(None if name in own else actions[:, seat.acts].copy()) for name, seat in self.seats.items()}

        def ask(units: Collection[str]) -> None:
            asked = {self.units[name].agent for name in units}
            for name in (name for name in self.seats if name in asked):
                self._tell(self.channels.action(ENVIRONMENT, name), said[name], name)

        def tell_again(name: str) -> None:
            for agent in self._movers(name):
                self._tell(self.channels.action(ENVIRONMENT, agent), said[agent], agent)

        self._again = [tell_again]
        for name in (name for name in self.seats if not self._units_of[name]):
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
        for_all = view.converged.copy(), view.age.copy()
        results = {name: self._results(name, seat, view, for_all, deals) for name, seat in self.seats.items()}

        def ask(agents: Collection[str]) -> None:
            for name in agents:
                self._tell(self.channels.power_flow_results(name), results[name], name)

        self._again = [*self._again[:1], lambda name: ask([name] if name in results else [])]
        heard = self.barrier.gather(Report, self.tick, self.seats, ask)
        n, self._again = self._area_buses, []
        branches = (view.line_loading_percent, view.trafo_loading_percent)
        seen = NetworkState(view.vm_pu[:, :n], view.energised[:, :n], *branches, view.metered_mw, view.converged, view.age)
        ages = np.array([self._age(name) for name in self.seats])
        joint = self.hearsay.joint(self.tick, heard, seen, self._effects, self._first + max(self.tick - 1, 0), ages)
        if self.hosting.remote:
            self._past = Past(self.tick, dict(self._updates), dict(self.hearsay.last))
        return joint

    def answer(self, rows: Index, signals: Mapping[str, Signals]) -> Mapping[str, Array]:
        """See :meth:`Team.answer`."""

        def ask(agents: Collection[str]) -> None:
            for name in agents:
                self._tell(self.channels.control(name), Question(signals[name]), name)

        self._again = [lambda name: ask([name] if name in signals else [])]
        heard = self.barrier.gather(Answer, self.tick, signals, ask)
        self._again = []
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

    def acted(self, actions: Array) -> Array:
        """See :meth:`Team.acted`."""
        own = {name: self.hearsay.last[name].memory.get("vector") for name in self.attendance.own_policies if name in self.hearsay.last}
        if not own:
            return actions
        done = actions.copy()
        for name, vector in own.items():
            if vector is not None:
                done[:, self.seats[name].acts] = vector
        return done

    def close(self, reason: str = "") -> None:
        """Tell every actor that the run is over, and end those that were started for it. Doing so twice is harmless."""
        if self._closed:
            return
        self._closed = True
        try:
            for name in self.actors:
                self._tell(self.channels.control(name), Farewell(reason), name)
            if not self.hosting.remote:
                self.hosting.pulse()
        except BrokerFault as error:  # what it cannot say any more it need not say: whoever started the actors ends them
            _LOG.debug("the agents could not be told that the run is over: %s", error)
        finally:
            self.hosting.close()

    def wait_for_all(self) -> None:
        """Wait until every actor that lives elsewhere has come, was told who it is, and is ready.

        Raises:
            AgentSilent: some did not come in time; the message names them.
        """
        if self.hosting.remote:
            self.attendance.wait(self.hosting)

    # --- speaking -------------------------------------------------------------------------------------------------------------------------

    def _tell(self, channel: str, body: Any, recipient: str) -> None:
        if recipient not in self.barrier.away:  # one that comes back is told everything anew
            self.mailbox.send(channel, body, recipient, max(self.episode, 0), self.tick)

    def _start(self, actors: Collection[str]) -> None:
        for name in actors:
            self._begin(name, Start(self._seeds, self._first, None, self._series(name)), 0)

    def _begin(self, name: str, start: Start, tick: int) -> None:
        if name not in self.barrier.away:
            self.mailbox.send(self.channels.control(name), start, name, self.episode, tick)

    def _series(self, name: str) -> Array:
        """An actor's local series, from the first step of the episode on."""
        return self.ranks.feeds.cut(self.ranks.series[name], self._first, self.ranks.steps)

    def _movers(self, name: str) -> tuple[str, ...]:
        """Whom to tell to act, or to say again what they said, so that an actor acts: itself, and whoever tells it what to do."""
        if name not in self._by_name:
            return (owner(name),)
        parent = self._by_name[name].charter.parent
        return (name,) if parent is None else (parent, name)

    def _rejoin(self, message: Message) -> None:
        """Let an actor that was started again go on from the end of the last tick, and tell it all that it was told in this one."""
        name = message.sender
        if not self.attendance.welcome(message, max(self.episode, 0), self.tick):
            return
        _LOG.warning("%s is back in step %d of episode %d and goes on from what was last heard of it", name, self.tick, self.episode)
        self.barrier.back(name, self.tick)
        if self.episode >= 0:
            self._resume(name)
            for tell in self._again:
                tell(name)

    def _resume(self, name: str) -> None:
        past = self._past
        if past is None:
            self._start([name])
            return
        memory = kept(past.reports[name]) if name in past.reports else {}
        start = Start(self._seeds, self._first + past.tick, self._states_of(name, past.updates), self._series(name), memory)
        self._begin(name, start, past.tick)

    # --- hearing --------------------------------------------------------------------------------------------------------------------------

    def _overhear(self, message: Message) -> None:
        """Keep every update and report that is news, late or not, and let whoever is back go on."""
        body, sender = message.body, message.sender
        if isinstance(body, Hello):
            self._rejoin(message)
        elif message.tick > self.tick:
            return  # nobody can know what has not been yet
        elif isinstance(body, StateUpdate) and message.tick >= self._heard.get(sender, -1):
            self._updates[sender], self._heard[sender] = body, message.tick
        elif isinstance(body, Report):
            self.hearsay.hear(sender, body, message.tick)

    # --- putting together -----------------------------------------------------------------------------------------------------------------

    def _assembled(self, background: StateUpdate) -> Effects:
        """Everyone's effects in device order."""
        batch = len(self._seeds)
        parts = [self._told(unit, batch) for unit in self.units.values()]
        self._effects = np.concatenate([*parts, background.effects], axis=2)
        return self._effects

    def _told(self, unit: Unit, batch: int) -> Effects:
        """What a unit is taken to have done: what was last heard of it; nothing where silence drops it."""
        if self.patience.on_silence == "drop" and self._heard.get(unit.name) != self.tick:
            return np.zeros((len(EFFECTS), batch, len(unit.plant)))
        return self._updates[unit.name].effects

    def _unheard(self, unit: Unit) -> StateUpdate:
        """What stands for a unit that was not heard since the episode began: it has done nothing, and is as its seeds let it start."""
        batch = len(self._seeds)
        states = unit.plant.initial(batch, lambda names: Streams.of(self._seeds, names))
        return StateUpdate(np.zeros((len(EFFECTS), batch, len(unit.plant))), states)

    def _own(self, name: str) -> Effects:
        return self._effects[:, :, self.seats[name].devices].copy()

    def _bargain(self, protocol: int, turn: int, invitation: Callable[[str], Invitation]) -> Offers:
        peers = [agent.name for agent in self.agents if agent.charter.horizontal]
        invited = {name: invitation(name) for name in peers}

        def ask(agents: Collection[str]) -> None:
            for name in agents:
                self._tell(self.channels.invitations(name), invited[name], name)

        self._again = [*self._again[:1], lambda name: ask([name] if name in invited else [])]
        heard = self.barrier.gather(Proposal, self.tick, peers, ask, lambda said: (said.protocol, said.round) == (protocol, turn))
        self._offers.update({(protocol, name): said.offer for name, said in heard.items()})
        return {name: self._offers.get((protocol, name)) or self._nothing(protocol, name) for name in peers}

    def _nothing(self, protocol: int, name: str) -> Offer:
        """The offer of a peer that was never heard: that of one without any power."""
        charter, nothing = self._by_name[name].charter, np.zeros(len(self._seeds))
        settings = {dial.name: np.full(len(self._seeds), float(dial.default)) for dial in self._by_name[name].actions}
        return charter.horizontal[protocol].offer(Peer(name, nothing, lambda price: nothing, charter.peers, settings))

    def _results(self, name: str, seat: Seat, view: NetworkState, for_all: tuple[Flags, Array], deals: Sequence[Bargain]) -> Results:
        own = NetworkState(
            view.vm_pu[:, seat.buses].copy(), view.energised[:, seat.buses].copy(), view.line_loading_percent[:, seat.lines].copy(),
            view.trafo_loading_percent[:, seat.trafos].copy(), view.metered_mw[:, seat.meters].copy(), *for_all,
        )  # fmt: skip
        mine = [(offers[name], awards[name]) for offers, awards in deals if name in offers]
        return Results(
            own, self._own(name), self._states_of(name, self._updates), tuple(offer for offer, _ in mine), tuple(award for _, award in mine)
        )

    def _states_of(self, name: str, updates: Mapping[str, StateUpdate]) -> States:
        """The states of an actor's devices, as its own plant lays them out."""
        if name in self.units:
            return updates[name].states if name in updates else ()
        parts = [updates.get(unit) for unit in self._units_of[name]]
        return tuple(_stacked([parts[i] for i in fleet.devices]) for fleet in self._by_name[name].charter.plant.fleets)

    def _age(self, name: str) -> float:
        """Steps since the oldest of what was last heard of an agent's devices."""
        return float(self.tick - min((self._heard.get(unit, -1) for unit in self._units_of[name]), default=self.tick))

    def _neutral(self, name: str) -> Array:
        return np.tile([dial.default for dial in self._by_name[name].actions], (len(self._seeds), 1))


def _stacked(updates: Sequence[StateUpdate | None]) -> State:
    """States of devices of one type, each an actor of its own, as one."""
    own = [update.states[0] for update in updates if update is not None and update.states]
    return {name: np.concatenate([state[name] for state in own], axis=1) for name in own[0]} if own else {}


def _named(plant: Plant, states: States) -> dict[str, State]:
    return {name: plant.state_of(states, i) for i, name in enumerate(plant.names)}
