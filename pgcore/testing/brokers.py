"""Checks for brokers: whether one keeps the contract, by examples and by random use beside the in-memory one."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from time import monotonic
from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule
from msgspec.structs import replace

from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.channels import ChannelManager
from pgcore.codec import encode
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import ENVIRONMENT, Answer, Message, Silence, sealed
from pgcore.testing.checks import Breach

Factory = Callable[[], MessageBroker]
"""Makes a new broker that is not open yet, and that no other shares a channel with."""

PATIENCE_S = 10.0
"""How long a check waits for a message before it says that it did not come."""

_SENDERS = ("MG1", "MG2", "MG1.ess")
_ENVS = ("0", "1")
_KINDS = ("state_updates", "reports")


def letter(sender: str = "MG1", seq: int = 1, env_id: str = "0", recipient: str = ENVIRONMENT) -> Message:
    """A message that differs from every other by its envelope and its numbers."""
    return Message(env_id, 0, 0, sender, recipient, 0, seq, sealed(Answer(np.array([[seq, -0.0, 0.1]]))))


def gather(broker: MessageBroker, channels: str | list[str], recipient: str, count: int) -> list[Message]:
    """So many messages, waited for with patience, and then what else comes at once.

    Raises:
        Breach: fewer came in time.
    """
    found: list[Message] = []
    deadline = monotonic() + PATIENCE_S
    while len(found) < count and monotonic() < deadline:
        found += broker.consume(channels, recipient, 0.1)
    if len(found) < count:
        mend = "what publish() took must come out of consume(), or publish() raises a BrokerFault"
        raise Breach(f"{len(found)} of {count} messages came to {recipient!r} on {channels!r} within {PATIENCE_S:g} s", mend)
    return found + broker.consume(channels, recipient, 0.0)


def written(messages: Iterable[Message]) -> list[bytes]:
    """Messages in a form that can be compared to the last bit."""
    return [encode(message) for message in messages]


def check_delivers_in_order(make: Factory) -> None:
    """One sender's messages on one channel arrive complete and unchanged, in order where the broker says so."""
    channel, sent = ChannelManager("0").reports(), [letter(seq=seq) for seq in range(1, 201)]
    with make() as broker:
        broker.create_channel(channel)
        broker.create_channel(channel)
        for message in sent:
            broker.publish(channel, message)
        got = _first(gather(broker, channel, ENVIRONMENT, len(sent)))
    numbers = [message.seq for message in got]
    if broker.ordered and numbers != sorted(numbers):
        late = next(k for k, (one, after) in enumerate(pairwise(numbers)) if one > after)
        mend = "keep one queue for each channel and recipient, or declare ordered = False"
        raise Breach(f"message {numbers[late]} came before message {numbers[late + 1]} of the same sender", mend)
    if sorted(written(got)) != sorted(written(sent)):
        mend = "hand out what was published, to the last bit: pgcore.codec turns messages into bytes and back"
        raise Breach(f"of {len(sent)} messages {len(got)} came out, and they are not the same", mend)


def check_delivers_to_the_recipient_alone(make: Factory) -> None:
    """What is for one actor, or on another channel, or in another environment, is not given to others."""
    one, other = ChannelManager("0"), ChannelManager("1")
    with make() as broker:
        broker.publish(one.control("MG1"), letter(ENVIRONMENT, 1, "0", "MG1"))
        broker.publish(other.control("MG1"), letter(ENVIRONMENT, 2, "1", "MG1"))
        broker.publish(one.control("MG2"), letter(ENVIRONMENT, 3, "0", "MG2"))
        for seq, (env, channels) in enumerate((("0", one), ("1", other)), start=1):
            got = _first(gather(broker, channels.control("MG1"), "MG1", 1))
            _require_numbers([m.seq for m in got], [seq], f"for MG1 in environment {env}, one of two")
        _require_numbers([m.seq for m in broker.consume(one.control("MG2"), "MG1")], [], "for MG1 on the channel of MG2")
        _require_numbers([m.seq for m in _first(gather(broker, one.control("MG2"), "MG2", 1))], [3], "for MG2")


def check_consumes_from_several_channels(make: Factory) -> None:
    """One call reads several channels, and each message once."""
    channels = ChannelManager("0")
    with make() as broker:
        for seq, name in enumerate((channels.reports(), channels.offers(), channels.reports()), start=1):
            broker.publish(name, letter(seq=seq))
        got = _first(gather(broker, [channels.offers(), channels.reports()], ENVIRONMENT, 3))
        numbers = [message.seq for message in got]
        _require_numbers(sorted(numbers) if broker.remote else numbers, [1, 2, 3], "on two channels, in the order in which they arrived")


def check_waits_for_the_first_message(make: Factory) -> None:
    """A reader that waits gets a message that is published meanwhile, and nothing once its time is up."""
    channel = ChannelManager("0").reports()
    with make() as broker, ThreadPoolExecutor(1) as pool:
        _require_numbers([message.seq for message in broker.consume(channel, ENVIRONMENT, 0.01)], [], "before anything was published")
        waiting = pool.submit(broker.consume, channel, ENVIRONMENT, PATIENCE_S)
        broker.publish(channel, letter())
        _require_numbers([message.seq for message in waiting.result(PATIENCE_S)], [1], "for a reader that waited meanwhile")


def check_close_wakes_whoever_waits(make: Factory) -> None:
    """Closing ends every wait; afterwards everything is refused, and closing again is harmless."""
    channel = ChannelManager("0").reports()
    broker = make()
    broker.open()
    broker.open()
    with ThreadPoolExecutor(1) as pool:
        ready = threading.Event()

        def read() -> None:
            broker.consume(channel, ENVIRONMENT)
            ready.set()
            broker.consume(channel, ENVIRONMENT, 6 * PATIENCE_S)

        waiting = pool.submit(read)
        assert ready.wait(PATIENCE_S)
        broker.close()
        if not isinstance(waiting.exception(PATIENCE_S), BrokerFault):
            raise Breach("a reader that waited was not told when the broker was closed", "close() wakes whoever waits, with a BrokerFault")
    broker.close()
    _require_refused(lambda: broker.publish(channel, letter()), lambda: broker.consume(channel, ENVIRONMENT))


def check_refuses_before_it_is_open(make: Factory) -> None:
    """A broker that was only made is its options: it moves nothing."""
    broker, channel = make(), ChannelManager("0").reports()
    _require_refused(lambda: broker.publish(channel, letter()), lambda: broker.consume(channel, ENVIRONMENT))


def check_is_safe_between_threads(make: Factory) -> None:
    """Messages of several threads at once all arrive, each sender's in order."""
    channel, each = ChannelManager("0").reports(), 300

    def send(sender: str) -> None:
        for seq in range(1, each + 1):
            broker.publish(channel, letter(sender, seq))

    with make() as broker, ThreadPoolExecutor(len(_SENDERS)) as pool:
        sending = [pool.submit(send, sender) for sender in _SENDERS]
        got = _first(gather(broker, channel, ENVIRONMENT, each * len(_SENDERS)))
        for task in sending:
            task.result(PATIENCE_S)
    for sender in _SENDERS:
        numbers = [message.seq for message in got if message.sender == sender]
        _require_numbers(
            numbers if broker.ordered else sorted(numbers), list(range(1, each + 1)), f"from {sender}, which published in a thread of its own"
        )


CHECKS: tuple[Callable[[Factory], None], ...] = (
    check_delivers_in_order,
    check_delivers_to_the_recipient_alone,
    check_consumes_from_several_channels,
    check_waits_for_the_first_message,
    check_close_wakes_whoever_waits,
    check_refuses_before_it_is_open,
    check_is_safe_between_threads,
)
"""Every broker passes each of these."""


class BrokerMachine(RuleBasedStateMachine):
    """Uses a broker at random on channels of two environments, beside an :class:`InMemoryBroker` that says what should come out."""

    make: ClassVar[Factory]

    def __init__(self) -> None:
        super().__init__()
        self.broker, self.model = type(self).make(), InMemoryBroker()
        self.broker.open()
        self.model.open()
        self.seqs: Counter[tuple[str, str]] = Counter()
        self.waiting: Counter[str] = Counter()

    @rule(env=st.sampled_from(_ENVS), kind=st.sampled_from(_KINDS), sender=st.sampled_from(_SENDERS), silent=st.booleans())
    def publish(self, env: str, kind: str, sender: str, silent: bool) -> None:
        """One message."""
        channel = getattr(ChannelManager(env), kind)()
        self.seqs[channel, sender] += 1
        message = letter(sender, self.seqs[channel, sender], env)
        message = replace(message, tick=_KINDS.index(kind), body=Silence() if silent else message.body)
        self.waiting[channel] += 1
        for broker in (self.broker, self.model):
            broker.publish(channel, message)

    @rule(env=st.sampled_from(_ENVS), kinds=st.lists(st.sampled_from(_KINDS), min_size=1, unique=True))
    def consume(self, env: str, kinds: list[str]) -> None:
        """All that waits on one channel or on several."""
        channels = [getattr(ChannelManager(env), kind)() for kind in kinds]
        expected = self.model.consume(channels, ENVIRONMENT)
        for channel in channels:
            self.waiting.pop(channel, None)
        self._compare(_first(gather(self.broker, channels[0] if len(channels) == 1 else channels, ENVIRONMENT, len(expected))), expected)

    @precondition(lambda self: not self.waiting)
    @rule(env=st.sampled_from(_ENVS), kind=st.sampled_from(_KINDS))
    def consume_nothing(self, env: str, kind: str) -> None:
        """Where nothing was sent, nothing comes."""
        assert self.broker.consume(getattr(ChannelManager(env), kind)(), ENVIRONMENT) == []

    @rule(kind=st.sampled_from(_KINDS), stranger=st.sampled_from(_SENDERS))
    def consume_for_another(self, kind: str, stranger: str) -> None:
        """Nobody gets what is for somebody else."""
        assert self.broker.consume(getattr(ChannelManager("0"), kind)(), stranger) == []

    def teardown(self) -> None:
        """Close both."""
        self.broker.close()
        self.model.close()

    def _compare(self, got: list[Message], expected: list[Message]) -> None:
        if not self.broker.remote:
            assert written(got) == written(expected)
        elif self.broker.ordered:
            assert _by_sender(got) == _by_sender(expected)
        else:
            assert sorted(written(got)) == sorted(written(expected))


def machine(make: Factory) -> type[BrokerMachine]:
    """The state machine for one kind of broker; run it with ``hypothesis.stateful.run_state_machine_as_test(machine(MyBroker))``."""
    return type("Machine", (BrokerMachine,), {"make": staticmethod(make)})


def _first(messages: Iterable[Message]) -> list[Message]:
    """Without the duplicates that delivery at least once allows."""
    return list({encode(message): message for message in messages}.values())


def _by_sender(messages: Iterable[Message]) -> dict[tuple[str, int], list[bytes]]:
    """Each sender's messages in order, channel by channel: the machine says in the tick which one it was."""
    ordered: dict[tuple[str, int], list[bytes]] = {}
    for message in messages:
        ordered.setdefault((message.sender, message.tick), []).append(encode(message))
    return ordered


def _require_numbers(found: list[int], expected: list[int], where: str) -> None:
    if found != expected:
        mend = "a message goes to its recipient, on its channel, in its environment, once and in order"
        shown = f"{str(found)[:60]} where {str(expected)[:60]} were" if len(found) < 20 else f"{len(found)} others than the {len(expected)} that were"
        raise Breach(f"there came the messages {shown} expected, {where}", mend)


def _require_refused(*uses: Callable[[], Any]) -> None:
    for use in uses:
        try:
            use()
        except BrokerFault:
            continue
        mend = "a broker moves nothing before open() and after close(): raise a BrokerFault that says what to do"
        raise Breach("a broker that is not open did as it was asked, expected a BrokerFault", mend)
