"""Mailbox: the only thing that an actor holds of the outside world."""

from collections.abc import Sequence
from time import monotonic
from typing import Any

from attrs import define

from pgcore.channels import CONTROL, KIND_OF, Channel, ChannelManager, may_read, may_write
from pgcore.contracts.broker import MessageBroker
from pgcore.messages import BODIES, Body, Message, Silence, Start, sealed

_WINDOW = 64
"""How many of the last numbers of a sender are remembered, only to tell a duplicate from a message that was overtaken."""


_KINDS = {kind: KIND_OF[kind.__name__] for kind in BODIES if kind.__name__ in KIND_OF}


_ALL = (1 << _WINDOW) - 1


class Forbidden(RuntimeError):
    """An actor tried to send or to read what is not its own to send or to read."""


@define(eq=False)
class _Outlet:
    """A channel that the actor writes."""

    kind: str
    recipient: str
    seq: int = 0


@define(eq=False)
class _Lane:
    """What one sender says on one channel that the actor reads."""

    channel: Channel
    timeless: bool
    """Whether it is read in every episode."""
    epoch: int = -1
    last: int = 0
    seen: int = 0
    """Bit k: the number ``last − k`` was accepted."""


class Mailbox:
    """Sends and reads messages in the name of one actor, and of that one alone.

    Args:
        broker: moves the messages; it is open.
        channels: names of the environment's channels.
        actor_id: whose mailbox it is.
        incoming: names of the channels that the actor reads.
        epoch: which life of the actor this is; one that was started again must count up.

    Raises:
        Forbidden: it may not read one of ``incoming``.
        ChannelError: one of ``incoming`` is no channel of this environment.
    """

    def __init__(self, broker: MessageBroker, channels: ChannelManager, actor_id: str, incoming: Sequence[str], epoch: int = 0) -> None:
        self.actor_id, self.epoch, self.episode = actor_id, epoch, -1
        self._broker, self._channels, self._env_id = broker, channels, channels.env_id
        self._incoming: dict[tuple[str, str], Channel] = {}
        for name in incoming:
            channel = channels.parse(name)
            if not may_read(actor_id, channel):
                raise Forbidden(f"{actor_id!r} may not read {name!r}, which is for {channel.recipient!r}")
            self._incoming[channel.kind, channel.sender] = channel
            broker.create_channel(name)
        self._names = tuple(incoming)
        self._outlets: dict[str, _Outlet] = {}
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._counts = dict.fromkeys(("accepted", "duplicate", "reordered", "stale", "foreign"), 0)

    def begin(self, episode: int) -> None:
        """From now on messages of other episodes are foreign, except on control channels. A ``Start`` that is read does the same."""
        self.episode = episode

    def send(self, channel: str, body: Body, recipient: str, episode: int, tick: int) -> None:
        """Send a body, whose arrays are read-only from now on.

        Raises:
            Forbidden: the actor may not write this channel, the channel is not read by ``recipient``, or such a body does not belong on it.
            ChannelError: it is no channel of this environment.
            BrokerFault: the broker cannot send it.
        """
        outlet = self._outlets.get(channel) or self._outlet(channel)
        if recipient != outlet.recipient or _kind(body) != outlet.kind:
            raise Forbidden(f"{self.actor_id!r} sent a {type(body).__name__} to {recipient!r} on {channel!r}, which does not carry it there")
        outlet.seq = seq = outlet.seq + 1
        self._broker.publish(channel, Message(self._env_id, episode, tick, self.actor_id, recipient, self.epoch, seq, sealed(body)))

    def receive(self, timeout_s: float = 0.0) -> list[tuple[Channel, Message]]:
        """New messages for the actor with the channels that they came on, in order of arrival; waits up to ``timeout_s`` seconds for the first.

        Left out and counted are a ``duplicate``, what was ``reordered`` (a later message of its sender on its channel was read before), what is
        ``stale`` (from a former life of its sender), and what is ``foreign``: of another environment or episode, for somebody else, or from a
        sender that may not write such a message to this actor.

        Raises:
            BrokerFault: the broker is closed or cannot be reached.
        """
        deadline = monotonic() + timeout_s if timeout_s > 0 else 0.0
        while True:
            arrived = self._broker.consume(self._names, self.actor_id, timeout_s)
            accepted = [(channel, message) for message in arrived if (channel := self._accepted(message))]
            timeout_s = deadline - monotonic() if deadline and arrived else 0.0
            if accepted or timeout_s <= 0:
                self._counts["accepted"] += len(accepted)
                return accepted

    def counts(self) -> dict[str, int]:
        """Messages so far: ``sent``, ``accepted``, and those left out by reason."""
        return {"sent": sum(outlet.seq for outlet in self._outlets.values()), **self._counts}

    def _outlet(self, name: str) -> _Outlet:
        channel = self._channels.parse(name)
        if not may_write(self.actor_id, channel):
            raise Forbidden(f"{self.actor_id!r} may not write {name!r}; {channel.sender or 'the actors'!r} may")
        self._broker.create_channel(name)
        return self._outlets.setdefault(name, _Outlet(channel.kind, channel.recipient))

    def _accepted(self, message: Message) -> Channel | None:
        """The channel of a message that is to be read; ``None`` for one that was counted and is left out."""
        kind, sender = _kind(message.body), message.sender
        lane = self._lanes.get((kind, sender)) or self._lane(kind, sender)
        mine = message.recipient == self.actor_id and message.env_id == self._env_id
        if lane is None or not mine or not (lane.timeless or message.episode == self.episode):
            self._counts["foreign"] += 1
            return None
        if reason := _advance(lane, message.epoch, message.seq):
            self._counts[reason] += 1
            return None
        if type(message.body) is Start:
            self.episode = message.episode
        return lane.channel

    def _lane(self, kind: str, sender: str) -> _Lane | None:
        channel = self._incoming.get((kind, sender)) or self._incoming.get((kind, ""))
        if channel is None or not may_write(sender, channel):
            return None
        return self._lanes.setdefault((kind, sender), _Lane(channel, kind in CONTROL))


def _kind(body: Any) -> str:
    """The kind of channel on which a body travels; empty for one that says it nowhere."""
    kind = type(body)
    return _KINDS.get(kind) or KIND_OF.get(body.of if kind is Silence else kind.__name__, "")


def _advance(lane: _Lane, epoch: int, seq: int) -> str:
    """Note a message's number; why it is to be left out, if so."""
    if epoch != lane.epoch:
        if epoch < lane.epoch:
            return "stale"
        lane.epoch, lane.last, lane.seen = epoch, 0, 0
    ahead = seq - lane.last
    if ahead == 1:
        lane.seen, lane.last = (lane.seen << 1 | 1) & _ALL, seq
        return ""
    if ahead <= 0:
        return "duplicate" if lane.seen >> -ahead & 1 else "reordered"
    lane.seen = (lane.seen << ahead | 1) & _ALL if ahead < _WINDOW else 1
    lane.last = seq
    return ""
