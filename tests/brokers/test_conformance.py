"""Brokers around the in-memory one keep the contract of brokers."""

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from pgcore.brokers.keyring import Keyring
from pgcore.brokers.keys import Key
from pgcore.brokers.signed import SignedBroker
from pgcore.brokers.traced import TracedBroker
from pgcore.builtin.brokers.in_memory import InMemoryBroker
from pgcore.contracts.broker import MessageBroker
from pgcore.testing.brokers import CHECKS, Factory, machine


def signed() -> MessageBroker:
    return SignedBroker(InMemoryBroker(), Keyring([Key("k1", "*", bytes(range(32)))]))


def traced() -> MessageBroker:
    return TracedBroker(InMemoryBroker(), Path("/dev/null"))


def both() -> MessageBroker:
    return TracedBroker(signed())


@pytest.mark.parametrize("make", [signed, traced, both])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_broker_around_a_broker_passes(check: object, make: Factory) -> None:
    assert callable(check)
    check(make)


@pytest.mark.parametrize("make", [signed, traced, both])
def test_random_use_gives_what_the_in_memory_broker_gives(make: Factory) -> None:
    run_state_machine_as_test(machine(make), settings=settings(max_examples=25, stateful_step_count=30, deadline=None))


@pytest.mark.parametrize("make", [signed, traced])
def test_who_has_messages_waiting_is_what_the_base_says(make: Factory) -> None:
    with make() as broker:
        assert list(broker.waiting() or ()) == []
