"""Actors: agents that hear and speak through a mailbox alone; each turn, one answers what has arrived."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.reporting import Readings, Reporting
from pgcore.channels import Channel, ChannelManager
from pgcore.columns import Array, Index
from pgcore.contracts.protocol import Deal, Orders, Peer, Signals
from pgcore.daytime import time_of_day
from pgcore.feeds import Feeds
from pgcore.mailbox import Mailbox
from pgcore.messages import (
    ENVIRONMENT,
    Action,
    Answer,
    Farewell,
    Invitation,
    Message,
    NetworkState,
    Proposal,
    Question,
    Report,
    Results,
    Silence,
    Start,
)

Policy = Callable[[Array, tuple[Array, Array] | None], Array]
"""An agent's own policy: from its observation ``(B, slots)`` and the mask of its action to settings in physical units ``(B, A)``."""


class Actor(ABC):
    """Does its part of every step when a message tells it to. It has a mailbox, and no other way to reach anything."""

    def __init__(self, name: str, mailbox: Mailbox, channels: ChannelManager) -> None:
        self.name, self.mailbox, self.channels = name, mailbox, channels
        self.over = False
        """Whether it was told that the run has ended."""
        self.late = 0
        """Messages of an earlier step that told something new."""
        self.missed = 0
        """Messages whose content did not come in time."""
        self._episode, self._tick, self._first = -1, 0, np.zeros(1, dtype=np.intp)
        self._said: list[tuple[str, Any, str]] = []

    def turn(self, timeout_s: float = 0.0) -> bool:
        """Answer everything that has arrived, waiting up to ``timeout_s`` seconds for the first; whether there was anything."""
        arrived = self.mailbox.receive(timeout_s)
        for channel, message in arrived:
            self._hear(channel, message)
        return bool(arrived)

    def counts(self) -> dict[str, int]:
        """What its mailbox counted, and what came late or not at all."""
        return {**self.mailbox.counts(), "late": self.late, "missed": self.missed}

    def _hear(self, channel: Channel, message: Message) -> None:
        body = message.body
        if isinstance(body, Start):
            self._episode, self._tick, self._first = message.episode, message.tick, body.rows - message.tick
            self._said = []
            self._start(body)
        elif isinstance(body, Farewell):
            self.over = True
        else:
            self._handle(channel, message)

    def _rows(self, tick: int) -> Index:
        """The step of the profiles that is simulated in a tick."""
        return np.asarray(self._first + (tick - 1))

    def _say(self, channel: str, body: Any, recipient: str = ENVIRONMENT) -> None:
        self._said.append((channel, body, recipient))
        self.mailbox.send(channel, body, recipient, self._episode, self._tick)

    def _repeat(self) -> None:
        """Say again what was said in answer to a message that came again: the environment did not hear it."""
        for channel, body, recipient in self._said:
            self.mailbox.send(channel, body, recipient, self._episode, self._tick)

    @abstractmethod
    def _start(self, start: Start) -> None:
        """An episode begins."""

    @abstractmethod
    def _handle(self, channel: Channel, message: Message) -> None:
        """Anything else."""


class DeviceActor(Actor):
    """A DeviceAgent behind a mailbox: level 1."""

    def __init__(self, agent: DeviceAgent, mailbox: Mailbox, channels: ChannelManager) -> None:
        super().__init__(agent.name, mailbox, channels)
        self.agent = agent
        self._held = Action(None)

    def _start(self, start: Start) -> None:
        self._held = Action(None)
        if start.states is None:
            self._say(self.channels.state_updates(), self.agent.start(start.seeds, start.rows))
        else:
            self.agent.resume(start.states)

    def _handle(self, channel: Channel, message: Message) -> None:
        body, tick = message.body, message.tick
        if isinstance(body, Action):
            self._held = body
        else:
            self.missed += 1
        if tick > self._tick:
            self._tick, self._said = tick, []
            held = self._held
            update = self.agent.act(self._rows(tick), held.vector, held.signal, held.vm_pu)
            self._say(self.channels.state_updates(), update)
        elif tick == self._tick:
            self._repeat()
        else:
            self.late += 1


class GridActor(Actor):
    """A GridAgent (level 2), or a SystemAgent (3), behind a mailbox.

    Args:
        agent: what it decides and how.
        feeds: the local series of its own devices.
        mailbox: all that it can reach.
        channels: names of the environment's channels.
        step_min: length of a step.
        own: its devices, where they live in this actor; ``None``: each is an actor of its own.
        policy: chooses the action when the environment sends none.
    """

    def __init__(
        self,
        agent: GridAgent,
        feeds: Feeds,
        mailbox: Mailbox,
        channels: ChannelManager,
        step_min: float,
        own: DeviceAgent | None = None,
        policy: Policy | None = None,
    ) -> None:
        super().__init__(agent.name, mailbox, channels)
        self.agent, self.feeds, self.step_min, self.own, self.policy = agent, feeds, step_min, own, policy
        self.reporting = Reporting([agent], feeds)
        plant = agent.charter.plant
        self._wants = plant.needs.owners[feeds.voltages]
        self._buses = agent.charter.device_bus[self._wants]
        self._metered = np.flatnonzero([device.metered for device in plant.devices])
        self._parts = [(f"{agent.name}.{name}", plant.knobs.of(i), np.flatnonzero(self._wants == i)) for i, name in enumerate(plant.names)]
        self._begin(Start(((0, 0),), np.zeros(1, dtype=np.intp)))

    def _start(self, start: Start) -> None:
        self._begin(start)
        if self.own is not None and start.states is None:
            self._say(self.channels.state_updates(), self.own.start(start.seeds, start.rows))
        elif self.own is not None and start.states is not None:
            self.own.resume(start.states)

    def _begin(self, start: Start) -> None:
        """Forget everything but what ``start`` gives to go on from."""
        batch = len(start.seeds)
        self.agent.reset(batch)
        self._told: dict[str, Action | None] = {}
        self._vector: Array = np.tile([dial.default for dial in self.agent.actions], (batch, 1)).reshape(batch, len(self.agent.actions))
        self._directive: Signals = {}
        self._vm_pu = np.ones((batch, len(self.feeds.voltages)))
        self._states = self._before = start.states or ()
        self._peer: Peer | None = None
        self._results: Results | None = None
        self._report: Report | None = None
        self._remember(start.memory)
        self._exo = self.feeds.at(self._rows(self._tick) if self._tick else start.rows, self._vm_pu)

    def _handle(self, channel: Channel, message: Message) -> None:
        body = message.body
        if channel.kind == "action":
            self._hear_action(message.sender, message)
        elif channel.kind == "invitations":
            self._offer(message)
        elif channel.kind == "power_flow_results":
            self._hear_results(message)
        elif isinstance(body, Question):
            exo = self.feeds.at(self._rows(self._tick + 1), self._vm_pu)
            self.mailbox.send(
                self.channels.presence(), Answer(self.agent.answer(body.signal, self._states, exo)), ENVIRONMENT, self._episode, message.tick
            )

    # --- acting ---------------------------------------------------------------------------------------------------------------------------

    def _hear_action(self, sender: str, message: Message) -> None:
        """Act once the environment and the parent have spoken for this tick, or are known to have been lost."""
        body, tick, parent = message.body, message.tick, self.agent.charter.parent
        if isinstance(body, Action):
            if sender == ENVIRONMENT:
                self._vector = self._chosen() if body.vector is None else body.vector
            else:
                self._directive = body.signal
        else:
            self.missed += 1
        if tick < self._tick:
            self.late += 1
        elif tick == self._tick and self._said:
            self._repeat()
        else:
            if tick > self._tick:
                self._tick, self._said, self._told = tick, [], {}
            self._told[sender] = body if isinstance(body, Action) else None
            if ENVIRONMENT in self._told and (parent is None or parent in self._told):
                self._act()

    def _chosen(self) -> Array:
        """What its own policy chooses; the last action where it has none."""
        if self.policy is None or self._report is None:
            return self._vector
        return self.policy(self._report.observation, self._report.mask)

    def _act(self) -> None:
        rows = self._rows(self._tick)
        self._before, self._peer = self._states, None
        self._exo = self.feeds.at(rows, self._vm_pu)
        orders = self.agent.decide(self._vector, self._directive)
        for child in self.agent.charter.children:
            self._say(self.channels.action(self.name, child), Action(None, orders.directives.get(child, {})), child)
        settings = self.agent.charter.plant.alone(len(rows))
        settings[:, self.agent.dial_columns] = orders.dials
        if self.own is not None:
            self._say(self.channels.state_updates(), self.own.act(rows, settings, orders.signal, self._vm_pu))
        else:
            self._instruct(settings, orders)

    def _instruct(self, settings: Array, orders: Orders) -> None:
        for name, knobs, voltages in self._parts:
            vm_pu = self._vm_pu[:, voltages] if len(voltages) else None
            self._say(self.channels.action(self.name, name), Action(settings[:, knobs], orders.signal, vm_pu), name)

    # --- bargaining -----------------------------------------------------------------------------------------------------------------------

    def _offer(self, message: Message) -> None:
        body = message.body
        if not isinstance(body, Invitation) or message.tick != self._tick:
            self.missed += isinstance(body, Silence)
            self.late += isinstance(body, Invitation)
            return
        protocol, peer = self.agent.charter.horizontal[body.protocol], self._as_peer(body.effects)
        offer = protocol.offer(peer) if body.offer is None or body.award is None else protocol.revise(peer, body.offer, body.award)
        proposal = Proposal(body.protocol, body.round, offer)
        self.mailbox.send(self.channels.offers(), proposal, ENVIRONMENT, self._episode, self._tick)

    def _as_peer(self, effects: Array) -> Peer:
        if self._peer is None:
            self._peer = self.agent.peer(effects, self._before, self._exo)
        return self._peer

    # --- reporting ------------------------------------------------------------------------------------------------------------------------

    def _hear_results(self, message: Message) -> None:
        body, tick = message.body, message.tick
        if tick < self._tick:
            self.late += 1
            if isinstance(body, Results):
                self._take(body)
            return
        if tick > self._tick:  # it heard nothing of this tick before: its own actions were lost on the way to it
            self._tick, self._said, self._told = tick, [], {}
        if isinstance(body, Results):
            self._take(body)
        else:
            self.missed += 1
        if self._results is not None:
            self._speak(self._results if isinstance(body, Results) else _staler(self._results))

    def _take(self, results: Results) -> None:
        self._results, self._states = results, results.states
        self._vm_pu = results.view.vm_pu[:, self._buses]

    def _speak(self, results: Results) -> None:
        """Settle, grade and observe; say it to the environment."""
        self._results = results
        plant, view, rows = self.agent.charter.plant, results.view, self._rows(self._tick + 1)
        metered_mw = np.zeros(results.effects.shape[1:])
        metered_mw[:, self._metered] = view.metered_mw
        due = plant.settle(metered_mw, self._exo, self.agent.dt_h)
        exo = self.feeds.at(rows, self._vm_pu)
        shown, allowed = plant.observe(self._states, exo), plant.allowed(self._states, exo)
        own = Readings(results.effects, due, shown, allowed, rows, time_of_day(rows, self.step_min))
        report = self.reporting.report(view, own, [self._deals(results)])
        self._report = attrs.evolve(report, memory=self._memory())
        self.mailbox.send(self.channels.reports(), self._report, ENVIRONMENT, self._episode, self._tick)

    def _deals(self, results: Results) -> Sequence[Deal]:
        if not results.offers:
            return []
        return self.agent.settle(self._as_peer(results.effects), results.offers, results.awards)

    # --- going on after a restart ---------------------------------------------------------------------------------------------------------

    def _memory(self) -> dict[str, Array]:
        told = {f"told.{name}": value for name, value in self.agent.told.items()}
        agreed = {f"agreed.{name}": value for name, value in self.agent.agreed.items()}
        return {"vm_pu": self._vm_pu, "vector": self._vector, **told, **agreed}

    def _remember(self, memory: Mapping[str, Array]) -> None:
        self._vm_pu, self._vector = memory.get("vm_pu", self._vm_pu), memory.get("vector", self._vector)
        self.agent.told = {**self.agent.told, **_under("told.", memory)}
        self.agent.agreed = _under("agreed.", memory)
        self._directive = _under("told.", memory)


def _under(front: str, memory: Mapping[str, Array]) -> dict[str, Array]:
    return {name.removeprefix(front): value for name, value in memory.items() if name.startswith(front)}


def _staler(results: Results) -> Results:
    """The last results a step later."""
    view: NetworkState = attrs.evolve(results.view, age=results.view.age + 1.0)
    return attrs.evolve(results, view=view)
