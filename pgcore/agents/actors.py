"""Actors: agents that hear and speak through a mailbox alone; each turn, one answers what has arrived."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from pgcore.agents.device_agent import DeviceAgent
from pgcore.channels import Channel, ChannelManager
from pgcore.columns import Index
from pgcore.mailbox import Mailbox
from pgcore.messages import (
    ENVIRONMENT,
    Action,
    Farewell,
    Message,
    Start,
    StateUpdate,
)


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

    @property
    def moment(self) -> tuple[int, int]:
        """The episode and the tick that it is in."""
        return self._episode, self._tick

    @abstractmethod
    def turn(self, timeout_s: float = 0.0) -> bool:
        """Answer everything that has arrived, waiting up to ``timeout_s`` seconds for the first; whether there was anything."""

    def listen(self, timeout_s: float = 0.0) -> bool:
        """Hear what has arrived, and leave what takes long ``due``, so that several actors may do it together."""
        arrived = self.mailbox.receive(timeout_s)
        self.hear(arrived)
        return bool(arrived)

    def hear(self, arrived: Sequence[tuple[Channel, Message]]) -> None:
        """Hear messages that its mailbox gave out, in their order."""
        for channel, message in arrived:
            self._hear(channel, message)

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
        self.due = False
        """Whether it has heard what to do in this tick, and has not done it."""
        self.held = Action(None)
        """What it was last told to do."""

    def turn(self, timeout_s: float = 0.0) -> bool:
        """Answer everything that has arrived; see :meth:`Actor.turn`."""
        heard = self.listen(timeout_s)
        if self.due:
            self.step()
        return heard

    def step(self) -> None:
        """Do what it was told."""
        self.tell(self.agent.act(self.rows(), self.held.vector, self.held.signal, self.held.vm_pu))

    def rows(self) -> Index:
        """The step of the profiles that it is in."""
        return self._rows(self._tick)

    def tell(self, update: StateUpdate) -> None:
        """Say what was done."""
        self.due = False
        self._say(self.channels.state_updates(), update)

    def _start(self, start: Start) -> None:
        self.held, self.due = Action(None), False
        if start.series is not None:
            self.agent.feeds = self.agent.feeds.filled(start.series, self._first)
        if start.states is None:
            self._say(self.channels.state_updates(), self.agent.start(start.seeds, start.rows))
        else:
            self.agent.resume(start.states)

    def _handle(self, channel: Channel, message: Message) -> None:
        body, tick = message.body, message.tick
        if isinstance(body, Action):
            self.held = body
        else:
            self.missed += 1
        if tick > self._tick:
            self._tick, self._said, self.due = tick, [], True
        elif tick == self._tick:
            self._repeat()
        else:
            self.late += 1
