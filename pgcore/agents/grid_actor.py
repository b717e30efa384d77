"""GridActor: a GridAgent behind a mailbox."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec.structs import replace

from pgcore.agents.actors import Actor
from pgcore.agents.device_agent import DeviceAgent
from pgcore.agents.grid_agent import GridAgent
from pgcore.agents.memory import recalled, under
from pgcore.agents.own_devices import OwnDevices
from pgcore.agents.reporting import Readings, Reporting
from pgcore.channels import Channel, ChannelManager
from pgcore.columns import Array, Index
from pgcore.contracts.protocol import Deal, Orders, Peer, Signals
from pgcore.feeds import Feeds
from pgcore.mailbox import Mailbox
from pgcore.messages import (
    ENVIRONMENT,
    Action,
    Answer,
    Invitation,
    Message,
    NetworkState,
    Proposal,
    Question,
    Report,
    Results,
    Silence,
    Start,
    StateUpdate,
)

Policy = Callable[[Report, Sequence[tuple[int, int]], int], Array | None]
"""An agent's own policy: from its last report, each environment's seed and number of the episode, and the tick of that report to settings in
physical units ``(B, A)``; ``None`` holds the last ones."""


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
        self.agent, self.feeds, self.policy = agent, feeds, policy
        self.own = None if own is None else OwnDevices(own, self)
        self.reporting = Reporting([agent], agent.charter.plant, feeds, step_min)
        plant = agent.charter.plant
        self._wants = plant.needs.owners[feeds.voltages]
        self._buses = agent.charter.device_bus[self._wants]
        self._parts = [(f"{agent.name}.{name}", _slice(plant.knobs.of(i)), np.flatnonzero(self._wants == i)) for i, name in enumerate(plant.names)]
        self._resumed: int | None = None
        """The tick that it went on from after a restart, until it has acted."""
        self._begin(Start(((0, 0),), np.zeros(1, dtype=np.intp)))

    def turn(self, timeout_s: float = 0.0) -> bool:
        """Answer everything that has arrived; see :meth:`Actor.turn`."""
        heard = self.listen(timeout_s)
        if self.own is not None and self.own.due:
            self.own.step()
        if self.due is not None:
            self.tell(self.reporting.report(self.due.view, self.readings(), [self.deals()]))
        return heard

    def rows(self, ahead: int = 0) -> Index:
        """The step of the profiles that it is in, or one ahead of that."""
        return self._rows(self._tick + ahead)

    def say_update(self, update: StateUpdate) -> None:
        """Say what its own devices did."""
        self._say(self.channels.state_updates(), update)

    def _start(self, start: Start) -> None:
        self._begin(start)
        if self.own is not None and start.states is None:
            self._say(self.channels.state_updates(), self.own.agent.start(start.seeds, start.rows))
        elif self.own is not None and start.states is not None:
            self.own.agent.resume(start.states)

    def _feed(self, feeds: Feeds) -> None:
        """Read the local series of an episode from now on."""
        self.feeds = self.reporting.feeds = feeds
        if self.own is not None:
            self.own.agent.feeds = feeds

    def _begin(self, start: Start) -> None:
        """Forget everything but what ``start`` gives to go on from."""
        batch, self._seeds = len(start.seeds), start.seeds
        if start.series is not None:
            self._feed(self.feeds.filled(start.series, self._first))
        self._resumed = None if start.states is None else self._tick
        if self.own is not None:
            self.own.due = False
        self._early: list[tuple[Channel, Message]] = []
        """What it was told of a tick in which it has not acted yet, since it was started again meanwhile."""
        self._decided = self._tick
        """The last tick in which its own policy chose."""
        self.agent.reset(batch)
        self._told: dict[str, Action | None] = {}
        self._vector: Array = np.tile([dial.default for dial in self.agent.actions], (batch, 1)).reshape(batch, len(self.agent.actions))
        self._directive: Signals = {}
        self.vm_pu = np.ones((batch, len(self.feeds.voltages)))
        self.states = self._before = start.states or ()
        self._peer: Peer | None = None
        self._results: Results | None = None
        self._shown = self._tick
        """The tick of these results."""
        self.due: Results | None = None
        """What it has been shown of this tick, and has not reported on."""
        self._report: Report | None = None
        self._remember(start.memory)
        self.exo = self.feeds.at(self._rows(self._tick) if self._tick else start.rows, self.vm_pu)

    def _handle(self, channel: Channel, message: Message) -> None:
        body = message.body
        if self._resumed is not None and message.tick <= self._resumed and channel.kind != "control":
            self.late += 1  # it was said to its former life
        elif self._resumed is not None and channel.kind not in ("action", "control"):
            self._early.append((channel, message))
        elif channel.kind == "action":
            self._hear_action(message.sender, message)
        elif channel.kind == "invitations":
            self._offer(message)
        elif channel.kind == "power_flow_results":
            self._hear_results(message)
        elif isinstance(body, Question):
            exo = self.feeds.at(self._rows(self._tick + 1), self.vm_pu)
            self.mailbox.send(
                self.channels.presence(), Answer(self.agent.answer(body.signal, self.states, exo)), ENVIRONMENT, self._episode, message.tick
            )

    def _move_on(self, tick: int) -> None:
        """A new step begins: what was not reported of the last one is too old to be taken for news of this one."""
        self._tick, self._said, self._told, self.due = tick, [], {}, None

    # --- acting ---------------------------------------------------------------------------------------------------------------------------

    def _hear_action(self, sender: str, message: Message) -> None:
        """Act once the environment and the parent have spoken for this tick, or are known to have been lost."""
        body, tick, parent = message.body, message.tick, self.agent.charter.parent
        if isinstance(body, Action):
            if sender == ENVIRONMENT:
                self._vector = self._chosen(tick) if body.vector is None else body.vector
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
                self._move_on(tick)
            self._told[sender] = body if isinstance(body, Action) else None
            if ENVIRONMENT in self._told and (parent is None or parent in self._told):
                self._act()
                self._catch_up()

    def _chosen(self, tick: int) -> Array:
        """What its own policy chooses, once in a tick; the last action where it has none."""
        if self.policy is None or self._report is None or tick <= self._decided:
            return self._vector
        self._decided = tick
        chosen = self.policy(self._report, self._seeds, tick - 1)
        return self._vector if chosen is None else chosen

    def _catch_up(self) -> None:
        """Hear what came before it had acted."""
        early, self._early, self._resumed = self._early, [], None
        self.hear(early)

    def _act(self) -> None:
        rows = self._rows(self._tick)
        self._before, self._peer = self.states, None
        self.exo = self.feeds.at(rows, self.vm_pu)
        orders = self.agent.decide(self._vector, self._directive)
        for child in self.agent.charter.children:
            self._say(self.channels.action(self.name, child), Action(None, orders.directives.get(child, {})), child)
        settings = self.agent.charter.plant.alone(len(rows))
        settings[:, self.agent.dial_columns] = orders.dials
        if self.own is not None:
            self.own.held, self.own.due = Action(settings, orders.signal, self.vm_pu), True
        else:
            self._instruct(settings, orders)

    def _instruct(self, settings: Array, orders: Orders) -> None:
        for name, knobs, voltages in self._parts:
            vm_pu = self.vm_pu[:, voltages] if len(voltages) else None
            self._say(self.channels.action(self.name, name), Action(settings[:, knobs], orders.signal, vm_pu), name)

    # --- bargaining -----------------------------------------------------------------------------------------------------------------------

    def _offer(self, message: Message) -> None:
        body = message.body
        if not isinstance(body, Invitation) or message.tick != self._tick:
            self.missed += isinstance(body, Silence)
            self.late += isinstance(body, Invitation)
            if message.tick == self._tick:
                self._have_nothing(self.channels.offers(), Proposal)
            return
        protocol, peer = self.agent.charter.horizontal[body.protocol], self._as_peer(body.effects)
        offer = protocol.offer(peer) if body.offer is None or body.award is None else protocol.revise(peer, body.offer, body.award)
        proposal = Proposal(body.protocol, body.round, offer)
        self.mailbox.send(self.channels.offers(), proposal, ENVIRONMENT, self._episode, self._tick)

    def _as_peer(self, effects: Array) -> Peer:
        if self._peer is None:
            self._peer = self.agent.peer(effects, self._before, self.exo)
        return self._peer

    # --- reporting ------------------------------------------------------------------------------------------------------------------------

    def _hear_results(self, message: Message) -> None:
        body, tick = message.body, message.tick
        if tick < self._tick:
            self.late += 1
            if isinstance(body, Results):
                self._take(body, tick)
            return
        if tick > self._tick:  # it heard nothing of this tick before: its own actions were lost on the way to it
            self._move_on(tick)
        if isinstance(body, Results):
            self._take(body, tick)
        else:
            self.missed += 1
        if self._results is not None:
            self.due = _staler(self._results, tick - self._shown)
        else:
            self._have_nothing(self.channels.reports(), Report)

    def _take(self, results: Results, tick: int) -> None:
        self._results, self._shown, self.states = results, tick, results.states
        self.vm_pu = results.view.vm_pu[:, self._buses]

    def readings(self) -> Readings:
        """What the step that it is to report came to for its own devices."""
        results, rows = self.due, self.rows(ahead=1)
        assert results is not None
        return Readings(results.effects, self.states, self.exo, self.feeds.at(rows, self.vm_pu), rows)

    def tell(self, report: Report) -> None:
        """Say its report to the environment."""
        self.due = None
        said = (report.observation, report.cost, report.violation, report.reward, report.mask, report.details)
        self._report = Report(*said, self._memory())
        self.mailbox.send(self.channels.reports(), self._report, ENVIRONMENT, self._episode, self._tick)

    def deals(self) -> Sequence[Deal]:
        """What its negotiations in the step that it is to report came to."""
        results = self.due
        if results is None or not results.offers:
            return []
        return self.agent.settle(self._as_peer(results.effects), results.offers, results.awards)

    def _have_nothing(self, channel: str, kind: type) -> None:
        """Say that there is no answer to what did not come, so that nobody waits for one."""
        self.mailbox.send(channel, Silence(kind.__name__), ENVIRONMENT, self._episode, self._tick)

    # --- going on after a restart ---------------------------------------------------------------------------------------------------------

    def _memory(self) -> dict[str, Array]:
        told = {f"told.{name}": value for name, value in self.agent.told.items()}
        agreed = {f"agreed.{name}": value for name, value in self.agent.agreed.items()}
        return {"vm_pu": self.vm_pu, "vector": self._vector, **told, **agreed}

    def _remember(self, memory: Mapping[str, Array]) -> None:
        self.vm_pu, self._vector = memory.get("vm_pu", self.vm_pu), memory.get("vector", self._vector)
        self.agent.told = {**self.agent.told, **under("told.", memory)}
        self.agent.agreed = under("agreed.", memory)
        self._directive = under("told.", memory)
        self._report = recalled(memory)


def _slice(columns: Index) -> slice:
    """Columns that stand side by side, as a slice."""
    return slice(int(columns[0]), int(columns[-1]) + 1) if len(columns) else slice(0, 0)


def _staler(results: Results, steps: int) -> Results:
    """The last results some steps later."""
    if not steps:
        return results
    view: NetworkState = replace(results.view, age=results.view.age + steps)
    return replace(results, view=view)
