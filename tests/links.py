"""What tests of simulated faults share: many messages over one link, and schedules of messages over several."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

import numpy as np

from pgcore.brokers.faulty import FaultyBroker
from pgcore.builtin.faults.bandwidth import Bandwidth
from pgcore.builtin.faults.burst_loss import BurstLoss
from pgcore.builtin.faults.duplication import Duplication
from pgcore.builtin.faults.jitter import Jitter
from pgcore.builtin.faults.latency import Latency
from pgcore.builtin.faults.lognormal_latency import LognormalLatency
from pgcore.builtin.faults.loss import Loss
from pgcore.builtin.faults.partition import Partition
from pgcore.builtin.faults.reordering import Reordering
from pgcore.channels import ChannelManager
from pgcore.contracts.fault import Fate, Fault, Link, Passage
from pgcore.draws import Draws, key, words
from pgcore.messages import ENVIRONMENT, Answer, Message, Silence
from tests.wire import Wire

CHANNELS = ChannelManager("0")


def fates(fault: Fault, times_s: Iterable[float], size_bytes: int = 100, link: Link | None = None) -> list[Fate]:
    """What becomes of messages that set out on one link at these times, as a broker asks for it."""
    memory, seeded, found = fault.memory(), key("a fault", fault.type), []
    for n, sent_s in enumerate(times_s):
        fate, memory = fault.fate(Passage(link or Link("MG1", ENVIRONMENT), sent_s, lambda: size_bytes), Draws(words(seeded, n)[0]), memory)
        found.append(fate)
    return found


def delays_ms(fault: Fault, n: int) -> list[float]:
    """The delays of n messages that all arrive."""
    return [1000.0 * delay_s for (delay_s,) in fates(fault, [0.0] * n)]


class Sender:
    """An actor's end of the simulated links: numbers what it sends, as a mailbox does."""

    def __init__(self, name: str = "MG1", epoch: int = 0, env_id: str = "0") -> None:
        self.name, self.epoch, self.env_id = name, epoch, env_id
        self._numbers: dict[str, count[int]] = {}

    def message(self, channel: str, recipient: str, tick: int, episode: int = 0) -> Message:
        """The next message on a channel; its content is made from its number."""
        seq = next(self._numbers.setdefault(channel, count(1)))
        return Message(self.env_id, episode, tick, self.name, recipient, self.epoch, seq, Answer(np.array([[float(seq)]])))

    def report(self, tick: int, episode: int = 0) -> tuple[str, Message]:
        """The next report to the environment, with its channel."""
        channel = ChannelManager(self.env_id).reports()
        return channel, self.message(channel, ENVIRONMENT, tick, episode)


def day(agents: Sequence[str], ticks: int) -> list[tuple[str, Message]]:
    """The messages of some ticks of one episode: an action to each agent, and an update, an offer and a report from each."""
    environment, senders, sent = Sender(ENVIRONMENT), {name: Sender(name) for name in agents}, []
    for tick in range(1, ticks + 1):
        for name in agents:
            action = CHANNELS.action(ENVIRONMENT, name)
            sent.append((action, environment.message(action, name, tick)))
            up = (CHANNELS.state_updates(), CHANNELS.offers(), CHANNELS.reports())
            sent += [(channel, senders[name].message(channel, ENVIRONMENT, tick)) for channel in up]
    return sent


def accepted(sent: Iterable[tuple[str, Message]]) -> list[Message]:
    """What a receiver accepts: rising numbers from each sender on each channel and life."""
    last: dict[tuple[str, str, int], int] = {}
    taken = []
    for channel, message in sent:
        source = (channel, message.sender, message.epoch)
        if message.seq > last.get(source, 0):
            last[source] = message.seq
            taken.append(message)
    return taken


def heard(sent: Iterable[tuple[str, Message]]) -> list[tuple[int, int | None]]:
    """Each message's tick and the number that its sender gave to its content; ``None`` for a silence."""
    return [(message.tick, None if isinstance(message.body, Silence) else content(message)) for _, message in sent]


def content(message: Message) -> int:
    """The number that a message was sent with."""
    assert isinstance(message.body, Answer)
    return int(message.body.settings[0, 0])


ALL: tuple[Fault, ...] = (
    Latency(latency_ms=200.0),
    Jitter(jitter_ms=300.0),
    LognormalLatency(median_ms=100.0, sigma=1.5),
    Loss(rate=0.1),
    BurstLoss(p_good_to_bad=0.1, p_bad_to_good=0.4),
    Duplication(rate=0.2),
    Reordering(rate=0.2, hold_ms=2500.0),
    Bandwidth(bit_per_s=2000.0, queue_bytes=500.0),
    Partition(groups=(("MG2",),), from_s=3.0, until_s=5.0),
)
"""One of each kind."""


def sized(message: Message) -> int:
    """A size for every message, so that none is encoded."""
    return 100


def paced(*faults: Fault, seed: int = 0, step_s: float = 1.0, deadline_s: float = 0.5) -> tuple[FaultyBroker, Wire]:
    """A broker with simulated faults whose time follows the ticks, and what it puts its messages on."""
    base = Wire()
    broker = FaultyBroker(base, faults, seed, sized)
    broker.pace(step_s, deadline_s)
    return broker, base


def send(broker: FaultyBroker, *sent: tuple[str, Message]) -> None:
    """Publish messages one after the other."""
    for channel, message in sent:
        broker.publish(channel, message)


def by_link(sent: Sequence[tuple[str, Message]]) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
    """What was said on each link: channel, tick, number and content, in order."""
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for channel, message in sent:
        said = None if isinstance(message.body, Silence) else content(message)
        found.setdefault((message.sender, message.recipient), []).append((channel, message.tick, message.seq, said))
    return found


def balance(counts: dict[str, int]) -> int:
    """What is unaccounted for."""
    return counts["published"] + counts["duplicated"] - counts["delivered"] - counts["lost"] - counts["in_flight"] - counts["dropped"]
