"""Checks for brokers, on top of those in :mod:`pgcore.testing.brokers`: what a broker declares, and both ends of one that reaches other processes.

In a test module of the plugin::

    from pgcore.testing import BrokerChecks

    class TestMine(BrokerChecks):
        broker = Mine

or, for a plugin that is installed, ``pgcore plugins check mine``. Each check asks for brokers that share no channel with any other; where options
have to differ for that, say how to make one::

    class TestMine(BrokerChecks):
        broker = Mine

        @classmethod
        def make(cls):
            return Mine(prefix=uuid4().hex)
"""

import secrets
from collections.abc import Callable, Sequence
from copy import copy
from typing import Any, ClassVar

import attrs
from attrs import frozen

from pgcore.channels import ChannelManager
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.extras import require
from pgcore.messages import ENVIRONMENT
from pgcore.testing import brokers, making
from pgcore.testing.brokers import check_delivers_in_order, gather, letter, written
from pgcore.testing.checks import Breach, Check, NotAsked, after
from pgcore.testing.conformance import Conformance
from pgcore.testing.subject import Subject

__all__ = ["CHECKS", "BrokerChecks", "BrokerSubject", "subject"]

RANDOM_USES = 15
"""How many random uses are drawn."""
_KEY = secrets.token_hex(32)
"""A key for brokers that take one by ``hold``, as :class:`~pgcore.builtin.brokers.socket.SocketBroker` does."""

Make = Callable[[], MessageBroker]
End = Callable[[MessageBroker], MessageBroker]


@frozen
class BrokerSubject(Subject[MessageBroker]):
    """A broker to be examined; calling it makes a new one, so that it is the ``Factory`` of the checks in :mod:`pgcore.testing.brokers`."""

    make: Make | None = None
    end: End | None = None

    def __call__(self) -> MessageBroker:
        return _keyed(copy(self.usual()[0]) if self.make is None else self.make())

    def other(self, hub: MessageBroker) -> MessageBroker:
        """The broker of an agent's process that reaches an open one in the environment's."""
        if self.end is not None:
            return self.end(hub)
        address = getattr(hub, "bound_address", None)
        bare: Any = hub
        return _keyed(attrs.evolve(bare, **({} if address is None else {"address": address})))


def _keyed(broker: MessageBroker) -> MessageBroker:
    hold = getattr(broker, "hold", None)
    if callable(hold):
        hold(_KEY)
    return broker


@after(check_delivers_in_order)
def check_random_use_is_as_in_memory(subject: BrokerSubject) -> None:
    """However publishing and consuming follow one another, on channels of two environments, what comes out is what the in-memory broker gives."""
    hypothesis = require("hypothesis", "testing", "check plugins")
    from hypothesis.stateful import run_state_machine_as_test

    silent = hypothesis.settings(
        max_examples=RANDOM_USES,
        stateful_step_count=20,
        derandomize=True,
        database=None,
        deadline=None,
        verbosity=hypothesis.Verbosity.quiet,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=(hypothesis.Phase.generate,),
    )
    try:
        run_state_machine_as_test(brokers.machine(subject), settings=silent)
    except AssertionError as error:
        mend = "consume() hands out what waits for one recipient on the channels asked for, and leaves the rest"
        raise Breach(f"after some publishing and consuming, something else came out than went in: {error or 'messages differ'}", mend) from error


def check_options_are_all_that_it_is(subject: BrokerSubject) -> None:
    """An open broker equals one of the same options that is not open: connections and queues are no fields."""
    with subject() as broker:
        closed = attrs.evolve(broker)
        if broker != closed or repr(broker) != repr(closed):
            mend = "keep what open() makes in a class attribute that is set on the instance with object.__setattr__, not in a field"
            raise Breach(f"{closed!r} is another broker once it is open: {broker!r}", mend)


def check_two_brokers_share_nothing(subject: BrokerSubject) -> None:
    """Two brokers made for two environments do not hand out each other's messages."""
    channel = ChannelManager("0").reports()
    with subject() as one, subject() as other:
        for broker in (one, other):
            broker.create_channel(channel)
        one.publish(channel, letter())
        found = other.consume(channel, ENVIRONMENT, 0.05)
        if found and not one.durable:
            raise Breach("what was published with one broker came out of another", "keep queues on the instance, not on the class or the module")
        gather(one, channel, ENVIRONMENT, 1)


@after(check_delivers_in_order)
def check_waiting_names_who_has_messages(subject: BrokerSubject) -> None:
    """waiting() returns None, or names a recipient as soon as a message waits for it, and no longer once it was consumed."""
    channel = ChannelManager("0").reports()
    with subject() as broker:
        broker.create_channel(channel)
        if broker.waiting(0.0) is None:
            raise NotAsked("its waiting() returns None: it cannot tell")
        broker.consume(channel, ENVIRONMENT)  # from here on it is known to be a recipient of this process
        broker.publish(channel, letter())
        found = broker.waiting(brokers.PATIENCE_S)
        if found is None or ENVIRONMENT not in found:
            raise Breach(f"waiting() returned {found!r} with a message for {ENVIRONMENT!r}", "name every recipient for whom a message waits, or None")
        gather(broker, channel, ENVIRONMENT, 1)
        found = broker.waiting(0.0)
        if found is None or ENVIRONMENT in found:
            raise Breach(f"waiting() returned {found!r} after all was consumed", "name only those for whom messages wait")


def check_counts_are_numbers(subject: BrokerSubject) -> None:
    """counts() names what was counted, in whole numbers."""
    with subject() as broker:
        broker.publish(ChannelManager("0").reports(), letter())
        found = broker.counts()
    if not isinstance(found, dict) or not all(isinstance(name, str) and type(value) is int and value >= 0 for name, value in found.items()):
        raise Breach(f"counts() returned {found!r}", 'return names and whole numbers, such as {"published": 120}')


@after(check_delivers_in_order)
def check_reaches_another_process(subject: BrokerSubject) -> None:
    """A broker that is remote moves messages between its end in the environment's process and one in an agent's, both ways, unchanged."""
    if not subject.kind.remote:
        raise NotAsked("it does not declare remote")
    up, down = ChannelManager("0").reports(), ChannelManager("0").control("MG1")
    there, back = [letter(seq=k) for k in range(1, 40)], [letter(ENVIRONMENT, k, "0", "MG1") for k in range(1, 40)]
    with subject() as hub:
        end = subject.other(hub)
        try:
            end.open(hub=False)
            for broker in (hub, end):
                broker.create_channel(up)
                broker.create_channel(down)
            end.consume(down, "MG1", 0.0)
            for message in there:
                end.publish(up, message)
            for message in back:
                hub.publish(down, message)
            got = gather(hub, up, ENVIRONMENT, len(there)), gather(end, down, "MG1", len(back))
        except BrokerFault as fault:
            mend = "say how its other end is made: `def other_end(cls, hub)` in the test class"
            raise Breach(f"its end in an agent's process does not reach the one in the environment's: {fault}", mend) from fault
        finally:
            end.close()
    for found, sent in zip(got, (there, back), strict=True):
        once = list(dict.fromkeys(written(found)))
        if sorted(once) != sorted(written(sent)) or (hub.ordered and once != written(sent)):
            raise Breach(
                "messages were changed or put in another order on their way", "pgcore.codec turns messages into bytes and back, to the last bit"
            )


@after(check_delivers_in_order)
def check_messages_survive_a_restart(subject: BrokerSubject) -> None:
    """A broker that is durable hands out after a restart what was published before it."""
    if not subject.kind.durable:
        raise NotAsked("it does not declare durable")
    channel = ChannelManager("0").reports()
    first = subject()
    with first:
        first.create_channel(channel)
        first.publish(channel, letter(seq=1))
    again: Any = first
    with attrs.evolve(again) as broker:
        broker.create_channel(channel)
        gather(broker, channel, ENVIRONMENT, 1)


CHECKS: tuple[Check, ...] = (
    *making.CHECKS,
    *brokers.CHECKS,
    check_options_are_all_that_it_is,
    check_two_brokers_share_nothing,
    check_waiting_names_who_has_messages,
    check_counts_are_numbers,
    check_random_use_is_as_in_memory,
    check_reaches_another_process,
    check_messages_survive_a_restart,
)
"""Every broker passes each of these that it is asked."""


class BrokerChecks(Conformance, checks=CHECKS):
    """All checks for a broker, as a test class: derive ``TestMine`` from it and say ``broker = Mine``."""

    broker: ClassVar[type[MessageBroker]]
    examples: ClassVar[Sequence[MessageBroker]] = ()
    """Brokers, of which the first has the options that checks are asked with; needed where an option is required."""

    @classmethod
    def make(cls) -> MessageBroker:
        """A new broker that is not open yet, and that no other shares a channel with."""
        return copy(BrokerSubject(cls.broker, tuple(cls.examples)).usual()[0])

    @classmethod
    def other_end(cls, hub: MessageBroker) -> MessageBroker:
        """For one that is remote: the broker of an agent's process that reaches ``hub``, which is open. It is opened with ``hub=False``.

        Unless overridden it has the options of ``hub``, and as ``address`` its ``bound_address`` where it has one.
        """
        return BrokerSubject(cls.broker, tuple(cls.examples)).other(hub)

    @classmethod
    def subject(cls) -> BrokerSubject:
        if not hasattr(cls, "broker"):
            raise TypeError(f"{cls.__name__} does not say which broker it checks; add to it: broker = MyBroker")
        return BrokerSubject(cls.broker, tuple(cls.examples), make=cls.make, end=cls.other_end)


def subject(kind: type[MessageBroker], examples: tuple[MessageBroker, ...] = (), module: str = "") -> BrokerSubject:
    """What the checks are asked of: a class, brokers of it that its author gave, and the plugin's entry module, where it is known."""
    return BrokerSubject(kind, examples, module)
