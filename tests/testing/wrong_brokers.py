"""Brokers that are wrong on purpose, each in one way, beside the right one that they are made from."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np
from attrs import field, frozen
from msgspec.structs import replace

from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import ENVIRONMENT, Answer, Message
from pgcore.quantity import quantity


@frozen
class Right(MessageBroker):
    """A right broker that is made of another."""

    type: ClassVar[str] = "right"
    capacity: int = quantity("1", "messages that may wait", default=1000, ge=100)

    _base: ClassVar[InMemoryBroker | None] = None

    def open(self, hub: bool = True) -> None:
        if self._base is None:
            object.__setattr__(self, "_base", InMemoryBroker())
        self.base.open()

    @property
    def base(self) -> InMemoryBroker:
        """What moves the messages."""
        if self._base is None:
            raise BrokerFault("it is not open")
        return self._base

    def create_channel(self, channel: str) -> None:
        self.base.create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        self.base.publish(channel, message)

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        return self.base.consume(channel, recipient_id, timeout_s)

    def waiting(self, timeout_s: float = 0.0) -> Collection[str]:
        return self.base.waiting(timeout_s)

    def close(self) -> None:
        if self._base is None:
            object.__setattr__(self, "_base", InMemoryBroker())
        self.base.close()


WRONG: dict[type[MessageBroker], str] = {}
HINTS: dict[type[MessageBroker], str] = {}


def wrong(check: str, hint: str = "") -> Callable[[type], type[MessageBroker]]:
    """A wrong broker, by the check that names its mistake."""

    def noted(thing: type) -> type[MessageBroker]:
        made = attrs.frozen(thing)
        WRONG[made], HINTS[made] = check, hint
        return made

    return noted


@wrong("every_option_is_documented", "'server'")
class Undocumented(Right):
    """It has an option that nobody explains."""

    server: str = field(default="localhost")


@wrong("made_from_its_options", "requires no Tuesday")
class RefusesItsBounds(Right):
    """It declares any patience above zero, and takes none."""

    patience_s: float = quantity("s", "how long it waits", default=1.0, gt=0)

    def __attrs_post_init__(self) -> None:
        raise ArithmeticError("it requires no Tuesday")


@wrong("options_travel_through_a_spec")
class Halves(Right):
    """It keeps another number than it was given."""

    patience_s: float = quantity("s", "how long it waits", default=4.0, gt=0)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "patience_s", self.patience_s / 2.0)


@wrong("pickles", "cannot be pickled")
class HoldsAFunction(Right):
    """An option of it cannot be sent anywhere."""

    key: Any = field(factory=lambda: lambda: None, init=False, eq=False)


@wrong("delivers_in_order", "declare ordered = False")
class Reorders(Right):
    """It hands out the newest first."""

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        return super().consume(channel, recipient_id, timeout_s)[::-1]


@wrong("delivers_in_order", "199 of 200 messages")
class Loses(Right):
    """It loses a message in two hundred."""

    def publish(self, channel: str, message: Message) -> None:
        if message.seq != 150:
            super().publish(channel, message)


@wrong("delivers_in_order", "to the last bit")
class SinglePrecision(Right):
    """It sends numbers in half their bits."""

    def publish(self, channel: str, message: Message) -> None:
        body = message.body
        if isinstance(body, Answer):
            body = replace(body, settings=np.asarray(body.settings, dtype=np.float32).astype(np.float64))
        super().publish(channel, replace(message, body=body))


@wrong("delivers_to_the_recipient_alone", "for MG1 in environment 0")
class LeaksBetweenEnvironments(Right):
    """Its channels are the same for all environments."""

    def publish(self, channel: str, message: Message) -> None:
        super().publish(channel.replace("env_1__", "env_0__"), replace(message, env_id="0"))

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        names = [channel] if isinstance(channel, str) else channel
        return super().consume([name.replace("env_1__", "env_0__") for name in names], recipient_id, timeout_s)


@wrong("consumes_from_several_channels")
class OneChannelOnly(Right):
    """It reads the first of several channels."""

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        return super().consume(channel if isinstance(channel, str) else channel[0], recipient_id, min(timeout_s, 0.001))


@wrong("waits_for_the_first_message", "waited meanwhile")
class DoesNotWait(Right):
    """It looks once and returns."""

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        return super().consume(channel, recipient_id, 0.0)


@wrong("close_wakes_whoever_waits", "BrokerFault")
class ClosedIsEmpty(Right):
    """A closed one has no messages, and says nothing."""

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        try:
            return super().consume(channel, recipient_id, timeout_s)
        except BrokerFault:
            return []


@wrong("refuses_before_it_is_open", "not open did as it was asked")
class NeedsNoOpening(Right):
    """It opens itself."""

    def publish(self, channel: str, message: Message) -> None:
        self.open()
        super().publish(channel, message)


@wrong("is_safe_between_threads", "in a thread of its own")
class OnePerThread(Right):
    """It keeps no more than one sender's messages."""

    def publish(self, channel: str, message: Message) -> None:
        if message.seq <= 200 or message.sender == "MG1":
            super().publish(channel, message)
        else:
            super().publish(channel, replace(message, sender="MG1", seq=10_000 + message.seq))


@wrong("options_are_all_that_it_is", "once it is open")
class QueueAsField(Right):
    """What it opens is one of its options."""

    opened: bool = field(default=False, init=False)

    def open(self, hub: bool = True) -> None:
        super().open(hub)
        object.__setattr__(self, "opened", True)


@wrong("two_brokers_share_nothing", "came out of another")
class OneForAll(Right):
    """All of its kind share one queue."""

    shared: ClassVar[InMemoryBroker] = InMemoryBroker()

    def open(self, hub: bool = True) -> None:
        object.__setattr__(self, "_base", self.shared)
        self.base.open()

    def close(self) -> None:
        return


@wrong("waiting_names_who_has_messages", "after all was consumed")
class AlwaysSomething(Right):
    """It always names the environment."""

    def waiting(self, timeout_s: float = 0.0) -> Collection[str]:
        return {ENVIRONMENT}


@wrong("counts_are_numbers")
class CountsInWords(Right):
    """It counts in words."""

    def counts(self) -> dict[str, int]:
        many: Any = {"published": "many"}
        return dict(many)


@wrong("random_use_is_as_in_memory", "something else came out")
class ForgetsOthers(Right):
    """Reading one channel empties another of the same environment."""

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        found = super().consume(channel, recipient_id, timeout_s)
        if found and isinstance(channel, str) and channel.endswith("reports"):
            super().consume(channel.replace("reports", "state_updates"), recipient_id)
        return found


@wrong("reaches_another_process", "messages came to")
class RemoteInWords(Right):
    """It says that it reaches other processes."""

    remote = True


@wrong("messages_survive_a_restart", "0 of 1 messages")
class DurableInWords(Right):
    """It says that messages survive a restart."""

    durable = True
