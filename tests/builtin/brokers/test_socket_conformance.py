"""The socket broker keeps the contract of brokers, within the hub and across a connection."""

from collections.abc import Callable, Sequence

import attrs
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from pgcore.builtin.brokers.socket import SocketBroker
from pgcore.contracts.broker import BrokerFault, MessageBroker
from pgcore.messages import Message
from pgcore.testing.brokers import CHECKS, Factory, machine
from tests.builtin.brokers.talk import KEY


class Across(MessageBroker):
    """Writes at an agent's end and reads at the hub, or the other way round, as two processes would."""

    type = "across"
    remote = True

    def __init__(self, to_hub: bool) -> None:
        self.to_hub = to_hub
        self.ends: tuple[SocketBroker, SocketBroker] | None = None

    def open(self, hub: bool = True) -> None:
        if self.ends is None:
            there = SocketBroker()
            there.open()
            here = attrs.evolve(there, address=there.bound_address)
            here.open(hub=False)
            self.ends = (here, there) if self.to_hub else (there, here)

    def create_channel(self, channel: str) -> None:
        self._end(0).create_channel(channel)

    def publish(self, channel: str, message: Message) -> None:
        self._end(0).publish(channel, message)

    def consume(self, channel: str | Sequence[str], recipient_id: str, timeout_s: float = 0.0) -> list[Message]:
        return self._end(1).consume(channel, recipient_id, timeout_s)

    def close(self) -> None:
        for end in self.ends or ():
            end.close()

    def _end(self, which: int) -> SocketBroker:
        if self.ends is None:
            raise BrokerFault("not open")
        return self.ends[which]


WAYS = {
    "within the hub": SocketBroker,
    "from an agent's end to the hub": lambda: Across(to_hub=True),
    "from the hub to an agent's end": lambda: Across(to_hub=False),
}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCORE_BROKER_KEY", KEY)


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_passes_every_check_of_brokers(check: Callable[[Factory], None], make: Factory) -> None:
    check(make)


@pytest.mark.parametrize("make", WAYS.values(), ids=WAYS)
def test_it_does_as_the_in_memory_broker_does_whatever_the_order_of_calls(make: Factory) -> None:
    run_state_machine_as_test(machine(make), settings=settings(max_examples=50, stateful_step_count=30, deadline=None))
